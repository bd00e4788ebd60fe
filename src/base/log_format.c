/*
 * log_format - ErrorLogFormat: what a line of the error log is made of
 *
 * Runs in:  the parent reads formats, every process writes lines
 * Owns:     nothing
 * Errors:   see log_format.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log_format.h"

#include "base/assert.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* [%{u}t] [%-m:%l] [pid %P] %7F: [client\ %a] %M% ,\ referer\ %{Referer}i */
#define WITHOUT_TIME                                                                               \
	{.letter = 'm', .dash = true}, {.text = ":"}, {.letter = 'l'}, {.text = "]"},              \
		{.text = " [pid ", .begins_field = true}, {.letter = 'P'}, {.text = "]"},          \
		{.text = " ", .begins_field = true}, {.letter = 'F', .severity = LOG_DEBUG},       \
		{.text = ":"}, {.text = " [client ", .begins_field = true}, {.letter = 'a'},       \
		{.text = "]"}, {.text = " ", .begins_field = true}, {.letter = 'M'},               \
		{.text = ", referer: ", .begins_field = true},                                     \
	{                                                                                          \
		.letter = 'i', .text = "Referer"                                                   \
	}

static const struct log_item default_items[] = {{.text = "["}, {.letter = 't', .text = "u"},
	{.text = "]"}, {.text = " [", .begins_field = true}, WITHOUT_TIME};
static const struct log_item syslog_items[] = {{.text = "["}, WITHOUT_TIME};

const struct log_format log_format_default = {COUNT_OF(default_items), default_items};
const struct log_format log_format_syslog = {COUNT_OF(syslog_items), syslog_items};

/* --- reading --- */

static bool complain(struct buffer *why, const char *format, char letter)
{
	buffer_printf(why, format, letter);
	return false;
}

/* Text up to the next % or, behind its beginning, the next blank. */
static void take_text(const char **at, struct log_item *item, struct buffer *text)
{
	static const char from[] = "nrt", to[] = "\n\r\t";
	bool at_start = true;
	item->begins_field |= **at == ' ';
	for (; **at && **at != '%' && (**at != ' ' || at_start); ++*at) {
		at_start &= **at == ' ';
		if (**at != '\\' || !(*at)[1]) {
			buffer_append(text, *at, 1);
			continue;
		}
		++*at;
		const char *known = strchr(from, **at);
		buffer_append(text, known ? to + (known - from) : *at, 1);
	}
}

static bool take_letter(const char **at, struct log_item *item, struct buffer *why)
{
	static const char letters[] = "aAeEFiklLmMnPTtvV", named[] = "ein";
	if (!**at)
		return complain(why, "it ends in the middle of a %% field%c", '.');
	if (!strchr(letters, **at))
		return complain(why, "there is no field %%%c", **at);
	item->letter = *(*at)++;
	if (strchr(named, item->letter) && !(item->text && *item->text))
		return complain(why, "%%%c needs a name in braces before the letter", item->letter);
	return true;
}

/* What stands behind a percent sign. */
static bool take_field(
	struct arena *memory, const char **at, struct log_item *item, struct buffer *why)
{
	for (;; ++*at) {
		if (**at == '+') {
			item->needed = true;
		} else if (**at == '-') {
			item->dash = true;
		} else if (**at >= '0' && **at <= '9') {
			item->severity = item->severity * 10 + (unsigned)(**at - '0');
			if (item->severity >= LOG_SEVERITIES)
				return complain(why, "there is no level above 15%c", '.');
		} else if (**at == '{') {
			const char *end = strchr(*at, '}');
			if (!end)
				return complain(why, "a %c is not closed", '{');
			item->text =
				arena_text(memory, text_from(*at + 1, (size_t)(end - *at - 1)));
			if (!item->text)
				return false;
			*at = end;
		} else {
			return take_letter(at, item, why);
		}
	}
}

static bool take_item(
	struct arena *memory, const char **at, struct log_item *item, struct buffer *why)
{
	struct buffer text = BUFFER_INIT;
	if ((*at)[0] == '%' && (*at)[1] == ' ') {
		item->begins_field = true;
		*at += 2;
	}
	if ((*at)[0] == '%' && (*at)[1] != '%') {
		++*at;
		return take_field(memory, at, item, why);
	}
	if ((*at)[0] == '%') {
		item->text = "%";
		*at += 2;
		return true;
	}
	take_text(at, item, &text);
	item->text = text.failed ? NULL : arena_text(memory, buffer_view(&text));
	buffer_free(&text);
	return item->text != NULL;
}

const struct log_format *log_format_compile(
	struct arena *memory, const char *source, bool of_message, struct buffer *why)
{
	struct log_format *format = arena_take(memory, sizeof *format);
	struct log_item *items = NULL;
	bool has_message = false;
	for (size_t count = 0; format && *source; format->count = ++count) {
		items = arena_more(memory, items, count, sizeof *items);
		if (!items || !take_item(memory, &source, &items[count], why))
			return NULL;
		has_message |= items[count].letter == 'M';
	}
	if (format)
		format->items = items;
	if (!format || has_message == of_message)
		return format;
	complain(why,
		of_message ? "there is no %%%c, the message"
			   : "%%%c, the message, must not be: none is in lines for each "
			     "request or connection",
		'M');
	return NULL;
}

/* --- writing --- */

struct line {
	char *to;
	size_t size, room;
};

static size_t put(struct line *l, struct text t)
{
	size_t size = t.size < l->room - l->size ? t.size : l->room - l->size;
	if (size)
		memcpy(l->to + l->size, t.at, size);
	l->size += size;
	return t.size;
}

static size_t put_string(struct line *l, const char *string)
{
	return put(l, text_of(string));
}

/* As Apache's ap_escape_errorlog_item, but that a backslash stays one: what a client chose cannot
 * forge a line. */
static size_t put_visible(struct line *l, struct text t)
{
	for (size_t i = 0; i < t.size; i++) {
		unsigned char byte = (unsigned char)t.at[i];
		char escape[8];
		const char *letter = byte ? strchr("\bb\nn\rr\tt\vv", byte) : NULL;
		if (byte >= ' ' && byte < 0x7f)
			put(l, text_from(t.at + i, 1));
		else if (letter)
			put(l, text_from((char[]){'\\', letter[1]}, 2));
		else
			put(l, text_from(escape,
				       (size_t)snprintf(escape, sizeof escape, "\\x%02x", byte)));
	}
	return t.size;
}

/* %t; {u} with microseconds, {c} as ISO 8601 has it, in any order. */
static size_t put_time(struct line *l, const char *how)
{
	struct timespec now;
	struct tm tm;
	char text[64], fraction[24] = "";
	bool compact = how && strchr(how, 'c'), exact = how && strchr(how, 'u');
	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	if (exact)
		snprintf(fraction, sizeof fraction, ".%06ld", now.tv_nsec / 1000);
	strftime(text, sizeof text, compact ? "%Y-%m-%d %H:%M:%S" : "%a %b %d %H:%M:%S", &tm);
	size_t size = put_string(l, text) + put_string(l, fraction);
	if (!compact) {
		strftime(text, sizeof text, " %Y", &tm);
		size += put_string(l, text);
	}
	return size;
}

static size_t put_number(struct line *l, const char *format, unsigned long number)
{
	char text[32];
	snprintf(text, sizeof text, format, number);
	return put_string(l, text);
}

static size_t put_place(struct line *l, const struct log_entry *e)
{
	const char *slash = e->file ? strrchr(e->file, '/') : NULL;
	if (!e->file)
		return 0;
	return put_string(l, slash ? slash + 1 : e->file) + put_number(l, "(%lu)", e->line);
}

static size_t put_error(struct line *l, const struct log_entry *e)
{
	if (!e->error)
		return 0;
	return put_number(l, "(%lu)", (unsigned long)e->error) + put_string(l, strerror(e->error));
}

/* What only the request knows. */
static size_t put_about(struct line *l, const struct log_entry *e, const struct log_item *item)
{
	char value[1024];
	const char *argument = item->text;
	if (!e->about)
		return 0;
	if (e->of_connection) { /* its own name, and what else only it has */
		if (!strchr("aAkLv", item->letter) || (item->letter == 'L' && !argument))
			return 0;
		argument = "c";
	}
	size_t size =
		e->about->field(e->about->closure, item->letter, argument, value, sizeof value);
	return put_visible(l, text_from(value, size));
}

/* How many bytes it came to, however many found room. */
static size_t put_item(struct line *l, const struct log_entry *e, const struct log_item *item)
{
	switch (item->letter) {
	case '\0':
		return put_string(l, item->text);
	case 'E':
		return put_error(l, e);
	case 'F':
		return put_place(l, e);
	case 'l':
		return put_string(l, log_severity_name(e->severity));
	case 'm':
		return put_string(l, e->area);
	case 'P':
	case 'T':
		return put_number(l, "%lu", (unsigned long)getpid());
	case 't':
		return put_time(l, item->text);
	default:
		return put_about(l, e, item);
	}
}

/* Who writes about a request that may be over by then names the client himself. */
static struct text without_client(const struct log_format *format, const struct log_entry *e)
{
	struct text rest = e->message;
	if (!e->about || !text_starts(rest, TEXT("[client ")))
		return rest;
	for (size_t i = 0; i < format->count; i++)
		if (format->items[i].letter == 'a') {
			text_split(&rest, ']');
			return text_trim(rest);
		}
	return e->message;
}

size_t log_format_line(
	const struct log_format *format, const struct log_entry *entry, char *to, size_t room)
{
	struct line l = {to, 0, room};
	size_t field = 0; /* where it begins */
	bool skipping = false;
	for (size_t i = 0; i < format->count; i++) {
		const struct log_item *item = &format->items[i];
		if (item->begins_field) {
			skipping = false;
			field = l.size;
		}
		if (item->letter == 'M') {
			put_visible(&l, without_client(format, entry));
			continue;
		}
		if (skipping)
			continue;
		bool wanted = item->severity <= (unsigned)entry->severity;
		if (wanted && put_item(&l, entry, item))
			continue;
		if (wanted && item->needed)
			return 0;
		if (wanted && item->dash) {
			put_string(&l, "-");
			continue;
		}
		l.size = field;
		skipping = true;
	}
	return l.size;
}
