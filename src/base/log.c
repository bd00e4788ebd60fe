/*
 * log - the error log
 *
 * Runs in:  every process
 * Owns:     nothing; see log.h
 * Errors:   a line that cannot be written is lost
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

enum { AREAS = 16, LINE = 8192 };

static const char *const names[] = {
#define LOG_SEVERITY(symbol, name) name,
#include "base/log.def"
#undef LOG_SEVERITY
};

static struct {
	int fd;
	const char *program; /* plain lines begin with it; NULL: stamped lines */
	enum log_severity most;
	unsigned areas;
	struct {
		const char *name;
		enum log_severity most;
	} area[AREAS];
} the_log = {.fd = 2, .most = LOG_WARN};

void log_to(int fd)
{
	the_log.fd = fd;
}

bool log_level(const char *area, enum log_severity most)
{
	if (!area) {
		the_log.most = most;
		the_log.areas = 0;
		return true;
	}
	if (the_log.areas == AREAS)
		return false;
	the_log.area[the_log.areas].name = area;
	the_log.area[the_log.areas++].most = most;
	return true;
}

int log_severity_named(const char *name)
{
	for (int i = 0; i < LOG_SEVERITIES; i++)
		if (strcasecmp(names[i], name) == 0)
			return i;
	return -1;
}

void log_plain(const char *program)
{
	the_log.program = program;
}

void log_stamped(void)
{
	the_log.program = NULL;
}

bool log_wants(const char *area, enum log_severity severity)
{
	for (unsigned i = 0; i < the_log.areas; i++)
		if (strcmp(the_log.area[i].name, area) == 0)
			return severity <= the_log.area[i].most;
	return severity <= the_log.most;
}

/* "[Sat Nov 21 04:17:00.123456 2026] [area:severity] [pid 1] ", or "program: ". */
static size_t prefix(char *to, size_t room, const char *area, enum log_severity severity)
{
	if (the_log.program)
		return (size_t)snprintf(to, room, "%s: ", the_log.program);
	struct timespec now;
	struct tm tm;
	char day[32];
	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	strftime(day, sizeof day, "%a %b %d %H:%M:%S", &tm);
	return (size_t)snprintf(to, room, "[%s.%06ld %d] [%s:%s] [pid %d] ", day,
		now.tv_nsec / 1000, tm.tm_year + 1900, area, names[severity], (int)getpid());
}

/* A client chooses part of what is logged: control bytes must not forge lines or move a terminal's
 * cursor. */
static void make_visible(char *from, const char *end)
{
	for (; from < end; from++)
		if ((unsigned char)*from < ' ' || *from == 0x7f)
			*from = '?';
}

static void write_line(
	const char *area, enum log_severity severity, const char *format, va_list args)
{
	char line[LINE];
	int before = errno;
	size_t start = prefix(line, sizeof line, area, severity);
	errno = before; /* for %m */
	int more = vsnprintf(line + start, sizeof line - start - 1, format, args);
	size_t size = start + (more > 0 ? (size_t)more : 0);
	if (size > sizeof line - 2)
		size = sizeof line - 2;
	make_visible(line + start, line + size);
	line[size] = '\n';
	ssize_t written = write(the_log.fd, line, size + 1);
	(void)written; /* there is nowhere to say that saying failed */
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
