#!/usr/bin/env bash
# Turns the keys of a store that is served, again and again, and kills the command that
# does it (kill -9) at a random moment. The server is asked all the while: to open a
# sealed file, and to seal another. It prints what was survived, and what was lost.
#
# usage: test/keys.sh [ROUNDS] [URL of an empty PostgreSQL database]
#
# ends with 0 if no request failed, everything opens, the log is whole and the trail
# tells of each rotation once
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-50} url=${2:-}
work=$(mktemp -d)
CGO_ENABLED=0 go build -trimpath -o "$work/assay" ./cmd/assay
cd "$work"
export HOME="$work" NO_COLOR=1
at=(--data "$work/data") && [ -z "$url" ] || at+=(--db "$url")
assay() { ./assay "$@" "${at[@]}"; }
end() { kill "${load:-}" "${server:-}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"; }
trap end EXIT

assay init --name Acme --email lead@acme.example --lead 'Lea Dahl' >/dev/null
assay program add --name FY --from "$(date +%Y)-01-01" --to "$(date +%Y)-12-31" >/dev/null
assay control adopt IAM-09 >/dev/null
head -c 100000 /dev/urandom >file
id=$(assay evidence add file --control IAM-09 --from "$(date +%Y)-01-01" --json | sed 's/.*"id":"//; s/".*//')
link=$(assay user reset lead@acme.example | head -n 1)
port=$((20000 + RANDOM % 10000)) base=
base=http://127.0.0.1:$port
./assay serve --listen "127.0.0.1:$port" "${at[@]}" >serve.log 2>&1 & server=$!
for _ in $(seq 100); do curl -sf -o /dev/null "$base/healthz" && break; sleep 0.1; done
curl -s -o /dev/null --data-urlencode password=moss-ladder-tin-oboe-417 --data-urlencode again=moss-ladder-tin-oboe-417 "$base$link"
printf 'lead@acme.example\nmoss-ladder-tin-oboe-417\n' | ./assay login "$base" >/dev/null 2>&1

asking() { # until told to stop: opens the file, and seals another
  while [ ! -e stop ]; do
    echo >>asked
    if ! ./assay evidence export "$id" --server "$base" -o - >got 2>out.log || ! cmp -s got file; then
      { echo "open: $(cat out.log)"; } >>failed
    fi
    if ! ./assay evidence add file --server "$base" --control IAM-09 --from "$(date +%Y)-01-01" --json >add.log 2>&1; then
      { echo "seal: $(cat add.log)"; } >>failed
    else
      sed 's/.*"id":"//; s/".*//' add.log >>sealed
    fi
  done
}
touch asked failed sealed
asking & load=$!

killed=0
cut() { # COMMAND…: kill it at a random moment, then have it finished
  ./assay "$@" "${at[@]}" >cut.log 2>&1 & local one=$!
  sleep "0.$((RANDOM % 4))$((RANDOM % 10))"
  kill -9 $one 2>/dev/null && killed=$((killed + 1))
  wait $one 2>/dev/null || true
  ./assay "$@" "${at[@]}" >cut.log 2>&1 || grep -q 'is not over\|No rotation' cut.log || { echo "$*: $(cat cut.log)" >>failed; }
  ./assay key status "${at[@]}" >cut.log 2>&1 && ! grep -q FAILED cut.log || { echo "after $*: $(cat cut.log)" >>failed; }
}
for _ in $(seq "$rounds"); do
  cut key rotate master
  cut key rotate org
  cut key rotate org --resume
  cut key retire master
done
touch stop
wait $load || true
kill -INT $server && wait $server || true
unset server load

while read -r one; do
  assay evidence export "$one" -o - >got 2>out.log && cmp -s got file || echo "lost: $one $(cat out.log)" >>failed
done <sealed
assay log verify >verify.log 2>&1 || echo "log: $(cat verify.log)" >>failed
tells() { assay trail list --json --noun org --limit 1000 | grep -o "\"master key\":\"$1\"" | wc -l; }
rotated=$(tells rotated) retired=$(tells 'the one before was retired')
[ "$rotated" = "$retired" ] && [ "$rotated" -ge "$rounds" ] || echo "the trail tells of $rotated rotations and $retired ends" >>failed
echo "$rounds rounds, $killed commands killed, $rotated rotations of the master key, $(grep -c . sealed) files sealed and $(wc -l <asked) opened meanwhile, $(grep -c . failed) failed"
cat failed
[ ! -s failed ]
