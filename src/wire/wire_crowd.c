/*
 * wire_crowd - how many connections each client address has, over all processes
 *
 * Runs in:  the parent, workers, keepers
 * Owns:     see wire_crowd.h
 * Errors:   see wire_crowd.h
 *
 * Its own counter of a process changes before the sum when it grows, and after it when it shrinks:
 * who is killed between the two leaves a sum that is too small by one and never one that is too
 * large, which would keep somebody out for ever.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_crowd.h"

#include "base/siphash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

struct wire_crowd {
	unsigned char key[SIPHASH_KEY];
	uint32_t pages;
	uint32_t unused;
	atomic_uint sum[WIRE_CROWD_PLACES];
	atomic_uint said[WIRE_CROWD_PLACES];
	atomic_ushort own[][WIRE_CROWD_PLACES];
};

static size_t size_of(uint32_t pages)
{
	return sizeof(struct wire_crowd) + (size_t)pages * sizeof(atomic_ushort[WIRE_CROWD_PLACES]);
}

static struct wire_crowd *map(int fd, size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return at == MAP_FAILED ? NULL : at;
}

struct wire_crowd *wire_crowd_new(uint32_t pages, int *fd)
{
	size_t size = size_of(pages + WIRE_CROWD_KEEPERS);
	struct wire_crowd *crowd = NULL;
	*fd = memfd_create("crowd", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd < 0)
		return NULL;
	if (ftruncate(*fd, (off_t)size) == 0 &&
		fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0)
		crowd = map(*fd, size);
	if (crowd && getrandom(crowd->key, sizeof crowd->key, 0) == sizeof crowd->key) {
		crowd->pages = pages + WIRE_CROWD_KEEPERS;
		return crowd;
	}
	int why = errno;
	if (crowd)
		munmap(crowd, size);
	close(*fd);
	*fd = -1;
	errno = why;
	return NULL;
}

struct wire_crowd *wire_crowd_open(int fd)
{
	struct stat st;
	if (fstat(fd, &st) < 0 || st.st_size < (off_t)size_of(0)) {
		errno = EINVAL;
		return NULL;
	}
	return map(fd, (size_t)st.st_size);
}

uint32_t wire_crowd_place(const struct wire_crowd *crowd, const struct os_address *client)
{
	unsigned char digest[SIPHASH_SIZE];
	struct text of = client->of.any.sa_family == AF_INET6
				 ? text_from((const char *)&client->of.v6.sin6_addr, 8)
				 : text_from((const char *)&client->of.v4.sin_addr, 4);
	/* An IPv4 client of a socket that takes both (::ffff:192.0.2.1). */
	if (of.size == 8 && IN6_IS_ADDR_V4MAPPED(&client->of.v6.sin6_addr))
		of = text_from((const char *)&client->of.v6.sin6_addr + 12, 4);
	uint32_t number;
	siphash(crowd->key, of, digest);
	memcpy(&number, digest, sizeof number);
	return number % (WIRE_CROWD_PLACES - 1) + 1;
}

static bool is_place(const struct wire_crowd *crowd, uint32_t page, uint32_t place)
{
	return crowd && place && place < WIRE_CROWD_PLACES && page < crowd->pages;
}

/* Never below 0, whatever another process wrote there. */
static void sum_less(struct wire_crowd *crowd, uint32_t place, unsigned by)
{
	unsigned sum = atomic_load(&crowd->sum[place]), less;
	do
		less = sum > by ? sum - by : 0;
	while (!atomic_compare_exchange_weak(&crowd->sum[place], &sum, less));
}

bool wire_crowd_enter(struct wire_crowd *crowd, uint32_t page, uint32_t place, uint32_t limit)
{
	if (!is_place(crowd, page, place))
		return true;
	atomic_fetch_add(&crowd->own[page][place], 1);
	if (atomic_fetch_add(&crowd->sum[place], 1) < limit)
		return true;
	wire_crowd_leave(crowd, page, place);
	return false;
}

void wire_crowd_leave(struct wire_crowd *crowd, uint32_t page, uint32_t place)
{
	if (!is_place(crowd, page, place))
		return;
	sum_less(crowd, place, 1);
	atomic_fetch_sub(&crowd->own[page][place], 1);
}

void wire_crowd_hand(struct wire_crowd *crowd, uint32_t page, uint32_t place)
{
	if (is_place(crowd, page, place))
		atomic_fetch_sub(&crowd->own[page][place], 1);
}

void wire_crowd_take(struct wire_crowd *crowd, uint32_t page, uint32_t place)
{
	if (is_place(crowd, page, place))
		atomic_fetch_add(&crowd->own[page][place], 1);
}

void wire_crowd_clear(struct wire_crowd *crowd, uint32_t page)
{
	if (!crowd || page >= crowd->pages)
		return;
	for (uint32_t place = 1; place < WIRE_CROWD_PLACES; place++) {
		unsigned had = atomic_exchange(&crowd->own[page][place], 0);
		if (had)
			sum_less(crowd, place, had);
	}
}

uint32_t wire_crowd_count(const struct wire_crowd *crowd, uint32_t place)
{
	return place < WIRE_CROWD_PLACES ? atomic_load(&crowd->sum[place]) : 0;
}

bool wire_crowd_say(struct wire_crowd *crowd, uint32_t place, uint32_t second)
{
	return place < WIRE_CROWD_PLACES && atomic_exchange(&crowd->said[place], second) != second;
}
