/*
 * test_digest - MD5 and SHA-1 against the vectors of their RFCs
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include "unit/unit.h"

static const char *hex(const unsigned char *bytes, size_t size)
{
	static char text[2 * DIGEST_SHA1 + 1];
	digest_hex(bytes, size, text);
	text[2 * size] = '\0';
	return text;
}

static const char *md5(struct text t)
{
	unsigned char to[DIGEST_MD5];
	digest_md5(t, to);
	return hex(to, sizeof to);
}

static const char *sha1(struct text t)
{
	unsigned char to[DIGEST_SHA1];
	digest_sha1(t, to);
	return hex(to, sizeof to);
}

START_TEST(vectors)
{
	static const struct {
		const char *of, *md5, *sha1;
	} rows[] = {
		{"", "d41d8cd98f00b204e9800998ecf8427e",
			"da39a3ee5e6b4b0d3255bfef95601890afd80709"},
		{"a", "0cc175b9c0f1b6a831c399e269772661",
			"86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"},
		{"abc", "900150983cd24fb0d6963f7d28e17f72",
			"a9993e364706816aba3e25717850c26c9cd0d89d"},
		{"message digest", "f96b697d7cb7938d525a2f31aaf161d0",
			"c12252ceda8be8994d5fa0290a47231c1d16aae3"},
		{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
			"8215ef0796a20bcaaae116d3876c664a",
			"84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
		{"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
			"57edf4a22be3c955ac49da2e2107b67a",
			"50abf5706a150990a08b2c5ea40fa0e585554732"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ck_assert_str_eq(md5(text_of(rows[i].of)), rows[i].md5);
		ck_assert_str_eq(sha1(text_of(rows[i].of)), rows[i].sha1);
	}
	ck_assert_str_eq(md5((struct text){NULL, 0}), rows[0].md5);
}
END_TEST

START_TEST(every_length)
{
	/* Each length up to some blocks: the digests of all of them, digested once more. Computed
	 * with Python's hashlib. */
	char *bytes = malloc(300), all_md5[300 * 32], all_sha1[300 * 40];
	for (size_t size = 0; size < 300; size++) {
		memcpy(all_md5 + size * 32, md5(text_from(bytes, size)), 32);
		memcpy(all_sha1 + size * 40, sha1(text_from(bytes, size)), 40);
		bytes[size] = (char)(size * 7);
	}
	free(bytes);
	ck_assert_str_eq(
		md5(text_from(all_md5, sizeof all_md5)), "23d4cb3fa5610b691b484f28b5a98cd3");
	ck_assert_str_eq(sha1(text_from(all_sha1, sizeof all_sha1)),
		"5c8bbc4e524952fd68612b66ca7dd089d1d39584");
}
END_TEST

UNIT_MAIN("digest", vectors, every_length)
