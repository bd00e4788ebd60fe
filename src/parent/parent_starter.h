/*
 * parent_starter - the process that starts programs (CGI) for the workers
 *
 * Runs in:  the parent
 * Owns:     struct parent_starting: the present generation's pair between workers and starter,
 *           which outlives each starter, and all starters that still live
 * Errors:   lines in the log; births that fail are tried again, ever more slowly, and what is asked
 *           meanwhile waits in the pair
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_STARTER_H
#define PARENT_STARTER_H

#include "parent/parent.h"

/* A generation begins: it has a pair and a starter of its own, if its configuration runs programs.
 * The one before ends when the last worker of its generation has, and its programs. Before the
 * first worker is born. */
void parent_starter_update(struct parent *p);

/* The workers' end of the present pair; -1: there is none. */
int parent_starter_socket(const struct parent *p);

/* A child has ended: true and taken care of if it was ours. */
bool parent_starter_gone(struct parent *p, struct mp_process *process);

void parent_starter_tick(struct parent *p); /* once a second */

void parent_starter_close(struct parent *p); /* at the end of all */

#endif
