/*
 * regex - regular expressions as Apache has them, by PCRE2
 *
 * Runs in:  parent, worker; in one thread of a process at a time
 * Owns:     room to match in, one for the process; a compiled expression belongs to its arena
 * Errors:   regex_compile: NULL and a message; regex_match: -1 with errno
 *
 * A dot matches a newline too and a dollar sign nothing but the very end, Apache's default since
 * 2.4.40 (RegexDefaultOptions DOTALL DOLLAR_ENDONLY). Bytes are bytes: no UTF-8, no locale.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_REGEX_H
#define BASE_REGEX_H

#include "base/arena.h"
#include "base/buffer.h"

struct regex;

enum regex_flag {
	REGEX_NOCASE = 1 << 0,
	REGEX_LINES = 1 << 1 /* ^ and $ match at every line (Perl's /m) */
};

/* The whole match and what the first nine pairs of parentheses matched. */
enum { REGEX_GROUPS = 10 };
struct regex_groups {
	struct text subject; /* what was matched against; the offsets are into it */
	unsigned count;      /* groups the expression has, the whole match included; at most 10 */
	struct regex_span {
		size_t from, to; /* from > to: the group took no part in the match */
	} at[REGEX_GROUPS];
};

/* Compiles a pattern; all its memory is the arena's, so there is nothing to free. NULL: `error`
 * gets what is wrong with it and where, or that there is no memory. */
struct regex *regex_compile(
	struct arena *memory, const char *pattern, unsigned flags, struct buffer *error);

/* 1: it matches, and `groups` (which may be NULL) says where; 0: it does not, and `groups` is as if
 * nothing had ever matched. -1: EOVERFLOW when it would take more steps or memory than any honest
 * pattern needs, so that nobody's subject can keep a process busy; ENOMEM. Both must be taken for
 * "who knows", never for "no". */
int regex_match(const struct regex *regex, struct text subject, struct regex_groups *groups);

/* How many pairs of capturing parentheses it has. */
unsigned regex_group_count(const struct regex *regex);

/* The `index`th of the named groups, (?<name>...), in the order of their names; false behind the
 * last. For the variables MATCH_NAME of <LocationMatch> and its like. */
bool regex_name(const struct regex *regex, unsigned index, const char **name, unsigned *group);

/* Group n of a match; at == NULL when there is none or it took no part. `groups` may be NULL. */
struct text regex_group(const struct regex_groups *groups, unsigned n);

/* Appends a text in which $0 to $9 stand for groups of `dollar`, %0 to %9 for groups of `percent`,
 * and a backslash takes the meaning from the byte behind it. A sign whose groups are NULL is a byte
 * like any other. AliasMatch, RedirectMatch: percent is NULL; RewriteRule: the groups of the last
 * RewriteCond. */
void regex_expand(struct buffer *to, struct text from, const struct regex_groups *dollar,
	const struct regex_groups *percent);

#endif
