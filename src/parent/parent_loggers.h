/*
 * parent_loggers - programs that read a log
 *
 * Runs in:  the parent
 * Owns:     the programs and their pipes, from the start to the end of each
 * Errors:   -1 with errno where one cannot be started at first; later that is logged and tried
 * again
 *
 * The parent holds both ends of each pipe. What is written while a program is dead waits in it, and
 * the next one goes on where the last one stopped. A program that is not wanted any more reads what
 * is left, sees the end of its input when the last worker that had it is gone, and ends; should it
 * die before that, it is started again all the same.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_LOGGERS_H
#define PARENT_LOGGERS_H

/* Starts the program, whose words and directory are copied; `errors` becomes its standard error,
 * -1: the parent's own. Returns the writing end, which never blocks and is the caller's until
 * parent_loggers_leave. */
int parent_loggers_start(const char *const *program, const char *directory, int errors);

/* Nobody here writes to it any more; closes the descriptor. */
void parent_loggers_leave(int fd);

/* Starts again what ended: after SIGCHLD, and once a second. Their deaths are recorded in the
 * parent's scoreboard. */
struct parent;
void parent_loggers_look(struct parent *p);

/* Waits until the programs that were left have ended; one that does not is told to, and then
 * killed. */
void parent_loggers_end(void);

#endif
