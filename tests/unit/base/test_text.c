/*
 * test_text - comparing, trimming and splitting runs of bytes
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "unit/unit.h"

START_TEST(equal)
{
	static const struct {
		struct text a, b;
		bool same, same_nocase;
	} rows[] = {
		{TEXT(""), TEXT(""), true, true}, {{NULL, 0}, TEXT(""), true, true},
		{{NULL, 0}, TEXT("a"), false, false}, {TEXT("a"), TEXT("a"), true, true},
		{TEXT("a"), TEXT("A"), false, true}, {TEXT("Host"), TEXT("hOST"), false, true},
		{TEXT("ab"), TEXT("abc"), false, false}, {TEXT("a\0b"), TEXT("a\0c"), false, false},
		{TEXT("a\0b"), TEXT("A\0B"), false, true},
		{TEXT("[\\]^_"), TEXT("{|}~\x7f"), false, false}, /* 0x20 apart, yet no letters */
		{TEXT("@"), TEXT("`"), false, false},
		{TEXT("\xc4"), TEXT("\xe4"), false, false}, /* a letter in Latin-1, not for us */
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ck_assert_msg(text_equal(rows[i].a, rows[i].b) == rows[i].same, "row %zu", i);
		ck_assert_msg(text_equal_nocase(rows[i].a, rows[i].b) == rows[i].same_nocase,
			"row %zu", i);
	}
}
END_TEST

START_TEST(of_and_from)
{
	unit_text_eq(text_of("abc"), "abc");
	ck_assert_uint_eq(text_of(NULL).size, 0);
	ck_assert_ptr_null(text_of(NULL).at);
	unit_text_eq(text_from("abc", 2), "ab");
}
END_TEST

START_TEST(starts)
{
	ck_assert(text_starts(TEXT("abc"), TEXT("ab")));
	ck_assert(text_starts(TEXT("abc"), TEXT("abc")));
	ck_assert(text_starts(TEXT("abc"), TEXT("")));
	ck_assert(text_starts((struct text){NULL, 0}, TEXT("")));
	ck_assert(!text_starts(TEXT("abc"), TEXT("abcd")));
	ck_assert(!text_starts(TEXT("abc"), TEXT("b")));
	ck_assert(!text_starts((struct text){NULL, 0}, TEXT("a")));
}
END_TEST

START_TEST(words)
{
	struct text rest = TEXT(" \t one two\t\tthree\n ");
	unit_text_eq(text_word(&rest), "one");
	unit_text_eq(rest, "two\t\tthree\n");
	unit_text_eq(text_word(&rest), "two");
	unit_text_eq(text_word(&rest), "three\n");
	unit_text_eq(rest, "");
	unit_text_eq(text_word(&rest), "");
	rest = (struct text){NULL, 0};
	unit_text_eq(text_word(&rest), "");
}
END_TEST

START_TEST(copies)
{
	char to[6] = "xxxxx";
	text_copy(to, 4, TEXT("ab"));
	ck_assert_str_eq(to, "ab");
	text_copy(to, 4, TEXT("abc"));
	ck_assert_str_eq(to, "abc");
	text_copy(to, 4, TEXT("abcd"));
	ck_assert_str_eq(to, "abc");
	ck_assert_int_eq(to[4], 'x');
	text_copy(to, 1, TEXT("abcd"));
	ck_assert_str_eq(to, "");
	text_copy(to, 4, (struct text){NULL, 0});
	ck_assert_str_eq(to, "");
}
END_TEST

START_TEST(trim)
{
	unit_text_eq(text_trim(TEXT(" \t a b \t")), "a b");
	unit_text_eq(text_trim(TEXT("a")), "a");
	unit_text_eq(text_trim(TEXT(" \t ")), "");
	unit_text_eq(text_trim(TEXT("")), "");
	unit_text_eq(text_trim((struct text){NULL, 0}), "");
	unit_text_eq(text_trim(TEXT("\r\na\n")), "\r\na\n"); /* only OWS goes */
}
END_TEST

START_TEST(split)
{
	static const struct {
		struct text whole;
		const char *parts; /* each in brackets */
	} rows[] = {
		{TEXT("a,b,c"), "[a][b][c]"},
		{TEXT("abc"), "[abc]"},
		{TEXT(""), "[]"},
		{TEXT(","), "[][]"},
		{TEXT(",a,,b,"), "[][a][][b][]"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct text rest = rows[i].whole;
		char told[64] = "";
		size_t used = 0;
		while (rest.at) {
			struct text part = text_split(&rest, ',');
			used += (size_t)snprintf(
				told + used, sizeof told - used, "[%.*s]", TEXT_ARGS(part));
		}
		ck_assert_str_eq(told, rows[i].parts);
		ck_assert_uint_eq(rest.size, 0);
	}
}
END_TEST

START_TEST(number)
{
	enum { UNTOUCHED = 4711 };
	static const struct {
		struct text digits;
		unsigned long long most;
		bool good;
		unsigned long long value;
	} rows[] = {
		{TEXT("0"), 0, true, 0},
		{TEXT("1"), 0, false, 0},
		{TEXT("7"), 5, false, 0},
		{TEXT("65535"), 65535, true, 65535},
		{TEXT("65536"), 65535, false, 0},
		{TEXT("00000000000000000000000000000000000001"), 1, true, 1},
		{TEXT("18446744073709551615"), ~0ull, true, ~0ull},
		{TEXT("18446744073709551616"), ~0ull, false, 0},
		{TEXT("99999999999999999999"), ~0ull, false, 0},
		{TEXT(""), 9, false, 0},
		{{NULL, 0}, 9, false, 0},
		{TEXT("-1"), 9, false, 0},
		{TEXT("+1"), 9, false, 0},
		{TEXT(" 1"), 9, false, 0},
		{TEXT("1 "), 9, false, 0},
		{TEXT("1\0"), 9, false, 0},
		{TEXT("0x1"), 9, false, 0},
		{TEXT("/"), 99, false, 0}, /* the neighbours of the digits */
		{TEXT(":"), 99, false, 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned long long value = UNTOUCHED;
		bool good = text_number(rows[i].digits, rows[i].most, &value);
		ck_assert_msg(good == rows[i].good, "row %zu", i);
		ck_assert_uint_eq(value, good ? rows[i].value : UNTOUCHED);
	}
	/* Every bound near the value, so that no rounding in the overflow test slips by. */
	for (unsigned long long most = 0; most < 300; most++)
		for (unsigned long long n = 0; n < 300; n++) {
			char digits[8];
			unsigned long long value = 0;
			snprintf(digits, sizeof digits, "%llu", n);
			ck_assert_msg(text_number(text_of(digits), most, &value) == (n <= most),
				"%llu of at most %llu", n, most);
		}
}
END_TEST

START_TEST(duplicate)
{
	char *copy = text_dup(TEXT("a\0b"));
	ck_assert_mem_eq(copy, "a\0b\0", 4);
	free(copy);
	copy = text_dup((struct text){NULL, 0});
	ck_assert_str_eq(copy, "");
	free(copy);
}
END_TEST

START_TEST(distance)
{
	static const struct {
		struct text a, b;
		unsigned edits;
	} rows[] = {
		{TEXT(""), TEXT(""), 0},
		{TEXT(""), TEXT("abc"), 3},
		{TEXT("abc"), TEXT(""), 3},
		{TEXT("kitten"), TEXT("sitting"), 3},
		{TEXT("Listen"), TEXT("lISTEN"), 0},
		{TEXT("Litsen"), TEXT("Listen"), 2},
		{TEXT("DocumentRot"), TEXT("DocumentRoot"), 1},
	};
	char a[200], b[200];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ck_assert_uint_eq(text_distance(rows[i].a, rows[i].b), rows[i].edits);
		ck_assert_uint_eq(text_distance(rows[i].b, rows[i].a), rows[i].edits);
	}
	memset(a, 'a', sizeof a);
	memset(b, 'b', sizeof b);
	ck_assert_uint_eq(text_distance(text_from(a, sizeof a), text_from(b, sizeof b)), 64);
	ck_assert_uint_eq(text_distance(text_from(a, 64), text_from(a, sizeof a)), 0);
}
END_TEST

UNIT_MAIN(
	"text", equal, of_and_from, starts, words, copies, trim, split, number, duplicate, distance)
