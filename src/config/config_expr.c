/*
 * config_expr - Apache's expressions, read
 *
 * Runs in:  the parent while it reads a configuration; workers for .htaccess
 * Owns:     nothing; an expression belongs to its arena
 * Errors:   NULL and a message with the column
 *
 * One function for each level of the grammar, the loosest first: or, and, not, and then what is
 * compared. Lists of conditions are lists in the tree too, so that a long one is not a deep one.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_expr.h"

#include "config/config_expr_word.h"

static struct config_expr_node *condition(struct config_expr_parser *p);

static const struct test {
	const char *name;
	unsigned depends;
	bool unary, restricted;
} tests[CONFIG_EXPR_TESTS] = {
#define EXPR_UNARY(symbol, letter, depends, restricted)                                            \
	{(const char[]){letter, '\0'}, CONFIG_EXPR_ON_##depends, true, restricted},
#define EXPR_BINARY(symbol, name) {name, CONFIG_EXPR_ON_NOTHING, false, false},
#include "config/expr_tests.def"
#undef EXPR_UNARY
#undef EXPR_BINARY
};

/* The operators between two words. Of two that begin alike the longer stands first. */
static const struct infix {
	const char *sign; /* or a name, which may have a dash before it */
	enum config_expr_kind kind;
	unsigned what; /* a comparison; of MATCHES: 1 when it must not match */
} infixes[] = {
	{"==", CONFIG_EXPR_STRINGS, CONFIG_EXPR_EQUAL},
	{"=~", CONFIG_EXPR_MATCHES, 0},
	{"=", CONFIG_EXPR_STRINGS, CONFIG_EXPR_EQUAL},
	{"!=", CONFIG_EXPR_STRINGS, CONFIG_EXPR_UNEQUAL},
	{"!~", CONFIG_EXPR_MATCHES, 1},
	{"<=", CONFIG_EXPR_STRINGS, CONFIG_EXPR_LESS_OR_EQUAL},
	{"<", CONFIG_EXPR_STRINGS, CONFIG_EXPR_LESS},
	{">=", CONFIG_EXPR_STRINGS, CONFIG_EXPR_GREATER_OR_EQUAL},
	{">", CONFIG_EXPR_STRINGS, CONFIG_EXPR_GREATER},
	{"eq", CONFIG_EXPR_INTEGERS, CONFIG_EXPR_EQUAL},
	{"ne", CONFIG_EXPR_INTEGERS, CONFIG_EXPR_UNEQUAL},
	{"lt", CONFIG_EXPR_INTEGERS, CONFIG_EXPR_LESS},
	{"le", CONFIG_EXPR_INTEGERS, CONFIG_EXPR_LESS_OR_EQUAL},
	{"gt", CONFIG_EXPR_INTEGERS, CONFIG_EXPR_GREATER},
	{"ge", CONFIG_EXPR_INTEGERS, CONFIG_EXPR_GREATER_OR_EQUAL},
	{"in", CONFIG_EXPR_IN, 0},
};

/* Takes a sign or, where it is a whole one, a name. */
static bool take(struct config_expr_parser *p, const char *sign)
{
	struct text name = config_expr_word_name(p, 0), t = text_of(sign);
	bool there =
		name.size ? text_equal(name, t)
			  : text_starts(text_from(p->source.at + p->at, p->source.size - p->at), t);
	if (there)
		p->at += t.size;
	return there;
}

static struct config_expr_node *negated(struct config_expr_parser *p, struct config_expr_node *of)
{
	struct config_expr_node *node = config_expr_word_node(p, CONFIG_EXPR_NOT, 0, 0);
	if (node)
		node->first = of;
	return node;
}

/* ---- what stands behind an operator ---- */

/* -R and -ipmatch: the network is read once, so it cannot come from the request. */
static bool read_network(struct config_expr_parser *p, struct config_expr_node *node,
	const struct config_expr_node *from, size_t at)
{
	const char *name = tests[node->what].name, *why;
	struct os_network *network = arena_take(p->memory, sizeof *network);
	if (!network)
		return config_expr_word_fail(p, at, "out of memory");
	if (from->kind != CONFIG_EXPR_LITERAL)
		return config_expr_word_fail(p, at,
			"behind -%s a network is expected that is written out, without variables",
			name);
	if (os_network_parse(network, from->literal, &why) < 0)
		return config_expr_word_fail(
			p, at, "\"%s\" is no network: %s", from->literal.at, why);
	node->network = network;
	return true;
}

/* Completes a test with the operand that comes next. */
static struct config_expr_node *operand(struct config_expr_parser *p, struct config_expr_node *node)
{
	if (!node)
		return NULL;
	config_expr_word_spaces(p);
	size_t at = p->at;
	struct config_expr_node *word = config_expr_word(p);
	if (!word)
		return NULL;
	config_expr_word_add(node, word);
	bool network =
		node->kind == CONFIG_EXPR_TEST && (node->what == CONFIG_EXPR_TEST_CLIENT_IN ||
							  node->what == CONFIG_EXPR_TEST_IPMATCH);
	return network && !read_network(p, node, word, at) ? NULL : node;
}

/* /pattern/ or m#pattern# with one of many signs in place of #, and flags. */
static bool read_regex(struct config_expr_parser *p, struct config_expr_node *node)
{
	config_expr_word_spaces(p);
	bool free_choice = config_expr_word_peek(p, 0) == 'm';
	char sign = config_expr_word_peek(p, free_choice);
	p->at += free_choice;
	if (!sign || !strchr(free_choice ? "/#$%^|?!'\",;:.-" : "/", sign))
		return config_expr_word_expected(p, "a regular expression, as /.../ or m#...#,");
	size_t begin = ++p->at;
	const char *end = memchr(p->source.at + begin, sign, p->source.size - begin);
	if (!end)
		return config_expr_word_fail(p, begin - 1,
			"%c is missing behind the regular expression that begins here", sign);
	p->at = (size_t)(end - p->source.at) + 1;
	unsigned flags = 0;
	for (char c; (c = config_expr_word_peek(p, 0)) == 'i' || c == 'm' || c == 's'; p->at++)
		flags |= c == 'i' ? REGEX_NOCASE : c == 'm' ? REGEX_LINES : 0;
	struct text pattern = text_from(p->source.at + begin, (size_t)(end - p->source.at) - begin);
	const char *copy = arena_text(p->memory, pattern);
	struct buffer why = BUFFER_INIT;
	node->regex = copy ? regex_compile(p->memory, copy, flags, &why) : NULL;
	if (!node->regex)
		config_expr_word_fail(p, begin, "%.*s", TEXT_ARGS(buffer_view(&why)));
	buffer_free(&why);
	return node->regex;
}

/* { word, word } */
static bool read_list(struct config_expr_parser *p, struct config_expr_node *node)
{
	config_expr_word_spaces(p);
	if (config_expr_word_name(p, 0).size)
		return config_expr_word_fail(
			p, p->at, "a list in { } is expected; no function gives one");
	if (!take(p, "{"))
		return config_expr_word_expected(p, "{");
	struct config_expr_node *last = node->first;
	do {
		struct config_expr_node *word = config_expr_word(p);
		if (!word)
			return false;
		last = last->next = word;
		config_expr_word_spaces(p);
	} while (take(p, ","));
	return take(p, "}") || config_expr_word_expected(p, ", or }");
}

/* ---- comparisons ---- */

/* The test of that name. A letter must be as it is, names may be in any case. */
static const struct test *find_test(struct text name, bool unary)
{
	for (size_t i = 0; i < CONFIG_EXPR_TESTS; i++)
		if (tests[i].unary == unary &&
			(unary ? text_equal(name, text_of(tests[i].name))
			       : text_equal_nocase(name, text_of(tests[i].name))))
			return &tests[i];
	return NULL;
}

static struct config_expr_node *new_test(struct config_expr_parser *p, struct text name, bool unary)
{
	const struct test *test = find_test(name, unary);
	size_t at = (size_t)(name.at - 1 - p->source.at);
	if (!test) {
		config_expr_word_fail(p, at, "no operator \"-%.*s\" %s", TEXT_ARGS(name),
			unary ? "before a word" : "between two words");
		return NULL;
	}
	if (test->restricted && (p->flags & CONFIG_EXPR_RESTRICTED)) {
		config_expr_word_fail(
			p, at, "-%s may not be used here: it looks at files", test->name);
		return NULL;
	}
	return config_expr_word_node(p, CONFIG_EXPR_TEST, (unsigned)(test - tests), test->depends);
}

static const struct infix *take_infix(struct config_expr_parser *p)
{
	bool dash = config_expr_word_peek(p, 0) == '-';
	p->at += dash;
	for (size_t i = 0; i < sizeof infixes / sizeof *infixes; i++)
		if ((!dash || infixes[i].sign[0] >= 'a') && take(p, infixes[i].sign))
			return &infixes[i];
	p->at -= dash;
	return NULL;
}

static struct config_expr_node *comparison(struct config_expr_parser *p)
{
	struct config_expr_node *node = NULL, *word = config_expr_word(p);
	if (!word)
		return NULL;
	config_expr_word_spaces(p);
	const struct infix *op = take_infix(p);
	struct text name = config_expr_word_peek(p, 0) == '-' ? config_expr_word_name(p, 1)
							      : (struct text){NULL, 0};
	if (op) {
		node = config_expr_word_node(p, op->kind, op->what, 0);
	} else if (name.size) {
		node = new_test(p, name, false);
		p->at += 1 + name.size;
	} else {
		config_expr_word_expected(p, "an operator such as ==, =~, -eq or in");
	}
	if (!node)
		return NULL;
	node->first = word;
	if (node->kind == CONFIG_EXPR_IN)
		return read_list(p, node) ? node : NULL;
	if (node->kind != CONFIG_EXPR_MATCHES)
		return operand(p, node);
	if (!read_regex(p, node))
		return NULL;
	return op && op->what ? negated(p, node) : node;
}

/* ---- conditions ---- */

static struct config_expr_node *in_parentheses(struct config_expr_parser *p)
{
	size_t begin = p->at - 1;
	if (!config_expr_word_enter(p))
		return NULL;
	struct config_expr_node *node = condition(p);
	p->depth--;
	if (!node)
		return NULL;
	config_expr_word_spaces(p);
	if (take(p, ")"))
		return node;
	if (p->at == p->source.size)
		config_expr_word_fail(p, begin, ") is missing for this (");
	else
		config_expr_word_expected(p, "), && or ||");
	return NULL;
}

static struct config_expr_node *simple(struct config_expr_parser *p)
{
	config_expr_word_spaces(p);
	if (take(p, "true"))
		return config_expr_word_node(p, CONFIG_EXPR_TRUE, 0, 0);
	if (take(p, "false"))
		return config_expr_word_node(p, CONFIG_EXPR_FALSE, 0, 0);
	if (take(p, "("))
		return in_parentheses(p);
	struct text name = config_expr_word_peek(p, 0) == '-' ? config_expr_word_name(p, 1)
							      : (struct text){NULL, 0};
	if (!name.size)
		return comparison(p);
	p->at += 1 + name.size;
	return operand(p, new_test(p, name, true));
}

static struct config_expr_node *unless_not(struct config_expr_parser *p)
{
	bool negate = false;
	config_expr_word_spaces(p);
	while (take(p, "!") || take(p, "not")) {
		negate = !negate;
		config_expr_word_spaces(p);
	}
	struct config_expr_node *node = simple(p);
	return node && negate ? negated(p, node) : node;
}

/* One or more of `part` with `sign` or `word` between them. */
static struct config_expr_node *chain(struct config_expr_parser *p, enum config_expr_kind kind,
	struct config_expr_node *(*part)(struct config_expr_parser *), const char *sign,
	const char *word)
{
	struct config_expr_node *first = part(p), *last = first;
	for (; last; last = last->next) {
		config_expr_word_spaces(p);
		if (!take(p, sign) && !take(p, word))
			break;
		if (!(last->next = part(p)))
			return NULL;
	}
	if (first == last)
		return first;
	struct config_expr_node *node = config_expr_word_node(p, kind, 0, 0);
	if (node)
		node->first = first;
	return node;
}

static struct config_expr_node *all(struct config_expr_parser *p)
{
	return chain(p, CONFIG_EXPR_AND, unless_not, "&&", "and");
}

static struct config_expr_node *condition(struct config_expr_parser *p)
{
	return chain(p, CONFIG_EXPR_OR, all, "||", "or");
}

static struct config_expr_node *whole(struct config_expr_parser *p)
{
	if (p->flags & CONFIG_EXPR_TEXT)
		return config_expr_word_text(p);
	struct config_expr_node *node = condition(p);
	config_expr_word_spaces(p);
	if (!node || p->at == p->source.size)
		return node;
	config_expr_word_expected(p, "&&, || or the end");
	return NULL;
}

const struct config_expr *config_expr_parse(
	struct arena *memory, const char *source, unsigned flags, struct buffer *error)
{
	struct buffer why = BUFFER_INIT;
	struct config_expr_parser p = {
		.memory = memory, .error = &why, .source = text_of(source), .flags = flags};
	struct config_expr *expr = arena_take(memory, sizeof *expr);
	struct config_expr_node *root = expr ? whole(&p) : NULL;
	const char *copy = root ? arena_text(memory, p.source) : NULL;
	if (copy)
		*expr = (struct config_expr){.source = copy,
			.is_text = flags & CONFIG_EXPR_TEXT,
			.depends = p.depends,
			.root = root};
	else if (why.size)
		buffer_text(error, buffer_view(&why));
	else
		buffer_string(error, "out of memory");
	buffer_free(&why);
	return copy ? expr : NULL;
}
