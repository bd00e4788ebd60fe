/*
 * mp_ring - messages in a ring of shared memory
 *
 * Runs in:  every process, under a lock of the caller's
 * Owns:     nothing
 * Errors:   -1 with errno EBADMSG
 *
 * A message is its size in 8 bytes and its data, rounded up to 8. The ring is large and mostly not
 * there: its pages come when they are first written and are given back once the messages in them
 * are read, so a queue costs what waits in it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* Memory is given back in pieces of this size, but for the first KEPT bytes: to have new pages from
 * the kernel costs more than what is done with the messages in them. */
#define PIECE ((uint32_t)1 << 20)
#define KEPT (8 * PIECE)

struct span {
	uint32_t head, tail;
};

/* Messages begin at multiples of 8; who else writes to the memory may have left anything. */
static struct span load(const struct mp_ring *ring)
{
	const uint64_t places = ~UINT64_C(0x700000007);
	uint64_t span = __atomic_load_n(&ring->state->span, __ATOMIC_ACQUIRE) & places;
	return (struct span){(uint32_t)span, (uint32_t)(span >> 32)};
}

static void store(struct mp_ring *ring, uint32_t head, uint32_t tail)
{
	__atomic_store_n(&ring->state->span, (uint64_t)tail << 32 | head, __ATOMIC_RELEASE);
}

static uint64_t padded(uint64_t size)
{
	return 8 + ((size + 7) & ~(uint64_t)7);
}

bool mp_ring_fits(const struct mp_ring *ring, size_t size)
{
	struct span at = load(ring);
	uint32_t used = at.tail - at.head;
	return size <= ring->room && used <= ring->room && padded(size) <= ring->room - used;
}

static void copy_in(struct mp_ring *ring, uint32_t at, const void *from, size_t size)
{
	at &= ring->room - 1;
	size_t near = ring->room - at < size ? ring->room - at : size;
	memcpy(ring->data + at, from, near);
	if (size > near)
		memcpy(ring->data, (const char *)from + near, size - near);
}

uint32_t mp_ring_write(struct mp_ring *ring, const struct iovec *parts, size_t count, size_t size)
{
	uint32_t tail = load(ring).tail, at = tail + 8;
	uint64_t head = size;
	copy_in(ring, tail, &head, sizeof head);
	for (size_t i = 0; i < count; i++)
		if (parts[i].iov_len) {
			copy_in(ring, at, parts[i].iov_base, parts[i].iov_len);
			at += (uint32_t)parts[i].iov_len;
		}
	return tail + (uint32_t)padded(size);
}

void mp_ring_commit(struct mp_ring *ring, uint32_t written)
{
	uint32_t head = load(ring).head;
	uint32_t far = (written & (ring->room - 1)) < (head & (ring->room - 1))
			       ? ring->room
			       : written & (ring->room - 1);
	if (ring->state->high < far)
		ring->state->high = far;
	ring->state->count++;
	store(ring, head, written);
}

bool mp_ring_empty(const struct mp_ring *ring)
{
	struct span at = load(ring);
	return at.head == at.tail;
}

uint64_t mp_ring_count(const struct mp_ring *ring)
{
	return mp_ring_empty(ring) ? 0 : ring->state->count;
}

static void clear(struct mp_ring *ring)
{
	uint32_t high = ring->state->high;
	ring->state->count = 0;
	ring->state->high = 0;
	store(ring, 0, 0);
	if (high > KEPT && ring->room > KEPT)
		fallocate(ring->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, ring->offset + KEPT,
			(off_t)(ring->room - KEPT));
}

/* The size of the message at a position, or -1 where there cannot be one. */
static int64_t size_at(const struct mp_ring *ring, uint32_t at, uint32_t tail)
{
	uint64_t size;
	uint32_t left = tail - at;
	if (left > ring->room || left < 8)
		return -1;
	memcpy(&size, ring->data + (at & (ring->room - 1)), sizeof size);
	return size > left || padded(size) > left ? -1 : (int64_t)size;
}

ssize_t mp_ring_next(struct mp_ring *ring)
{
	struct span at = load(ring);
	if (at.head == at.tail) {
		errno = EAGAIN;
		return -1;
	}
	int64_t size = size_at(ring, at.head, at.tail);
	if (size < 0) {
		clear(ring);
		errno = EBADMSG;
	}
	return size;
}

static void copy_out(const struct mp_ring *ring, uint32_t at, void *to, size_t size)
{
	at &= ring->room - 1;
	size_t near = ring->room - at < size ? ring->room - at : size;
	if (near)
		memcpy(to, ring->data + at, near);
	if (size > near)
		memcpy((char *)to + near, ring->data, size - near);
}

void mp_ring_read(const struct mp_ring *ring, size_t from, void *to, size_t size)
{
	copy_out(ring, load(ring).head + 8 + (uint32_t)from, to, size);
}

/* Gives back the pieces that lie wholly before the new head, unless what was written last has come
 * round to them. */
static void give_back(struct mp_ring *ring, uint32_t old, uint32_t head, uint32_t tail)
{
	uint32_t first = old & ~(PIECE - 1), end = head & ~(PIECE - 1);
	for (uint32_t at = first; at != end; at += PIECE)
		if ((at & (ring->room - 1)) >= KEPT && tail - at <= ring->room)
			fallocate(ring->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				ring->offset + (off_t)(at & (ring->room - 1)), PIECE);
}

/* The first `count` messages, which end at `head`, are gone. */
static void drop(struct mp_ring *ring, struct span at, uint32_t head, uint64_t count)
{
	if (head == at.tail) {
		clear(ring);
		return;
	}
	ring->state->count -= count;
	store(ring, head, at.tail);
	if ((at.head ^ head) & ~(PIECE - 1))
		give_back(ring, at.head, head, at.tail);
}

void mp_ring_pop(struct mp_ring *ring)
{
	struct span at = load(ring);
	int64_t size = size_at(ring, at.head, at.tail);
	drop(ring, at, size < 0 ? at.tail : at.head + (uint32_t)padded((uint64_t)size), 1);
}

ssize_t mp_ring_take(struct mp_ring *ring, void *to, size_t room)
{
	struct span at = load(ring);
	uint32_t end = at.head;
	uint64_t count = 0;
	while (end != at.tail) {
		int64_t size = size_at(ring, end, at.tail);
		if (size < 0) {
			clear(ring);
			errno = EBADMSG;
			return -1;
		}
		if (padded((uint64_t)size) > room - (end - at.head))
			break;
		end += (uint32_t)padded((uint64_t)size);
		count++;
	}
	if (end == at.head) {
		errno = EMSGSIZE;
		return at.head == at.tail ? 0 : -1;
	}
	copy_out(ring, at.head, to, end - at.head);
	drop(ring, at, end, count);
	return end - at.head;
}

void mp_ring_recount(struct mp_ring *ring)
{
	struct span at = load(ring);
	uint64_t count = 0;
	while (at.head != at.tail) {
		int64_t size = size_at(ring, at.head, at.tail);
		if (size < 0) {
			clear(ring);
			return;
		}
		at.head += (uint32_t)padded((uint64_t)size);
		count++;
	}
	ring->state->count = count;
}
