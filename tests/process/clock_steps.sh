#!/bin/sh
# clock_steps - the calendar is set forward and back under a server that works
#
# Usage:  clock_steps.sh; PREFORKD names the program, TEST_SOURCE the tree, CC the compiler
# Checks: see clock_steps.py
# Fails:  with 1 and one line for each fault; 77 without python3 or a compiler, and with sanitizers, whose
#         calls are theirs
#
# SPDX-License-Identifier: Apache-2.0
set -u

here=${TEST_SOURCE:-.}/tests/process
command -v python3 >/dev/null || { echo "clock_steps.sh: no python3"; exit 77; }
[ -z "${TEST_CFLAGS:-}" ] || { echo "clock_steps.sh: not with sanitizers"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/preforkd-clock-XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
${CC:-cc} -std=gnu17 -O1 -fPIC -shared -o "$work/clock.so" "$here/clock.c" -ldl ||
	{ echo "clock_steps.sh: no compiler"; exit 77; }
python3 "$here/clock_steps.py" "$PREFORKD" "$work/clock.so"
