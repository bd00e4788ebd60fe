#!/bin/sh
# directives - the directive reference says what the table of directives says
#
# Usage:  directives.sh [SOURCE-DIRECTORY [PROGRAM]]
#         PROGRAM is directives_html as it was built: tests/lint/directives_html when not given.
#         In make check TEST_SOURCE and TEST_BUILD say where the two are.
# Checks: www/manual/directives.html is, byte for byte, what PROGRAM prints; every row of the table
#         has an article there; every directive of conf/httpd.conf is a row.
# Fails:  with 1 and the differences
#
# Only sh, sed, grep and diff are needed.
# SPDX-License-Identifier: Apache-2.0
set -u

program=${2:-${TEST_BUILD:-.}/tests/lint/directives_html}
case $program in
/*) ;;
*) program=$PWD/$program ;;
esac
cd "${1:-${TEST_SOURCE:-.}}" || exit 2
table=src/config/directives.def
rows_in=$(ls src/config/directives_*.def)
page=www/manual/directives.html
faults=0

fault() {
	echo "$1"
	faults=$((faults + 1))
}

[ -x "$program" ] || { echo "directives.sh: $program is not built" >&2; exit 2; }
"$program" | diff -u "$page" - ||
	fault "$page:1: differs from $table; to write it anew: tests/lint/directives_html > $page"

names=$(sed -n 's/^[A-Z]*([A-Z_]*, "\([^"]*\)",.*/\1/p' $rows_in)
aliases=$(sed -n 's/^ALIAS("\([^"]*\)",.*/\1/p' $rows_in)
rows=$(cat $rows_in | grep -Ec '^(DIRECTIVE|ACCEPTED)\(')
[ "$rows" -gt 0 ] && [ "$(echo "$names" | grep -c .)" -eq "$rows" ] ||
	fault "$table:1: not every DIRECTIVE row could be read: has its form changed?"
for name in $(echo "$names" | tr -d '<>' | tr 'A-Z' 'a-z'); do
	grep -q "<article class=\"directive\" id=\"$name\">" "$page" ||
		fault "$page:1: $name has no article"
done

# What is commented out in the default file is a directive too, so it must not be misspelled.
for word in $(sed -n 's/^ *#\{0,1\}\(<\{0,1\}[A-Z][A-Za-z]*\) [^ ].*/\1/p' conf/httpd.conf | tr -d '<' | sort -u); do
	case $(sed -n "s/^ *#\($word\) .*/\1/p; s/^ *<\{0,1\}\($word\) .*/\1/p" conf/httpd.conf) in
	'') continue ;; # a comment that begins with a word
	esac
	printf '%s\n' "$names" "$aliases" | tr -d '<>' | grep -qx "$word" ||
		fault "conf/httpd.conf:1: $word is no directive"
done

[ "$faults" -eq 0 ]
