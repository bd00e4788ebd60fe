#!/bin/sh
# log_goaccess - goaccess reads the access log
#
# Usage:  log_goaccess.sh; PREFORKD names the program, TEST_SOURCE the tree
# Checks: see log_programs.py
# Fails:  with 1 and one line for each fault; 77 without python3 and goaccess
#
# SPDX-License-Identifier: Apache-2.0
set -u

here=${TEST_SOURCE:-.}/tests/http
command -v python3 >/dev/null || { echo "log_goaccess.sh: no python3"; exit 77; }
program=$(command -v goaccess) || { echo "log_goaccess.sh: no goaccess"; exit 77; }
exec python3 "$here/log_programs.py" "$PREFORKD" read_by_goaccess "$program"
