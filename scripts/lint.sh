#!/usr/bin/env bash
# Everything that can be found wrong without running the product. The tools
# and their versions stand in tools/go.mod, a module of its own.
# shellcheck disable=SC2317 # the functions are called by step
set -euo pipefail
cd "$(dirname "$0")/.."
failed=0

# gosec rules that are off, each with the reason. Anything else is answered at
# the line: `// #nosec G304 -- the operator names this file`.
gosec_off=(
	G104 # unchecked errors: staticcheck and review; gosec also counts deferred Close and writes to hash.Hash
	G115 # integer conversion: it does not see the range checks before it; the parsers are fuzzed instead
	G706 # log injection by taint: slog quotes every value (tested by R26)
	G710 # open redirect by taint: it does not know page.Local, which every address from a request passes (tested by TestNoOpenRedirect)
)

step() { # name, command...: runs it and remembers a failure
	local name=$1
	shift
	if "$@"; then
		echo "lint ok    $name"
	else
		echo "lint FAIL  $name" >&2
		failed=1
	fi
}

formatted() {
	local files
	files=$(git ls-files --cached --others --exclude-standard '*.go' | xargs -r ls 2>/dev/null | xargs -r gofmt -s -l)
	[ -z "$files" ] || { echo "not gofmt -s formatted (run: gofmt -s -w FILE):"; echo "$files"; return 1; } >&2
}

# The benchmarks that are modules of their own build with the product, so that a new dependency of the product makes
# their sums stale. tools does not, and its go.mod is read by every step here that runs a tool.
nested() {
	local dir
	for dir in bench/dbos bench/tessera; do
		(cd "$dir" && go mod tidy -diff) || { echo "run: (cd $dir && go mod tidy)" >&2; return 1; }
	done
}

tool() { go tool -modfile=tools/go.mod "$@"; }

secure() {
	local off
	off=$(IFS=,; echo "${gosec_off[*]}")
	tool gosec -quiet -color=false -exclude="$off" -exclude-dir=tools -exclude-dir=bench ./...
}

secrets() { tool gitleaks git --no-banner --log-level error --redact .; }

shells() {
	command -v shellcheck >/dev/null || { echo "shellcheck is not installed; scripts are not checked (run: make deps)"; return 0; }
	shellcheck scripts/*.sh .ci/run
}

step gofmt formatted
step 'go vet' go vet ./...
step 'go mod tidy' go mod tidy -diff
step 'go mod tidy of nested modules' nested
step staticcheck tool staticcheck ./...
step gosec secure
step gitleaks secrets
step shellcheck shells
exit "$failed"
