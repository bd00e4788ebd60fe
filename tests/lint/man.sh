#!/bin/sh
# man - the manual pages of the programs know what the programs know
#
# Usage:  man.sh [SOURCE-DIRECTORY]; TEST_SOURCE when not given
# Checks: each long option and each verb of preforkd and preforkctl stands in its page of section 8,
#         each section of the configuration in preforkd.conf(5), and no page names an option that is
#         not there; groff, where it is installed, has nothing to say about them.
# Fails:  with 1 and one line for each fault
#
# SPDX-License-Identifier: Apache-2.0
set -u

cd "${1:-${TEST_SOURCE:-.}}" || exit 2
[ -d src/man ] || exit 2
faults=0

fault() {
	echo "$1"
	faults=$((faults + 1))
}

# has FILE WORD: the page says the word, whose dashes are written \-
has() {
	sed 's/\\-/-/g; s/\\f[A-Z]//g' "$1" | grep -qw -e "$2"
}

options() {
	sed -n 's/^	{"\([a-z-]*\)", [a-z]*_argument, NULL, .*/\1/p' "$1"
}

for program in preforkd:src/main.c preforkctl:src/tools/preforkctl.c; do
	page=src/man/${program%%:*}.8
	source=${program#*:}
	names=$(options "$source")
	[ "$(echo "$names" | wc -l)" -ge 6 ] || fault "$source:1: few options found: has their form changed?"
	for name in $names; do
		has "$page" "--$name" || fault "$page:1: --$name is missing"
	done
	for name in $(sed 's/\\-/-/g; s/\\f[A-Z]//g' "$page" | grep -o -e '--[a-z][a-z-]*'); do
		echo "$names" | grep -qx -e "${name#--}" || fault "$page:1: there is no $name"
	done
done
for verb in $(sed -n 's/^VERB("\([a-z-]*\)".*/\1/p' src/tools/verbs.def); do
	has src/man/preforkctl.8 "$verb" || fault "src/man/preforkctl.8:1: the verb $verb is missing"
done
for verb in start stop restart graceful graceful-stop upgrade; do
	has src/man/preforkd.8 "$verb" || fault "src/man/preforkd.8:1: the verb $verb is missing"
done
for section in $(cat src/config/directives_*.def | sed -n 's/^[A-Z]*([A-Z_]*, "\(<[A-Za-z]*>\)".*/\1/p'); do
	grep -qF "$section" src/man/preforkd.conf.5 ||
		fault "src/man/preforkd.conf.5:1: the section $section is missing"
done
if command -v groff >/dev/null; then
	for page in src/man/*.[58]; do
		said=$(groff -man -ww -z -Tutf8 "$page" 2>&1)
		[ -z "$said" ] || fault "$page:1: $said"
	done
fi
[ "$faults" -eq 0 ]
