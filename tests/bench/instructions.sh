#!/bin/sh
# instructions - the hot path has not grown: counts of instructions, not seconds
#
# Usage:  instructions.sh; PREFORKD and TEST_SOURCE say where the program and the sources are
# Checks: what instructions.py counts for each kind of request against instructions.txt
# Skips:  without python3 or valgrind, with another compiler than that of the figures, with sanitizers
# Fails:  with 1 and a line for each kind of request that costs over 5 % more than it did
#
# SPDX-License-Identifier: Apache-2.0
set -eu
command -v python3 >/dev/null || { echo 'skipped: python3 is not there'; exit 77; }
exec python3 "${TEST_SOURCE:-.}/tests/bench/instructions.py" "${PREFORKD:-src/preforkd}"
