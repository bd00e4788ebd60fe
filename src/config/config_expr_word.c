/*
 * config_expr_word - strings, variables and functions of an expression
 *
 * Runs in:  the parent while it reads a configuration; workers for .htaccess
 * Owns:     nothing
 * Errors:   NULL or false; the first message is in the parser's buffer
 *
 * There are no tokens: what a byte means depends on where it stands (in a string, in a variable,
 * behind =~), so each function reads bytes and knows where it is.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_expr_word.h"

#include "config/config_directive.h"

#include <stdarg.h>

/* A row of one of the tables, all names in it in upper or lower case. */
struct row {
	const char *name;
	unsigned depends;
	bool restricted;
};

static const struct row variables[CONFIG_EXPR_VARIABLES] = {
#define EXPR_VARIABLE(name, depends) {#name, CONFIG_EXPR_ON_##depends, false},
#include "config/expr_variables.def"
#undef EXPR_VARIABLE
};

static const struct row functions[CONFIG_EXPR_FUNCTIONS] = {
#define EXPR_FUNCTION(symbol, name, depends, restricted)                                           \
	{name, CONFIG_EXPR_ON_##depends, restricted},
#include "config/expr_functions.def"
#undef EXPR_FUNCTION
};

const char *config_expr_variable_name(enum config_expr_variable variable)
{
	return variables[variable].name;
}

const char *config_expr_function_name(enum config_expr_function function)
{
	return functions[function].name;
}

/* ---- what all of the parser uses ---- */

bool config_expr_word_fail(struct config_expr_parser *p, size_t at, const char *format, ...)
{
	va_list args;
	if (p->error->size)
		return false;
	buffer_printf(p->error, "column %zu: ", at + 1);
	va_start(args, format);
	buffer_vprintf(p->error, format, args);
	va_end(args);
	return false;
}

char config_expr_word_peek(const struct config_expr_parser *p, size_t ahead)
{
	return p->source.size - p->at > ahead ? p->source.at[p->at + ahead] : '\0';
}

bool config_expr_word_expected(struct config_expr_parser *p, const char *what)
{
	size_t size = config_expr_word_name(p, 0).size;
	if (p->at == p->source.size)
		return config_expr_word_fail(p, p->at, "%s is expected, not the end", what);
	return config_expr_word_fail(p, p->at, "%s is expected, not \"%.*s\"", what,
		size == 0 ? 1 : (int)(size < 30 ? size : 30), p->source.at + p->at);
}

void config_expr_word_spaces(struct config_expr_parser *p)
{
	for (char c; (c = config_expr_word_peek(p, 0)) == ' ' || c == '\t' || c == '\n';)
		p->at++;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

struct text config_expr_word_name(const struct config_expr_parser *p, size_t ahead)
{
	size_t size = 0;
	if (is_letter(config_expr_word_peek(p, ahead)))
		for (char c; (c = config_expr_word_peek(p, ahead + size)) &&
			     (is_letter(c) || is_digit(c));)
			size++;
	return size ? text_from(p->source.at + p->at + ahead, size) : (struct text){NULL, 0};
}

bool config_expr_word_enter(struct config_expr_parser *p)
{
	if (p->depth == CONFIG_EXPR_DEPTH)
		return config_expr_word_fail(
			p, p->at, "nested deeper than %d levels", CONFIG_EXPR_DEPTH);
	p->depth++;
	return true;
}

struct config_expr_node *config_expr_word_node(
	struct config_expr_parser *p, enum config_expr_kind kind, unsigned what, unsigned depends)
{
	struct config_expr_node *node = arena_take(p->memory, sizeof *node);
	if (!node) {
		config_expr_word_fail(p, p->at, "out of memory");
		return NULL;
	}
	node->kind = kind;
	node->what = what;
	p->depends |= depends;
	return node;
}

void config_expr_word_add(struct config_expr_node *to, struct config_expr_node *next)
{
	struct config_expr_node **last = &to->first;
	while (*last)
		last = &(*last)->next;
	*last = next;
}

/* ---- literals ---- */

static struct config_expr_node *literal(struct config_expr_parser *p, struct text t)
{
	struct config_expr_node *node = config_expr_word_node(p, CONFIG_EXPR_LITERAL, 0, 0);
	const char *copy = node ? arena_text(p->memory, t) : NULL;
	if (!copy) {
		config_expr_word_fail(p, p->at, "out of memory");
		return NULL;
	}
	node->literal = text_from(copy, t.size);
	return node;
}

/* The digits behind a backslash: an octal number. */
static bool escaped_number(struct config_expr_parser *p, struct buffer *to)
{
	unsigned value = 0, digits = 0;
	size_t begin = p->at - 1;
	bool octal = true;
	for (char c; digits < 4 && is_digit(c = config_expr_word_peek(p, 0)); digits++, p->at++) {
		octal = octal && c < '8';
		value = value * 8 + (unsigned)(c - '0');
	}
	if (!octal || digits > 3 || value == 0 || value > 0xff)
		return config_expr_word_fail(
			p, begin, "behind a backslash a number means a byte, octal, from 1 to 377");
	char byte = (char)value;
	buffer_append(to, &byte, 1);
	return true;
}

/* The backslash is read. */
static bool escaped(struct config_expr_parser *p, struct buffer *to)
{
	static const char from[] = "nrtbf", into[] = "\n\r\t\b\f";
	char c = config_expr_word_peek(p, 0);
	if (p->at == p->source.size)
		return config_expr_word_fail(
			p, p->at, "something behind the backslash is expected");
	if (is_digit(c))
		return escaped_number(p, to);
	const char *known = c ? strchr(from, c) : NULL;
	buffer_append(to, known ? into + (known - from) : &c, 1);
	p->at++;
	return true;
}

/* Does something begin here that is no literal? */
static bool special(const struct config_expr_parser *p)
{
	char c = config_expr_word_peek(p, 0), next = config_expr_word_peek(p, 1);
	return (c == '%' && next == '{') || (c == '$' && is_digit(next));
}

/* What is literal up to `end` or to what is not; NUL: up to the end of all. */
static struct config_expr_node *literal_part(struct config_expr_parser *p, char end)
{
	struct buffer bytes = BUFFER_INIT;
	struct config_expr_node *node = NULL;
	bool good = true;
	while (good && p->at < p->source.size && !special(p)) {
		char c = config_expr_word_peek(p, 0);
		if (end && c == end)
			break;
		if (c == '\n' || c == '\0') {
			good = config_expr_word_fail(p, p->at, "a line ends within a string");
			break;
		}
		p->at++;
		if (c == '\\')
			good = escaped(p, &bytes);
		else
			buffer_append(&bytes, &c, 1);
	}
	if (bytes.failed)
		config_expr_word_fail(p, p->at, "out of memory");
	else if (good)
		node = literal(p, buffer_view(&bytes));
	buffer_free(&bytes);
	return node;
}

/* ---- what stands in a string ---- */

static struct config_expr_node *variable(struct config_expr_parser *p);

static struct config_expr_node *group(struct config_expr_parser *p)
{
	struct config_expr_node *node = config_expr_word_node(
		p, CONFIG_EXPR_GROUP, (unsigned)(config_expr_word_peek(p, 1) - '0'), 0);
	p->at += 2;
	return node;
}

/* Literals, variables and groups up to `end`, which is left; one node, a CONCAT where it must be.
 */
static struct config_expr_node *parts(struct config_expr_parser *p, char end)
{
	struct config_expr_node *first = NULL, *last = NULL;
	size_t begin = p->at, count = 0;
	while (p->at < p->source.size && config_expr_word_peek(p, 0) != end) {
		struct config_expr_node *next = !special(p) ? literal_part(p, end)
						: config_expr_word_peek(p, 0) == '$' ? group(p)
										     : variable(p);
		if (!next)
			return NULL;
		*(last ? &last->next : &first) = next;
		last = next;
		count++;
	}
	if (end && p->at == p->source.size) {
		config_expr_word_fail(p, begin, "%c is missing behind what begins here", end);
		return NULL;
	}
	if (count == 0)
		return literal(p, TEXT(""));
	if (count == 1)
		return first;
	struct config_expr_node *node = config_expr_word_node(p, CONFIG_EXPR_CONCAT, 0, 0);
	if (node)
		node->first = first;
	return node;
}

static struct config_expr_node *string(struct config_expr_parser *p)
{
	char quote = config_expr_word_peek(p, 0);
	p->at++;
	struct config_expr_node *node = parts(p, quote);
	p->at += node != NULL;
	return node;
}

/* ---- names ---- */

/* The index of a name, or -1 and a message that begins with `what`. */
static int find(struct config_expr_parser *p, const struct row *rows, size_t count,
	struct text name, const char *what)
{
	const char *near = NULL;
	unsigned best = UINT32_MAX;
	size_t at = (size_t)(name.at - p->source.at);
	for (size_t i = 0; i < count; i++) {
		if (text_equal_nocase(name, text_of(rows[i].name))) {
			if (!rows[i].restricted || !(p->flags & CONFIG_EXPR_RESTRICTED))
				return (int)i;
			config_expr_word_fail(p, at,
				"%s %s may not be used here: it looks at files", what,
				rows[i].name);
			return -1;
		}
		if (config_directive_nearer(name, rows[i].name, &best))
			near = rows[i].name;
	}
	config_expr_word_fail(p, at,
		near ? "no %s \"%.*s\"; did you mean \"%s\"?" : "no %s \"%.*s\"", what,
		name.size < 64 ? (int)name.size : 64, name.at, near);
	return -1;
}

/* name(argument), with the argument read by `read` and ended by `end`. The name and what begins the
 * argument were read. */
static struct config_expr_node *function(struct config_expr_parser *p, struct text name,
	struct config_expr_node *(*read)(struct config_expr_parser *p), char end)
{
	if (text_equal_nocase(name, TEXT("ldap"))) {
		config_expr_word_fail(p, (size_t)(name.at - p->source.at),
			"the function ldap is not supported by preforkd");
		return NULL;
	}
	int which = find(p, functions, CONFIG_EXPR_FUNCTIONS, name, "function");
	if (which < 0 || !config_expr_word_enter(p))
		return NULL;
	struct config_expr_node *argument = read(p);
	p->depth--;
	if (!argument)
		return NULL;
	if (config_expr_word_peek(p, 0) != end) {
		char what[] = {end, '\0'};
		config_expr_word_expected(p, what);
		return NULL;
	}
	p->at++;
	struct config_expr_node *node = config_expr_word_node(
		p, CONFIG_EXPR_FUNCTION, (unsigned)which, functions[which].depends);
	if (node)
		node->first = argument;
	return node;
}

static struct config_expr_node *argument_of_variable(struct config_expr_parser *p)
{
	if (config_expr_word_peek(p, 0) == '}') {
		config_expr_word_expected(p, "an argument");
		return NULL;
	}
	return parts(p, '}');
}

/* %{NAME} or %{function:argument}; its first two bytes are there. */
static struct config_expr_node *variable(struct config_expr_parser *p)
{
	p->at += 2;
	struct text name = config_expr_word_name(p, 0);
	if (name.size == 0) {
		config_expr_word_expected(p, "the name of a variable or function");
		return NULL;
	}
	p->at += name.size;
	char c = config_expr_word_peek(p, 0);
	if (c == ':') {
		p->at++;
		return function(p, name, argument_of_variable, '}');
	}
	if (c != '}') {
		config_expr_word_expected(p, "} or :");
		return NULL;
	}
	p->at++;
	int which = find(p, variables, CONFIG_EXPR_VARIABLES, name, "variable");
	return which < 0 ? NULL
			 : config_expr_word_node(p, CONFIG_EXPR_VARIABLE, (unsigned)which,
				   variables[which].depends);
}

static struct config_expr_node *argument_of_function(struct config_expr_parser *p)
{
	struct config_expr_node *node = config_expr_word(p);
	config_expr_word_spaces(p);
	return node;
}

/* ---- words ---- */

static struct config_expr_node *number(struct config_expr_parser *p)
{
	size_t begin = p->at;
	do
		p->at++;
	while (is_digit(config_expr_word_peek(p, 0)));
	return literal(p, text_from(p->source.at + begin, p->at - begin));
}

static struct config_expr_node *atom(struct config_expr_parser *p)
{
	config_expr_word_spaces(p);
	char c = config_expr_word_peek(p, 0), next = config_expr_word_peek(p, 1);
	if (c == '\'' || c == '"')
		return string(p);
	if (special(p))
		return c == '$' ? group(p) : variable(p);
	if (is_digit(c) || (c == '-' && is_digit(next)))
		return number(p);
	struct text name = config_expr_word_name(p, 0);
	size_t before = p->at;
	p->at += name.size;
	config_expr_word_spaces(p);
	if (name.size && config_expr_word_peek(p, 0) == '(') {
		p->at++;
		return function(p, name, argument_of_function, ')');
	}
	p->at = before;
	config_expr_word_expected(
		p, "a word (a string in quotes, a number, %{NAME}, $1 or a function)");
	return NULL;
}

struct config_expr_node *config_expr_word(struct config_expr_parser *p)
{
	struct config_expr_node *first = atom(p), *last = first;
	for (;;) {
		size_t before = p->at;
		config_expr_word_spaces(p);
		if (!last || config_expr_word_peek(p, 0) != '.') {
			p->at = before;
			break;
		}
		p->at++;
		last = last->next = atom(p);
	}
	if (!last || first == last)
		return last;
	struct config_expr_node *node = config_expr_word_node(p, CONFIG_EXPR_CONCAT, 0, 0);
	if (node)
		node->first = first;
	return node;
}

struct config_expr_node *config_expr_word_text(struct config_expr_parser *p)
{
	return parts(p, '\0');
}
