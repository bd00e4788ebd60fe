/*
 * handler_index - a directory without an index page, listed
 *
 * Runs in:  worker
 * Owns:     nothing; entries live in the request's arena
 * Errors:   none but memory, which sticks in the buffer
 *
 * handler_index.c knows what is there, handler_index_page.c how it looks.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_INDEX_H
#define HANDLER_INDEX_H

#include "handler/handler.h"

struct handler_index_entry {
	const char *name;
	bool is_directory;
	uint64_t size;
	time_t modified;
	const char *icon, *alt, *description; /* NULL: none */
};

struct handler_index {
	struct handler_call *call;
	const struct config_index *how;
	unsigned on; /* of how, but for what the query says */
	enum config_index_key key;
	bool descending;
	const char *pattern; /* ?P=: only names that match; NULL: all */
	struct text kept[3]; /* F, V and P of the query: the links that sort have them, too */
	struct handler_index_entry parent; /* name NULL: there is none, or it is not shown */
	struct handler_index_entry blank;  /* an icon for the head of the table */
	size_t count;
	struct handler_index_entry *entries;
};

/* The page; header and readme are HTML. */
void handler_index_page(const struct handler_index *list, struct text header, struct text readme,
	struct buffer *to);

#endif
