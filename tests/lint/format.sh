#!/bin/sh
# format - the source looks as clang-format leaves it
#
# Usage:  format.sh [SOURCE-DIRECTORY]; TEST_SOURCE when not given
# Checks: every .c and .h of src and tests, with the rules of .clang-format. Versions of clang-format
#         differ in what they make of the same rules, so only version 14 is asked.
# Fails:  with 1 and one line for each file; 77 (skipped) without clang-format 14
#
# To mend what it finds: clang-format -i FILE...
#
# SPDX-License-Identifier: Apache-2.0
set -u

cd "${1:-${TEST_SOURCE:-.}}" || exit 2
[ -f .clang-format ] && [ -d src ] || exit 2

for program in ${CLANG_FORMAT:-clang-format-14 clang-format}; do
	case $("$program" --version 2>/dev/null) in
	*'version 14.'*) break ;;
	esac
	program=
done
if [ -z "$program" ]; then
	echo "format: clang-format 14 is not here"
	exit 77
fi

found=$(find src tests -name '*.[ch]' | LC_ALL=C sort |
	xargs "$program" --dry-run --ferror-limit=1 2>&1 |
	sed -n 's/^\([^ :]*\):\([0-9]*\):[0-9]*: [a-z]*: code should be clang-formatted.*/\1:\2: not as clang-format leaves it/p')
[ -z "$found" ] && exit 0
echo "$found" | LC_ALL=C sort -u -t: -k1,1
exit 1
