/*
 * config_error_log - the directives of the error log
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_error_log.h"

#include "base/assert.h"
#include "base/log_format.h"
#include "config/config_program.h"

/* base/log.h has its own LOG_ERR and LOG_DEBUG, so the facilities of syslog.h are written out. */
static const struct {
	const char *name;
	int number;
} facilities[] = {{"kern", 0}, {"user", 1}, {"mail", 2}, {"daemon", 3}, {"auth", 4},
	{"security", 4}, {"syslog", 5}, {"lpr", 6}, {"news", 7}, {"uucp", 8}, {"cron", 9},
	{"authpriv", 10}, {"ftp", 11}, {"local0", 16}, {"local1", 17}, {"local2", 18},
	{"local3", 19}, {"local4", 20}, {"local5", 21}, {"local6", 22}, {"local7", 23}};

static int facility_named(struct text name)
{
	for (size_t i = 0; i < COUNT_OF(facilities); i++)
		if (text_equal_nocase(name, text_of(facilities[i].name)))
			return facilities[i].number << 3;
	return -1;
}

/* syslog[:[facility][:tag]] */
static bool take_syslog(
	struct config_reader *reader, const struct config_line *line, struct log_syslog *to)
{
	struct text rest = text_of(line->words[0]);
	text_split(&rest, ':');
	struct text facility = rest.at ? text_split(&rest, ':') : rest;
	*to = (struct log_syslog){
		facility_named(facility.size ? facility : TEXT("local7")), "preforkd"};
	if (to->facility < 0)
		return config_reader_fail(reader, line->place,
			"ErrorLog: syslog has no facility '%.*s': it is auth, authpriv, cron, "
			"daemon, ftp, kern, local0 to local7, lpr, mail, news, syslog, user or "
			"uucp",
			TEXT_ARGS(facility));
	if (rest.size && !(to->tag = arena_text(reader->memory, rest)))
		return config_reader_no_memory(reader);
	return true;
}

bool config_error_log(struct config_reader *reader, const struct config_line *line)
{
	struct config_error_log *log = arena_take(reader->memory, sizeof *log);
	const char *path = line->words[0];
	if (!log)
		return config_reader_no_memory(reader);
	*log = (struct config_error_log){.path = path,
		.file = line->place.file,
		.line = line->place.line,
		.sink = {.fd = -1}};
	reader->host->error_log = log;
	if (!config_program(reader, line, &log->program))
		return false;
	bool syslog = strcmp(path, "syslog") == 0 || strncmp(path, "syslog:", 7) == 0;
	log->sink.piped = log->program != NULL;
	log->sink.syslog = syslog ? &log->syslog : NULL;
	return !syslog || take_syslog(reader, line, &log->syslog);
}

static const struct log_format *compile(
	struct config_reader *reader, const struct config_line *line, bool of_message)
{
	struct buffer why = BUFFER_INIT;
	const struct log_format *format =
		log_format_compile(reader->memory, line->words[line->count - 1], of_message, &why);
	if (!format && why.size)
		config_reader_fail(reader, line->place, "ErrorLogFormat: in the format, %.*s",
			TEXT_ARGS(buffer_view(&why)));
	else if (!format)
		config_reader_no_memory(reader);
	buffer_free(&why);
	return format;
}

/* One more line for each; a host that says any has none of the main server's. */
static bool add_line(struct config_reader *reader, struct log_lines *lines,
	const struct log_lines *of_main, const struct log_format *format)
{
	size_t count = of_main && lines->all == of_main->all ? 0 : lines->count;
	const struct log_format **all = arena_take(reader->memory, (count + 1) * sizeof *all);
	if (!all)
		return config_reader_no_memory(reader);
	if (count)
		memcpy(all, lines->all, count * sizeof *all);
	all[count] = format;
	*lines = (struct log_lines){count + 1, all};
	return true;
}

bool config_error_log_format(struct config_reader *reader, const struct config_line *line)
{
	const struct config_host *main_host = &reader->config->host;
	const struct log_form *of_main =
		reader->host == main_host ? NULL : main_host->error_log_form;
	struct text kind = text_of(line->count > 1 ? line->words[0] : "");
	bool request = text_equal_nocase(kind, TEXT("request"));
	struct log_form *form = arena_take(reader->memory, sizeof *form);
	if (!form)
		return config_reader_no_memory(reader);
	if (kind.size && !request && !text_equal_nocase(kind, TEXT("connection")))
		return config_reader_fail(reader, line->place,
			"ErrorLogFormat: a format is for each request or connection, not '%s'",
			kind.at);
	const struct log_format *format = compile(reader, line, !kind.size);
	*form = reader->host->error_log_form ? *reader->host->error_log_form : (struct log_form){0};
	reader->host->error_log_form = form;
	if (!format || !kind.size) {
		form->line = format;
		return format != NULL;
	}
	if (request)
		return add_line(reader, &form->request, of_main ? &of_main->request : NULL, format);
	return add_line(reader, &form->connection, of_main ? &of_main->connection : NULL, format);
}

/* A log that was named before is the same log: two programs of the same words would split it. */
static bool add(struct config_reader *reader, struct config_host *host)
{
	struct config *config = reader->config;
	struct config_error_log *log = host->error_log;
	if (log->path && !log->program && !log->sink.syslog &&
		!(log->path = config_reader_path(reader, log->path)))
		return false;
	for (size_t i = 0; i < config->error_log_count; i++) {
		struct config_error_log *there = config->error_logs[i];
		if (there->path && log->path && strcmp(there->path, log->path) == 0) {
			host->error_log = there;
			return true;
		}
	}
	struct config_error_log **all = arena_more(reader->memory, config->error_logs,
		config->error_log_count, sizeof(struct config_error_log *));
	if (!all)
		return config_reader_no_memory(reader);
	all[config->error_log_count++] = log;
	config->error_logs = all;
	return true;
}

bool config_error_log_resolve(struct config_reader *reader)
{
	struct config *config = reader->config;
	struct config_error_log *of_main = config->host.error_log;
	/* --serve has no use for the default. */
	if (reader->serve && !reader->said[CONFIG_DIRECTIVE_ERROR_LOG].file)
		of_main->path = NULL;
	if (!add(reader, &config->host))
		return false;
	config->error_log = of_main->path;
	for (size_t i = 0; i < config->host_count; i++)
		if (config->hosts[i]->error_log != of_main && !add(reader, config->hosts[i]))
			return false;
	return true;
}
