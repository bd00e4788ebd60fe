#!/bin/sh
# log_apache - access logs of preforkd and of Apache, line by line
#
# Usage:  log_apache.sh; PREFORKD names the program, TEST_SOURCE the tree
# Checks: see log_apache.py
# Fails:  with 1 and one line for each fault; 77 without python3 and Debian's apache2
#
# SPDX-License-Identifier: Apache-2.0
set -u

here=${TEST_SOURCE:-.}/tests/http
apache=$(command -v apache2 || echo /usr/sbin/apache2)
modules=/usr/lib/apache2/modules
command -v python3 >/dev/null || { echo "log_apache.sh: no python3"; exit 77; }
[ -x "$apache" ] && [ -d "$modules" ] || { echo "log_apache.sh: no apache2"; exit 77; }
exec python3 "$here/log_apache.py" "$PREFORKD" "$apache" "$modules"
