#!/bin/sh
# status_page - the live status page and its lab, in a browser
#
# Usage:  status_page.sh
#         PREFORKD says which server is tried; src/preforkd of TEST_BUILD when not said. SCREENSHOTS, a
#         directory, gets pictures of the page.
# Needs:  chromium, node and playwright-core (./bootstrap check installs it beside its other caches);
#         exits with 77 where one is missing
# Checks: see status_page.mjs
# Fails:  with 1 and what is wrong
#
# SPDX-License-Identifier: Apache-2.0
set -u

source=${TEST_SOURCE:-.}
server=${PREFORKD:-${TEST_BUILD:-.}/src/preforkd}
case $server in
/*) ;;
*) server=$PWD/$server ;;
esac
[ -x "$server" ] || { echo "status_page.sh: $server is not built" >&2; exit 2; }
command -v node >/dev/null || { echo "status_page.sh: no node"; exit 77; }
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
	{ echo "status_page.sh: no chromium"; exit 77; }
modules=
for place in "${PLAYWRIGHT:-}" "${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/preforkd-browser" /usr/share/nodejs; do
	for at in "$place/node_modules/playwright-core" "$place/playwright-core"; do
		[ -n "$modules" ] || [ ! -e "$at/index.mjs" ] || modules=$at
	done
done
[ -n "$modules" ] || { echo "status_page.sh: no playwright-core"; exit 77; }

work=$(mktemp -d "${TMPDIR:-/tmp}/preforkd-page-XXXXXX") || exit 2
pid=
stop() {
	[ -z "$pid" ] || { kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; }
	rm -rf "$work"
}
trap stop EXIT
trap 'exit 2' HUP INT TERM
chmod 755 "$work"
echo hello >"$work/index.html"
echo 'text/html html' >"$work/types"
cat >"$work/conf" <<-END
	Listen 127.0.0.1:0
	StatusListen 127.0.0.1:0
	LabControls On
	DocumentRoot .
	TypesConfig types
	PidFile pid
	ErrorLog log
	LogLevel notice
	StartServers 3
	MaxRequestWorkers 16
	<Location "/server-status">
	SetHandler server-status
	</Location>
END
"$server" -d "$work" -f conf -D FOREGROUND >"$work/out" 2>&1 &
pid=$!
node "$source/tests/browser/status_page.mjs" "$modules" "$browser" "$work" "${SCREENSHOTS:-}"
code=$?
[ "$code" -eq 0 ] || tail -n 20 "$work/log"
exit "$code"
