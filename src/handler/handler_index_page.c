/*
 * handler_index_page - how a listing of a directory looks
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   none but memory, which sticks in the buffer
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_index.h"

#include "base/assert.h"
#include "http/http_uri.h"

#include <stdio.h>

static const char style[] =
	"<style>\n"
	":root{color-scheme:light "
	"dark;--b:#fbfcfd;--i:#1b2226;--s:#55626a;--a:#0a6a56;--l:#dbe3e7}\n"
	"@media(prefers-color-scheme:dark){:root{--b:#12181b;--i:#e4eaec;--s:#9fb0b8;--a:#5fd0b0;"
	"--l:#2a353b}}\n"
	"body{margin:0;background:var(--b);color:var(--i);font:1rem/1.6 system-ui,\"Liberation "
	"Sans\",sans-serif}\n"
	"main{box-sizing:border-box;max-width:60rem;margin:0 auto;padding:2rem 1.25rem}\n"
	"h1{font-size:1.375rem;overflow-wrap:anywhere}\n"
	"table{width:100%;border-collapse:collapse}\n"
	"th,td{padding:.3rem .75rem .3rem 0;text-align:left;border-bottom:1px solid var(--l);"
	"vertical-align:top}\n"
	"th{font-weight:600}td:first-child{overflow-wrap:anywhere}\n"
	".n{white-space:nowrap;color:var(--s);font-variant-numeric:tabular-nums}\n"
	".r{text-align:right}a{color:var(--a)}img{vertical-align:middle;margin-right:.4rem}\n"
	"@media(max-width:34rem){.d{display:none}}\n"
	"</style>\n";

static bool is_on(const struct handler_index *list, unsigned bit)
{
	return list->on & bit;
}

static void put_html(struct buffer *to, const char *text)
{
	buffer_html(to, text_of(text));
}

static void put_href(struct buffer *to, const char *name, bool is_directory)
{
	struct buffer href = BUFFER_INIT;
	/* "a:b" would be taken for a scheme (RFC 3986 4.2) */
	buffer_string(to, "<a href=\"");
	if (strchr(name, ':'))
		buffer_string(to, "./");
	http_uri_encode(&href, text_of(name));
	buffer_html(to, buffer_view(&href));
	buffer_string(to, is_directory ? "/\">" : "\">");
	to->failed |= href.failed;
	buffer_free(&href);
}

/* As Apache: 1.2K, 34M. */
static void put_size(struct buffer *to, uint64_t size)
{
	static const char units[] = " KMGTPE";
	double n = (double)size;
	size_t unit = 0;
	while (n >= 973 && unit + 2 < sizeof units) {
		n /= 1024;
		unit++;
	}
	if (unit == 0)
		buffer_printf(to, "%u", (unsigned)size);
	else
		buffer_printf(to, n < 9.95 ? "%.1f%c" : "%.0f%c", n, units[unit]);
}

static void put_date(struct buffer *to, time_t t)
{
	struct tm tm;
	char text[32];
	if (localtime_r(&t, &tm) && strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm))
		buffer_string(to, text);
}

static void put_icon(
	const struct handler_index *list, const struct handler_index_entry *e, struct buffer *to)
{
	bool links = e->name && is_on(list, CONFIG_INDEX(ICONS_ARE_LINKS));
	if (!e->icon || is_on(list, CONFIG_INDEX(SUPPRESS_ICON)))
		return;
	if (links)
		put_href(to, e->name, e->is_directory);
	buffer_string(to, "<img src=\"");
	put_html(to, e->icon);
	buffer_string(to, "\" alt=\"[");
	put_html(to, e->alt ? e->alt : e->is_directory ? "DIR" : "   ");
	buffer_string(to, "]\" width=\"20\" height=\"22\">");
	if (links)
		buffer_string(to, "</a>");
}

static void put_parent(
	const struct handler_index *list, const char *before, const char *behind, struct buffer *to)
{
	if (!list->parent.name)
		return;
	buffer_string(to, before);
	if (is_on(list, CONFIG_INDEX(FANCY)))
		put_icon(list, &list->parent, to);
	buffer_string(to, "<a href=\"../\">Parent Directory</a>");
	buffer_string(to, behind);
}

static void put_name(const struct handler_index_entry *e, struct buffer *to)
{
	put_href(to, e->name, e->is_directory);
	put_html(to, e->name);
	buffer_string(to, e->is_directory ? "/</a>" : "</a>");
}

static void put_sorter(const struct handler_index *list, struct buffer *to, const char *title,
	enum config_index_key key, char order)
{
	buffer_printf(to, "<a href=\"?C=%c;O=%c", "NMSD"[key], order);
	for (size_t i = 0; i < COUNT_OF(list->kept); i++) {
		buffer_string(to, list->kept[i].size ? ";" : "");
		buffer_html(to, list->kept[i]);
	}
	buffer_printf(to, "\">%s</a>", title);
}

/* A column's head sorts by it; a second click turns the order round. */
static void put_head(const struct handler_index *list, struct buffer *to, const char *class,
	const char *title, enum config_index_key key)
{
	bool sorted = list->key == key;
	buffer_printf(to, "<th%s scope=\"col\"%s>", class,
		!sorted            ? ""
		: list->descending ? " aria-sort=\"descending\""
				   : " aria-sort=\"ascending\"");
	if (key == CONFIG_INDEX_NAME)
		put_icon(list, &list->blank, to);
	if (is_on(list, CONFIG_INDEX(SUPPRESS_SORTING)))
		buffer_string(to, title);
	else
		put_sorter(list, to, title, key, sorted && !list->descending ? 'D' : 'A');
	buffer_string(to, "</th>");
}

static void put_row(
	const struct handler_index *list, const struct handler_index_entry *e, struct buffer *to)
{
	buffer_string(to, "<tr><td>");
	put_icon(list, e, to);
	put_name(e, to);
	buffer_string(to, "</td>");
	if (!is_on(list, CONFIG_INDEX(SUPPRESS_DATE))) {
		buffer_string(to, "<td class=\"n\">");
		put_date(to, e->modified);
		buffer_string(to, "</td>");
	}
	if (!is_on(list, CONFIG_INDEX(SUPPRESS_SIZE))) {
		buffer_string(to, "<td class=\"n r\">");
		if (e->is_directory)
			buffer_string(to, "-");
		else
			put_size(to, e->size);
		buffer_string(to, "</td>");
	}
	if (!is_on(list, CONFIG_INDEX(SUPPRESS_DESCRIPTION))) {
		buffer_string(to, "<td class=\"d\">");
		if (e->description) /* the configuration's words, HTML as in Apache */
			buffer_string(to, e->description);
		buffer_string(to, "</td>");
	}
	buffer_string(to, "</tr>\n");
}

static void put_table(const struct handler_index *list, struct buffer *to)
{
	buffer_string(to, "<table><thead><tr>");
	put_head(list, to, "", "Name", CONFIG_INDEX_NAME);
	if (!is_on(list, CONFIG_INDEX(SUPPRESS_DATE)))
		put_head(list, to, "", "Last modified", CONFIG_INDEX_DATE);
	if (!is_on(list, CONFIG_INDEX(SUPPRESS_SIZE)))
		put_head(list, to, " class=\"r\"", "Size", CONFIG_INDEX_SIZE);
	if (!is_on(list, CONFIG_INDEX(SUPPRESS_DESCRIPTION)))
		put_head(list, to, " class=\"d\"", "Description", CONFIG_INDEX_TEXT);
	buffer_string(to, "</tr></thead>\n<tbody>\n");
	put_parent(list, "<tr><td colspan=\"4\">", "</td></tr>\n", to);
	for (size_t i = 0; i < list->count; i++)
		put_row(list, &list->entries[i], to);
	buffer_string(to, "</tbody></table>\n");
}

static void put_list(const struct handler_index *list, struct buffer *to)
{
	buffer_string(to, "<ul>\n");
	put_parent(list, "<li>", "</li>\n", to);
	for (size_t i = 0; i < list->count; i++) {
		buffer_string(to, "<li>");
		put_name(&list->entries[i], to);
		buffer_string(to, "</li>\n");
	}
	buffer_string(to, "</ul>\n");
}

static void put_preamble(const struct config_index *how, struct text path, struct buffer *to)
{
	buffer_string(to, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
			  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
			  "<link rel=\"icon\" href=\"data:,\">\n<title>Index of ");
	buffer_html(to, path);
	buffer_string(to, "</title>\n");
	if (how->style_sheet) {
		buffer_string(to, "<link rel=\"stylesheet\" href=\"");
		put_html(to, how->style_sheet);
		buffer_string(to, "\">\n");
	} else {
		buffer_string(to, style);
	}
	if (how->head_insert)
		buffer_string(to, how->head_insert);
	buffer_string(to, "</head>\n<body><main>\n");
}

void handler_index_page(
	const struct handler_index *list, struct text header, struct text readme, struct buffer *to)
{
	const struct config_index *how = list->how;
	struct text path = buffer_view(&list->call->path);
	if (path.size > 1 && path.at[path.size - 1] == '/')
		path.size--;
	if (!header.size || !is_on(list, CONFIG_INDEX(SUPPRESS_PREAMBLE)))
		put_preamble(how, path, to);
	if (header.size) {
		buffer_text(to, header);
	} else {
		buffer_string(to, "<h1>Index of ");
		buffer_html(to, path);
		buffer_string(to, "</h1>\n");
	}
	if (is_on(list, CONFIG_INDEX(FANCY)))
		put_table(list, to);
	else
		put_list(list, to);
	buffer_text(to, readme);
	handler_signature(list->call, to);
	buffer_string(to, "</main></body></html>\n");
}
