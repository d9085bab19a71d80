#!/usr/bin/env bash
# Prints the machine, then runs the benchmarks that match the pattern (default
# all): of every package that has some, then of the nested modules in bench/
# (they keep other people's engines out of our go.mod).
set -euo pipefail
cd "$(dirname "$0")/.."
pattern=${1:-.}

machine() {
	local cpu mem fs
	cpu=$(awk -F': ' '/^model name/ {print $2; exit}' /proc/cpuinfo 2>/dev/null || true)
	mem=$(awk '/^MemTotal/ {printf "%.1f GiB", $2/1048576}' /proc/meminfo 2>/dev/null || true)
	fs=$(df -T "${TMPDIR:-/tmp}" 2>/dev/null | awk 'NR==2 {print $2}')
	echo "date    $(date -u +%Y-%m-%dT%H:%MZ)"
	echo "commit  $(git describe --tags --always --dirty 2>/dev/null || echo unknown)"
	echo "cpu     $(getconf _NPROCESSORS_ONLN) x ${cpu:-unknown}"
	echo "memory  ${mem:-unknown}"
	echo "fs      ${fs:-unknown} (where the benchmarks write)"
	echo "kernel  $(uname -sr)"
	echo "go      $(go env GOVERSION GOOS GOARCH | tr '\n' ' ')"
}

bench() { # in the module of the working directory
	local dirs
	dirs=$(git grep --untracked -lE '^func Benchmark' -- '*_test.go' | xargs -r -n1 dirname | sort -u)
	for d in $dirs; do
		nested "$d" || go test -run '^$' -bench "$pattern" -benchmem -timeout 60m "./$d"
	done
}

nested() { # whether the folder belongs to a module below this one
	local d=$1
	while [ "$d" != . ]; do
		[ ! -f "$d/go.mod" ] || return 0
		d=$(dirname "$d")
	done
	return 1
}

machine
bench
for mod in bench/*/go.mod; do
	[ -f "$mod" ] || continue
	(cd "$(dirname "$mod")" && bench)
done
