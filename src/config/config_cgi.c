/*
 * config_cgi - the directives about programs
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_cgi.h"

#include "config/config_merge.h"
#include "config/config_reader.h"

static const int resources[CONFIG_CGI_LIMITS] = {RLIMIT_CPU, RLIMIT_AS, RLIMIT_NPROC};

int config_cgi_resource(size_t limit)
{
	return resources[limit];
}

void config_cgi_silent(struct config_cgi *cgi)
{
	*cgi = (struct config_cgi){.pass_auth = -1, .current_uri = -1};
}

bool config_cgi_lay_over(
	struct arena *memory, struct config_cgi *under, const struct config_cgi *inner)
{
	const void *actions = under->actions;
	if (inner->pass_auth >= 0)
		under->pass_auth = inner->pass_auth;
	if (inner->current_uri >= 0)
		under->current_uri = inner->current_uri;
	if (inner->script_timeout_ms)
		under->script_timeout_ms = inner->script_timeout_ms;
	for (size_t i = 0; i < CONFIG_CGI_LIMITS; i++)
		if (inner->limits[i].said)
			under->limits[i] = inner->limits[i];
	bool good = config_merge_rows(memory, inner->actions, inner->action_count, &actions,
		&under->action_count, sizeof *under->actions);
	under->actions = actions;
	return good;
}

unsigned config_cgi_left_most(const struct config *config)
{
	enum { SOME = 64 };
	return config->worker_connections + SOME;
}

/* --- is there any? --- */

static bool dir_has(const struct config_dir *dir)
{
	const struct config_allowed *allowed = dir->grant.allowed;
	return (dir->options & CONFIG_OPTION_EXEC_CGI) ||
	       (dir->handler && text_equal_nocase(text_of(dir->handler), TEXT("cgi-script"))) ||
	       (allowed && allowed->groups & CONFIG_OVERRIDE_OPTIONS &&
		       allowed->options & CONFIG_OPTION_EXEC_CGI) ||
	       (dir->grant.listed && dir->grant.listed[CONFIG_DIRECTIVE_OPTIONS]);
}

static bool alias_has(const struct config_dir *dir)
{
	for (size_t i = 0; i < dir->alias.row_count; i++)
		if (dir->alias.rows[i].script)
			return true;
	return false;
}

/* Sections stand in each other CONFIG_READER_DEEP deep at most. */
static bool sections_have(const struct config_sections *sections)
{
	for (size_t i = 0; i < sections->count; i++) {
		const struct config_section *s = sections->all[i];
		if (dir_has(&s->dir) || alias_has(&s->dir) || sections_have(&s->inner))
			return true;
	}
	return false;
}

static bool host_has(const struct config_host *host)
{
	return dir_has(&host->dir) || alias_has(&host->dir) || sections_have(&host->sections);
}

bool config_has_cgi(const struct config *config)
{
	for (size_t i = 0; i < config->host_count; i++)
		if (host_has(config->hosts[i]))
			return true;
	return host_has(&config->host);
}

/* --- the directives --- */

static bool is_word(const char *word, const char *wanted)
{
	return text_equal_nocase(text_of(word), text_of(wanted));
}

static bool read_flag(struct config_reader *reader, const struct config_line *line, int *flag)
{
	bool on = is_word(line->words[0], "on");
	if (!on && !is_word(line->words[0], "off"))
		return config_reader_fail(reader, line->place, "%s must be On or Off, not '%s'",
			line->directive->name, line->words[0]);
	*flag = on;
	return true;
}

bool config_cgi_accept_path_info(struct config_reader *reader, const struct config_line *line)
{
	if (is_word(line->words[0], "default")) {
		reader->dir->accept_path_info =
			2; /* as the handler likes, whatever lies under it */
		return true;
	}
	if (is_word(line->words[0], "on") || is_word(line->words[0], "off"))
		return read_flag(reader, line, &reader->dir->accept_path_info);
	return config_reader_fail(reader, line->place,
		"AcceptPathInfo must be On, Off or Default, not '%s'", line->words[0]);
}

bool config_cgi_pass_auth(struct config_reader *reader, const struct config_line *line)
{
	return read_flag(reader, line, &reader->dir->cgi.pass_auth);
}

bool config_cgi_var(struct config_reader *reader, const struct config_line *line)
{
	if (strcmp(line->words[0], "REQUEST_URI") != 0)
		return config_reader_fail(reader, line->place,
			"CGIVar: the variable must be REQUEST_URI, not '%s'", line->words[0]);
	bool current = is_word(line->words[1], "current-uri");
	if (!current && !is_word(line->words[1], "original-uri"))
		return config_reader_fail(reader, line->place,
			"CGIVar REQUEST_URI must be original-uri or current-uri, not '%s'",
			line->words[1]);
	reader->dir->cgi.current_uri = current;
	return true;
}

/* Apache's: seconds, or with a unit behind. */
bool config_cgi_script_timeout(struct config_reader *reader, const struct config_line *line)
{
	static const struct {
		struct text unit;
		unsigned ms;
	} units[] = {{TEXT("ms"), 1}, {TEXT("s"), 1000}, {TEXT("mi"), 60000}, {TEXT("min"), 60000},
		{TEXT("h"), 3600000}, {TEXT(""), 1000}};
	struct text word = text_of(line->words[0]);
	size_t digits = strspn(line->words[0], "0123456789");
	struct text unit = text_from(word.at + digits, word.size - digits);
	unsigned long long n;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (text_equal_nocase(unit, units[i].unit) &&
			text_number(text_from(word.at, digits), 86400000u / units[i].ms, &n) &&
			n > 0) {
			reader->dir->cgi.script_timeout_ms = (unsigned)n * units[i].ms;
			return true;
		}
	return config_reader_fail(reader, line->place,
		"CGIScriptTimeout must be a time from 1ms to a day (ms, s, min, h), not '%s'",
		line->words[0]);
}

static bool read_limit(struct config_reader *reader, const struct config_line *line, size_t which)
{
	struct config_cgi_limit *limit = &reader->dir->cgi.limits[which];
	rlim_t values[2] = {0, 0};
	for (size_t i = 0; i < line->count; i++) {
		unsigned long long n;
		if (is_word(line->words[i], "max"))
			values[i] = RLIM_INFINITY;
		else if (text_number(text_of(line->words[i]), INT64_MAX, &n))
			values[i] = (rlim_t)n;
		else
			return config_reader_fail(reader, line->place,
				"%s must be a number or max, not '%s'", line->directive->name,
				line->words[i]);
	}
	/* Of one value Apache makes the soft limit. */
	rlim_t hard = line->count > 1 ? values[1] : RLIM_INFINITY;
	if (values[0] > hard)
		return config_reader_fail(reader, line->place,
			"%s: the soft limit '%s' is above the hard one, '%s'",
			line->directive->name, line->words[0], line->words[1]);
	*limit = (struct config_cgi_limit){true, values[0], hard};
	return true;
}

bool config_cgi_limit_cpu(struct config_reader *reader, const struct config_line *line)
{
	return read_limit(reader, line, CONFIG_CGI_CPU);
}

bool config_cgi_limit_mem(struct config_reader *reader, const struct config_line *line)
{
	return read_limit(reader, line, CONFIG_CGI_MEM);
}

bool config_cgi_limit_nproc(struct config_reader *reader, const struct config_line *line)
{
	return read_limit(reader, line, CONFIG_CGI_NPROC);
}

static bool add_action(struct config_reader *reader, struct config_cgi_action action)
{
	struct config_cgi *cgi = &reader->dir->cgi;
	for (size_t i = 0; i < cgi->action_count; i++) {
		struct config_cgi_action *old = (struct config_cgi_action *)&cgi->actions[i];
		if (old->method == action.method && is_word(old->name, action.name)) {
			*old = action; /* the last one counts */
			return true;
		}
	}
	struct config_cgi_action *all =
		arena_more(reader->memory, cgi->actions, cgi->action_count, sizeof *all);
	if (!all)
		return config_reader_no_memory(reader);
	all[cgi->action_count++] = action;
	cgi->actions = all;
	return true;
}

static bool check_path(struct config_reader *reader, const struct config_line *line)
{
	return line->words[1][0] == '/' ||
	       config_reader_fail(reader, line->place,
		       "%s: the program must be a path of this site, beginning with '/', not '%s'",
		       line->directive->name, line->words[1]);
}

bool config_cgi_action(struct config_reader *reader, const struct config_line *line)
{
	struct config_cgi_action action = {
		.name = line->words[0], .path = line->words[1], .is_virtual = line->count > 2};
	if (line->count > 2 && !is_word(line->words[2], "virtual"))
		return config_reader_fail(reader, line->place,
			"Action: the last argument must be virtual, not '%s'", line->words[2]);
	if (is_word(action.path, "none"))
		action.path = NULL;
	else if (!check_path(reader, line))
		return false;
	const char **known =
		arena_more(reader->memory, reader->actions, reader->action_count, sizeof *known);
	if (!known)
		return config_reader_no_memory(reader);
	known[reader->action_count++] = action.name;
	reader->actions = known;
	return add_action(reader, action);
}

bool config_cgi_script(struct config_reader *reader, const struct config_line *line)
{
	if (is_word(line->words[0], "TRACE"))
		return config_reader_fail(
			reader, line->place, "Script: TRACE is never a program's");
	return check_path(reader, line) &&
	       add_action(reader,
		       (struct config_cgi_action){
			       .name = line->words[0], .method = true, .path = line->words[1]});
}
