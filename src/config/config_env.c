/*
 * config_env - variables of a request: SetEnvIf, SetEnv and their like
 *
 * Runs in:  the parent while it reads a configuration; workers for .htaccess
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * PassEnv takes the value that the variable has where the line is read. A worker that was executed
 * anew reads it again and has inherited the parent's environment, so it is the same.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_env.h"

#include "base/assert.h"
#include "base/regex.h"
#include "config/config_expr.h"
#include "config/config_merge.h"
#include "config/config_reader.h"

#include <stdlib.h>

void config_env_silent(struct config_env *env)
{
	*env = (struct config_env){.condition_count = 0};
}

/* --- SetEnv and its like: a name has one row --- */

static bool put(struct arena *memory, struct config_env *env, struct config_env_change change)
{
	struct config_env_change *rows =
		arena_more(memory, env->sets, env->set_count, sizeof *rows);
	size_t i = 0;
	if (!rows)
		return false;
	while (i < env->set_count && strcmp(rows[i].name, change.name) != 0)
		i++;
	rows[i] = change;
	env->sets = rows;
	env->set_count += i == env->set_count;
	return true;
}

bool config_env_lay_over(
	struct arena *memory, struct config_env *under, const struct config_env *inner)
{
	const void *rows = inner->conditions;
	size_t count = inner->condition_count;
	/* The outer ones are looked at first, as an inner one may look at what they set. */
	if (!config_merge_rows(memory, under->conditions, under->condition_count, &rows, &count,
		    sizeof *under->conditions))
		return false;
	under->conditions = rows;
	under->condition_count = count;
	under->in_section_count += inner->in_section_count;
	if (!inner->set_count)
		return true;
	/* A copy: arena_more may write into the array it is given. */
	struct config_env own = {.set_count = 0};
	for (size_t i = 0; i < under->set_count; i++)
		if (!put(memory, &own, under->sets[i]))
			return false;
	for (size_t i = 0; i < inner->set_count; i++)
		if (!put(memory, &own, inner->sets[i]))
			return false;
	under->sets = own.sets;
	under->set_count = own.set_count;
	return true;
}

static bool check_name(
	struct config_reader *reader, const struct config_line *line, struct text name)
{
	return name.size != 0 ||
	       config_reader_fail(reader, line->place, "%s: the name of a variable is empty",
		       line->directive->name);
}

static bool keep(struct config_reader *reader, const struct config_line *line,
	struct config_env_change change)
{
	return check_name(reader, line, text_of(change.name)) &&
	       (put(reader->memory, &reader->dir->env, change) || config_reader_no_memory(reader));
}

bool config_env_set(struct config_reader *reader, const struct config_line *line)
{
	return keep(reader, line,
		(struct config_env_change){line->words[0], line->count > 1 ? line->words[1] : ""});
}

bool config_env_unset(struct config_reader *reader, const struct config_line *line)
{
	for (size_t i = 0; i < line->count; i++)
		if (!keep(reader, line, (struct config_env_change){line->words[i], NULL}))
			return false;
	return true;
}

bool config_env_pass(struct config_reader *reader, const struct config_line *line)
{
	for (size_t i = 0; i < line->count; i++) {
		const char *value = getenv(line->words[i]);
		if (!value) {
			if (!config_reader_warn(reader, line->place,
				    "PassEnv: the server's environment has no variable %s",
				    line->words[i]))
				return false;
			continue;
		}
		value = arena_text(reader->memory, text_of(value));
		if (!value)
			return config_reader_no_memory(reader);
		if (!keep(reader, line, (struct config_env_change){line->words[i], value}))
			return false;
	}
	return true;
}

/* --- SetEnvIf and its like --- */

/* "variable", "variable=value", "!variable" */
static bool read_change(struct config_reader *reader, const struct config_line *line,
	const char *word, struct config_env_change *change)
{
	struct text rest = text_of(word + (word[0] == '!'));
	const char *equals = word[0] == '!' ? NULL : strchr(word, '=');
	if (equals)
		rest.size = (size_t)(equals - word);
	change->name = arena_text(reader->memory, rest);
	change->value = word[0] == '!' ? NULL : equals ? equals + 1 : "1";
	return change->name ? check_name(reader, line, rest) : config_reader_no_memory(reader);
}

/* The row and the variables, which begin at word `from`. */
static bool add(struct config_reader *reader, const struct config_line *line, size_t from,
	struct config_env_condition row)
{
	struct config_env *env = &reader->dir->env;
	struct config_env_change *changes =
		arena_take(reader->memory, (line->count - from) * sizeof *changes);
	struct config_env_condition *rows =
		arena_more(reader->memory, env->conditions, env->condition_count, sizeof row);
	if (!changes || !rows)
		return config_reader_no_memory(reader);
	for (size_t i = from; i < line->count; i++)
		if (!read_change(reader, line, line->words[i], &changes[i - from]))
			return false;
	row.changes = changes;
	row.change_count = line->count - from;
	row.in_section = reader->section != NULL;
	rows[env->condition_count++] = row;
	env->conditions = rows;
	env->in_section_count += row.in_section;
	return true;
}

/* A name that holds anything no field's name has here is a pattern. */
static bool is_pattern(const char *name)
{
	for (; *name; name++)
		if (!((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
			    (*name >= '0' && *name <= '9') || *name == '-' || *name == '_'))
			return true;
	return false;
}

static bool read_attribute(struct config_reader *reader, const struct config_line *line,
	unsigned flags, struct config_env_condition *row)
{
	static const struct text attributes[] = {[CONFIG_ENV_REMOTE_HOST] = TEXT("Remote_Host"),
		[CONFIG_ENV_REMOTE_ADDR] = TEXT("Remote_Addr"),
		[CONFIG_ENV_SERVER_ADDR] = TEXT("Server_Addr"),
		[CONFIG_ENV_REQUEST_METHOD] = TEXT("Request_Method"),
		[CONFIG_ENV_REQUEST_PROTOCOL] = TEXT("Request_Protocol"),
		[CONFIG_ENV_REQUEST_URI] = TEXT("Request_URI")};
	const char *name = line->words[0];
	if (!name[0])
		return config_reader_fail(reader, line->place, "%s: the name of the field is empty",
			line->directive->name);
	for (size_t i = 0; i < COUNT_OF(attributes); i++)
		if (text_equal_nocase(text_of(name), attributes[i])) {
			row->attribute = (enum config_env_attribute)i;
			return true;
		}
	if (strncasecmp(name, "OID(", 4) == 0)
		return config_reader_fail(reader, line->place,
			"%s %s is not supported by preforkd: it asks for a certificate",
			line->directive->name, name);
	row->attribute = is_pattern(name) ? CONFIG_ENV_FIELDS : CONFIG_ENV_FIELD;
	row->name = name;
	if (row->attribute == CONFIG_ENV_FIELDS)
		row->names = config_reader_regex(reader, line, name, flags | REGEX_NOCASE);
	return row->attribute == CONFIG_ENV_FIELD || row->names;
}

static bool set_if(struct config_reader *reader, const struct config_line *line, unsigned flags)
{
	struct config_env_condition row = {.regex = NULL};
	if (!read_attribute(reader, line, flags, &row))
		return false;
	row.regex = config_reader_regex(reader, line, line->words[1], flags);
	return row.regex && add(reader, line, 2, row);
}

bool config_env_set_if(struct config_reader *reader, const struct config_line *line)
{
	return set_if(reader, line, 0);
}

bool config_env_set_if_no_case(struct config_reader *reader, const struct config_line *line)
{
	return set_if(reader, line, REGEX_NOCASE);
}

static bool browser(struct config_reader *reader, const struct config_line *line, unsigned flags)
{
	struct config_env_condition row = {.attribute = CONFIG_ENV_FIELD, .name = "User-Agent"};
	row.regex = config_reader_regex(reader, line, line->words[0], flags);
	return row.regex && add(reader, line, 1, row);
}

bool config_env_browser(struct config_reader *reader, const struct config_line *line)
{
	return browser(reader, line, 0);
}

bool config_env_browser_no_case(struct config_reader *reader, const struct config_line *line)
{
	return browser(reader, line, REGEX_NOCASE);
}

bool config_env_set_if_expr(struct config_reader *reader, const struct config_line *line)
{
	struct config_env_condition row = {.attribute = CONFIG_ENV_EXPR,
		.expr = config_reader_expr(reader, line, line->words[0], 0)};
	return row.expr && add(reader, line, 1, row);
}
