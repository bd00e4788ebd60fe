#!/bin/sh
# search_index - the words of the manual, for its search box
#
# Usage:  search_index.sh DIRECTORY >search-index.json
#         DIRECTORY is www/manual; every page below it is read
# Prints: one JSON array; an entry for each heading with an id: [address, page, heading, text, lang]
# Fails:  with 1 when there is too little to be the manual
#
# Only sh, find, sort and awk are needed. What a page has from the header, in lists of pages, in
# scripts, in drawings and in blocks of source is left out: it would be found everywhere.
# SPDX-License-Identifier: Apache-2.0
set -eu

cd "$1"
find . -name '*.html' ! -path './learn/measured/*' | sed 's|^\./||' | LC_ALL=C sort | awk '
# Each mark with a backslash before it; what gsub makes of backslashes differs from awk to awk.
function escaped(text, mark,    at, out) {
	out = ""
	while ((at = index(text, mark)) > 0) {
		out = out substr(text, 1, at - 1) "\\" mark
		text = substr(text, at + 1)
	}
	return out text
}
function json(text) {
	gsub(/[ \t\n\r]+/, " ", text); sub(/^ /, "", text); sub(/ $/, "", text)
	gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text)
	gsub(/&#39;/, "\x27", text); gsub(/&nbsp;/, " ", text); gsub(/&amp;/, "\\&", text)
	gsub(/[\001-\037]/, " ", text)
	return "\"" escaped(escaped(text, "\\"), "\"") "\""
}
function flush() {
	if (heading != "") {
		print (count++ ? "," : "") "[" json(file (anchor == "" ? "" : "#" anchor)) "," json(page) "," json(heading) "," json(words) "," json(lang) "]"
	}
	heading = words = ""
}
function value(tag, name) {
	if (!match(tag, name "=\"[^\"]*\"")) return ""
	return substr(tag, RSTART + length(name) + 2, RLENGTH - length(name) - 3)
}
function read_page(    text, line, n, i, piece, end, tag, name, plain, skip, within) {
	text = ""
	while ((getline line < file) > 0) text = text line "\n"
	close(file)
	page = heading = words = anchor = given = skip = within = ""; lang = "en"
	n = split(text, piece, "<")
	for (i = 2; i <= n; i++) {
		end = index(piece[i], ">")
		tag = substr(piece[i], 1, end - 1); plain = substr(piece[i], end + 1)
		name = tag; sub(/[ \t\n].*/, "", name)
		if (name == "html") lang = value(tag, "lang")
		if (skip != "") { if (name == "/" skip) skip = ""; else continue }
		else if (name ~ /^(header|nav|script|style|svg|head|button)$/ || tag ~ /^pre class="source"/) { skip = name; continue }
		if (name == "article" || name == "section" || name == "li") { if (value(tag, "id") != "") given = value(tag, "id") }
		if (name ~ /^h[1-3]$/) {
			flush()
			anchor = value(tag, "id"); if (anchor == "" && name != "h1") anchor = given
			given = ""; within = name
		}
		if (within != "") {
			if (name == "/" within) { within = ""; if (page == "") page = heading }
			else heading = heading plain
		}
		if (within == "" && heading != "") words = words (name ~ /^\/?(a|b|code|em|span|i)$/ ? "" : " ") plain
	}
	flush()
}
BEGIN { print "[" }
{ file = $0; read_page() }
END { print "]"; exit count < 100 }'
