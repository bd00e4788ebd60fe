#!/bin/sh
# search - the search box is on every page, and finds every page
#
# Usage:  search.sh [SOURCE-DIRECTORY]; TEST_SOURCE when not given
# Checks: each page of www/manual/ and the welcome page has the box and loads search.js once; the
#         index made from them has an entry for each page, in its language, and each of its addresses
#         leads to an id that is there; words that are known to be somewhere are found; it is JSON
#         (where there is a python3).
# Fails:  with 1 and one line for each fault
#
# SPDX-License-Identifier: Apache-2.0
set -u

cd "${1:-${TEST_SOURCE:-.}}" || exit 2
index=$(mktemp) || exit 99
trap 'rm -f "$index"' EXIT
faults=0

fault() {
	echo "$1"
	faults=$((faults + 1))
}

sh src/man/search_index.sh www/manual >"$index" || fault "src/man/search_index.sh:1: too little was found"
pages=$(cd www/manual && find . -name '*.html' ! -path './learn/measured/*' | sed 's|^\./||' | LC_ALL=C sort)
for page in $pages ../index.html; do
	[ "$(grep -c '<form class="search" role="search">' "www/manual/$page")" = 1 ] ||
		fault "www/manual/$page:1: has no search box"
	[ "$(grep -c '<script type="module" src="[./a-z]*search\.js"></script>' "www/manual/$page")" = 1 ] ||
		fault "www/manual/$page:1: does not load search.js"
done
for page in $pages; do
	lang=en
	case $page in learn/zh/*) lang=zh-CN ;; esac
	grep -q "^,\{0,1\}\[\"$page\(#[^\"]*\)\{0,1\}\",.*,\"$lang\"\]\$" "$index" ||
		fault "www/manual/$page:1: is not in the index"
done

sed -n 's/^,\{0,1\}\["\([^"#]*\)#\([^"]*\)",.*/\1 \2/p' "$index" | while read -r page id; do
	grep -q "id=\"$id\"" "www/manual/$page" || echo "www/manual/$page:1: the index knows an id $id"
done >"$index.ids"
[ -s "$index.ids" ] && { cat "$index.ids"; faults=$((faults + 1)); }
rm -f "$index.ids"

# Where and what: a heading, a word of the text.
while IFS='|' read -r address word; do
	grep -F "[\"$address\"," "$index" | grep -qF -e "$word" || fault "$address: \"$word\" is not found"
done <<'END'
directives.html#maxrequestworkers|MaxRequestWorkers
signals.html#graceful|restart
mp/mp_pool.html#name|mp_pool_map
learn/6-death.html|zombie
learn/zh/6-death.html|僵尸
END

if command -v python3 >/dev/null; then
	python3 -c 'import json, sys
for entry in json.load(open(sys.argv[1])):
    assert len(entry) == 5 and all(isinstance(x, str) for x in entry) and entry[0] and entry[1] and entry[2], entry' "$index" ||
		fault "src/man/search_index.sh:1: writes no JSON of the form it says"
fi
[ "$faults" -eq 0 ]
