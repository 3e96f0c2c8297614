#!/usr/bin/env bash
# Has three verifiers that share no code look at one package: assay-verify,
# docs/spec/verify.py and, of its log, fsck of Tessera (a log of others, in the same
# C2SP formats). All must accept it. Then an entry, a tile and the checkpoint of the
# log are altered, and all must refuse each. fsck goes on asking for a tile that does
# not fit; what it has not accepted after 20 s, it refuses.
#
# usage: test/fsck.sh [PACKAGE]     the demonstration's, unless given
#
# fsck is fetched with Go's module proxy, into a folder of its own: nothing of it is
# linked into anything of ours. Ends with 0 if all agree, 1 if not, 2 if something
# that it needs is not there.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

for need in python3 unzip; do command -v "$need" >/dev/null || { echo "fsck.sh: $need is not installed" >&2; exit 2; }; done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/tessera"
(cd "$work/tessera" && go mod init fsck && go get github.com/transparency-dev/tessera/cmd/fsck@v1.0.4 &&
  go build -o "$work/fsck" github.com/transparency-dev/tessera/cmd/fsck) >"$work/built" 2>&1 ||
  { cat "$work/built" >&2; echo "fsck.sh: Tessera's fsck cannot be built" >&2; exit 2; }
go build -o "$work/" ./cmd/assay ./cmd/assay-verify

package=${1:-}
if [ -z "$package" ]; then
  "$work/assay" demo --data "$work/store" --no-serve --quiet >&2
  "$work/assay" export package --data "$work/store" --whole --out "$work/package.zip" --quiet >&2
  package=$work/package.zip
fi
unzip -q "$package" -d "$work/bag"
log=$work/bag/data/log
sed 's/.*"keys":\["\([^"]*\)".*/\1/' "$log/keys.json" >"$work/key"

wrong=0
says() { # WANTED NAME COMMAND…: whether the command accepts
  local wanted=$1 name=$2 got=accepts
  shift 2
  "$@" >"$work/said" 2>&1 || got=refuses
  printf '  %-28s %s\n' "$name" "$got"
  if [ "$got" != "$wanted" ]; then wrong=1; sed 's/^/    /' "$work/said"; fi
}
log_says() { # its exit code is 0 whatever it finds
  # shellcheck disable=SC2016
  says "$1" "Tessera's fsck" timeout 20 sh -c '"$@" 2>&1 | tee /dev/stderr | grep -q "Successfully fsck"' sh "$work/fsck" --ui=false --storage_url="file://$log/" --public_key="$work/key"
}

echo "as it was written"
says accepts assay-verify "$work/assay-verify" "$package"
says accepts docs/spec/verify.py python3 "$root/docs/spec/verify.py" "$package"
log_says accepts

alter() { # WHAT FILE OFFSET: one byte, in the unpacked log and in the package
  local file=$2
  echo "$1"
  cp "$file" "$work/kept"
  python3 - "$package" "$work/altered.zip" "data/${file#"$work"/bag/data/}" "$3" "$file" <<'PY'
import sys, zipfile
package, altered, name, at, file = sys.argv[1:]
b = bytearray(open(package, "rb").read())
i = zipfile.ZipFile(package).getinfo(name)
content = bytearray(open(file, "rb").read())
start = i.header_offset + 30 + len(name)
b[start + int(at)] ^= 1
content[int(at)] ^= 1
open(altered, "wb").write(b)
open(file, "wb").write(content)
PY
  says refuses assay-verify "$work/assay-verify" "$work/altered.zip"
  says refuses docs/spec/verify.py python3 "$root/docs/spec/verify.py" "$work/altered.zip"
  log_says refuses
  mv "$work/kept" "$file"
}
first() { find "$1" -maxdepth 1 -type f | sort | head -1; }
alter "a byte of an entry" "$(first "$log/tile/entries")" 60
alter "a byte of a tile" "$(first "$log/tile/0")" 40
alter "a byte of the checkpoint" "$log/checkpoint" 5
if [ $wrong != 0 ]; then echo "They do not agree."; exit 1; fi
echo "All three agree."
