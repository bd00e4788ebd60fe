#!/bin/sh
# cgi_git - a stock git client clones, fetches and pushes through git http-backend
#
# Usage:  cgi_git.sh
#         TEST_BUILD says where the server was built, PREFORKD which server is tried; CGI_GIT_MB how
#         many megabytes the repository holds (1 when not given).
# Needs:  git with its http-backend and http client; exits with 77 where one is missing
# Checks: clone, fetch and push over version 0 and 2 of the protocol, large pushes in chunks and with
#         a length, several clones at a time; git fsck finds nothing on either side; the error log
#         stays empty. In a worker with many connections, in classic ones, and in children of one
#         request.
# Fails:  with 1 and what went wrong
#
# SPDX-License-Identifier: Apache-2.0
set -u

server=${PREFORKD:-${TEST_BUILD:-.}/src/preforkd}
megabytes=${CGI_GIT_MB:-1}
command -v git >/dev/null || { echo "cgi_git.sh: no git"; exit 77; }
core=$(git --exec-path)
for part in git-http-backend git-remote-http; do
	[ -x "$core/$part" ] || { echo "cgi_git.sh: no $part"; exit 77; }
done
[ -x "$server" ] || { echo "cgi_git.sh: $server is not built" >&2; exit 2; }

work=$(mktemp -d "${TMPDIR:-/tmp}/preforkd-git-XXXXXX") || exit 2
pid=
stop() {
	[ -z "$pid" ] || { kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; }
	pid=
}
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
fail() {
	echo "cgi_git.sh: $*"
	cat "$work/log" "$work/said" 2>/dev/null
	exit 1
}

# Nobody's settings but these.
HOME=$work GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0 no_proxy='*'
export HOME GIT_CONFIG_NOSYSTEM GIT_TERMINAL_PROMPT no_proxy
git config --global user.name Tester
git config --global user.email tester@example.org
git config --global init.defaultBranch main
git config --global http.postBuffer 1048576
chmod 755 "$work"
mkdir "$work/repos" "$work/www"

git init -q --bare "$work/repos/a.git" || fail "no repository"
git -C "$work/repos/a.git" config http.receivepack true
git init -q "$work/first"
echo one > "$work/first/small"
head -c "$((megabytes * 1000000))" /dev/urandom > "$work/first/large"
git -C "$work/first" add . && git -C "$work/first" commit -q -m first || fail "no commit"
git -C "$work/first" push -q "$work/repos/a.git" main || fail "no local push"
[ "$(id -u)" -ne 0 ] || chown -R nobody "$work/repos"

serve() {
	cat > "$work/conf" <<-END
		Listen 127.0.0.1:0
		DocumentRoot $work/www
		PidFile $work/pid
		ErrorLog $work/log
		SetEnv GIT_PROJECT_ROOT $work/repos
		SetEnv GIT_HTTP_EXPORT_ALL
		ScriptAlias /git/ $core/git-http-backend/
		$1
	END
	[ "$(id -u)" -ne 0 ] || echo "User nobody" >> "$work/conf"
	: > "$work/said"
	rm -f "$work/log"
	"$server" -d "$work" -f conf -D FOREGROUND > "$work/said" 2>&1 &
	pid=$!
	tries=0
	until port=$(sed -n 's|.*http://localhost:\([0-9]*\)/.*|\1|p' "$work/said") && [ -n "$port" ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 200 ] && kill -0 "$pid" 2>/dev/null || fail "the server does not start"
		sleep 0.1
	done
	url=http://127.0.0.1:$port/git/a.git
}

check() {
	rm -rf "$work/clone" "$work/again" "$work/other"
	for version in 0 2; do
		rm -rf "$work/clone"
		git -c protocol.version=$version clone -q "$url" "$work/clone" || fail "$1: clone $version"
		cmp -s "$work/clone/large" "$work/first/large" || fail "$1: the clone has other content"
	done
	echo "$1" > "$work/clone/small"
	git -C "$work/clone" commit -q -a -m "$1" && git -C "$work/clone" push -q || fail "$1: small push"
	# Larger than http.postBuffer goes in chunks, smaller with a length.
	head -c "$((megabytes * 500000 + 1200000))" /dev/urandom > "$work/clone/more"
	git -C "$work/clone" add . && git -C "$work/clone" commit -q -m more &&
		git -C "$work/clone" push -q || fail "$1: large push"
	for i in 1 2 3; do
		git clone -q "$url" "$work/other/$i" &
		clones="${clones:-} $!"
	done
	for each in $clones; do
		wait "$each" || fail "$1: one of several clones"
	done
	clones=
	cmp -s "$work/other/3/more" "$work/clone/more" || fail "$1: what was pushed came back changed"
	git -C "$work/first" fetch -q "$url" main || fail "$1: fetch"
	[ "$(git -C "$work/first" rev-parse FETCH_HEAD)" = "$(git -C "$work/clone" rev-parse HEAD)" ] ||
		fail "$1: the fetch brought another commit"
	git -C "$work/clone" fsck --full --strict > "$work/fsck" 2>&1 || fail "$1: fsck of the clone"
	git -c safe.directory='*' -C "$work/repos/a.git" fsck --full --strict >> "$work/fsck" 2>&1 ||
		fail "$1: fsck of the repository"
	! grep -v '^dangling\|^Checking\|^$\|^notice' "$work/fsck" || fail "$1: fsck found something"
	git ls-remote "$url.missing" > /dev/null 2>&1 && fail "$1: a missing repository is there"
	! grep -v "Not a git repository\|not found\|:notice\]" "$work/log" || fail "$1: the error log is not empty"
}

serve "StartServers 2"
check event
stop
serve "WorkerConnections 1
StartServers 4"
check classic
stop
serve "ProcessModel fork"
check fork
stop
