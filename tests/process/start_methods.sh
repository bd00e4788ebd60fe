#!/bin/sh
# start_methods - workers born by spawn and by forkserver do what forked ones do
#
# Usage:  start_methods.sh; TEST_BUILD says where the black-box tests have been built
# Runs:   some of those tests, each case of them in one process model, with every server's workers
#         born by spawn and by forkserver, both at the same time. All of it, in every model, is
#         TEST_START_METHOD=spawn make check.
# Fails:  with 1 and what a test printed, for each that fails
#
# SPDX-License-Identifier: Apache-2.0
set -u

build=${TEST_BUILD:-.}
tests='http/test_get http/test_keepalive process/test_graceful process/test_kill process/test_models'
here=$(mktemp -d) || exit 99
trap 'rm -rf "$here"' EXIT
TEST_FEW=1
export TEST_FEW TEST_START_METHOD

# with METHOD: runs them all.
with() {
	TEST_START_METHOD=$1
	for name in $tests; do
		"$build/tests/$name" >"$here/$1" 2>&1 && continue
		echo "FAIL $name, StartMethod $1:"
		cat "$here/$1"
	done
}

with spawn >"$here/faults1" &
with forkserver >"$here/faults2"
wait
cat "$here/faults1" "$here/faults2"
[ ! -s "$here/faults1" ] && [ ! -s "$here/faults2" ]
