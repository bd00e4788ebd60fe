/*
 * test_worker_command - commands from the parent
 *
 * Runs in:  a test program
 * Owns:     a rig with a pipe
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/worker/rig.h"

#include "wire/wire_command.h"

static struct mp_pipe *parent_end;
static unsigned taken;
static unsigned last_port;

static void open_with_pipe(bool loop)
{
	struct mp_pipe *ends[2];
	rig_open("");
	ck_assert_int_eq(mp_pipe_new(ends, true), 0);
	parent_end = ends[0];
	rig.heritage.pipe = ends[1];
	rig.w.loop = loop ? (struct ev_loop *)&rig : NULL; /* only looked at */
	taken = 0;
}

static void close_with_pipe(void)
{
	mp_pipe_close(parent_end);
	mp_pipe_close(rig.heritage.pipe);
	rig_close();
}

static void take(struct worker *w, int fd, const struct os_address *from)
{
	ck_assert_ptr_eq(w, &rig.w);
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
	taken++;
	last_port = os_address_port(from);
}

static struct wire_command command(uint32_t verb)
{
	struct wire_command c = {.magic = WIRE_COMMAND_MAGIC, .verb = verb};
	return c;
}

/* Sends bytes, with a descriptor where `fd` is said. */
static void tell(const void *bytes, size_t size, bool with_fd)
{
	int fd = with_fd ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -1;
	ck_assert_int_eq(mp_pipe_send_fds(parent_end, bytes, size, &fd, with_fd ? 1 : 0, 0), 0);
	if (fd >= 0)
		close(fd);
}

START_TEST(drain)
{
	static const struct {
		uint32_t reason;
		enum wire_state farewell;
	} rows[] = {{WIRE_STATE_GRACEFUL, WIRE_STATE_GRACEFUL},
		{WIRE_STATE_IDLE_STOP, WIRE_STATE_IDLE_STOP},
		{WIRE_STATE_READY, WIRE_STATE_GRACEFUL}, {99999, WIRE_STATE_GRACEFUL}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct wire_command c = command(WIRE_DRAIN);
		open_with_pipe(false);
		worker_command_read(&rig.w, take); /* nothing yet */
		ck_assert(!rig.w.draining);
		c.reason = rows[i].reason;
		tell(&c, sizeof c, false);
		worker_command_read(&rig.w, take);
		ck_assert(rig.w.draining);
		ck_assert(!rig.w.orphan);
		ck_assert(!worker_may_take(&rig.w));
		ck_assert_int_eq(rig.w.farewell, rows[i].farewell);
		ck_assert_int_eq(worker_exit_code(&rig.w), WIRE_EXIT_DONE);
		close_with_pipe();
	}
}
END_TEST

START_TEST(connections)
{
	struct wire_command c = command(WIRE_CONNECTION);
	open_with_pipe(true);
	for (unsigned port = 1; port <= 3; port++) {
		char from[32];
		snprintf(from, sizeof from, "127.0.0.1:%u", port);
		ck_assert_int_eq(os_address_parse(&c.from, text_of(from)), 0);
		tell(&c, sizeof c, true);
	}
	worker_command_read(&rig.w, take);
	ck_assert_uint_eq(taken, 3);
	ck_assert_uint_eq(last_port, 3);
	close_with_pipe();
}
END_TEST

START_TEST(a_classic_worker_takes_one_at_a_time)
{
	struct wire_command c = command(WIRE_CONNECTION);
	open_with_pipe(false);
	tell(&c, sizeof c, true);
	tell(&c, sizeof c, true);
	worker_command_read(&rig.w, take);
	ck_assert_uint_eq(taken, 1);
	worker_command_read(&rig.w, take);
	ck_assert_uint_eq(taken, 2);
	worker_command_read(&rig.w, take);
	ck_assert_uint_eq(taken, 2);
	close_with_pipe();
}
END_TEST

START_TEST(what_is_no_command)
{
	/* Dropped, with its descriptor: the fixture counts those left open. */
	struct wire_command c = command(WIRE_CONNECTION);
	open_with_pipe(true);
	tell(&c, sizeof c, false); /* without a connection */
	c.verb = 77;
	tell(&c, sizeof c, true);
	tell(&c, sizeof c, false);
	c = command(WIRE_CONNECTION);
	c.magic++;
	tell(&c, sizeof c, true);
	c = command(WIRE_DRAIN);
	tell(&c, sizeof c - 1, true);
	tell(&c, 1, false);
	tell(&c, 0, true);
	worker_command_read(&rig.w, take);
	ck_assert_uint_eq(taken, 0);
	ck_assert(!rig.w.draining);
	c = command(WIRE_CONNECTION);
	tell(&c, sizeof c, true); /* and the next one is obeyed */
	worker_command_read(&rig.w, take);
	ck_assert_uint_eq(taken, 1);
	close_with_pipe();
}
END_TEST

START_TEST(too_much_at_once)
{
	/* A message that is too long, or with too many descriptors, must not block the pipe. */
	char bytes[2 * sizeof(struct wire_command)] = {0};
	int fds[2] = {0, 0};
	struct wire_command c = command(WIRE_DRAIN);
	open_with_pipe(true);
	ck_assert_int_eq(mp_pipe_send_bytes(parent_end, bytes, sizeof bytes), 0);
	ck_assert_int_eq(mp_pipe_send_fds(parent_end, &c, sizeof c, fds, 2, 0), 0);
	tell(&c, sizeof c, false);
	for (int i = 0; i < 10; i++)
		worker_command_read(&rig.w, take);
	ck_assert(rig.w.draining);
	close_with_pipe();
}
END_TEST

START_TEST(the_parent_is_gone)
{
	open_with_pipe(true);
	struct wire_command c = command(WIRE_CONNECTION);
	tell(&c, sizeof c, true);
	mp_pipe_close(parent_end);
	parent_end = NULL;
	worker_command_read(&rig.w, take);
	ck_assert_uint_eq(taken, 1); /* its last word counts */
	ck_assert(rig.w.orphan);
	ck_assert(rig.w.draining);
	worker_command_read(&rig.w, take); /* asks nobody any more */
	ck_assert_int_eq(worker_exit_code(&rig.w), WIRE_EXIT_ORPHAN);
	close_with_pipe();
}
END_TEST

START_TEST(without_a_pipe)
{
	rig_open("");
	worker_command_read(&rig.w, take);
	ck_assert(!rig.w.orphan);
	rig_close();
}
END_TEST

START_TEST(how_many_it_takes)
{
	struct rig_client a, b;
	rig_open("WorkerConnections 2\nMaxConnectionsPerChild 3\n");
	ck_assert(worker_may_take(&rig.w));
	rig_connect(&a);
	rig_connect(&b);
	ck_assert(!worker_may_take(&rig.w));
	rig_hang_up(&a);
	ck_assert(worker_may_take(&rig.w));
	rig_connect(&a); /* the third: it is full of days */
	ck_assert(rig.w.draining);
	ck_assert_int_eq(worker_exit_code(&rig.w), WIRE_EXIT_RECYCLED);
	rig_hang_up(&a);
	rig_hang_up(&b);
	ck_assert(!worker_may_take(&rig.w));
	rig_close();
}
END_TEST

UNIT_MAIN("worker_command", drain, connections, a_classic_worker_takes_one_at_a_time,
	what_is_no_command, too_much_at_once, the_parent_is_gone, without_a_pipe, how_many_it_takes)
