/*
 * test_conformance - the table of RFC 9110 and RFC 9112, sentence by sentence
 *
 * Runs in:  a test program, against workers with many connections and with one
 * Owns:     one server at a time, for all cases of a group
 * Errors:   exit status; a case that fails is named with its number
 *
 * Usage:    test_conformance [PART]   only cases whose section or sentence holds PART
 *
 * After each case the next request, on a new connection, is answered; where a case leaves its
 * connection open, a request on that one is too, so that client and server agree where they are.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/conformance.h"
#include "support/support_server.h"
#include "support/support_suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

static struct support_server server;
static const struct conformance_group *group;
static enum support_model model;
static char etag[64];
static const char *part = "";

/* ---- bytes ---- */

struct bytes {
	char *at;
	size_t size, room;
};

static void add(struct bytes *b, const void *from, size_t size)
{
	if (b->room - b->size <= size) {
		b->room = 2 * (b->room + size) + 1;
		b->at = realloc(b->at, b->room);
	}
	ck_assert_ptr_nonnull(b->at);
	memcpy(b->at + b->size, from, size);
	b->size += size;
	b->at[b->size] = '\0';
}

/* What TIMES and ETAG stand for; the caller frees it. */
static struct bytes expand(const char *from, size_t size)
{
	struct bytes b = {NULL, 0, 0};
	add(&b, "", 0);
	for (size_t i = 0; i < size; i++) {
		if (from[i] == *ETAG) {
			add(&b, etag, strlen(etag));
		} else if (from[i] == '\002') {
			char *text;
			unsigned long n = strtoul(from + i + 1, &text, 10);
			const char *end = memchr(text, '\003', size);
			for (; n > 0; n--)
				add(&b, text + 1, (size_t)(end - text) - 1);
			i = (size_t)(end - from);
		} else {
			add(&b, from + i, 1);
		}
	}
	return b;
}

/* ---- what a reply says ---- */

static const struct conformance_case *now;

#define HOLDS(condition, ...)                                                                      \
	do {                                                                                       \
		char holds_text[1024];                                                             \
		snprintf(holds_text, sizeof holds_text, __VA_ARGS__);                              \
		ck_assert_msg(                                                                     \
			(condition), "%s (RFC %s): %s", now->sentence, now->section, holds_text);  \
	} while (0)

static void check_body(const struct support_reply *r, const char *wanted, bool whole)
{
	bool good =
		whole ? strlen(wanted) == r->body_size && memcmp(r->body, wanted, r->body_size) == 0
		      : memmem(r->body, r->body_size, wanted, strlen(wanted)) != NULL;
	HOLDS(good, "the body is \"%.600s\"", r->body);
}

static void check_field(const struct support_reply *r, const char *say)
{
	char name[64];
	size_t size = strcspn(say, ": ~");
	snprintf(name, sizeof name, "%.*s", (int)size, say);
	const char *value = support_reply_field(r, name);
	HOLDS(value, "no %s in\n%s", name, r->text);
	if (say[size] == ':')
		HOLDS(strcmp(value, say + size + 2) == 0, "%s: %s", name, value);
	else if (say[size])
		HOLDS(strstr(value, say + size + 3), "%s: %s", name, value);
}

static bool is_date(const char *name)
{
	return strcasecmp(name, "Date") == 0;
}

/* The same request with GET gets the same fields, in the same order. */
static void check_as_get(const struct support_reply *head, const struct bytes *request)
{
	struct support_conn c;
	char *get = strdup(request->at);
	ck_assert(get && strncmp(get, "HEAD ", 5) == 0);
	support_conn_open(&c, server.port);
	support_conn_print(&c, "GET %s", get + 5);
	ck_assert(support_conn_read(&c, "GET"));
	HOLDS(c.reply.status == head->status && c.reply.field_count == head->field_count,
		"GET has\n%s, HEAD\n%s", c.reply.text, head->text);
	for (size_t i = 0; i < head->field_count; i++)
		HOLDS(strcmp(head->field[i].name, c.reply.field[i].name) == 0 &&
				(is_date(head->field[i].name) ||
					strcmp(head->field[i].value, c.reply.field[i].value) == 0),
			"%s: %s with HEAD, %s: %s with GET", head->field[i].name,
			head->field[i].value, c.reply.field[i].name, c.reply.field[i].value);
	support_conn_close(&c);
	free(get);
}

static void check_say(const struct support_reply *r, const char *say, const struct bytes *request)
{
	if (*say == '!')
		HOLDS(!support_reply_field(r, say + 1), "%s: %s", say + 1,
			support_reply_field(r, say + 1));
	else if (strncmp(say, "body: ", 6) == 0)
		check_body(r, say + 6, true);
	else if (strncmp(say, "body ~ ", 7) == 0)
		check_body(r, say + 7, false);
	else if (strcmp(say, "as GET") == 0)
		check_as_get(r, request);
	else
		check_field(r, say);
}

/* What every answer owes (RFC 9110 6.6.1, 8.6, 15.5.6; RFC 9112 6.3). */
static void check_always(const struct support_reply *r)
{
	HOLDS(support_reply_field(r, "Date"), "no Date in\n%s", r->text);
	HOLDS(support_reply_field(r, "Server"), "no Server in\n%s", r->text);
	const char *length = support_reply_field(r, "Content-Length");
	bool bare = r->status == 304 || r->status == 204;
	HOLDS(!length == bare, "%s Content-Length in\n%s", bare ? "a" : "no", r->text);
	HOLDS((r->status == 405) <= (support_reply_field(r, "Allow") != NULL), "405 without Allow");
}

static void check_reply(const struct support_reply *r, const struct conformance_reply *wanted,
	const struct bytes *request)
{
	HOLDS(r->status == wanted->status, "%s instead of %d\n%.400s", r->line, wanted->status,
		r->body);
	if (r->status >= 200)
		check_always(r);
	for (size_t i = 0; i < CONFORMANCE_SAYS && wanted->says[i]; i++) {
		struct bytes say = expand(wanted->says[i], strlen(wanted->says[i]));
		check_say(r, say.at, request);
		free(say.at);
	}
}

/* ---- one case ---- */

static void check_end(struct support_conn *c, size_t replies)
{
	static const char *const ends[] = {"closed", "reset", "given more bytes", "left open"};
	if (now->end == OPEN) {
		HOLDS(!support_reply_closes(&c->reply), "it says Connection: close");
		support_conn_print(c, "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n");
		HOLDS(support_conn_read(c, "GET") && c->reply.status == 200, "the next request: %s",
			c->reply.line);
		return;
	}
	if (now->end == CLOSED && replies)
		HOLDS(support_reply_closes(&c->reply), "it does not say Connection: close");
	enum support_end end = support_conn_end(c, SUPPORT_PATIENCE);
	HOLDS(end == SUPPORT_CLOSED, "the connection was %s: \"%.*s\"", ends[end],
		(int)(c->size < 300 ? c->size : 300), c->size ? c->in : "");
}

static void check_case(void)
{
	struct support_conn c;
	size_t i = 0;
	if (!strstr(now->section, part) && !strstr(now->sentence, part))
		return;
	struct bytes bytes = expand(now->bytes, now->size);
	support_conn_open(&c, server.port);
	support_conn_send(&c, bytes.at, bytes.size);
	if (now->end == SHUT)
		support_conn_half_close(&c);
	for (; i < CONFORMANCE_REPLIES && now->replies[i].status; i++) {
		const struct conformance_reply *wanted = &now->replies[i];
		HOLDS(support_conn_read(&c, wanted->head ? "HEAD" : "GET"),
			"the connection ended before answer %zu", i + 1);
		check_reply(&c.reply, wanted, &bytes);
		if (i == 0 && now->later) {
			struct bytes later = expand(now->later, now->later_size);
			support_conn_send(&c, later.at, later.size);
			free(later.at);
		}
	}
	check_end(&c, i);
	support_conn_close(&c);
	support_get(&c, server.port, "/hello.txt");
	HOLDS(c.reply.status == 200, "a new connection: %s", c.reply.line);
	support_conn_close(&c);
	free(bytes.at);
}

/* A process for each case would cost more than the cases do. */
enum { BATCH = 24 };

START_TEST(holds)
{
	size_t first = (size_t)_i * BATCH;
	for (size_t i = first; i < group->count && i < first + BATCH; i++) {
		now = &group->cases[i];
		check_case();
	}
}
END_TEST

/* ---- the server ---- */

/* Each holds its own name. */
static void write_variants(void)
{
	static const char *const names[] = {"page.html.en", "page.html.de", "page.html.pt-br",
		"kind.html", "kind.txt", "pack.txt", "pack.txt.gz"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		support_site_write(server.root, names[i], names[i], strlen(names[i]));
}

/* A file whose time the next change may not move. */
static void write_future(void)
{
	struct timespec times[2];
	clock_gettime(CLOCK_REALTIME, &times[0]);
	times[0].tv_sec += 3600;
	times[1] = times[0];
	support_site_write(server.root, "future.txt", "future", 6);
	ck_assert_int_eq(
		utimensat(AT_FDCWD, support_site_path(server.root, "future.txt"), times, 0), 0);
}

static void start(void)
{
	struct support_conn c;
	support_server_prepare(&server, model, group->configuration);
	support_site_write(server.root, "dir/index.html", "<p>dir", 6);
	support_site_write(server.root, "none/index.html", "<p>none", 7);
	support_site_write(server.root, "sp ace.txt", "space", 5);
	support_site_write(server.root, "gr\xc3\xbc\xc3\x9f.txt", "UTF-8", 5);
	support_site_write(server.root, "100%.txt", "percent", 7);
	support_site_write(server.root, "unknown.type", "what", 4);
	support_site_write(server.root, "alphabet.txt", "abcdefghijklmnopqrstuvwxyz", 26);
	write_variants();
	write_future();
	support_server_launch(&server);
	support_get(&c, server.port, "/hello.txt");
	snprintf(etag, sizeof etag, "%s", support_reply_field(&c.reply, "ETag"));
	support_conn_close(&c);
}

static void stop(void)
{
	support_server_stop(&server);
}

static void add_group(SRunner *runner)
{
	static char name[64]; /* check keeps the pointer */
	snprintf(name, sizeof name, "conformance, %s, %s", group->name, support_model_names[model]);
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	tcase_set_timeout(tcase, SUPPORT_SUITE_TIMEOUT);
	tcase_add_unchecked_fixture(tcase, start, stop);
	tcase_add_loop_test(tcase, holds, 0, (int)((group->count + BATCH - 1) / BATCH));
	suite_add_tcase(suite, tcase);
	srunner_add_suite(runner, suite);
}

int main(int count, char **words)
{
	static const enum support_model models[] = {SUPPORT_PREFORK, SUPPORT_CLASSIC};
	int failed = 0;
	if (count > 1)
		part = words[1];
	for (size_t i = 0; i < CONFORMANCE_GROUPS * sizeof models / sizeof *models; i++) {
		SRunner *runner = srunner_create(NULL);
		group = &conformance_groups[i / 2];
		model = models[i % 2];
		add_group(runner);
		srunner_run_all(runner, CK_NORMAL);
		failed += srunner_ntests_failed(runner);
		srunner_free(runner);
	}
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
