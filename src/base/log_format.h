/*
 * log_format - ErrorLogFormat: what a line of the error log is made of
 *
 * Runs in:  the parent reads formats, every process writes lines
 * Owns:     nothing; a format belongs to its arena
 * Errors:   NULL with a reason
 *
 * Apache's language and its rules: a format is fields with spaces before them, a field of which one
 * part has no value is left out whole, and "% " begins a field without writing a space.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_LOG_FORMAT_H
#define BASE_LOG_FORMAT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/log.h"

struct log_item {
	char letter;       /* 'M' is the message; 0: `text` as it is */
	bool begins_field; /* what stands before it is kept, whatever becomes of the rest */
	bool needed;       /* %+: without a value there is no line at all */
	bool dash;         /* %-: without a value there is a dash */
	unsigned severity; /* %7: nothing in lines that are more urgent than that */
	const char *text;  /* what is written, or stood in {braces}; NULL: none did */
};

struct log_format {
	size_t count;
	const struct log_item *items;
};

/* All that ErrorLogFormat says. */
struct log_form {
	const struct log_format *line; /* NULL: as Apache has it */
	/* Lines before the first one about a connection, a request: no message stands in them. */
	struct log_lines {
		size_t count;
		const struct log_format *const *all;
	} connection, request;
};

/* What Apache has when nobody says more, and that for the system's log, which stamps by itself. */
extern const struct log_format log_format_default, log_format_syslog;

/* `of_message`: it is for lines that tell a message, and has to have a place for it; else it must
 * not. NULL: `why` says what is wrong; it is left empty where memory ran out. */
const struct log_format *log_format_compile(
	struct arena *memory, const char *source, bool of_message, struct buffer *why);

/* A line to be written. */
struct log_entry {
	const char *area;
	enum log_severity severity;
	const char *file; /* NULL: unknown */
	unsigned line;
	int error; /* the errno that the message tells; 0: none */
	struct text message;
	const struct log_about *about; /* NULL: nothing */
	bool of_connection;            /* the line is about the connection, not its request */
};

/* Writes the line, without its end, and returns its size, which is cut to the room; 0: no line. */
size_t log_format_line(
	const struct log_format *format, const struct log_entry *entry, char *to, size_t room);

#endif
