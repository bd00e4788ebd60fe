/*
 * list - a doubly linked ring of members that live inside other structs
 *
 * Runs in:  every process
 * Owns:     nothing; a member must be removed before what holds it is freed
 * Errors:   none
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next, *prev;
};

/* The struct that holds `member` under the name `field`. */
#define LIST_ENTRY(member, type, field) ((type *)((char *)(member)-offsetof(type, field)))

/* Visits every member; the current one may be removed in the body. */
#define LIST_EACH(member, ring)                                                                    \
	for (struct list *member = (ring)->next, *member##_next = member->next; member != (ring);  \
		member = member##_next, member##_next = member->next)

static inline void list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

static inline void list_append(struct list *l, struct list *member)
{
	member->next = l;
	member->prev = l->prev;
	l->prev->next = member;
	l->prev = member;
}

/* Harmless on a member that is in no list (list_init'ed or removed). */
static inline void list_remove(struct list *member)
{
	member->prev->next = member->next;
	member->next->prev = member->prev;
	list_init(member);
}

#endif
