/*
 * siphash - a keyed digest
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   none
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/siphash.h"

#include <endian.h>
#include <stdint.h>

struct state {
	uint64_t v[4];
};

static uint64_t turn(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

static void rounds(struct state *s, int count)
{
	uint64_t *v = s->v;
	while (count-- > 0) {
		v[0] += v[1];
		v[1] = turn(v[1], 13) ^ v[0];
		v[0] = turn(v[0], 32);
		v[2] += v[3];
		v[3] = turn(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = turn(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = turn(v[1], 17) ^ v[2];
		v[2] = turn(v[2], 32);
	}
}

static uint64_t load(const void *from)
{
	uint64_t word;
	memcpy(&word, from, sizeof word);
	return le64toh(word);
}

static void mix(struct state *s, uint64_t word)
{
	s->v[3] ^= word;
	rounds(s, 2);
	s->v[0] ^= word;
}

static void store(const struct state *s, unsigned char *to)
{
	uint64_t word = htole64(s->v[0] ^ s->v[1] ^ s->v[2] ^ s->v[3]);
	memcpy(to, &word, sizeof word);
}

void siphash(const unsigned char key[SIPHASH_KEY], struct text of, unsigned char to[SIPHASH_SIZE])
{
	uint64_t k0 = load(key), k1 = load(key + 8);
	struct state s = {{k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du ^ 0xee,
		k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u}};
	unsigned char last[8] = {0};
	size_t whole = of.size & ~(size_t)7;
	for (size_t i = 0; i < whole; i += 8)
		mix(&s, load(of.at + i));
	if (of.size > whole)
		memcpy(last, of.at + whole, of.size - whole);
	last[7] = (unsigned char)of.size;
	mix(&s, load(last));
	s.v[2] ^= 0xee;
	rounds(&s, 4);
	store(&s, to);
	s.v[1] ^= 0xdd;
	rounds(&s, 4);
	store(&s, to + 8);
}
