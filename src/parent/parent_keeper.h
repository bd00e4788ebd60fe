/*
 * parent_keeper - the process that holds the idle connections of a classic pool
 *
 * Runs in:  the parent
 * Owns:     struct parent_keeping: the pair between keeper and workers, which outlives each of
 *           them, so that nothing in it is lost while one takes the place of another
 * Errors:   lines in the log; births that fail are tried again, ever more slowly, and workers keep
 *           their connections themselves meanwhile
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_KEEPER_H
#define PARENT_KEEPER_H

#include "parent/parent.h"

/* The workers' end of the pair; -1: there was no keeper in any generation. */
int parent_keeper_socket(const struct parent *p);

/* Takes over the pair of the parent before (SIGUSR2), before anything else. */
void parent_keeper_adopt(struct parent *p, const int ends[2]);
/* Both ends, for the parent that comes after this one; -1: there are none. */
void parent_keeper_ends(const struct parent *p, int ends[2]);

/* A generation begins: another keeper, with its configuration, takes what comes from now on; the
 * one before ends when it holds nothing any more. Before the first worker is born. */
void parent_keeper_update(struct parent *p);

/* No keeper takes anything any more. Each ends when it holds nothing; with `close`, it passes on
 * who has spoken and closes the rest. */
void parent_keeper_leave(struct parent *p, bool close);

bool parent_keeper_lives(const struct parent *p); /* is there one still? */
void parent_keeper_tick(struct parent *p);        /* once a second */
void parent_keeper_close(struct parent *p);       /* at the end of all */

/* A child has ended: true and taken care of if it was ours. */
bool parent_keeper_gone(struct parent *p, struct mp_process *process);

#endif
