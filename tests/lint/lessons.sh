#!/bin/sh
# lessons - the source that the lessons show is the source of this tree
#
# Usage:  lessons.sh [--write] [SOURCE-DIRECTORY]; TEST_SOURCE when not given
#         --write fills the blocks anew instead of comparing them
# Checks: every <pre class="source" data-source="FILE" data-name="NAME"> of www/manual/ holds, byte for
#         byte, the definition of NAME in FILE with the comment before it: a function, a struct, a
#         table, whatever begins at the left margin, names it, and ends with the next "}" there; each
#         lesson is there in both languages, with the same parts and commands in the same order, names
#         three exercises that are there, and knows its neighbours.
# Fails:  with 1 and the differences
#
# Only sh, sed, awk and diff are needed.
# SPDX-License-Identifier: Apache-2.0
set -u

write=
[ "${1:-}" = --write ] && { write=1; shift; }
cd "${1:-${TEST_SOURCE:-.}}" || exit 2
learn=www/manual/learn
new=$(mktemp) || exit 99
trap 'rm -f "$new"' EXIT
faults=0

fault() {
	echo "$1"
	faults=$((faults + 1))
}

# The page with its blocks as the tree has them.
fill() {
	awk '
	function value(tag, name,    at) {
		at = index(tag, name "=\"")
		if (!at) return ""
		tag = substr(tag, at + length(name) + 2)
		return substr(tag, 1, index(tag, "\"") - 1)
	}
	function definition(file, name,    line, text, comment, inside) {
		text = comment = ""; inside = 0
		while ((getline line < file) > 0) {
			if (!inside && line ~ /^\/\*/) { comment = ""; in_comment = 1 }
			if (in_comment) {
				comment = comment line "\n"
				if (line ~ /\*\//) in_comment = 0
				continue
			}
			if (!inside && line == "") { comment = ""; text = ""; continue }
			if (!inside && line ~ /^[A-Za-z_]/ && line !~ /;$/ && text == "")
				text = "\n"
			if (text != "") {
				text = text line "\n"
				if (!inside && line ~ /;$/) { text = comment = ""; continue }
				if (line ~ /\{$/) inside = 1
				if (line ~ /^}/) {
					if (named(text, name)) { close(file); return comment substr(text, 2) }
					text = comment = ""; inside = 0
				}
			} else comment = ""
		}
		close(file)
		return ""
	}
	# Its name stands before the first brace, and no letter touches it.
	function named(text, name,    head) {
		head = substr(text, 1, index(text, "{"))
		return head ~ ("(^|[^A-Za-z0-9_])" name "([^A-Za-z0-9_]|$)")
	}
	function escape(text) {
		gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text)
		sub(/\n$/, "", text)
		return text
	}
	/<pre class="source"/ {
		file = value($0, "data-source"); name = value($0, "data-name")
		text = definition(file, name)
		if (text == "") {
			print FILENAME ":" FNR ": " file " defines no " name | "cat >&2"
			failed = 1
		}
		at = index($0, "<pre class=\"source\""); head = substr($0, at)
		print substr($0, 1, at - 1) substr(head, 1, index(head, ">")) "<code>" escape(text) "</code></pre>"
		if ($0 !~ /<\/pre>/) skip = 1
		next
	}
	skip { if (/<\/pre>/) skip = 0; next }
	{ print }
	END { exit failed }' "$1"
}

blocks=0
for page in $(grep -rl '<pre class="source"' www/manual --include='*.html' | LC_ALL=C sort); do
	blocks=$((blocks + $(grep -c '<pre class="source"' "$page")))
	fill "$page" >"$new" || { fault "$page:1: shows what is not there"; continue; }
	if [ "$write" ]; then
		cmp -s "$new" "$page" || cat "$new" >"$page"
	else
		diff -u "$page" "$new" ||
			fault "$page:1: differs from the source; to write it anew: sh tests/lint/lessons.sh --write"
	fi
done
[ "$blocks" -ge 16 ] || fault "$learn: only $blocks blocks of source found: has their form changed?"

shown() {
	sed -n 's/.*<pre class="source" data-source="\([^"]*\)" data-name="\([^"]*\)".*/\1 \2/p' "$1"
}
for page in "$learn"/[1-8]-*.html; do
	name=${page##*/}
	number=${name%%-*}
	[ -f "$learn/zh/$name" ] || { fault "$page:1: is not there in Chinese"; continue; }
	[ "$(shown "$page")" = "$(shown "$learn/zh/$name")" ] ||
		fault "$learn/zh/$name:1: shows other source than $page"
	for exercise in a b c; do
		for one in "$page" "$learn/zh/$name"; do
			grep -qF "make exercise-$number-$exercise" "$one" ||
				fault "$one:1: does not name exercise $number-$exercise"
		done
		[ -f "$learn/exercises/$number-$exercise.c" ] ||
			fault "$learn/exercises:1: there is no $number-$exercise.c"
	done
done
# "FILE NAME" of the status page, which a lesson shows; "FILE:LINE NAME", which none does.
things=src/handler/page/things.js
english=src/handler/page/sentences.js
chinese=src/handler/page/sentences.zh.js
sections=$(sed -n 's/^export const sections = \[\(.*\)\];$/\1/p' "$things" | tr -d '",')
line_of() {
	awk -v name="$2" '/^[A-Za-z_]/ && !/;$/ && $0 ~ ("(^|[^A-Za-z0-9_])" name "([^A-Za-z0-9_]|$)") { print FNR; exit }' "$1"
}
sed -n 's/^  [a-z_]*: \[\([1-8]\), \([0-9]\), "\([^ "]*\) \([^" ]*\)"\(, "\([A-Za-z]*\)"\)*\],$/\1 \2 \3 \4 \6/p' "$things" >"$new"
[ "$(wc -l <"$new")" -ge 70 ] || fault "$things: few sources found: has their form changed?"
while read -r lesson section place name directive; do
	file=src/${place%%:*}
	section=$(echo "$sections" | cut -d' ' -f"$((section + 1))")
	lesson=$(basename "$learn/$lesson"-*.html .html)
	grep -q "^export const lessons = .*\"${lesson#?-}\"" "$things" || fault "$things: lesson $lesson is not named"
	[ -z "$directive" ] || grep -qi "id=\"$directive\"" www/manual/directives.html || fault "$things: no $directive in directives.html"
	grep -q "id=\"$section\"" www/manual/architecture.html || fault "$things: no section $section in architecture.html"
	if [ "src/$place" = "$file" ]; then
		grep -qF "data-source=\"$file\" data-name=\"$name\" id=\"source-$name\"" "$learn/$lesson.html" ||
			fault "$things: $lesson.html does not show $name of $file"
		continue
	fi
	at=$(line_of "$file" "$name")
	if [ "$write" ]; then
		sed -i "s|\"$place $name\"|\"${file#src/}:$at $name\"|" "$things"
	elif [ "src/$place" != "$file:$at" ]; then
		fault "$things: $name begins at $file:$at, not $place; to write it anew: sh tests/lint/lessons.sh --write"
	fi
done <"$new"
# Each is said in English and in Chinese.
keys() {
	sed -n '/things = {/,/^};/s/^  \([a-z_]*\): .*/\1/p' "$1" | LC_ALL=C sort
}
keys "$things" >"$new"
for said in "$english" "$chinese"; do
	keys "$said" | diff "$new" - || fault "$said: other things than $things"
done
# So is why a process ended, and in one place.
sed -n 's/^WIRE_DEATH([A-Z]*, "\([a-z]*\)".*/\1/p' src/wire/deaths.def | LC_ALL=C sort >"$new"
[ -s "$new" ] || fault "src/wire/deaths.def: no reasons found: has their form changed?"
sed -n '/reasons = {/,/};/p' "$chinese" | grep -oE "[a-z]+: [\"']" | sed 's/:.*//' | LC_ALL=C sort |
	diff "$new" - || fault "$chinese: other reasons than src/wire/deaths.def"
! grep -q "reasons: {" "$learn/learn.js" || fault "$learn/learn.js: reasons that $chinese has"
[ "$(ls "$learn"/[1-8]-*.html | wc -l)" -eq 8 ] || fault "$learn: not eight lessons"
# Both languages have the same parts in the same order: headings, paragraphs, commands, buttons, drawings.
parts() {
	grep -oE '<(h[1-6]|p|pre|ol|ul|li|dl|dt|dd|table|tr|th|td|figure|button|svg|text|code|a|b|em|nav|form)( [^>]*)?>' "$1" |
		sed 's/ \(aria-[a-z]*\|hreflang\|lang\|href\|x\|y\|text-anchor\)="[^"]*"//g'
}
# What a reader is to type, but for the words it prints.
commands() {
	awk '/<pre><code>/ { on = 1 } on { print } /<\/code><\/pre>/ { on = 0 }' "$1" | sed 's/>[^<]*<\/span>/>/g; s/echo .*/echo/'
}
for page in "$learn"/*.html; do
	other=$learn/zh/${page##*/}
	for what in parts commands; do
		"$what" "$page" >"$new"
		"$what" "$other" | diff "$new" - || fault "$other:1: its $what are others than those of $page"
	done
done
for page in "$learn"/*.html "$learn"/zh/*.html; do
	case $page in
	*/zh/*) lang=zh ;;
	*) lang=en ;;
	esac
	grep -q "^<html lang=\"$lang" "$page" || fault "$page:1: its lang attribute is not $lang"
done

[ "$faults" -eq 0 ]
