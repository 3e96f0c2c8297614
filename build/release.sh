#!/usr/bin/env bash
# Builds a release into out/release: static programs for Linux and macOS, their
# checksums, the bill of materials, and what is needed to install them.
#
#   build/release.sh           build
#   build/release.sh --check   build again, from a copy of the sources in another
#                              folder and with an empty build cache, and compare
#
#   VERSION    default: from git
#   PLATFORMS  default: linux/amd64 linux/arm64 darwin/amd64 darwin/arm64
#
# The same sources, Go release and VERSION give the same bytes on any machine.
set -euo pipefail
cd "$(dirname "$0")/.."

VERSION=${VERSION:-$(git describe --tags --always --dirty 2>/dev/null || echo unknown)}
PLATFORMS=${PLATFORMS:-linux/amd64 linux/arm64 darwin/amd64 darwin/arm64}
programs=(assay assay-verify)

# What a developer may have set and must not reach the bytes.
unset GOEXPERIMENT GOGCCFLAGS GOFIPS140 CGO_CFLAGS CGO_LDFLAGS
export CGO_ENABLED=0 GOFLAGS="-mod=readonly -buildvcs=false" GOWORK=off GOAMD64=v1 GOARM64=v8.0 GOTOOLCHAIN=local LC_ALL=C TZ=UTC

sums() { # of every file in a folder, whatever the machine calls the program
  if command -v sha256sum >/dev/null; then (cd "$1" && sha256sum -- *); else (cd "$1" && shasum -a 256 -- *); fi
}

# compile DEST: every program for every platform. timetzdata carries the time
# zones, so that a container or a bare host needs none.
compile() {
  local dest=$1 platform os arch program file
  mkdir -p "$dest"
  for platform in $PLATFORMS; do
    os=${platform%/*} arch=${platform#*/}
    for program in "${programs[@]}"; do
      file="$dest/${program}_${VERSION}_${os}_${arch}"
      GOOS=$os GOARCH=$arch go build -trimpath -tags timetzdata \
        -ldflags "-s -w -buildid= -X main.version=$VERSION" -o "$file" "./cmd/$program"
      echo "built ${file##*/}"
    done
  done
}

dest=$PWD/out/release
if [ "${1:-}" = --check ]; then
  if [ ! -f "$dest/SHA256SUMS" ]; then "$0"; fi
  again=$(mktemp -d "${TMPDIR:-/tmp}/assay-release.XXXXXX")
  trap 'chmod -R u+w "$again"; rm -rf "$again"' EXIT
  mkdir "$again/sources"
  git ls-files -co --exclude-standard -z | while IFS= read -r -d '' file; do
    if [ -f "$file" ]; then printf '%s\0' "$file"; fi
  done | tar -c --null -T - | tar -x -C "$again/sources"
  (cd "$again/sources" && GOCACHE=$again/cache compile "$again/built")
  sums "$again/built" >"$again/SHA256SUMS"
  if ! awk 'NR == FNR { again[$2]; next } $2 in again' "$again/SHA256SUMS" "$dest/SHA256SUMS" | diff - "$again/SHA256SUMS"; then
    echo "NOT REPRODUCIBLE: the programs above differ between two builds"
    exit 1
  fi
  echo "reproducible: $(wc -l <"$again/SHA256SUMS") programs built twice, equal"
  exit 0
fi

rm -rf "$dest"
compile "$dest"
go run ./build/notices -check
go run ./build/sbom -version "$VERSION" -out "$dest/assay_$VERSION.cdx.json" "$dest"/assay_* "$dest"/assay-verify_*
cp dist/assay.service dist/Containerfile LICENSE NOTICE THIRD_PARTY_NOTICES.md "$dest/"
sums "$dest" >"$dest.sums"
mv "$dest.sums" "$dest/SHA256SUMS"
echo "release $VERSION is in out/release"
