#!/bin/sh
# conformance - the page of conformance says what the tests of conformance say
#
# Usage:  conformance.sh [SOURCE-DIRECTORY [PROGRAM]]
#         PROGRAM is conformance_html as it was built: tests/lint/conformance_html when not given.
#         In make check TEST_SOURCE and TEST_BUILD say where the two are.
# Checks: www/manual/conformance.html is, byte for byte, what PROGRAM prints.
# Fails:  with 1 and the differences
#
# Only sh and diff are needed.
# SPDX-License-Identifier: Apache-2.0
set -u

program=${2:-${TEST_BUILD:-.}/tests/lint/conformance_html}
case $program in
/*) ;;
*) program=$PWD/$program ;;
esac
cd "${1:-${TEST_SOURCE:-.}}" || exit 2
page=www/manual/conformance.html
list=www/manual/status.html

[ -x "$program" ] || { echo "conformance.sh: $program is not built" >&2; exit 2; }
"$program" "$list" | diff -u "$page" - || {
	echo "$page:1: differs from tests/http/cases_*.def; to write it anew: tests/lint/conformance_html $list > $page"
	exit 1
}
