/*
 * config_listing - a configuration as it was read, in a form that can be read again
 *
 * Runs in:  a process started from a shell, while it reads a configuration
 * Owns:     nothing
 * Errors:   none but memory, which sticks in the buffer
 *
 * What steers the reading (Include, Define, <IfModule>) is not in it: what it led to is.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_listing.h"

static void indent(const struct config_listing *listing)
{
	for (unsigned i = 0; i < listing->depth; i++)
		buffer_string(listing->to, "    ");
}

/* Can it stand without quotes? */
static bool is_plain(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_./:+=*%,;-@!^|?&";
	return *word && strspn(word, plain) == strlen(word);
}

/* A word so that it is read as it is. */
static void put_word(struct buffer *to, const char *word)
{
	if (is_plain(word)) {
		buffer_printf(to, " %s", word);
		return;
	}
	buffer_string(to, " \"");
	for (; *word; word++)
		buffer_printf(to, *word == '"' || *word == '\\' ? "\\%c" : "%c", *word);
	buffer_string(to, "\"");
}

void config_listing_line(struct config_listing *listing, const struct config_line *line)
{
	const struct config_directive *d = line->directive;
	struct text name = text_of(d->name);
	if (d->open)
		name.size--;
	if (line->place.file) {
		indent(listing);
		buffer_printf(listing->to, "# %s:%u\n", line->place.file, line->place.line);
	}
	indent(listing);
	buffer_append(listing->to, name.at, name.size);
	for (size_t i = 0; i < line->count; i++)
		if (d->context & CONFIG_RAW)
			buffer_printf(listing->to, " %s", line->words[i]);
		else
			put_word(listing->to, line->words[i]);
	buffer_string(listing->to, d->open ? ">\n" : "\n");
	listing->depth += d->open != NULL;
}

void config_listing_close(struct config_listing *listing, const struct config_directive *section)
{
	listing->depth -= listing->depth > 0;
	indent(listing);
	buffer_printf(listing->to, "</%s\n", section->name + 1);
}
