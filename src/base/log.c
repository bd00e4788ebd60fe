/*
 * log - the error log
 *
 * Runs in:  every process
 * Owns:     nothing; see log.h
 * Errors:   a line that cannot be written is lost
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/assert.h"
#include "base/log_format.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { AREAS = 64, AREA_NAME = 32, LINE = 8192 };

static const char *const names[] = {
#define LOG_SEVERITY(symbol, name) name,
#include "base/log.def"
#undef LOG_SEVERITY
};

static const struct log_sink standard_error = {.fd = 2};

static struct {
	struct log_sink plain;       /* of log_to */
	const struct log_sink *sink; /* &plain, or of log_into */
	const struct log_form *form;
	const char *program; /* plain lines begin with it; NULL: stamped lines */
	const struct log_about *about;
	const char *file; /* where the line comes from */
	unsigned line;
	unsigned areas;
	char names[AREAS][AREA_NAME];
	struct log_area_level rows[1 + AREAS];
} the_log = {.sink = &standard_error, .rows[0].most = LOG_WARN};

const char *log_syslog_path = "/dev/log";

/* --- where --- */

void log_to(int fd)
{
	the_log.plain = (struct log_sink){.fd = fd};
	log_into(&the_log.plain, NULL);
}

void log_into(const struct log_sink *sink, const struct log_form *form)
{
	the_log.sink = sink;
	the_log.form = form;
}

void log_leave(const struct log_sink *sink)
{
	if (the_log.sink == sink)
		log_into(&standard_error, NULL);
}

void log_about(const struct log_about *about)
{
	the_log.about = about;
}

/* --- which --- */

bool log_level(const char *area, enum log_severity most)
{
	if (!area) {
		the_log.rows[0].most = most;
		the_log.areas = 0;
		return true;
	}
	if (the_log.areas == AREAS)
		return false;
	char *name = the_log.names[the_log.areas];
	snprintf(name, AREA_NAME, "%s", area);
	the_log.rows[++the_log.areas] = (struct log_area_level){name, most};
	return true;
}

int log_severity_named(const char *name)
{
	for (int i = 0; i < LOG_SEVERITIES; i++)
		if (strcasecmp(names[i], name) == 0)
			return i;
	return -1;
}

const char *log_severity_name(enum log_severity severity)
{
	return names[severity];
}

/* -1: nothing is said of it. */
static int most_of(const struct log_levels *levels, const char *area)
{
	int most = -1;
	for (size_t i = 0; i < levels->count; i++)
		if (!levels->rows[i].area || strcmp(levels->rows[i].area, area) == 0)
			most = (int)levels->rows[i].most;
	return most;
}

enum log_severity log_most(const char *area)
{
	const struct log_levels all = {1 + the_log.areas, the_log.rows};
	const struct log_about *about = the_log.about;
	const struct log_levels *own =
		about && about->levels ? about->levels(about->closure) : NULL;
	int most = own ? most_of(own, area) : -1;
	return (enum log_severity)(most < 0 ? most_of(&all, area) : most);
}

bool log_wants(const char *area, enum log_severity severity)
{
	return severity <= log_most(area);
}

size_t log_field(char letter, const char *argument, char *to, size_t room)
{
	const struct log_about *about = the_log.about;
	return about && about->field ? about->field(about->closure, letter, argument, to, room) : 0;
}

/* --- lines --- */

void log_plain(const char *program)
{
	the_log.program = program;
}

void log_stamped(void)
{
	the_log.program = NULL;
}

void log_from(const char *file, unsigned line)
{
	the_log.file = file;
	the_log.line = line;
}

/* A client chooses part of what is logged: control bytes must not forge lines or move a terminal's
 * cursor. */
static void make_visible(char *from, const char *end)
{
	for (; from < end; from++)
		if ((unsigned char)*from < ' ' || *from == 0x7f)
			*from = '?';
}

/* RFC 3164, as the C library's own syslog(3) has it. A log that takes nothing now is not waited
 * for. */
static ssize_t send_message(
	const struct log_sink *sink, enum log_severity severity, const char *line, size_t size)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	char head[128], day[32];
	struct tm tm;
	time_t now = time(NULL);
	localtime_r(&now, &tm);
	strftime(day, sizeof day, "%b %e %H:%M:%S", &tm);
	int level = severity > LOG_DEBUG ? LOG_DEBUG : (int)severity;
	int length =
		snprintf(head, sizeof head, "<%d>%s %.64s[%d]: ", sink->syslog->facility | level,
			day, sink->syslog->tag, (int)getpid());
	snprintf(to.sun_path, sizeof to.sun_path, "%s", log_syslog_path);
	struct iovec pieces[] = {{head, (size_t)length}, {(char *)line, size}};
	struct msghdr message = {.msg_name = &to,
		.msg_namelen = sizeof to,
		.msg_iov = pieces,
		.msg_iovlen = COUNT_OF(pieces)};
	return sendmsg(sink->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* `line` has room for a line end. */
static void put(const struct log_sink *sink, enum log_severity severity, char *line, size_t size)
{
	if (sink->syslog) {
		(void)send_message(sink, severity, line, size);
		return;
	}
	if (sink->piped && size > PIPE_BUF - 1)
		size = PIPE_BUF - 1;
	line[size] = '\n';
	ssize_t written = write(sink->fd, line, size + 1);
	(void)written; /* there is nowhere to say that saying failed */
}

static void put_plain(struct text message)
{
	char line[LINE];
	int start = snprintf(line, sizeof line, "%s: ", the_log.program);
	size_t room = sizeof line - 2 - (size_t)start;
	size_t size = message.size < room ? message.size : room;
	memcpy(line + start, message.at, size);
	make_visible(line + start, line + start + size);
	put(the_log.sink, LOG_INFO, line, (size_t)start + size);
}

static void put_format(
	const struct log_sink *sink, const struct log_format *format, const struct log_entry *entry)
{
	char line[LINE];
	size_t size = log_format_line(format, entry, line, sizeof line - 1);
	if (size)
		put(sink, entry->severity, line, size);
}

static void put_lines(
	const struct log_sink *sink, const struct log_lines *lines, const struct log_entry *entry)
{
	for (size_t i = 0; i < lines->count; i++)
		put_format(sink, lines->all[i], entry);
}

static void put_stamped(struct log_entry *entry)
{
	static const struct log_form none;
	const struct log_about *about = the_log.about;
	const struct log_sink *sink = the_log.sink;
	const struct log_form *form = the_log.form;
	if (about)
		about->where(about->closure, &sink, &form);
	if (!form)
		form = &none;
	entry->about = about;
	unsigned first = about ? about->writes(about->closure, entry->severity) : 0;
	if (first & LOG_FIRST_OF_CONNECTION) {
		struct log_entry of_connection = *entry;
		of_connection.of_connection = true;
		put_lines(sink, &form->connection, &of_connection);
	}
	if (first & LOG_FIRST_OF_REQUEST)
		put_lines(sink, &form->request, entry);
	put_format(sink,
		form->line     ? form->line
		: sink->syslog ? &log_format_syslog
			       : &log_format_default,
		entry);
}

static void write_line(
	const char *area, enum log_severity severity, const char *format, va_list args)
{
	char message[LINE];
	int before = errno; /* for %m */
	int size = vsnprintf(message, sizeof message, format, args);
	if (size >= LINE)
		size = LINE - 1;
	struct text text = text_from(message, size < 0 ? 0 : (size_t)size);
	struct log_entry entry = {.area = area,
		.severity = severity,
		.file = the_log.file,
		.line = the_log.line,
		.error = strstr(format, "%m") ? before : 0,
		.message = text};
	if (the_log.program)
		put_plain(text);
	else
		put_stamped(&entry);
	the_log.file = NULL;
	errno = before;
}

void log_line(const char *area, enum log_severity severity, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	write_line(area, severity, format, args);
	va_end(args);
}

bool log_once_a_second(struct log_throttle *throttle)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	long second = now.tv_sec + 1; /* never 0, the value of a new throttle */
	if (second == throttle->second)
		return false;
	throttle->second = second;
	return true;
}

void log_panic(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	write_line("core", LOG_CRIT, format, args);
	va_end(args);
	abort();
}
