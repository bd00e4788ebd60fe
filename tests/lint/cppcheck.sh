#!/bin/sh
# cppcheck - what cppcheck finds in src
#
# Usage:  cppcheck.sh [SOURCE-DIRECTORY]; TEST_SOURCE when not given
# Checks: warnings, style, performance and portability; what it is wrong about is listed, with the
#         reason, in cppcheck.txt beside this file.
# Fails:  with 1 and one line for each finding; 77 (skipped) without cppcheck 2.10, since each version
#         finds something else
#
# SPDX-License-Identifier: Apache-2.0
set -u

cd "${1:-${TEST_SOURCE:-.}}" || exit 2
[ -d src ] || exit 2
case $(cppcheck --version 2>/dev/null) in
'Cppcheck 2.10'*) ;;
*)
	echo "cppcheck: cppcheck 2.10 is not here"
	exit 77
	;;
esac

exec cppcheck --quiet --error-exitcode=1 --enable=warning,style,performance,portability --std=c11 \
	--inline-suppr -D__GNUC__ -I src --suppressions-list=tests/lint/cppcheck.txt \
	--template='{file}:{line}: {message} [{id}]' src
