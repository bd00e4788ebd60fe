/*
 * fuzz_report - any bytes as what crosses from a child: a report, a diary, what a keeper says, what
 * the lab asks, the count of the crowd; and as a succession
 *
 * Runs in:  libFuzzer
 * Owns:     a scoreboard, a page and a crowd, for all inputs
 * Errors:   abort() when something is believed that is not safe to use
 *
 * The same bytes are taken for each of them in turn; a valid report, and what a keeper says, also
 * by changing a good one.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/fuzz.h"
#include "wire/wire_ask.h"
#include "wire/wire_crowd.h"
#include "wire/wire_diary.h"
#include "wire/wire_keeping.h"
#include "wire/wire_scoreboard.h"
#include "wire/wire_succession.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLOTS = 8, KEEPER = 7 };

static bool ends(const char *field, size_t size)
{
	return memchr(field, '\0', size) != NULL;
}

static void try_report(const void *bytes, size_t size)
{
	struct wire_report r;
	if (!wire_report_valid(bytes, size, SLOTS))
		return;
	memcpy(&r, bytes, sizeof r);
	MUST(size == sizeof r && r.slot < SLOTS && r.pid > 0 && r.idle <= r.open);
	MUST(wire_state_letter(r.state) != '?');
	MUST(ends(r.client, sizeof r.client) && ends(r.request, sizeof r.request) &&
		ends(r.host, sizeof r.host));
}

static void change_report(const unsigned char *input, size_t size)
{
	struct wire_report r = {.magic = WIRE_REPORT_MAGIC, .slot = 1, .pid = 7};
	fuzz_change(&r, sizeof r, 3, input, size);
	try_report(&r, sizeof r);
}

/* What the scoreboard shows of it makes sense. */
static void try_keeping(const void *bytes, size_t size)
{
	struct wire_keeping k;
	if (!wire_keeping_valid(bytes, size, KEEPER))
		return;
	memcpy(&k, bytes, sizeof k);
	MUST(size == sizeof k && k.pid == KEEPER);
	MUST(k.waiting <= k.held && k.held <= k.taken);
}

static void change_keeping(const unsigned char *input, size_t size)
{
	struct wire_keeping k = {
		.magic = WIRE_KEEPING_MAGIC, .pid = KEEPER, .held = 2, .taken = 5, .passed = 3};
	try_keeping(&k, sizeof k);
	fuzz_change(&k, sizeof k, 3, input, size);
	try_keeping(&k, sizeof k);
}

/* The parent does only what the list allows, within its bounds. */
static void try_ask(const unsigned char *input, size_t size)
{
	struct wire_ask ask = {.magic = WIRE_ASK_MAGIC};
	fuzz_change(&ask, sizeof ask, 3, input, size);
	for (int changed = 0; changed < 2; changed++) {
		const void *bytes = changed ? (const void *)&ask : input;
		if (wire_ask_valid(bytes, changed ? sizeof ask : size)) {
			memcpy(&ask, bytes, sizeof ask);
			MUST(ask.verb < WIRE_ASKS && ask.value <= wire_ask_most(ask.verb));
			MUST(strcmp(wire_ask_name(ask.verb), "unknown") != 0);
			MUST(wire_ask_choice(ask.verb, ask.value).size < 32);
		}
	}
}

/* Any process that counts may write anywhere in the table. What the parent gives back of a dead one
 * is gone from that one's page whatever it says, and no sum grows. */
static void try_crowd(const unsigned char *input, size_t size)
{
	static struct wire_crowd *crowd;
	static void *bytes;
	static struct stat st;
	int fd;
	if (!crowd) {
		crowd = wire_crowd_new(SLOTS, &fd);
		MUST(crowd && fstat(fd, &st) == 0);
		bytes = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		MUST(bytes != MAP_FAILED && close(fd) == 0);
	}
	fuzz_change(bytes, (size_t)st.st_size, 3, input, size);
	uint32_t page = size ? input[0] % (SLOTS + WIRE_CROWD_KEEPERS) : 0;
	uint32_t place = size > 2 ? (uint32_t)input[1] << 8 | input[2] : 1;
	uint32_t before = wire_crowd_count(crowd, place);
	wire_crowd_clear(crowd, page);
	uint32_t after = wire_crowd_count(crowd, place);
	MUST(after <= before);
	wire_crowd_clear(crowd, page);
	MUST(wire_crowd_count(crowd, place) == after);
	wire_crowd_leave(crowd, page, place);
	MUST(wire_crowd_count(crowd, place) <= after);
	(void)wire_crowd_enter(crowd, page, place, 1);
	(void)wire_crowd_say(crowd, place, 1);
}

static void try_diary(const unsigned char *input, size_t size)
{
	static void *page;
	struct wire_diary d;
	char text[OS_ADDRESS_TEXT];
	if (!page)
		page = mmap(
			NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	MUST(page != MAP_FAILED);
	memset(page, 0, sizeof d);
	memcpy(page, input, size < sizeof d ? size : sizeof d);
	wire_diary_read(page, 0, &d);
	MUST(ends(d.request, sizeof d.request) && ends(d.host, sizeof d.host));
	MUST(ends(os_address_format(&d.from, text), sizeof text));
	(void)wire_latency_quantile(&d.latency, 0.5);
}

static void try_succession(const unsigned char *input, size_t size)
{
	struct wire_succession s, again;
	struct buffer text = BUFFER_INIT;
	if (wire_succession_unpack(text_from((const char *)input, size), &s)) {
		MUST(s.channel >= 0 && s.pid > 0);
		MUST(wire_succession_pack(&s, &text));
		MUST(wire_succession_unpack(buffer_view(&text), &again));
		MUST(again.count == s.count && again.pid == s.pid && again.channel == s.channel);
		for (size_t i = 0; i < s.count; i++)
			MUST(again.listeners[i].fd == s.listeners[i].fd &&
				os_address_equal(
					&again.listeners[i].address, &s.listeners[i].address));
		free(again.listeners);
	}
	free(s.listeners);
	buffer_free(&text);
}

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
	try_report(input, size);
	change_report(input, size);
	try_keeping(input, size);
	change_keeping(input, size);
	try_ask(input, size);
	try_crowd(input, size);
	try_diary(input, size);
	try_succession(input, size);
	return 0;
}
