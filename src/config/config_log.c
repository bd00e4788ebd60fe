/*
 * config_log - LogFormat, compiled
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   NULL with a reason
 *
 * A format becomes a list of steps once, here, so that the worker that writes a line only walks
 * along it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_log.h"

#include "base/assert.h"

enum whose { FIRST, LAST };

/* Beside these an argument is the words it may be. */
#define NONE ""
#define NAME "*"
#define TIME "t"

static const struct field {
	const char *letters;
	const char *argument;
	enum whose whose;
	enum config_log_op op;
} fields[] = {
#define LOG_FIELD(symbol, letter, argument, whose, description)                                    \
	{(const char[]){letter, '\0'}, argument, whose, CONFIG_LOG_##symbol},
#define LOG_FIELD_LONG(symbol, letters, argument, whose, description)                              \
	{letters, argument, whose, CONFIG_LOG_##symbol},
#include "config/log_fields.def"
#undef LOG_FIELD
#undef LOG_FIELD_LONG
};

/* A format being compiled. */
struct compiler {
	struct arena *memory;
	struct buffer *why;
	struct config_log_step *steps;
	size_t count;
	struct buffer literal; /* bytes since the last field */
};

static bool complain(struct compiler *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static bool complain(struct compiler *c, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	buffer_vprintf(c->why, format, args);
	va_end(args);
	return false;
}

static bool add_step(struct compiler *c, struct config_log_step step)
{
	c->steps = arena_more(c->memory, c->steps, c->count, sizeof step);
	if (!c->steps)
		return false;
	c->steps[c->count++] = step;
	return true;
}

/* Turns the bytes gathered so far into a step. */
static bool end_literal(struct compiler *c)
{
	if (c->literal.failed)
		return false;
	if (c->literal.size == 0)
		return true;
	char *text = arena_text(c->memory, buffer_view(&c->literal));
	struct config_log_step step = {
		.op = CONFIG_LOG_LITERAL, .text = text, .size = c->literal.size};
	buffer_clear(&c->literal);
	return text && add_step(c, step);
}

/* \n and \t as Apache has them; another backslash stands for itself. */
static const char *take_escape(struct compiler *c, const char *at)
{
	static const char from[] = "\\nrt", to[] = "\\\n\r\t";
	const char *known = at[1] ? strchr(from, at[1]) : NULL;
	if (!known) {
		buffer_append(&c->literal, at, 1);
		return at + 1;
	}
	buffer_append(&c->literal, to + (known - from), 1);
	return at + 2;
}

/* --- what stands between % and the letter --- */

/* The number of `word` among "a|b|c", from 1; 0: it is none of them. */
static unsigned number_of(struct text word, const char *words)
{
	struct text rest = text_of(words);
	for (unsigned i = 1; rest.at; i++)
		if (text_equal(text_split(&rest, '|'), word))
			return word.size ? i : 0;
	return 0;
}

/* {begin:%Y}, {end:usec}, {msec_frac}, {}: which time, and in which form. */
static void take_time(struct config_log_step *step, struct text argument)
{
	static const char words[] = "sec|msec|usec|msec_frac|usec_frac";
	struct text rest = argument, word = text_split(&rest, ':');
	bool end = text_equal(word, TEXT("end"));
	if (end || text_equal(word, TEXT("begin"))) {
		step->end = end;
		argument = rest;
	}
	step->form = CONFIG_LOG_TIME_COMMON + number_of(argument, words);
	if (step->form == CONFIG_LOG_TIME_COMMON && argument.size)
		step->form = CONFIG_LOG_TIME_FORMAT;
	step->text = argument.at;
	step->size = argument.size;
}

/* Whether the field can be told `argument`, what stands in {braces} before it (at NULL: none). */
static bool take_argument(struct compiler *c, struct config_log_step *step,
	const struct field *field, struct text argument)
{
	bool name = strcmp(field->argument, NAME) == 0;
	if (name && !argument.size)
		return complain(c, "%%%s needs the name of a field: %%{Name}%s", field->letters,
			field->letters);
	if (!argument.at)
		return true;
	char *copy = arena_text(c->memory, argument);
	if (!copy)
		return false;
	argument.at = copy;
	if (strcmp(field->argument, TIME) == 0) {
		take_time(step, argument);
		return true;
	}
	step->form = name ? 0 : number_of(argument, field->argument);
	step->text = argument.at;
	step->size = argument.size;
	return name || step->form ||
	       complain(c, "%%%s cannot take {%.*s}", field->letters, TEXT_ARGS(argument));
}

/* %200,304 or %!200,304: for which statuses the field counts, behind *at. */
static bool take_statuses(struct compiler *c, const char **at, struct config_log_step *step)
{
	uint16_t *statuses = NULL;
	step->unless = **at == '!';
	*at += step->unless;
	for (step->status_count = 0;; ++*at) {
		unsigned number = 0;
		size_t digits = strspn(*at, "0123456789");
		for (size_t i = 0; i < digits && digits == 3; i++)
			number = number * 10 + (unsigned)((*at)[i] - '0');
		if (number < 100 || number > 599)
			return complain(c, "a status is a number from 100 to 599, not '%.*s'",
				(int)strcspn(*at, ",{<>%"), *at);
		statuses = arena_more(c->memory, statuses, step->status_count, sizeof *statuses);
		if (!statuses)
			return false;
		statuses[step->status_count++] = (uint16_t)number;
		*at += digits;
		if (**at != ',')
			break;
	}
	step->statuses = statuses;
	return true;
}

static const struct field *find_field(const char *at)
{
	for (size_t i = 0; i < COUNT_OF(fields); i++)
		if (strncmp(at, fields[i].letters, strlen(fields[i].letters)) == 0)
			return &fields[i];
	return NULL;
}

static bool no_field(struct compiler *c, const char *at)
{
	if (!*at)
		return complain(c, "it ends in the middle of a %% field");
	return complain(c, "there is no field %%%.*s", *at == '^' ? 3 : 1, at);
}

/* %[!][status,...][<|>][{argument}]letter at *at, which stands behind the percent sign. */
static bool take_field(struct compiler *c, const char **at)
{
	struct config_log_step step = {.op = CONFIG_LOG_LITERAL};
	struct text argument = {NULL, 0};
	int whose = -1;
	for (;;) {
		if (**at == '<' || **at == '>') {
			whose = *(*at)++ == '>' ? LAST : FIRST;
		} else if (**at == '{' && !argument.at) {
			const char *end = strchr(*at, '}');
			if (!end)
				return complain(c, "a { is not closed");
			argument = text_from(*at + 1, (size_t)(end - *at - 1));
			*at = end + 1;
		} else if ((**at == '!' || (**at >= '0' && **at <= '9')) && !step.statuses) {
			if (!take_statuses(c, at, &step))
				return false;
		} else {
			break;
		}
	}
	const struct field *field = find_field(*at);
	if (!field)
		return no_field(c, *at);
	*at += strlen(field->letters);
	step.op = field->op;
	step.last = (whose < 0 ? field->whose : (enum whose)whose) == LAST;
	return take_argument(c, &step, field, argument) && end_literal(c) && add_step(c, step);
}

static bool compile(struct compiler *c, const char *at)
{
	while (*at) {
		if (at[0] == '%' && at[1] == '%') {
			buffer_append(&c->literal, at, 1);
			at += 2;
		} else if (*at == '%') {
			at++;
			if (!take_field(c, &at))
				return false;
		} else if (*at == '\\') {
			at = take_escape(c, at);
		} else {
			buffer_append(&c->literal, at++, 1);
		}
	}
	return end_literal(c);
}

const struct config_log_format *config_log_compile(
	struct arena *memory, const char *name, const char *source, struct buffer *why)
{
	struct compiler c = {.memory = memory, .why = why, .literal = BUFFER_INIT};
	struct config_log_format *format = NULL;
	if (compile(&c, source))
		format = arena_take(memory, sizeof *format);
	if (format)
		*format = (struct config_log_format){
			.name = name, .source = source, .count = c.count, .steps = c.steps};
	buffer_free(&c.literal);
	return format;
}
