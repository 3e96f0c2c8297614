#!/usr/bin/env bash
# Writes generated files again. With --check it fails when one of them changed:
# it was edited by hand, or its source was edited without it.
set -euo pipefail
cd "$(dirname "$0")/.."

prints() { # what every generated file holds now
  git ls-files -co --exclude-standard -- '*_templ.go' '*_gen.go' catalog/compiled.txt THIRD_PARTY_NOTICES.md |
    sort | while read -r file; do if [ -f "$file" ]; then echo "$(git hash-object "$file") $file"; fi; done
}

before=$(prints)
if [ -n "$(git ls-files -co --exclude-standard -- '*.templ')" ]; then
  go tool -modfile=tools/go.mod templ generate -log-level warn
fi
go generate ./...
if [ "${1:-}" != --check ]; then exit 0; fi

after=$(prints)
if [ "$before" != "$after" ]; then
  echo "Generated files were not up to date; they are now. Commit them:"
  diff <(printf '%s\n' "$before") <(printf '%s\n' "$after") | awk '/^[<>]/ {print "  " $3}' | sort -u
  exit 1
fi
