#!/bin/sh
# run - every fuzz target on its corpus, then on what it makes of it for a while
#
# Usage:  run.sh [SECONDS [TARGET...]]
#         SECONDS for each target, 10 when not said; FUZZ_SECONDS says it too. TARGET: fuzz_head.
#         In make check TEST_SOURCE says where the sources are. FUZZ_SEED chooses another row of
#         inputs; 0: a new one each time. Without it they repeat, so that what passed here passes there.
# Needs:  clang with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer; exits with 77 where
#         one of them is missing. Builds in a directory of its own, which it removes.
# Fails:  with 1 when a target ends badly; its last words and the input (as base64) are shown
# SPDX-License-Identifier: Apache-2.0
set -u

seconds=${1:-${FUZZ_SECONDS:-10}}
[ $# -eq 0 ] || shift
cd "${TEST_SOURCE:-.}" || exit 2
compiler=${FUZZ_CC:-clang}
sanitize=-fsanitize=address,undefined
command -v "$compiler" >/dev/null 2>&1 || { echo "run.sh: no $compiler: nothing is fuzzed"; exit 77; }

work=$(mktemp -d "${TMPDIR:-/tmp}/preforkd-fuzz-XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM

echo 'int LLVMFuzzerTestOneInput(const char *p, unsigned long n) { return p[0] == (char)n && 0; }' >"$work/try.c"
"$compiler" -fsanitize=fuzzer $sanitize -o "$work/try" "$work/try.c" >/dev/null 2>&1
if ! "$work/try" -runs=1 >/dev/null 2>&1; then
	echo "run.sh: $compiler has no libFuzzer: nothing is fuzzed"
	exit 77
fi

flags="-std=gnu17 -D_GNU_SOURCE -O1 -g $sanitize -fno-sanitize-recover=undefined -fno-omit-frame-pointer -Isrc -Itests"
libraries='-lev -lhttp_parser -lpcre2-8 -lcrypt -lpthread'
# use MACRO HEADER LIBRARY: what is optional is fuzzed where it is there
use() {
	printf '#include <%s>\nint main(void) { return 0; }\n' "$2" >"$work/try.c"
	"$compiler" -o "$work/try" "$work/try.c" "-l$3" >/dev/null 2>&1 || return 0
	flags="$flags -D$1"
	libraries="$libraries -l$3"
}
use WITH_ZLIB zlib.h z
use WITH_BROTLI brotli/encode.h brotlienc

# One archive for all targets; two compilers at a time.
compile() {
	# shellcheck disable=SC2086 # a list of words
	"$compiler" -fsanitize=fuzzer-no-link $flags -c "$1" -o "$work/$(echo "$1" | tr / _).o" ||
		echo "$1" >>"$work/failed"
}
odd=
# shellcheck disable=SC2044 # no name has a space
for file in $(find src -name '*.c' ! -path 'src/examples/*' ! -path 'src/tools/*' ! -name main.c); do
	compile "$file" &
	[ -z "$odd" ] || wait
	case $odd in 1) odd= ;; *) odd=1 ;; esac
done
wait
[ ! -e "$work/failed" ] || { echo "run.sh: the sources do not build"; exit 1; }
ar rc "$work/all.a" "$work"/src_*.o || exit 1

# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(find tests/fuzz -name 'fuzz_*.c' | LC_ALL=C sort)

# fuzz NAME: one target, built and run; what there is to say goes to NAME.said
fuzz() {
	corpus=tests/fuzz/corpus/${1#fuzz_}
	[ -d "$corpus" ] || { echo "$1: no corpus"; return 1; }
	mkdir "$work/$1" || return 1
	# shellcheck disable=SC2086
	"$compiler" -fsanitize=fuzzer $flags -o "$work/run_$1" "tests/fuzz/$1.c" "$work/all.a" $libraries || return 1
	# Finds go into a corpus of their own: the tree's stays as it is.
	if TMPDIR=$work nice -n 10 "$work/run_$1" -max_total_time="$seconds" -seed="${FUZZ_SEED:-1}" -timeout=60 -max_len=4096 \
		-print_final_stats=1 -artifact_prefix="$work/found-" "$work/$1" "$corpus" >"$work/$1.log" 2>&1; then
		echo "$1: $(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$1.log") inputs in $seconds s"
	else
		echo "$1: FAILED"
		tail -n 60 "$work/$1.log"
		return 1
	fi
}

# Four at a time: the time is by the clock, and a corpus is read in a moment.
while [ $# -gt 0 ]; do
	names=
	for _ in 1 2 3 4; do
		[ $# -gt 0 ] || break
		name=$(basename "$1" .c)
		shift
		names="$names $name"
		{ fuzz "$name" || : >"$work/faults"; } >"$work/$name.said" 2>&1 &
	done
	wait
	for name in $names; do
		cat "$work/$name.said"
	done
done
[ ! -e "$work/faults" ]
