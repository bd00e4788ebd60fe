#!/bin/sh
# installed_server - what make install leaves is a server that starts
#
# Usage:  installed_server.sh; TEST_SOURCE and TEST_BUILD name the trees
# Checks: an installation into an empty place holds the programs, the configuration, the pages, a
#         directory for logs, manual pages, the unit and the stanza, and nothing outside the prefix; the
#         unit and the stanza name the installed programs; the server starts with the configuration as
#         installed (but for the port), serves its pages, says so to preforkctl, writes its logs, and
#         stops.
# Exit:   0, 1 with one line per fault, 77 without curl
#
# SPDX-License-Identifier: Apache-2.0
set -u
build=$(cd "${TEST_BUILD:-.}" && pwd)
command -v curl >/dev/null || exit 77
[ -f "$build/Makefile" ] || exit 77
root=$(mktemp -d "${TMPDIR:-/tmp}/installed-XXXXXX") || exit 1
chmod 755 "$root"
pid=
finish() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null
	rm -rf "$root"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM
faults=0

fault() {
	echo "installed_server.sh: $1"
	faults=$((faults + 1))
}

# What is installed here was built already: the library is installed by installed.sh.
make -s -C "$build" install-sbinPROGRAMS install-dist_confDATA install-dist_wwwDATA install-dist_wwwmanualDATA \
	install-dist_wwwmanualmpDATA install-man install-pkgdataDATA install-dist_pkgdataDATA \
	install-data-local DESTDIR="$root" >"$root.log" 2>&1 || {
	tail -n 5 "$root.log"
	rm -f "$root.log"
	fault 'make install failed'
	exit 1
}
rm -f "$root.log"
program=$(find "$root" -name preforkd -type f -perm -100 | head -n 1)
config=$(find "$root" -path '*/conf/httpd.conf' | head -n 1)
[ -n "$program" ] && [ -n "$config" ] || { fault 'no program or no configuration'; exit 1; }
home=$(dirname "$(dirname "$config")")
sbin=$(dirname "$program")
for file in conf/mime.types www/index.html www/manual/index.html www/manual/mp/mp_pool.html logs; do
	[ -e "$home/$file" ] || fault "$file is not installed"
done
for page in preforkd.8 preforkctl.8 preforkd.conf.5 mp_pool.3; do
	find "$root" -name "$page" | grep -q . || fault "$page is not installed"
done
for file in preforkd.service preforkd.socket preforkd.logrotate; do
	found=$(find "$root" -path "*/share/preforkd/$file")
	[ -n "$found" ] || fault "$file is not installed"
	grep -q '@[a-z]*@' "$found" && fault "$file has a place without its name"
	case $file in
	*.socket) ;;
	*) grep -qF "${sbin#"$root"}/preforkctl" "$found" || fault "$file does not name preforkctl where it is" ;;
	esac
done
logrotate=$(command -v logrotate || command -v /usr/sbin/logrotate)
if [ -n "$logrotate" ]; then
	sed "s|^/|$root/|" "$(find "$root" -name preforkd.logrotate)" >"$root/stanza"
	chmod 644 "$root/stanza"
	"$logrotate" -d -s "$root/state" "$root/stanza" >"$root/said" 2>&1 || fault "logrotate: $(tail -n 1 "$root/said")"
fi

# A port that was free a moment ago; another when somebody was faster.
port=
for try in 1 2 3 4 5; do
	port=$((20000 + ($$ * 7 + try * 1009) % 12000))
	sed -i "s/^Listen .*/Listen 127.0.0.1:$port/" "$config"
	"$program" -d "$home" 2>"$root/said" && break
	grep -q 'in use' "$root/said" || break
done
pid=$(cat "$home/logs/preforkd.pid" 2>/dev/null) || { fault "it does not start: $(cat "$root/said")"; exit 1; }
[ ! -s "$root/said" ] || fault "it says at its start: $(cat "$root/said")"

# get PATH STATUS
get() {
	status=$(curl -s -o "$root/page" -w '%{http_code}' "http://127.0.0.1:$port$1")
	[ "$status" = "$2" ] || fault "$1 is answered with $status"
}
get / 200
cmp -s "$root/page" "$home/www/index.html" || fault 'the first page is not www/index.html'
get /manual/ 200
get /manual/directives.html 200
get /manual/mp/mp_pool.html 200
get /server-status 200
get /none 404
mkdir -p "$home/www/sub/.git"
for file in .htaccess .htpasswd sub/.htpasswd sub/.git/config; do
	: >"$home/www/$file"
	get "/$file" 403
done
get /sub/.git/ 403
"$sbin/preforkctl" -d "$home" status >"$root/said" 2>&1 || fault "preforkctl status: $(cat "$root/said")"
"$sbin/preforkctl" -d "$home" graceful >"$root/said" 2>&1 || fault "preforkctl graceful: $(cat "$root/said")"
get / 200
"$sbin/preforkctl" -d "$home" stop >"$root/said" 2>&1 || fault "preforkctl stop: $(cat "$root/said")"
# Gone, or waiting for somebody to ask how it ended.
[ "$(sed 's/.*) //; s/ .*//' "/proc/$pid/stat" 2>/dev/null || echo Z)" = Z ] || fault 'it runs after stop'
pid=
grep -q '"GET / HTTP' "$home/logs/access.log" || fault 'there is no line in logs/access.log'
[ -s "$home/logs/error.log" ] || fault 'there is no logs/error.log'
[ "$faults" -eq 0 ]
