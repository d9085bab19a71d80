#!/usr/bin/env bash
# Runs every test of the module with nothing skipped. A passing package shows
# go test's own closing line, a failing one all it printed. With
# TONGBAN_TEST_FULL=1 a test that needs PostgreSQL or Chromium fails where it
# would otherwise skip; a test that skips for another reason fails this run.
# Arguments go to go test; without any it takes all packages.
# go vet belongs to the lint that make test runs before, and nobody debugs
# these binaries: without DWARF they link in half the time.
set -euo pipefail
cd "$(dirname "$0")/.."

# The longest first, so that none of them runs alone at the end.
[ $# -gt 0 ] || set -- ./internal/web ./cmd/tongban ./internal/store/sqlstore ./internal/hall ./internal/web/... ./...

TONGBAN_TEST_FULL=1 go test -count=1 -timeout 30m -vet=off -ldflags='-s -w' -v "$@" | awk '
	/^[[:space:]]*(=== (RUN|PAUSE|CONT)|--- PASS)/ { next }
	{ held = held $0 "\n" }
	/^[[:space:]]*--- SKIP/ { skipped = skipped $0 "\n" }
	/^ok[[:space:]]/ || /no test files/ { print; held = ""; fflush() }
	/^FAIL[[:space:]]/ { printf "%s", held; held = ""; fflush() }
	END {
		printf "%s", held
		if (skipped != "") { printf "skipped, which a full run does not allow:\n%s", skipped; exit 1 }
	}'
