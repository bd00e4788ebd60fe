#!/bin/sh
# soak - memory and descriptors are the same after many requests of mixed kinds
#
# Usage:  soak.sh; PREFORKD and TEST_SOURCE say where the program and the sources are. SOAK_REQUESTS
#         and SOAK_CONNECTIONS are how many: 10000000 and 100000 are the full form, of ten minutes
# Checks: what soak.py does: PSS, descriptors and children of every process in ten rounds
# Skips:  without python3 or wrk
# Fails:  with 1 and a line for each process that grew
#
# SPDX-License-Identifier: Apache-2.0
set -eu
command -v python3 >/dev/null || { echo 'skipped: python3 is not there'; exit 77; }
exec python3 "${TEST_SOURCE:-.}/tests/process/soak.py" "${PREFORKD:-src/preforkd}" \
	--requests "${SOAK_REQUESTS:-60000}" --connections "${SOAK_CONNECTIONS:-600}"
