#!/bin/sh
# check - compiles one exercise and runs it: "solved", or what is not right yet
#
# Usage:  check.sh exercise-1-a (or 1-a, or a file); `make exercise-1-a` calls it so
#         SOURCE and BUILD say where the tree is and where it was built, CC and CFLAGS how to compile
# Fails:  with 1 when the exercise is not solved, 2 when there is none of that name
#
# SPDX-License-Identifier: Apache-2.0
set -u

here=$(cd "$(dirname "$0")" && pwd)
source=${SOURCE:-$here/../../../..}
build=${BUILD:-$source}
name=${1#exercise-}
file=$name
[ -f "$file" ] || file=$here/$name.c
[ -f "$file" ] || { echo "there is no exercise $name" >&2; exit 2; }
program=$(mktemp) || exit 2
trap 'rm -f "$program"' EXIT
library=
grep -q 'mp/mp\.h' "$file" && library="$build/src/.libs/libpreforkd-mp.a -lpthread"

# shellcheck disable=SC2086 # lists of words
${CC:-cc} -std=gnu17 -Wall -Wextra -Wno-unused-parameter -D_GNU_SOURCE ${CFLAGS:-} -I"$here" -I"$source/src" \
	-x c "$file" -x none $library -o "$program" || exit 1
"$program"
