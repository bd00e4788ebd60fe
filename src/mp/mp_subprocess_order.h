/*
 * mp_subprocess_order - what crosses between who wants a program and who starts it
 *
 * Runs in:  the asking process, the server
 * Owns:     nothing; descriptors that are received belong to the caller
 * Errors:   -1 with errno
 *
 * An order is one message to the server: a head, the strings of argv, env and cwd one behind the
 * other, and descriptors: the server's end of a socket of this program's own, and its streams.
 * Strings that are too many for a message lie in a sealed memory file, which is one descriptor
 * more. On the program's socket the answers come back, and signals go to it; its end on one side
 * tells the other. When the program has ended, the next order can come by its socket, without the
 * first of the descriptors: to make a socket, send, watch and close it is half of what an order
 * costs.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_SUBPROCESS_ORDER_H
#define MP_SUBPROCESS_ORDER_H

#include "base/buffer.h"
#include "mp/mp_exec.h"

#include <stdint.h>

enum {
	MP_SUBPROCESS_ORDER_INLINE = 32 * 1024,     /* bytes of strings in the message itself */
	MP_SUBPROCESS_ORDER_MOST = 2 * 1024 * 1024, /* and at all; the kernel takes no more */
	MP_SUBPROCESS_ORDER_STRINGS = 16 * 1024,    /* argv and env */
	MP_SUBPROCESS_ORDER_LIMITS = 8,
	MP_SUBPROCESS_ORDER_FDS = 5,  /* the socket, the memory file, three streams */
	MP_SUBPROCESS_ORDER_NULL = -1 /* a stream: /dev/null */
};

struct mp_subprocess_order_head {
	uint32_t magic;
	uint32_t size; /* of the strings, in bytes */
	uint32_t argc, envc;
	uint32_t has_cwd, in_memory, new_session, new_group, later; /* 0 or 1 */
	int32_t death_signal;
	int32_t streams[3]; /* the place among the descriptors, or NULL; err may be out's */
	uint32_t limit_count;
	struct mp_subprocess_limit limits[MP_SUBPROCESS_ORDER_LIMITS];
};

/* On the program's socket. */
enum mp_subprocess_order_kind {
	MP_SUBPROCESS_ORDER_STARTED = 1, /* value: its pid */
	MP_SUBPROCESS_ORDER_FAILED,      /* value: an errno; the last word */
	MP_SUBPROCESS_ORDER_ENDED,       /* value: as from waitpid(2); the last word */
	MP_SUBPROCESS_ORDER_SIGNAL       /* to the server; value: a signal for the program, or 0:
					somebody waits for its end */
};
struct mp_subprocess_order_word {
	uint32_t kind;
	int32_t value;
	struct rusage usage; /* of ENDED */
};

/* Sends an order for `plan`, whose descriptors are as open_streams of mp_subprocess.c leaves them:
 * one, or MP_SUBPROCESS_ORDER_NULL; 1 as the last means out's. *own: the asker's end of the
 * program's socket; before, that of a program that has ended, which is used again if the server
 * still has the other, and else closed; or -1. E2BIG: more strings than a program can have; EINVAL:
 * more limits. */
int mp_subprocess_order_send(int server, const struct mp_exec *plan, bool later, int *own);

/* An order that has arrived, until mp_subprocess_order_forget. Zeroed before the first use; its
 * buffers are used again. */
struct mp_subprocess_order_got {
	struct mp_subprocess_order_head head;
	struct buffer bytes;    /* as they came, then the strings */
	struct buffer pointers; /* argv, NULL, env, NULL */
	const char **argv, **env;
	const char *cwd;                  /* or NULL */
	int fds[MP_SUBPROCESS_ORDER_FDS]; /* the first is the program's socket, of a pair that the
					     asker has made */
	size_t fd_count;
	pid_t asker; /* 0: the kernel does not say */
};

/* The next order, without waiting; `again`: by the socket of a program that has ended, so that
 * fds[0] is -1. 0; -1 with EAGAIN: none; EPIPE: an empty message, which is the end or a bad joke;
 * ENOMSG: a word that was meant for that program; EBADMSG: it is not sound, but fds[0] may be told
 * so where fd_count is not 0; EMFILE, ENOMEM: it is lost. Forget it in each case. */
int mp_subprocess_order_receive(int socket, bool again, struct mp_subprocess_order_got *order);
/* Is this a sound order? What receive asks; the strings are in `strings`. Fills argv, env, cwd. */
bool mp_subprocess_order_open(struct mp_subprocess_order_got *order, struct text strings);
/* Closes what is left of its descriptors. */
void mp_subprocess_order_forget(struct mp_subprocess_order_got *order);

/* One word on the program's socket, without waiting. */
int mp_subprocess_order_tell(int fd, const struct mp_subprocess_order_word *word);
/* 1; 0: nothing is there yet; -1: none will come any more. What is no word counts as none.
 * ECONNRESET: the other side went with something unread. */
int mp_subprocess_order_hear(int fd, struct mp_subprocess_order_word *word);

#endif
