#!/usr/bin/env bash
# Installs what the full test run needs and this machine lacks: PostgreSQL
# (its programs only; the tests start their own server as an unprivileged
# user), Chromium with Chinese fonts, poppler's and zbar's tools, git, shellcheck. Debian 12 and its kin,
# through apt-get. Does nothing, and asks nothing of the network, when
# all of it is there. Starts no service.
set -euo pipefail

fail() {
	echo "deps: $*" >&2
	exit 1
}

has_postgres() { command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
has_chromium() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }
has_cjk_fonts() { compgen -G '/usr/share/fonts/opentype/noto/NotoSansCJK*' >/dev/null || [ -n "$(fc-list :lang=zh-cn family 2>/dev/null)" ]; }
has_poppler() { command -v pdftotext >/dev/null && command -v pdftoppm >/dev/null; }

missing=()
has_postgres || missing+=(postgresql)
has_chromium || missing+=(chromium)
has_cjk_fonts || missing+=(fonts-noto-cjk)
has_poppler || missing+=(poppler-utils)
command -v zbarimg >/dev/null || missing+=(zbar-tools)
command -v git >/dev/null || missing+=(git)
command -v shellcheck >/dev/null || missing+=(shellcheck)

if [ ${#missing[@]} -eq 0 ]; then
	echo "deps: all there"
	exit 0
fi

command -v apt-get >/dev/null ||
	fail "missing: ${missing[*]}; this script only knows apt-get. Install these with your own package manager and run it again"
root=()
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || fail "missing: ${missing[*]}; run scripts/deps.sh as root, or install sudo"
	root=(sudo)
fi

# Debian's package would create and start a cluster named main; nobody needs it
# here. An operator's own setting in createcluster.conf is left as it is.
keep_postgres_quiet() {
	local dir=/etc/postgresql-common/createcluster.d
	"${root[@]}" mkdir -p "$dir"
	printf '# Written by scripts/deps.sh of Tongban: its tests start their own servers.\ncreate_main_cluster = false\n' |
		"${root[@]}" tee "$dir/tongban.conf" >/dev/null
}

echo "deps: installing ${missing[*]}"
"${root[@]}" apt-get update -qq ||
	fail "apt-get update failed: check the network and /etc/apt/sources.list, then run: make deps"
has_postgres || keep_postgres_quiet
"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
	fail "apt-get could not install ${missing[*]}: read its message above, mend it, then run: make deps"
echo "deps: done"
