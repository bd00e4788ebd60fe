/*
 * config_logs - the directives of the access logs
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing; the files are opened by the parent
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_logs.h"

#include "config/config_expr.h"
#include "config/config_log.h"
#include "config/config_program.h"

#define COMMON "%h %l %u %t \"%r\" %>s %b"

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

/* --- LogFormat --- */

/* A name, as a host knows it: its own, else the main server's. */
static struct config_log_name *find_name(
	const struct config_reader *reader, const struct config_host *host, const char *name)
{
	for (size_t i = 0; i < reader->format_count; i++)
		if (reader->formats[i].host == host &&
			strcmp(reader->formats[i].format->name, name) == 0)
			return &reader->formats[i];
	return NULL;
}

static bool add_format(struct config_reader *reader, const struct config_log_format *format)
{
	struct config_log_name *there = find_name(reader, reader->host, format->name);
	if (there) {
		there->format = format;
		return true;
	}
	reader->formats = arena_more(
		reader->memory, reader->formats, reader->format_count, sizeof *reader->formats);
	if (!reader->formats)
		return config_reader_no_memory(reader);
	reader->formats[reader->format_count++] = (struct config_log_name){reader->host, format};
	return true;
}

bool config_logs_predefine(struct config_reader *reader)
{
	static const char *const formats[][2] = {
		{"common", COMMON},
		{"combined", COMMON " \"%{Referer}i\" \"%{User-Agent}i\""},
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
	if (name)
		return add_format(reader, format);
	reader->host->log_format = format; /* for TransferLog */
	return true;
}

/* --- CustomLog, TransferLog, GlobalLog --- */

/* The system's log is for errors: its name must not become that of a file. */
static bool check_path(struct config_reader *reader, const struct config_line *line)
{
	struct text path = text_of(line->words[0]);
	if (!text_equal(path, TEXT("syslog")) && !text_starts(path, TEXT("syslog:")))
		return true;
	return config_reader_fail(reader, line->place,
		"%s must be a file or a program; '%s' is for ErrorLog alone", line->directive->name,
		path.at);
}

static bool take_expression(struct config_reader *reader, const struct config_line *line,
	const char *source, struct config_log_draft *draft)
{
	struct buffer why = BUFFER_INIT;
	draft->condition = config_expr_parse(reader->memory, source, 0, &why);
	if (!draft->condition)
		config_reader_fail(reader, line->place, "%s: in the expression '%s', %.*s",
			line->directive->name, source, TEXT_ARGS(buffer_view(&why)));
	buffer_free(&why);
	return draft->condition != NULL;
}

/* env=[!]variable, expr=expression */
static bool take_condition(struct config_reader *reader, const struct config_line *line,
	struct config_log_draft *draft)
{
	const char *word = line->count > 2 ? line->words[2] : NULL;
	if (!word)
		return true;
	if (strncmp(word, "expr=", 5) == 0)
		return take_expression(reader, line, word + 5, draft);
	if (strncmp(word, "env=", 4) != 0 || !word[4 + (word[4] == '!')])
		return config_reader_fail(reader, line->place,
			"%s: what follows the format must be env=variable, env=!variable or "
			"expr=expression, not '%s'",
			line->directive->name, word);
	draft->unset = word[4] == '!';
	draft->variable = word + 4 + draft->unset;
	return true;
}

static bool add_log(struct config_reader *reader, const struct config_line *line,
	const char *format, bool global)
{
	struct config_log_draft draft = {.host = reader->host,
		.place = line->place,
		.path = line->words[0],
		.format = format,
		.global = global};
	if (!check_path(reader, line) || !config_program(reader, line, &draft.program) ||
		!take_condition(reader, line, &draft))
		return false;
	reader->logs =
		arena_more(reader->memory, reader->logs, reader->log_count, sizeof *reader->logs);
	if (!reader->logs)
		return config_reader_no_memory(reader);
	reader->logs[reader->log_count++] = draft;
	return true;
}

bool config_logs_custom(struct config_reader *reader, const struct config_line *line)
{
	return add_log(reader, line, line->words[1], false);
}

bool config_logs_global(struct config_reader *reader, const struct config_line *line)
{
	return add_log(reader, line, line->words[1], true);
}

bool config_logs_transfer(struct config_reader *reader, const struct config_line *line)
{
	return add_log(reader, line, NULL, false);
}

/* --- when all has been read --- */

static bool is_known(const struct config_reader *reader, const struct config_log_name *name,
	const struct config_host *host)
{
	return name->host == host || name->host == &reader->config->host;
}

static const struct config_log_format *unknown_format(
	struct config_reader *reader, const struct config_log_draft *draft)
{
	const char *near = NULL;
	unsigned best = 64;
	for (size_t i = 0; i < reader->format_count; i++)
		if (is_known(reader, &reader->formats[i], draft->host) &&
			config_directive_nearer(
				text_of(draft->format), reader->formats[i].format->name, &best))
			near = reader->formats[i].format->name;
	if (near)
		config_reader_fail(reader, draft->place,
			"CustomLog: there is no LogFormat '%s': did you mean '%s'?", draft->format,
			near);
	else
		config_reader_fail(reader, draft->place, "CustomLog: there is no LogFormat '%s'",
			draft->format);
	return NULL;
}

/* TransferLog has the host's format without a name, which may be the main server's. */
static const struct config_log_format *default_format(
	struct config_reader *reader, const struct config_log_draft *draft)
{
	if (draft->host->log_format)
		return draft->host->log_format;
	if (reader->config->host.log_format)
		return reader->config->host.log_format;
	return compile_or_fail(reader, draft->place, "TransferLog", NULL, COMMON);
}

static const struct config_log_format *format_of(
	struct config_reader *reader, const struct config_log_draft *draft)
{
	if (!draft->format)
		return default_format(reader, draft);
	const struct config_log_name *named = find_name(reader, draft->host, draft->format);
	if (!named)
		named = find_name(reader, &reader->config->host, draft->format);
	if (named)
		return named->format;
	if (strchr(draft->format, '%'))
		return compile_or_fail(reader, draft->place, "CustomLog", NULL, draft->format);
	return unknown_format(reader, draft);
}

static bool resolve(
	struct config_reader *reader, const struct config_log_draft *draft, struct config_log *log)
{
	*log = (struct config_log){
		.path = draft->program ? draft->path : config_reader_path(reader, draft->path),
		.program = draft->program,
		.format = format_of(reader, draft),
		.variable = draft->variable,
		.unset = draft->unset,
		.condition = draft->condition,
		.file = draft->place.file,
		.line = draft->place.line,
		.fd = -1,
		.index = (size_t)(draft - reader->logs)};
	return log->path && log->format;
}

/* The logs of one host: its own, or the main server's where it has none, and every GlobalLog. */
static bool give(struct config_reader *reader, struct config_host *host)
{
	const struct config_host *main_host = &reader->config->host;
	struct config_log **mine =
		arena_take(reader->memory, (reader->log_count + 1) * sizeof(struct config_log *));
	bool own = false;
	if (!mine)
		return config_reader_no_memory(reader);
	for (size_t i = 0; i < reader->log_count; i++)
		own |= reader->logs[i].host == host;
	host->log_count = 0;
	for (size_t i = 0; i < reader->log_count; i++)
		if (reader->logs[i].host == (own ? host : main_host) || reader->logs[i].global)
			mine[host->log_count++] = reader->config->logs[i];
	host->logs = mine;
	return true;
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
	if (!give(reader, &config->host))
		return false;
	for (size_t i = 0; i < config->host_count; i++)
		if (!give(reader, config->hosts[i]))
			return false;
	return true;
}

/* Lines of one turn always leave together, so there is nothing to switch. */
bool config_logs_buffered(struct config_reader *reader, const struct config_line *line)
{
	struct text word = text_of(line->words[0]);
	return text_equal_nocase(word, TEXT("on")) || text_equal_nocase(word, TEXT("off")) ||
	       config_reader_fail(reader, line->place, "BufferedLogs must be On or Off, not '%s'",
		       line->words[0]);
}
