/*
 * glob - names with * ? and [ ] in them
 *
 * Runs in:  parent, worker
 * Owns:     nothing
 * Errors:   none
 *
 * Only the last star that was passed is ever tried again: were an earlier one to take more, the
 * text between the two could only be found later, and what is left for the last one would be less.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/glob.h"

#include <stdint.h>

static unsigned char fold(char c, unsigned flags)
{
	return (unsigned char)((flags & GLOB_NOCASE) && c >= 'A' && c <= 'Z' ? c | 32 : c);
}

/* Offset of the ] that ends the set which begins at `at`, or 0. The first byte of a set is never
 * its end. */
static size_t end_of_set(struct text pattern, size_t at)
{
	size_t i = at + 1;
	if (i < pattern.size && (pattern.at[i] == '!' || pattern.at[i] == '^'))
		i++;
	for (size_t first = i; i < pattern.size; i++) {
		if (pattern.at[i] == ']' && i > first)
			return i;
		if (pattern.at[i] == '\\')
			i++;
	}
	return 0;
}

/* Is c in the set whose bytes, without the brackets, are `set`? */
static bool in_set(struct text set, char of, unsigned flags)
{
	unsigned char c = fold(of, flags);
	size_t i = set.size && (set.at[0] == '!' || set.at[0] == '^');
	bool found = false, negated = i == 1;
	while (i < set.size) {
		i += set.at[i] == '\\' && i + 1 < set.size;
		unsigned char low = fold(set.at[i++], flags), high = low;
		if (i + 1 < set.size && set.at[i] == '-') {
			i++;
			i += set.at[i] == '\\' && i + 1 < set.size;
			high = fold(set.at[i++], flags);
		}
		found = found || (c >= low && c <= high);
	}
	return found != negated;
}

/* Does the one byte c match what begins at pattern[at], which is no star? *next is what follows. */
static bool one(struct text pattern, size_t at, char c, unsigned flags, size_t *next)
{
	size_t end;
	if ((flags & GLOB_PATH) && c == '/' && (pattern.at[at] == '?' || pattern.at[at] == '['))
		return false;
	*next = at + 1;
	if (pattern.at[at] == '?')
		return true;
	if (pattern.at[at] == '[' && (end = end_of_set(pattern, at))) {
		*next = end + 1;
		return in_set(text_from(pattern.at + at + 1, end - at - 1), c, flags);
	}
	if (pattern.at[at] == '\\' && at + 1 < pattern.size)
		*next = ++at + 1;
	return fold(pattern.at[at], flags) == fold(c, flags);
}

bool glob_match(struct text pattern, struct text of, unsigned flags)
{
	size_t p = 0, t = 0, next;
	size_t star = SIZE_MAX, taken = 0; /* behind the last star; the text it takes ends here */
	while (t < of.size || p < pattern.size) {
		if (p < pattern.size && pattern.at[p] == '*') {
			star = ++p;
			taken = t;
		} else if (t < of.size && p < pattern.size &&
			   one(pattern, p, of.at[t], flags, &next)) {
			p = next;
			t++;
		} else if (star == SIZE_MAX || taken == of.size ||
			   ((flags & GLOB_PATH) && of.at[taken] == '/')) {
			return false;
		} else {
			p = star;
			t = ++taken;
		}
	}
	return true;
}
