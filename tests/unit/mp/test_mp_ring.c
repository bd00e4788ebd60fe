/*
 * test_mp_ring - messages go round and round, and nonsense in the memory is noticed
 *
 * Runs in:  the test program
 * Owns:     nothing
 * Errors:   a failed check
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_ring.h"
#include "mp_check.h"

#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { ROOM = 16 << 20, KEPT = 8 << 20, PAGE = 4096 };

static struct mp_ring ring;

static void make(void)
{
	int fd = memfd_create("ring", MFD_CLOEXEC);
	ck_assert_int_eq(ftruncate(fd, PAGE + ROOM), 0);
	char *at = mmap(NULL, PAGE + ROOM, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(at, MAP_FAILED);
	ring = (struct mp_ring){(struct mp_ring_state *)at, at + PAGE, ROOM, fd, PAGE};
}

static void unmake(void)
{
	munmap(ring.state, PAGE + ROOM);
	close(ring.fd);
}

static void put(const char *data, size_t size)
{
	ck_assert(mp_ring_fits(&ring, size));
	/* In two parts, as it may come. */
	struct iovec parts[] = {
		{(char *)data, size / 3}, {(char *)data + size / 3, size - size / 3}};
	mp_ring_commit(&ring, mp_ring_write(&ring, parts, 2, size));
}

static void take(const char *data, size_t size)
{
	char *got = malloc(size + 1);
	ck_assert_int_eq(mp_ring_next(&ring), (ssize_t)size);
	mp_ring_read(&ring, 0, got, size);
	ck_assert(memcmp(got, data, size) == 0);
	mp_ring_pop(&ring);
	free(got);
}

static blkcnt_t blocks(void)
{
	struct stat about;
	ck_assert_int_eq(fstat(ring.fd, &about), 0);
	return about.st_blocks;
}

START_TEST(round_and_round)
{
	static const size_t sizes[] = {0, 1, 7, 8, 9, 1000, 65536, 700001, 3};
	char *data = malloc(700001);
	for (size_t i = 0; i < 700001; i++)
		data[i] = (char)(i ^ i >> 8);
	make();
	/* Always one message more in it, so that it never starts over; a dozen times round. */
	put(data, 5);
	size_t previous = 5;
	for (size_t i = 0; i < 2400; i++) {
		size_t size = sizes[i % (sizeof sizes / sizeof *sizes)];
		put(data, size);
		ck_assert_uint_eq(mp_ring_count(&ring), 2);
		take(data, previous);
		previous = size;
	}
	take(data, previous);
	ck_assert(mp_ring_empty(&ring));
	ck_fails((int)mp_ring_next(&ring), EAGAIN);
	free(data);
	unmake();
}
END_TEST

START_TEST(full_to_the_brim)
{
	make();
	char *data = calloc(1, ROOM);
	ck_assert(mp_ring_fits(&ring, ROOM - 8));
	ck_assert(!mp_ring_fits(&ring, ROOM - 7));
	ck_assert(!mp_ring_fits(&ring, SIZE_MAX - 4));
	put(data, ROOM - 8);
	ck_assert(!mp_ring_fits(&ring, 0));
	take(data, ROOM - 8);
	ck_assert(mp_ring_fits(&ring, ROOM - 8));
	free(data);
	unmake();
}
END_TEST

START_TEST(memory_is_given_back)
{
	make();
	char *data = calloc(1, 12 << 20);
	put(data, 12 << 20);
	ck_assert_int_gt(blocks(), (12 << 20) / 512 - 1);
	take(data, 12 << 20);
	ck_assert_int_le(blocks(), KEPT / 512 + 16);
	/* Also while it is never empty. */
	put(data, 100);
	for (int i = 0; i < 800; i++) {
		put(data, 100000);
		take(data, i ? 100000 : 100);
		ck_assert_int_le(blocks(), KEPT / 512 + (3 << 20) / 512);
	}
	free(data);
	unmake();
}
END_TEST

START_TEST(what_does_not_count_is_not_there)
{
	make();
	put("one", 3);
	mp_ring_write(&ring, &(struct iovec){"two", 3}, 1, 3); /* and died */
	ck_assert_uint_eq(mp_ring_count(&ring), 1);
	ring.state->count = 77;
	mp_ring_recount(&ring);
	ck_assert_uint_eq(mp_ring_count(&ring), 1);
	take("one", 3);
	ck_assert(mp_ring_empty(&ring));
	unmake();
}
END_TEST

START_TEST(nonsense_is_noticed)
{
	static const uint64_t sizes[] = {UINT64_MAX, UINT64_MAX - 7, 1 << 30, 17, 9};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		make();
		put("12345678", 8);
		memcpy(ring.data, &sizes[i], sizeof sizes[i]);
		ck_fails((int)mp_ring_next(&ring), EBADMSG);
		ck_assert(mp_ring_empty(&ring));
		put("again", 5);
		take("again", 5);
		unmake();
	}
	static const uint64_t spans[] = {
		8, (uint64_t)UINT32_MAX << 32, 16 | (uint64_t)8 << 32, 19 | (uint64_t)8 << 32};
	for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
		make();
		ring.state->span = spans[i];
		mp_ring_fits(&ring, 10);
		ck_fails((int)mp_ring_next(&ring), EBADMSG);
		ring.state->span = spans[i];
		mp_ring_recount(&ring);
		ring.state->span = spans[i];
		mp_ring_pop(&ring);
		ck_assert(mp_ring_empty(&ring));
		unmake();
	}
	/* Nothing lies between these, and the next message is none the worse. */
	static const uint64_t odd[] = {
		1, (uint64_t)4 << 32, 0xff | (uint64_t)0xff << 32, 0xff | (uint64_t)0xf9 << 32};
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		make();
		ring.state->span = odd[i];
		ck_fails((int)mp_ring_next(&ring), EAGAIN);
		put("again", 5);
		take("again", 5);
		unmake();
	}
}
END_TEST

/* Several messages in one copy, also where they lie across the end of the ring. */
START_TEST(taken_together)
{
	enum { MOST = 400000, INBOX = 600000 };
	char *data = malloc(MOST), *inbox = malloc(INBOX);
	uint64_t sent = 0, got = 0, size;
	unsigned seed = 3;
	make();
	ck_assert_int_eq(mp_ring_take(&ring, inbox, INBOX), 0);
	while (got < 1200) {
		for (int i = rand_r(&seed) % 6; i >= 0; i--, sent++) {
			size = 8 + (uint64_t)rand_r(&seed) % (MOST - 8);
			memset(data, (int)(sent & 127), size);
			memcpy(data, &sent, sizeof sent);
			if (!mp_ring_fits(&ring, size))
				break;
			put(data, size);
		}
		ssize_t bytes = mp_ring_take(&ring, inbox, INBOX);
		ck_assert_int_gt(bytes, 0);
		for (char *at = inbox; at < inbox + bytes; at += 8 + ((size + 7) & ~7u), got++) {
			uint64_t number;
			memcpy(&size, at, sizeof size);
			memcpy(&number, at + 8, sizeof number);
			ck_assert_uint_eq(number, got);
			ck_assert_int_eq(at[8 + size - 1], size > 8 ? (char)(got & 127) : at[15]);
		}
		ck_assert_uint_eq(mp_ring_count(&ring), sent - got);
	}
	/* None fits; and sizes that cannot be. */
	put(data, 100);
	while (mp_ring_take(&ring, inbox, INBOX) > 0)
		;
	put(data, 100);
	ck_fails((int)mp_ring_take(&ring, inbox, 100), EMSGSIZE);
	memset(ring.data, 0xff, ROOM);
	ck_fails((int)mp_ring_take(&ring, inbox, INBOX), EBADMSG);
	ck_assert(mp_ring_empty(&ring));
	unmake();
	free(data);
	free(inbox);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {round_and_round, full_to_the_brim, memory_is_given_back,
		what_does_not_count_is_not_there, nonsense_is_noticed, taken_together};
	return MP_CHECK_MAIN("mp_ring", tests);
}
