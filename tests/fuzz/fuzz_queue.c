/*
 * fuzz_queue - any bytes in the memory of a queue, as a child that was taken over may leave them
 *
 * Runs in:  libFuzzer
 * Owns:     a queue for each input
 * Errors:   abort() when more comes out than there is room for, or when the queue has not healed
 *           once it was read empty
 *
 * So the children for one request of model fork tell their parent what they did: a queue all share.
 * The bytes are places and values, in its first page and in the first messages behind it; the first
 * byte says how many good messages there were.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_queue.h"

#include "fuzz/fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 300, REACH = 8192, TURNS = 4096, SIZE = 200 };

/* As the parent does, which goes on with the rest in its next turn. false: there is a rest; a
 * damaged queue may seem to hold as many empty messages as there is room for. */
static bool read_all(struct mp_queue *q)
{
	char room[ROOM];
	for (int i = 0; i < TURNS; i++) {
		void *large;
		ssize_t n = mp_queue_get_into(q, room, sizeof room, 0);
		MUST(n <= (ssize_t)sizeof room);
		if (n < 0 && errno == EMSGSIZE) {
			n = mp_queue_get_nowait(q, &large);
			MUST(n > (ssize_t)sizeof room);
			free(large);
		}
		if (n < 0 && errno == EAGAIN)
			return true;
		MUST(n >= 0 || errno == EBADMSG);
	}
	return false;
}

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
	char message[SIZE] = "report", got[ROOM];
	struct mp_queue *q = mp_queue_new(0);
	MUST(q && mp_queue_reader_fileno(q) >= 0);
	for (int i = 0; size && i < input[0] % 16; i++)
		MUST(mp_queue_put_nowait(q, message, sizeof message) == 0);
	if (size)
		fuzz_change(q->shared, REACH, 2, input + 1, size - 1);
	/* Whoever keeps the latch is waited for; that is not what is tried here. */
	memset(&q->shared->latch, 0, sizeof q->shared->latch);
	if (read_all(q)) {
		MUST(mp_queue_put_nowait(q, message, sizeof message) == 0);
		MUST(mp_queue_get_into(q, got, sizeof got, 0) == sizeof message);
		MUST(memcmp(got, message, sizeof message) == 0);
	}
	mp_queue_close(q);
	return 0;
}
