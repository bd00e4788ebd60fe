/*
 * fuzz_pipe - any packets, with any descriptors, from the other end of a pipe
 *
 * Runs in:  libFuzzer
 * Owns:     a pipe for each input, and the descriptors that travel
 * Errors:   abort() when more comes out than there is room for, when a descriptor of ours is closed
 *           or one of theirs is left open, or when a sound message behind it all does not arrive
 *
 * So a worker that was taken over speaks to its parent, which reads reports and wants no
 * descriptors, and so a parent to a worker, which takes one. The bytes are packets: their form,
 * descriptors and data, which may be the number of a descriptor of the receiver.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_pipe.h"

#include "fuzz/fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 300, FDS = MP_PIPE_FDS + 4, PACKETS = 16, TURNS = 200, OURS = 40 };

static int files[4]; /* what rides along: a long file, a short one, no file at all, an end */

/* Data, which is raw or the same number again and again, and a trailer that may be ours. */
static void say(struct fuzz_input *in, int to)
{
	static unsigned char bytes[70000];
	struct mp_pipe_trailer trailer = {.where = MP_PIPE_IN_PACKET};
	unsigned form = fuzz_next(in), many = fuzz_next(in);
	size_t size = form % 8 == 7 ? fuzz_next(in) * 270u : fuzz_next(in) * 2u;
	size_t count = many >= 200 ? FDS - many % 8 : many % 4;
	int number = OURS, fds[FDS];
	for (size_t i = 0; i < size; i++)
		bytes[i] = form & 8 ? ((const unsigned char *)&number)[i % sizeof number]
				    : (unsigned char)fuzz_next(in);
	if (form & 16) {
		trailer.where += form >> 5 & 1;
		trailer.size = form & 64    ? fuzz_next(in)
			       : form & 128 ? fuzz_next(in) * 300000u
					    : size;
		memcpy(bytes + size, &trailer, sizeof trailer);
		size += sizeof trailer;
	}
	for (size_t i = 0; i < count; i++)
		fds[i] = files[(many + i) % 4];
	fuzz_send(to, bytes, size, fds, count);
}

/* As the parent reads reports: anything wrong, and it is the last. */
static void hear_as_parent(struct mp_pipe *p)
{
	char room[ROOM];
	for (int i = 0; i < TURNS; i++) {
		ssize_t n = mp_pipe_recv_bytes_into_timeout(p, room, sizeof room, 0);
		MUST(n <= (ssize_t)sizeof room);
		if (n < 0)
			return;
	}
}

/* As a worker reads commands: what is too large is dropped, and it goes on. */
static void hear_as_worker(struct mp_pipe *p)
{
	char room[ROOM];
	for (int i = 0; i < TURNS; i++) {
		int fd = -1;
		size_t count = 1;
		void *large = NULL;
		ssize_t n = mp_pipe_recv_fds(p, room, sizeof room, &fd, &count, 0);
		MUST(n <= (ssize_t)sizeof room && (n < 0 || count <= 1));
		if (n < 0 && errno == EMSGSIZE) {
			MUST(mp_pipe_recv_bytes_timeout(p, &large, 0) >= 0);
			free(large);
			continue;
		}
		if (n < 0 && errno == EAGAIN)
			return;
		MUST(n >= 0 || errno == EBADMSG || errno == EPIPE);
		if (n >= 0 && count) {
			MUST(fcntl(fd, F_GETFD) == FD_CLOEXEC);
			close(fd);
		}
	}
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
	(void)count;
	(void)words;
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < 2; i++) {
		files[i] = memfd_create("fuzz", MFD_CLOEXEC);
		MUST(files[i] >= 0 && ftruncate(files[i], i ? 100 : 1 << 20) == 0);
	}
	MUST(pipe2(files + 2, O_CLOEXEC) == 0);
	MUST(dup3(STDERR_FILENO, OURS, O_CLOEXEC) == OURS);
	return 0;
}

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
	struct fuzz_input in = {input, size};
	int ends[2], before = fuzz_lowest_fd();
	bool worker = fuzz_next(&in) & 1;
	char sound[] = "sound", got[ROOM];
	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	struct mp_pipe *p = mp_pipe_from_fd(ends[0]);
	MUST(p);
	for (int i = 0; i < PACKETS && in.left; i++) {
		say(&in, ends[1]);
		if (fuzz_next(&in) % 2 == 0)
			continue;
		if (worker)
			hear_as_worker(p);
		else
			hear_as_parent(p);
	}
	if (worker) {
		hear_as_worker(p);
		fuzz_send(ends[1], sound, sizeof sound, NULL, 0);
		MUST(mp_pipe_recv_bytes_into_timeout(p, got, sizeof got, 0) == sizeof sound);
		MUST(memcmp(got, sound, sizeof sound) == 0);
	}
	mp_pipe_close(p);
	close(ends[1]);
	MUST(fcntl(OURS, F_GETFD) == FD_CLOEXEC);
	MUST(fuzz_lowest_fd() == before);
	return 0;
}
