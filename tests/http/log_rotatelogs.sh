#!/bin/sh
# log_rotatelogs - Apache's rotatelogs reads the access log
#
# Usage:  log_rotatelogs.sh; PREFORKD names the program, TEST_SOURCE the tree
# Checks: see log_programs.py
# Fails:  with 1 and one line for each fault; 77 without python3 and rotatelogs
#
# SPDX-License-Identifier: Apache-2.0
set -u

here=${TEST_SOURCE:-.}/tests/http
command -v python3 >/dev/null || { echo "log_rotatelogs.sh: no python3"; exit 77; }
program=$(command -v rotatelogs) || { echo "log_rotatelogs.sh: no rotatelogs (apache2-utils)"; exit 77; }
exec python3 "$here/log_programs.py" "$PREFORKD" rotatelogs "$program"
