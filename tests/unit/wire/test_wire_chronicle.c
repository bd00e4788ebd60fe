/*
 * test_wire_chronicle - what the parent did and saw, in numbered sentences
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_scoreboard.h"

#include "unit/unit.h"

#include <errno.h>

static struct wire_chronicle chronicle;
static struct wire_event copy[WIRE_CHRONICLE];

START_TEST(numbers)
{
	uint64_t count;
	chronicle = (struct wire_chronicle){0};
	ck_assert_uint_eq(wire_chronicle_read(&chronicle, copy, &count), 0);
	ck_assert_uint_eq(count, 0);
	for (int i = 1; i <= WIRE_CHRONICLE + 10; i++) {
		struct wire_event event = {.kind = WIRE_EVENT_BIRTH, .pid = i};
		wire_chronicle_add(&chronicle, &event);
		ck_assert_uint_eq(event.number, (uint64_t)i);
	}
	ck_assert_uint_eq(wire_chronicle_read(&chronicle, copy, &count), WIRE_CHRONICLE);
	ck_assert_uint_eq(count, WIRE_CHRONICLE + 10);
	ck_assert_uint_eq(copy[0].number, 11);
	ck_assert_int_eq(copy[0].pid, 11);
	ck_assert_uint_eq(copy[WIRE_CHRONICLE - 1].number, WIRE_CHRONICLE + 10);
}
END_TEST

START_TEST(sentences)
{
	static const struct {
		struct wire_event event;
		const char *words;
		bool failure;
	} rows[] = {
		{{.kind = WIRE_EVENT_START, .a = 1, .b = 2},
			"parent 9: listens; model dispatch, 1 worker to begin with", false},
		{{.kind = WIRE_EVENT_BIRTH, .pid = 977, .slot = 3, .a = 420},
			"parent 9: forked 977 into slot 3 in 0.4 ms", false},
		{{.kind = WIRE_EVENT_NO_BIRTH, .a = ENOMEM},
			"parent 9: could not fork: Cannot allocate memory", true},
		{{.kind = WIRE_EVENT_READY, .pid = 977, .slot = 3, .a = 1500},
			"parent 9: worker 977 reports that it serves slot 3, 1.5 ms after its "
			"birth",
			false},
		{{.kind = WIRE_EVENT_LEAVE, .pid = 977, .slot = 3, .a = WIRE_STATE_IDLE_STOP},
			"parent 9: told worker 977 in slot 3 to leave: more are spare than are "
			"needed",
			false},
		{{.kind = WIRE_EVENT_DEATH,
			 .pid = 977,
			 .slot = 3,
			 .requests = 1,
			 .a = WIRE_REASON_KILLED,
			 .b = 9},
			"parent 9: slot 3 is gone: worker 977 was killed by a signal from outside "
			"(signal 9); 1 request served",
			true},
		{{.kind = WIRE_EVENT_DEATH, .pid = 977, .slot = 3, .a = WIRE_REASON_DONE},
			"parent 9: slot 3 is gone: worker 977 finished and was no longer needed; 0 "
			"requests served",
			false},
		{{.kind = WIRE_EVENT_HELPER_BIRTH, .pid = 978, .role = WIRE_ROLE_KEEPER},
			"parent 9: started the keeper, process 978", false},
		{{.kind = WIRE_EVENT_HELPER_DEATH,
			 .pid = 978,
			 .role = WIRE_ROLE_FORKSERVER,
			 .a = WIRE_REASON_EXITED,
			 .b = -3},
			"parent 9: the forkserver, process 978, is gone: it exited where nothing "
			"told it to (status 3)",
			true},
		{{.kind = WIRE_EVENT_GENERATION, .generation = 2, .a = 1, .b = 1},
			"parent 9: graceful restart: generation 2 begins, model fork", false},
		{{.kind = WIRE_EVENT_STOP}, "parent 9: stops now", false},
		{{.kind = WIRE_EVENT_LAB, .a = 0, .b = 3},
			"parent 9: sends SIGKILL to the worker of slot 3, as the lab asks", false},
		{{.kind = WIRE_EVENTS + 5}, "parent 9: something happened", false},
		{{.kind = WIRE_EVENT_LAB, .a = 10000},
			"parent 9: asks for what nobody knows, as the lab asks", false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buffer words = BUFFER_INIT;
		struct wire_event event = rows[i].event;
		event.parent = 9;
		wire_chronicle_words(&event, &words);
		buffer_append(&words, "", 1);
		ck_assert_str_eq(words.data, rows[i].words);
		ck_assert_int_eq(wire_chronicle_failure(&event), rows[i].failure);
		buffer_free(&words);
	}
	for (uint32_t kind = 0; kind < WIRE_EVENTS; kind++)
		ck_assert_str_ne(wire_chronicle_name(kind), "unknown");
	ck_assert_str_eq(wire_chronicle_name(WIRE_EVENTS), "unknown");
}
END_TEST

UNIT_MAIN("wire_chronicle", numbers, sentences)
