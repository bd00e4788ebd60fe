/*
 * wire_scoreboard - what the parent knows of every slot, for all to see
 *
 * Runs in:  the parent writes; workers read
 * Owns:     see wire_scoreboard.h
 * Errors:   NULL or -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_scoreboard.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRIES = 1000 };

static size_t size_of(uint32_t slots)
{
	return sizeof(struct wire_scoreboard) + slots * sizeof(struct wire_slot);
}

struct wire_scoreboard *wire_scoreboard_new(uint32_t slots, int *fd)
{
	*fd = memfd_create("scoreboard", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd < 0)
		return NULL;
	struct wire_scoreboard *board = MAP_FAILED;
	if (ftruncate(*fd, (off_t)size_of(slots)) == 0)
		board = mmap(NULL, size_of(slots), PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	/* The seal spares the mapping that exists already: the parent's. */
	if (board != MAP_FAILED &&
		fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE) == 0) {
		board->slots = slots;
		return board;
	}
	int why = errno;
	if (board != MAP_FAILED)
		munmap(board, size_of(slots));
	close(*fd);
	*fd = -1;
	errno = why;
	return NULL;
}

struct wire_scoreboard *wire_scoreboard_open(int fd)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return NULL;
	void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	return at == MAP_FAILED ? NULL : at;
}

int wire_scoreboard_seal(struct wire_scoreboard *board, int fd)
{
	void *at = mmap(board, size_of(board->slots), PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
	return at == MAP_FAILED ? -1 : 0;
}

void wire_scoreboard_begin(atomic_uint *sequence)
{
	atomic_fetch_add_explicit(sequence, 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
}

void wire_scoreboard_end(atomic_uint *sequence)
{
	atomic_fetch_add_explicit(sequence, 1, memory_order_release);
}

static void read_whole(const atomic_uint *sequence, const void *from, void *to, size_t size)
{
	for (int i = 0; i < TRIES; i++) {
		unsigned before = atomic_load_explicit(sequence, memory_order_acquire);
		memcpy(to, from, size);
		atomic_thread_fence(memory_order_acquire);
		unsigned after = atomic_load_explicit(sequence, memory_order_relaxed);
		if (before == after && before % 2 == 0)
			return;
	}
}

void wire_scoreboard_read(const struct wire_scoreboard *board, uint32_t slot, struct wire_slot *to)
{
	const struct wire_slot *from = &board->slot[slot];
	read_whole(&from->sequence, from, to, sizeof *to);
	/* A torn copy must still be safe to print. */
	to->client[sizeof to->client - 1] = '\0';
	to->request[sizeof to->request - 1] = '\0';
	to->host[sizeof to->host - 1] = '\0';
}

void wire_scoreboard_totals(const struct wire_scoreboard *board, struct wire_totals *to)
{
	read_whole(&board->totals_sequence, &board->totals, to, sizeof *to);
}

void wire_counts_add(struct wire_counts *to, const struct wire_counts *what)
{
	to->connections += what->connections;
	to->closed += what->closed;
	to->requests += what->requests;
	to->bytes += what->bytes;
	to->took_us += what->took_us;
	to->user_us += what->user_us;
	to->system_us += what->system_us;
}
