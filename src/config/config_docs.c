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
	qsort(sorted, CONFIG_DIRECTIVE_COUNT, sizeof(const struct config_directive *), by_name);
}

static const char *context_of(const struct config_directive *d)
{
	if (d->context & CONFIG_OVERRIDE_ALL)
		return "server, host, section, .htaccess";
	if (d->context & CONFIG_IN_SECTION)
		return d->context & CONFIG_IN_SERVER ? "server, host, section" : "section";
	return d->context & CONFIG_IN_HOST || config_directive_is_of_host(d) ? "server, host"
									     : "server";
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
static void put_id(struct buffer *to, const struct config_directive *d)
{
	for (const char *c = d->name; *c; c++) {
		char lower = *c >= 'A' && *c <= 'Z' ? (char)(*c | 0x20) : *c;
		if (lower >= 'a' && lower <= 'z')
			buffer_append(to, &lower, 1);
	}
}

static void put_fact(struct buffer *to, const char *label, struct buffer *value, bool code)
{
	if (value->size) {
		buffer_printf(to, "          <dt>%s</dt><dd>%s", label, code ? "<code>" : "");
		buffer_html(to, buffer_view(value));
		buffer_printf(to, "%s</dd>\n", code ? "</code>" : "");
	}
	to->failed |= value->failed;
	buffer_clear(value);
}

static void put_facts(struct buffer *to, const struct config_directive *d)
{
	struct buffer value = BUFFER_INIT;
	bool own = strcmp(d->module, "preforkd") == 0;
	buffer_string(to, "        <dl class=\"facts\">\n");
	config_directive_usage(d, &value);
	put_fact(to, "Syntax", &value, true);
	default_of(d, &value);
	put_fact(to, "Default", &value, d->initial && !d->note);
	range_of(d, &value);
	put_fact(to, "Range", &value, false);
	aliases_of(d, &value);
	put_fact(to, "Also spelled", &value, true);
	buffer_string(&value, context_of(d));
	put_fact(to, "Context", &value, false);
	if (d->context & CONFIG_STOP)
		buffer_string(&value, "by a stop and a start; a restart keeps the old value");
	put_fact(to, "Changed", &value, false);
	buffer_printf(
		&value, "%s%s", own ? "preforkd's own" : "Apache, module ", own ? "" : d->module);
	put_fact(to, "From", &value, false);
	buffer_string(to, "        </dl>\n");
	buffer_free(&value);
}

static void put_article(struct buffer *to, const struct config_directive *d)
{
	buffer_string(to, "\n      <article class=\"directive\" id=\"");
	put_id(to, d);
	buffer_string(to, "\">\n        <h2>");
	buffer_html(to, text_of(d->name));
	buffer_string(to, "</h2>\n        <p class=\"meaning\">");
	buffer_html(to, text_of(d->meaning));
	buffer_string(to, "</p>\n");
	put_facts(to, d);
	buffer_printf(to, "        %s\n      </article>\n", d->explanation);
}

static void put_index(
	struct buffer *to, const struct config_directive *const sorted[CONFIG_DIRECTIVE_COUNT])
{
	buffer_string(to, "      <nav class=\"index\" aria-label=\"Directives\">\n      <ul>\n");
	for (size_t i = 0; i < CONFIG_DIRECTIVE_COUNT; i++) {
		buffer_string(to, "        <li><a href=\"#");
		put_id(to, sorted[i]);
		buffer_string(to, "\">");
		buffer_html(to, text_of(sorted[i]->name));
		buffer_string(to, "</a></li>\n");
	}
	buffer_string(to, "      </ul>\n      </nav>\n");
}

static const char page_head[] =
	"<!doctype html>\n"
	"<html lang=\"en\">\n"
	"<head>\n"
	"  <meta charset=\"utf-8\">\n"
	"  <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"  <title>Directives - preforkd manual</title>\n"
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
	"      <a href=\"directives.html\" aria-current=\"page\">Directives</a>\n"
	"      <a href=\"/server-status\">Status</a>\n"
	"    </nav>\n"
	"    <form class=\"search\" role=\"search\"><input type=\"search\" aria-label=\"Search the "
	"manual\" "
	"placeholder=\"Search the manual\" autocomplete=\"off\" spellcheck=\"false\"></form>\n"
	"  </header>\n"
	"  <div class=\"page\">\n"
	"    <main id=\"main\">\n"
	"      <h1>Directives</h1>\n"
	"      <p class=\"lead\">Everything a configuration can say. Where Apache has a directive "
	"of the same name, it means the same here.\n"
	"        <code>preforkd -L</code> prints a short form of this page.</p>\n\n"
	"      <h2 id=\"language\">How it is written</h2>\n"
	"      <p>One directive a line: its name, in any case, then its arguments. An argument "
	"that holds spaces stands in\n"
	"        <code>\"double\"</code> or <code>'single'</code> quotes; inside them "
	"<code>\\\"</code> is a quote and <code>\\\\</code> a backslash. A backslash\n"
	"        at the end of a line joins the next one to it. A line that begins with "
	"<code>#</code> is a comment. <code>${NAME}</code> in an\n"
	"        argument stands for what <a href=\"#define\">Define</a>, <code>-D</code> or the "
	"environment says.</p>\n"
	"      <p>A mistake is reported with its file and line, and nothing is started. "
	"<code>preforkd -t</code> only checks.</p>\n\n"
	"      <h2 id=\"all\">All of them</h2>\n";

static const char page_foot[] =
	"    </main>\n"
	"    <nav class=\"contents\" aria-label=\"Pages of the manual\">\n"
	"      <h2>Manual</h2>\n"
	"      <ul>\n"
	"        <li><a href=\"index.html\">Overview</a></li>\n"
	"        <li><a href=\"quick-start.html\">Quick start</a></li>\n"
	"        <li><a href=\"learn/index.html\">Lessons</a></li>\n"
	"        <li><a href=\"process-models.html\">Process models</a></li>\n"
	"        <li><a href=\"architecture.html\">Architecture</a></li>\n"
	"        <li><a href=\"process-library.html\">Process library</a></li>\n"
	"        <li><a href=\"python.html\">Python's names and ours</a></li>\n"
	"        <li><a href=\"command-line.html\">Command line</a></li>\n"
	"        <li><a href=\"signals.html\">Signals</a></li>\n"
	"        <li><a href=\"status.html\">Status</a></li>\n"
	"        <li><a href=\"preforkctl.html\">preforkctl</a></li>\n"
	"        <li><a href=\"logs.html\">Logs</a></li>\n"
	"        <li><a href=\"tuning.html\">Tuning</a></li>\n"
	"        <li><a href=\"budget.html\">Where the time goes</a></li>\n"
	"        <li><a href=\"benchmarks.html\">Benchmarks</a></li>\n"
	"        <li><a href=\"content.html\">Compression and languages</a></li>\n"
	"        <li><a href=\"rewriting.html\">Rewriting</a></li>\n"
	"        <li><a href=\"access.html\">Access control</a></li>\n"
	"        <li><a href=\"security.html\">Security</a></li>\n"
	"        <li><a href=\"directives.html\" aria-current=\"page\">Directives</a></li>\n"
	"        <li><a href=\"conformance.html\">HTTP, sentence by sentence</a></li>\n"
	"        <li><a href=\"moving-from-apache.html\">Moving from Apache</a></li>\n"
	"      </ul>\n"
	"    </nav>\n"
	"  </div>\n"
	"</body>\n"
	"</html>\n";

void config_directives_html(struct buffer *to)
{
	const struct config_directive *sorted[CONFIG_DIRECTIVE_COUNT];
	sort(sorted);
	buffer_string(to, page_head);
	put_index(to, sorted);
	for (size_t i = 0; i < CONFIG_DIRECTIVE_COUNT; i++)
		put_article(to, sorted[i]);
	buffer_string(to, page_foot);
}
