#!/usr/bin/env bash
# Formatting, vet and the linters, in that order; all run even if one objects.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
lint=(go tool -modfile=tools/go.mod golangci-lint)
status=0

unformatted=$("${lint[@]}" fmt --diff ./...) || status=1
if [ -n "$unformatted" ]; then
  printf '%s\n' "$unformatted"
  echo "Not formatted: run make format"
  status=1
fi
go vet ./... || status=1
"${lint[@]}" run ./... || status=1
exit "$status"
