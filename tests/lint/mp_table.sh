#!/bin/sh
# mp_table - what is said of the process library elsewhere agrees with mp.h and its tests
#
# Usage:  mp_table.sh [SOURCE-DIRECTORY]; TEST_SOURCE when not given
# Checks: each row of www/manual/python.html names something of mp.h and a test that exists;
#         mp.map shows exactly the functions of mp.h; each of them has a manual page; the pages made
#         from mp.h are up to date (where there is a python3); the library starts no thread and
#         waits for children in one file.
# Fails:  with 1 and one line for each fault
# SPDX-License-Identifier: Apache-2.0
set -u

cd "${1:-${TEST_SOURCE:-.}}" || exit 2
table=www/manual/python.html
faults=0

fault() {
	echo "$1"
	faults=$((faults + 1))
}

# The functions of mp.h: a name and a bracket, outside comments and preprocessor lines.
functions=$(awk '
	{ line = $0 }
	inside { if (!sub(/^.*\*\//, "", line)) next; inside = 0 }
	{ sub(/\/\*.*\*\//, "", line); if (sub(/\/\*.*/, "", line)) inside = 1 }
	line ~ /^#/ { next }
	{ while (match(line, /mp_[a-z0-9_]+\(/)) {
		print substr(line, RSTART, RLENGTH - 1); line = substr(line, RSTART + RLENGTH) } }
' src/mp/mp.h | LC_ALL=C sort -u)
[ "$(echo "$functions" | wc -l)" -gt 100 ] || fault "src/mp/mp.h:1: too few functions found: has its form changed?"

rows=$(sed -n 's|.*<th scope="row"><code>.*</code></th><td>\(.*\)</td><td><code>\(.*\): \(.*\)</code></td></tr>|\2 \3 \1|p' $table)
count=$(grep -c 'scope="row"' $table)
if [ "$(echo "$rows" | wc -l)" != "$count" ] || [ "$count" -lt 100 ]; then
	fault "$table:1: rows that cannot be read: has its form changed?"
fi
while read -r file test here; do
	grep -qs "^START_TEST($test)" "tests/unit/mp/$file.c" || fault "$table:1: there is no test $file: $test"
	for name in $(echo "$here" | sed 's/<[^>]*>/ /g' | tr ' ' '\n' | grep -i '^mp_'); do
		grep -q "\\b$name\\b" src/mp/mp.h || fault "$table:1: mp.h knows no $name"
	done
done <<EOF
$rows
EOF

shown=$(sed -n 's/^\t\(mp_[a-z0-9_]*\);$/\1/p' src/mp/mp.map | LC_ALL=C sort -u)
for name in $functions; do
	echo "$shown" | grep -qx "$name" || fault "src/mp/mp.map:1: $name is missing"
	grep -qsw "$name" src/mp/man/*.3 || fault "src/mp/man: no page has $name"
done
for name in $shown; do
	echo "$functions" | grep -qx "$name" || fault "src/mp/mp.map:1: $name is not in mp.h"
done

if command -v python3 >/dev/null; then
	python3 src/mp/man/mp_man.py src/mp/mp.h src/mp/man --check || faults=$((faults + 1))
	python3 src/mp/man/mp_html.py src/mp/man www/manual/mp --check || faults=$((faults + 1))
fi

found=$(grep -nE '\b(pthread_create|thrd_create|CLONE_THREAD)\b' src/mp/*.c src/mp/*.h) &&
	fault "a thread is started: $found"
found=$(grep -nE '\b(wait|wait3|wait4|waitid|waitpid) ?\(' src/*/*.c |
	grep -vE '^src/mp/mp_reap\.c:|^[^:]*:[0-9]*:[[:space:]]*(/?\*|//)') &&
	fault "children are waited for outside mp_reap.c: $found"

exit "$((faults > 0))"
