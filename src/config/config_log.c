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

static const struct {
	char letter;
	enum config_log_op op;
} letters[] = {
#define LOG_FIELD(symbol, letter, description) {letter, CONFIG_LOG_##symbol},
#include "config/log_fields.def"
#undef LOG_FIELD
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

static bool is_one_of(struct text word, const char *const *words)
{
	for (; *words; words++)
		if (text_equal(word, text_of(*words)))
			return true;
	return false;
}

/* Whether `letter` can be told `argument`, what stands in {braces} before it (at NULL: none). */
static bool check_argument(struct compiler *c, char letter, struct text argument)
{
	static const char *const peers[] = {"c", NULL};
	static const char *const ports[] = {"canonical", "local", "remote", NULL};
	static const char *const processes[] = {"pid", "tid", NULL};
	static const char *const units[] = {"s", "ms", "us", NULL};
	static const struct {
		const char *const *words; /* NULL: anything */
		char letter;
		bool needed;
	} rules[] = {{NULL, 'i', true}, {NULL, 'o', true}, {NULL, 't', false}, {peers, 'a', false},
		{peers, 'h', false}, {ports, 'p', false}, {processes, 'P', false},
		{units, 'T', false}};
	size_t i = 0;
	while (i < sizeof rules / sizeof *rules && rules[i].letter != letter)
		i++;
	bool known = i < sizeof rules / sizeof *rules;
	if (!argument.at)
		return !(known && rules[i].needed) ||
		       complain(c, "%%%c needs the name of a field: %%{Name}%c", letter, letter);
	if (!known || (rules[i].words && !is_one_of(argument, rules[i].words)) ||
		(rules[i].needed && argument.size == 0))
		return complain(c, "%%%c cannot take {%.*s}", letter, TEXT_ARGS(argument));
	return true;
}

/* %[<|>][{argument}]letter at *at, which stands behind the percent sign. */
static bool take_field(struct compiler *c, const char **at)
{
	struct config_log_step step = {.op = CONFIG_LOG_LITERAL};
	struct text argument = {NULL, 0};
	for (;; (*at)++) {
		if (**at == '<' || **at == '>') {
			step.last = **at == '>';
		} else if (**at == '{' && !argument.at) {
			const char *end = strchr(*at, '}');
			if (!end)
				return complain(c, "a { is not closed");
			argument = text_from(*at + 1, (size_t)(end - *at - 1));
			*at = end;
		} else {
			break;
		}
	}
	char letter = **at;
	if (letter == '!' || (letter >= '0' && letter <= '9'))
		return complain(c, "conditions on the status (%%%c...) are not supported", letter);
	for (size_t i = 0; letter && i < sizeof letters / sizeof *letters; i++)
		if (letters[i].letter == letter)
			step.op = letters[i].op;
	if (!letter)
		return complain(c, "it ends in the middle of a %% field");
	if (step.op == CONFIG_LOG_LITERAL)
		return complain(c, "there is no field %%%c", letter);
	(*at)++;
	if (!check_argument(c, letter, argument))
		return false;
	if (argument.at) {
		step.text = arena_text(c->memory, argument);
		step.size = argument.size;
	}
	return (!argument.at || step.text) && end_literal(c) && add_step(c, step);
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
