/*
 * worker_cache - ready-made answers of small files
 *
 * Runs in:  worker
 * Owns:     see worker_cache.h
 * Errors:   NULL: the answer is made the long way
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker_cache.h"

#include "base/assert.h"
#include "os/os_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	ENTRY_MOST = 128 * 1024,
	ENTRY_SHARE = 8,
	REFUSALS_MOST = 256 * 1024, /* some 150 of them */
};

static int put_up(struct worker_shelf *shelf, size_t most)
{
	*shelf = (struct worker_shelf){.most = most};
	list_init(&shelf->used);
	if (!most)
		return 0;
	shelf->buckets = calloc(WORKER_CACHE_BUCKETS, sizeof(struct worker_cached *));
	return shelf->buckets ? 0 : -1;
}

int worker_cache_init(struct worker_cache *cache, size_t most)
{
	cache->entry_most = most / ENTRY_SHARE < ENTRY_MOST ? most / ENTRY_SHARE : ENTRY_MOST;
	if (put_up(&cache->files, most) < 0)
		return -1;
	return put_up(&cache->refusals, most < REFUSALS_MOST ? most : REFUSALS_MOST);
}

/* FNV-1a, eight bytes at a time where there are eight. Clients choose the paths, but most that come
 * in here are those of files that exist; the others have a small shelf to themselves. */
static uint32_t hash_of(struct text t)
{
	uint64_t h = 0xcbf29ce484222325u;
	size_t i = 0;
	for (; i + 8 <= t.size; i += 8) {
		uint64_t word;
		memcpy(&word, t.at + i, 8);
		h = (h ^ word) * 0x100000001b3u;
		h ^= h >> 29;
	}
	for (; i < t.size; i++)
		h = (h ^ (unsigned char)t.at[i]) * 0x100000001b3u;
	return (uint32_t)(h ^ h >> 32);
}

static size_t cost_of(const struct worker_cached *e)
{
	return sizeof *e + e->key.size + e->path.size + 1 + e->head.size + e->body.size;
}

static void drop(struct worker_shelf *shelf, struct worker_cached *e)
{
	struct worker_cached **at = &shelf->buckets[e->hash % WORKER_CACHE_BUCKETS];
	while (*at != e)
		at = &(*at)->chain;
	*at = e->chain;
	list_remove(&e->link);
	shelf->size -= cost_of(e);
	e->dropped = true;
	if (!e->users)
		free(e);
}

void worker_cache_release(struct worker_cached *cached)
{
	if (--cached->users == 0 && cached->dropped)
		free(cached);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mode == b->st_mode && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Opened and not only looked at: whether it may still be read is part of the question. */
static bool is_still_true(const struct worker_cached *e)
{
	struct stat st;
	if (e->witness)
		return handler_coding_witness(e->root, e->dir, e->name.at) == e->witness;
	int fd = os_file_open_links(e->root, e->name.at, O_RDONLY, handler_links(e->dir));
	bool same = fd >= 0 && fstat(fd, &st) == 0 && is_same(&e->file, &st);
	if (fd >= 0)
		close(fd);
	return same;
}

/* Only what every client gets alike is ready-made. */
bool worker_cache_suits(const struct http_request *rq)
{
	static const enum http_known conditions[] = {HTTP_IF_MATCH, HTTP_IF_NONE_MATCH,
		HTTP_IF_MODIFIED_SINCE, HTTP_IF_UNMODIFIED_SINCE};
	if ((rq->method != HTTP_METHOD_GET && rq->method != HTTP_METHOD_HEAD) ||
		rq->body != HTTP_FRAMING_NONE)
		return false;
	for (size_t i = 0; i < COUNT_OF(conditions); i++)
		if (http_request_has(rq, conditions[i]))
			return false;
	return rq->path.size > 0;
}

static struct worker_cached *find_path(
	struct worker_cached *e, uint32_t hash, const struct config_host *host, struct text key)
{
	while (e && (e->hash != hash || e->host != host || !text_equal(e->key, key)))
		e = e->chain;
	return e;
}

/* Of the entries of a path, of which `first` is the first: the one this client gets. Two that
 * disagree about what there is to choose from are not both true any more. */
static struct worker_cached *find_coding(
	struct worker_shelf *shelf, struct worker_cached *first, const struct http_request *rq)
{
	enum http_coding coding = http_coding_choose(rq, first->offered);
	struct worker_cached *e = first;
	while (e && e->coding != coding)
		e = find_path(e->chain, first->hash, first->host, first->key);
	if (!e || e->offered == first->offered)
		return e;
	drop(shelf, e);
	drop(shelf, first);
	return NULL;
}

static struct worker_cached *find_on(struct worker_shelf *shelf, const struct http_request *rq,
	const struct config_host *host, uint32_t hash, time_t now)
{
	struct worker_cached *e =
		find_path(shelf->buckets[hash % WORKER_CACHE_BUCKETS], hash, host, rq->path);
	if (e && e->offered)
		e = find_coding(shelf, e, rq);
	/* What was made on the fly is sent whole whatever Range says; all else has ranges. */
	if (!e || (http_request_has(rq, HTTP_RANGE) && !e->rangeless))
		return NULL;
	if (e->status == 301 && rq->query.at) /* which goes along */
		return NULL;
	if (e->checked == now) /* neither a new second nor a clock that was set */
		return e;
	/* What was made at a later hour than it is now may tell of a change that is yet to come. */
	if (e->momentary || now < e->checked || !is_still_true(e)) {
		drop(shelf, e);
		return NULL;
	}
	list_remove(&e->link);
	list_append(&shelf->used, &e->link);
	return e;
}

struct worker_cached *worker_cache_find(struct worker_cache *cache, const struct http_request *rq,
	const struct config_host *host, time_t now, const char date[HTTP_DATE_SIZE])
{
	if (!cache->files.buckets)
		return NULL;
	uint32_t hash = hash_of(rq->path);
	struct worker_cached *e = find_on(&cache->files, rq, host, hash, now);
	if (!e)
		e = find_on(&cache->refusals, rq, host, hash, now);
	if (!e)
		return NULL;
	if (e->checked != now) {
		e->checked = now;
		memcpy((char *)e->head.at + e->date_at, date, HTTP_DATE_SIZE);
	}
	e->users++;
	return e;
}

static char *put(char *to, struct text *slice, const void *from, size_t size)
{
	*slice = text_from(to, size);
	if (from)
		memcpy(to, from, size);
	return to + size;
}

/* Reads the body; false when it is not the file whose size and time the head tells. */
static bool read_body(struct worker_cached *e, int fd)
{
	struct stat after;
	ssize_t n = os_file_read(fd, (char *)e->body.at, e->body.size, 0);
	return n == (ssize_t)e->body.size && fstat(fd, &after) == 0 && is_same(&e->file, &after);
}

/* Does the file still have the size and time that the head tells? Of no file: always. */
static bool is_of_file(struct worker_cached *e, const struct http_response *r)
{
	if (r->fd < 0)
		return r->momentary;
	return fstat(r->fd, &e->file) == 0 &&
	       (r->kind == HTTP_BODY_BYTES || (uint64_t)e->file.st_size == r->length);
}

/* A body made on the fly is in memory, made of a file that did not change meanwhile. */
static struct worker_cached *make(const struct handler_call *call, struct text head)
{
	const struct http_response *r = call->response;
	struct text key = call->request->path;
	struct text path = buffer_view(&call->file);
	bool made = r->kind == HTTP_BODY_BYTES;
	size_t length = (size_t)http_response_length(r);
	struct worker_cached *e = malloc(sizeof *e + key.size + path.size + 1 + head.size + length);
	if (!e || !is_of_file(e, r)) {
		free(e);
		return NULL;
	}
	char *to = put(e->bytes, &e->key, key.at, key.size);
	to = put(to, &e->path, path.at, path.size);
	e->name = r->fd < 0 ? TEXT("")
			    : text_from(e->path.at + call->root.size, path.size - call->root.size);
	*to++ = '\0';
	to = put(to, &e->head, head.at, head.size);
	put(to, &e->body, made ? r->bytes.data : NULL, length);
	if (!made && !read_body(e, r->fd)) {
		free(e);
		return NULL;
	}
	e->offered = call->choice.offered;
	e->coding = call->choice.coding;
	e->rangeless = made;
	e->status = r->status;
	e->momentary = r->momentary;
	e->witness = call->choice.witness;
	e->dir = call->dir;
	e->host = call->host;
	e->root = call->root.fd;
	return e;
}

static void insert(struct worker_shelf *shelf, struct worker_cached *e)
{
	LIST_EACH(member, &shelf->used) {
		if (shelf->size + cost_of(e) <= shelf->most)
			break;
		drop(shelf, LIST_ENTRY(member, struct worker_cached, link));
	}
	e->hash = hash_of(e->key);
	e->chain = shelf->buckets[e->hash % WORKER_CACHE_BUCKETS];
	shelf->buckets[e->hash % WORKER_CACHE_BUCKETS] = e;
	list_append(&shelf->used, &e->link);
	shelf->size += cost_of(e);
}

struct worker_cached *worker_cache_add(struct worker_cache *cache, const struct handler_call *call,
	struct text server, const char date[HTTP_DATE_SIZE])
{
	const struct http_response *r = call->response;
	if (!cache->files.buckets || !r->cacheable || http_response_length(r) > cache->entry_most)
		return NULL;
	/* A file changed within this second may change again without its time showing it. */
	if (r->modified >= call->now - 1)
		return NULL;
	struct buffer head = BUFFER_INIT;
	size_t date_at = 0, end_at = 0;
	http_response_head(r, call->request, date, server, &head, &date_at, &end_at);
	struct worker_cached *e = head.failed ? NULL : make(call, text_from(head.data, end_at));
	buffer_free(&head);
	if (!e)
		return NULL;
	e->users = 1;
	e->dropped = false;
	e->date_at = date_at;
	e->checked = call->now;
	insert(e->status == 200 ? &cache->files : &cache->refusals, e);
	return e;
}
