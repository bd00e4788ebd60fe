/*
 * log - the error log
 *
 * Runs in:  every process; each line is one write(2) to one descriptor, so lines of many processes
 *           never mix (O_APPEND)
 * Owns:     nothing; the descriptor belongs to whoever opened it
 * Errors:   a line that cannot be written is lost; errno is preserved by every call
 *
 * A line looks like Apache's, so that what reads Apache's error log reads ours:
 *   [Sat Nov 21 04:17:00.123456 2026] [parent:notice] [pid 812] message
 * Every area (core, parent, worker, http, config, ...) may have a level of its own.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

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

/* Where lines go from now on; 2 before the first call. */
void log_to(int fd);

/* Lines up to this severity are written; with an area, for that area alone (at most 16 areas,
 * names are not copied). LOG_WARN before the first call, as Apache. Area NULL sets the general
 * level and forgets all areas. false: too many areas. */
bool log_level(const char *area, enum log_severity most);

/* "warn" to LOG_WARN, case ignored; -1 for an unknown name. */
int log_severity_named(const char *name);

/* Before the program serves, messages to a person at a terminal are plain ("preforkd: message")
 * instead of stamped. On at the start. */
void log_plain(const char *program);
void log_stamped(void);

bool log_wants(const char *area, enum log_severity severity);
void log_line(const char *area, enum log_severity severity, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define log_at(severity, ...)                                                                      \
	(log_wants(LOG_AREA, (severity)) ? log_line(LOG_AREA, (severity), __VA_ARGS__) : (void)0)
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
