#!/bin/sh
# single_use - what is done in one place is done nowhere else
#
# Usage:  single_use.sh [SOURCE-DIRECTORY]; TEST_SOURCE when not given
# Checks: only src/mp/mp_reap.c waits for children (two who wait steal each other's statuses); only
#         src/http/http_parse.c includes http_parser.h, besides main.c for its version; all above
#         src/mp make processes and pipes by it and never by themselves;
#         descriptors are born close-on-exec; and functions that cannot be used safely are not used.
# Fails:  with 1 and one line for each fault
#
# SPDX-License-Identifier: Apache-2.0
set -u

cd "${1:-${TEST_SOURCE:-.}}" || exit 2
[ -f src/mp/mp_reap.c ] || exit 2

# The examples show the bare calls on purpose.
find src -name '*.[ch]' ! -path 'src/examples/*' | LC_ALL=C sort | xargs awk '
function fault(what) {
	print FILENAME ":" FNR ": " what
	faults++
}
# The line without comments and strings.
function code(line,   out, at) {
	gsub(/\\./, "", line)
	gsub(/"[^"]*"/, "\"\"", line)
	gsub(/\047[^\047]*\047/, "0", line)
	out = ""
	while (line != "") {
		if (commented) {
			at = index(line, "*/")
			if (!at)
				return out
			line = substr(line, at + 2)
			commented = 0
		}
		at = index(line, "/*")
		if (!at)
			return out line
		out = out substr(line, 1, at - 1) " "
		line = substr(line, at + 2)
		commented = 1
	}
	return out
}
# Is one of the functions called (or its address taken)?
function uses(line, names) {
	return line ~ ("(^|[^A-Za-z0-9_.>])(" names ")[ \t]*\\(")
}
FNR == 1 {
	commented = 0
	files++
}
/^[ \t]*#[ \t]*include[ \t]*[<"]http_parser\.h/ {
	if (FILENAME != "src/http/http_parse.c" && FILENAME != "src/main.c")
		fault("only src/http/http_parse.c includes http_parser.h")
}
{
	line = code($0)
	if (line ~ /^[ \t]*#[ \t]*include/)
		next
	if (uses(line, "wait|wait3|wait4|waitpid|waitid")) {
		waits++
		if (FILENAME != "src/mp/mp_reap.c")
			fault("only src/mp/mp_reap.c waits for children")
	}
	if (FILENAME !~ /^src\/(base|os|mp)\//) {
		if (uses(line, "fork|vfork|clone|clone3|posix_spawnp?|exec[lv]p?e?|system|popen"))
			fault("processes are started by src/mp")
		if (uses(line, "socketpair|pipe2?"))
			fault("pipes are made by src/mp")
	}
	if (uses(line, "pipe|dup2?|accept|epoll_create|inotify_init|eventfd0") &&
			FILENAME !~ /^src\/(mp|os)\//)
		fault("this makes a descriptor that is not close-on-exec")
	if (uses(line, "gets|strcat|sprintf|vsprintf|strncpy|strtok|alloca|rand|tmpnam|mktemp|sleep|usleep"))
		fault("a function that cannot be used safely here")
}
END {
	if (files < 10 || waits == 0) {
		print "src:1: too little found: is this the source?"
		faults++
	}
	exit faults > 0
}'
