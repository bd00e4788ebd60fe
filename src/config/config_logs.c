/*
 * config_logs - the directives of the logs
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing; the files are opened by the parent
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_logs.h"

#include "config/config_log.h"

static const struct config_log_format *compile_or_fail(struct config_reader *reader,
	struct config_place place, const char *directive, const char *name, const char *source)
{
	struct buffer why = BUFFER_INIT;
	const struct config_log_format *format =
		config_log_compile(reader->memory, name, source, &why);
	if (!format && why.size)
		config_reader_fail(reader, place, "%s: in the format, %.*s", directive,
			TEXT_ARGS(buffer_view(&why)));
	else if (!format)
		config_reader_no_memory(reader);
	buffer_free(&why);
	return format;
}

/* --- LogFormat, CustomLog --- */

static const struct config_log_format **find_format(
	const struct config_reader *reader, const char *name)
{
	for (size_t i = 0; i < reader->format_count; i++)
		if (strcmp(reader->formats[i]->name, name) == 0)
			return &reader->formats[i];
	return NULL;
}

static bool add_format(struct config_reader *reader, const struct config_log_format *format)
{
	const struct config_log_format **there = find_format(reader, format->name);
	if (there) {
		*there = format;
		return true;
	}
	reader->formats = arena_more(reader->memory, reader->formats, reader->format_count,
		sizeof(const struct config_log_format *));
	if (!reader->formats)
		return config_reader_no_memory(reader);
	reader->formats[reader->format_count++] = format;
	return true;
}

bool config_logs_predefine(struct config_reader *reader)
{
	static const char *const formats[][2] = {
		{"common", "%h %l %u %t \"%r\" %>s %b"},
		{"combined", "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\""},
	};
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		const struct config_log_format *format = compile_or_fail(reader,
			(struct config_place){NULL, 0}, "LogFormat", formats[i][0], formats[i][1]);
		if (!format || !add_format(reader, format))
			return false;
	}
	return true;
}

bool config_logs_format(struct config_reader *reader, const struct config_line *line)
{
	const char *name = line->count > 1 ? line->words[1] : NULL;
	if (name && (name[0] == '\0' || strchr(name, '%')))
		return config_reader_fail(reader, line->place,
			"LogFormat: a name must not be empty or hold '%%', as '%s' does", name);
	const struct config_log_format *format =
		compile_or_fail(reader, line->place, "LogFormat", name, line->words[0]);
	if (!format)
		return false;
	if (!name)
		return config_reader_warn(reader, line->place,
			"LogFormat without a name has no effect: there is no TransferLog");
	return add_format(reader, format);
}

/* A log is a file: the words that mean something else in Apache must not become file names. */
static bool check_log_path(struct config_reader *reader, const struct config_line *line)
{
	const char *path = line->words[0];
	if (path[0] == '|' || text_starts(text_of(path), TEXT("syslog")) || path[0] == '\0')
		return config_reader_fail(reader, line->place,
			"%s must be a file; '%s', a program or syslog, is not supported",
			line->directive->name, path);
	return true;
}

bool config_logs_custom(struct config_reader *reader, const struct config_line *line)
{
	if (!check_log_path(reader, line))
		return false;
	reader->logs =
		arena_more(reader->memory, reader->logs, reader->log_count, sizeof *reader->logs);
	if (!reader->logs)
		return config_reader_no_memory(reader);
	reader->logs[reader->log_count++] = (struct config_log_draft){
		reader->host, line->place, line->words[0], line->words[1]};
	return true;
}

static const struct config_log_format *unknown_format(
	struct config_reader *reader, const struct config_log_draft *draft)
{
	const char *near = NULL;
	unsigned best = 64;
	for (size_t i = 0; i < reader->format_count; i++)
		if (config_directive_nearer(
			    text_of(draft->format), reader->formats[i]->name, &best))
			near = reader->formats[i]->name;
	if (near)
		config_reader_fail(reader, draft->place,
			"CustomLog: there is no LogFormat '%s': did you mean '%s'?", draft->format,
			near);
	else
		config_reader_fail(reader, draft->place, "CustomLog: there is no LogFormat '%s'",
			draft->format);
	return NULL;
}

static const struct config_log_format *format_of(
	struct config_reader *reader, const struct config_log_draft *draft)
{
	const struct config_log_format **named = find_format(reader, draft->format);
	if (named)
		return *named;
	if (strchr(draft->format, '%'))
		return compile_or_fail(reader, draft->place, "CustomLog", NULL, draft->format);
	return unknown_format(reader, draft);
}

static bool resolve(
	struct config_reader *reader, const struct config_log_draft *draft, struct config_log *log)
{
	*log = (struct config_log){.path = config_reader_path(reader, draft->path),
		.format = format_of(reader, draft),
		.file = draft->place.file,
		.line = draft->place.line,
		.fd = -1,
		.index = (size_t)(draft - reader->logs)};
	return log->path && log->format;
}

/* The logs of one host: its own, or the main server's where it has none. They stand together, as
 * a host's lines are read together. */
static void give(struct config_host *host, const struct config_host *main_host,
	struct config_log *const *all, const struct config_log_draft *drafts, size_t count)
{
	host->logs = main_host->logs;
	host->log_count = main_host->log_count;
	for (size_t i = 0; i < count; i++) {
		if (drafts[i].host != host)
			continue;
		if (i == 0 || drafts[i - 1].host != host) {
			host->logs = all + i;
			host->log_count = 0;
		}
		host->log_count++;
	}
}

bool config_logs_resolve(struct config_reader *reader)
{
	struct config *config = reader->config;
	struct config_log **all =
		arena_take(reader->memory, (reader->log_count + 1) * sizeof(struct config_log *));
	struct config_log *logs =
		arena_take(reader->memory, (reader->log_count + 1) * sizeof *logs);
	if (!all || !logs)
		return config_reader_no_memory(reader);
	for (size_t i = 0; i < reader->log_count; i++) {
		all[i] = &logs[i];
		if (!resolve(reader, &reader->logs[i], all[i]))
			return false;
	}
	config->logs = all;
	config->log_count = reader->log_count;
	give(&config->host, &config->host, all, reader->logs, reader->log_count);
	for (size_t i = 0; i < config->host_count; i++)
		give(config->hosts[i], &config->host, all, reader->logs, reader->log_count);
	return true;
}

/* --- ErrorLog, LogLevel --- */

bool config_logs_error(struct config_reader *reader, const struct config_line *line)
{
	if (!check_log_path(reader, line))
		return false;
	if (reader->host != &reader->config->host) { /* the main server is complete by then */
		const char *path = config_reader_path(reader, line->words[0]);
		const char *one = reader->config->error_log;
		return path && one && strcmp(path, one) == 0
			       ? true
			       : config_reader_fail(reader, line->place,
					 "ErrorLog: all hosts share the main server's, '%s'; "
					 "one of a host's own is not supported by preforkd",
					 one ? one : "standard error");
	}
	reader->config->error_log = line->words[0];
	return true;
}

/* The level of an area, or with area NULL the general one, which forgets the areas. */
static bool set_level(struct config_reader *reader, const struct config_line *line,
	const char *area, enum log_severity most)
{
	enum { AREAS_MOST = 16 }; /* log_level() keeps no more */
	struct config *config = reader->config;
	size_t i = area ? 1 : 0;
	while (area && i < config->log_level_count && strcmp(config->log_levels[i].area, area) != 0)
		i++;
	if (i > AREAS_MOST)
		return config_reader_fail(reader, line->place,
			"LogLevel: more than %d areas have a level of their own", (int)AREAS_MOST);
	if (i == config->log_level_count) {
		config->log_levels = arena_more(reader->memory, config->log_levels,
			config->log_level_count, sizeof *config->log_levels);
		if (!config->log_levels)
			return config_reader_no_memory(reader);
		config->log_level_count++;
	}
	config->log_levels[i] = (struct config_log_level){area, most};
	if (!area)
		config->log_level_count = 1;
	return true;
}

bool config_logs_level(struct config_reader *reader, const struct config_line *line)
{
	for (size_t i = 0; i < line->count; i++) {
		const char *colon = strchr(line->words[i], ':');
		const char *area = NULL;
		int severity = log_severity_named(colon ? colon + 1 : line->words[i]);
		if (severity < 0 || colon == line->words[i])
			return config_reader_fail(reader, line->place,
				"LogLevel: '%s' is not a level (emerg, alert, crit, error, warn, "
				"notice, "
				"info, debug, trace1 to trace8) or area:level",
				line->words[i]);
		if (colon &&
			!(area = arena_text(reader->memory,
				  text_from(line->words[i], (size_t)(colon - line->words[i])))))
			return config_reader_no_memory(reader);
		/* The general level comes first, whatever is said first. */
		if (reader->config->log_level_count == 0 &&
			!set_level(reader, line, NULL, LOG_WARN))
			return false;
		if (!set_level(reader, line, area, (enum log_severity)severity))
			return false;
	}
	return true;
}
