#!/bin/sh
# faults - each call of a request fails in turn, and the server comes back by itself
#
# Usage:  faults.sh; PREFORKD names the program, TEST_SOURCE the tree, CC the compiler
# Checks: see faults.py
# Fails:  with 1 and one line for each fault; 77 without python3 or a compiler, and with sanitizers, whose
#         calls are theirs
#
# SPDX-License-Identifier: Apache-2.0
set -u

here=${TEST_SOURCE:-.}/tests/process
command -v python3 >/dev/null || { echo "faults.sh: no python3"; exit 77; }
[ -z "${TEST_CFLAGS:-}" ] || { echo "faults.sh: not with sanitizers"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/preforkd-faults-XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
${CC:-cc} -std=gnu17 -O1 -fPIC -shared -o "$work/faults.so" "$here/faults.c" -ldl ||
	{ echo "faults.sh: no compiler"; exit 77; }
python3 "$here/faults.py" "$PREFORKD" "$work/faults.so"
