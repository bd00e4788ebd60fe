/*
 * handler_expr - what an expression comes to for one request
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   -1 and the reason
 *
 * The tree is walked as it was read. How deep it is was bounded then (CONFIG_EXPR_DEPTH), how long
 * texts may become is bounded here, and matching is bounded by base/regex.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_expr.h"

#include "base/assert.h"
#include "base/buffer.h"
#include "base/glob.h"
#include "handler/handler_expr_function.h"

#include <stdint.h>

struct run {
	const struct handler_expr_world *world;
	struct arena *memory;
	struct regex_groups *groups;
	const char *why; /* NULL until something fails; then the result does not matter */
};

static struct text word(struct run *run, const struct config_expr_node *node);

static struct text fail(struct run *run, const char *why)
{
	if (!run->why)
		run->why = why;
	return TEXT("");
}

/* What was put together, moved into the arena. */
static struct text finish(struct run *run, struct buffer *b)
{
	struct text result = TEXT("");
	const char *copy;
	if (b->size > HANDLER_EXPR_MOST)
		fail(run, "a text becomes too long");
	else if (b->failed || !(copy = arena_text(run->memory, buffer_view(b))))
		fail(run, "out of memory");
	else
		result = text_from(copy, b->size);
	buffer_free(b);
	return result;
}

/* ---- words ---- */

/* TIME and its parts, in local time; at == NULL for any other variable. */
static struct text time_part(struct run *run, enum config_expr_variable which)
{
	struct tm tm;
	char part[32] = "";
	const char *format = which == CONFIG_EXPR_TIME        ? "%Y%m%d%H%M%S"
			     : which == CONFIG_EXPR_TIME_YEAR ? "%Y"
			     : which == CONFIG_EXPR_TIME_MON  ? "%m"
			     : which == CONFIG_EXPR_TIME_DAY  ? "%d"
			     : which == CONFIG_EXPR_TIME_HOUR ? "%H"
			     : which == CONFIG_EXPR_TIME_MIN  ? "%M"
			     : which == CONFIG_EXPR_TIME_SEC  ? "%S"
			     : which == CONFIG_EXPR_TIME_WDAY ? "%w"
							      : NULL;
	if (!format)
		return (struct text){NULL, 0};
	if (!localtime_r(&run->world->now, &tm) || !strftime(part, sizeof part, format, &tm))
		return fail(run, "the time cannot be told");
	const char *copy = arena_text(run->memory, text_of(part));
	return copy ? text_of(copy) : fail(run, "out of memory");
}

static struct text variable(struct run *run, enum config_expr_variable which)
{
	struct text value = time_part(run, which);
	if (!value.at)
		value = run->world->variable(run->world->with, which, run->memory);
	return value.at ? value : TEXT("");
}

static bool asks_world(enum config_expr_function which)
{
	return which == CONFIG_EXPR_FUNCTION_REQ || which == CONFIG_EXPR_FUNCTION_HTTP ||
	       which == CONFIG_EXPR_FUNCTION_REQ_NOVARY || which == CONFIG_EXPR_FUNCTION_RESP ||
	       which == CONFIG_EXPR_FUNCTION_REQENV || which == CONFIG_EXPR_FUNCTION_NOTE ||
	       which == CONFIG_EXPR_FUNCTION_ENV;
}

static struct text function(struct run *run, enum config_expr_function which, struct text argument)
{
	if (run->why)
		return TEXT("");
	if (asks_world(which)) {
		struct text value =
			run->world->named(run->world->with, which, argument, run->memory);
		if (value.at || which != CONFIG_EXPR_FUNCTION_ENV)
			return value.at ? value : TEXT("");
	}
	struct buffer b = BUFFER_INIT;
	if (handler_expr_function(which, argument, &b, &run->why) < 0) {
		buffer_free(&b);
		return TEXT("");
	}
	return finish(run, &b);
}

static struct text concatenation(struct run *run, const struct config_expr_node *parts)
{
	struct buffer b = BUFFER_INIT;
	for (; parts && !run->why && b.size <= HANDLER_EXPR_MOST; parts = parts->next)
		buffer_text(&b, word(run, parts));
	return finish(run, &b);
}

static struct text word(struct run *run, const struct config_expr_node *node)
{
	struct text value;
	switch (node->kind) {
	case CONFIG_EXPR_LITERAL:
		return node->literal;
	case CONFIG_EXPR_GROUP:
		value = regex_group(run->groups, node->what);
		return value.at ? value : TEXT("");
	case CONFIG_EXPR_VARIABLE:
		return variable(run, node->what);
	case CONFIG_EXPR_FUNCTION:
		return function(run, node->what, word(run, node->first));
	case CONFIG_EXPR_CONCAT:
		return concatenation(run, node->first);
	default:
		ASSERT(!"a word");
		return TEXT("");
	}
}

/* ---- conditions ---- */

/* As atoll(3): white space, a sign, digits; what follows does not matter, and what is too large is
 * as large as can be. */
static int64_t integer(struct text t)
{
	size_t i = 0;
	int64_t value = 0;
	while (i < t.size && (t.at[i] == ' ' || (t.at[i] >= '\t' && t.at[i] <= '\r')))
		i++;
	bool minus = i < t.size && t.at[i] == '-';
	i += i < t.size && (t.at[i] == '-' || t.at[i] == '+');
	for (; i < t.size && t.at[i] >= '0' && t.at[i] <= '9'; i++) {
		int digit = t.at[i] - '0';
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, minus ? -digit : digit, &value))
			return minus ? INT64_MIN : INT64_MAX;
	}
	return value;
}

static int order(struct text a, struct text b)
{
	size_t both = a.size < b.size ? a.size : b.size;
	int order_of_both = both ? memcmp(a.at, b.at, both) : 0;
	return order_of_both ? order_of_both : (a.size > b.size) - (a.size < b.size);
}

static bool compare(struct run *run, const struct config_expr_node *node)
{
	struct text a = word(run, node->first), b = word(run, node->first->next);
	int result = node->kind == CONFIG_EXPR_STRINGS
			     ? order(a, b)
			     : (integer(a) > integer(b)) - (integer(a) < integer(b));
	switch ((enum config_expr_comparison)node->what) {
	case CONFIG_EXPR_EQUAL:
		return result == 0;
	case CONFIG_EXPR_UNEQUAL:
		return result != 0;
	case CONFIG_EXPR_LESS:
		return result < 0;
	case CONFIG_EXPR_LESS_OR_EQUAL:
		return result <= 0;
	case CONFIG_EXPR_GREATER:
		return result > 0;
	case CONFIG_EXPR_GREATER_OR_EQUAL:
		return result >= 0;
	}
	return false;
}

/* $0 to $9 are kept by what has no parentheses, so that one may look at something else meanwhile.
 */
static bool matches(struct run *run, const struct config_expr_node *node)
{
	struct text subject = word(run, node->first);
	bool keeps = regex_group_count(node->regex) > 0;
	if (run->why)
		return false;
	int result = regex_match(node->regex, subject, keeps ? run->groups : NULL);
	if (result < 0)
		fail(run, "a regular expression takes too long");
	return result > 0;
}

static bool is_in(struct run *run, const struct config_expr_node *node)
{
	struct text wanted = word(run, node->first);
	for (node = node->first->next; node && !run->why; node = node->next)
		if (text_equal(wanted, word(run, node)))
			return true;
	return false;
}

static bool truth(struct text t)
{
	return t.size && !text_equal(t, TEXT("0")) && !text_equal_nocase(t, TEXT("off")) &&
	       !text_equal_nocase(t, TEXT("no")) && !text_equal_nocase(t, TEXT("false"));
}

static bool is_member(const struct config_expr_node *node, struct text of)
{
	struct os_address address;
	return os_network_address(&address, of) == 0 && os_network_has(node->network, &address);
}

static bool test(struct run *run, const struct config_expr_node *node)
{
	const struct handler_expr_world *world = run->world;
	const struct os_address *client;
	struct text a = word(run, node->first), b = TEXT("");
	if (node->first->next)
		b = word(run, node->first->next);
	if (run->why)
		return false;
	switch ((enum config_expr_test)node->what) {
	case CONFIG_EXPR_TEST_NONEMPTY:
		return a.size != 0;
	case CONFIG_EXPR_TEST_EMPTY:
		return a.size == 0;
	case CONFIG_EXPR_TEST_TRUTH:
		return truth(a);
	case CONFIG_EXPR_TEST_CLIENT_IN:
		client = world->client ? world->client(world->with) : NULL;
		return client && os_network_has(node->network, client);
	case CONFIG_EXPR_TEST_FILE_ALLOWED:
		return world->allowed && world->allowed(world->with, false, a);
	case CONFIG_EXPR_TEST_URL_ALLOWED:
	case CONFIG_EXPR_TEST_URL_ALLOWED_TOO:
		return world->allowed && world->allowed(world->with, true, a);
	case CONFIG_EXPR_TEST_IPMATCH:
		return is_member(node, a);
	case CONFIG_EXPR_TEST_STRMATCH:
		return glob_match(b, a, 0);
	case CONFIG_EXPR_TEST_STRCMATCH:
		return glob_match(b, a, GLOB_NOCASE);
	case CONFIG_EXPR_TEST_FNMATCH:
		return glob_match(b, a, GLOB_PATH);
	default:
		return handler_expr_function_file(node->what, a);
	}
}

static bool condition(struct run *run, const struct config_expr_node *node)
{
	const struct config_expr_node *part = node->first;
	switch (node->kind) {
	case CONFIG_EXPR_TRUE:
	case CONFIG_EXPR_FALSE:
		return node->kind == CONFIG_EXPR_TRUE;
	case CONFIG_EXPR_NOT:
		return !condition(run, part);
	case CONFIG_EXPR_AND:
		while (part && !run->why && condition(run, part))
			part = part->next;
		return !part;
	case CONFIG_EXPR_OR:
		while (part && !run->why && !condition(run, part))
			part = part->next;
		return part;
	case CONFIG_EXPR_STRINGS:
	case CONFIG_EXPR_INTEGERS:
		return compare(run, node);
	case CONFIG_EXPR_MATCHES:
		return matches(run, node);
	case CONFIG_EXPR_IN:
		return is_in(run, node);
	case CONFIG_EXPR_TEST:
		return test(run, node);
	default:
		ASSERT(!"a condition");
		return false;
	}
}

int handler_expr_holds(const struct config_expr *expr, const struct handler_expr_world *world,
	struct arena *memory, struct regex_groups *groups, const char **why)
{
	struct regex_groups own = {.count = 0};
	struct run run = {.world = world, .memory = memory, .groups = groups ? groups : &own};
	bool holds = condition(&run, expr->root);
	*why = run.why;
	return run.why ? -1 : holds;
}

int handler_expr_text(const struct config_expr *expr, const struct handler_expr_world *world,
	struct arena *memory, struct regex_groups *groups, struct text *text, const char **why)
{
	struct run run = {.world = world, .memory = memory, .groups = groups};
	*text = word(&run, expr->root);
	*why = run.why;
	return run.why ? -1 : 0;
}
