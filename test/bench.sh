#!/usr/bin/env bash
# Prints the figures the project holds itself to: every Go benchmark, then every
# script under test/bench. Arguments choose benchmarks by name, as go test
# -bench does. Nothing here passes or fails; compare runs on a quiet machine.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

status=0
go test -run '^$' -bench "${1:-.}" -benchmem -timeout 60m ./... |
  grep -v -e '\[no test files\]' -e '^PASS$' || status=1
if [ $# -eq 0 ]; then
  for script in test/bench/*.sh; do
    if [ -f "$script" ]; then "$script" || status=1; fi
  done
fi
exit "$status"
