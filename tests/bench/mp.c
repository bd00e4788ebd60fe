/*
 * mp - rates of the process library, beside the bare system calls they cannot beat
 *
 * Runs in:  by hand, through mp.py, which runs the same work in Python and prints the table
 * Owns:     nothing
 * Errors:   exits with 1; a line "NAME RATE" for each measurement goes to stdout
 *
 * Usage: mp [SECONDS]: about how long each measurement takes (0.5)
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double seconds = 0.5;

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Runs `work` with more and more rounds until it takes long enough; prints rounds a second. */
static void measure(const char *name, void (*work)(long rounds))
{
	for (long rounds = 16;; rounds *= 2) {
		double start = now();
		work(rounds);
		double took = now() - start;
		if (took < seconds / 2)
			continue;
		printf("%s %.0f\n", name, (double)rounds / took);
		fflush(stdout);
		return;
	}
}

static void need(bool right, const char *what)
{
	if (right)
		return;
	perror(what);
	exit(1);
}

static int nothing(void *args, size_t size)
{
	(void)args, (void)size;
	return 0;
}

static int empty_task(const void *args, size_t size, struct mp_reply *reply)
{
	(void)args, (void)size, (void)reply;
	return 0;
}

static int echo_task(const void *args, size_t size, struct mp_reply *reply)
{
	return mp_reply(reply, args, size);
}

/* ---- Processes ---- */

static const char *method;

static void processes(long rounds)
{
	struct mp_process_options options = {.context = mp_get_context(method)};
	for (long i = 0; i < rounds; i++) {
		struct mp_process *p = mp_process_new(nothing, NULL, 0, &options);
		need(p && mp_process_start(p) == 0, method);
		mp_process_join(p, -1);
		mp_process_close(p);
	}
}

/* Nothing but fork, _exit and the wait for it. */
static void bare_forks(long rounds)
{
	sigset_t ended, before;
	int sig;
	sigemptyset(&ended);
	sigaddset(&ended, SIGCHLD);
	sigprocmask(SIG_BLOCK, &ended, &before);
	for (long i = 0; i < rounds; i++) {
		pid_t pid = fork();
		need(pid >= 0, "fork");
		if (pid == 0)
			_exit(0);
		sigwait(&ended, &sig);
		mp_reap(NULL, NULL, NULL);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* ---- Queues ---- */

struct traffic {
	struct mp_share queue;
	long count;
};

static int put_all(void *args, size_t size)
{
	struct traffic *t = args;
	struct mp_queue *q = mp_queue_from_share(&t->queue);
	(void)size;
	for (long i = 0; i < t->count; i++)
		mp_queue_put(q, &i, sizeof i);
	return 0;
}

static int get_all(void *args, size_t size)
{
	struct traffic *t = args;
	struct mp_queue *q = mp_queue_from_share(&t->queue);
	long item;
	(void)size;
	for (long i = 0; i < t->count; i++)
		mp_queue_get_into(q, &item, sizeof item, -1);
	return 0;
}

static void traffic(long rounds, int writers, int readers)
{
	struct mp_queue *q = mp_queue_new(0);
	struct mp_process *p[8];
	need(q, "queue");
	struct traffic t = {.queue = mp_queue_share(q)};
	struct mp_process_options options = {.shares = &t.queue, .share_count = 1};
	for (int i = 0; i < writers + readers; i++) {
		t.count = rounds / (i < writers ? writers : readers);
		p[i] = mp_process_new(i < writers ? put_all : get_all, &t, sizeof t, &options);
		need(p[i] && mp_process_start(p[i]) == 0, "queue");
	}
	for (int i = 0; i < writers + readers; i++) {
		mp_process_join(p[i], -1);
		mp_process_close(p[i]);
	}
	mp_queue_close(q);
}

static void one_and_one(long rounds)
{
	traffic(rounds, 1, 1);
}

static void four_and_four(long rounds)
{
	traffic(rounds, 4, 4);
}

static int send_all(void *args, size_t size)
{
	struct traffic *t = args;
	(void)size;
	for (long i = 0; i < t->count; i++)
		send(t->queue.fds[0], &i, sizeof i, MSG_NOSIGNAL);
	return 0;
}

static void bare_messages(long rounds)
{
	int ends[2];
	long item;
	need(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0, "socketpair");
	struct traffic t = {.queue = {.fds = {ends[1], -1, -1, -1}}, .count = rounds};
	struct mp_process *p = mp_process_new(send_all, &t, sizeof t,
		&(struct mp_process_options){.fds = &ends[1], .fd_count = 1});
	need(p && mp_process_start(p) == 0, "socketpair");
	for (long i = 0; i < rounds; i++)
		need(recv(ends[0], &item, sizeof item, 0) == sizeof item, "recv");
	mp_process_join(p, -1);
	mp_process_close(p);
	close(ends[0]);
	close(ends[1]);
}

/* ---- Pipes ---- */

static int echo(void *args, size_t size)
{
	struct mp_pipe *p = mp_pipe_from_share(args);
	char buffer[64];
	ssize_t n;
	(void)size;
	while ((n = mp_pipe_recv_bytes_into(p, buffer, sizeof buffer)) > 0)
		mp_pipe_send_bytes(p, buffer, (size_t)n);
	return 0;
}

static void pipe_round_trips(long rounds)
{
	struct mp_pipe *ends[2];
	char buffer[64] = "";
	need(mp_pipe_new(ends, true) == 0, "pipe");
	struct mp_share share = mp_pipe_share(ends[1]);
	struct mp_process *p = mp_process_new(echo, &share, sizeof share,
		&(struct mp_process_options){.shares = &share, .share_count = 1});
	need(p && mp_process_start(p) == 0, "pipe");
	mp_pipe_close(ends[1]);
	for (long i = 0; i < rounds; i++) {
		mp_pipe_send_bytes(ends[0], buffer, sizeof buffer);
		mp_pipe_recv_bytes_into(ends[0], buffer, sizeof buffer);
	}
	mp_pipe_close(ends[0]);
	mp_process_join(p, -1);
	mp_process_close(p);
}

static int bare_echo(void *args, size_t size)
{
	int fd = *(int *)args;
	char buffer[64];
	ssize_t n;
	(void)size;
	while ((n = recv(fd, buffer, sizeof buffer, 0)) > 0)
		send(fd, buffer, (size_t)n, 0);
	return 0;
}

static void bare_round_trips(long rounds)
{
	int ends[2];
	char buffer[64] = "";
	need(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0, "socketpair");
	struct mp_process *p = mp_process_new(bare_echo, &ends[1], sizeof(int),
		&(struct mp_process_options){.fds = &ends[1], .fd_count = 1});
	need(p && mp_process_start(p) == 0, "socketpair");
	close(ends[1]);
	for (long i = 0; i < rounds; i++) {
		send(ends[0], buffer, sizeof buffer, 0);
		need(recv(ends[0], buffer, sizeof buffer, 0) > 0, "recv");
	}
	close(ends[0]);
	mp_process_join(p, -1);
	mp_process_close(p);
}

/* ---- Pools ---- */

static struct mp_pool *pool;

static void map(mp_task task, long rounds, size_t chunksize)
{
	long *items = calloc((size_t)rounds, sizeof *items);
	need(items != NULL, "memory");
	for (long i = 0; i < rounds; i++)
		items[i] = i;
	struct mp_result *r =
		mp_pool_map(pool, task, items, sizeof *items, (size_t)rounds, chunksize);
	need(r && mp_result_successful(r), "map");
	mp_result_free(r);
	free(items);
}

static void map_singly(long rounds)
{
	map(empty_task, rounds, 1);
}

static void map_in_chunks(long rounds)
{
	map(empty_task, rounds, 0);
}

/* Tasks that return what they get. */
static void map_echo(long rounds)
{
	map(echo_task, rounds, 0);
}

static void apply(long rounds)
{
	for (long i = 0; i < rounds; i++)
		need(mp_pool_apply(pool, empty_task, &i, sizeof i, NULL) == 0, "apply");
}

int main(int argc, char **argv)
{
	mp_register("nothing", nothing);
	mp_main(argc, argv);
	if (argc > 1)
		seconds = atof(argv[1]);
	measure("floor_process", bare_forks);
	for (const char *const *m = mp_get_all_start_methods(); *m; m++) {
		char name[32];
		method = *m;
		snprintf(name, sizeof name, "process_%s", method);
		measure(name, processes);
	}
	mp_forkserver_stop();
	measure("floor_queue_1x1", bare_messages);
	measure("queue_1x1", one_and_one);
	measure("queue_4x4", four_and_four);
	measure("floor_pipe", bare_round_trips);
	measure("pipe", pipe_round_trips);
	pool = mp_pool_new(2, NULL);
	need(pool, "pool");
	measure("pool_map_1", map_singly);
	measure("pool_map", map_in_chunks);
	measure("pool_map_echo", map_echo);
	measure("pool_apply", apply);
	mp_pool_free(pool);
	return 0;
}
