/*
 * queue_writer_reader - one process writes into a queue, another reads from it
 *
 * Runs in:  the parent, a writer, a reader
 * Owns:     the queue and both processes
 * Errors:   says so and exits with 1
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"

#include <stdio.h>
#include <unistd.h>

static int write_all(void *args, size_t size)
{
	struct mp_queue *q = mp_queue_from_share(args);
	(void)size;
	printf("Process to write: %d\n", (int)getpid());
	for (const char *value = "ABC"; *value; value++) {
		printf("Put %c to queue...\n", *value);
		fflush(stdout);
		mp_queue_put(q, value, 1);
		usleep(20000);
	}
	return 0;
}

static int read_all(void *args, size_t size)
{
	struct mp_queue *q = mp_queue_from_share(args);
	(void)size;
	printf("Process to read: %d\n", (int)getpid());
	for (char value; mp_queue_get_into(q, &value, 1, -1) == 1;) {
		printf("Get %c from queue.\n", value);
		fflush(stdout);
		mp_joinable_queue_task_done(q);
	}
	return 1;
}

int main(void)
{
	struct mp_queue *q = mp_joinable_queue_new(0);
	if (!q)
		return 1;
	struct mp_share share = mp_queue_share(q);
	struct mp_process_options options = {.shares = &share, .share_count = 1};
	struct mp_process *writer = mp_process_new(write_all, &share, sizeof share, &options);
	struct mp_process *reader = mp_process_new(read_all, &share, sizeof share, &options);
	if (!writer || !reader || mp_process_start(writer) < 0 || mp_process_start(reader) < 0)
		return 1;
	mp_process_join(writer, -1);
	mp_joinable_queue_join(q, -1);
	mp_process_terminate(reader); /* it would wait for ever */
	mp_process_join(reader, -1);
	mp_process_close(writer), mp_process_close(reader);
	mp_queue_close(q);
	return 0;
}
