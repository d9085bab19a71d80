#!/usr/bin/env bash
# Builds what the page /verify/receipt runs in the browser, and puts it with Go's loader where the program embeds it. Without this
# the program builds as well; the page then shows only how to use the command.
#   wasm.sh [DIR]
set -euo pipefail
cd "$(dirname "$0")/.."
dir=${1:-internal/web/public/verifier}
mkdir -p "$dir"
GOOS=js GOARCH=wasm CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w' -o "$dir/receipt.wasm" ./internal/receipt/wasm
gzip -9 -n -f "$dir/receipt.wasm"
cp "$(go env GOROOT)/lib/wasm/wasm_exec.js" "$dir/wasm_exec.js"
chmod u+w "$dir/wasm_exec.js"
