/*
 * worker_log_out - lines of the access log on their way out
 *
 * Runs in:  worker; lines of one turn go out in one write(2), so those of many workers never mix
 *           within a line (O_APPEND)
 * Owns:     the lines that wait
 * Errors:   what cannot be written is lost, and said so in the error log once a second
 *
 * A pipe keeps writes apart only up to PIPE_BUF bytes, and takes none when it is full: then lines
 * wait here, up to a number of bytes, for the program at its other end. Nobody waits with them.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker_log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WAITING_MOST = 256 * 1024, END_MS = 1000 };

static const struct config_log *config_of(const struct worker *w, size_t i)
{
	return w->config->logs[i];
}

int worker_log_open(struct worker *w)
{
	struct stat st;
	w->logs = calloc(w->config->log_count + 1, sizeof *w->logs);
	for (size_t i = 0; w->logs && i < w->config->log_count; i++)
		w->logs[i].piped = config_of(w, i)->program ||
				   (fstat(config_of(w, i)->fd, &st) == 0 && !S_ISREG(st.st_mode));
	return w->logs ? 0 : -1;
}

bool worker_log_has_room(struct worker_log *log)
{
	bool room = log->lines.size < WAITING_MOST;
	log->lost += !room;
	return room;
}

static void drop_lines(struct worker_log *log)
{
	for (size_t i = 0; i < log->lines.size; i++)
		log->lost += log->lines.data[i] == '\n';
	buffer_clear(&log->lines);
}

/* Whole lines of at most PIPE_BUF bytes, or one that is longer by itself. */
static size_t piece_of(const struct buffer *lines)
{
	if (lines->size <= PIPE_BUF)
		return lines->size;
	const char *end = memrchr(lines->data, '\n', PIPE_BUF);
	if (!end)
		end = memchr(lines->data, '\n', lines->size);
	return end ? (size_t)(end - lines->data) + 1 : lines->size;
}

/* Writes what can be written now. false with errno: the rest cannot, for now or for good. */
static bool write_lines(struct worker_log *log, int fd)
{
	struct buffer *lines = &log->lines;
	size_t done = 0;
	while (done < lines->size) {
		struct buffer rest = {lines->data + done, lines->size - done, 0, false};
		size_t size = log->piped ? piece_of(&rest) : rest.size;
		ssize_t n = write(fd, rest.data, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		done += (size_t)n;
		log->within = lines->data[done - 1] != '\n';
	}
	int why = errno;
	bool all = done == lines->size;
	buffer_consume(lines, done);
	errno = why;
	return all;
}

/* What is still to be written of a line is lost: another line must not go on where it ends. */
static bool end_torn_line(struct worker_log *log, int fd)
{
	if (log->torn && write(fd, "\n", 1) == 1)
		log->torn = false;
	return !log->torn;
}

static void flush(struct worker_log *log, const struct config_log *config)
{
	static struct log_throttle throttle;
	if (log->lines.failed) /* out of memory: what there is ends somewhere */
		drop_lines(log);
	bool written = end_torn_line(log, config->fd) && write_lines(log, config->fd);
	int why = written ? 0 : errno;
	if (why && why != EAGAIN)
		log->why = why;
	if (!written && !(log->piped && why == EAGAIN)) {
		log->torn |= log->within;
		log->within = false;
		drop_lines(log);
	}
	if (!log->lost || !log_once_a_second(&throttle))
		return;
	log_error("cannot write the log %s: %s; %u lines are lost", config->path,
		log->why ? strerror(log->why) : "too many lines waited", log->lost);
	log->lost = 0;
	log->why = 0;
}

void worker_log_flush(struct worker *w)
{
	for (size_t i = 0; i < w->config->log_count; i++)
		if (w->logs[i].lines.size)
			flush(&w->logs[i], config_of(w, i));
}

static bool some_wait(const struct worker *w)
{
	for (size_t i = 0; i < w->config->log_count; i++)
		if (w->logs[i].lines.size)
			return true;
	return false;
}

void worker_log_end(struct worker *w)
{
	uint64_t end = os_clock_ms() + END_MS;
	worker_log_flush(w);
	while (some_wait(w) && os_clock_ms() < end) {
		(void)poll(NULL, 0, 10);
		worker_log_flush(w);
	}
}
