/*
 * test_wire_succession - what a parent hands to the program that takes its place
 *
 * Runs in:  a test program
 * Owns:     lists and buffers of each test
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_succession.h"

#include "unit/unit.h"

static struct os_address address(const char *text)
{
	struct os_address a;
	ck_assert_int_eq(os_address_parse(&a, text_of(text)), 0);
	return a;
}

START_TEST(arrives_as_it_was)
{
	struct wire_listener list[] = {{3, address("127.0.0.1:80")}, {4, address("127.0.0.1:80")},
		{17, address("[::1]:8443")}, {5, address("*:0")}};
	struct wire_succession out = {7, 4711, 9, 10, {11, 12},
				       "ProcessModel:fork,StartMethod:spawn",
				       {13, address("127.0.0.1:0")}, 4, list},
			       in;
	struct buffer text = BUFFER_INIT;
	ck_assert(wire_succession_pack(&out, &text));
	ck_assert(wire_succession_unpack(buffer_view(&text), &in));
	ck_assert_uint_eq(in.generation, 7);
	ck_assert_int_eq(in.pid, 4711);
	ck_assert_int_eq(in.channel, 9);
	ck_assert_int_eq(in.errors, 10);
	ck_assert_int_eq(in.keeper[0], 11);
	ck_assert_int_eq(in.keeper[1], 12);
	ck_assert_str_eq(in.lab, "ProcessModel:fork,StartMethod:spawn");
	ck_assert_int_eq(in.status.fd, 13);
	ck_assert(os_address_equal(&in.status.address, &out.status.address));
	ck_assert_uint_eq(in.count, 4);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(in.listeners[i].fd, list[i].fd);
		ck_assert(os_address_equal(&in.listeners[i].address, &list[i].address));
	}
	free(in.listeners);
	buffer_free(&text);
}
END_TEST

START_TEST(words_of_another_version)
{
	static const struct {
		const char *text;
		bool taken;
	} rows[] = {
		{"generation=1 pid=2 channel=3 errors=-1", true},
		{"pid=2 channel=3", true},
		{"pid=2 channel=3 colour=blue flag =x", true},
		{"pid=2 channel=3 lab=", true},
		{"pid=2 channel=3 lab", true},
		{"pid=2 channel=3 listen=4@0200005000000000000000000000000", false},
		{"pid=2 channel=3 listen=4@02000050000000000000000000000000", true},
		{"pid=2 channel=3 listen=4@0200005000000000000000000000000g", false},
		{"pid=2 channel=3 listen=4@01000050000000000000000000000000", false},
		{"pid=2 channel=3 listen=4@", false},
		{"pid=2 channel=3 listen=4", false},
		{"pid=2 channel=3 listen=x@02000050000000000000000000000000", false},
		{"pid=2 channel=3 listen=99999999999@02000050000000000000000000000000", false},
		{"pid=2 channel=3 status=4@02000050000000000000000000000000", true},
		{"pid=2 channel=3 status=4@", false},
		{"pid=2 channel=3 status=-1@02000050000000000000000000000000", false},
		{"pid=2", false},
		{"channel=3", false},
		{"pid=0 channel=3", false},
		{"pid=-2 channel=3", false},
		{"pid=2 channel=-3", false},
		{"pid=2 channel=3 errors=x", false},
		{"pid=2 channel=3 generation=4294967295", false},
		{"", false},
	};
	ck_assert(wire_succession_unpack(TEXT("pid=2 channel=3"), &(struct wire_succession){0}));
	char most[WIRE_SUCCESSION_LAB + 32] = "pid=2 channel=3 lab=";
	struct wire_succession s;
	memset(most + strlen(most), 'x', WIRE_SUCCESSION_LAB - 1);
	ck_assert(wire_succession_unpack(text_of(most), &s));
	ck_assert_uint_eq(strlen(s.lab), WIRE_SUCCESSION_LAB - 1);
	most[strlen(most)] = 'x';
	ck_assert(!wire_succession_unpack(text_of(most), &s));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ck_assert_msg(wire_succession_unpack(text_of(rows[i].text), &s) == rows[i].taken,
			"%s", rows[i].text);
		free(s.listeners);
	}
}
END_TEST

UNIT_MAIN("wire_succession", arrives_as_it_was, words_of_another_version)
