/*
 * pipe_talk - two processes talk over the two ends of a pipe
 *
 * Runs in:  the parent and one child
 * Owns:     its end of the pipe, the child
 * Errors:   says so and exits with 1
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"

#include <stdio.h>
#include <stdlib.h>

static int child(void *args, size_t size)
{
	struct mp_pipe *connection = mp_pipe_from_share(args);
	void *question;
	(void)size;
	mp_pipe_send_bytes(connection, "[42, None, 'hello']", 19);
	if (mp_pipe_recv_bytes(connection, &question) > 0) {
		printf("The parent says: %s\n", (char *)question);
		free(question);
	}
	mp_pipe_close(connection);
	return 0;
}

int main(void)
{
	struct mp_pipe *ends[2];
	void *message;
	if (mp_pipe_new(ends, true) < 0)
		return 1;
	struct mp_share share = mp_pipe_share(ends[1]);
	struct mp_process *p = mp_process_new(child, &share, sizeof share,
		&(struct mp_process_options){.shares = &share, .share_count = 1});
	if (!p || mp_process_start(p) < 0) {
		perror("pipe_talk");
		return 1;
	}
	mp_pipe_close(ends[1]);
	if (mp_pipe_recv_bytes(ends[0], &message) > 0) {
		printf("%s\n", (char *)message);
		fflush(stdout);
		free(message);
	}
	mp_pipe_send_bytes(ends[0], "how are you", 11);
	mp_process_join(p, -1);
	mp_pipe_close(ends[0]);
	mp_process_close(p);
	return 0;
}
