/*
 * digest - MD5 and SHA-1
 *
 * Runs in:  parent, worker
 * Owns:     nothing
 * Errors:   none
 *
 * Both work on blocks of 64 bytes, and end with a block or two that hold the last bytes, a bit that
 * is set, zeros, and the length in bits; they differ in the byte order and in what they do to a
 * block. What was on the stack may have been a password and is wiped.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include <stdint.h>

enum { BLOCK = 64 };

struct kind {
	bool big_endian;
	void (*mix)(uint32_t *state, const uint32_t word[16]);
};

static uint32_t turn(uint32_t x, unsigned by)
{
	return x << by | x >> (32 - by);
}

/* RFC 1321, 3.4. Its table T is floor(2^32 * abs(sin(i))) for i from 1 on. */
static void mix_md5(uint32_t *state, const uint32_t word[16])
{
	static const uint32_t sine[64] = {0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee,
		0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1,
		0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340,
		0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6,
		0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
		0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60,
		0xbebfbc70, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5,
		0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3,
		0x8f0ccc92, 0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1,
		0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
	static const unsigned char by[4][4] = {
		{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	for (unsigned i = 0; i < 64; i++) {
		uint32_t f;
		unsigned of;
		switch (i / 16) {
		case 0:
			f = (b & c) | (~b & d);
			of = i;
			break;
		case 1:
			f = (b & d) | (c & ~d);
			of = 5 * i + 1;
			break;
		case 2:
			f = b ^ c ^ d;
			of = 3 * i + 5;
			break;
		default:
			f = c ^ (b | ~d);
			of = 7 * i;
		}
		uint32_t next = b + turn(a + f + sine[i] + word[of % 16], by[i / 16][i % 4]);
		a = d;
		d = c;
		c = b;
		b = next;
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
}

/* RFC 3174, 6.1. */
static void mix_sha1(uint32_t *state, const uint32_t word[16])
{
	static const uint32_t constant[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
	uint32_t w[80];
	memcpy(w, word, 16 * sizeof *w);
	for (unsigned i = 16; i < 80; i++)
		w[i] = turn(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
	for (unsigned i = 0; i < 80; i++) {
		uint32_t f = b ^ c ^ d;
		if (i < 20)
			f = (b & c) | (~b & d);
		else if (i >= 40 && i < 60)
			f = (b & c) | (b & d) | (c & d);
		uint32_t next = turn(a, 5) + f + e + w[i] + constant[i / 20];
		e = d;
		d = c;
		c = turn(b, 30);
		b = a;
		a = next;
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	explicit_bzero(w, sizeof w);
}

static void mix_block(const struct kind *kind, uint32_t *state, const unsigned char *block)
{
	uint32_t word[16];
	for (unsigned i = 0; i < 16; i++) {
		const unsigned char *at = block + (size_t)4 * i;
		word[i] = kind->big_endian ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
						     (uint32_t)at[2] << 8 | at[3]
					   : (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 |
						     (uint32_t)at[1] << 8 | at[0];
	}
	kind->mix(state, word);
	explicit_bzero(word, sizeof word);
}

/* Writes the `size` low bytes of a number. */
static void put(const struct kind *kind, uint64_t number, unsigned size, unsigned char *to)
{
	for (unsigned i = 0; i < size; i++)
		to[kind->big_endian ? size - 1 - i : i] = (unsigned char)(number >> (8 * i));
}

static void digest(
	const struct kind *kind, struct text of, uint32_t *state, unsigned words, unsigned char *to)
{
	const unsigned char *at = (const unsigned char *)of.at;
	size_t left = of.size;
	for (; left >= BLOCK; at += BLOCK, left -= BLOCK)
		mix_block(kind, state, at);
	unsigned char last[2 * BLOCK] = {0};
	if (left)
		memcpy(last, at, left);
	last[left] = 0x80;
	size_t size = left + 9 > BLOCK ? 2 * BLOCK : BLOCK;
	put(kind, (uint64_t)of.size * 8, 8, last + size - 8);
	for (size_t i = 0; i < size; i += BLOCK)
		mix_block(kind, state, last + i);
	for (unsigned i = 0; i < words; i++)
		put(kind, state[i], 4, to + (size_t)4 * i);
	explicit_bzero(last, sizeof last);
}

void digest_md5(struct text of, unsigned char to[DIGEST_MD5])
{
	static const struct kind md5 = {false, mix_md5};
	uint32_t state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
	digest(&md5, of, state, 4, to);
}

void digest_sha1(struct text of, unsigned char to[DIGEST_SHA1])
{
	static const struct kind sha1 = {true, mix_sha1};
	uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
	digest(&sha1, of, state, 5, to);
}

void digest_hex(const unsigned char *bytes, size_t size, char *to)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < size; i++) {
		to[2 * i] = digits[bytes[i] >> 4];
		to[2 * i + 1] = digits[bytes[i] & 15];
	}
}
