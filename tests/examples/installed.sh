#!/bin/sh
# installed - the library as somebody else finds it: installed, and known by pkg-config alone
#
# Usage:  installed.sh; TEST_SOURCE and TEST_BUILD name the trees
# Checks: an example is built outside the tree against the shared library and against the static
#         one, and runs; the shared library shows the names of mp.h and no others.
# Exit:   0, 1 with one line per fault, 77 without pkg-config
set -u
source=$(cd "${TEST_SOURCE:-.}" && pwd)
build=$(cd "${TEST_BUILD:-.}" && pwd)
command -v pkg-config >/dev/null 2>&1 || exit 77
root=$(mktemp -d "${TMPDIR:-/tmp}/installed-XXXXXX") || exit 1
trap 'rm -rf "$root"' EXIT INT TERM

fail() {
	echo "installed.sh: $1"
	[ -z "${2:-}" ] || tail -n 5 "$2"
	exit 1
}

make -s -C "$build" install-libLTLIBRARIES install-preforkdincludeHEADERS install-pkgconfigDATA \
	DESTDIR="$root" >"$root/log" 2>&1 || fail 'make install failed' "$root/log"
pc=$(find "$root" -name preforkd-mp.pc | head -n 1)
[ -n "$pc" ] || fail 'there is no preforkd-mp.pc'
library=$(dirname "$(dirname "$pc")")
PKG_CONFIG_PATH=$(dirname "$pc")
PKG_CONFIG_SYSROOT_DIR=$root
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR

cp "$source/src/examples/queue_join.c" "$root/mine.c"
cd "$root" || exit 1
flags=$(pkg-config --cflags --libs preforkd-mp) || fail 'pkg-config does not know preforkd-mp'
static=$(pkg-config --cflags --libs --static preforkd-mp)
# shellcheck disable=SC2086 # lists of words
{
	${CC:-cc} -D_GNU_SOURCE ${TEST_CFLAGS:-} -o shared mine.c $flags >log 2>&1 ||
		fail 'does not build against the shared library' log
	${CC:-cc} -D_GNU_SOURCE ${TEST_CFLAGS:-} -o static mine.c \
		$(echo "$static" | sed 's/-lpreforkd-mp/-l:libpreforkd-mp.a/') >log 2>&1 ||
		fail 'does not build against the static library' log
}
LD_LIBRARY_PATH=$library ./shared >shared.out 2>log || fail 'the shared build does not run' log
./static >static.out 2>log || fail 'the static build does not run' log
[ -s shared.out ] && [ -s static.out ] || fail 'the example says nothing'

nm -D --defined-only "$library"/libpreforkd-mp.so | awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' |
	while read -r name; do
		grep -q "\\b$name(" "$source/src/mp/mp.h" || echo "installed.sh: $name is shown and is not in mp.h"
	done >log
[ ! -s log ] || { cat log; exit 1; }
exit 0
