/*
 * test_models - who accepts and who serves, seen from outside
 *
 * Runs in:  a test program, against a server of each process model
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_load.h"
#include "support/support_server.h"
#include "support/support_status.h"
#include "support/support_suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[SUPPORT_MODELS] = {
	"prefork", "prefork", "dispatch", "dispatch", "fork"};

START_TEST(says_what_it_is)
{
	struct support_server s;
	struct support_status st;
	support_server_start(&s, (enum support_model)_i, NULL);
	support_status_read(&st, s.port);
	ck_assert_str_eq(support_status_field(&st, "ProcessModel"), words[_i]);
	support_server_stop(&s);
}
END_TEST

/* The log names the process of each answer: how many different ones there are. */
static size_t count_processes(const struct support_server *s, size_t *lines)
{
	char *log = support_server_access_log(s), *rest = log;
	long seen[512];
	size_t count = 0;
	*lines = 0;
	for (char *line; (line = strsep(&rest, "\n"));) {
		if (strncmp(line, "pid ", 4) != 0)
			continue;
		long pid = atol(line + 4);
		size_t i = 0;
		(*lines)++;
		while (i < count && seen[i] != pid)
			i++;
		if (i == count && count < 512)
			seen[count++] = pid;
	}
	free(log);
	return count;
}

/* A line is written a moment after its answer. */
static bool has_lines(const struct support_server *s, size_t least)
{
	size_t lines;
	count_processes(s, &lines);
	return lines >= least;
}

/* A pool answers with the processes it has, model fork with a new one each time. */
START_TEST(serves_with_the_right_processes)
{
	enum { REQUESTS = 40 };
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	size_t lines;
	support_server_start(&s, (enum support_model)_i, "CustomLog logs/access.log \"pid %P\"\n");
	for (int i = 0; i < REQUESTS; i++) {
		support_server_expect(&s, "/f/1", 200);
	}
	support_server_quiet(&s);
	ck_assert(SUPPORT_UNTIL(has_lines(&s, REQUESTS), SUPPORT_PATIENCE));
	size_t count = support_server_workers(&s, workers);
	size_t processes = count_processes(&s, &lines);
	if (SUPPORT_HAS_POOL(s.model))
		ck_assert_uint_le(processes, count);
	else
		ck_assert_uint_eq(processes, lines);
	support_server_stop(&s);
}
END_TEST

/* Only where workers accept do they have the listeners, those of a classic pool have their way to
 * the keeper, and no worker has another's pipe: that is what the number of its sockets says. */
START_TEST(gives_children_what_they_need)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	support_server_start(&s, (enum support_model)_i, NULL);
	size_t count = support_server_workers(&s, workers);
	for (size_t i = 0; i < count; i++) {
		size_t sockets = 0;
		for (const char *at = support_fd_names(workers[i]); (at = strstr(at, "socket:"));
			at++)
			sockets++;
		size_t wanted = SUPPORT_PASSES(s.model) ? 1 : s.model == SUPPORT_CLASSIC ? 3 : 2;
		ck_assert_msg(
			sockets == wanted, "%zu sockets:%s", sockets, support_fd_names(workers[i]));
	}
	support_server_stop(&s);
}
END_TEST

/* Load of both kinds, and not one request fails. */
START_TEST(bears_load)
{
	struct support_server s;
	support_server_start(&s, (enum support_model)(_i / 2), "MaxKeepAliveRequests 7\n");
	struct support_load_options options = {.port = s.port,
		.connections = 12,
		.keep = _i % 2,
		.sizes = {1, 100, 1024, 16384, 16385, 131073}};
	struct support_load *l = support_load_start(&options);
	support_load_await(l, 1000);
	support_load_stop_clean(l);
	support_server_stop(&s);
}
END_TEST

/* More clients than places. */
START_TEST(lets_nobody_starve)
{
	struct support_server s;
	support_server_start(&s, (enum support_model)_i,
		"StartServers 2\nMaxRequestWorkers 2\nMinSpareServers 1\nMaxSpareServers 2\n"
		"MaxKeepAliveRequests 5\n");
	support_server_allow(&s, "reached MaxRequestWorkers");
	struct support_load_options options = {
		.port = s.port, .connections = 40, .keep = true, .sizes = {1024, 16385}};
	struct support_load *l = support_load_start(&options);
	support_load_await(l, 600);
	support_load_stop_clean(l);
	support_server_stop(&s);
}
END_TEST

/* Several addresses at once. */
START_TEST(listens_on_several)
{
	struct support_server s, other;
	char line[64];
	struct support_conn c;
	support_server_prepare(&other, SUPPORT_PREFORK, NULL); /* for its port */
	snprintf(line, sizeof line, "Listen 127.0.0.1:%u\n", other.port);
	support_server_start(&s, (enum support_model)_i, line);
	for (int i = 0; i < 20; i++) {
		support_get(&c, i % 2 ? s.port : other.port, "/hello.txt");
		ck_assert_int_eq(c.reply.status, 200);
		support_conn_close(&c);
	}
	support_server_stop(&s);
	support_server_finish(&other);
}
END_TEST

SUPPORT_SUITE_MAIN("models", {says_what_it_is, SUPPORT_MODELS},
	{serves_with_the_right_processes, SUPPORT_MODELS},
	{gives_children_what_they_need, SUPPORT_FORK}, {bears_load, 2 * SUPPORT_MODELS},
	{lets_nobody_starve, SUPPORT_MODELS}, {listens_on_several, SUPPORT_MODELS})
