/*
 * fuzz_command - any packets, with any descriptors, as what the parent tells a worker
 *
 * Runs in:  libFuzzer
 * Owns:     one worker with an event loop, for all inputs; a pipe for each
 * Errors:   abort() when a descriptor is left open or is another's, when more connections are taken
 *           than came, or when a sound command behind it all is not obeyed
 *
 * The first byte says whether the worker has many connections or one. Then come packets: a command
 * of which some bytes are changed, or raw bytes as no pipe of ours sends them.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker.h"

#include "fuzz/fuzz.h"
#include "mp/mp.h"
#include "wire/wire_command.h"

#include <signal.h>
#include <string.h>

enum { PACKETS = 16, TURNS = 200, OURS = 40 };

static struct wire_heritage heritage;
static struct worker worker;
static struct ev_loop *loop;
static struct mp_pipe *parent;
static int files[2]; /* what rides along: a socket, an end of a pipe */
static unsigned sent, taken;

static void take(struct worker *w, int fd, const struct os_address *from)
{
	char text[OS_ADDRESS_TEXT];
	MUST(w == &worker && fd > 2 && fd != OURS && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	MUST(memchr(os_address_format(from, text), '\0', sizeof text));
	close(fd);
	taken++;
}

static void open_pipe(void)
{
	struct mp_pipe *ends[2];
	MUST(mp_pipe_new(ends, true) == 0);
	parent = ends[0];
	heritage.pipe = ends[1];
}

static void close_pipe(void)
{
	mp_pipe_close(parent);
	mp_pipe_close(heritage.pipe);
	heritage.pipe = NULL;
}

static void tell_to_drain(uint32_t reason)
{
	const struct wire_command command = {
		.magic = WIRE_COMMAND_MAGIC, .verb = WIRE_DRAIN, .reason = reason};
	MUST(mp_pipe_send_bytes(parent, &command, sizeof command) == 0);
}

/* One that is told to end before it begins has its loop and its list of listeners. */
int LLVMFuzzerInitialize(int *count, char ***words)
{
	struct buffer error = BUFFER_INIT;
	static struct wire_sandbox none;
	(void)count;
	(void)words;
	struct config_source source = {.serve = "/", .port = 1};
	struct config *config = config_load(&source, &error);
	MUST(config);
	int board_fd;
	struct wire_scoreboard *board = wire_scoreboard_new(1, &board_fd);
	MUST(board);
	none = WIRE_SANDBOX_NONE;
	heritage = (struct wire_heritage){.config = config,
		.scoreboard = board,
		.scoreboard_fd = board_fd,
		.sandbox = &none,
		.connection = -1};
	worker = (struct worker){.heritage = &heritage, .config = config};
	for (size_t i = 0; i < WORKER_STAGES; i++)
		list_init(&worker.stages[i]);
	list_init(&worker.waiting);
	signal(SIGPIPE, SIG_IGN);
	log_to(-1);
	worker_look_at_clock(&worker);
	open_pipe();
	tell_to_drain(WIRE_STATE_GRACEFUL);
	MUST(worker_event_run(&worker) == WIRE_EXIT_DONE && worker.draining);
	close_pipe();
	loop = worker.loop;
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, files) == 0);
	MUST(dup3(STDERR_FILENO, OURS, O_CLOEXEC) == OURS);
	return 0;
}

static size_t riders(unsigned many, int fds[FUZZ_FDS])
{
	size_t count = many >= 200 ? FUZZ_FDS - many % 8 : many % 3;
	for (size_t i = 0; i < count; i++)
		fds[i] = files[(many + i) % 2];
	return count;
}

/* A command is changed by pairs of a place and a byte. */
static void say(struct fuzz_input *in)
{
	static const uint32_t reasons[] = {WIRE_STATE_GRACEFUL, WIRE_STATE_IDLE_STOP};
	unsigned char bytes[512], changes[16];
	unsigned form = fuzz_next(in);
	int fds[FUZZ_FDS];
	size_t count = riders(fuzz_next(in), fds), size = 0;
	sent += count > 0;
	if (form & 1) {
		size_t room = fuzz_next(in) * 2u;
		while (size < room)
			bytes[size++] = (unsigned char)fuzz_next(in);
		fuzz_send(mp_pipe_fileno(parent), bytes, size, fds, count);
		return;
	}
	struct wire_command command = {.magic = WIRE_COMMAND_MAGIC,
		.verb = form >> 1 & 7,
		.reason = reasons[form >> 4 & 1]};
	for (; size < (form >> 5) * 2u; size++)
		changes[size] = (unsigned char)fuzz_next(in);
	fuzz_change(&command, sizeof command, 1, changes, size);
	(void)mp_pipe_send_fds(parent, &command, sizeof command, fds,
		count < MP_PIPE_FDS ? count : MP_PIPE_FDS, 0);
}

/* A packet of no bytes at all, which no pipe sends, is the end of the parent; here it is not. */
static void hear(void)
{
	for (int i = 0; i < TURNS; i++) {
		worker_command_read(&worker, take);
		MUST(!worker.orphan || worker.draining);
		worker.orphan = false;
	}
	MUST(taken <= sent);
}

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
	struct fuzz_input in = {input, size};
	int before = fuzz_lowest_fd();
	worker.loop = fuzz_next(&in) & 1 ? loop : NULL;
	worker.draining = false;
	sent = taken = 0;
	open_pipe();
	for (int i = 0; i < PACKETS && in.left; i++) {
		say(&in);
		if (fuzz_next(&in) % 2)
			hear();
	}
	hear();
	/* Whatever it was, the next one counts. */
	worker.draining = false;
	worker.farewell = WIRE_STATE_READY;
	tell_to_drain(WIRE_STATE_IDLE_STOP);
	hear();
	MUST(worker.draining && worker.farewell == WIRE_STATE_IDLE_STOP);
	worker_event_give_back();
	close_pipe();
	MUST(fcntl(OURS, F_GETFD) == FD_CLOEXEC);
	MUST(fuzz_lowest_fd() == before);
	return 0;
}
