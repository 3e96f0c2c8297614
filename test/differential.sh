#!/usr/bin/env bash
# Holds the compiled check engine to cel-go for as long as asked (10m unless
# given): drawn checks over drawn resources, whole and damaged, are judged by
# both and must be said the same of, word by word; and nothing may change before
# a verdict says so. Each run draws anew and prints its seed. The last figures
# are in docs/design/0004-check-engine.md.
set -euo pipefail
cd "$(dirname "$0")/.."
ASSAY_DIFFERENTIAL="${1:-10m}" go test ./internal/rule -run 'TestClosuresAgree|TestFlips|TestCatalogAgrees|TestLimitAgrees' -count 1 -timeout 24h -v |
  grep -v '^=== RUN'
