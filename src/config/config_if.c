/*
 * config_if - <If>, <ElseIf> and <Else>
 *
 * Runs in:  the parent while it reads a configuration; workers for .htaccess
 * Owns:     nothing
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_if.h"

#include "config/config_expr.h"
#include "config/config_section.h"

/* The last <If> or <ElseIf> of those that stand side by side here; NULL: none, or an <Else> has
 * ended them. */
static const struct config_section *last_condition(const struct config_reader *reader)
{
	const struct config_sections *all =
		reader->section ? &reader->section->inner : &reader->host->sections;
	for (size_t i = all->count; i > 0; i--)
		if (all->all[i - 1]->kind == CONFIG_SECTION_IF)
			return all->all[i - 1]->condition ? all->all[i - 1] : NULL;
	return NULL;
}

static bool take_condition(struct config_reader *reader, const struct config_line *line)
{
	struct buffer error = BUFFER_INIT;
	struct config_section *section = reader->section;
	section->path = line->words[0];
	section->condition = config_expr_parse(reader->memory, line->words[0],
		reader->override >= 0 ? CONFIG_EXPR_RESTRICTED : 0u, &error);
	if (!section->condition)
		config_reader_fail(reader, line->place, "%s: cannot parse the condition: %.*s",
			line->directive->name, TEXT_ARGS(buffer_view(&error)));
	buffer_free(&error);
	return section->condition != NULL;
}

static bool follow(struct config_reader *reader, const struct config_line *line,
	const struct config_section **to)
{
	*to = last_condition(reader);
	return *to || config_reader_fail(reader, line->place,
			      "%s without an <If> or <ElseIf> before it in the same section",
			      line->directive->name);
}

bool config_if(struct config_reader *reader, const struct config_line *line, bool *enter)
{
	*enter = true;
	return config_section_open(reader, line, CONFIG_SECTION_IF) && take_condition(reader, line);
}

bool config_if_else_if(struct config_reader *reader, const struct config_line *line, bool *enter)
{
	const struct config_section *before;
	*enter = true;
	if (!follow(reader, line, &before) || !config_section_open(reader, line, CONFIG_SECTION_IF))
		return false;
	reader->section->unless = before;
	return take_condition(reader, line);
}

bool config_if_else(struct config_reader *reader, const struct config_line *line, bool *enter)
{
	const struct config_section *before;
	*enter = true;
	if (!follow(reader, line, &before) || !config_section_open(reader, line, CONFIG_SECTION_IF))
		return false;
	reader->section->unless = before;
	return true;
}
