/*
 * fuzz_starter - any bytes as an order from a worker, and any path and variable as what it names
 *
 * Runs in:  libFuzzer
 * Owns:     one configuration with programs, for all inputs
 * Errors:   abort() when something is believed that is not safe to use, or allowed that is not said
 *
 * The first byte says what the rest is: an order as it arrives (a head, then its strings), a path
 * for the rules, or a variable.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "starter/starter.h"

#include "fuzz/fuzz.h"
#include "handler/handler_cgi_env.h"
#include "mp/mp_subprocess_order.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct config *config;
static const struct starter_names *names;
static char programs[] = "/tmp/fuzz_starter_XXXXXX"; /* the one place of programs */

static void remove_place(void)
{
	char file[64];
	snprintf(file, sizeof file, "%s/p", programs);
	unlink(file);
	rmdir(programs);
}

static void set_up(void)
{
	struct buffer error = BUFFER_INIT;
	char line[128], file[64];
	MUST(mkdtemp(programs));
	atexit(remove_place);
	snprintf(file, sizeof file, "%s/p", programs);
	FILE *f = fopen(file, "we");
	MUST(f && fclose(f) == 0);
	snprintf(line, sizeof line, "ScriptAlias /cgi/ %s/", programs);
	const char *const after[] = {line, "SetEnv SAID here", "SetEnv LD_LIBRARY_PATH /opt",
		"SetEnvIf Host (.*) ANY=$1", "AddHandler cgi-script .cgi", NULL};
	struct config_source source = {.serve = programs, .port = 1, .after = after};
	config = config_load(&source, &error);
	MUST(config);
	names = starter_env_names(config, config->memory);
	MUST(names);
}

/* What is opened is whole: every string ends in the bytes that came. */
static void try_order(const unsigned char *input, size_t size)
{
	struct mp_subprocess_order_got order = {.fd_count = 4, .fds = {-1, -1, -1, -1, -1}};
	if (size < sizeof order.head)
		return;
	memcpy(&order.head, input, sizeof order.head);
	/* A copy of just its size, so that a byte too far is seen. */
	size -= sizeof order.head;
	char *bytes = malloc(size + 1);
	MUST(bytes);
	memcpy(bytes, input + sizeof order.head, size);
	/* The magic and the size are hard to guess, and no use. */
	order.head.magic = 0x70664f31;
	order.head.size = (uint32_t)size;
	if (mp_subprocess_order_open(&order, text_from(bytes, size))) {
		struct arena *memory = arena_new();
		size_t count = 0, all = 0;
		MUST(memory && order.argv && order.argv[0]);
		for (; order.argv[count]; count++)
			all += strlen(order.argv[count]) + 1;
		MUST(count == order.head.argc);
		for (count = 0; order.env[count]; count++) {
			all += strlen(order.env[count]) + 1;
			(void)starter_env_allows(names, &config->host.dir, order.env[count]);
		}
		MUST(count == order.head.envc);
		all += order.cwd ? strlen(order.cwd) + 1 : 0;
		MUST(all == size && order.head.limit_count <= MP_SUBPROCESS_ORDER_LIMITS);
		for (int i = 0; i < 3; i++)
			MUST(order.head.streams[i] < 4 && order.head.streams[i] != 0);
		MUST(handler_cgi_env_words(memory, TEXT("/p"), text_of(order.argv[0])));
		arena_free(memory);
	}
	buffer_free(&order.pointers);
	free(bytes);
}

static const struct config_dir *place_of(const char *path)
{
	static const struct mp_subprocess_order none;
	bool granted;
	return starter_place_of(config, path, &none, &granted);
}

static void try_path(const char *path)
{
	static char inside[64], whole[5000];
	snprintf(inside, sizeof inside, "%s/p", programs);
	if (place_of(path))
		MUST(strcmp(path, inside) == 0);
	snprintf(whole, sizeof whole, "%s/%s", programs, path);
	if (place_of(whole))
		MUST(strcmp(whole, inside) == 0);
}

static void try_variable(const char *variable)
{
	if (!starter_env_allows(names, &config->host.dir, variable))
		return;
	MUST(strchr(variable, '=') && variable[0] != '=');
	MUST(strncmp(variable, "LD_", 3) != 0 || strcmp(variable, "LD_LIBRARY_PATH=/opt") == 0);
	MUST(strncmp(variable, "SAID=", 5) != 0 || strcmp(variable, "SAID=here") == 0);
	MUST(strncmp(variable, "HTTP_PROXY=", 11) != 0);
}

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
	if (!config)
		set_up();
	if (!size)
		return 0;
	char *text = strndup((const char *)input + 1, size - 1);
	MUST(text);
	if (*input % 3 == 0)
		try_order(input + 1, size - 1);
	else if (*input % 3 == 1)
		try_path(text);
	else
		try_variable(text);
	free(text);
	return 0;
}
