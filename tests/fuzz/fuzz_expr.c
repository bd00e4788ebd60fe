/*
 * fuzz_expr - any bytes as an expression, and then as what it asks for
 *
 * Runs in:  libFuzzer
 * Owns:     nothing that outlives an input
 * Errors:   abort() when a promise of config_expr.h or handler_expr.h is broken
 *
 * The first byte says condition or text, the rest is the expression; whatever that asks of the
 * world is answered with a piece of itself. No file is looked at: the expression is a .htaccess's.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_expr.h"

#include "fuzz/fuzz.h"

#include <stdlib.h>

struct asked {
	struct text answer;
	unsigned depends; /* what the questions so far give away */
};

static struct text variable(void *with, enum config_expr_variable which, struct arena *memory)
{
	struct asked *asked = with;
	MUST(memory && which < CONFIG_EXPR_VARIABLES);
	if (which == CONFIG_EXPR_QUERY_STRING || which == CONFIG_EXPR_REMOTE_ADDR)
		asked->depends |= CONFIG_EXPR_ON_REQUEST;
	return which % 5 ? asked->answer : (struct text){NULL, 0};
}

static struct text named(
	void *with, enum config_expr_function which, struct text name, struct arena *memory)
{
	struct asked *asked = with;
	MUST(memory && which < CONFIG_EXPR_FUNCTIONS && name.size <= HANDLER_EXPR_MOST);
	asked->depends |=
		which == CONFIG_EXPR_FUNCTION_RESP ? CONFIG_EXPR_ON_ANSWER : CONFIG_EXPR_ON_REQUEST;
	return name.size % 3 ? asked->answer : (struct text){NULL, 0};
}

static const struct os_address *client(void *with)
{
	static struct os_address address;
	((struct asked *)with)->depends |= CONFIG_EXPR_ON_REQUEST;
	MUST(os_network_address(&address, TEXT("192.0.2.1")) == 0);
	return &address;
}

/* Twice the same (but for the clock that ends a slow match), and nothing is asked for that was not
 * announced. */
static void evaluate(const struct config_expr *expr, struct text answer, struct arena *memory)
{
	struct asked asked = {.answer = answer};
	const struct handler_expr_world world = {
		.with = &asked, .variable = variable, .named = named, .client = client, .now = 1};
	const char *why;
	if (expr->is_text) {
		struct text first, second;
		int result = handler_expr_text(expr, &world, memory, NULL, &first, &why);
		MUST((result < 0) == (why != NULL));
		MUST(first.size <= HANDLER_EXPR_MOST);
		if (handler_expr_text(expr, &world, memory, NULL, &second, &why) == 0 &&
			result == 0)
			MUST(text_equal(first, second));
	} else {
		struct regex_groups groups = {.count = 0};
		int result = handler_expr_holds(expr, &world, memory, &groups, &why);
		MUST(result >= -1 && result <= 1 && (result < 0) == (why != NULL));
		int again = handler_expr_holds(expr, &world, memory, NULL, &why);
		MUST(again == result || again < 0 || result < 0);
		for (unsigned i = 0; i < REGEX_GROUPS; i++)
			MUST(regex_group(&groups, i).size <= groups.subject.size);
	}
	MUST((asked.depends & ~expr->depends) == 0);
}

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
	if (size < 1)
		return 0;
	struct arena *memory = arena_new();
	struct buffer error = BUFFER_INIT;
	char *source = strndup((const char *)input + 1, size - 1);
	unsigned flags = CONFIG_EXPR_RESTRICTED | (input[0] & 1 ? CONFIG_EXPR_TEXT : 0);
	const struct config_expr *expr = config_expr_parse(memory, source, flags, &error);
	MUST((error.size == 0) == (expr != NULL));
	if (expr) {
		MUST(strcmp(expr->source, source) == 0);
		evaluate(expr, text_from(source, strlen(source) / 2), memory);
	} else {
		MUST(text_starts(buffer_view(&error), TEXT("column ")));
	}
	free(source);
	buffer_free(&error);
	arena_free(memory);
	return 0;
}
