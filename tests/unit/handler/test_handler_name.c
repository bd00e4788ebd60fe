/*
 * test_handler_name - names of clients, asked for while everybody else goes on
 *
 * Runs in:  a test program, whose name service is its own: it answers when the test lets it
 * Owns:     a site and a FIFO below unit_dir
 * Errors:   ck_assert
 *
 * A question is begun when its process opens the FIFO "gate" for reading, and answered when the
 * test has opened it for writing: so the test knows what has happened without looking at a clock.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_name.h"
#include "os/os_clock.h"
#include "os/os_names.h"

#include "unit/handler/call.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/stat.h>

static char gate[512];

/* --- the name service: 192.0.2.1 has a name, 192.0.2.2 claims one, 192.0.2.3 has none, two claim
 * to be other addresses; ... --- */

int getnameinfo(const struct sockaddr *address, socklen_t size, char *host, socklen_t room,
	char *service, socklen_t service_room, int flags)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
	unsigned last = ntohl(v4->sin_addr.s_addr) & 255;
	(void)size, (void)service, (void)service_room, (void)flags;
	if (last == 9) /* ... who asks for 192.0.2.9 dies */
		_exit(1);
	close(open(gate, O_RDONLY));
	if (last == 3)
		return EAI_NONAME;
	if (last == 4 || last == 5)
		snprintf(host, room, last == 4 ? "198.51.100.7" : "2001:DB8::1.");
	else
		snprintf(host, room, "%s.Example.org", last == 2 ? "liar" : "GOOD");
	return 0;
}

int getaddrinfo(
	const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **all)
{
	static struct sockaddr_in address = {.sin_family = AF_INET};
	static struct addrinfo one = {.ai_family = AF_INET,
		.ai_addrlen = sizeof address,
		.ai_addr = (struct sockaddr *)&address};
	(void)service, (void)hints;
	if (strcmp(name, "good.example.org") != 0)
		return EAI_NONAME;
	address.sin_addr.s_addr = htonl(0xc0000201);
	*all = &one;
	return 0;
}

void freeaddrinfo(struct addrinfo *all)
{
	(void)all;
}

/* --- a worker that waits --- */

struct client {
	struct handler_call call;
	struct os_address address;
};

static struct config *begin(const char *lines)
{
	snprintf(gate, sizeof gate, "%s", unit_path("gate"));
	if (access(gate, F_OK) < 0)
		ck_assert_int_eq(mkfifo(gate, 0600), 0);
	return site_config(lines);
}

static void arrive(struct client *c, struct config *config, const char *address)
{
	ck_assert_int_eq(handler_init(&c->call), 0);
	ck_assert_int_eq(os_address_parse(&c->address, text_of(address)), 0);
	c->call.config = config;
	c->call.host = &config->host;
	c->call.client = &c->address;
}

/* The FIFO can be opened for writing once somebody reads: a question is being asked. */
static void answer_one(void)
{
	close(open(gate, O_WRONLY));
}

static void wait_until_known(struct client *c)
{
	while (handler_name_wait(&c->call)) {
		struct pollfd fd = c->call.later.fds[0];
		int64_t left = (int64_t)(c->call.later.deadline_ms - os_clock_ms());
		poll(&fd, 1, left < 0 ? 0 : (int)left);
	}
	ck_assert_ptr_null(c->call.later.go_on);
}

static bool is_ready(const struct client *c)
{
	struct pollfd fd = c->call.later.fds[0];
	return poll(&fd, 1, 0) > 0;
}

START_TEST(what_is_known)
{
	static const struct {
		const char *lines, *address, *name;
	} rows[] = {
		{"HostnameLookups On", "192.0.2.1:80", "good.example.org"},
		{"HostnameLookups Double", "192.0.2.1:80", "good.example.org"},
		{"HostnameLookups On", "[::ffff:192.0.2.1]:80", "good.example.org"},
		{"HostnameLookups On", "192.0.2.2:80", "liar.example.org"},
		{"HostnameLookups Double", "192.0.2.2:80", NULL},
		{"HostnameLookups On", "192.0.2.3:80", NULL},
		{"HostnameLookups On", "192.0.2.4:80", NULL},
		{"HostnameLookups On", "192.0.2.5:80", NULL},
		{"HostnameLookups On\n<Location /in>\nHostnameLookups Off\n</Location>",
			"192.0.2.1:80", NULL},
		{"<Location /in>\nHostnameLookups Double\n</Location>", "192.0.2.1:80",
			"good.example.org"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct client c;
		struct config *config = begin(rows[i].lines);
		ck_assert(config->host.names_clients || config->host.names_clients_within);
		ck_assert(config->asks_names);
		arrive(&c, config, rows[i].address);
		if (handler_name_wait(&c.call)) { /* else a row before has asked */
			answer_one();
			wait_until_known(&c);
		}
		c.call.dir = config_dir_for(&config->host, TEXT("/in/a"));
		const char *name = handler_name_known(&c.call);
		ck_assert_msg(name && rows[i].name ? strcmp(name, rows[i].name) == 0
						   : name == rows[i].name,
			"%s: %s: %s", rows[i].lines, rows[i].address, name ? name : "(none)");
		handler_free(&c.call);
		config_free(config);
	}
}
END_TEST

START_TEST(off)
{
	struct config *config = begin("HostnameLookups Off");
	ck_assert(!config->host.names_clients);
	ck_assert(!config->asks_names);
	config_free(config);
}
END_TEST

/* Nobody is held up: while one question is asked another is begun and answered. Two requests of one
 * client ask once, and both are told. */
START_TEST(nobody_waits_for_another)
{
	struct config *config = begin("HostnameLookups On");
	struct client slow, again, quick;
	arrive(&slow, config, "192.0.2.1:80");
	arrive(&again, config, "192.0.2.1:81");
	arrive(&quick, config, "192.0.2.9:80");
	ck_assert(handler_name_wait(&slow.call));
	ck_assert(handler_name_wait(&again.call));
	ck_assert_int_ne(slow.call.later.fds[0].fd, again.call.later.fds[0].fd);
	wait_until_known(&quick); /* whose process dies */
	ck_assert_ptr_null(quick.call.client_name);
	ck_assert(!is_ready(&slow));
	ck_assert(!is_ready(&again));
	answer_one();
	wait_until_known(&slow);
	ck_assert(is_ready(&again)); /* by the end of the pipe: the answer is taken */
	ck_assert(!handler_name_wait(&again.call));
	ck_assert_str_eq(slow.call.client_name, "good.example.org");
	ck_assert_str_eq(again.call.client_name, "good.example.org");
	handler_free(&slow.call);
	handler_free(&again.call);
	handler_free(&quick.call);
	config_free(config);
}
END_TEST

/* A client that has gone lets go of its descriptor; the answer is there for the next. */
START_TEST(gone_and_back)
{
	struct config *config = begin("HostnameLookups On");
	struct client c;
	arrive(&c, config, "192.0.2.1:80");
	ck_assert(handler_name_wait(&c.call));
	int fd = c.call.later.fds[0].fd;
	handler_reset(&c.call);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	answer_one();
	handler_free(&c.call);
	arrive(&c, config, "192.0.2.1:80");
	wait_until_known(&c);
	ck_assert_str_eq(c.call.client_name, "good.example.org");
	handler_free(&c.call);
	config_free(config);
}
END_TEST

/* So many processes ask at a time; who comes then looks again in a moment. */
START_TEST(no_room)
{
	enum { MANY = 17 };
	struct config *config = begin("HostnameLookups On");
	struct client all[MANY];
	for (int i = 0; i < MANY; i++) {
		char address[32];
		snprintf(address, sizeof address, "192.0.2.%d:80", 100 + i);
		arrive(&all[i], config, address);
		ck_assert(handler_name_wait(&all[i].call));
		ck_assert_int_eq(all[i].call.later.fds[0].fd < 0, i == MANY - 1);
		ck_assert_uint_ne(all[i].call.later.deadline_ms, 0);
	}
	int open_gate = open(gate, O_RDWR); /* whoever reads or comes to read goes on */
	for (int i = 0; i < MANY; i++)
		wait_until_known(&all[i]);
	close(open_gate);
	for (int i = 0; i < MANY; i++) {
		ck_assert_str_eq(all[i].call.client_name, "good.example.org");
		handler_free(&all[i].call);
	}
	config_free(config);
}
END_TEST

enum { ROOM = 16 };

static void fill(struct client all[ROOM], struct config *config)
{
	for (int i = 0; i < ROOM; i++) {
		char address[32];
		snprintf(address, sizeof address, "192.0.2.%d:80", 150 + i);
		arrive(&all[i], config, address);
		ck_assert(handler_name_wait(&all[i].call));
	}
}

/* What was asked for clients that have gone keeps nobody else from being asked for. */
START_TEST(all_gone)
{
	struct config *config = begin("HostnameLookups On");
	struct client all[ROOM], last;
	fill(all, config);
	for (int i = 0; i < ROOM; i++)
		handler_free(&all[i].call);
	int open_gate = open(gate, O_RDWR);
	arrive(&last, config, "192.0.2.1:80");
	wait_until_known(&last);
	ck_assert_str_eq(last.call.client_name, "good.example.org");
	handler_free(&last.call);
	while (unit_children() > 0) { /* nor does it stay when it is answered */
		handler_name_look();
		poll(NULL, 0, 5);
	}
	close(open_gate);
	config_free(config);
}
END_TEST

/* Who waits for room waits no longer than who is asked for, and has no name then. */
START_TEST(no_room_for_long)
{
	struct config *config = begin("HostnameLookups On");
	struct client all[ROOM], last;
	fill(all, config);
	arrive(&last, config, "192.0.2.1:80");
	ck_assert(handler_name_wait(&last.call));
	ck_assert_uint_le(last.call.name_until_ms, os_clock_ms() + 10 * 1000);
	last.call.name_until_ms = os_clock_ms();
	ck_assert(!handler_name_wait(&last.call));
	ck_assert_ptr_null(last.call.later.go_on);
	ck_assert_ptr_null(last.call.client_name);
	int open_gate = open(gate, O_RDWR);
	for (int i = 0; i < ROOM; i++) {
		wait_until_known(&all[i]);
		handler_free(&all[i].call);
	}
	close(open_gate);
	handler_free(&last.call);
	config_free(config);
}
END_TEST

UNIT_MAIN("handler_name", what_is_known, off, nobody_waits_for_another, gone_and_back, no_room,
	all_gone, no_room_for_long)
