/*
 * test_parent_listen - the listening sockets, and which worker watches which
 *
 * Runs in:  a test program
 * Owns:     sockets on ports of the loopback interface that the kernel chose
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent_listen.h"

#include "os/os_file.h"
#include "os/os_socket.h"
#include "unit/site.h"

enum { MOST = 64 };

/* ---- the shares, over sets made by hand ---- */

/* Descriptors 100, 101, ... of `per` listeners for each of `addresses` addresses, in the order in
 * which parent_listen_update makes them. */
static struct parent_listeners make_set(
	struct parent_listener list[MOST], unsigned addresses, unsigned per, unsigned slots)
{
	struct parent_listeners set = {
		.count = addresses * per, .list = list, .by_slot = slots > 0, .slots = slots};
	for (unsigned a = 0; a < addresses; a++)
		for (unsigned n = 0; n < per; n++) {
			char from[32];
			struct parent_listener *l = &list[a * per + n];
			l->fd = (int)(100 + a * per + n);
			snprintf(from, sizeof from, "127.0.0.1:%u", 1000 + a);
			ck_assert_int_eq(os_address_parse(&l->address, text_of(from)), 0);
		}
	return set;
}

START_TEST(a_shared_pool)
{
	struct parent_listener list[MOST];
	int fds[MOST];
	struct parent_listeners set = make_set(list, 3, 1, 0);
	for (uint32_t slot = 0; slot < 5; slot++) {
		ck_assert_uint_eq(parent_listen_share(&set, slot, fds), 3);
		for (int i = 0; i < 3; i++)
			ck_assert_int_eq(fds[i], 100 + i);
	}
}
END_TEST

START_TEST(a_static_pool)
{
	/* Whatever the counts: every socket has exactly one watcher among the slots of the pool,
	 * every slot watches every address, and a slot beyond the pool takes over somebody's. */
	static const struct {
		unsigned addresses, per, slots;
	} rows[] = {{1, 1, 1}, {1, 2, 2}, {2, 2, 2}, {3, 4, 4}, {1, 8, 8}, {1, 8, 3}, {2, 5, 2},
		{2, 7, 1}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct parent_listener list[MOST];
		int fds[MOST];
		unsigned watched[MOST] = {0};
		struct parent_listeners set =
			make_set(list, rows[i].addresses, rows[i].per, rows[i].slots);
		for (uint32_t slot = 0; slot < rows[i].slots; slot++) {
			size_t count = parent_listen_share(&set, slot, fds);
			unsigned addresses[MOST] = {0};
			for (size_t n = 0; n < count; n++) {
				unsigned at = (unsigned)fds[n] - 100;
				watched[at]++;
				addresses[at / rows[i].per]++;
			}
			for (unsigned a = 0; a < rows[i].addresses; a++)
				ck_assert_msg(addresses[a] >= 1, "row %zu slot %u", i, slot);
		}
		for (size_t n = 0; n < set.count; n++)
			ck_assert_msg(watched[n] == 1, "row %zu socket %zu", i, n);
		int again[MOST];
		size_t count = parent_listen_share(&set, rows[i].slots, fds);
		ck_assert_uint_eq(parent_listen_share(&set, 0, again), count);
		ck_assert_mem_eq(fds, again, count * sizeof *fds);
	}
}
END_TEST

/* ---- the sockets ----
 *
 * Port 0 is one address like any other here, and no port that somebody else may take meanwhile. */

#define STATIC_POOL "StartServers 3\nMaxRequestWorkers 3\nWorkerConnections 10\n"
#define GROWING_POOL "WorkerConnections 1\n"

START_TEST(static_and_growing)
{
	struct parent_listeners set = {0};
	struct config *config = site_config(STATIC_POOL);
	ck_assert_int_eq(parent_listen_update(&set, config), 0);
	ck_assert_uint_eq(set.count, 3);
	ck_assert(set.by_slot);
	ck_assert_uint_eq(set.slots, 3);
	for (size_t i = 0; i < set.count; i++)
		ck_assert_int_eq(fcntl(set.list[i].fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	config_free(config);
	config = site_config(GROWING_POOL);
	int first = set.list[0].fd;
	ck_assert_int_eq(parent_listen_update(&set, config), 0);
	ck_assert(!set.by_slot);
	ck_assert_uint_eq(set.count, 3); /* none is closed: connections may wait in its queue */
	ck_assert_int_eq(set.list[0].fd, first);
	config_free(config);
	parent_listen_close(&set);
	ck_assert_uint_eq(set.count, 0);
}
END_TEST

START_TEST(counts_that_change)
{
	static const struct {
		const char *pool;
		unsigned listeners;
	} rows[] = {{STATIC_POOL, 3},
		{"StartServers 5\nMaxRequestWorkers 5\nWorkerConnections 10\n", 5},
		{"StartServers 2\nMaxRequestWorkers 2\nWorkerConnections 10\n", 5},
		{STATIC_POOL, 5}};
	struct parent_listeners set = {0};
	int fds[MOST];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct config *config = site_config(rows[i].pool);
		ck_assert_int_eq(parent_listen_update(&set, config), 0);
		ck_assert_uint_eq(set.count, rows[i].listeners);
		size_t watched = 0;
		for (uint32_t slot = 0; slot < config->start_servers; slot++)
			watched += parent_listen_share(&set, slot, fds);
		ck_assert_uint_eq(watched, set.count); /* no queue is forgotten */
		config_free(config);
	}
	parent_listen_close(&set);
}
END_TEST

/* What a worker can do to one that it shares with others. */
START_TEST(changed_by_a_worker)
{
	struct parent_listeners set = {0};
	struct config *config = site_config(STATIC_POOL);
	struct timeval was, now;
	socklen_t size = sizeof was;
	ck_assert_int_eq(parent_listen_update(&set, config), 0);
	int fd = set.list[0].fd;
	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &was, &size), 0);
	ck_assert_int_eq(os_file_nonblocking(fd, false), 0);
	ck_assert_int_eq(os_socket_patience(fd, 1), 0);
	ck_assert_int_eq(parent_listen_update(&set, config), 0);
	ck_assert_int_eq(fd, set.list[0].fd);
	ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &now, &size), 0);
	ck_assert_mem_eq(&was, &now, sizeof now);
	config_free(config);
	parent_listen_close(&set);
}
END_TEST

START_TEST(addresses_that_come_and_go)
{
	struct parent_listeners set = {0};
	struct config *both = site_config(GROWING_POOL "Listen 127.0.0.2:0\n");
	struct config *second = site_config(GROWING_POOL "Listen 127.0.0.2:0\n");
	second->listens++; /* the one that site_config says */
	second->listen_count--;
	ck_assert_int_eq(parent_listen_update(&set, both), 0);
	ck_assert_uint_eq(set.count, 2);
	int kept = set.list[1].fd;
	ck_assert_int_eq(parent_listen_update(&set, second), 0);
	ck_assert_uint_eq(set.count, 1);
	ck_assert_int_eq(set.list[0].fd, kept); /* the very same socket, with its queue */
	ck_assert(os_address_equal(&set.list[0].address, &second->listens[0].address));
	ck_assert_int_eq(parent_listen_update(&set, both), 0);
	ck_assert_uint_eq(set.count, 2);
	config_free(both);
	config_free(second);
	parent_listen_close(&set);
}
END_TEST

static char *update_fails(struct parent_listeners *set, const struct config *config)
{
	int errors = open(unit_path("errors"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	log_to(errors);
	int result = parent_listen_update(set, config);
	log_to(2);
	close(errors);
	ck_assert_int_eq(result, -1);
	return unit_read("errors");
}

START_TEST(a_port_in_use)
{
	/* Even a port that its holder would share is not joined unseen. */
	struct os_address at;
	struct os_socket_listen how = {.backlog = 1, .share = true};
	ck_assert_int_eq(os_address_parse(&at, TEXT("127.0.0.1:0")), 0);
	int other = os_socket_listen(&at, &how);
	ck_assert_int_ge(other, 0);
	ck_assert_int_eq(os_socket_name(other, &at), 0);
	char more[256];
	snprintf(more, sizeof more, STATIC_POOL "Listen 127.0.0.1:%u\n", os_address_port(&at));
	struct config *fine = site_config(GROWING_POOL), *taken = site_config(more);
	struct parent_listeners set = {0};
	char *said = update_fails(&set, taken);
	ck_assert_uint_eq(set.count, 0);
	ck_assert_ptr_nonnull(strstr(said, "httpd.conf:"));
	ck_assert_ptr_nonnull(strstr(said, "in use"));
	free(said);
	ck_assert_int_eq(parent_listen_update(&set, fine), 0);
	int kept = set.list[0].fd;
	free(update_fails(&set, taken));
	ck_assert_uint_eq(set.count, 1); /* as it was */
	ck_assert_int_eq(set.list[0].fd, kept);
	ck_assert(!set.by_slot);
	close(other);
	config_free(fine);
	config_free(taken);
	parent_listen_close(&set);
}
END_TEST

START_TEST(an_address_of_another_machine)
{
	struct parent_listeners set = {0};
	struct config *config = site_config(GROWING_POOL "Listen 192.0.2.1:8080\n");
	char *said = update_fails(&set, config);
	ck_assert_ptr_nonnull(strstr(said, "192.0.2.1:8080"));
	ck_assert_ptr_nonnull(strstr(said, "no interface"));
	free(said);
	config_free(config);
	parent_listen_close(&set);
}
END_TEST

UNIT_MAIN("parent_listen", a_shared_pool, a_static_pool, static_and_growing, counts_that_change,
	changed_by_a_worker, addresses_that_come_and_go, a_port_in_use,
	an_address_of_another_machine)
