#!/bin/sh
# lessons - what the lessons tell their readers to type is right, and their drawing is alive
#
# Usage:  lessons.sh; TEST_SOURCE is the tree, PREFORKD the server
# Checks: every server that a lesson or the welcome page starts has a configuration the server takes;
#         the programs they name are there; in a browser, the drawing of a lesson shows the processes
#         of the server that sent it and the commands name one of them, in both languages, and the
#         welcome page does.
# Fails:  with 1 and one line for each fault; 77 (skipped) without chromium, when all else is well
#
# SPDX-License-Identifier: Apache-2.0
set -u

cd "${TEST_SOURCE:-.}" || exit 2
preforkd=${PREFORKD:-$PWD/src/preforkd}
here=$(mktemp -d) || exit 99
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$here"' EXIT
faults=0

fault() {
	echo "$1"
	faults=$((faults + 1))
}

# ---- commands ----

# Commands of the pages, a line each, as a shell would have them.
commands() {
	awk '
	/<pre>/ { inside = 1 }
	inside {
		line = $0
		gsub(/<[^>]*>/, "", line); gsub(/&lt;/, "<", line); gsub(/&gt;/, ">", line); gsub(/&amp;/, "\\&", line)
		if (sub(/\\$/, "", line)) { held = held line; next }
		print held line; held = ""
	}
	/<\/pre>/ { inside = 0 }' "$@"
}
commands www/index.html www/manual/learn/*.html www/manual/learn/zh/*.html | LC_ALL=C sort -u >"$here/commands"
grep -o "src/preforkd --serve [^;&]*" "$here/commands" | sed 's/ *$//' | grep -v '"\$c"' | LC_ALL=C sort -u >"$here/servers"
[ "$(grep -c . "$here/servers")" -ge 8 ] || fault "www/manual/learn: too few servers found: has their form changed?"
sed -n 's/.*for c in \(.*\); do/\1/p' "$here/commands" | tr "'" '\n' | grep '[A-Z]' |
	sed "s/.*/src\/preforkd --serve www --port 8081 -c '&'/" >>"$here/servers"
while read -r line; do
	eval "set -- $line"
	shift
	"$preforkd" "$@" -t >"$here/said" 2>&1 || fault "$line: $(cat "$here/said")"
done <"$here/servers"
for name in $(grep -o 'src/examples/[a-z_]*' "$here/commands" | LC_ALL=C sort -u); do
	[ -f "$name.c" ] || fault "$name: the lessons run it, and it is not there"
done

# ---- the drawing ----

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
if [ -z "$browser" ]; then
	[ "$faults" -eq 0 ] || exit 1
	echo "lessons: chromium is not here"
	exit 77
fi
cat >"$here/conf" <<END
ServerRoot "$here"
Listen 127.0.0.1:0
DocumentRoot www
StartServers 3
PidFile pid
ErrorLog error.log
ControlSocket none
<Location "/server-status">
	SetHandler server-status
</Location>
END
cp -r www "$here/www" && chmod -R a+rX "$here"
"$preforkd" -D FOREGROUND -f "$here/conf" >"$here/log" 2>&1 &
server=$!
tries=0
until address=$(sed -n 's|.*on \(http://[^ /]*\)/.*|\1|p' "$here/log") && [ -n "$address" ]; do
	kill -0 "$server" 2>/dev/null && [ $((tries += 1)) -lt 200 ] || { cat "$here/log"; exit 1; }
	sleep 0.1
done

# The page as it is after some seconds of its own time.
page() {
	HOME=$here timeout 60 "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$here/profile" \
		--virtual-time-budget=4000 --dump-dom "$address/$1" 2>"$here/browser" >"$here/dom" || fault "$1: the browser failed"
}
until children=$(tr ' ' '\n' <"/proc/$server/task/$server/children" | grep .) && [ "$(echo "$children" | wc -l)" -ge 3 ]; do
	kill -0 "$server" 2>/dev/null && [ $((tries += 1)) -lt 300 ] || { cat "$here/log"; exit 1; }
	sleep 0.1
done
for lesson in learn/1-fork.html learn/zh/6-death.html; do
	page "manual/$lesson"
	for pid in $children; do
		grep -q "<b>$pid</b>" "$here/dom" || fault "www/manual/$lesson: the drawing does not show worker $pid"
	done
	grep -q "class=\"pid-parent\">$server<" "$here/dom" || fault "www/manual/$lesson: the commands do not name the parent"
done
page index.html
victim=$(sed -n 's|.*<span id="victim">\([0-9]*\)</span>.*|\1|p' "$here/dom")
echo "$children" | grep -qx "${victim:-none}" || fault "www/index.html: the worker to end is ${victim:-not named}"
[ "$faults" -eq 0 ]
