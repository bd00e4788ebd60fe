/*
 * queue_join - wait until everything put into a queue has been worked on
 *
 * Runs in:  the parent and one worker
 * Owns:     the queue and the worker
 * Errors:   says so and exits with 1
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"

#include <stdio.h>

static int worker(void *args, size_t size)
{
	struct mp_queue *q = mp_queue_from_share(args);
	(void)size;
	for (int item; mp_queue_get_into(q, &item, sizeof item, -1) == sizeof item;) {
		printf("Working on %d\n", item);
		printf("Finished %d\n", item);
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
	struct mp_process *p = mp_process_new(worker, &share, sizeof share,
		&(struct mp_process_options){.daemon = true, .shares = &share, .share_count = 1});
	if (!p || mp_process_start(p) < 0) {
		perror("queue_join");
		return 1;
	}
	for (int item = 0; item < 5; item++)
		mp_queue_put(q, &item, sizeof item);
	mp_joinable_queue_join(q, -1);
	printf("All work completed\n");
	mp_process_terminate(p);
	mp_process_join(p, -1);
	mp_process_close(p);
	mp_queue_close(q);
	return 0;
}
