/*
 * config_access - Order, Allow, Deny, Satisfy, AuthType and their like, and how sections merge
 *
 * Runs in:  the parent while it reads a configuration; workers for .htaccess
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * Require and its groups are read by config_require.c.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_access.h"

#include "base/assert.h"
#include "config/config_expr.h"
#include "config/config_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- merging --- */

void config_access_silent(struct config_access *access)
{
	*access = (struct config_access){.authoritative = -1, .forbidden_on_failure = -1};
}

/* A group of two groups. Their nodes are copied, as each stands in a list of its own. */
static const struct config_require *join(struct arena *memory, enum config_require_kind kind,
	const struct config_require *a, const struct config_require *b)
{
	struct config_require *all = arena_take(memory, 3 * sizeof *all);
	if (!all)
		return NULL;
	all[2] = *b;
	all[2].next = NULL;
	all[1] = *a;
	all[1].next = &all[2];
	all[0] = (struct config_require){.kind = kind, .first = &all[1]};
	return all;
}

static bool lay_rules(
	struct arena *memory, struct config_access *under, const struct config_access *inner)
{
	bool both = inner->merging == CONFIG_MERGING_AND || inner->merging == CONFIG_MERGING_OR;
	if (both && under->require && inner->require)
		under->require = join(memory,
			inner->merging == CONFIG_MERGING_AND ? CONFIG_REQUIRE_EVERY
							     : CONFIG_REQUIRE_SOME,
			under->require, inner->require);
	else if (inner->require || inner->merging == CONFIG_MERGING_OFF)
		under->require = inner->require;
	else
		return true;
	return under->require || !inner->require;
}

bool config_access_lay_over(
	struct arena *memory, struct config_access *under, const struct config_access *inner)
{
	if (inner->compat)
		under->compat = inner->compat;
	if (inner->auth_type != CONFIG_AUTH_UNSAID)
		under->auth_type = inner->auth_type;
	if (inner->auth_name)
		under->auth_name = inner->auth_name;
	if (inner->user_file)
		under->user_file = inner->user_file;
	if (inner->group_file)
		under->group_file = inner->group_file;
	if (inner->authoritative >= 0)
		under->authoritative = inner->authoritative;
	if (inner->forbidden_on_failure >= 0)
		under->forbidden_on_failure = inner->forbidden_on_failure;
	return lay_rules(memory, under, inner);
}

/* --- what several directives need --- */

bool config_access_in_section(struct config_reader *reader, const struct config_line *line)
{
	return reader->section || config_reader_fail(reader, line->place,
					  "%s is not allowed here: it may stand in <Directory>, "
					  "<Files>, <Location>, <If> "
					  "and .htaccess",
					  line->directive->name);
}

bool config_access_asks_names(struct config_reader *reader, const struct config_line *line)
{
	struct config *config = reader->config;
	if (reader->override >= 0 && !config->asks_names && config->sandbox != CONFIG_SANDBOX_OFF)
		return config_reader_fail(reader, line->place,
			"%s with the name of a host: this worker cannot ask the name service, as "
			"no "
			"rule outside of .htaccess does and Sandbox is not Off",
			line->directive->name);
	config->asks_names = true;
	return true;
}

/* What the name service of a machine reads, loads and talks to nobody knows beforehand. */
bool config_access_complete(struct config_reader *reader)
{
	struct config *config = reader->config;
	if (!config->asks_names || config->sandbox == CONFIG_SANDBOX_OFF)
		return true;
	config->sandbox = CONFIG_SANDBOX_OFF;
	return config_reader_warn(reader, reader->said[CONFIG_DIRECTIVE_SANDBOX],
		"a rule names hosts, or HostnameLookups is on, so workers must ask the name "
		"service, and Sandbox is Off");
}

const struct config_word *config_access_words(
	struct config_reader *reader, const struct config_line *line, size_t from)
{
	struct buffer error = BUFFER_INIT;
	size_t count = line->count - from;
	struct config_word *words = arena_take(reader->memory, (count + 1) * sizeof *words);
	bool good = true;
	if (!words)
		config_reader_no_memory(reader);
	for (size_t i = 0; words && good && i < count; i++) {
		words[i].text = line->words[from + i];
		if (!strstr(words[i].text, "%{"))
			continue;
		words[i].expr = config_expr_parse(reader->memory, words[i].text,
			CONFIG_EXPR_TEXT | (reader->override >= 0 ? CONFIG_EXPR_RESTRICTED : 0u),
			&error);
		good = words[i].expr || config_reader_fail(reader, line->place, "%s: '%s': %.*s",
						line->directive->name, words[i].text,
						TEXT_ARGS(buffer_view(&error)));
	}
	buffer_free(&error);
	return good ? words : NULL;
}

static bool read_flag(struct config_reader *reader, const struct config_line *line, int *flag)
{
	struct text word = text_of(line->words[0]);
	if (!config_access_in_section(reader, line))
		return false;
	if (!text_equal_nocase(word, TEXT("On")) && !text_equal_nocase(word, TEXT("Off")))
		return config_reader_fail(reader, line->place, "%s must be On or Off, not '%s'",
			line->directive->name, line->words[0]);
	*flag = text_equal_nocase(word, TEXT("On"));
	return true;
}

bool config_access_merging(struct config_reader *reader, const struct config_line *line)
{
	static const struct text words[] = {TEXT(""), TEXT("Off"), TEXT("And"), TEXT("Or")};
	if (!config_access_in_section(reader, line))
		return false;
	for (unsigned i = 1; i < COUNT_OF(words); i++)
		if (text_equal_nocase(text_of(line->words[0]), words[i])) {
			reader->dir->access.merging = (enum config_auth_merging)i;
			return true;
		}
	return config_reader_fail(reader, line->place,
		"AuthMerging must be one of Off, And and Or, not '%s'", line->words[0]);
}

/* --- Order, Allow, Deny, Satisfy --- */

/* The section's own; NULL with a message. */
static struct config_compat *compat_of(struct config_reader *reader, const struct config_line *line)
{
	struct config_access *access = &reader->dir->access;
	if (!config_access_in_section(reader, line))
		return NULL;
	if (!access->compat) {
		access->compat = arena_take(reader->memory, sizeof *access->compat);
		if (!access->compat)
			config_reader_no_memory(reader);
	}
	return (struct config_compat *)access->compat;
}

static bool add_choice(struct config_reader *reader, const struct config_choice_of_methods **rows,
	size_t *count, unsigned value)
{
	struct config_choice_of_methods *all =
		arena_more(reader->memory, *rows, *count, sizeof *all);
	if (!all)
		return config_reader_no_memory(reader);
	all[(*count)++] = (struct config_choice_of_methods){reader->methods, value};
	*rows = all;
	return true;
}

bool config_access_order(struct config_reader *reader, const struct config_line *line)
{
	static const struct {
		struct text word;
		enum config_order order;
	} words[] = {{TEXT("deny,allow"), CONFIG_DENY_ALLOW},
		{TEXT("allow,deny"), CONFIG_ALLOW_DENY},
		{TEXT("mutual-failure"), CONFIG_MUTUAL_FAILURE}};
	struct config_compat *compat = compat_of(reader, line);
	if (!compat)
		return false;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (text_equal_nocase(text_of(line->words[0]), words[i].word))
			return add_choice(
				reader, &compat->orders, &compat->order_count, words[i].order);
	return config_reader_fail(reader, line->place,
		"unknown order '%s': it is Allow,Deny or Deny,Allow or Mutual-failure, without a "
		"blank",
		line->words[0]);
}

bool config_access_satisfy(struct config_reader *reader, const struct config_line *line)
{
	struct text word = text_of(line->words[0]);
	bool any = text_equal_nocase(word, TEXT("any"));
	struct config_compat *compat = compat_of(reader, line);
	if (!compat)
		return false;
	if (!any && !text_equal_nocase(word, TEXT("all")))
		return config_reader_fail(reader, line->place,
			"Satisfy either 'any' or 'all', not '%s'", line->words[0]);
	return add_choice(reader, &compat->satisfies, &compat->satisfy_count, any);
}

/* What stands behind "from": all, a variable, a network or the name of a host. */
static bool read_from(
	struct config_reader *reader, const struct config_line *line, struct config_allow *row)
{
	struct text word = text_of(row->name);
	const char *why;
	if (text_equal_nocase(word, TEXT("all"))) {
		row->kind = CONFIG_ALLOW_ALL;
		return true;
	}
	if (strncasecmp(row->name, "env=", 4) == 0) {
		bool no = row->name[4] == '!';
		row->kind = no ? CONFIG_ALLOW_NO_ENV : CONFIG_ALLOW_ENV;
		row->name += no ? 5 : 4;
		return row->name[0] ||
		       config_reader_fail(reader, line->place, "%s from %.*s names no variable",
			       line->directive->name, TEXT_ARGS(word));
	}
	row->kind = CONFIG_ALLOW_IP;
	if (os_network_parse(&row->network, word, &why) == 0)
		return true;
	row->kind = CONFIG_ALLOW_HOST;
	/* What looks like an address and is none would never be anybody's name. */
	if (strspn(row->name, "0123456789./") == word.size || strpbrk(row->name, ":/#"))
		return config_reader_fail(reader, line->place, "%s from '%s': %s",
			line->directive->name, row->name, why);
	return config_access_asks_names(reader, line);
}

static bool read_allow(struct config_reader *reader, const struct config_line *line, bool deny)
{
	struct config_compat *compat = compat_of(reader, line);
	if (!compat)
		return false;
	if (!text_equal_nocase(text_of(line->words[0]), TEXT("from")))
		return config_reader_fail(reader, line->place, "%s must be followed by 'from'",
			line->directive->name);
	for (size_t i = 1; i < line->count; i++) {
		struct config_allow *rows = arena_more(
			reader->memory, compat->allows, compat->allow_count, sizeof *rows);
		if (!rows)
			return config_reader_no_memory(reader);
		struct config_allow *row = &rows[compat->allow_count];
		*row = (struct config_allow){
			.methods = reader->methods, .deny = deny, .name = line->words[i]};
		if (!read_from(reader, line, row))
			return false;
		compat->allows = rows;
		compat->allow_count++;
	}
	return true;
}

bool config_access_allow(struct config_reader *reader, const struct config_line *line)
{
	return read_allow(reader, line, false);
}

bool config_access_deny(struct config_reader *reader, const struct config_line *line)
{
	return read_allow(reader, line, true);
}

/* --- AuthType and its like --- */

bool config_access_auth_type(struct config_reader *reader, const struct config_line *line)
{
	struct text word = text_of(line->words[0]);
	enum config_auth_type *type = &reader->dir->access.auth_type;
	if (!config_access_in_section(reader, line))
		return false;
	if (text_equal_nocase(word, TEXT("None")))
		*type = CONFIG_AUTH_NONE;
	else if (text_equal_nocase(word, TEXT("Basic")))
		*type = CONFIG_AUTH_BASIC;
	else
		return config_reader_fail(reader, line->place,
			"AuthType %s is not supported by preforkd: Basic and None are",
			line->words[0]);
	return true;
}

bool config_access_auth_name(struct config_reader *reader, const struct config_line *line)
{
	if (!config_access_in_section(reader, line))
		return false;
	const struct config_word *name = config_access_words(reader, line, 0);
	for (const char *c = line->words[0]; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return config_reader_fail(reader, line->place,
				"AuthName: the name holds a control character");
	reader->dir->access.auth_name = name;
	return name != NULL;
}

bool config_access_hold_directory(struct config_reader *reader, const char *file)
{
	struct stat st, held;
	struct config *config = reader->config;
	char *directory = arena_text(reader->memory, text_of(file));
	if (!directory)
		return config_reader_no_memory(reader);
	char *slash = strrchr(directory, '/');
	slash[slash == directory] = '\0';
	int fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fd < 0 || close(fd) == 0;
	for (size_t i = 0; i < config->fd_count; i++)
		if (fstat(config->fds[i], &held) == 0 && held.st_dev == st.st_dev &&
			held.st_ino == st.st_ino) {
			close(fd);
			return true;
		}
	return config_reader_own(reader, fd);
}

static bool read_file(
	struct config_reader *reader, const struct config_line *line, const char **file)
{
	if (!config_access_in_section(reader, line))
		return false;
	if (!line->words[0][0])
		return config_reader_fail(
			reader, line->place, "%s: the name is empty", line->directive->name);
	*file = config_reader_path(reader, line->words[0]);
	return *file && (reader->override >= 0 || config_access_hold_directory(reader, *file));
}

bool config_access_user_file(struct config_reader *reader, const struct config_line *line)
{
	return read_file(reader, line, &reader->dir->access.user_file);
}

bool config_access_group_file(struct config_reader *reader, const struct config_line *line)
{
	return read_file(reader, line, &reader->dir->access.group_file);
}

bool config_access_provider(struct config_reader *reader, const struct config_line *line)
{
	if (!config_access_in_section(reader, line))
		return false;
	for (size_t i = 0; i < line->count; i++)
		if (!text_equal_nocase(text_of(line->words[i]), TEXT("file")))
			return config_reader_fail(reader, line->place,
				"AuthBasicProvider %s is not supported by preforkd: file is",
				line->words[i]);
	return true;
}

bool config_access_authoritative(struct config_reader *reader, const struct config_line *line)
{
	return read_flag(reader, line, &reader->dir->access.authoritative);
}

bool config_access_forbidden(struct config_reader *reader, const struct config_line *line)
{
	return read_flag(reader, line, &reader->dir->access.forbidden_on_failure);
}
