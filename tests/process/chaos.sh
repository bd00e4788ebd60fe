#!/bin/sh
# chaos - everything happens to a server at once, and it loses nothing but what died with a worker
#
# Usage:  chaos.sh; PREFORKD names the program, TEST_SOURCE the tree; CHAOS_SECONDS: how long
#         (60), CHAOS_SEED: repeats what happened
# Checks: see chaos.py
# Fails:  with 1 and one line for each fault; 77 without python3
#
# SPDX-License-Identifier: Apache-2.0
set -u

here=${TEST_SOURCE:-.}/tests/process
command -v python3 >/dev/null || { echo "chaos.sh: no python3"; exit 77; }
exec python3 "$here/chaos.py" "$PREFORKD"
