/*
 * fuzz_report - any bytes as what crosses from a worker: a report, a diary; and as a succession
 *
 * Runs in:  libFuzzer
 * Owns:     a scoreboard and a page, for all inputs
 * Errors:   abort() when something is believed that is not safe to use
 *
 * The same bytes are taken for each of the three in turn; a valid report also by changing a good
 * one.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_diary.h"
#include "wire/wire_scoreboard.h"
#include "wire/wire_succession.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { SLOTS = 8 };

#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

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

/* A good report with some bytes changed: place and value in turn. */
static void change_report(const unsigned char *input, size_t size)
{
	struct wire_report r = {.magic = WIRE_REPORT_MAGIC, .slot = 1, .pid = 7};
	for (size_t i = 0; i + 2 < size; i += 3)
		((unsigned char *)&r)[(input[i] | (size_t)input[i + 1] << 8) % sizeof r] =
			input[i + 2];
	try_report(&r, sizeof r);
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
	try_diary(input, size);
	try_succession(input, size);
	return 0;
}
