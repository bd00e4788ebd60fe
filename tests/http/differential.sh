#!/bin/sh
# differential - preforkd answers as Debian's Apache does, or for a reason
#
# Usage:  differential.sh
#         TEST_BUILD says where tests/http/differential was built, PREFORKD which server is tried.
# Needs:  apache2 with Debian's modules; exits with 77 where there is none
# Checks: some hundred ordinary requests to both, with equal configurations on one site; see
#         differential.c for what alike means, differential.def for the reasons to differ
# Fails:  with 1 and the differences
#
# Both servers run on ports of their own, from a directory of their own, and are ended here.
# SPDX-License-Identifier: Apache-2.0
set -u

build=${TEST_BUILD:-.}
program=${1:-$build/tests/http/differential}
server=${PREFORKD:-$build/src/preforkd}
command -v setsid >/dev/null || { echo "differential.sh: no setsid"; exit 77; }
apache=$(command -v apache2 || command -v /usr/sbin/apache2) || { echo "differential.sh: no apache2"; exit 77; }
modules=/usr/lib/apache2/modules
for module in mpm_prefork authz_core mime dir autoindex negotiation; do
	[ -e "$modules/mod_$module.so" ] || { echo "differential.sh: no mod_$module"; exit 77; }
done
for built in "$program" "$server"; do
	[ -x "$built" ] || { echo "differential.sh: $built is not built" >&2; exit 2; }
done

work=$(mktemp -d "${TMPDIR:-/tmp}/preforkd-differential-XXXXXX") || exit 2
pids=
stop() {
	for pid in $pids; do
		kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	done
	rm -rf "$work"
}
trap stop EXIT
trap 'exit 2' HUP INT TERM
chmod 755 "$work"
mkdir "$work/logs" "$work/conf"
"$program" site "$work" || exit 2
printf 'text/html html\ntext/plain txt\nimage/png png\n' >"$work/conf/mime.types"

# What both of them read.
common="DocumentRoot \"$work/htdocs\"
TypesConfig \"$work/conf/mime.types\"
DirectoryIndex index.html
TraceEnable off
KeepAlive On
Timeout 20
AddLanguage en .en
AddLanguage de .de
LanguagePriority en de
ForceLanguagePriority Prefer Fallback"

# A server that is up answers; one that found its port taken has ended.
is_up() {
	tries=0
	while [ "$tries" -lt 300 ] && kill -0 "$1" 2>/dev/null; do
		[ ! -s "$2" ] || return 0
		tries=$((tries + 1))
		sleep 0.2
	done
	kill "$1" 2>/dev/null
	return 1
}

# start NAME: writes $work/NAME.conf for a port and starts; the port in $port
start() {
	for try in 1 2 3 4 5 6 7 8 9 10; do
		port=$((20000 + ($$ * 7 + try * 613 + ${#1} * 97) % 20000))
		rm -f "$work/logs/$1.pid"
		"write_$1" >"$work/conf/$1.conf"
		"run_$1" &
		pid=$!
		pids="$pids $pid"
		is_up "$pid" "$work/logs/$1.pid" && return 0
	done
	echo "differential.sh: $1 does not start:" >&2
	cat "$work/logs/$1.log" >&2
	exit 2
}

write_apache() {
	printf 'ServerRoot "%s"\nListen 127.0.0.1:%s\nServerName a\nPidFile logs/apache.pid\n' "$work" "$port"
	printf 'ErrorLog logs/apache.log\nMutex posixsem\n'
	for module in mpm_prefork authz_core mime dir autoindex negotiation; do
		printf 'LoadModule %s_module %s/mod_%s.so\n' "$module" "$modules" "$module"
	done
	[ "$(id -u)" -ne 0 ] || printf 'User nobody\nGroup nogroup\n'
	printf '%s\n<Directory "%s/htdocs">\nRequire all granted\nOptions MultiViews\n</Directory>\n' "$common" "$work"
}

run_apache() {
	# In a session of its own: when it ends it sends a signal to all of its process group.
	exec setsid "$apache" -f "$work/conf/apache.conf" -DFOREGROUND >/dev/null 2>&1
}

write_preforkd() {
	printf 'ServerRoot "%s"\nListen 127.0.0.1:%s\nServerName a\nPidFile logs/preforkd.pid\n' "$work" "$port"
	printf 'ErrorLog logs/preforkd.log\nOptions MultiViews\n%s\n' "$common"
}

run_preforkd() {
	exec "$server" -f "$work/conf/preforkd.conf" -D FOREGROUND >/dev/null 2>&1
}

start apache
APACHE=$port
start preforkd
PREFORKD=$port
export APACHE PREFORKD
"$program"
