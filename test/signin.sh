#!/usr/bin/env bash
# Every way in and out of a fresh installation, in Chromium, a line for each step: the
# first administrator, a passkey, an authenticator app, a recovery code, showing again
# who one is, a new device's mail, a revoked session, OpenID Connect through the
# certified npm package oidc-provider, the directory, SAML. An argument names a folder
# for a picture of each step. It needs chromium, node and npm; oathtool if it is there.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v chromium >/dev/null || ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "*** SKIPPED: chromium, node and npm are needed"
  exit 0
fi
if [ -z "${ASSAY_OIDC_PROVIDER:-}" ]; then
  npm=${XDG_CACHE_HOME:-$HOME/.cache}/assay-oidc-provider
  mkdir -p "$npm"
  if [ ! -d "$npm/node_modules/oidc-provider" ]; then
    (cd "$npm" && npm install --no-audit --no-fund --prefix . oidc-provider@9.13.3 >npm.log 2>&1) || {
      tail -n 5 "$npm/npm.log"
      echo "*** SKIPPED: oidc-provider could not be installed"
      exit 0
    }
  fi
  export ASSAY_OIDC_PROVIDER=$npm/node_modules
fi
if [ $# -gt 0 ]; then
  mkdir -p "$1"
  ASSAY_SIGNIN_PICTURES=$(cd "$1" && pwd)
  export ASSAY_SIGNIN_PICTURES
fi
go test ./internal/web -count=1 -run 'TestEveryWayInAndOut$' -v
