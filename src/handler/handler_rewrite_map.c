/*
 * handler_rewrite_map - what a RewriteMap makes of a key
 *
 * Runs in:  worker
 * Owns:     nothing; files of maps are kept by handler_auth_file
 * Errors:   false: out of memory. A map that is not there, or cannot be read, has no value for any
 *           key, and the error log says so
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_AREA "rewrite"
#include "handler/handler_rewrite.h"

#include "base/log.h"
#include "handler/handler_auth_file.h"
#include "http/http_uri.h"
#include "os/os_clock.h"

#include <stdlib.h>
#include <unistd.h>

static const struct config_rewrite_map *find(const struct handler_call *call, const char *name)
{
	const struct config_rewrite_map *map = call->host->rewrite_maps;
	while (map && strcmp(map->name, name) != 0)
		map = map->next;
	return map;
}

static void put_case(struct buffer *to, struct text key, bool upper)
{
	for (size_t i = 0; i < key.size; i++) {
		char c = key.at[i];
		if (upper ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z')
			c ^= 0x20;
		buffer_append(to, &c, 1);
	}
}

static int digit_of(char c)
{
	return c >= '0' && c <= '9'                 ? c - '0'
	       : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
						    : -1;
}

/* Nothing that decodes to a NUL is a path. */
static void put_decoded(struct buffer *to, struct text key)
{
	for (size_t i = 0; i < key.size; i++) {
		char c = key.at[i];
		int high = c == '%' && i + 2 < key.size ? digit_of(key.at[i + 1]) : -1;
		int low = high >= 0 ? digit_of(key.at[i + 2]) : -1;
		if (low >= 0 && (high || low)) {
			c = (char)(high << 4 | low);
			i += 2;
		}
		buffer_append(to, &c, 1);
	}
}

/* One of "a|b|c". */
static struct text any_of(struct text value)
{
	static unsigned seed;
	size_t count = 1;
	if (!seed)
		seed = (unsigned)getpid() ^ (unsigned)os_clock_us();
	for (size_t i = 0; i < value.size; i++)
		count += value.at[i] == '|';
	struct text choice = {NULL, 0};
	for (size_t left = (size_t)rand_r(&seed) % count + 1; left; left--)
		choice = text_split(&value, '|');
	return choice;
}

/* at NULL: it has none. */
static struct text value_in_file(
	const struct config_rewrite_map *map, struct text key, struct arena *memory)
{
	static struct log_throttle throttle;
	const struct handler_auth_file *file = handler_auth_file_words(map->path);
	const char *copy = file ? arena_text(memory, key) : NULL;
	const char *value = copy ? handler_auth_file_word(file, copy) : NULL;
	if (!file && log_once_a_second(&throttle))
		log_error("cannot read the map %s: %s: %m", map->name, map->path);
	struct text t = value ? text_of(value) : (struct text){NULL, 0};
	return value && map->kind == CONFIG_REWRITE_MAP_RANDOM ? any_of(t) : t;
}

/* false: the map has no value for the key. */
static bool look_up(struct handler_call *call, const struct config_rewrite_map *map,
	struct text key, struct buffer *to)
{
	struct text value;
	switch (map->kind) {
	case CONFIG_REWRITE_MAP_UPPER:
	case CONFIG_REWRITE_MAP_LOWER:
		put_case(to, key, map->kind == CONFIG_REWRITE_MAP_UPPER);
		return true;
	case CONFIG_REWRITE_MAP_ESCAPE:
		http_uri_encode(to, key);
		return true;
	case CONFIG_REWRITE_MAP_UNESCAPE:
		put_decoded(to, key);
		return true;
	default:
		value = value_in_file(map, key, call->arena);
		buffer_text(to, value);
		return value.at != NULL;
	}
}

static void trace(const struct handler_rewriting *rw, const struct config_rewrite_map *map,
	struct text key, bool found, struct text value)
{
	const char *kind = map->path ? "[txt]" : "";
	if (found)
		handler_rewrite_trace(rw, 5, "map lookup OK: map=%s%s key=%.*s -> val=%.*s",
			map->name, kind, TEXT_ARGS(key), TEXT_ARGS(value));
	else
		handler_rewrite_trace(rw, 5, "map lookup FAILED: map=%s%s key=%.*s", map->name,
			kind, TEXT_ARGS(key));
}

bool handler_rewrite_map(struct handler_rewriting *rw, const struct config_rewrite_map_call *wanted,
	struct buffer *to)
{
	static struct log_throttle throttle;
	const struct config_rewrite_map *map = find(rw->call, wanted->name);
	struct buffer text = BUFFER_INIT;
	if (!map && log_once_a_second(&throttle))
		log_error("there is no RewriteMap '%s'", wanted->name);
	bool good = handler_rewrite_put(rw, &wanted->key, NULL, &text);
	size_t before = to->size;
	bool found = good && map && look_up(rw->call, map, buffer_view(&text), to);
	if (good && map && rw->traced)
		trace(rw, map, buffer_view(&text), found,
			text_from(to->data + before, to->size - before));
	if (good && !found) {
		good = handler_rewrite_put(rw, &wanted->fallback, NULL, &text);
		if (good)
			buffer_text(to, buffer_view(&text));
	}
	buffer_free(&text);
	return good;
}
