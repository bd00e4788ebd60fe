/*
 * load_target - what load asks for: a list of requests, chosen from in turn or by weight, and the
 * bodies that have to come
 *
 * Runs in:  load
 * Owns:     the list and the bodies, until exit
 * Errors:   end the program, with a line
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOAD_TARGET_H
#define LOAD_TARGET_H

#include <stddef.h>

struct load_target {
	char *request; /* the whole of it, ready to be sent */
	size_t length;
	char *path;
	char *host; /* NULL: any */
	char *body; /* what has to come; read when it is asked for first */
	size_t size;
	double upto; /* the sum of the weights up to here */
};

_Noreturn void load_fail(const char *what);

/* A target for each line of the file. Line N weighs 1/N^exponent; with 0 the lines take turns. */
void load_target_list(const char *name, const char *headers, double exponent);

struct load_target *load_target_choose(void);

/* Its body, from the file below root; nothing without a root. */
void load_target_read(struct load_target *t, const char *root);

#endif
