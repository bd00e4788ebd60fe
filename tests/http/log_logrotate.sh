#!/bin/sh
# log_logrotate - logrotate turns the logs over while requests come
#
# Usage:  log_logrotate.sh; PREFORKD names the program, TEST_SOURCE the tree; TEST_BUILD
#         says where the stanza and preforkctl were built
# Checks: see log_programs.py
# Fails:  with 1 and one line for each fault; 77 without python3 and logrotate
#
# SPDX-License-Identifier: Apache-2.0
set -u

here=${TEST_SOURCE:-.}/tests/http
command -v python3 >/dev/null || { echo "log_logrotate.sh: no python3"; exit 77; }
build=$(cd "${TEST_BUILD:-.}" && pwd)
program=$(command -v logrotate || command -v /usr/sbin/logrotate) || { echo "log_logrotate.sh: no logrotate"; exit 77; }
exec python3 "$here/log_programs.py" "$PREFORKD" rotated "$program" "$build/conf/preforkd.logrotate" \
	"$build/src/tools/preforkctl"
