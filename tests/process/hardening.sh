#!/bin/sh
# hardening - the built programs are as hard to exploit as the compiler can make it
#
# Usage:  hardening.sh; PREFORKD and TEST_BUILD say where the program and its Makefile are
# Checks: a position-independent executable, all of its relocations read-only before it runs, no
#         memory that can be both written and executed, no search path for libraries built in; and
#         that what configure chose (HARDENING_FLAGS) is there to be seen.
# Skips:  without readelf (binutils), and builds with sanitizers
# Fails:  with 1 and one line for each fault
#
# SPDX-License-Identifier: Apache-2.0
set -u

build=${TEST_BUILD:-.}
program=${PREFORKD:-$build/src/preforkd}
command -v readelf >/dev/null 2>&1 || { echo 'no readelf (package binutils)'; exit 77; }
grep -q '^SANITIZER_FLAGS = .*-fsanitize' "$build/Makefile" && { echo 'built with sanitizers'; exit 77; }
[ -x "$program" ] || { echo "$program: not there"; exit 1; }
flags=$(sed -n 's/^HARDENING_FLAGS = *//p' "$build/Makefile")
faults=0

fault() {
	echo "$1: $2"
	faults=$((faults + 1))
}

# common FILE: what holds for the program and for the library
common() {
	dynamic=$(readelf -dW "$1") segments=$(readelf -lW "$1")
	echo "$segments" | grep -q 'GNU_RELRO' || fault "$1" 'no RELRO'
	echo "$dynamic" | grep -q 'BIND_NOW\|Flags:.*NOW' || fault "$1" 'not all is bound at the start, so RELRO is not full'
	echo "$segments" | grep -q 'GNU_STACK.* RW ' || fault "$1" 'the stack may be executable'
	echo "$segments" | grep -q 'LOAD.* RWE ' && fault "$1" 'memory that is written and executed'
	echo "$dynamic" | grep -q 'TEXTREL' && fault "$1" 'code that is written to when it is loaded'
	# libtool gives its copies in the build tree a search path, and takes it away at installing.
	echo "$dynamic" | grep -q 'RPATH\|RUNPATH' && fault "$1" 'a search path for libraries'
	symbols=$(readelf --dyn-syms -W "$1")
	case $flags in
	*-fstack-protector*)
		echo "$symbols" | grep -q '__stack_chk_fail' || fault "$1" 'no stack protector' ;;
	esac
}

for one in "$program" "${program%/*}/tools/preforkctl"; do
	[ -x "$one" ] || { fault "$one" 'not there'; continue; }
	common "$one"
	readelf -hW "$one" | grep -q 'Type: *DYN' || fault "$one" 'not position-independent'
	readelf -dW "$one" | grep -q 'Flags:.*PIE' || fault "$one" 'not an executable of that kind (PIE)'
	case $flags in
	*_FORTIFY_SOURCE*)
		readelf --dyn-syms -W "$one" | grep -q '__[a-z]*_chk' || fault "$one" 'no checked functions' ;;
	esac
done
# The mark of a whole program is there only if the C library's own parts have it too.
case $flags in
*-fcf-protection*)
	if [ -e "$build/src/main.o" ] && ! readelf -nW "$build/src/main.o" | grep -q 'x86 feature:.*IBT'; then
		fault "$build/src/main.o" 'no control-flow marks'
	fi ;;
esac
for library in "$build"/src/.libs/libpreforkd-mp.so.*.*.*; do
	[ -e "$library" ] && common "$library"
done

# A test that finds a program of an hour ago as hard as this one does not look.
soft=$(mktemp -d) || exit 1
trap 'rm -rf "$soft"' EXIT
if echo 'int main(void){return 0;}' >"$soft/soft.c" &&
	${CC:-cc} -no-pie -fno-stack-protector -Wl,-z,norelro -Wl,-z,lazy -Wl,-z,execstack \
		-o "$soft/soft" "$soft/soft.c" >/dev/null 2>&1; then
	before=$faults
	common "$soft/soft" >/dev/null
	[ "$faults" -ge $((before + 3)) ] || { echo 'a soft program passes'; before=$((before + 1)); }
	faults=$before
fi

[ "$faults" -eq 0 ]
