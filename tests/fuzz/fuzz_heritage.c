/*
 * fuzz_heritage - any bytes as what a spawned worker inherits
 *
 * Runs in:  libFuzzer
 * Owns:     one good heritage, for all inputs
 * Errors:   abort() when a heritage is believed that is not safe to use
 *
 * The first byte says how: odd, the rest are the bytes; even, the rest are places and values to be
 * changed in a good heritage, and how much of it arrives.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_heritage.h"

#include "fuzz/fuzz.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SAVED_STDERR = 900 };

static struct buffer good = BUFFER_INIT;

static void make_good(void)
{
	static const int listeners[] = {-1, -1};
	static struct wire_sandbox sandbox = WIRE_SANDBOX_NONE;
	struct buffer error = BUFFER_INIT;
	struct os_identity identity = {.count = 1};
	struct config *config = config_load(&(struct config_source){.serve = "/"}, &error);
	MUST(config);
	config->error_log_fd = -1;
	struct wire_heritage heritage = {.config = config,
		.identity = &identity,
		.sandbox = &sandbox,
		.slot = 1,
		.scoreboard_fd = -1,
		.diary_fd = -1,
		.listeners = listeners,
		.listener_count = 2,
		.connection = -1};
	/* A board that is really there, so that the whole way is gone. */
	MUST(wire_scoreboard_new(2, &heritage.scoreboard_fd));
	MUST(wire_heritage_pack(&heritage, &good));
	config_free(config);
	/* Whatever number a damaged heritage has closed, what this program says is still heard. */
	MUST(dup2(STDERR_FILENO, SAVED_STDERR) == SAVED_STDERR);
}

static void look_at(const struct wire_heritage *h)
{
	MUST(h->config && h->identity && h->sandbox && h->scoreboard);
	MUST(h->identity->count >= 0 && h->identity->count <= 64);
	for (uint32_t slot = 0; slot < h->scoreboard->slots; slot++) {
		struct wire_slot row;
		wire_scoreboard_read(h->scoreboard, slot, &row);
	}
	mp_pipe_close(h->pipe);
	mp_queue_close(h->queue);
	os_mutex_free(h->accept_mutex);
	munmap(h->scoreboard,
		sizeof *h->scoreboard + h->scoreboard->slots * sizeof h->scoreboard->slot[0]);
	config_free(h->config);
	free((void *)h->listeners);
}

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
	struct buffer why = BUFFER_INIT;
	uint32_t magic = 0;
	if (!good.size)
		make_good();
	if (size < 3)
		return 0;
	bool raw = input[0] & 1;
	size_t all = raw ? size - 1 : good.size;
	unsigned char *bytes = malloc(all);
	MUST(bytes);
	memcpy(bytes, raw ? (const void *)(input + 1) : good.data, all);
	if (!raw) {
		fuzz_change(bytes, good.size, 2, input + 3, size - 3);
		all -= (input[1] | (size_t)input[2] << 8) % (all + 1);
	}
	if (all >= sizeof magic)
		memcpy(&magic, bytes, sizeof magic);
	/* That one says: you are a fork of mine, and this is a struct of my own memory. */
	if (magic != WIRE_HERITAGE_DIRECT) {
		const struct wire_heritage *h = wire_heritage_open(bytes, all, &why);
		MUST(h || raw || size > 3 || input[1] || input[2]); /* the good one is believed */
		if (h)
			look_at(h);
		else
			MUST(why.size > 0);
		log_to(STDERR_FILENO);
		dup2(SAVED_STDERR, STDERR_FILENO);
	}
	free(bytes);
	buffer_free(&why);
	return 0;
}
