/*
 * config_docs - the directives told to people: -L, and the reference as an HTML page
 *
 * Runs in:  the parent, instead of serving; the build's check of the manual
 * Owns:     nothing
 * Errors:   running out of memory sticks in the buffer
 *
 * All of it comes from the rows the parser works with, so it cannot say anything else than the
 * parser does.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include "base/assert.h"
#include "config/config_directive.h"

#include <stdlib.h>
#include <strings.h>

/* Names sort without the bracket of sections and without regard to case. */
static int by_name(const void *a, const void *b)
{
	const struct config_directive *x = *(const struct config_directive *const *)a;
	const struct config_directive *y = *(const struct config_directive *const *)b;
	return strcasecmp(x->name + (x->name[0] == '<'), y->name + (y->name[0] == '<'));
}

static void sort(const struct config_directive *sorted[CONFIG_DIRECTIVE_COUNT])
{
	for (size_t i = 0; i < CONFIG_DIRECTIVE_COUNT; i++)
		sorted[i] = &config_directive_table[i];
	qsort(sorted, CONFIG_DIRECTIVE_COUNT, sizeof *sorted, by_name);
}

static const char *context_of(const struct config_directive *d)
{
	return d->context & CONFIG_IN_LOCATION ? "server, <Location>" : "server";
}

/* The default as a person reads it; nothing where there is none. */
static void default_of(const struct config_directive *d, struct buffer *to)
{
	if (d->initial)
		buffer_string(to, d->initial);
	if (d->initial && d->note)
		buffer_string(to, "; ");
	if (d->note)
		buffer_string(to, d->note);
}

/* "1 to 20000", "0 to 1000000 seconds"; nothing for what is no number. */
static void range_of(const struct config_directive *d, struct buffer *to)
{
	if (d->high)
		buffer_printf(to, "%llu to %llu%s%s", d->low, d->high, d->unit ? " " : "",
			d->unit ? d->unit : "");
}

static void aliases_of(const struct config_directive *d, struct buffer *to)
{
	for (size_t i = 0; i < config_directive_alias_count; i++)
		if (&config_directive_table[config_directive_aliases[i].of] == d)
			buffer_printf(
				to, "%s%s", to->size ? ", " : "", config_directive_aliases[i].name);
}

/* --- -L --- */

static void list_fact(struct buffer *to, const char *label, const struct buffer *value)
{
	if (value->size)
		buffer_printf(to, "    %-9s %.*s\n", label, TEXT_ARGS(buffer_view(value)));
}

static void list_one(struct buffer *to, const struct config_directive *d)
{
	struct buffer value = BUFFER_INIT;
	config_directive_usage(d, to);
	buffer_printf(to, "\n    %s\n", d->meaning);
	default_of(d, &value);
	list_fact(to, "Default:", &value);
	buffer_clear(&value);
	range_of(d, &value);
	list_fact(to, "Range:", &value);
	buffer_clear(&value);
	aliases_of(d, &value);
	list_fact(to, "Alias:", &value);
	buffer_clear(&value);
	buffer_string(&value, context_of(d));
	list_fact(to, "Context:", &value);
	to->failed |= value.failed;
	buffer_free(&value);
}

void config_list_directives(struct buffer *to)
{
	const struct config_directive *sorted[CONFIG_DIRECTIVE_COUNT];
	sort(sorted);
	for (size_t i = 0; i < CONFIG_DIRECTIVE_COUNT; i++)
		list_one(to, sorted[i]);
}

/* --- the page --- */

/* The name as the id of its article: "<Location>" becomes "location". */
static void put_id(struct buffer *to, const char *name)
{
	for (; *name; name++) {
		char c = *name >= 'A' && *name <= 'Z' ? (char)(*name | 0x20) : *name;
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			buffer_append(to, &c, 1);
	}
}

static void put_fact(
	struct buffer *to, const char *label, struct buffer *value, const char *element)
{
	if (value->size) {
		buffer_printf(to, "<dt>%s</dt><dd>%s%s%s", label, element ? "<" : "",
			element ? element : "", element ? ">" : "");
		buffer_html(to, buffer_view(value));
		if (element)
			buffer_printf(to, "</%s>", element);
		buffer_string(to, "</dd>\n");
	}
	to->failed |= value->failed;
	buffer_clear(value);
}

static void put_facts(struct buffer *to, const struct config_directive *d)
{
	struct buffer value = BUFFER_INIT;
	buffer_string(to, "<dl class=\"facts\">\n");
	config_directive_usage(d, &value);
	put_fact(to, "Syntax", &value, "code");
	default_of(d, &value);
	put_fact(to, "Default", &value, d->initial && !d->note ? "code" : NULL);
	range_of(d, &value);
	put_fact(to, "Range", &value, NULL);
	aliases_of(d, &value);
	put_fact(to, "Also spelled", &value, "code");
	buffer_string(&value, context_of(d));
	put_fact(to, "Context", &value, NULL);
	buffer_string(&value, d->context & CONFIG_STOP ? "a stop and a start" : "");
	put_fact(to, "Changed by", &value, NULL);
	buffer_string(
		&value, strcmp(d->module, "preforkd") ? "as in Apache, module " : "preforkd's own");
	buffer_string(&value, strcmp(d->module, "preforkd") ? d->module : "");
	put_fact(to, "Origin", &value, NULL);
	buffer_string(to, "</dl>\n");
	buffer_free(&value);
}

static void put_article(struct buffer *to, const struct config_directive *d)
{
	buffer_string(to, "\n<article class=\"directive\" id=\"");
	put_id(to, d->name);
	buffer_string(to, "\">\n<h2><a href=\"#");
	put_id(to, d->name);
	buffer_string(to, "\">");
	buffer_html(to, text_of(d->name));
	buffer_string(to, "</a></h2>\n<p class=\"meaning\">");
	buffer_html(to, text_of(d->meaning));
	buffer_string(to, "</p>\n");
	put_facts(to, d);
	buffer_string(to, d->explanation);
	buffer_string(to, "\n</article>\n");
}

static const char page_head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<title>Directives &middot; preforkd manual</title>\n"
	"<link rel=\"stylesheet\" href=\"manual.css\">\n</head>\n<body>\n"
	"<header class=\"site\"><a href=\"../\">preforkd</a> <nav><a href=\"./\">Manual</a> "
	"<a href=\"directives.html\" aria-current=\"page\">Directives</a></nav></header>\n"
	"<main>\n<h1>Directives</h1>\n"
	"<p>Everything a configuration can say. Where Apache has a directive of the same name, it "
	"means the same here and has the same default. <code>preforkd -L</code> prints a short "
	"form of this page.</p>\n"
	"<section id=\"language\">\n<h2>How it is written</h2>\n"
	"<p>One directive a line: its name, in any case, and its arguments. An argument that holds "
	"spaces stands in <code>\"double\"</code> or <code>'single'</code> quotes; inside them, "
	"<code>\\\"</code> is a quote and <code>\\\\</code> a backslash. A backslash at the end of "
	"a line joins the next one to it. A line whose first character is <code>#</code> is a "
	"comment. <code>${NAME}</code> in an argument stands for what <a "
	"href=\"#define\">Define</a>, <code>-D</code> or the environment says.</p>\n"
	"<p>A mistake is reported with its file and line, and nothing is started. "
	"<code>preforkd -t</code> only checks.</p>\n</section>\n";

static void put_index(
	struct buffer *to, const struct config_directive *const sorted[CONFIG_DIRECTIVE_COUNT])
{
	buffer_string(to, "<nav class=\"index\" aria-label=\"Directives\">\n<ul>\n");
	for (size_t i = 0; i < CONFIG_DIRECTIVE_COUNT; i++) {
		buffer_string(to, "<li><a href=\"#");
		put_id(to, sorted[i]->name);
		buffer_string(to, "\">");
		buffer_html(to, text_of(sorted[i]->name));
		buffer_string(to, "</a></li>\n");
	}
	buffer_string(to, "</ul>\n</nav>\n");
}

static void put_log_fields(struct buffer *to)
{
	static const struct {
		char letter;
		const char *description;
	} fields[] = {
#define LOG_FIELD(symbol, letter, description) {letter, description},
#include "config/log_fields.def"
#undef LOG_FIELD
	};
	buffer_string(to,
		"\n<section id=\"log-fields\">\n<h2>The fields of LogFormat</h2>\n"
		"<p>Everything else in a format is written as it is; <code>%%</code> is a percent "
		"sign, <code>\\t</code> a tab and <code>\\n</code> a line end. <code>&gt;</code> "
		"behind the percent sign asks for the last of several statuses of one request, "
		"<code>&lt;</code> for the first.</p>\n<dl class=\"fields\">\n");
	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		buffer_printf(to, "<dt><code>%%%c</code></dt><dd>", fields[i].letter);
		buffer_html(to, text_of(fields[i].description));
		buffer_string(to, "</dd>\n");
	}
	buffer_string(to, "</dl>\n</section>\n");
}

void config_directives_html(struct buffer *to)
{
	const struct config_directive *sorted[CONFIG_DIRECTIVE_COUNT];
	sort(sorted);
	buffer_string(to, page_head);
	put_index(to, sorted);
	for (size_t i = 0; i < CONFIG_DIRECTIVE_COUNT; i++)
		put_article(to, sorted[i]);
	put_log_fields(to);
	buffer_string(to, "</main>\n</body>\n</html>\n");
}
