/*
 * test_cache - files that change under a running server: seen within two seconds, never mixed
 *
 * Runs in:  a test program, against a server of each process model with a pool, all at once
 * Owns:     its servers
 * Errors:   exit status
 *
 * Every answer on the way has to be one of the versions there were, whole: the body belongs to the
 * length, the tag and the date that came with it. After two seconds and what a busy machine needs
 * only the last version may come.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_suite.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct support_server servers[SUPPORT_FORK];

/* What a change makes of a file, and what is to come of it: a status, or the bytes of a seed. */
struct version {
	int status;
	size_t size;
	unsigned seed;
};

static const struct version first = {200, 1000, 1};

static bool is_version(const struct support_reply *r, const struct version *v)
{
	return r->status == v->status &&
	       (v->status != 200 ||
		       (r->body_size == v->size && support_site_is(r->body, v->size, 0, v->seed)));
}

static void ask(const struct support_server *s, struct support_conn *c)
{
	support_get(c, s->port, "/changes.txt");
}

/* In every worker's cache, surely. */
static void warm_up(const struct support_server *s)
{
	struct support_conn c;
	for (int i = 0; i < 20; i++) {
		ask(s, &c);
		ck_assert(is_version(&c.reply, &first));
		support_conn_close(&c);
	}
}

/* Who asks when `due` is over gets nothing old any more, however late the answer comes. */
static bool shows_only(const struct support_server *s, const struct version *old,
	const struct version *fresh, double due)
{
	struct support_conn c;
	bool all = true;
	for (int i = 0; i < 10; i++) {
		bool is_due = support_now() > due;
		ask(s, &c);
		bool is_fresh = is_version(&c.reply, fresh);
		ck_assert_msg(is_fresh || is_version(&c.reply, old),
			"%s: neither the old file nor the new: %s, %zu bytes",
			support_model_names[s->model], c.reply.line, c.reply.body_size);
		ck_assert_msg(is_fresh || !is_due, "%s: the old file is still sent",
			support_model_names[s->model]);
		all = all && is_fresh;
		support_conn_close(&c);
	}
	return all;
}

static void write_anew(const char *root)
{
	char path[PATH_MAX], bytes[700];
	strcpy(path, support_site_path(root, "changes.txt"));
	support_site_fill(bytes, sizeof bytes, 0, 2);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	/* Another size and other bytes at once would be two steps: the file is replaced below. Here
	 * it is cut to nothing first, as an editor does it. */
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(write(fd, bytes, sizeof bytes), sizeof bytes);
	close(fd);
}

static void replace(const char *root)
{
	char from[PATH_MAX], to[PATH_MAX];
	support_site_pattern(root, "changes.new", 1000, 3); /* the same size, the same time */
	strcpy(from, support_site_path(root, "changes.new"));
	strcpy(to, support_site_path(root, "changes.txt"));
	ck_assert_int_eq(rename(from, to), 0);
}

static void cut_short(const char *root)
{
	ck_assert_int_eq(truncate(support_site_path(root, "changes.txt"), 500), 0);
}

static void take_away(const char *root)
{
	ck_assert_int_eq(unlink(support_site_path(root, "changes.txt")), 0);
}

static void forbid(const char *root)
{
	ck_assert_int_eq(chmod(support_site_path(root, "changes.txt"), 0), 0);
}

static void make_directory(const char *root)
{
	take_away(root);
	ck_assert_int_eq(mkdir(support_site_path(root, "changes.txt"), 0755), 0);
	ck_assert_int_eq(chmod(support_site_path(root, "changes.txt"), 0755), 0);
}

static const struct {
	void (*change)(const char *root);
	struct version fresh;
} changes[] = {
	{replace, {200, 1000, 3}},
	{cut_short, {200, 500, 1}},
	{take_away, {404, 0, 0}},
	{forbid, {403, 0, 0}},
	{make_directory, {301, 0, 0}},
};

static void start(const char *more)
{
	for (int m = 0; m < SUPPORT_FORK; m++) {
		support_server_prepare(&servers[m], (enum support_model)m, more);
		support_site_pattern(servers[m].root, "changes.txt", first.size, first.seed);
		support_server_launch(&servers[m]);
		warm_up(&servers[m]);
	}
}

static void stop(void)
{
	for (int m = 0; m < SUPPORT_FORK; m++)
		support_server_stop(&servers[m]);
}

/* In seconds. */
static const double promise = 2.0;

START_TEST(changes_are_seen)
{
	start(NULL);
	const struct version *fresh = &changes[_i].fresh;
	for (int m = 0; m < SUPPORT_FORK; m++)
		changes[_i].change(servers[m].root);
	double due = support_now() + promise;
	for (int m = 0; m < SUPPORT_FORK; m++) {
		ck_assert(SUPPORT_UNTIL(
			shows_only(&servers[m], &first, fresh, due), SUPPORT_PATIENCE));
		ck_assert(shows_only(&servers[m], fresh, fresh, due));
	}
	stop();
}
END_TEST

/* Written over in place: in the middle of it what is there is sent, but never with the head of
 * another version, and in the end the new one. */
START_TEST(rewriting_is_seen)
{
	static const struct version fresh = {200, 700, 2};
	struct support_conn c;
	start(NULL);
	for (int m = 0; m < SUPPORT_FORK; m++)
		write_anew(servers[m].root);
	double due = support_now() + promise;
	for (int m = 0; m < SUPPORT_FORK; m++) {
		for (;;) {
			bool is_due = support_now() > due;
			ask(&servers[m], &c);
			bool is_fresh = is_version(&c.reply, &fresh);
			ck_assert_msg(is_fresh || is_version(&c.reply, &first), "%s: %zu bytes",
				support_model_names[m], c.reply.body_size);
			support_conn_close(&c);
			if (is_fresh)
				break;
			ck_assert_msg(
				!is_due, "%s: the old file is still sent", support_model_names[m]);
			support_pause();
		}
	}
	stop();
}
END_TEST

/* A file that is replaced again and again while it is asked for: each answer is one version, whole,
 * and its tag is that version's. */
START_TEST(versions_never_mix)
{
	enum { VERSIONS = 60 };
	static char tags[VERSIONS][64];
	struct support_server *s = &servers[0];
	struct support_conn c;
	char from[PATH_MAX], to[PATH_MAX];
	support_server_prepare(s, (enum support_model)_i, NULL);
	support_site_pattern(s->root, "changes.txt", 2000, 0);
	support_server_launch(s);
	strcpy(from, support_site_path(s->root, "changes.new"));
	strcpy(to, support_site_path(s->root, "changes.txt"));
	unsigned seen = 0;
	for (unsigned n = 1; n < VERSIONS; n++) {
		support_site_pattern(s->root, "changes.new", 2000 + n % 7 * 3000, n);
		ck_assert_int_eq(rename(from, to), 0);
		for (int i = 0; i < 5; i++) {
			ask(s, &c);
			ck_assert_int_eq(c.reply.status, 200);
			unsigned v = seen;
			while (v <= n && !support_site_is(c.reply.body, c.reply.body_size, 0, v))
				v++;
			ck_assert_msg(v <= n && c.reply.body_size == 2000 + v % 7 * 3000,
				"an answer of %zu bytes is no version", c.reply.body_size);
			const char *tag = support_reply_field(&c.reply, "ETag");
			ck_assert_msg(!*tags[v] || strcmp(tags[v], tag) == 0,
				"version %u has the tags %s and %s", v, tags[v], tag);
			snprintf(tags[v], sizeof tags[v], "%s", tag);
			support_conn_close(&c);
		}
	}
	support_server_stop(s);
}
END_TEST

/* Asks until the answer has this version. */
static bool has_become(struct support_server *s, const struct version *v)
{
	struct support_conn c;
	ask(s, &c);
	bool is = is_version(&c.reply, v);
	support_conn_close(&c);
	return is;
}

/* What comes into being where a 404 was, which is believed to the end of its second. */
START_TEST(new_files_are_seen_soon)
{
	struct support_server *s = &servers[0];
	struct support_conn c;
	support_server_start(s, (enum support_model)_i, NULL);
	for (int i = 0; i < 3; i++) {
		ask(s, &c);
		ck_assert_int_eq(c.reply.status, 404);
		support_conn_close(&c);
	}
	support_site_pattern(s->root, "changes.txt", first.size, first.seed);
	ck_assert(SUPPORT_UNTIL(has_become(s, &first), promise));
	support_server_stop(s);
}
END_TEST

/* More files than the cache holds, and a cache of nothing. */
START_TEST(small_caches_work)
{
	static const char *const lines[] = {"FileCacheSize 0\n", "FileCacheSize 64K\n"};
	struct support_server *s = &servers[0];
	struct support_conn c;
	char path[32];
	support_server_prepare(s, (enum support_model)(_i / 2), lines[_i % 2]);
	for (unsigned i = 0; i < 40; i++) {
		snprintf(path, sizeof path, "many/%u", i);
		support_site_pattern(s->root, path, 3000, i);
	}
	support_server_launch(s);
	for (unsigned n = 0; n < 200; n++) {
		unsigned i = n * 7 % 40;
		snprintf(path, sizeof path, "/many/%u", i);
		support_get(&c, s->port, path);
		ck_assert_int_eq(c.reply.status, 200);
		ck_assert_uint_eq(c.reply.body_size, 3000);
		ck_assert(support_site_is(c.reply.body, 3000, 0, i));
		support_conn_close(&c);
	}
	support_server_stop(s);
}
END_TEST

#define CHANGES (int)(sizeof changes / sizeof *changes)

SUPPORT_SUITE_MAIN("cache", {changes_are_seen, CHANGES}, {rewriting_is_seen, 1},
	{versions_never_mix, SUPPORT_MODELS}, {new_files_are_seen_soon, SUPPORT_MODELS},
	{small_caches_work, 2 * SUPPORT_FORK})
