#!/usr/bin/env bash
# Builds the program for each kind of machine into a folder (default dist/),
# static, without cgo, and writes SHA256SUMS beside them. Whoever builds the same
# commit with the same Go gets the same bytes, wherever the folder lies: no
# path, no time, no state of a working copy is in them.
#   release.sh VERSION [DIR [ARCH...]]
set -euo pipefail
version=${1:?release.sh VERSION [DIR [ARCH...]]}
dir=$(realpath -m "${2:-dist}")
shift $(($# < 2 ? $# : 2))
[ $# -gt 0 ] || set -- amd64 arm64
cd "$(dirname "$0")/.."
mkdir -p "$dir"
scripts/wasm.sh
for arch in "$@"; do
	CGO_ENABLED=0 GOOS=linux GOARCH=$arch go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$version" \
		-o "$dir/tongban-linux-$arch" ./cmd/tongban
done
cd "$dir"
sha256sum tongban-linux-* >SHA256SUMS
cat SHA256SUMS
