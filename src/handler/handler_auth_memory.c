/*
 * handler_auth_memory - passwords that were found right a moment ago
 *
 * Runs in:  worker
 * Owns:     a small table, and the key to it
 * Errors:   none
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_auth_memory.h"

#include "base/apart.h"
#include "base/buffer.h"
#include "base/siphash.h"

#include <sys/random.h>

enum { ENTRIES = 512 /* 16 KiB, where it is used at all */ };

static struct entry {
	uint64_t until_ms; /* 0: free */
	unsigned char digest[SIPHASH_SIZE];
} entries[ENTRIES] APART;

static unsigned char key[SIPHASH_KEY];
static bool has_key;

/* Drawn when it is first needed, and so by each worker for itself. */
static bool draw_key(void)
{
	if (!has_key)
		has_key = getrandom(key, sizeof key, GRND_NONBLOCK) == (ssize_t)sizeof key;
	return has_key;
}

/* Each part goes with its length before it, so that none can pass for a piece of another. */
static void put(struct buffer *to, struct text part)
{
	uint64_t size = part.size;
	buffer_append(to, &size, sizeof size);
	buffer_text(to, part);
}

static bool digest(
	struct text user, struct text password, const char *hash, unsigned char to[SIPHASH_SIZE])
{
	struct buffer all = BUFFER_INIT;
	bool good = draw_key() &&
		    buffer_reserve(&all, user.size + password.size + strlen(hash) + 24) != NULL;
	if (good) { /* in one piece: growing would leave copies behind */
		put(&all, user);
		put(&all, password);
		put(&all, text_of(hash));
		siphash(key, buffer_view(&all), to);
		explicit_bzero(all.data, all.size);
	}
	good = good && !all.failed;
	buffer_free(&all);
	return good;
}

static struct entry *entry_of(const unsigned char digest[SIPHASH_SIZE])
{
	return &entries[(digest[0] | digest[1] << 8) % ENTRIES];
}

/* Looks at every byte, whatever it finds. */
static bool is_equal(const unsigned char *a, const unsigned char *b)
{
	unsigned differ = 0;
	for (int i = 0; i < SIPHASH_SIZE; i++)
		differ |= a[i] ^ b[i];
	return differ == 0;
}

bool handler_auth_memory_knows(
	struct text user, struct text password, const char *hash, uint64_t now_ms)
{
	unsigned char wanted[SIPHASH_SIZE];
	if (!digest(user, password, hash, wanted))
		return false;
	const struct entry *e = entry_of(wanted);
	return e->until_ms > now_ms && is_equal(e->digest, wanted);
}

void handler_auth_memory_keep(
	struct text user, struct text password, const char *hash, uint64_t now_ms)
{
	unsigned char fresh[SIPHASH_SIZE];
	if (!digest(user, password, hash, fresh))
		return;
	struct entry *e = entry_of(fresh);
	memcpy(e->digest, fresh, sizeof fresh);
	e->until_ms = now_ms + HANDLER_AUTH_MEMORY_MS;
}
