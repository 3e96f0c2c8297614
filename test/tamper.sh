#!/usr/bin/env bash
# Does to a demonstration what its operator could do to his own evidence, and
# prints what finds it (test/tamper says more). It takes a few minutes.
#
# usage: test/tamper.sh [WORDS]     only the attacks that have WORDS in their name
#
# ends with 0 if every attack is detected
set -euo pipefail
cd "$(dirname "$0")/.."

command -v openssl >/dev/null || { echo "tamper.sh: openssl is not installed" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

go build -o "$work/" ./cmd/assay ./cmd/assay-verify ./test/tamper
mkdir "$work/field"
"$work/tamper" -assay "$work/assay" -verify "$work/assay-verify" -work "$work/field" -only "${1:-}"
