/*
 * conformance_html - prints the table of conformance as the tests have it
 *
 * Runs in:  the build, for tests/lint/conformance.sh and to write www/manual/conformance.html anew
 * Owns:     nothing
 * Errors:   exit status 1: out of memory, standard output cannot be written, or a section of a case
 *           has no heading here
 *
 * Usage:    conformance_html PAGE > www/manual/conformance.html
 *
 * PAGE is any other page of the manual: its list of pages is taken over.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/conformance.h"

#include "base/assert.h"
#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>

enum { SENT_MOST = 160 };

/* The parts of the RFCs in the order of the page; a case belongs to the longest that begins its
 * section. */
static const struct part {
	const char *section, *heading;
} parts[] = {
	{"9112 2", "Messages and versions"},
	{"9112 3", "Request lines, targets and Host"},
	{"9112 5", "Field lines"},
	{"9112 6", "The length of a message"},
	{"9112 7", "Chunks, extensions and trailers"},
	{"9112 8", "Requests that are not whole"},
	{"9112 9", "Connections"},
	{"9112 11", "Security"},
	{"9112 C", "Older clients"},
	{"9110 2", "Versions"},
	{"9110 4", "URIs"},
	{"9110 5", "Fields and lists"},
	{"9110 6", "Date and trailers"},
	{"9110 7", "Routing, Connection, Upgrade"},
	{"9110 8", "Representations and validators"},
	{"9110 9", "Methods"},
	{"9110 10", "Expect and other fields of context"},
	{"9110 12", "Content negotiation"},
	{"9110 13", "Conditional requests"},
	{"9110 14", "Ranges"},
	{"9110 15", "Statuses"},
	{"9110 17", "Security"},
	{"9111", "What caches are told"},
	{"9113", "HTTP/2 on the wrong port"},
};

/* Does a section belong to a part: is the part it, or above it? */
static bool belongs(const struct conformance_case *c, const struct part *part)
{
	size_t size = strlen(part->section);
	return strncmp(c->section, part->section, size) == 0 &&
	       (c->section[size] == '\0' || c->section[size] == '.' || c->section[size] == ' ');
}

static void put_id(struct buffer *to, const struct part *part)
{
	for (const char *c = part->section; *c; c++)
		buffer_printf(to, "%c", *c == ' ' ? '-' : *c == 'C' ? 'c' : *c);
}

/* ---- what is sent ---- */

static void put_byte(struct buffer *to, unsigned char byte)
{
	if (byte == '\r')
		buffer_string(to, "\\r");
	else if (byte == '\n')
		buffer_string(to, "\\n");
	else if (byte == '\t')
		buffer_string(to, "\\t");
	else if (byte < ' ' || byte >= 0x7f)
		buffer_printf(to, "\\x%02x", byte);
	else
		buffer_printf(to, "%c", byte);
}

/* The bytes as a person reads them, up to SENT_MOST of these; TIMES and ETAG as words. */
static void put_bytes(struct buffer *to, const char *bytes, size_t size)
{
	struct buffer text = BUFFER_INIT;
	for (size_t i = 0; i < size && text.size < SENT_MOST; i++) {
		if (bytes[i] == '\002') {
			char *rest;
			unsigned long n = strtoul(bytes + i + 1, &rest, 10);
			const char *end = memchr(rest, '\003', size);
			buffer_printf(&text, "{%lu times ", n);
			for (rest++; rest < end && text.size < SENT_MOST; rest++)
				put_byte(&text, (unsigned char)*rest);
			buffer_string(&text, "}");
			i = (size_t)(end - bytes);
		} else if (bytes[i] == *ETAG) {
			buffer_string(&text, "{its tag}");
		} else {
			put_byte(&text, (unsigned char)bytes[i]);
		}
	}
	if (text.size >= SENT_MOST)
		buffer_string(&text, "...");
	buffer_string(to, "<code>");
	buffer_html(to, buffer_view(&text));
	buffer_string(to, "</code>");
	to->failed |= text.failed;
	buffer_free(&text);
}

/* ---- a row ---- */

static void put_answers(struct buffer *to, const struct conformance_case *c)
{
	static const char *const ends[] = {
		[OPEN] = "open", [CLOSED] = "closed", [SHUT] = "closed after the client's end"};
	for (size_t i = 0; i < CONFORMANCE_REPLIES && c->replies[i].status; i++)
		buffer_printf(to, "%s%d", i ? ", " : "", c->replies[i].status);
	buffer_printf(to, "%s%s", c->replies[0].status ? ", then " : "", ends[c->end]);
}

static void put_row(struct buffer *to, const struct conformance_case *c, const char *group)
{
	static const char *const levels[] = {
		[MUST] = "MUST", [SHOULD] = "SHOULD", [MAY] = "MAY", [OURS] = "open"};
	buffer_printf(
		to, "          <tr><td>%s</td><td>%s</td><td>", c->section + 5, levels[c->level]);
	buffer_html(to, text_of(c->sentence));
	buffer_string(to, "<br>");
	if (c->size)
		put_bytes(to, c->bytes, c->size);
	if (c->later) {
		buffer_string(to, " then ");
		put_bytes(to, c->later, c->later_size);
	}
	buffer_string(to, "</td><td>");
	put_answers(to, c);
	buffer_printf(to, "</td><td>%s</td></tr>\n", group);
}

/* The row's place among the cases of its file is its name in the output of the test. */
static size_t put_rows(struct buffer *to, const struct part *part)
{
	size_t rows = 0;
	for (size_t g = 0; g < CONFORMANCE_GROUPS; g++) {
		const struct conformance_group *group = &conformance_groups[g];
		for (size_t i = 0; i < group->count; i++) {
			char name[64];
			if (!belongs(&group->cases[i], part))
				continue;
			snprintf(name, sizeof name, "%s %zu", group->name, i);
			put_row(to, &group->cases[i], name);
			rows++;
		}
	}
	return rows;
}

static size_t put_part(struct buffer *to, const struct part *part)
{
	buffer_string(to, "\n      <h2 id=\"rfc");
	put_id(to, part);
	buffer_printf(to, "\">RFC %s: %s</h2>\n", part->section, part->heading);
	buffer_printf(to,
		"      <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n"
		"      <table>\n        <thead><tr><th scope=\"col\">Section</th>"
		"<th scope=\"col\">Level</th><th scope=\"col\">What holds, and the bytes that show "
		"it</th><th scope=\"col\">Answer</th><th scope=\"col\">Test</th></tr></thead>\n"
		"        <tbody>\n",
		part->heading);
	size_t rows = put_rows(to, part);
	buffer_string(to, "        </tbody>\n      </table>\n      </div>\n");
	return rows;
}

/* ---- the page ---- */

static size_t count_of(enum conformance_level level)
{
	size_t count = 0;
	for (size_t g = 0; g < CONFORMANCE_GROUPS; g++)
		for (size_t i = 0; i < conformance_groups[g].count; i++)
			count += conformance_groups[g].cases[i].level == level;
	return count;
}

static const char page_head[] =
	"<!doctype html>\n"
	"<html lang=\"en\">\n"
	"<head>\n"
	"  <meta charset=\"utf-8\">\n"
	"  <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"  <title>HTTP, sentence by sentence - preforkd manual</title>\n"
	"  <link rel=\"icon\" href=\"../favicon.svg\" type=\"image/svg+xml\">\n"
	"  <link rel=\"stylesheet\" href=\"manual.css\">\n"
	"  <script type=\"module\" src=\"search.js\"></script>\n"
	"</head>\n"
	"<body>\n"
	"  <a class=\"skip\" href=\"#main\">Skip to the text</a>\n"
	"  <header class=\"site\">\n"
	"    <a class=\"home\" href=\"../index.html\">preforkd</a>\n"
	"    <nav aria-label=\"Site\">\n"
	"      <a href=\"index.html\">Manual</a>\n"
	"      <a href=\"directives.html\">Directives</a>\n"
	"      <a href=\"/server-status\">Status</a>\n"
	"    </nav>\n"
	"    <form class=\"search\" role=\"search\"><input type=\"search\" aria-label=\"Search the "
	"manual\" "
	"placeholder=\"Search the manual\" autocomplete=\"off\" spellcheck=\"false\"></form>\n"
	"  </header>\n"
	"  <div class=\"page\">\n"
	"    <main id=\"main\">\n"
	"      <h1>HTTP, sentence by sentence</h1>\n"
	"      <p class=\"lead\">What RFC 9110 and RFC 9112 ask of an origin server of files, and "
	"what preforkd does. Each row is a test that sends these bytes\n"
	"        and holds the answer against what it has to be.</p>\n";

static void put_introduction(struct buffer *to)
{
	buffer_printf(to,
		"      <p>There are %zu rows for what is a MUST, %zu for a SHOULD, %zu for a MAY, "
		"and "
		"%zu where the RFC leaves the choice open. Bytes in braces are\n"
		"        repeated; longer ones are cut here and not in the test. Each is sent to "
		"workers that hold many connections and to workers that hold one,\n"
		"        and each test ends with a request on a new connection, which has to be "
		"answered. The last column is the name of the test in\n"
		"        <code>tests/http/test_conformance</code>: the server it is sent to and "
		"the "
		"number of the row. <code>standard</code> has nothing but\n"
		"        defaults, <code>small</code> has small limits and short times, "
		"<code>other</code> has what is off by default, <code>negotiated</code> "
		"has pages in several variants.</p>\n",
		count_of(MUST), count_of(SHOULD), count_of(MAY), count_of(OURS));
}

/* The list of pages out of another page, with this one as the current. */
static bool put_foot(struct buffer *to, const char *from)
{
	static const char own[] = "href=\"conformance.html\"";
	char *page = NULL;
	size_t room = 0;
	FILE *file = fopen(from, "re");
	bool good = file && getdelim(&page, &room, '\0', file) > 0;
	const char *list = good ? strstr(page, "    </main>") : NULL;
	const char *here = list ? strstr(list, own) : NULL;
	for (const char *at = list; here && *at; at++) {
		static const char mark[] = " aria-current=\"page\"";
		if (strncmp(at, mark, sizeof mark - 1) == 0)
			at += sizeof mark - 1; /* the other page's own */
		buffer_append(to, at, 1);
		if (at == here + sizeof own - 2)
			buffer_string(to, mark);
	}
	free(page);
	if (file)
		fclose(file);
	return here != NULL;
}

int main(int count, char **words)
{
	struct buffer page = BUFFER_INIT;
	size_t rows = 0, all = 0;
	buffer_string(&page, page_head);
	put_introduction(&page);
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		rows += put_part(&page, &parts[i]);
	for (size_t g = 0; g < CONFORMANCE_GROUPS; g++)
		all += conformance_groups[g].count;
	bool good = count == 2 && put_foot(&page, words[1]) && rows == all && !page.failed &&
		    fwrite(page.data, 1, page.size, stdout) == page.size;
	if (count != 2 || rows != all)
		fprintf(stderr, "conformance_html: %s\n",
			count != 2 ? "needs the name of another page"
				   : "a section has no heading, or two");
	buffer_free(&page);
	return good && fflush(stdout) == 0 ? 0 : 1;
}
