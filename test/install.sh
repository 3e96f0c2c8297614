#!/usr/bin/env bash
# Installs what the tests need and the machine lacks: PostgreSQL for the second
# engine, Chromium for the pages, servers that connectors are run against. It may do so only as root where apt-get
# exists; otherwise it says what is missing, and the tests that need it skip.
# Always succeeds: a machine without a browser can still run the other tests.
set -uo pipefail

missing=() packages=()

# want WHAT PACKAGE COMMAND...: PACKAGE is needed unless a COMMAND is there.
want() {
  local what=$1 package=$2 command
  shift 2
  for command in "$@"; do
    if command -v "$command" >/dev/null 2>&1; then return; fi
  done
  missing+=("$what") packages+=("$package")
}

PATH=$PATH:/usr/sbin:$(printf '%s:' /usr/lib/postgresql/*/bin)/Applications/Chromium.app/Contents/MacOS
want "git (the git connector's tests)" git git
want "PostgreSQL (the second engine of every service test)" postgresql initdb
want "Knot (a name server with DNSSEC, for the domain connector)" knot knotd
want "Postfix (a mail server, for the domain connector)" postfix postfix
want "OpenDKIM (which signs its mail)" opendkim opendkim
want "OpenDKIM's tools (which make its key)" opendkim-tools opendkim-genkey
want "Chromium (the tests that open pages)" chromium chromium chromium-browser google-chrome Chromium

if [ ${#packages[@]} -eq 0 ]; then exit 0; fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing for the tests: ${packages[*]}"
  export DEBIAN_FRONTEND=noninteractive
  log=$(mktemp)
  if { apt-get update -q || true; } >"$log" 2>&1 &&
    apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 "${packages[@]}" >>"$log" 2>&1 </dev/null; then
    rm -f "$log"
    exit 0
  fi
  tail -n 20 "$log"
  rm -f "$log"
  echo "apt-get could not install all of: ${packages[*]}"
fi

echo "*** Missing, so the tests that need them will be skipped:"
printf '***   %s\n' "${missing[@]}"
exit 0
