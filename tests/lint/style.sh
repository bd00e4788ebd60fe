#!/bin/sh
# style - the form of the source, as far as a machine can see it
#
# Usage:  style.sh [SOURCE-DIRECTORY]; TEST_SOURCE when not given
# Checks: each .c and .h opens with its comment ("name - what it does", "Runs in:") and the SPDX line;
#         tabs, no blanks at line ends, no // comments, no carriage returns, a newline at the end;
#         files and functions of a length that can be read; no marks of unfinished work; no paths of
#         somebody's machine; each function a header declares has the name of the header, or of the
#         folder, at its beginning; in a git tree, nothing that the build makes is kept, and everything
#         that is kept gets into the tarball.
# Fails:  with 1 and one line for each fault
#
# SPDX-License-Identifier: Apache-2.0
set -u

cd "${1:-${TEST_SOURCE:-.}}" || exit 2
[ -d src ] || exit 2
faults=0

# Longer on purpose: src/mp/mp.h, the whole manual of the process library.
find src tests -name '*.[ch]' | LC_ALL=C sort | xargs awk '
function fault(line, what) {
	print file ":" line ": " what
	faults++
}
function finish() {
	if (file == "")
		return
	if (!spdx)
		fault(1, "no SPDX line")
	if (length_of > most && file != "src/mp/mp.h")
		fault(length_of, length_of " lines; at most " most)
}
FNR == 1 {
	finish()
	files++
	file = FILENAME
	name = file
	sub(/.*\//, "", name)
	sub(/\.[ch]$/, "", name)
	spdx = runs = 0
	begin = 0
	most = 500
	most_function = file ~ /^tests\// ? 100 : 70
	if ($0 != "/*")
		fault(1, "does not open with a comment")
}
FNR == 2 && index($0, " * " name " - ") != 1 {
	fault(2, "the opening comment does not begin with \"" name " - \"")
}
FNR > 2 && !spdx && /^\/\* SPDX-License-Identifier: Apache-2\.0 \*\/$/ {
	spdx = FNR
	if (FNR > 44)
		fault(FNR, "the SPDX line comes too late")
}
{ length_of = FNR }
/[ \t]$/ { fault(FNR, "blanks at the end of the line") }
/\r/ { fault(FNR, "a carriage return") }
/^ +[^ *]/ && !/^ \*/ { fault(FNR, "indented with blanks") }
/^[ \t]*\/\// || /[;{}][ \t]*\/\/[ \t]/ { fault(FNR, "a // comment") }
/^\{/ { begin = FNR }
/^\}/ {
	if (begin && FNR - begin + 1 > most_function)
		fault(begin, "a function of " FNR - begin + 1 " lines; at most " most_function)
	begin = 0
}
END {
	finish()
	if (files < 10) {
		print "src:1: too little found: is this the source?"
		faults++
	}
	exit faults > 0
}' || faults=1

# name( in a header, at the beginning of a declaration, is an exported function.
find src -name '*.h' ! -path 'src/examples/*' ! -path 'src/tools/*' | LC_ALL=C sort | xargs awk '
FNR == 1 {
	depth = commented = 0
	split(FILENAME, part, "/")
	folder = part[2]
	name = part[3]
	sub(/\.h$/, "", name)
}
/^\/\*/ { commented = 1 }
!commented && /^[a-z_][A-Za-z0-9_ *]*\(/ && !/^(static|typedef|return|__attribute__)/ {
	f = $0
	sub(/^(extern |_Noreturn )+/, "", f)
	sub(/^[a-z_ ]*\(\*/, "", f) # returns a pointer to a function
	sub(/\(.*/, "", f)
	sub(/.*[ *]/, "", f)
	found++
	if (index(f, name "_") != 1 && f != name && (folder == "base" || index(f, folder "_") != 1)) {
		print FILENAME ":" FNR ": " f " has neither the name of its file nor of its folder"
		faults++
	}
}
/\*\// { commented = 0 }
END {
	if (found < 50) {
		print "src:1: too few declarations found: has their form changed?"
		faults++
	}
	exit faults > 0
}' || faults=1

# Words and paths, in everything that is written by hand. This file has to name them.
words='TO''DO|FIX''ME|XX''X|HA''CK'
paths='/ho''me/|/ro''ot/|/wo''rk/'
texts=$(find src tests conf www README.md Makefile.am configure.ac bootstrap .ci \
	\( -name '*.[ch]' -o -name '*.def' -o -name '*.sh' -o -name '*.md' -o -name '*.html' \
	-o -name '*.js' -o -name '*.css' -o -name '*.am' -o -name '*.ac' -o -name '*.conf' \
	-o -name '*.py' -o -name '*.yml' -o -name bootstrap \) -type f 2>/dev/null | LC_ALL=C sort)
marks() {
	# shellcheck disable=SC2086 -- a list of names without blanks
	grep -nH "$1" -e "$2" $texts | sed "s|^\([^:]*:[0-9]*\):.*|\1: $3|"
}
found=$(marks -Ew "$words" 'a mark of unfinished work'
	marks -E "(^|[^A-Za-z0-9_.~)}/-])($paths)" "a path of somebody's machine")
if [ -n "$found" ]; then
	echo "$found"
	faults=1
fi

if [ -e .git ] && command -v git >/dev/null 2>&1; then
	made=$(git ls-files 2>/dev/null | grep -E \
		'\.(o|lo|la|a|so|trs|log|gcda|gcno|pyc)$|(^|/)(Makefile|Makefile\.in|\.deps|\.libs)$|^(configure|aclocal\.m4|config\.h(\.in)?|config\.status|libtool)$')
	for file in $made; do
		echo "$file:1: made by the build, and kept in the tree"
		faults=1
	done
	# Makefile.am names what a tarball needs that automake does not take by itself; a program's only
	# source by the program's name.
	git ls-files -- . ':!.ci' ':!.gitignore' ':!Makefile.am' ':!configure.ac' ':!README' 2>/dev/null | awk '
	FNR == NR {
		for (i = 1; i <= NF; i++) {
			sub(/\.c$/, "", $i)
			named[$i]
		}
		next
	}
	{
		name = $0
		sub(/\.c$/, "", name)
		if (!(name in named)) {
			print $0 ":1: Makefile.am does not name it, so it is in no tarball"
			faults++
		}
	}
	END { exit faults > 0 }' Makefile.am - || faults=1
fi

exit "$faults"
