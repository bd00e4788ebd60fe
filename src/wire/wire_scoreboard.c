/*
 * wire_scoreboard - what the parent knows of every slot, for all to see
 *
 * Runs in:  the parent writes; workers read
 * Owns:     see wire_scoreboard.h
 * Errors:   NULL or -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_scoreboard.h"

#include "base/apart.h"
#include "base/assert.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { RINGS = 1000, AT_ONCE = 100, WAITS = 100, WAIT_NS = 1000 * 1000 };

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
	if (st.st_size < (off_t)sizeof(struct wire_scoreboard)) {
		errno = EINVAL;
		return NULL;
	}
	struct wire_scoreboard *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return NULL;
	if (size_of(at->slots) <= (size_t)st.st_size)
		return at;
	munmap(at, (size_t)st.st_size);
	errno = EINVAL;
	return NULL;
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

bool wire_scoreboard_look(const atomic_uint *sequence, struct wire_look *look)
{
	while (look->tries++ < AT_ONCE + WAITS) {
		look->seen = atomic_load_explicit(sequence, memory_order_acquire);
		if (look->seen % 2 == 0)
			return true;
		/* It writes for microseconds, unless it lost its processor in the midst. */
		if (look->tries > AT_ONCE)
			nanosleep(&(struct timespec){0, WAIT_NS}, NULL);
	}
	return false;
}

bool wire_scoreboard_same(const atomic_uint *sequence, const struct wire_look *look)
{
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(sequence, memory_order_relaxed) == look->seen;
}

static void read_whole(const atomic_uint *sequence, const void *from, void *to, size_t size)
{
	struct wire_look look = {0};
	while (wire_scoreboard_look(sequence, &look)) {
		memcpy(to, from, size);
		if (wire_scoreboard_same(sequence, &look))
			return;
	}
	memcpy(to, from, size);
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

/* All of a ring, and how many were ever written into it. */
static uint64_t read_ring(const atomic_uint *sequence, const uint64_t *written, const void *from,
	void *to, size_t size)
{
	uint64_t count = *written, before = count + 1;
	for (int i = 0; i < RINGS && count != before; i++, count = *written) {
		before = count;
		read_whole(sequence, from, to, size);
	}
	return count;
}

uint32_t wire_scoreboard_deaths(
	const struct wire_scoreboard *board, struct wire_death to[WIRE_DEATHS])
{
	static struct wire_death ring[WIRE_DEATHS] APART;
	uint64_t count = read_ring(
		&board->deaths_sequence, &board->death_count, board->deaths, ring, sizeof ring);
	uint32_t known = count < WIRE_DEATHS ? (uint32_t)count : WIRE_DEATHS;
	for (uint32_t i = 0; i < known; i++) {
		to[i] = ring[(count - 1 - i) % WIRE_DEATHS];
		to[i].client[sizeof to[i].client - 1] = '\0';
		to[i].request[sizeof to[i].request - 1] = '\0';
		to[i].host[sizeof to[i].host - 1] = '\0';
	}
	return known;
}

uint32_t wire_scoreboard_samples(
	const struct wire_scoreboard *board, struct wire_sample to[WIRE_SAMPLES])
{
	static struct wire_sample ring[WIRE_SAMPLES] APART;
	uint64_t count = read_ring(
		&board->samples_sequence, &board->sample_count, board->samples, ring, sizeof ring);
	uint32_t known = count < WIRE_SAMPLES ? (uint32_t)count : WIRE_SAMPLES;
	for (uint32_t i = 0; i < known; i++)
		to[i] = ring[(count - known + i) % WIRE_SAMPLES];
	return known;
}

void wire_scoreboard_bury(struct wire_scoreboard *board, const struct wire_death *death)
{
	wire_scoreboard_begin(&board->deaths_sequence);
	board->deaths[board->death_count++ % WIRE_DEATHS] = *death;
	wire_scoreboard_end(&board->deaths_sequence);
}

void wire_scoreboard_sample(struct wire_scoreboard *board, const struct wire_sample *sample)
{
	wire_scoreboard_begin(&board->samples_sequence);
	board->samples[board->sample_count++ % WIRE_SAMPLES] = *sample;
	wire_scoreboard_end(&board->samples_sequence);
}

static const struct {
	const char *name, *words;
	bool failure;
} reasons[] = {
#define WIRE_DEATH(symbol, name, words, failure) {name, words, failure},
#include "wire/deaths.def"
#undef WIRE_DEATH
};

const char *wire_reason_name(uint32_t reason)
{
	return reason < COUNT_OF(reasons) ? reasons[reason].name : "unknown";
}

const char *wire_reason_words(uint32_t reason)
{
	return reason < COUNT_OF(reasons) ? reasons[reason].words : "ended";
}

bool wire_reason_failure(uint32_t reason)
{
	return reason < COUNT_OF(reasons) && reasons[reason].failure;
}

const char *wire_role_name(uint32_t role)
{
	static const char *const names[] = {
#define WIRE_ROLE(symbol, name) name,
#include "wire/roles.def"
#undef WIRE_ROLE
	};
	return role < COUNT_OF(names) ? names[role] : "unknown";
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
