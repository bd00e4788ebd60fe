#!/bin/sh
# moving - who comes from Apache is told what is not here
#
# Usage:  moving.sh [SOURCE-DIRECTORY]; TEST_SOURCE when not given
# Checks: each row of refused.def stands in www/manual/moving-from-apache.html, in the row of its
#         module, and nothing else stands there; each module of modules.def is named; what is refused
#         is no directive.
# Fails:  with 1 and one line for each fault
#
# SPDX-License-Identifier: Apache-2.0
set -u

cd "${1:-${TEST_SOURCE:-.}}" || exit 2
page=www/manual/moving-from-apache.html
[ -f "$page" ] || exit 2
work=$(mktemp -d "${TMPDIR:-/tmp}/moving-XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
faults=0

fault() {
	echo "$1"
	faults=$((faults + 1))
}

sed -n 's/^REFUSED("\([A-Za-z0-9_]*\)", "\([a-z0-9_]*\)")$/\2 \1/p' src/config/refused.def | LC_ALL=C sort >"$work/refused"
[ "$(wc -l <"$work/refused")" -ge 50 ] || fault 'src/config/refused.def:1: few rows found: has their form changed?'
sed -n '/<tr id="refused-/p' "$page" | sed 's/<tr id="refused-\([a-z0-9-]*\)">/\1 /' |
	while read -r module rest; do
		echo "$rest" | grep -o '<code>[^<]*' | sed "s/<code>/$(echo "$module" | tr - _) /"
	done | LC_ALL=C sort >"$work/page"
diff "$work/refused" "$work/page" >"$work/diff" || fault "$page:1: differs from src/config/refused.def:
$(grep '^[<>]' "$work/diff")"
for module in $(sed -n 's/^CONFIG_MODULE("\([a-z_]*\)").*/\1/p' src/config/modules.def); do
	sed -n '/id="missing"/,/<table>/p' "$page" | grep -qw -e "$module" || fault "$page:1: the module $module is not named"
done
cat src/config/directives*.def | sed -n 's/^[A-Z]*([A-Z_]*, "<\{0,1\}\([A-Za-z]*\)>\{0,1\}".*/\1/p
	s/^ALIAS("\([A-Za-z]*\)".*/\1/p' | tr '[:upper:]' '[:lower:]' | LC_ALL=C sort -u >"$work/ours"
for name in $(cut -d' ' -f2 "$work/refused" | tr '[:upper:]' '[:lower:]' | LC_ALL=C sort | LC_ALL=C comm -12 - "$work/ours"); do
	fault "src/config/refused.def:1: $name is a directive"
done
[ "$faults" -eq 0 ]
