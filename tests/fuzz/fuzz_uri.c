/*
 * fuzz_uri - any bytes as a path and as an authority
 *
 * Runs in:  libFuzzer
 * Owns:     nothing that outlives an input
 * Errors:   abort() when a promise of http_uri.h is broken
 *
 * The first byte says what encoded slashes do.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_uri.h"

#include "fuzz/fuzz.h"

#include <stdlib.h>

static void check_path(struct text raw, enum http_uri_slashes slashes)
{
	size_t room = raw.size + 2, size = 0, again_size = 0;
	char *path = malloc(room);
	MUST(path);
	int status = http_uri_path(raw, slashes, path, room, &size);
	MUST(status == 0 || status == 400 || status == 404);
	if (status == 0) {
		MUST(size >= 1 && size < room && path[0] == '/' && strlen(path) == size);
		MUST(!strstr(path, "//") && !strstr(path, "/./") && !strstr(path, "/../"));
		MUST(size < 2 || strcmp(path + size - 2, "/.") != 0);
		MUST(size < 3 || strcmp(path + size - 3, "/..") != 0);

		/* Encoded and read again it is the same. */
		struct buffer b = BUFFER_INIT;
		http_uri_encode(&b, text_from(path, size));
		char *again = malloc(b.size + 2);
		MUST(again);
		MUST(http_uri_path(buffer_view(&b), HTTP_URI_SLASHES_OFF, again, b.size + 2,
			     &again_size) == 0);
		MUST(again_size == size && memcmp(again, path, size) == 0);
		free(again);
		buffer_free(&b);
	}
	free(path);
}

static void check_authority(struct text t)
{
	char host[64], again[64];
	unsigned port = 0;
	bool valid = http_uri_authority(t);
	struct text h = http_uri_host(t, host, sizeof host, &port);
	if (!valid)
		return;
	MUST(port <= 65535);
	for (size_t i = 0; i < t.size; i++)
		MUST((unsigned char)t.at[i] > ' ' && (unsigned char)t.at[i] < 127 &&
			!strchr("/?#@\"<>\\", t.at[i]));
	if (h.size > 1 && h.at[h.size - 1] != '.') { /* "a.." loses one dot a time */
		MUST(http_uri_authority(h));
		MUST(text_equal(http_uri_host(h, again, sizeof again, NULL), h));
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
	if (size < 1)
		return 0;
	struct text t = text_from((const char *)input + 1, size - 1);
	check_path(t, (enum http_uri_slashes)(input[0] % 3));
	check_authority(t);
	return 0;
}
