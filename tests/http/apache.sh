#!/bin/sh
# apache - configurations as people have them; beside Apache where it is installed
#
# Usage:  apache.sh; PREFORKD names the program, TEST_SOURCE the tree
# Checks: see apache.py
# Fails:  with 1 and one line for each fault; 77 without python3
#
# SPDX-License-Identifier: Apache-2.0
set -u

command -v python3 >/dev/null || exit 77
here=${TEST_SOURCE:-.}/tests/http
apache=$(command -v apache2 || echo /usr/sbin/apache2)
modules=/usr/lib/apache2/modules
if [ -x "$apache" ] && [ -d "$modules" ]; then
	exec python3 "$here/apache.py" "$PREFORKD" "$apache" "$modules"
fi
exec python3 "$here/apache.py" "$PREFORKD"
