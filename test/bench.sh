#!/usr/bin/env bash
# Prints the figures the project holds itself to (test/bench says how). An
# argument chooses Go benchmarks by name instead, as go test -bench does.
# Nothing here passes or fails; compare runs on a quiet machine.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

if [ $# -eq 0 ]; then exec go run ./test/bench; fi
go test -run '^$' -bench "$1" -benchmem -timeout 60m ./... |
  grep -v -e '\[no test files\]' -e '^PASS$'
