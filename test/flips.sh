#!/usr/bin/env bash
# Flips random single bits of an evidence package and wants assay-verify to find
# each, with exit code 10 (test/flips says more). Not a part of make test: it
# takes about as long as N verifications.
#
# usage: test/flips.sh [PACKAGE] [N]     N is 1,000 unless given; SEED repeats a run
#
# Without a package, or with "-", the demonstration is made and its package
# exported. The package that is named is not touched.
set -euo pipefail
cd "$(dirname "$0")/.."

package=${1:--} n=${2:-1000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

go build -o "$work/assay-verify" ./cmd/assay-verify
go build -o "$work/flips" ./test/flips
if [ "$package" = - ]; then
  go build -o "$work/assay" ./cmd/assay
  "$work/assay" demo --data "$work/store" --no-serve >&2
  "$work/assay" export package --data "$work/store" --out "$work/package.zip" >&2
  rm -rf "$work/store"
else
  cp -- "$package" "$work/package.zip"
fi
"$work/flips" -verifier "$work/assay-verify" -n "$n" -seed "${SEED:-0}" "$work/package.zip"
