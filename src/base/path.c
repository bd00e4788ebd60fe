/*
 * path - names of files and paths of URLs as they are compared
 *
 * Runs in:  parent, worker
 * Owns:     nothing
 * Errors:   running out of memory sticks in the buffer
 *
 * By the text alone, as Apache does: what a link would make of ".." is not asked.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

bool path_clean(struct buffer *to, struct text path)
{
	size_t start = to->size;
	bool ends = path.size && path.at[path.size - 1] == '/', good = true;
	while (path.at) {
		struct text part = text_split(&path, '/');
		bool up = text_equal(part, TEXT(".."));
		if (!part.size || text_equal(part, TEXT(".")))
			continue;
		if (!up) {
			buffer_string(to, "/");
			buffer_text(to, part);
			continue;
		}
		good &= to->size > start;
		while (to->size > start && to->data[--to->size] != '/')
			;
	}
	if (to->size == start || ends)
		buffer_string(to, "/");
	return good;
}
