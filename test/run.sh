#!/usr/bin/env bash
# Runs the tests: installs what they need, starts a throw-away PostgreSQL, runs
# go test and ends with the list of skipped tests. Arguments go to go test;
# without any it tests every package.
#
#   ASSAY_TEST_POSTGRES  URL of a PostgreSQL to use instead of a throw-away one
#   ASSAY_CORPUS         folder of real input data that some tests read
#   ASSAY_OIDC_PROVIDER  folder with the npm package oidc-provider, instead of one that is installed
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

test/install.sh

dir=$(mktemp -d "${TMPDIR:-/tmp}/assay-test.XXXXXX")
server=
finish() {
  if [ -n "$server" ]; then
    kill -QUIT "$server" 2>/dev/null # postgres: stop at once
    wait "$server" 2>/dev/null
  fi
  rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# start_postgres leaves ASSAY_TEST_POSTGRES empty when there is no PostgreSQL.
# The server listens on a socket in a private folder and on no port, and does
# not wait for the disk, because nothing in it is to be kept.
start_postgres() {
  local bin initdb as=()
  initdb=$(command -v initdb || ls -1 /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n 1)
  if [ -z "$initdb" ]; then return; fi
  bin=$(dirname "$(readlink -f "$initdb")")
  mkdir "$dir/pg"
  if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses to run as root
    if ! id postgres >/dev/null 2>&1; then
      echo "*** PostgreSQL is here, but no user postgres to run it as"
      return
    fi
    chmod 755 "$dir"
    chown postgres "$dir/pg"
    as=(setpriv --reuid postgres --regid "$(id -g postgres)" --clear-groups --pdeathsig QUIT --)
  fi
  if ! ${as[@]+"${as[@]}"} "$bin/initdb" -D "$dir/pg/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$dir/initdb.log" 2>&1; then
    cat "$dir/initdb.log"
    return
  fi
  ${as[@]+"${as[@]}"} "$bin/postgres" -D "$dir/pg/data" -k "$dir/pg" -c listen_addresses= -c max_connections=300 \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off >"$dir/postgres.log" 2>&1 </dev/null &
  server=$!
  for _ in $(seq 100); do
    if "$bin/pg_isready" -q -h "$dir/pg" -U postgres; then
      export ASSAY_TEST_POSTGRES="postgres://postgres@/postgres?host=$dir/pg&sslmode=disable"
      return
    fi
    sleep 0.1
  done
  cat "$dir/postgres.log"
}

if [ -z "${ASSAY_TEST_POSTGRES:-}" ]; then start_postgres; fi
if [ -z "${ASSAY_TEST_POSTGRES:-}" ]; then echo "*** No PostgreSQL: the tests of the second engine will be skipped"; fi

# A certified OpenID Connect provider, for signing in through it.
if [ -z "${ASSAY_OIDC_PROVIDER:-}" ] && command -v node >/dev/null && command -v npm >/dev/null; then
  npm=${XDG_CACHE_HOME:-$HOME/.cache}/assay-oidc-provider
  mkdir -p "$npm"
  if [ ! -d "$npm/node_modules/oidc-provider" ]; then
    (cd "$npm" && npm install --no-audit --no-fund --prefix . oidc-provider@9.13.3 >npm.log 2>&1) || tail -n 5 "$npm/npm.log"
  fi
  if [ -d "$npm/node_modules/oidc-provider" ]; then export ASSAY_OIDC_PROVIDER=$npm/node_modules; fi
fi
if [ -z "${ASSAY_OIDC_PROVIDER:-}" ]; then echo "*** No oidc-provider (node, npm): signing in through a certified provider will not be tested"; fi

# The blob tests run an S3 server. It is built here, once, because the build
# takes minutes that would count as the test's.
if grep -rqs versitygw --include='*.go' internal/kit/blob; then
  echo "Building the S3 server of the blob tests (minutes the first time)"
  go tool -modfile=tools/go.mod -n versitygw >/dev/null || echo "*** It could not be built: the tests that need it will be skipped"
fi

if [ $# -eq 0 ]; then set -- ./...; fi
go build -o "$dir/summary" ./test/summary || exit 1
echo "go test $*"
go test -json -timeout 20m "$@" 2>&1 | "$dir/summary"
