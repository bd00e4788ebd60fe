/*
 * os_password - is this the password of that hash?
 *
 * Runs in:  worker
 * Owns:     nothing; what it copies of a password is wiped
 * Errors:   -1 with errno
 *
 * Two forms are Apache's own and unknown to libcrypt: {SHA}, the SHA-1 of the password and nothing
 * else, and $apr1$, which is crypt's $1$ with another name in its first round.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_password.h"

#include "base/base64.h"
#include "base/digest.h"

#include <crypt.h>
#include <errno.h>
#include <stdlib.h>

/* Looks at every byte whatever it finds. That lengths differ is no secret: they are the form's. */
static int same(struct text a, struct text b)
{
	if (a.size != b.size)
		return 0;
	unsigned char difference = 0;
	for (size_t i = 0; i < a.size; i++)
		difference |= (unsigned char)(a.at[i] ^ b.at[i]);
	return difference == 0;
}

static void wipe(struct buffer *b)
{
	if (b->data)
		explicit_bzero(b->data, b->room);
	buffer_free(b);
}

static int check_sha(struct text password, struct text hash)
{
	unsigned char digest[DIGEST_SHA1];
	struct buffer own = BUFFER_INIT;
	digest_sha1(password, digest);
	base64_encode(&own, text_from((const char *)digest, sizeof digest));
	int result = own.failed ? -1 : same(buffer_view(&own), hash);
	wipe(&own);
	return result;
}

/* ---- $apr1$ ---- */

enum { SALT_MOST = 8, ROUNDS = 1000, APR1_SIZE = 22 };
/* Room that is taken before the first byte is there, so that none is left behind by growing:
 * password, name, salt, sum, and again as much as the password is long. */
enum { APR1_ROOM = 3 * OS_PASSWORD_MOST + 64 };

static void begin_sum(struct buffer *b)
{
	buffer_clear(b);
}

static struct text bytes(const unsigned char *sum)
{
	return text_from((const char *)sum, DIGEST_MD5);
}

static void end_sum(const struct buffer *b, unsigned char *sum)
{
	digest_md5(buffer_view(b), sum);
}

/* What the thousand rounds begin with. */
static void first_sum(struct text password, struct text salt, struct buffer *b, unsigned char *sum)
{
	begin_sum(b);
	buffer_text(b, password);
	buffer_text(b, salt);
	buffer_text(b, password);
	end_sum(b, sum);
	begin_sum(b);
	buffer_text(b, password);
	buffer_string(b, "$apr1$");
	buffer_text(b, salt);
	for (size_t left = password.size; left; left -= left < DIGEST_MD5 ? left : DIGEST_MD5)
		buffer_append(b, sum, left < DIGEST_MD5 ? left : DIGEST_MD5);
	/* One byte for each bit of the length, from the lowest on: nothing for one that is set. */
	for (size_t n = password.size; n; n >>= 1)
		buffer_append(b, n & 1 ? "" : password.at, 1);
	end_sum(b, sum);
}

static void all_rounds(struct text password, struct text salt, struct buffer *b, unsigned char *sum)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		begin_sum(b);
		buffer_text(b, i & 1 ? password : bytes(sum));
		if (i % 3)
			buffer_text(b, salt);
		if (i % 7)
			buffer_text(b, password);
		buffer_text(b, i & 1 ? bytes(sum) : password);
		end_sum(b, sum);
	}
}

/* Six bits a letter, lowest first, in an order of the bytes that only history explains. */
static void spell(const unsigned char *sum, char to[APR1_SIZE])
{
	static const char letters[] =
		"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	static const unsigned char order[5][3] = {
		{0, 6, 12}, {1, 7, 13}, {2, 8, 14}, {3, 9, 15}, {4, 10, 5}};
	for (unsigned i = 0; i < 5; i++) {
		unsigned long bits = (unsigned long)sum[order[i][0]] << 16 |
				     (unsigned long)sum[order[i][1]] << 8 | sum[order[i][2]];
		for (unsigned j = 0; j < 4; j++, bits >>= 6)
			*to++ = letters[bits & 63];
	}
	to[0] = letters[sum[11] & 63];
	to[1] = letters[sum[11] >> 6];
}

static int check_apr1(struct text password, struct text hash)
{
	struct text rest = hash, salt = text_split(&rest, '$');
	if (!rest.at || rest.size != APR1_SIZE) {
		errno = EINVAL;
		return -1;
	}
	if (salt.size > SALT_MOST)
		salt.size = SALT_MOST;
	struct buffer b = BUFFER_INIT;
	unsigned char sum[DIGEST_MD5];
	char own[APR1_SIZE];
	buffer_reserve(&b, APR1_ROOM);
	first_sum(password, salt, &b, sum);
	all_rounds(password, salt, &b, sum);
	spell(sum, own);
	int result = b.failed ? -1 : same(text_from(own, sizeof own), rest);
	wipe(&b);
	explicit_bzero(sum, sizeof sum);
	return result;
}

/* ---- libcrypt ---- */

/* crypt(3) takes the first two letters of anything for a salt; only this is a hash. */
static bool is_des(struct text hash)
{
	if (hash.size != 13)
		return false;
	for (size_t i = 0; i < hash.size; i++) {
		char c = hash.at[i];
		if (!((c >= '.' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
			return false;
	}
	return true;
}

static int check_crypt(const char *password, const char *hash)
{
	if (hash[0] != '$' && !is_des(text_of(hash))) {
		errno = EINVAL;
		return -1;
	}
	struct crypt_data *data = calloc(1, sizeof *data); /* 32 KiB: too much for a stack */
	if (!data)
		return -1;
	const char *own = crypt_r(password, hash, data);
	/* A form that it does not know gives NULL or, in libxcrypt, a text that begins so. */
	int result = !own || own[0] == '*' ? -1 : same(text_of(own), text_of(hash));
	explicit_bzero(data, sizeof *data);
	free(data);
	if (result < 0)
		errno = EINVAL;
	return result;
}

int os_password_check(const char *password, const char *hash)
{
	struct text p = text_of(password), h = text_of(hash);
	if (p.size > OS_PASSWORD_MOST)
		return 0;
	if (text_starts(h, TEXT("{SHA}")))
		return check_sha(p, text_from(h.at + 5, h.size - 5));
	if (text_starts(h, TEXT("$apr1$")))
		return check_apr1(p, text_from(h.at + 6, h.size - 6));
	return check_crypt(password, hash);
}
