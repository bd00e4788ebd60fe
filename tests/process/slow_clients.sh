#!/bin/sh
# slow_clients - clients that send or read a byte now and then do not keep others out
#
# Usage:  slow_clients.sh; PREFORKD names the program. SLOW_CLIENTS: how many (200), SLOW_SECONDS: for
#         how long (6), SLOW_WORKERS: of the classic pool (8), SLOW_APACHE=1: the same against
#         Debian's Apache, which may fail
# Checks: slowhttptest in its four modes (half heads, half bodies, overlapping ranges, slow reading),
#         against event loops and a classic pool: its probe always gets an answer, and within a
#         second of the end so does everybody. A machine that has much else to do may be late with
#         that: then the attack is made again, longer, and its probe may take longer
# Fails:  with 1 and the reports; 77 where slowhttptest or curl is missing
#
# SPDX-License-Identifier: Apache-2.0
set -u

for tool in slowhttptest curl; do
	command -v "$tool" >/dev/null || {
		echo "$tool is missing"
		exit 77
	}
done
program=${PREFORKD:?PREFORKD does not name the program}
clients=${SLOW_CLIENTS:-200}
seconds=${SLOW_SECONDS:-6}
workers=${SLOW_WORKERS:-8}
ulimit -n "$(ulimit -H -n)" 2>/dev/null
dir=$(mktemp -d "${TMPDIR:-/tmp}/preforkd-slow-XXXXXX") || exit 2
server=
faults=0

end() {
	[ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
	server=
}
trap 'end; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

mkdir "$dir/www" "$dir/logs"
chmod 755 "$dir" "$dir/www"
i=0
while [ $i -lt 400 ]; do
	echo "this is a line of a page which is neither short nor long: $i"
	i=$((i + 1))
done >"$dir/www/index.html"

# A port for Apache that is free now.
free_port() {
	port=$((10000 + ($$ * 7) % 9000)) # below those the kernel gives to others
	while curl -s -o /dev/null "http://127.0.0.1:$port/"; do
		port=$((port + 1))
	done
}

start_ours() {
	cat >"$dir/conf" <<-END
		ServerRoot $dir
		DocumentRoot $dir/www
		Listen 127.0.0.1:0
		PidFile logs/pid
		ErrorLog logs/error.log
		$1
	END
	port=
	: >"$dir/said"
	"$program" -f "$dir/conf" -D FOREGROUND >"$dir/said" 2>&1 &
	server=$!
}

start_apache() {
	modules=/usr/lib/apache2/modules
	cat >"$dir/apache.conf" <<-END
		ServerRoot $dir
		ServerName localhost
		DocumentRoot $dir/www
		Listen 127.0.0.1:$port
		PidFile $dir/logs/apache.pid
		ErrorLog $dir/logs/apache.log
		LoadModule mpm_prefork_module $modules/mod_mpm_prefork.so
		LoadModule authz_core_module $modules/mod_authz_core.so
		LoadModule dir_module $modules/mod_dir.so
		LoadModule reqtimeout_module $modules/mod_reqtimeout.so
		RequestReadTimeout header=20-40,MinRate=500 body=20,MinRate=500
		KeepAliveTimeout 5
		StartServers 5
		ServerLimit $workers
		MaxRequestWorkers $workers
	END
	apache2 -f "$dir/apache.conf" -D FOREGROUND >/dev/null 2>&1 &
	server=$!
}

await() {
	tries=0
	until [ -n "${port:=$(sed -n 's|.*http://localhost:\([0-9]*\)/.*|\1|p' "$dir/said")}" ] &&
		curl -s -m 20 -o /dev/null "http://127.0.0.1:$port/"; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] && kill -0 "$server" 2>/dev/null || return 1
		sleep 0.1
	done
}

# attack NAME MODE OPTIONS...: counts a fault unless the name is Apache's.
attack() {
	try 3 "$seconds" "$@" || [ "$1" = apache ] && return
	try 10 $((seconds + 14)) "$@" || try 10 $((seconds + 14)) "$@" || {
		sed 's/^/	/' "$dir/report"
		faults=$((faults + 1))
	}
}

# try PATIENCE SECONDS NAME MODE OPTIONS...: prints one row; was everybody served?
try() {
	patience=$1 length=$2 name=$3 mode=$4
	shift 4
	rate=$((clients / 4 + 1))
	slowhttptest -c "$clients" "-$mode" "$@" -r "$rate" -l "$length" -p "$patience" \
		-u "http://127.0.0.1:$port/index.html" 2>&1 |
		sed 's/\x1b\[[0-9;]*m//g' | tr '\r' '\n' >"$dir/report"
	yes=$(grep -c 'service available: *YES' "$dir/report")
	no=$(grep -c 'service available: *NO' "$dir/report")
	connected=$(sed -n 's/^connected: *//p' "$dir/report" | sort -n | tail -1)
	after=$(curl -s -m 5 -o /dev/null -w '%{http_code} in %{time_total} s' "http://127.0.0.1:$port/")
	printf '%-10s -%s  available %s of %s looks, at most %s connected; afterwards %s\n' "$name" "$mode" \
		"$yes" $((yes + no)) "${connected:-0}" "$after"
	late=$(echo "$after" | sed -n 's/^200 in \([0-9]*\).*/\1/p')
	# Its first look comes before its clients, and it may be the only one.
	[ $((yes + no)) -lt 2 ] || [ "${connected:-0}" -gt 0 ] || late=9
	[ "$no" -eq 0 ] && [ "$yes" -gt 0 ] && [ "${late:-9}" -lt 1 ]
}

attack_all() {
	await || {
		echo "$1 does not answer"
		faults=$((faults + 1))
		end
		return
	}
	attack "$1" H -i 10 -x 24
	attack "$1" B -i 10 -s 8192 -x 10
	attack "$1" R -a 10 -b 3000
	attack "$1" X -w 256 -y 512 -n 5 -z 32 -k 1
	end
}

start_ours "WorkerConnections 4096"
attack_all event
start_ours "WorkerConnections 1
MaxRequestWorkers $workers
StartServers $workers
MaxSpareServers $((workers + 1))"
attack_all classic
if [ -n "${SLOW_APACHE:-}" ] && command -v apache2 >/dev/null; then
	free_port
	start_apache
	attack_all apache
fi
exit $((faults > 0))
