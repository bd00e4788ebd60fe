/*
 * support_proc - time, programs and what /proc knows of processes
 *
 * Runs in:  black-box tests
 * Owns:     nothing
 * Errors:   what a test cannot go on without fails the test; a process that is gone is an answer
 *
 * Nothing here sleeps for luck: a test waits until something is true, with a deadline.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_PROC_H
#define SUPPORT_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

/* How long a test waits for what must happen, in seconds. Long, because a machine that is busy with
 * other tests is no failure; nothing waits so long unless it fails. */
#define SUPPORT_PATIENCE 30.0

/* What is counted of looks at something that has an upper bound in time. */
struct support_looks {
	int in_time, late;
	int void_ones; /* late, but the machine had no time for us either */
	double waited; /* support_waited() when this one began */
};

/* For a processor, in seconds, since this process was born; 0 where the kernel does not count. */
double support_waited(void);

/* Begins a look, if another is needed. */
bool support_looks_on(struct support_looks *l);
void support_looked(struct support_looks *l, bool in_time);

/* Is it so in two of three looks? Who is late as often as not is late; but a look while others had
 * the processors proves nothing, and is taken again. */
#define SUPPORT_MOSTLY(condition)                                                                  \
	({                                                                                         \
		struct support_looks looks = {0};                                                  \
		while (support_looks_on(&looks))                                                   \
			support_looked(&looks, (condition));                                       \
		looks.late < 2;                                                                    \
	})

/* Seconds of a clock that never jumps. */
double support_now(void);

/* The pause between two looks: 20 ms. */
void support_pause(void);

/* Looks until `condition` is true or `seconds` are over; its value. The last look begins when they
 * are over, however long one takes. */
#define SUPPORT_UNTIL(condition, seconds)                                                          \
	__extension__({                                                                            \
		double until_end = support_now() + (seconds);                                      \
		bool until_true, until_last;                                                       \
		for (;;) {                                                                         \
			until_last = support_now() >= until_end;                                   \
			if ((until_true = (condition)) || until_last)                              \
				break;                                                             \
			support_pause();                                                           \
		}                                                                                  \
		until_true;                                                                        \
	})

/* What a program wrote and how it ended. Longer output is cut. */
struct support_output {
	int status; /* exit status, or minus the signal that ended it */
	char out[131072];
	char err[16384];
};

/* Runs the server's program with the arguments (without argv[0], NULL-terminated) to its end. */
void support_run(struct support_output *o, const char *const *arguments);

/* Starts it in the background, its standard output and error going to `fd`. */
pid_t support_start(const char *const *arguments, int fd);

/* Waits for a child of ours: exit status, or minus the signal. After `seconds` the test fails. */
int support_wait(pid_t pid, double seconds);

struct support_process {
	pid_t pid, parent;
	char state; /* proc_pid_stat(5): R, S, D, T, Z, ... */
};

/* Every process whose command line holds `mark`, and zombie children of these; how many. */
size_t support_processes(const char *mark, struct support_process *list, size_t room);

/* The children of a process, zombies left out, the lowest number first; how many. */
size_t support_children(pid_t parent, pid_t *list, size_t room);

/* The state letter of a process; 0: it is gone. */
char support_state(pid_t pid);

/* The seconds of a CPU that it has used. How busy the machine is does not change them. */
double support_cpu(pid_t pid);

/* How many descriptors it has; -1: it is gone, or nobody may look. */
int support_fds(pid_t pid);

/* What its descriptors are, a line each, for messages; a static text. */
const char *support_fd_names(pid_t pid);

/* Our copy of a packet socket (SOCK_SEQPACKET) of `pid`: the first that `other` has as well, or,
 * not `shared`, has not. -1: there is none, or nobody may look (pidfd_getfd(2)). */
int support_packets_of(pid_t pid, pid_t other, bool shared);

/* From now on it gets no descriptor of that number or above; RLIM_INFINITY: as it was born. */
void support_limit_fds(pid_t pid, rlim_t most);

/* The ports of the clients whose connections to `server_port` these processes hold, found by the
 * inodes of their sockets; how many. */
size_t support_peers(
	const pid_t *pids, size_t count, unsigned server_port, unsigned *ports, size_t room);

/* The same for connections whose sockets belong to none of these processes and are not in a queue:
 * those that are on their way between two of them. */
size_t support_peers_of_nobody(
	const pid_t *pids, size_t count, unsigned server_port, unsigned *ports, size_t room);

/* Does anybody listen on the port? */
bool support_listened_on(unsigned port);

/* The whole of a file, NUL behind it, for free(); NULL: it cannot be read. */
char *support_read_file(const char *path, size_t *size);

/* Root cannot be kept from reading; what needs an ordinary user, or root, asks. */
bool support_is_root(void);

#endif
