/*
 * log - the error log
 *
 * Runs in:  every process; each line is one write(2) to one descriptor, so lines of many processes
 *           never mix (O_APPEND)
 * Owns:     nothing; the descriptors belong to whoever opened them
 * Errors:   a line that cannot be written is lost; errno is preserved by every call
 *
 * A line looks like Apache's, so that what reads Apache's error log reads ours:
 *   [Sat Nov 21 04:17:00.123456 2026] [parent:notice] [pid 812] message
 * Every area (core, parent, worker, http, config, ...) may have a level of its own. Lines that are
 * about a request may go elsewhere, by levels of their own: log_about.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_severity {
#define LOG_SEVERITY(symbol, name) LOG_##symbol,
#include "base/log.def"
#undef LOG_SEVERITY
	LOG_SEVERITIES
};

/* The area of the lines a file writes: #define LOG_AREA before including this header. */
#ifndef LOG_AREA
#define LOG_AREA "core"
#endif

/* --- where lines go --- */

struct log_form; /* base/log_format.h */

/* The system's log: every line is a message of its own (RFC 3164). */
struct log_syslog {
	int facility; /* LOG_DAEMON and its like of syslog(3) */
	const char *tag;
};

struct log_sink {
	int fd;
	bool piped; /* a pipe: longer lines than PIPE_BUF could mix with others, and are cut */
	const struct log_syslog *syslog; /* fd is a datagram socket; NULL: it is written to */
};

/* Where the system's log listens. Tests set it elsewhere. */
extern const char *log_syslog_path;

/* Where lines go from now on; 2 before the first call. */
void log_to(int fd);

/* The same, in a form of its own; `form` may be NULL. Neither is copied. */
void log_into(const struct log_sink *sink, const struct log_form *form);

/* The sink is no more: where lines went there, they go to 2 from now on. */
void log_leave(const struct log_sink *sink);

/* --- which lines --- */

/* What LogLevel says. Without a row for an area, the general one counts. */
struct log_levels {
	size_t count;
	const struct log_area_level {
		const char *area; /* NULL: the general one, which stands first */
		enum log_severity most;
	} * rows;
};

/* Lines up to this severity are written; with an area, for that area alone (at most 64 areas whose
 * names, of which 31 bytes count, are copied). LOG_WARN before the first call, as Apache. Area NULL
 * sets the general level and forgets all areas. false: too many areas. */
bool log_level(const char *area, enum log_severity most);

/* "warn" to LOG_WARN, case ignored; -1 for an unknown name. */
int log_severity_named(const char *name);
const char *log_severity_name(enum log_severity severity);

/* --- what lines are about --- */

enum log_first { LOG_FIRST_OF_CONNECTION = 1 << 0, LOG_FIRST_OF_REQUEST = 1 << 1 };

/* A request, for as long as it is worked on. What it is may change meanwhile, so it is asked for
 * each line. */
struct log_about {
	/* Where the line goes and in which form; what is left alone is as for all lines. */
	void (*where)(void *closure, const struct log_sink **sink, const struct log_form **form);
	const struct log_levels *(*levels)(void *closure);
	/* What a letter of ErrorLogFormat stands for, into `to`; how many bytes, 0: nothing. */
	size_t (*field)(void *closure, char letter, const char *argument, char *to, size_t room);
	/* A line is about to be written: what it is the first one about, a set of log_first. */
	unsigned (*writes)(void *closure, enum log_severity severity);
	void *closure;
};

/* The lines from now on are about this, which is not copied; NULL: about nothing in particular. */
void log_about(const struct log_about *about);

/* --- lines --- */

/* Before the program serves, messages to a person at a terminal are plain ("preforkd: message")
 * instead of stamped. On at the start. */
void log_plain(const char *program);
void log_stamped(void);

bool log_wants(const char *area, enum log_severity severity);

/* The least urgent lines of an area that are written. */
enum log_severity log_most(const char *area);

/* What a letter of ErrorLogFormat stands for in the lines from now on, if only what they are about
 * knows that: its size, 0: nothing. */
size_t log_field(char letter, const char *argument, char *to, size_t room);

void log_line(const char *area, enum log_severity severity, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The next line was asked for there. */
void log_from(const char *file, unsigned line);

#define log_at(severity, ...)                                                                      \
	(log_wants(LOG_AREA, (severity)) ? (log_from(__FILE__, __LINE__),                          \
						   log_line(LOG_AREA, (severity), __VA_ARGS__))    \
					 : (void)0)
#define log_crit(...) log_at(LOG_CRIT, __VA_ARGS__)
#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_at(LOG_WARN, __VA_ARGS__)
#define log_notice(...) log_at(LOG_NOTICE, __VA_ARGS__)
#define log_info(...) log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)

/* Use: static struct log_throttle t; if (log_once_a_second(&t)) log_error("...");
 * for what can happen a thousand times a second. */
struct log_throttle {
	long second;
};
bool log_once_a_second(struct log_throttle *throttle);

/* One of our own bugs: says so at level crit and aborts. */
_Noreturn void log_panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
