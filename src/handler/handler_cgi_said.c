/*
 * handler_cgi_said - what a program says on its standard error, line by line into the error log
 *
 * Runs in:  worker
 * Owns:     the line that is not whole yet
 * Errors:   none; what is too much is left out, and the log says so
 *
 * Each line has the words before it that Apache's has, so that what searches its log finds them
 * here.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_AREA "cgi"
#include "handler/handler_cgi_said.h"

#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	LINE_MOST = 2048,        /* a longer line goes on as another */
	SAID_MOST = 1024 * 1024, /* of one program */
	PIECE = 4096
};

static void write_line(struct handler_cgi_said *said, struct text line)
{
	struct buffer clean = BUFFER_INIT;
	if (line.size && line.at[line.size - 1] == '\r')
		line.size--;
	bool last = said->bytes < SAID_MOST && said->bytes + line.size >= SAID_MOST;
	if (said->bytes >= SAID_MOST)
		return;
	said->bytes += line.size + 1;
	for (size_t i = 0; i < line.size; i++) {
		unsigned char c = (unsigned char)line.at[i];
		if (c == '\t')
			buffer_string(&clean, "\\t");
		else if (c < ' ')
			buffer_printf(&clean, "\\x%02x", c);
		else
			buffer_append(&clean, &line.at[i], 1);
	}
	log_error("[client %s] stderr from %s: %.*s%s", said->client, said->file,
		TEXT_ARGS(buffer_view(&clean)), last ? " (the rest is left out)" : "");
	buffer_free(&clean);
}

static void write_lines(struct handler_cgi_said *said)
{
	struct text rest = buffer_view(&said->line);
	const char *end;
	while (rest.size && (end = memchr(rest.at, '\n', rest.size))) {
		size_t size = (size_t)(end - rest.at);
		write_line(said, text_from(rest.at, size));
		rest = text_from(end + 1, rest.size - size - 1);
	}
	while (rest.size >= LINE_MOST) {
		write_line(said, text_from(rest.at, LINE_MOST));
		rest = text_from(rest.at + LINE_MOST, rest.size - LINE_MOST);
	}
	buffer_consume(&said->line, said->line.size - rest.size);
}

bool handler_cgi_said_more(struct handler_cgi_said *said)
{
	while (said->fd >= 0) {
		char *to = buffer_reserve(&said->line, PIECE);
		ssize_t n = to ? read(said->fd, to, PIECE) : 0;
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n > 0)
			buffer_grew(&said->line, (size_t)n);
		else
			said->fd = -1;
		write_lines(said);
	}
	return said->fd >= 0;
}

void handler_cgi_said_end(struct handler_cgi_said *said)
{
	if (said->line.size)
		write_line(said, buffer_view(&said->line));
	buffer_free(&said->line);
	free(said->file);
	said->file = NULL;
}
