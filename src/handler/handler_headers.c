/*
 * handler_headers - Header and RequestHeader
 *
 * Runs in:  worker
 * Owns:     nothing; what is made lives in the request's arena
 * Errors:   500: out of memory, or an expression that cannot be told
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_headers.h"

#include "base/regex.h"
#include "handler/handler_world.h"
#include "http/http_chars.h"
#include "os/os_clock.h"

/* --- a list of fields --- */

/* Fields as a list that rows of Header change. As in Apache there are two tables: what a program
 * said and what `Header always` makes are in one, all else in the other, and a row sees its own. */
struct fields {
	struct arena *arena;
	bool always; /* the table that counts now */
	size_t count;
	struct field {
		struct text name, value;
		bool always; /* its table */
	} * all;
};

static const struct text owned[] = {
	TEXT("Content-Type"), TEXT("ETag"), TEXT("Last-Modified"), TEXT("Accept-Ranges")};

/* There is one media type, whoever says it. */
static bool is_meant(const struct fields *f, const struct field *field, struct text name)
{
	return text_equal_nocase(field->name, name) &&
	       (field->always == f->always || text_equal_nocase(name, owned[0]));
}

static bool add(struct fields *f, struct text name, struct text value)
{
	struct field *all = arena_more(f->arena, f->all, f->count, sizeof *all);
	if (!all)
		return false;
	f->all = all;
	f->all[f->count++] = (struct field){name, value, f->always};
	return true;
}

static struct field *find(const struct fields *f, struct text name)
{
	for (size_t i = 0; i < f->count; i++)
		if (is_meant(f, &f->all[i], name))
			return &f->all[i];
	return NULL;
}

/* In the first table, or else in the other. */
static const struct field *find_any(struct fields *f, struct text name)
{
	f->always = false;
	const struct field *field = find(f, name);
	f->always = true;
	return field ? field : find(f, name);
}

static void take_away(struct fields *f, struct text name)
{
	size_t kept = 0;
	for (size_t i = 0; i < f->count; i++)
		if (!is_meant(f, &f->all[i], name))
			f->all[kept++] = f->all[i];
	f->count = kept;
}

static bool has_element(struct text value, struct text element)
{
	return http_list_has(http_list_of(value), element);
}

/* --- what a row does --- */

/* When the request was read, in microseconds of the calendar. */
static int64_t start_of(const struct handler_call *call)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000 -
	       (int64_t)(os_clock_us() - call->started_us);
}

static void put_letter(
	struct handler_call *call, const struct config_header_piece *p, struct buffer *to)
{
	const char *variable;
	switch (p->letter) {
	case 't':
		buffer_printf(to, "t=%lld", (long long)start_of(call));
		break;
	case 'D':
		buffer_printf(to, "D=%llu", (unsigned long long)(os_clock_us() - call->started_us));
		break;
	case 'e':
		variable = handler_env_get(&call->env, p->name);
		buffer_string(to, variable ? variable : "(null)");
		break;
	default: /* %l %i %b %{...}s: load of a kind this server has not, and TLS */
		buffer_string(to, "(null)");
		break;
	}
}

/* The value, without what no field may hold. */
static bool make_value(
	struct handler_call *call, const struct config_header_row *row, struct text *value)
{
	const char *why;
	struct buffer made = BUFFER_INIT;
	if (row->value && handler_world_text(call, row->value, NULL, value, &why) < 0)
		return false;
	if (row->value)
		return http_chars_all(*value, HTTP_CHARS_VALUE);
	for (size_t i = 0; i < row->piece_count; i++)
		if (row->pieces[i].letter)
			put_letter(call, &row->pieces[i], &made);
		else
			buffer_text(&made, row->pieces[i].literal);
	char *copy = made.failed ? NULL : arena_text(call->arena, buffer_view(&made));
	*value = text_from(copy, made.size);
	buffer_free(&made);
	return copy && http_chars_all(*value, HTTP_CHARS_VALUE);
}

static bool join(struct fields *f, struct text name, struct text value, bool once)
{
	struct field *there = find(f, name);
	if (!there)
		return add(f, name, value);
	if (once && has_element(there->value, value))
		return true;
	char *both =
		arena_printf(f->arena, "%.*s, %.*s", TEXT_ARGS(there->value), TEXT_ARGS(value));
	there->value = both ? text_of(both) : there->value;
	return both != NULL;
}

/* A value with its first match, or all of them, replaced. */
static bool edit(struct handler_call *call, const struct config_header_row *row, struct text with,
	struct text *value)
{
	struct buffer made = BUFFER_INIT;
	struct text rest = *value;
	bool all = row->action == CONFIG_HEADER_EDIT_ALL, changed = false;
	while (rest.size || !changed) {
		struct regex_groups groups;
		int matches = regex_match(row->regex, rest, &groups);
		if (matches < 0)
			made.failed = true;
		if (matches <= 0)
			break;
		changed = true;
		buffer_append(&made, rest.at, groups.at[0].from);
		regex_expand(&made, with, &groups, NULL);
		size_t end = groups.at[0].to;
		if (end == groups.at[0].from && end < rest.size)
			buffer_append(&made, rest.at + end++, 1); /* an empty match moves on */
		rest = text_from(rest.at + end, rest.size - end);
		if (!all)
			break;
	}
	buffer_text(&made, rest);
	bool good = !made.failed;
	if (good && changed) {
		char *copy = arena_text(call->arena, buffer_view(&made));
		*value = text_from(copy, made.size);
		good = copy && http_chars_all(*value, HTTP_CHARS_VALUE);
	}
	buffer_free(&made);
	return good;
}

static bool echo(struct handler_call *call, struct fields *f, const struct config_header_row *row)
{
	for (unsigned i = 0; i < call->request->field_count; i++) {
		const struct http_field *field = &call->request->fields[i];
		int matches = regex_match(row->regex, field->name, NULL);
		if (matches < 0 || (matches && !add(f, field->name, field->value)))
			return false;
	}
	return true;
}

static int counts(struct handler_call *call, const struct config_header_row *row)
{
	const char *why;
	call->personal |= row->personal;
	if (row->env)
		return (handler_env_get(&call->env, row->env) != NULL) != row->env_unset;
	return row->condition ? handler_world_holds(call, row->condition, NULL, &why) : 1;
}

static bool change_field(
	struct handler_call *call, struct fields *f, const struct config_header_row *row)
{
	struct text name = text_of(row->name), value = {NULL, 0};
	int holds = counts(call, row);
	if (holds <= 0)
		return holds == 0;
	if (row->action == CONFIG_HEADER_ECHO)
		return echo(call, f, row);
	if (row->action != CONFIG_HEADER_UNSET && !make_value(call, row, &value))
		return false;
	switch (row->action) {
	case CONFIG_HEADER_SET:
		take_away(f, name);
		return add(f, name, value);
	case CONFIG_HEADER_SET_IF_EMPTY:
		return find(f, name) || add(f, name, value);
	case CONFIG_HEADER_APPEND:
		return join(f, name, value, text_equal_nocase(name, TEXT("Vary")));
	case CONFIG_HEADER_MERGE:
		return join(f, name, value, true);
	case CONFIG_HEADER_ADD:
		return add(f, name, value);
	case CONFIG_HEADER_UNSET:
		take_away(f, name);
		return true;
	default:
		for (size_t i = 0; i < f->count; i++)
			if (is_meant(f, &f->all[i], name) &&
				!edit(call, row, value, &f->all[i].value))
				return false;
		return true;
	}
}

/* --- the request --- */

/* A copy, as the log shows what the client sent. */
bool handler_headers_replace(struct handler_call *call, struct http_field *fields, size_t count)
{
	struct http_request *copy = arena_take(call->arena, sizeof *copy);
	if (!copy)
		return false;
	*copy = *call->request;
	memset(copy->first, 0, sizeof copy->first);
	copy->repeated = 0;
	copy->fields = fields;
	copy->field_count = (unsigned)count;
	for (size_t i = 0; i < count; i++) {
		enum http_known known = http_request_known_named(fields[i].name);
		fields[i].known = (uint8_t)known;
		if (known == HTTP_OTHER)
			continue;
		if (copy->first[known])
			copy->repeated |= (uint64_t)1 << known;
		else
			copy->first[known] = (uint16_t)(i + 1);
	}
	if (call->errand)
		handler_forget_wishes(copy);
	call->request = copy;
	return true;
}

static bool take_fields(struct handler_call *call, const struct fields *f)
{
	struct http_field *all = arena_take(call->arena, (f->count + 1) * sizeof *all);
	if (!all)
		return false;
	for (size_t i = 0; i < f->count; i++)
		all[i] = (struct http_field){f->all[i].name, f->all[i].value, HTTP_OTHER};
	return handler_headers_replace(call, all, f->count);
}

/* Takes away what is not there: the answer is the same for all, and may be kept. */
static bool is_idle(const struct handler_call *call, const struct config_header_row *row)
{
	return row->action == CONFIG_HEADER_UNSET && !row->personal &&
	       !http_request_find(call->request, text_of(row->name), NULL);
}

/* The rows that say early, or the others. */
static int change_request(struct handler_call *call, const struct config_headers *h, bool early)
{
	struct fields f = {.arena = call->arena};
	size_t first = 0;
	while (first < h->request_count &&
		(h->request[first].early != early || is_idle(call, &h->request[first])))
		first++;
	if (first == h->request_count)
		return 0;
	for (unsigned i = 0; i < call->request->field_count; i++)
		if (!add(&f, call->request->fields[i].name, call->request->fields[i].value))
			return 500;
	for (size_t i = first; i < h->request_count; i++)
		if (h->request[i].early == early && !change_field(call, &f, &h->request[i]))
			return 500;
	call->personal = true;
	return take_fields(call, &f) ? 0 : 500;
}

int handler_request_headers_early(struct handler_call *call)
{
	return call->turns > 1 ? 0 : change_request(call, &call->host->dir.headers, true);
}

int handler_request_headers(struct handler_call *call)
{
	if (call->headed)
		return 0;
	call->headed = true; /* a request that goes elsewhere inside has them already */
	return change_request(call, &call->dir->headers, false);
}

/* --- the answer --- */

/* Those that say early are there before anything else is: what is found out later joins what they
 * made of the first table. */
static bool change_early(struct handler_call *call, struct fields *f)
{
	const struct config_headers *h = &call->host->dir.headers;
	for (size_t i = 0; i < h->row_count; i++) {
		const struct config_header_row *row = &h->rows[i];
		f->always = row->always;
		if (row->early && (row->always || !call->failed) && !change_field(call, f, row))
			return false;
	}
	return true;
}

static bool put_said(struct fields *f, struct text name, struct text value, bool always)
{
	f->always = always;
	if (always && find(f, name) && !text_equal_nocase(name, TEXT("Set-Cookie")))
		return join(f, name, value, false);
	return add(f, name, value);
}

/* The fields of the response, those that have members of their own first. */
static bool gather(struct handler_call *call, struct fields *f)
{
	struct http_response *r = call->response;
	char *date = arena_take(call->arena, HTTP_DATE_SIZE + 1);
	char *kept = arena_text(call->arena, buffer_view(&r->fields));
	char *type = arena_text(call->arena, r->type);
	struct text rest = text_from(kept, r->fields.size);
	if (!date || !kept || !type)
		return false;
	f->always = false;
	if (r->type.size && !add(f, owned[0], text_from(type, r->type.size)))
		return false;
	if (r->etag_size && !add(f, owned[1], text_from(r->etag, r->etag_size)))
		return false;
	if (r->modified != -1) {
		http_date_format(date, r->modified);
		if (!add(f, owned[2], text_from(date, HTTP_DATE_SIZE)))
			return false;
	}
	if (r->accept_ranges && !add(f, owned[3], TEXT("bytes")))
		return false;
	while (rest.size) {
		size_t at = (size_t)(rest.at - kept);
		struct text value = text_split(&rest, '\n'), name = text_split(&value, ':');
		bool said = at >= call->said_from && at < call->said_to;
		bool always = said || text_equal_nocase(name, TEXT("Set-Cookie"));
		if (value.at && !put_said(f, name, text_trim(text_split(&value, '\r')),
					always && !call->failed))
			return false;
	}
	return true;
}

static void put_back(struct http_response *r, const struct field *field)
{
	if (text_equal_nocase(field->name, owned[0]))
		r->type = field->value;
	else if (text_equal_nocase(field->name, owned[3]))
		buffer_printf(
			&r->fields, "%.*s: %.*s\r\n", TEXT_ARGS(owned[3]), TEXT_ARGS(field->value));
	else
		http_response_field(r, field->name, field->value);
}

/* And back. A tag or a time that was changed is not ours any more, and goes out as it is. */
static void give_back(struct handler_call *call, struct fields *f)
{
	struct http_response *r = call->response;
	time_t modified;
	const struct field *tag = find_any(f, owned[1]), *time = find_any(f, owned[2]);
	r->type = (struct text){NULL, 0};
	r->accept_ranges = false;
	if (!tag || tag->value.size >= HTTP_ETAG_SIZE) {
		r->etag_size = 0;
	} else if (tag->value.at != r->etag) {
		memcpy(r->etag, tag->value.at, tag->value.size);
		r->etag_size = tag->value.size;
	}
	if (!time)
		r->modified = -1;
	else if (http_date_parse(time->value, call->now, &modified))
		r->modified = modified;
	buffer_clear(&r->fields);
	for (int always = 1; always >= 0; always--)
		for (size_t i = 0; i < f->count; i++)
			if (f->all[i].always == always)
				put_back(r, &f->all[i]);
}

static bool change(struct handler_call *call)
{
	const struct config_headers *h = &call->dir->headers;
	struct fields f = {.arena = call->arena};
	if (!h->row_count && !call->host->dir.headers.row_count)
		return true;
	if (!change_early(call, &f) || !gather(call, &f))
		return false;
	for (int always = 1; always >= 0; always--) {
		f.always = always;
		for (size_t i = 0; i < h->row_count; i++)
			if (h->rows[i].always == always && !h->rows[i].early &&
				(always || !call->failed) && !change_field(call, &f, &h->rows[i]))
				return false;
	}
	give_back(call, &f);
	return true;
}

bool handler_headers_finish(struct handler_call *call)
{
	/* What a TRACE brings back is left as it is (RFC 9110 9.3.8). */
	if (call->request->method == HTTP_METHOD_TRACE && !call->failed)
		return true;
	/* As Apache: a redirect may be kept as well as what it leads to, an error may not. */
	return (call->response->status >= 400 || handler_expires(call)) && change(call);
}
