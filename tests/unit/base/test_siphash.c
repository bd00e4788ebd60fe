/*
 * test_siphash - the vectors of the paper and of its authors' program
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/siphash.h"

#include "base/digest.h"
#include "unit/unit.h"

/* Key 00 01 ... 0f; texts of so many bytes 00 01 .... */
START_TEST(vectors)
{
	static const struct {
		size_t size;
		const char *digest;
	} rows[] = {
		{0, "a3817f04ba25a8e66df67214c7550293"},
		{1, "da87c1d86b99af44347659119b22fc45"},
		{7, "a1f1ebbed8dbc153c0b84aa61ff08239"},
		{8, "3b62a9ba6258f5610f83e264f31497b4"},
		{15, "5493e99933b0a8117e08ec0f97cfc3d9"},
		{16, "6ee2a4ca67b054bbfd3315bf85230577"},
	};
	unsigned char key[SIPHASH_KEY], digest[SIPHASH_SIZE];
	char text[64], hex[2 * SIPHASH_SIZE + 1] = "";
	for (int i = 0; i < SIPHASH_KEY; i++)
		key[i] = (unsigned char)i;
	for (int i = 0; i < 64; i++)
		text[i] = (char)i;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		siphash(key, text_from(text, rows[i].size), digest);
		digest_hex(digest, sizeof digest, hex);
		ck_assert_msg(strcmp(hex, rows[i].digest) == 0, "%zu bytes: %s", rows[i].size, hex);
	}
}
END_TEST

START_TEST(key_matters)
{
	unsigned char a[SIPHASH_SIZE], b[SIPHASH_SIZE], key[SIPHASH_KEY] = {0};
	siphash(key, TEXT("text"), a);
	key[15] = 1;
	siphash(key, TEXT("text"), b);
	ck_assert(memcmp(a, b, sizeof a) != 0);
}
END_TEST

UNIT_MAIN("siphash", vectors, key_matters)
