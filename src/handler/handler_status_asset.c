/*
 * handler_status_asset - the style and the scripts of the status page
 *
 * Runs in:  workers, the status process
 * Owns:     nothing
 * Errors:   see handler_status_asset.h
 *
 * The assembler takes the files in as they are (.incbin; PREFORKD_PAGE says where they
 * are).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_status_asset.h"

#include "base/assert.h"
#include "base/siphash.h"
#include "http/http_conditional.h"

#include <inttypes.h>
#include <stdio.h>

#ifndef PREFORKD_PAGE
#define PREFORKD_PAGE "src/handler/page/"
#endif

#define ASSET(symbol, name, type)                                                                  \
	__asm__(".section .rodata\n"                                                               \
		".hidden handler_status_asset_" #symbol "\n"                                       \
		".globl handler_status_asset_" #symbol "\n"                                        \
		".hidden handler_status_asset_end_" #symbol "\n"                                   \
		".globl handler_status_asset_end_" #symbol "\n"                                    \
		"handler_status_asset_" #symbol ":\n"                                              \
		".incbin \"" PREFORKD_PAGE name "\"\n"                                             \
		"handler_status_asset_end_" #symbol ":\n"                                          \
		".byte 0\n"                                                                        \
		".text\n");                                                                        \
	extern const char handler_status_asset_##symbol[], handler_status_asset_end_##symbol[];
#include "handler/assets.def"
#undef ASSET

enum {
#define ASSET(symbol, name, type) ASSET_##symbol,
#include "handler/assets.def"
#undef ASSET
	ASSETS
};

bool handler_status_asset_is(struct text query)
{
	return text_starts(query, TEXT("asset="));
}

static const struct handler_status_asset *find(struct text name)
{
	static struct handler_status_asset assets[] = {
#define ASSET(symbol, called, media) [ASSET_##symbol] = {.name = (called), .type = TEXT(media)},
#include "handler/assets.def"
#undef ASSET
	};
	_Static_assert(COUNT_OF(assets) == ASSETS, "each has its row");
	/* Where they begin and end is known to the linker alone. */
#define ASSET(symbol, called, media)                                                               \
	assets[ASSET_##symbol].bytes = text_from(handler_status_asset_##symbol,                    \
		(size_t)(handler_status_asset_end_##symbol - handler_status_asset_##symbol));
#include "handler/assets.def"
#undef ASSET
	for (size_t i = 0; i < ASSETS; i++)
		if (text_equal(name, text_of(assets[i].name)))
			return &assets[i];
	return NULL;
}

const struct handler_status_asset *handler_status_asset_wanted(struct text query)
{
	struct text name = text_from(query.at + 6, query.size - 6);
	const char *end = memchr(name.at, '&', name.size);
	if (end)
		name.size = (size_t)(end - name.at);
	return find(name);
}

/* The bytes never change while the program runs, and another program has other ones. */
static void make_etag(const struct handler_status_asset *asset, struct http_response *r)
{
	static const unsigned char key[SIPHASH_KEY];
	unsigned char digest[SIPHASH_SIZE];
	siphash(key, asset->bytes, digest);
	uint64_t hash;
	memcpy(&hash, digest, sizeof hash);
	r->etag_size = (size_t)snprintf(r->etag, sizeof r->etag, "\"%016" PRIx64 "\"", hash);
}

int handler_status_asset_answer(const struct handler_status_asset *asset,
	const struct http_request *request, time_t now, struct http_response *r)
{
	bool holds;
	make_etag(asset, r);
	struct http_validators validators = {.etag = text_from(r->etag, r->etag_size),
		.modified = -1,
		.now = now,
		.exists = true};
	http_response_field(r, TEXT("Cache-Control"), TEXT("no-cache"));
	http_response_field(r, TEXT("X-Content-Type-Options"), TEXT("nosniff"));
	int status = http_conditional(request, &validators, &holds);
	if (status == 304) {
		r->status = 304;
		r->kind = HTTP_BODY_NONE;
		return 0;
	}
	if (status)
		return status;
	r->kind = HTTP_BODY_BYTES;
	r->type = asset->type;
	r->view = asset->bytes;
	return 0;
}

void handler_status_asset_policy(struct http_response *r)
{
	http_response_field(r, TEXT("Content-Security-Policy"),
		TEXT("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
		     "img-src 'self' data:; base-uri 'none'; form-action 'none'; "
		     "frame-ancestors 'self'"));
	http_response_field(r, TEXT("Referrer-Policy"), TEXT("same-origin"));
}
