/*
 * handler_cgi_process - programs, while they run and when their answers are out
 *
 * Runs in:  worker
 * Owns:     the programs left to it, until they have ended
 * Errors:   NULL with errno; a program that will not end is killed
 *
 * A program ends a moment after it has closed its output, and may take its time. Nobody waits for
 * it: it is collected when somebody looks, and made to end when it does not do so by itself.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_CGI_PROCESS_H
#define HANDLER_CGI_PROCESS_H

#include "base/list.h"
#include "config/config.h"
#include "handler/handler.h"
#include "handler/handler_cgi_said.h"
#include "mp/mp.h"

struct handler_cgi_process {
	struct mp_subprocess *program;
	struct handler_cgi_said said;
	struct list link;  /* once it was left, the oldest first */
	uint64_t since_ms; /* of this stage: */
	enum { HANDLER_CGI_LEFT, HANDLER_CGI_TOLD } stage;
};

/* Who starts them (mp_subprocess_server), from now on, and how many that have answered may run
 * on: the oldest of more is ended. */
void handler_cgi_process_by(int server, unsigned left_most);

/* The starter's socket, to wait until it can be written to. */
int handler_cgi_process_starter(void);
/* false: that was full, and is not ready to be written to yet. */
bool handler_cgi_process_may_ask(void);

/* Has the program started with that environment, in its directory and in a process group of its
 * own; it ends when the worker does. `input` is what it reads: a descriptor, or MP_PIPE. None of
 * our ends of its pipes blocks. Nobody waits for the start: mp_subprocess_started says what became
 * of it when the output ends, at the latest. EAGAIN: its starter's socket is full. */
struct handler_cgi_process *handler_cgi_process_start(
	const char *file, const char *const *env, int input, const struct config_cgi *config);

/* Leaves it alone for a while; what it still says on its standard error goes into the log. An
 * unwanted one is told to end at once. It belongs to this module from now on. */
void handler_cgi_process_leave(struct handler_cgi_process *p, bool unwanted, uint64_t now_ms);

/* Collects those that have ended, sees to the others, and gives up what serves the next ones when
 * none comes. */
enum handler_rest handler_cgi_process_look(uint64_t now_ms);

/* Waits for all of them and ends those that take too long; `at_once`: waits next to no time. */
void handler_cgi_process_end_all(bool at_once);

#endif
