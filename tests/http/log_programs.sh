#!/bin/sh
# log_programs - programs that read the logs, logs of hosts, logs that wait
#
# Usage:  log_programs.sh; PREFORKD names the program, TEST_SOURCE the tree
# Checks: see log_programs.py
# Fails:  with 1 and one line for each fault; 77 without python3
#
# SPDX-License-Identifier: Apache-2.0
set -u

here=${TEST_SOURCE:-.}/tests/http
command -v python3 >/dev/null || { echo "log_programs.sh: no python3"; exit 77; }
exec python3 "$here/log_programs.py" "$PREFORKD"
