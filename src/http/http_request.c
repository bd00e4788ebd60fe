/*
 * http_request - one request: read strictly, understood, looked at
 *
 * Runs in:  every process that answers requests
 * Owns:     the copy of each request's head, the array of its fields, and the table of field names
 * Errors:   the status to refuse with, 500 when there is no memory for the fields
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_request.h"

#include "base/assert.h"
#include "http/http_meaning.h"

#include <stdlib.h>
#include <string.h>

static const struct text methods[] = {
#define HTTP_METHOD(symbol, name) TEXT(name),
#include "http/http_methods.def"
#undef HTTP_METHOD
};

static const struct text knowns[] = {
#define HTTP_FIELD(symbol, name) TEXT(name),
#include "http/http_fields.def"
#undef HTTP_FIELD
};

_Static_assert(HTTP_KNOWN_COUNT <= 64, "http_request.repeated has 64 bits");

/* Known names by the hash of their size and ends; 0 = free, else 1 + enum http_known. */
enum { SLOTS = 128 };
static uint8_t slots[SLOTS];

static unsigned slot_of(struct text name)
{
	unsigned first = (unsigned char)name.at[0] | 0x20u;
	unsigned last = (unsigned char)name.at[name.size - 1] | 0x20u;
	return ((unsigned)name.size * 7 + first * 5 + last * 11) % SLOTS;
}

static void fill_slots(void)
{
	for (unsigned k = 0; k < HTTP_KNOWN_COUNT; k++) {
		unsigned slot = slot_of(knowns[k]);
		while (slots[slot])
			slot = (slot + 1) % SLOTS;
		slots[slot] = (uint8_t)(k + 1);
	}
}

/* Known names hold letters and '-' only; the case bit may differ where the known byte is a letter,
 * which has 0x40 set. */
static bool same_name(struct text name, struct text known)
{
	if (name.size != known.size)
		return false;
	unsigned differ = 0;
	for (size_t i = 0; i < name.size; i++) {
		unsigned k = (unsigned char)known.at[i];
		differ |= ((unsigned char)name.at[i] ^ k) & ~((k & 0x40) >> 1);
	}
	return differ == 0;
}

enum http_known http_request_known_named(struct text name)
{
	if (!name.size)
		return HTTP_OTHER;
	for (unsigned slot = slot_of(name); slots[slot]; slot = (slot + 1) % SLOTS)
		if (same_name(name, knowns[slots[slot] - 1]))
			return (enum http_known)(slots[slot] - 1);
	return HTTP_OTHER;
}

struct text http_request_known(enum http_known known)
{
	return known < HTTP_KNOWN_COUNT ? knowns[known] : TEXT("");
}

enum http_method_id http_request_method_named(struct text name)
{
	for (unsigned m = 0; m < HTTP_METHOD_COUNT; m++)
		if (text_equal(methods[m], name))
			return (enum http_method_id)m;
	return HTTP_METHOD_UNKNOWN;
}

struct text http_request_method(enum http_method_id method)
{
	return method < HTTP_METHOD_COUNT ? methods[method] : TEXT("-");
}

void http_request_init(struct http_request *r)
{
	if (!slots[slot_of(knowns[0])])
		fill_slots();
	*r = (struct http_request){.method = HTTP_METHOD_UNKNOWN, .minor = 1};
}

/* All but the memory. */
static void forget(struct http_request *r)
{
	struct buffer head = r->head;
	struct http_field *fields = r->fields;
	unsigned room = r->field_room;
	http_request_init(r);
	r->head = head;
	r->fields = fields;
	r->field_room = room;
}

void http_request_reset(struct http_request *r)
{
	enum { KEPT_MOST = 16 * 1024 };
	if (r->head.room > KEPT_MOST)
		http_request_free(r);
	/* Of one that was refused later on, for its body, the reason is not the next one's. */
	r->past = r->understood && !r->why;
	if (!r->past)
		forget(r);
}

void http_request_free(struct http_request *r)
{
	free(r->fields);
	buffer_free(&r->head);
	http_request_init(r);
}

/* Room for the fields the scan has counted. */
static bool make_room(struct http_request *r)
{
	enum { STEP = 32 };
	if (r->scan.field_count <= r->field_room)
		return true;
	unsigned room = (r->scan.field_count + STEP - 1u) / STEP * STEP;
	struct http_field *fields = realloc(r->fields, room * sizeof *fields);
	if (!fields)
		return false;
	r->fields = fields;
	r->field_room = room;
	return true;
}

static void note_known(struct http_request *r)
{
	for (unsigned i = 0; i < r->field_count; i++) {
		enum http_known known = http_request_known_named(r->fields[i].name);
		r->fields[i].known = (uint8_t)known;
		if (known == HTTP_OTHER)
			continue;
		if (r->first[known])
			r->repeated |= UINT64_C(1) << known;
		else
			r->first[known] = (uint16_t)(i + 1);
	}
}

/* What there is of the request line, for the log of a refusal. */
static struct text line_so_far(const struct http_scan *s, const char *data, size_t size)
{
	if (s->line_end)
		return text_from(data + s->line, s->line_end - s->line);
	size_t most = size - s->line < 1024 ? size - s->line : 1024, n = 0;
	while (n < most && data[s->line + n] != '\r' && data[s->line + n] != '\n')
		n++;
	return text_from(data + s->line, n);
}

/* The head is whole: what does it say? */
static int understand(struct http_request *r, const char *data, bool secure)
{
	const struct http_scan *s = &r->scan;
	struct http_parse parsed;
	r->head_size = s->at;
	r->minor = s->minor;
	r->method_name = text_from(data + s->line, s->method_end - s->line);
	r->method = http_request_method_named(r->method_name);
	if (!make_room(r)) {
		r->why = "out of memory";
		return 500;
	}
	int status = http_parse(r, data, &parsed);
	if (status)
		return status;
	note_known(r);
	status = http_meaning_target(r, data, secure);
	return status ? status : http_meaning_framing(r, &parsed);
}

/* The same head as before, and so the same request. */
static bool comes_again(const struct http_request *r, const char *data, size_t size)
{
	return size >= r->head_size && memcmp(data, r->head.data, r->head_size) == 0;
}

/* Takes what is to be known of it from the caller's bytes: all of a whole head, and of one that was
 * refused the line. */
static bool take_bytes(struct http_request *r, const char *data, size_t size, bool whole)
{
	struct text line = line_so_far(&r->scan, data, size);
	size_t end = whole ? r->scan.at : (size_t)(line.at + line.size - data);
	buffer_clear(&r->head);
	char *own = buffer_reserve(&r->head, end + 1); /* nothing has a place, too */
	if (!own)
		return false;
	memcpy(own, data, end);
	buffer_grew(&r->head, end);
	r->line = text_from(own + (line.at - data), line.size);
	return true;
}

int http_request_read(
	struct http_request *r, const char *data, size_t size, const struct http_limits *limits)
{
	if (r->past) {
		r->past = false;
		if (comes_again(r, data, size))
			return 0;
		forget(r);
	}
	int status = http_scan(&r->scan, data, size, limits);
	if (status == HTTP_MORE)
		return HTTP_MORE;
	r->why = r->scan.why;
	if (!take_bytes(r, data, size, status == 0)) {
		r->why = "out of memory";
		status = 500;
	}
	if (status == 0)
		status = understand(r, r->head.data, limits->secure);
	r->understood = status == 0;
	r->keep_alive &= r->understood;
	return status;
}

const struct http_field *http_request_find(
	const struct http_request *r, struct text name, const struct http_field *after)
{
	for (unsigned i = after ? (unsigned)(after - r->fields) + 1 : 0; i < r->field_count; i++)
		if (text_equal_nocase(r->fields[i].name, name))
			return &r->fields[i];
	return NULL;
}
