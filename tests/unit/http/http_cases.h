/*
 * http_cases - runs a raw request head through http_request, whole and cut at every byte
 *
 * Runs in:  unit tests
 * Owns:     what it allocates; every read sees a block of exactly its size, so that a sanitizer
 *           catches a look behind the end
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_CASES_H
#define HTTP_CASES_H

#include "http/http_request.h"
#include "support/support_run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define LIMITS ((struct http_limits){8190, 100, 8190, false})

struct raw_case {
	const char *raw;
	size_t size;
	int status;
	const char *summary; /* of a good head; NULL: not compared */
};

/* A good head and what it has to mean: "METHOD form path?query host 1.x keep|close body[+expect]".
 * What is absent is "-". */
#define GOOD(raw, summary)                                                                         \
	{                                                                                          \
		raw, sizeof(raw) - 1, 0, summary                                                   \
	}
#define BAD(status, raw)                                                                           \
	{                                                                                          \
		raw, sizeof(raw) - 1, status, NULL                                                 \
	}

static inline void append(char *to, size_t room, struct text t, const char *otherwise)
{
	size_t used = strlen(to);
	if (t.at)
		snprintf(to + used, room - used, "%.*s ", TEXT_ARGS(t));
	else
		snprintf(to + used, room - used, "%s ", otherwise);
}

static inline void summarize(const struct http_request *r, char *to, size_t room)
{
	static const char *const forms[] = {"origin", "absolute", "authority", "asterisk"};
	char body[32];
	*to = '\0';
	if (r->body == HTTP_FRAMING_NONE)
		snprintf(body, sizeof body, "none");
	else if (r->body == HTTP_FRAMING_CHUNKED)
		snprintf(body, sizeof body, "chunked");
	else
		snprintf(body, sizeof body, "%llu", (unsigned long long)r->content_length);
	append(to, room, r->method == HTTP_METHOD_UNKNOWN ? TEXT("?") : r->method_name, "");
	append(to, room, text_of(forms[r->form]), "");
	append(to, room, r->path, "-");
	if (r->query.at)
		append(to, room, r->query, "");
	append(to, room, r->authority, "-");
	size_t used = strlen(to);
	snprintf(to + used, room - used, "1.%u %s %s%s", r->minor, r->keep_alive ? "keep" : "close",
		body, r->expect_continue ? "+expect" : "");
}

/* One line that says all that came out of a read. */
static inline void describe(const struct http_request *r, int status, char *to, size_t room)
{
	*to = '\0';
	if (status) {
		snprintf(to, room, "%d %s", status, r->why ? r->why : "");
		return;
	}
	summarize(r, to, room);
	for (unsigned i = 0; i < r->field_count; i++) {
		size_t used = strlen(to);
		snprintf(to + used, room - used, "|%.*s=%.*s", TEXT_ARGS(r->fields[i].name),
			TEXT_ARGS(r->fields[i].value));
	}
	size_t used = strlen(to);
	snprintf(to + used, room - used, "|%zu", r->head_size);
}

/* Reads raw in steps: first `first` bytes, then `step` more each time. */
static inline int read_in_steps(struct http_request *r, const char *raw, size_t size, size_t first,
	size_t step, const struct http_limits *limits, char *told, size_t room)
{
	size_t now = first;
	for (;;) {
		char *block = malloc(now ? now : 1);
		if (!block)
			abort();
		memcpy(block, raw, now);
		int status = http_request_read(r, block, now, limits);
		if (status != HTTP_MORE || now == size) {
			describe(r, status, told, room);
			free(block);
			return status;
		}
		free(block);
		now = size - now < step ? size : now + step;
	}
}

enum { TOLD = 16384 };

static inline void check_raw(const struct raw_case *c, const struct http_limits *limits)
{
	static char whole[TOLD], told[TOLD];
	struct http_request r;
	http_request_init(&r);
	int status = read_in_steps(&r, c->raw, c->size, c->size, c->size, limits, whole, TOLD);
	ck_assert_msg(status == c->status, "%.60s: %d instead of %d (%s)", c->raw, status,
		c->status, whole);
	if (c->summary && status == 0) {
		size_t n = strlen(c->summary);
		bool starts = strncmp(whole, c->summary, n) == 0;
		bool ends = starts && (whole[n] == '|' || whole[n - 1] == '|');
		ck_assert_msg(ends, "%.60s: \"%s\" instead of \"%s\"", c->raw, whole, c->summary);
	}
	ck_assert_msg(status < 400 || r.why, "%.60s: refused without a reason", c->raw);
	ck_assert_msg(status < 400 || !r.keep_alive, "%.60s: refused and kept", c->raw);
	for (size_t cut = 0; cut < c->size && c->size <= 2000; cut++) {
		http_request_reset(&r);
		read_in_steps(&r, c->raw, c->size, cut, c->size, limits, told, TOLD);
		if (strcmp(whole, told) != 0)
			ck_abort_msg(
				"%.60s cut at %zu: \"%s\", not \"%s\"", c->raw, cut, told, whole);
	}
	if (c->size > 0 && c->size <= 20000) {
		http_request_reset(&r);
		read_in_steps(&r, c->raw, c->size, 1, 1, limits, told, TOLD);
		if (strcmp(whole, told) != 0)
			ck_abort_msg("%.60s by bytes: \"%s\", not \"%s\"", c->raw, told, whole);
	}
	http_request_free(&r);
}

static inline int run_suite(const char *name, void (*add)(TCase *))
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	tcase_set_timeout(tcase, 180);
	add(tcase);
	suite_add_tcase(suite, tcase);
	return support_run_suite(suite);
}

#endif
