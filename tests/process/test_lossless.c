/*
 * test_lossless - restarts, upgrades and pools that change their size, again and again under load:
 *                 not one request fails, not one connection is reset
 *
 * Runs in:  a test program, against a server of each process model under load
 * Owns:     its server and the loads
 * Errors:   exit status
 *
 * TEST_LOSSLESS=1 in the environment runs the long form: 200 restarts, 50 upgrades, 200 sizes for
 * each process model, and says how many requests that were.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_load.h"
#include "support/support_server.h"
#include "support/support_status.h"
#include "support/support_suite.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_long(void)
{
	return getenv("TEST_LOSSLESS") != NULL;
}

static struct support_load_pair start_loads(const struct support_server *s)
{
	struct support_load_pair l = support_load_pair_start(s);
	support_load_pair_await(&l, 20);
	return l;
}

static void stop_loads(const struct support_load_pair *l, const char *what, int times, int model)
{
	if (is_long())
		fprintf(stderr,
			"%s, %s: %d times, %lu requests on kept connections, %lu on new "
			"ones, %lu failed\n",
			support_model_names[model], what, times, atomic_load(&l->kept->good),
			atomic_load(&l->fresh->good),
			atomic_load(&l->kept->failed) + atomic_load(&l->fresh->failed));
	support_load_pair_stop_clean(l);
}

static bool has_generation(const struct support_server *s, unsigned generation)
{
	struct support_status st;
	support_status_read(&st, s->port);
	return st.generation >= generation;
}

static void await_generation(const struct support_server *s, unsigned n)
{
	ck_assert_msg(
		SUPPORT_UNTIL(has_generation(s, n), 2 * SUPPORT_PATIENCE), "no generation %u", n);
}

START_TEST(restarts)
{
	int times = is_long() ? 200 : 6;
	struct support_server s;
	support_server_start(&s, (enum support_model)_i, "MaxKeepAliveRequests 0\n");
	struct support_load_pair l = start_loads(&s);
	for (int n = 1; n <= times; n++) {
		kill(s.pid, SIGUSR1);
		await_generation(&s, (unsigned)n);
		support_load_await(l.kept, (unsigned long)(n % 7));
		support_load_await(l.fresh, (unsigned long)(n % 5));
	}
	stop_loads(&l, "graceful restarts", times, _i);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* ---- sizes ---- */

/* What the pool is to be next: more, fewer, one connection each, many, other queues. */
static const char *const pools[] = {
	"StartServers 4\nMinSpareServers 4\nMaxSpareServers 4\nMaxRequestWorkers 4\n"
	"WorkerConnections 64\n",
	"StartServers 1\nMinSpareServers 1\nMaxSpareServers 1\nMaxRequestWorkers 1\n"
	"WorkerConnections 256\nListenBacklog 64\n",
	"StartServers 3\nMinSpareServers 2\nMaxSpareServers 8\nMaxRequestWorkers 40\n"
	"WorkerConnections 1\n",
	"StartServers 2\nMinSpareServers 1\nMaxSpareServers 3\nMaxRequestWorkers 20\n"
	"WorkerConnections 64\n",
	"StartServers 6\nMinSpareServers 6\nMaxSpareServers 6\nMaxRequestWorkers 6\n"
	"WorkerConnections 32\n",
	"StartServers 12\nMinSpareServers 6\nMaxSpareServers 12\nMaxRequestWorkers 24\n"
	"WorkerConnections 1\nKeepAliveTimeout 1\n",
};

START_TEST(sizes)
{
	int times = is_long() ? 200 : 6;
	char text[512];
	struct support_server s;
	support_server_start(&s, (enum support_model)_i, "MaxKeepAliveRequests 0\n");
	support_server_allow(&s, "reached MaxRequestWorkers");
	struct support_load_pair l = start_loads(&s);
	for (int n = 1; n <= times; n++) {
		snprintf(text, sizeof text, "MaxKeepAliveRequests 0\n%s",
			pools[(size_t)n % (sizeof pools / sizeof *pools)]);
		support_server_configure(&s, text);
		kill(s.pid, SIGUSR1);
		await_generation(&s, (unsigned)n);
		support_load_await(l.kept, (unsigned long)(n % 7));
		support_load_await(l.fresh, (unsigned long)(n % 5));
	}
	stop_loads(&l, "sizes", times, _i);
	kill(s.pid, SIGTERM);
	ck_assert_int_eq(support_server_wait(&s), 0);
	support_server_finish(&s);
}
END_TEST

/* ---- upgrades ---- */

/* Those that made way have to end by themselves, and well. One that ends before its own parent is
 * not ours to collect. */
static bool have_ended(const struct support_server *s, int times)
{
	int status;
	while (waitpid(-1, &status, WNOHANG) > 0)
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", status);
	return support_server_logged(s, "] stopped") >= (size_t)times;
}

START_TEST(upgrades)
{
	int times = is_long() ? 50 : 3;
	struct support_server s;
	support_server_start(&s, (enum support_model)_i, "MaxKeepAliveRequests 0\n");
	struct support_load_pair l = start_loads(&s);
	for (int n = 1; n <= times; n++) {
		ck_assert_int_eq(kill(s.pid, SIGUSR2), 0);
		ck_assert_msg(SUPPORT_UNTIL(support_server_made_way(&s), 2 * SUPPORT_PATIENCE),
			"nobody takes over, time %d", n);
		support_server_adopt(&s);
		support_load_await(l.kept, (unsigned long)(n % 7));
		support_load_await(l.fresh, (unsigned long)(n % 5));
	}
	ck_assert_msg(SUPPORT_UNTIL(have_ended(&s, times), SUPPORT_PATIENCE),
		"of %d only %zu have ended", times, support_server_logged(&s, "] stopped"));
	stop_loads(&l, "upgrades", times, _i);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* ---- places ---- */

static bool serves_both(const struct support_server *s, size_t finishing)
{
	struct support_status st;
	support_status_read(&st, s->port);
	return support_status_count(&st, "G") >= finishing && st.processes >= finishing + 2;
}

/* The whole pool is busy with the answers of the generation before; the next one has all its places
 * all the same. (Apache: AH00485, scoreboard is full.) */
START_TEST(draining_takes_no_place)
{
	enum { CLIENTS = 2, SIZE = 8 * 1024 * 1024 };
	struct support_server s;
	struct support_conn slow[CLIENTS * 2], c;
	support_server_prepare(&s, (enum support_model)_i,
		"WorkerConnections 1\nStartServers 2\nMinSpareServers 1\nMaxSpareServers 2\n"
		"MaxRequestWorkers 2\nServerLimit 2\n");
	support_site_pattern(s.root, "f/big", SIZE, 7);
	support_server_launch(&s);
	support_server_allow(&s, "reached MaxRequestWorkers");
	for (size_t round = 0; round < 2; round++) {
		for (size_t i = round * CLIENTS; i < (round + 1) * CLIENTS; i++) {
			support_conn_open(&slow[i], s.port);
			support_conn_print(&slow[i],
				"GET /f/big HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
			ck_assert_uint_gt(support_conn_pending(&slow[i], SUPPORT_PATIENCE), 0);
		}
		kill(s.pid, SIGUSR1);
		ck_assert_msg(
			SUPPORT_UNTIL(serves_both(&s, (round + 1) * CLIENTS), SUPPORT_PATIENCE),
			"draining workers keep others out");
	}
	support_get(&c, s.port, "/hello.txt");
	support_conn_close(&c);
	for (size_t i = 0; i < CLIENTS * 2; i++) {
		support_conn_expect(&slow[i], 200);
		ck_assert_uint_eq(slow[i].reply.body_size, SIZE);
		ck_assert(support_site_is(slow[i].reply.body, SIZE, 0, 7));
		support_conn_close(&slow[i]);
	}
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

int main(void)
{
	const struct support_test tests[] = {{restarts, SUPPORT_MODELS}, {sizes, SUPPORT_MODELS},
		{upgrades, SUPPORT_MODELS}, {draining_takes_no_place, 1}};
	if (is_long())
		setenv("CK_TIMEOUT_MULTIPLIER", "20", 1);
	return support_suite_run("lossless", tests, sizeof tests / sizeof *tests);
}
