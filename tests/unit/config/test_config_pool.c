/*
 * test_config_pool - the numbers of the pool, said and computed
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

#include "os/os_process.h"

enum { CPUS = -1, CPUS_OR_5 = -2 }; /* in the table, for what depends on the machine */

static unsigned expected(int n)
{
	int cpus = (int)os_process_cpus();
	return (unsigned)(n == CPUS ? cpus : n == CPUS_OR_5 ? (cpus > 5 ? cpus : 5) : n);
}

START_TEST(numbers)
{
	static const struct {
		const char *text;
		int start, min, max, most, limit;
		const char *warnings;
	} rows[] = {
		/* many connections a worker: a static pool */
		{"", CPUS, CPUS, CPUS, CPUS, 256, ""},
		{"StartServers 3", 3, 3, 3, 3, 256, ""},
		{"StartServers 3\nMaxRequestWorkers 8", 3, 3, 3, 8, 256, ""},
		{"StartServers 3\nMinSpareServers 2\nMaxRequestWorkers 9", 3, 2, 3, 9, 256, ""},
		{"StartServers 3\nMinSpareServers 3", 3, 3, 4, 3, 256,
			"ROOT/t.conf:2: MaxSpareServers 3 is not above MinSpareServers 3: raised "
			"to 4\n"},
		{"StartServers 3\nMaxSpareServers 3", 3, 3, 4, 3, 256,
			"ROOT/t.conf:2: MaxSpareServers 3 is not above MinSpareServers 3: raised "
			"to 4\n"},
		{"MaxRequestWorkers 1", 1, 1, 1, 1, 256, ""},
		{"ServerLimit 1", 1, 1, 1, 1, 1, ""},
		{"StartServers 300", 256, 256, 256, 256, 256,
			"ROOT/t.conf:1: StartServers 300 exceeds MaxRequestWorkers 256: lowered\n"},
		{"StartServers 5\nMaxRequestWorkers 2", 2, 2, 2, 2, 256,
			"ROOT/t.conf:1: StartServers 5 exceeds MaxRequestWorkers 2: lowered\n"},
		/* one connection a worker: Apache's prefork */
		{"WorkerConnections 1\nServerLimit 256", CPUS_OR_5, 5, 10, 256, 256, ""},
		{"WorkerConnections 1\nMaxRequestWorkers 150", CPUS_OR_5, 5, 10, 150, 256, ""},
		{"WorkerConnections 1\nMaxRequestWorkers 3", 3, 5, 10, 3, 256, ""},
		{"WorkerConnections 1\nMaxRequestWorkers 300", CPUS_OR_5, 5, 10, 256, 256,
			"ROOT/t.conf:2: MaxRequestWorkers 300 exceeds ServerLimit 256: lowered\n"},
		{"WorkerConnections 1\nServerLimit 400\nMaxRequestWorkers 300", CPUS_OR_5, 5, 10,
			300, 400, ""},
		{"WorkerConnections 1\nServerLimit 100", CPUS_OR_5, 5, 10, 100, 100, ""},
		{"WorkerConnections 1\nMinSpareServers 20", CPUS_OR_5, 20, 21, 256, 256,
			"ROOT/t.conf:2: MaxSpareServers 10 is not above MinSpareServers 20: raised "
			"to "
			"21\n"},
		{"WorkerConnections 1\nMaxSpareServers 5", CPUS_OR_5, 5, 6, 256, 256,
			"ROOT/t.conf:2: MaxSpareServers 5 is not above MinSpareServers 5: raised "
			"to 6\n"},
		{"WorkerConnections 1\nMinSpareServers 5\nMaxSpareServers 6", CPUS_OR_5, 5, 6, 256,
			256, ""},
		{"ProcessModel dispatch", CPUS, CPUS, CPUS, CPUS, 256, ""},
		{"ProcessModel dispatch\nWorkerConnections 1", CPUS_OR_5, 5, 10, 256, 256, ""},
		{"ProcessModel fork", CPUS_OR_5, 5, 10, 256, 256, ""},
		{"ProcessModel fork\nWorkerConnections 9", CPUS_OR_5, 5, 10, 256, 256,
			"ROOT/t.conf:2: WorkerConnections does not count for ProcessModel fork: "
			"taken as 1\n"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct config *c = case_load(rows[i].text);
		ck_assert_msg(c->start_servers == expected(rows[i].start) &&
				      c->min_spare_servers == expected(rows[i].min) &&
				      c->max_spare_servers == expected(rows[i].max) &&
				      c->max_request_workers == expected(rows[i].most) &&
				      c->server_limit == expected(rows[i].limit),
			"%s: start %u, spare %u to %u, at most %u of %u", rows[i].text,
			c->start_servers, c->min_spare_servers, c->max_spare_servers,
			c->max_request_workers, c->server_limit);
		case_warned(c, rows[i].warnings);
		config_free(c);
	}
}
END_TEST

START_TEST(connections)
{
	struct config *config = case_load("");
	ck_assert_uint_eq(config->worker_connections, 4096);
	config_free(config);
	config = case_load("ProcessModel fork");
	ck_assert_uint_eq(config->worker_connections, 1);
	config_free(config);
	config = case_load("ProcessModel dispatch\nWorkerConnections 10");
	ck_assert_uint_eq(config->worker_connections, 10);
	config_free(config);
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, numbers);
	tcase_add_test(tests, connections);
}

int main(void)
{
	return case_main("config_pool", add);
}
