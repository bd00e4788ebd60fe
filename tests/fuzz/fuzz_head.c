/*
 * fuzz_head - any bytes as a request head
 *
 * Runs in:  libFuzzer
 * Owns:     nothing that outlives an input
 * Errors:   abort() when a promise of http_request.h is broken
 *
 * The first byte chooses the limits and the place of the cut, the rest is the head.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_request.h"

#include "fuzz/fuzz.h"

#include <stdlib.h>

static const char *begin, *end;

static void inside(struct text t)
{
	MUST(!t.at || (t.at >= begin && t.at + t.size <= end));
}

/* What an accepted head promises, said without the help of the parser: lines that end in CRLF, each
 * "name:value", as many as there are fields. */
static void check_lines(const struct http_request *r)
{
	const char *at = r->line.at + r->line.size + 2;
	for (unsigned i = 0; i < r->field_count; i++) {
		const struct http_field *f = &r->fields[i];
		const char *cr = memchr(at, '\r', (size_t)(begin + r->head_size - at));
		MUST(cr && cr[1] == '\n');
		MUST(f->name.at == at && f->name.size && at[f->name.size] == ':');
		struct text value = text_trim(
			text_from(at + f->name.size + 1, (size_t)(cr - at) - f->name.size - 1));
		MUST(text_equal(value, f->value));
		MUST(!memchr(at, '\n', (size_t)(cr - at)) && !memchr(at, '\0', (size_t)(cr - at)));
		MUST(f->known == http_request_known_named(f->name));
		at = cr + 2;
	}
	MUST(at[0] == '\r' && at[1] == '\n' && at + 2 == begin + r->head_size);
}

static void check_good(const struct http_request *r, size_t size)
{
	MUST(r->head_size <= size && !r->why);
	begin = r->head.data;
	end = begin + r->head.size;
	inside(r->line);
	inside(r->method_name);
	inside(r->target);
	inside(r->path);
	inside(r->query);
	inside(r->authority);
	check_lines(r);
	MUST(r->minor == 0 || http_request_has(r, HTTP_HOST));
	MUST(!http_request_repeated(r, HTTP_HOST));
	MUST(!http_request_has(r, HTTP_TRANSFER_ENCODING) ||
		(r->body == HTTP_FRAMING_CHUNKED && r->minor > 0 &&
			!http_request_has(r, HTTP_CONTENT_LENGTH)));
	MUST(http_request_has(r, HTTP_CONTENT_LENGTH) == (r->body == HTTP_FRAMING_LENGTH));
	MUST(!r->path.size || r->path.at[0] == '/');
	size_t elements = 0;
	for (unsigned k = 0; k < HTTP_KNOWN_COUNT; k++) {
		struct http_list l = http_list(r, (enum http_known)k);
		for (struct text e; http_list_next(&l, &e); elements++) {
			inside(e);
			MUST(e.size);
		}
	}
	MUST(elements <= size);
}

static void same(
	const struct http_request *a, int a_status, const struct http_request *b, int b_status)
{
	MUST(a_status == b_status && a->why == b->why && a->keep_alive == b->keep_alive);
	MUST(a->method == b->method && a->form == b->form && a->body == b->body);
	MUST(a->content_length == b->content_length && a->minor == b->minor);
	MUST(a_status || a->head_size == b->head_size);
	MUST(a->field_count == b->field_count && a->repeated == b->repeated);
	MUST(memcmp(a->first, b->first, sizeof a->first) == 0);
}

/* The head in two reads, the second at another address. */
static int read_cut(struct http_request *r, const char *data, size_t size, size_t cut,
	const struct http_limits *limits)
{
	char *first = malloc(cut + 1);
	MUST(first);
	memcpy(first, data, cut);
	int status = http_request_read(r, first, cut, limits);
	free(first);
	return status == HTTP_MORE ? http_request_read(r, data, size, limits) : status;
}

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
	static const struct http_limits limits[] = {
		{8190, 100, 8190, false}, {40, 4, 30, true}, {100, 0, 60, false}};
	struct http_request whole, cut;
	if (size < 1)
		return 0;
	const struct http_limits *l = &limits[input[0] % 3];
	size_t at = input[0] / 3;
	char *data = malloc(size);
	MUST(data);
	memcpy(data, input + 1, size - 1);
	size--;

	http_request_init(&whole);
	int status = http_request_read(&whole, data, size, l);
	MUST(status == 0 || status == HTTP_MORE || (status >= 400 && status < 600));
	if (status == 0)
		check_good(&whole, size);
	else if (status >= 400)
		MUST(whole.why && !whole.keep_alive);

	http_request_init(&cut);
	same(&whole, status, &cut, read_cut(&cut, data, size, at < size ? at : size / 2, l));
	if (status == 0) {
		/* The same once more is known; with a byte changed it is another one. */
		http_request_reset(&whole);
		same(&whole, http_request_read(&whole, data, size, l), &cut, 0);
		check_good(&whole, size);
		http_request_reset(&whole);
		data[at % size] ^= 1;
		http_request_free(&cut);
		int fresh = http_request_read(&cut, data, size, l);
		same(&whole, http_request_read(&whole, data, size, l), &cut, fresh);
	}
	http_request_free(&whole);
	http_request_free(&cut);
	free(data);
	return 0;
}
