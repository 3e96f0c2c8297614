#!/usr/bin/env bash
# Collects from mock servers of the vendors' own published API descriptions:
# Prism over GitHub's (npm @octokit/openapi) and Okta's (npm @okta/openapi). Every
# request must be one that the description admits, and every answer that it gives
# as an example must be understood. Without node and npm it says so and passes.
#
# It downloads some 200 MB of packages once, into the folder that DESCRIBED names
# or else a cache of its own, and listens on this machine alone.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "*** SKIPPED: node and npm are needed for the vendors' API descriptions"
  exit 0
fi
dir=${DESCRIBED:-${XDG_CACHE_HOME:-$HOME/.cache}/assay-described}
mkdir -p "$dir"
if [ ! -x "$dir/node_modules/.bin/prism" ]; then
  (cd "$dir" && npm init -y >/dev/null && npm install --no-audit --no-fund \
    @stoplight/prism-cli@5 @octokit/openapi@23 @okta/openapi@2 >npm.log 2>&1) || {
    tail -n 5 "$dir/npm.log"
    echo "*** SKIPPED: the mock server and the descriptions could not be installed"
    exit 0
  }
fi

servers=()
trap '[ ${#servers[@]} -eq 0 ] || kill "${servers[@]}" 2>/dev/null' EXIT

# mock PORT DESCRIPTION PATH...: serves these paths of the description.
mock() {
  local port=$1 description=$2 part
  shift 2
  part=$dir/$port.json
  node test/described.mjs "$description" "$@" >"$part"
  "$dir/node_modules/.bin/prism" mock -h 127.0.0.1 -p "$port" "$part" >"$dir/$port.log" 2>&1 &
  servers+=($!)
  for _ in $(seq 120); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then return; fi
    sleep 0.5
  done
  tail -n 5 "$dir/$port.log"
  return 1
}

mock 14810 "$dir/node_modules/@octokit/openapi/generated/ghec.json" \
  '/orgs/{org}' '/orgs/{org}/members' '/orgs/{org}/outside_collaborators' '/orgs/{org}/teams' '/orgs/{org}/teams/{team_slug}/members' \
  '/orgs/{org}/repos' '/repos/{owner}/{repo}/branches/{branch}/protection' '/repos/{owner}/{repo}/rules/branches/{branch}' \
  '/repos/{owner}/{repo}/rulesets/{ruleset_id}' '/orgs/{org}/dependabot/alerts' '/orgs/{org}/code-scanning/alerts' \
  '/orgs/{org}/secret-scanning/alerts' '/orgs/{org}/audit-log' '/orgs/{org}/invitations' '/repos/{owner}/{repo}/releases' \
  '/orgs/{org}/teams/{team_slug}/repos' '/orgs/{org}/organization-roles' '/orgs/{org}/organization-roles/{role_id}/users' \
  '/orgs/{org}/organization-roles/{role_id}/teams' '/repos/{owner}/{repo}/branches' '/repos/{owner}/{repo}/collaborators' '/orgs/{org}/hooks' \
  '/orgs/{org}/hooks/{hook_id}/deliveries' '/orgs/{org}/hooks/{hook_id}/deliveries/{delivery_id}'
mock 14811 "$dir/node_modules/@okta/openapi/dist/spec.json" \
  /api/v1/users '/api/v1/users/{userId}/factors' '/api/v1/users/{userId}/roles' /api/v1/groups '/api/v1/groups/{groupId}/users' \
  /api/v1/apps '/api/v1/apps/{appId}/users' /api/v1/logs /api/v1/policies '/api/v1/policies/{policyId}/rules' /api/v1/authenticators \
  /api/v1/org/privacy/oktaSupport

ASSAY_DESCRIBED_GITHUB=http://127.0.0.1:14810 ASSAY_DESCRIBED_OKTA=http://127.0.0.1:14811 \
  go test ./connector/github ./connector/okta -count=1 -run TestDescribed -v
