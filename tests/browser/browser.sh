#!/bin/sh
# browser - what the tests in a browser have in common; they read it with "."
#
# Usage:  . browser.sh; browser_begin; write "$work/conf"; browser_run MODULE.mjs
#         PREFORKD says which server is tried; src/preforkd of TEST_BUILD when not said. SCREENSHOTS, a
#         directory, gets pictures.
# Needs:  chromium, node and playwright-core (./bootstrap check installs it beside its other caches);
#         exits with 77 where one is missing
# Fails:  with what the module says: 1
#
# SPDX-License-Identifier: Apache-2.0
source=${TEST_SOURCE:-.}
build=${TEST_BUILD:-.}
name=${0##*/}
work=
pids=

browser_stop() {
	for pid in $pids; do
		kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	done
	[ -z "$work" ] || rm -rf "$work"
}

# Finds the programs, and makes a folder for the server, $work.
browser_begin() {
	server=${PREFORKD:-$build/src/preforkd}
	case $server in
	/*) ;;
	*) server=$PWD/$server ;;
	esac
	[ -x "$server" ] || { echo "$name: $server is not built" >&2; exit 2; }
	command -v node >/dev/null || { echo "$name: no node"; exit 77; }
	browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
		{ echo "$name: no chromium"; exit 77; }
	modules=
	for place in "${PLAYWRIGHT:-}" "${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/preforkd-browser" /usr/share/nodejs; do
		for at in "$place/node_modules/playwright-core" "$place/playwright-core"; do
			[ -n "$modules" ] || [ ! -e "$at/index.mjs" ] || modules=$at
		done
	done
	[ -n "$modules" ] || { echo "$name: no playwright-core"; exit 77; }
	trap browser_stop EXIT
	trap 'exit 2' HUP INT TERM
	work=$(mktemp -d "${TMPDIR:-/tmp}/preforkd-page-XXXXXX") || exit 2
	chmod 755 "$work"
}

# A server with $work/conf in the folder $work, whose words go to $work/out.
browser_serve() {
	"$server" -d "$work" -f conf -D FOREGROUND >"$work/out" 2>&1 &
	pids="$pids $!"
}

# browser_run MODULE WORDS...
browser_run() {
	module=$source/tests/browser/$1
	shift
	node "$module" "$modules" "$browser" "$work" "${SCREENSHOTS:-}" "$@"
	code=$?
	[ "$code" -eq 0 ] || tail -n 20 "$work/log"
	exit "$code"
}
