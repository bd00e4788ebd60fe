/*
 * parent_lab - what the lab may have the parent do
 *
 * Runs in:  the parent
 * Owns:     the socket the asks come on, the load process, the directives that were switched
 * Errors:   an ask that makes no sense is dropped
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_LAB_H
#define PARENT_LAB_H

#include "parent/parent.h"
#include "wire/wire_succession.h"

/* As the configuration says: opens the lab, or closes it. What cannot be opened is a line in the
 * log. */
void parent_lab_update(struct parent *p);
void parent_lab_close(struct parent *p);

/* What was switched, for the parent that takes over; and that parent's, while it is made: goes on
 * with it where its configuration has a lab, else with the configuration as it was written. */
void parent_lab_lines(const struct parent *p, char to[WIRE_SUCCESSION_LAB]);
void parent_lab_adopt(struct parent *p, const char *lines);

/* Where children send their asks; -1: there is no lab. */
int parent_lab_fd(const struct parent *p);

/* A restart is on its way that switches what otherwise takes a stop and a start. */
bool parent_lab_switches(const struct parent *p);

/* A child has ended: true if it was the load. */
bool parent_lab_gone(struct parent *p, struct mp_process *process);

#endif
