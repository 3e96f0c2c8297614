#!/usr/bin/env bash
# Collects 200,000 objects (100,000 merged pull requests with reviews, 100,000
# members) from a GitHub that answers from memory, into a store on disk, and fails
# above 250 MiB or if anything is missing. Arguments are those of test/replay:
# -pulls, -members, -budget (calls that GitHub allows in an hour), -most (MiB).
#
# On two shared cores of a small virtual machine: 3,021 calls, 51 s, at most 161 MiB.
# GitHub itself allows 5,000 calls an hour, so that half a million objects of this
# kind take at least an hour, and the progress says so:
#   test/replay.sh -pulls 60000 -members 0 -budget 1000
set -euo pipefail
cd "$(dirname "$0")/.."
exec go run ./test/replay "$@"
