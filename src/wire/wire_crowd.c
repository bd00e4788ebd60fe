/*
 * wire_crowd - how many connections each client address has, over all processes
 *
 * Runs in:  the parent, workers, keepers
 * Owns:     see wire_crowd.h
 * Errors:   see wire_crowd.h
 *
 * The mapping holds the struct table, then of each process how many connections it has in all, then
 * the rows: the way first, then the keepers, then the workers. A process changes its own column and
 * the way; the parent clears a column when its process is gone. Whoever wants in counts itself
 * first and adds up second: of several that come at once, none overlooks the others. And what goes
 * from column to column is in both for a moment, never in none.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_crowd.h"

#include "base/siphash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WAY, FIRST_KEEPER, FIRST_WORKER = FIRST_KEEPER + WIRE_CROWD_KEEPERS };

struct table {
	unsigned char key[SIPHASH_KEY];
	atomic_uint used; /* columns from here on have never counted anything */
	atomic_uint said[WIRE_CROWD_PLACES];
	atomic_uchar touched[WIRE_CROWD_PLACES]; /* rows that have ever counted something */
};

/* How large it is, each process knows for itself: in the table somebody could change it. */
struct wire_crowd {
	struct table *table;
	atomic_uint *all;   /* of each column, its sum */
	atomic_ushort *own; /* row by row */
	uint32_t columns;
};

static size_t size_of(uint32_t columns)
{
	size_t column = sizeof(atomic_uint) + WIRE_CROWD_PLACES * sizeof(atomic_ushort);
	return sizeof(struct table) + columns * column;
}

static struct wire_crowd *map(int fd, uint32_t columns)
{
	struct wire_crowd *crowd = malloc(sizeof *crowd);
	void *at = crowd ? mmap(NULL, size_of(columns), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
			 : MAP_FAILED;
	if (at == MAP_FAILED) {
		free(crowd);
		return NULL;
	}
	crowd->table = at;
	crowd->all = (atomic_uint *)(crowd->table + 1);
	crowd->own = (atomic_ushort *)(crowd->all + columns);
	crowd->columns = columns;
	return crowd;
}

struct wire_crowd *wire_crowd_new(uint32_t pages, int *fd)
{
	uint32_t columns = FIRST_WORKER + pages;
	unsigned char key[SIPHASH_KEY];
	struct wire_crowd *crowd = NULL;
	*fd = memfd_create("crowd", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd < 0)
		return NULL;
	if (getrandom(key, sizeof key, 0) == sizeof key &&
		ftruncate(*fd, (off_t)size_of(columns)) == 0 &&
		fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0)
		crowd = map(*fd, columns);
	if (crowd) {
		memcpy(crowd->table->key, key, sizeof key);
		return crowd;
	}
	int why = errno;
	close(*fd);
	*fd = -1;
	errno = why;
	return NULL;
}

struct wire_crowd *wire_crowd_open(int fd)
{
	struct stat st;
	if (fstat(fd, &st) < 0 || st.st_size < (off_t)size_of(FIRST_WORKER)) {
		errno = EINVAL;
		return NULL;
	}
	size_t rest = (size_t)st.st_size - size_of(0);
	return map(fd, (uint32_t)(rest / (size_of(1) - size_of(0))));
}

void wire_crowd_close(struct wire_crowd *crowd)
{
	if (crowd)
		munmap(crowd->table, size_of(crowd->columns));
	free(crowd);
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
	siphash(crowd->table->key, of, digest);
	memcpy(&number, digest, sizeof number);
	return number % (WIRE_CROWD_PLACES - 1) + 1;
}

static bool is_place(const struct wire_crowd *crowd, uint32_t page, uint32_t place)
{
	return crowd && place && place < WIRE_CROWD_PLACES && page < crowd->columns - FIRST_KEEPER;
}

/* The last pages are the keepers', and theirs are the first columns: so those in use stand together
 * at the beginning of each row, and the rest is never looked at. */
static uint32_t column_of(const struct wire_crowd *crowd, uint32_t page)
{
	uint32_t workers = crowd->columns - FIRST_WORKER;
	return page < workers ? FIRST_WORKER + page : FIRST_KEEPER + page - workers;
}

static atomic_ushort *row_of(const struct wire_crowd *crowd, uint32_t place)
{
	return crowd->own + (size_t)place * crowd->columns;
}

static void widen(struct wire_crowd *crowd, uint32_t column)
{
	unsigned used = atomic_load(&crowd->table->used);
	while (used <= column &&
		!atomic_compare_exchange_weak(&crowd->table->used, &used, column + 1))
		;
}

/* As far as a number of 16 bits goes, which is farther than any limit. */
static void add(struct wire_crowd *crowd, uint32_t column, uint32_t place)
{
	atomic_ushort *at = row_of(crowd, place) + column;
	if (atomic_load(at) == UINT16_MAX)
		return;
	widen(crowd, column);
	atomic_store(&crowd->table->touched[place], 1);
	/* Who clears the column looks at the sum first, so it is never the smaller one. */
	atomic_fetch_add(&crowd->all[column], 1);
	atomic_fetch_add(at, 1);
}

/* Never below 0, whatever another process wrote there. */
static void subtract(struct wire_crowd *crowd, uint32_t column, uint32_t place)
{
	atomic_ushort *at = row_of(crowd, place) + column;
	unsigned short count = atomic_load(at);
	while (count > 0)
		if (atomic_compare_exchange_weak(at, &count, (unsigned short)(count - 1))) {
			atomic_fetch_sub(&crowd->all[column], 1);
			return;
		}
}

void wire_crowd_leave(struct wire_crowd *crowd, uint32_t page, uint32_t place)
{
	if (is_place(crowd, page, place))
		subtract(crowd, column_of(crowd, page), place);
}

void wire_crowd_send(struct wire_crowd *crowd, uint32_t page, uint32_t place)
{
	if (!is_place(crowd, page, place))
		return;
	add(crowd, WAY, place);
	subtract(crowd, column_of(crowd, page), place);
}

void wire_crowd_take(struct wire_crowd *crowd, uint32_t page, uint32_t place)
{
	if (!is_place(crowd, page, place))
		return;
	add(crowd, column_of(crowd, page), place);
	subtract(crowd, WAY, place);
}

uint32_t wire_crowd_count(const struct wire_crowd *crowd, uint32_t place)
{
	if (place >= WIRE_CROWD_PLACES)
		return 0;
	atomic_ushort *row = row_of(crowd, place);
	uint32_t used = atomic_load(&crowd->table->used), count = 0, way = atomic_load(&row[WAY]);
	for (uint32_t i = FIRST_KEEPER; i < used && i < crowd->columns; i++)
		count += atomic_load(&row[i]);
	/* What came from the way, or went there, while the others were added up. */
	uint32_t still = atomic_load(&row[WAY]);
	return count + (way > still ? way : still);
}

bool wire_crowd_enter(struct wire_crowd *crowd, uint32_t page, uint32_t place, uint32_t limit)
{
	if (!is_place(crowd, page, place))
		return true;
	uint32_t column = column_of(crowd, page);
	if (atomic_load(row_of(crowd, place) + column) >= limit)
		return false;
	add(crowd, column, place);
	if (wire_crowd_count(crowd, place) <= limit)
		return true;
	subtract(crowd, column, place);
	return false;
}

static void empty(struct wire_crowd *crowd, uint32_t column)
{
	for (uint32_t place = 1; place < WIRE_CROWD_PLACES; place++)
		if (atomic_load(&crowd->table->touched[place]))
			atomic_store(row_of(crowd, place) + column, 0);
}

void wire_crowd_clear(struct wire_crowd *crowd, uint32_t page)
{
	if (!is_place(crowd, page, 1))
		return;
	uint32_t column = column_of(crowd, page);
	if (atomic_load(&crowd->all[column]) == 0)
		return; /* it ended in order, and as a rule they do */
	empty(crowd, column);
	atomic_store(&crowd->all[column], 0);
}

/* Others may be about to send: of the way, which has many writers, the sum says too little. */
void wire_crowd_settle(struct wire_crowd *crowd)
{
	if (crowd && atomic_load(&crowd->table->used))
		empty(crowd, WAY);
}

bool wire_crowd_say(struct wire_crowd *crowd, uint32_t place, uint32_t second)
{
	return place < WIRE_CROWD_PLACES &&
	       atomic_exchange(&crowd->table->said[place], second) != second;
}
