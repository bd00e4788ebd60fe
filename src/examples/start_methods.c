/*
 * start_methods - one program, three ways to start its children
 *
 * Runs in:  the parent; a child of each kind
 * Owns:     a queue and a process at a time
 * Errors:   says so and exits with 1
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"

#include <stdio.h>
#include <stdlib.h>

static int foo(void *args, size_t size)
{
	struct mp_queue *q = mp_queue_from_share(args);
	(void)size;
	mp_queue_put(q, "hello", 5);
	mp_queue_close(q);
	return 0;
}

static int hello_by(const char *method)
{
	struct mp_queue *q = mp_queue_new(0);
	void *message;
	int code = -1;
	if (!q)
		return -1;
	struct mp_share share = mp_queue_share(q);
	struct mp_process *p = mp_process_new(foo, &share, sizeof share,
		&(struct mp_process_options){
			.context = mp_get_context(method), .shares = &share, .share_count = 1});
	if (!p || mp_process_start(p) < 0 || mp_queue_get(q, &message) < 0)
		return -1;
	mp_process_join(p, -1);
	mp_process_exitcode(p, &code);
	printf("%s: %s, exit code %d\n", method, (char *)message, code);
	free(message);
	mp_process_close(p);
	mp_queue_close(q);
	return 0;
}

int main(int argc, char **argv)
{
	mp_register("foo", foo);
	mp_main(argc, argv); /* a spawned child goes no further */
	for (const char *const *method = mp_get_all_start_methods(); *method; method++)
		if (hello_by(*method) < 0) {
			perror(*method);
			return 1;
		}
	mp_forkserver_stop();
	return 0;
}
