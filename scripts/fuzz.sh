#!/usr/bin/env bash
# Runs every Fuzz function of the module for the given time each (default 20s).
# Stops at the first finding; go test has then written the input to the
# package's testdata/fuzz, where it stays as a regression test.
set -euo pipefail
cd "$(dirname "$0")/.."
fuzztime=${1:-20s}

found=0
while IFS=: read -r file target; do
	found=$((found + 1))
	echo "== $(dirname "$file") $target"
	go test "./$(dirname "$file")" -run '^$' -fuzz "^${target}\$" -fuzztime "$fuzztime"
done < <(git grep --untracked -oE '^func Fuzz[A-Za-z0-9_]+' -- '*_test.go' | sed 's/:func /:/' | sort)
echo "$found fuzz targets, $fuzztime each, nothing found"
