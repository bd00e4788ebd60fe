#!/bin/sh
# layers - a file includes only its own folder and folders to its left
#
# Usage:  layers.sh [SOURCE-DIRECTORY]; TEST_SOURCE when not given
# Checks: base -> os -> mp -> config -> http -> wire -> handler -> { worker | parent | status | keeper |
#         starter | load } -> { main | tools }; the roles are siblings and include each other never;
#         src/mp stands on base and os alone, so that it can be installed; examples see what is
#         installed, and main and the tools see of a role no more than its entry.
# Fails:  with 1 and one line for each fault
#
# SPDX-License-Identifier: Apache-2.0
set -u

cd "${1:-${TEST_SOURCE:-.}}" || exit 2
[ -d src ] || exit 2

# What stands between quotes behind #include, with the file and line it stands in.
find src -name '*.[ch]' | LC_ALL=C sort | xargs awk '
function fault(what) {
	print FILENAME ":" FNR ": " what
	faults++
}
BEGIN {
	allowed["base"] = " base "
	allowed["os"] = allowed["base"] "os "
	allowed["mp"] = allowed["os"] "mp "
	allowed["config"] = allowed["mp"] "config "
	allowed["http"] = allowed["config"] "http "
	allowed["wire"] = allowed["http"] "wire "
	allowed["handler"] = allowed["wire"] "handler "
	allowed["worker"] = allowed["handler"] "worker "
	allowed["parent"] = allowed["handler"] "parent "
	allowed["status"] = allowed["handler"] "status "
	allowed["keeper"] = allowed["handler"] "keeper "
	allowed["starter"] = allowed["handler"] "starter "
	allowed["load"] = allowed["wire"] "load "
	allowed["tools"] = allowed["handler"] "tools "
	allowed["main.c"] = allowed["handler"]
}
FNR == 1 {
	files++
	split(FILENAME, part, "/")
	folder = part[2]
	if (!(folder in allowed) && folder != "examples")
		fault("the folder " folder " has no place among the layers")
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
	path = $0
	sub(/^[^"]*"/, "", path)
	sub(/".*/, "", path)
	includes++
	if (path !~ /\//) {
		fault("\"" path "\" is not written with its folder")
		next
	}
	of = path
	sub(/\/.*/, "", of)
	if (folder == "examples") {
		if (path != "mp/mp.h" && of != folder)
			fault(folder " may include mp/mp.h alone, not " path)
	} else if (folder ~ /^(main\.c|tools)$/ && path ~ /^(worker|parent|status|keeper|starter|load)\//) {
		if (path !~ /_entry\.h$/)
			fault("programs see only the entry of a role, not " path)
	} else if (index(allowed[folder], " " of " ") == 0)
		fault(folder " may not include " path)
}
END {
	if (files < 10 || includes < 10) {
		print "src:1: too little found: is this the source?"
		faults++
	}
	exit faults > 0
}'
