/*
 * config_directive - the table of directives: looking up, hinting, checking what every row asks
 *
 * Runs in:  the parent
 * Owns:     nothing; the table is constant
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_directive.h"

#include "base/assert.h"
#include "config/config_accepted.h"
#include "config/config_access.h"
#include "config/config_alias.h"
#include "config/config_apply.h"
#include "config/config_cgi.h"
#include "config/config_content.h"
#include "config/config_custom.h"
#include "config/config_condition.h"
#include "config/config_env.h"
#include "config/config_error_log.h"
#include "config/config_expand.h"
#include "config/config_htaccess.h"
#include "config/config_headers.h"
#include "config/config_host.h"
#include "config/config_if.h"
#include "config/config_include.h"
#include "config/config_index.h"
#include "config/config_logs.h"
#include "config/config_reader.h"
#include "config/config_record.h"
#include "config/config_remote.h"
#include "config/config_rewrite.h"
#include "config/config_require.h"
#include "config/config_section.h"
#include "config/config_small.h"
#include "config/config_status.h"

#include <stddef.h>
#include <stdio.h>

/* The words of a row, as directives.def explains them. */
#define NUMBER(low_, high_)                                                                        \
	.apply = config_apply_number, .least = 1, .most = 1, .low = (low_), .high = (high_)
#define SECONDS(low_, high_) NUMBER(low_, high_), .unit = "seconds"
#define MILLISECONDS(low_, high_)                                                                  \
	.apply = config_apply_milliseconds, .least = 1, .most = 1, .low = (low_), .high = (high_), \
	.unit = "seconds"
#define SIZE(low_, high_)                                                                          \
	.apply = config_apply_size, .least = 1, .most = 1, .low = (low_), .high = (high_),         \
	.unit = "bytes"
#define FLAG .apply = config_apply_flag, .least = 1, .most = 1
#define CHOICE(table) .apply = config_apply_choice, .least = 1, .most = 1, .choices = (table)
#define STRING .apply = config_apply_string, .least = 1, .most = 1
#define ACCEPT(as_is_, reason_)                                                                    \
	CALL(config_accepted, 0, CONFIG_MANY), .as_is = (as_is_), .reason = (reason_)
#define CALL(function, least_, most_) .apply = (function), .least = (least_), .most = (most_)
#define SECTION(open_, close_) SECTION_OF(open_, close_, 1)
#define SECTION_OF(open_, close_, most_)                                                           \
	.open = (open_), .close = (close_), .least = 1, .most = (most_)
#define BARE_SECTION(open_, close_) .open = (open_), .close = (close_), .least = 0, .most = 0
#define INITIAL(argument) .initial = (argument)
#define COMPUTED(words) .note = (words)
#define INITIAL_NOTE(argument, words) .initial = (argument), .note = (words)
#define NO_DEFAULT .initial = NULL
#define IN(field) .offset = offsetof(struct config, field)
#define NOWHERE .offset = 0

const struct config_directive config_directive_table[CONFIG_DIRECTIVE_COUNT] = {
#define DIRECTIVE(symbol, name_, syntax_, form_, context_, default_, store_, module_, meaning_,    \
	explanation_)                                                                              \
	[CONFIG_DIRECTIVE_##symbol] = {.name = (name_),                                            \
		.syntax = (syntax_),                                                               \
		form_,                                                                             \
		.context = (context_),                                                             \
		default_,                                                                          \
		store_,                                                                            \
		.module = (module_),                                                               \
		.meaning = (meaning_),                                                             \
		.explanation = (explanation_)},
#define ALIAS(name, symbol)
#include "config/directives.def"
#undef DIRECTIVE
#undef ALIAS
};

const struct config_directive_alias config_directive_aliases[] = {
#define DIRECTIVE(...)
#define ALIAS(name, symbol) {name, CONFIG_DIRECTIVE_##symbol},
#include "config/directives.def"
#undef DIRECTIVE
#undef ALIAS
};
const size_t config_directive_alias_count = COUNT_OF(config_directive_aliases);

const struct config_directive *config_directive_find(struct text name)
{
	for (size_t i = 0; i < CONFIG_DIRECTIVE_COUNT; i++)
		if (text_equal_nocase(name, text_of(config_directive_table[i].name)))
			return &config_directive_table[i];
	for (size_t i = 0; i < config_directive_alias_count; i++)
		if (text_equal_nocase(name, text_of(config_directive_aliases[i].name)))
			return &config_directive_table[config_directive_aliases[i].of];
	return NULL;
}

const char *config_directive_refused(struct text name)
{
	static const struct {
		const char *name, *module;
	} refused[] = {
#define REFUSED(name, module) {name, module},
#include "config/refused.def"
#undef REFUSED
	};
	struct text bare = name;
	if (bare.size > 2 && bare.at[0] == '<')
		bare = text_from(bare.at + 1, bare.size - 2);
	for (size_t i = 0; i < COUNT_OF(refused); i++)
		if (text_equal_nocase(bare, text_of(refused[i].name)))
			return refused[i].module;
	return NULL;
}

bool config_directive_nearer(struct text written, const char *known, unsigned *best)
{
	/* One edit in three letters is a slip of the fingers; more is another word. */
	struct text k = text_of(known);
	unsigned edits = text_distance(written, k);
	if (edits >= *best || edits > (k.size < written.size ? k.size : written.size) / 3)
		return false;
	*best = edits;
	return true;
}

const char *config_directive_near(struct text name)
{
	const char *near = NULL;
	unsigned best = 64;
	for (size_t i = 0; i < CONFIG_DIRECTIVE_COUNT; i++)
		if (config_directive_nearer(name, config_directive_table[i].name, &best))
			near = config_directive_table[i].name;
	for (size_t i = 0; i < config_directive_alias_count; i++)
		if (config_directive_nearer(name, config_directive_aliases[i].name, &best))
			near = config_directive_aliases[i].name;
	return near;
}

void config_directive_usage(const struct config_directive *directive, struct buffer *to)
{
	if (directive->open)
		buffer_printf(to, "%.*s%s%s>", (int)strlen(directive->name) - 1, directive->name,
			*directive->syntax ? " " : "", directive->syntax);
	else
		buffer_printf(to, "%s %s", directive->name, directive->syntax);
}

static bool wrong_count(struct config_reader *reader, const struct config_line *line)
{
	const struct config_directive *d = line->directive;
	char count[32];
	struct buffer usage = BUFFER_INIT;
	if (d->most == CONFIG_MANY)
		snprintf(count, sizeof count, "at least %u", d->least);
	else if (d->least < d->most)
		snprintf(count, sizeof count, "%u to %u", d->least, d->most);
	else if (d->least)
		snprintf(count, sizeof count, "%u", d->least);
	else
		snprintf(count, sizeof count, "no");
	config_directive_usage(d, &usage);
	config_reader_fail(reader, line->place, "%s takes %s argument%s: %.*s", d->name, count,
		d->most == 1 || (d->most == CONFIG_MANY && d->least == 1) ? "" : "s",
		TEXT_ARGS(buffer_view(&usage)));
	buffer_free(&usage);
	return false;
}

bool config_directive_is_of_host(const struct config_directive *d)
{
	return d->offset >= offsetof(struct config, host) &&
	       d->offset < offsetof(struct config, host) + sizeof(struct config_host);
}

/* AllowOverrideList grants what may stand in an .htaccess at all. */
static bool is_listed(const struct config_reader *reader, const struct config_directive *d)
{
	return reader->grant.listed && d->context & CONFIG_OVERRIDE_ALL &&
	       reader->grant.listed[d - config_directive_table];
}

/* Does AllowOverride keep it out of the .htaccess being read? */
static bool is_forbidden(const struct config_reader *reader, const struct config_directive *d)
{
	bool steering_section = d->context & CONFIG_STEERS && d->open;
	return reader->override >= 0 && !steering_section && !(d->context & reader->override) &&
	       !is_listed(reader, d);
}

/* May the directive stand where the reader is? */
static bool check_context(struct config_reader *reader, const struct config_line *line)
{
	const struct config_directive *d = line->directive;
	const struct config_section *s = reader->section;
	if (d->context & CONFIG_STEERS && (reader->override < 0 || d->open))
		return true;
	if (is_forbidden(reader, d))
		return config_reader_fail(reader, line->place, "%s is not allowed here", d->name);
	if (s && s->kind != CONFIG_SECTION_DIRECTORY && !(d->context & CONFIG_IN_SECTION))
		return config_reader_fail(reader, line->place, "%s is not allowed in <%s>", d->name,
			config_section_kind(s->kind));
	if (s && reader->override < 0 && !(d->context & CONFIG_IN_SECTION))
		return config_reader_fail(
			reader, line->place, "%s is not allowed in <Directory>", d->name);
	if (!s && reader->host != &reader->config->host && !(d->context & CONFIG_IN_HOST) &&
		!config_directive_is_of_host(d))
		return config_reader_fail(
			reader, line->place, "%s is not allowed in <VirtualHost>", d->name);
	return true;
}

/* <Limit> means nothing to what has no rules: it counts for every method all the same. */
static bool check_methods(struct config_reader *reader, const struct config_line *line)
{
	if (!reader->methods || line->directive->context & (CONFIG_LIMITED | CONFIG_STEERS))
		return true;
	return config_reader_warn(reader, line->place,
		"%s in <Limit> or <LimitExcept> counts for every method", line->directive->name);
}

/* Was it said for the server as a whole? What a section or a virtual host says leaves the server's
 * default in force. */
static bool is_global(const struct config_reader *reader)
{
	return !reader->section && reader->host == &reader->config->host;
}

bool config_directive_apply(
	struct config_reader *reader, const struct config_line *line, bool *enter)
{
	const struct config_directive *d = line->directive;
	if (d->open)
		ASSERT(enter != NULL);
	if (reader->deferring && !(d->context & CONFIG_STEERS)) {
		if (enter)
			*enter = true;
		return config_host_defer(reader, line) && config_record_line(reader, line);
	}
	if (is_forbidden(reader, d) && reader->grant.allowed &&
		reader->grant.allowed->skips_forbidden) {
		if (enter)
			*enter = false;
		return true;
	}
	if (!check_context(reader, line))
		return false;
	if (line->count < d->least || (line->count > d->most && d->most != CONFIG_MANY))
		return wrong_count(reader, line);
	if (!check_methods(reader, line))
		return false;
	bool global = is_global(reader);
	if (d->open ? !d->open(reader, line, enter) : !d->apply(reader, line))
		return false;
	if (!config_record_line(reader, line))
		return false;
	if (global)
		reader->said[d - config_directive_table] = line->place;
	return true;
}

bool config_directive_close(struct config_reader *reader, const struct config_directive *directive)
{
	if (!directive->close)
		return true;
	bool mine = directive == &config_directive_table[CONFIG_DIRECTIVE_VIRTUAL_HOST];
	if (reader->deferring && !mine) {
		if (!config_host_defer_close(reader, directive))
			return false;
	} else {
		directive->close(reader);
		if (reader->error->size)
			return false;
	}
	return config_record_close(reader, directive);
}
