#!/bin/sh
# links - the pages hold together
#
# Usage:  links.sh [SOURCE-DIRECTORY]; TEST_SOURCE when not given
# Checks: every link and asset of www/ and of the README files leads to a file, and its fragment to
#         an id; tags are balanced and ids unique; nothing is loaded from another host; every page
#         can be reached, and the pages of the manual show the same list of pages, each marked in its
#         own, as do the lessons.
# Fails:  with 1 and one line for each fault, "FILE:LINE: what is wrong"
#
# Links into www/manual/directives.html are checked once that file, which the build writes, exists.
# Only sh, find, sort, sed and awk are needed.
# SPDX-License-Identifier: Apache-2.0
set -eu

cd "${1:-${TEST_SOURCE:-.}}"
[ -f www/index.html ] || { echo "links.sh: no www/index.html in $PWD" >&2; exit 2; }

{
	find www -type f ! -path 'www/manual/learn/measured/*' # what "make lab" measured, if it did
	for dir in . src; do
		find "$dir" -type f \( -name '*.md' -o -name '*.[ch]' -o -name '*.def' \) | sed 's|^\./||'
	done
	for file in LICENSE bootstrap configure.ac Makefile.am conf/httpd.conf; do
		if [ -f "$file" ]; then echo "$file"; fi
	done
} | LC_ALL=C sort -u | awk '
function fault(file, line, what) { print file ":" line ": " what; faults++ }

function words(list, into,    n, i, part) {
	n = split(list, part, " ")
	for (i = 1; i <= n; i++) into[part[i]] = 1
}

function lines_in(text) { return gsub(/\n/, "\n", text) }

# --- one tag ---

function refer(file, line, url, loaded) {
	ref_file[++refs] = file; ref_line[refs] = line; ref_url[refs] = url; ref_loaded[refs] = loaded
}

# The attributes of a tag: remembers its ids and what it refers to.
function attributes(file, line, tag, rest,    name, value, mark, end) {
	rel = ""; has_alt = 0
	while (match(rest, /^[ \t\n\/]*[^ \t\n=>\/"]+/)) {
		name = substr(rest, 1, RLENGTH); rest = substr(rest, RLENGTH + 1); value = ""
		gsub(/[ \t\n\/]/, "", name)
		if (match(rest, /^[ \t\n]*=[ \t\n]*/)) {
			rest = substr(rest, RLENGTH + 1); mark = substr(rest, 1, 1)
			if (mark == "\"" || mark == quote) {
				end = index(substr(rest, 2), mark)
				if (!end) { fault(file, line, "<" tag "> has a value without closing quote"); return }
				value = substr(rest, 2, end - 1); rest = substr(rest, end + 2)
			} else {
				match(rest, /^[^ \t\n]*/); value = substr(rest, 1, RLENGTH); rest = substr(rest, RLENGTH + 1)
			}
		}
		if (value ~ /&[^a-zA-Z#]/ || value ~ /&$/) fault(file, line, "bare & in " name "=\"" value "\"")
		gsub(/&amp;/, "\\&", value)
		if (name == "id") {
			if ((file, value) in ids) fault(file, line, "id \"" value "\" is there twice")
			ids[file, value] = 1
		} else if (name == "alt") has_alt = 1
		else if (name == "href" || name == "xlink:href") refer(file, line, value, tag != "a" && tag != "area")
		else if (name == "src" || name == "poster" || name == "data" || name == "action") refer(file, line, value, 1)
		else if (name == "srcset") fault(file, line, "srcset is not checked here: use src")
		else if (name == "style" && value ~ /url\(/) fault(file, line, "url() in a style attribute")
		else if (name == "lang" && tag == "html") has_lang = 1
	}
	if (tag == "img" && !has_alt) fault(file, line, "<img> without alt")
}

function open_tag(file, line, tag, rest, alone, svg) {
	if (depth && stack[depth] == "p" && tag in block)
		fault(file, line, "<" tag "> inside <p>")
	if (tag == "h1") h1++
	if (tag == "title" && !inside["svg"]) title++
	attributes(file, line, tag, rest)
	if (tag in empty) return
	if (alone) {
		if (!svg) fault(file, line, "<" tag "/> is not closed by its slash")
		if (svg) return
	}
	stack[++depth] = tag; opened[depth] = line; inside[tag]++
	if (tag == "script" || tag == "style") raw = tag
}

function close_tag(file, line, tag) {
	if (tag in empty) { fault(file, line, "</" tag "> closes what has no end"); return }
	if (!depth || stack[depth] != tag) {
		fault(file, line, "</" tag "> " (depth ? "meets <" stack[depth] "> of line " opened[depth] : "closes nothing"))
		if (!inside[tag]) return
		while (stack[depth] != tag) inside[stack[depth--]]--
	}
	inside[stack[depth--]]--
}

# --- one file ---

function read_all(file,    text, line) {
	text = ""
	while ((getline line < file) > 0) text = text line "\n"
	close(file)
	return text
}

# Text between tags; in CSS and scripts: what they load.
function plain(file, line, text) {
	if (text ~ /&([^a-zA-Z#]|$)/) fault(file, line, "bare & in the text")
}

function loads(file, line, text,    url) {
	while (match(text, /https?:\/\/[^"\x27 )>\n]*/)) {
		url = substr(text, RSTART, RLENGTH); text = substr(text, RSTART + RLENGTH)
		if (url !~ /^http:\/\/www\.w3\.org\//) fault(file, line, "names another host: " url)
	}
}

function styles(file,    line, text, url) {
	for (line = 1; (getline text < file) > 0; line++) {
		loads(file, line, text)
		if (text ~ /@import/) fault(file, line, "@import")
		while (match(text, /url\([^)]*\)/)) {
			url = substr(text, RSTART + 4, RLENGTH - 5); text = substr(text, RSTART + RLENGTH)
			gsub(/["\x27]/, "", url)
			if (url !~ /^data:/) refer(file, line, url, 1)
		}
	}
	close(file)
}

function scripts(file,    line, text) {
	for (line = 1; (getline text < file) > 0; line++) {
		loads(file, line, text)
		if (match(text, /(from|import) *["\x27][^"\x27]*["\x27]/)) {
			text = substr(text, RSTART, RLENGTH); sub(/^[^"\x27]*["\x27]/, "", text); sub(/["\x27]$/, "", text)
			refer(file, line, text, 1)
		}
	}
	close(file)
}

# Pieces between "<" and "<": each is a tag and the text behind it.
function markup(file, xml,    n, piece, i, t, line, end, tag, comment, body, key) {
	depth = h1 = title = has_lang = comment = 0; raw = ""
	for (key in inside) delete inside[key]
	n = split(read_all(file), piece, "<")
	line = 1 + lines_in(piece[1])
	for (i = 2; i <= n; line += lines_in(piece[i++])) {
		t = piece[i]
		if (comment || t ~ /^!--/) { comment = index(t, "-->") ? 0 : 1; continue }
		if (raw != "") {
			if (tolower(t) !~ "^/" raw "[ \t\n]*>") { loads(file, line, t); continue }
			raw = ""
		}
		if (t ~ /^[!?]/) continue
		if (t !~ /^\/?[a-zA-Z]/) { fault(file, line, "bare <"); continue }
		end = index(t, ">")
		if (!end) { fault(file, line, "tag without end: <" substr(t, 1, 20)); continue }
		body = substr(t, 1, end - 1)
		match(body, /^\/?[a-zA-Z][a-zA-Z0-9:-]*/)
		tag = substr(body, 1, RLENGTH); body = substr(body, RLENGTH + 1)
		if (!xml && !inside["svg"]) tag = tolower(tag)
		if (tag ~ /^\//) close_tag(file, line, substr(tag, 2))
		else open_tag(file, line, tag, body, body ~ /\/$/, xml || inside["svg"] || tag == "svg")
		if (raw == "") plain(file, line, substr(t, end + 1))
		else loads(file, line, substr(t, end + 1))
	}
	if (comment) fault(file, line, "comment without end")
	while (depth) { fault(file, opened[depth], "<" stack[depth] "> is never closed"); inside[stack[depth--]]-- }
	if (xml) return
	if (h1 != 1) fault(file, 1, h1 + 0 " <h1>, not one")
	if (title != 1) fault(file, 1, title + 0 " <title>, not one")
	if (!has_lang) fault(file, 1, "<html> without lang")
}

# Links of Markdown, "[words](target)"; code between backquotes is none.
function markdown(file,    line, text, url) {
	for (line = 1; (getline text < file) > 0; line++)
		while (match(text, /\]\([^)]*\)/)) {
			url = substr(text, RSTART + 2, RLENGTH - 3); text = substr(text, RSTART + RLENGTH)
			refer(file, line, url, 0)
		}
	close(file)
}

# The list of pages every page of the manual shows, without the mark of the current one.
function contents(file,    text, at) {
	text = read_all(file)
	at = index(text, "<nav class=\"contents\"")
	if (!at) return ""
	text = substr(text, at)
	text = substr(text, 1, index(text, "</nav>"))
	gsub(/ aria-current="page"/, "", text); gsub(/[ \t\n]+/, " ", text)
	return text
}

# --- references ---

# "www/manual" and "../favicon.svg": "www/favicon.svg". What begins with a slash begins at www/.
function resolve(file, path,    n, part, i, m, kept, out) {
	if (path ~ /^\//) path = "www" path
	else { out = file; sub(/[^\/]*$/, "", out); path = out path }
	if (path ~ /\/$/ && path ~ /^www\//) path = path "index.html"
	n = split(path, part, "/"); m = 0
	for (i = 1; i <= n; i++) {
		if (part[i] == "." || part[i] == "") continue
		if (part[i] == "..") { if (!m) return ""; m--; continue }
		kept[++m] = part[i]
	}
	out = kept[1]
	for (i = 2; i <= m; i++) out = out "/" kept[i]
	return out
}

function follow(i,    file, line, url, path, fragment, target) {
	file = ref_file[i]; line = ref_line[i]; url = ref_url[i]
	if (url ~ /^(https?:)?\/\//) {
		if (ref_loaded[i]) fault(file, line, "loads from another host: " url)
		return
	}
	if (url ~ /^(mailto|data):/) return
	if (url ~ /^[a-zA-Z]+:/) { fault(file, line, "scheme of " url); return }
	fragment = ""; path = url
	if (match(url, /#/)) { fragment = substr(url, RSTART + 1); path = substr(url, 1, RSTART - 1) }
	sub(/\?.*/, "", path)
	if (path in handlers) return
	target = path == "" ? file : resolve(file, path)
	if (target == generated && !(target in files)) return
	if (target != file) reached[target] = 1
	if (!(target in files) && !(target in folders)) fault(file, line, "leads nowhere: " url)
	else if (fragment != "" && target ~ /\.html$/ && !((target, fragment) in ids))
		fault(file, line, "no id \"" fragment "\" in " target)
}

BEGIN {
	quote = "\x27"
	words("area base br col embed hr img input link meta source track wbr", empty)
	words("address article aside blockquote details div dl fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr main nav ol p pre section table ul", block)
	words("/server-status", handlers)
	generated = "www/manual/directives.html"
	made["www/manual/search-index.json"] = 1 # by the build, and read by search.js
}
{
	files[$0] = 1; order[++count] = $0
	for (folder = $0; sub(/\/[^\/]*$/, "", folder); ) folders[folder] = 1
}
END {
	for (f = 1; f <= count; f++) {
		name = order[f]
		if (name ~ /\.html$/) markup(name, 0)
		else if (name ~ /^www\/.*\.svg$/) { markup(name, 1) }
		else if (name ~ /\.css$/) styles(name)
		else if (name ~ /^www\/.*\.m?js$/) scripts(name)
		else if (name ~ /\.md$/) markdown(name)
	}
	for (r = 1; r <= refs; r++) follow(r)
	list["www/manual/"] = contents("www/manual/index.html")
	list["www/manual/learn/"] = contents("www/manual/learn/index.html")
	list["www/manual/learn/zh/"] = contents("www/manual/learn/zh/index.html")
	for (f = 1; f <= count; f++) {
		name = order[f]
		if (name ~ /^www\// && !(name in reached) && name != "www/index.html" && name != generated && !(name in made))
			fault(name, 1, "no page leads here")
		folder = name; sub(/[^\/]*$/, "", folder)
		if (name ~ /\.html$/ && (folder in list) && contents(name) != "" && contents(name) != list[folder])
			fault(name, 1, "its list of pages differs from that of " folder "index.html")
		own = name; sub(/.*\//, "", own)
		if (name ~ /\.html$/ && (folder in list) && contents(name) != "" && index(read_all(name), "<a href=\"" own "\" aria-current=\"page\">") == 0)
			fault(name, 1, "its list of pages does not mark it as the one that is shown")
	}
	exit faults != 0
}
'
