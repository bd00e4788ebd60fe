/*
 * config_condition - what is read only where something holds: <IfModule>, <IfDefine> and others
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_condition.h"

#include "base/assert.h"
#include "config/config_expand.h"

#include <sys/stat.h>

static const char *const modules[] = {
#define CONFIG_MODULE(name) name,
#include "config/modules.def"
#undef CONFIG_MODULE
};

bool config_condition_has(struct text module)
{
	for (size_t i = 0; i < COUNT_OF(modules); i++)
		if (text_equal(module, text_of(modules[i])))
			return true;
	return false;
}

/* name without `before` and `behind`, or an empty text where it does not have both. */
static struct text between(struct text name, struct text before, struct text behind)
{
	if (name.size <= before.size + behind.size || !text_starts(name, before) ||
		!text_equal(text_from(name.at + name.size - behind.size, behind.size), behind))
		return text_from(name.at, 0);
	return text_from(name.at + before.size, name.size - before.size - behind.size);
}

/* "mime_module", "mod_mime.c", and for the files Apache names differently "core.c", "prefork.c". */
static bool is_built_in(struct text name)
{
	return config_condition_has(between(name, TEXT(""), TEXT("_module"))) ||
	       config_condition_has(between(name, TEXT("mod_"), TEXT(".c"))) ||
	       text_equal(name, TEXT("core.c")) || text_equal(name, TEXT("http_core.c")) ||
	       text_equal(name, TEXT("prefork.c"));
}

/* Takes the ! off a condition: what it must come out as. */
static bool expected(struct text *condition)
{
	if (condition->size == 0 || condition->at[0] != '!')
		return true;
	condition->at++;
	condition->size--;
	return false;
}

bool config_condition_module(
	struct config_reader *reader, const struct config_line *line, bool *enter)
{
	(void)reader;
	struct text condition = text_of(line->words[0]);
	bool wanted = expected(&condition);
	*enter = is_built_in(condition) == wanted;
	return true;
}

bool config_condition_define(
	struct config_reader *reader, const struct config_line *line, bool *enter)
{
	struct text condition = text_of(line->words[0]);
	bool wanted = expected(&condition);
	*enter = config_expand_defined(reader, condition) == wanted;
	return true;
}

bool config_condition_file(
	struct config_reader *reader, const struct config_line *line, bool *enter)
{
	struct stat st;
	struct text condition = text_of(line->words[0]);
	bool wanted = expected(&condition);
	const char *path = config_reader_path(reader, condition.at);
	*enter = path && (stat(path, &st) == 0) == wanted;
	return path != NULL;
}

bool config_condition_directive(
	struct config_reader *reader, const struct config_line *line, bool *enter)
{
	(void)reader;
	struct text condition = text_of(line->words[0]);
	bool wanted = expected(&condition);
	*enter = (config_directive_find(condition) != NULL) == wanted;
	return true;
}

bool config_condition_section(
	struct config_reader *reader, const struct config_line *line, bool *enter)
{
	struct text condition = text_of(line->words[0]);
	bool wanted = expected(&condition);
	struct buffer name = BUFFER_INIT;
	buffer_printf(
		&name, text_starts(condition, TEXT("<")) ? "%.*s" : "<%.*s>", TEXT_ARGS(condition));
	bool good = !name.failed || config_reader_no_memory(reader);
	*enter = good && (config_directive_find(buffer_view(&name)) != NULL) == wanted;
	buffer_free(&name);
	return good;
}

/* All the words, with a space between them. false: no memory. */
static bool join(const struct config_line *line, struct buffer *to)
{
	for (size_t i = 0; i < line->count; i++)
		buffer_printf(to, "%s%s", i ? " " : "", line->words[i]);
	return !to->failed;
}

bool config_condition_error(struct config_reader *reader, const struct config_line *line)
{
	struct buffer text = BUFFER_INIT;
	if (join(line, &text))
		config_reader_fail(reader, line->place, "%.*s", TEXT_ARGS(buffer_view(&text)));
	else
		config_reader_no_memory(reader);
	buffer_free(&text);
	return false;
}

bool config_condition_warning(struct config_reader *reader, const struct config_line *line)
{
	struct buffer text = BUFFER_INIT;
	bool good = join(line, &text) ? config_reader_warn(reader, line->place, "%.*s",
						TEXT_ARGS(buffer_view(&text)))
				      : config_reader_no_memory(reader);
	buffer_free(&text);
	return good;
}

bool config_condition_load_module(struct config_reader *reader, const struct config_line *line)
{
	struct text name = text_of(line->words[0]);
	if (between(name, TEXT(""), TEXT("_module")).size == 0)
		return config_reader_fail(reader, line->place,
			"LoadModule: '%s' is not of the form NAME_module", line->words[0]);
	/* Whichever model Apache was to use, the job is done; <IfModule> knows that of prefork. */
	if (!is_built_in(name) && !text_starts(name, TEXT("mpm_")))
		return config_reader_fail(reader, line->place,
			"LoadModule: preforkd loads no modules, and the job of %s is not built in",
			line->words[0]);
	return true;
}
