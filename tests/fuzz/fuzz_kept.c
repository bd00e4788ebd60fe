/*
 * fuzz_kept - any messages from a worker to the keeper, and what the keeper makes of them
 *
 * Runs in:  libFuzzer
 * Owns:     a keeper's table, a pair and a count of the crowd; all that an input opened is closed
 * Errors:   abort() when the keeper loses count of what it holds or has a descriptor too many, says
 *           what its parent would end it for, or passes on what a worker would not take
 *
 * The bytes are steps: a message with descriptors of several kinds, sound, changed or raw; what a
 * client at the other end does; the clock; a turn of the keeper's loop; a worker that takes one.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/fuzz.h"
#include "keeper/keeper.h"
#include "os/os_clock.h"
#include "os/os_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PAGE = 1, PAGES = 2, FDS = 6, CLIENTS = 32, STEPS = 200, TURNS = 1000, MOST = 8 };
enum { KEEPER, WORKERS }; /* the ends of the pair */

static struct keeper k;
static struct wire_crowd *crowd;
static int pair[2], clients[CLIENTS], client_count;

/* ---- a worker ---- */

static int client_of(bool packets)
{
	int ends[2];
	if (client_count == CLIENTS)
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	MUST(socketpair(AF_UNIX, (packets ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC, 0,
		     ends) == 0);
	clients[client_count++] = ends[0];
	return ends[1];
}

/* Connections mostly, and whatever else a worker has or could lay its hands on. */
static int make_fd(unsigned kind)
{
	switch (kind % 16) {
	case 0:
		return open("/dev/zero", O_RDWR | O_CLOEXEC);
	case 1:
		return eventfd(1, EFD_CLOEXEC);
	case 2:
		return epoll_create1(EPOLL_CLOEXEC);
	case 3:
		return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	case 4:
		return fcntl(pair[WORKERS], F_DUPFD_CLOEXEC, 0);
	case 5:
		return client_of(true);
	default:
		return client_of(false);
	}
}

/* A sound message with some bytes changed, or no message at all. */
static size_t make_message(struct fuzz_input *in, unsigned char *to, size_t room)
{
	unsigned form = fuzz_next(in);
	size_t size = form % 2 ? fuzz_next(in) : 0;
	struct wire_kept kept = {.magic = WIRE_KEPT_MAGIC,
		.since_ms = k.now_ms - form,
		.due_ms = k.now_ms + 1000u * (form % 64),
		.place = form * 64,
		.size = (uint32_t)size,
		.lingers = size == 0 && form % 4 == 0};
	memset(to, 0, room);
	if (form >= 192) { /* raw */
		for (size_t i = 0; i < size; i++)
			to[i] = (unsigned char)fuzz_next(in);
		return size;
	}
	kept.begun_ms = size ? kept.since_ms : 0;
	memcpy(to, &kept, sizeof kept);
	size += sizeof kept;
	for (unsigned changes = form >= 128 ? form % 4 + 1 : 0; changes; changes--) {
		size_t place = fuzz_next(in) % size;
		to[place] = (unsigned char)fuzz_next(in);
	}
	return size;
}

static void hand_over(struct fuzz_input *in)
{
	unsigned char message[512];
	int fds[FDS];
	unsigned kinds = fuzz_next(in);
	size_t count = kinds >= 224 ? kinds % (FDS + 1) : 1;
	for (size_t i = 0; i < count; i++)
		MUST((fds[i] = make_fd(kinds + (unsigned)i)) >= 0);
	fuzz_send(pair[WORKERS], message, make_message(in, message, sizeof message), fds, count);
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
}

/* false: there is none for it. What the keeper passes on any worker can take. */
static bool take(void)
{
	static char bytes[WIRE_KEPT_BYTES];
	struct wire_kept kept;
	struct os_address from;
	int fd = -1;
	if (wire_kept_receive(pair[WORKERS], &kept, bytes, &fd) < 0) {
		MUST(errno == EAGAIN && fd == -1);
		return false;
	}
	MUST(fd > 2 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	MUST(wire_kept_valid(&kept, sizeof kept + kept.size, os_clock_ms()));
	MUST(os_socket_peer(fd, &from) < 0 || from.size <= sizeof from.of);
	close(fd);
	return true;
}

/* ---- the keeper ---- */

static size_t length_of(const struct list *list)
{
	size_t length = 0;
	LIST_EACH(member, list)
		length++;
	return length;
}

static void check(void)
{
	size_t held = 0;
	for (size_t fd = 0; fd < k.room; fd++) {
		held += k.held[fd] != NULL;
		MUST(!k.held[fd] || k.held[fd]->fd == (int)fd);
		MUST(!k.held[fd] || (k.held[fd]->bytes != NULL) == (k.held[fd]->kept.size != 0));
	}
	MUST(held == k.told.held && k.told.held <= k.most);
	MUST(length_of(&k.waiting) == k.told.waiting);
	MUST(wire_keeping_valid(&k.told, sizeof k.told, k.told.pid));
	MUST(keeper_hold_due(&k) >= -1);
}

/* As keeper_main has it. */
static void turn(void)
{
	struct epoll_event events[64];
	int count = epoll_wait(k.epoll, events, 64, 0);
	for (int i = 0; i < count; i++) {
		if (events[i].data.fd != k.pair) {
			keeper_hold_event(&k, events[i].data.fd);
			continue;
		}
		if (events[i].events & EPOLLOUT)
			keeper_hold_pass(&k);
		/* Nobody but the parent ends it: not a worker, by a message. */
		if (k.taking && events[i].events & ~EPOLLOUT)
			MUST(keeper_hold_take(&k) == 0);
	}
	keeper_hold_expire(&k);
	check();
}

static void begin(void)
{
	struct epoll_event event = {.events = EPOLLIN};
	k = (struct keeper){.crowd = crowd,
		.page = PAGE,
		.soonest_ms = UINT64_MAX,
		.taking = true,
		.most = MOST,
		.now_ms = os_clock_ms(),
		.told = {.magic = WIRE_KEEPING_MAGIC, .pid = 1}};
	list_init(&k.waiting);
	MUST(wire_kept_pair(pair) == 0);
	k.pair = event.data.fd = pair[KEEPER];
	k.epoll = epoll_create1(EPOLL_CLOEXEC);
	MUST(k.epoll >= 0 && epoll_ctl(k.epoll, EPOLL_CTL_ADD, k.pair, &event) == 0);
	client_count = 0;
}

/* SIGTERM: whoever spoke goes to the workers, everybody else is closed, and nothing is left. */
static void end(void)
{
	keeper_hold_no_more(&k);
	keeper_hold_end(&k);
	for (int i = 0; k.told.held; i++) {
		MUST(i < TURNS);
		while (take())
			;
		keeper_hold_pass(&k);
	}
	check();
	while (take())
		;
	free(k.held);
	close(k.epoll);
	close(pair[KEEPER]);
	close(pair[WORKERS]);
	for (int i = 0; i < client_count; i++)
		if (clients[i] >= 0)
			close(clients[i]);
}

/* ---- all of it ---- */

static void step(struct fuzz_input *in)
{
	unsigned what = fuzz_next(in), who;
	switch (what % 8) {
	case 0:
	case 1:
		hand_over(in);
		return;
	case 2:
	case 3:
		who = fuzz_next(in);
		if (client_count && clients[who % (unsigned)client_count] >= 0)
			(void)!send(clients[who % (unsigned)client_count], "x", 1,
				MSG_DONTWAIT | MSG_NOSIGNAL);
		return;
	case 4:
		who = fuzz_next(in);
		if (!client_count || clients[who % (unsigned)client_count] < 0)
			return;
		close(clients[who % (unsigned)client_count]);
		clients[who % (unsigned)client_count] = -1;
		return;
	case 5:
		k.now_ms += 100u * fuzz_next(in);
		return;
	case 6:
		(void)take();
		return;
	default:
		turn();
		return;
	}
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
	int fd;
	(void)count;
	(void)words;
	log_to(open("/dev/null", O_WRONLY | O_CLOEXEC));
	signal(SIGPIPE, SIG_IGN);
	crowd = wire_crowd_new(PAGES, &fd);
	MUST(crowd && close(fd) == 0);
	return 0;
}

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
	struct fuzz_input in = {input, size};
	int before = fuzz_lowest_fd();
	begin();
	for (int i = 0; i < STEPS && in.left; i++)
		step(&in);
	turn();
	end();
	MUST(fuzz_lowest_fd() == before);
	return 0;
}
