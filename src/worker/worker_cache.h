/*
 * worker_cache - ready-made answers: small files, and that there is none
 *
 * Runs in:  worker; each has its own
 * Owns:     the answers, up to a number of bytes (FileCacheSize), the least lately used going first
 * Errors:   what does not fit or cannot be read is not kept; the answer is made the long way
 *
 * An entry is a head and a body in one piece, made from one descriptor whose size and time were the
 * same before and after the reading. It is believed for a second; then the file is opened again,
 * and when it is another one or has changed, the entry goes. That there is nothing, or a directory,
 * is believed to the end of the second. A path whose file is to be had in
 * several content codings has an entry for each of them that somebody asked for.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_CACHE_H
#define WORKER_CACHE_H

#include "base/list.h"
#include "handler/handler.h"

#include <sys/stat.h>

struct worker_cached {
	struct worker_cached *chain; /* of its hash bucket */
	struct list link;            /* the least lately used first */
	uint32_t hash;
	unsigned users; /* exchanges that hold it */
	bool dropped;   /* out of the cache already: the last user frees it */
	time_t checked; /* when it was last known to be true */
	struct stat file;
	unsigned offered; /* set of codings this path is to be had in; 0: Accept-Encoding does not
			     matter */
	enum http_coding coding;
	bool momentary;   /* true only in the second it was made in */
	bool rangeless;   /* Range is ignored: the body is made on the fly, or is no file's */
	int status;       /* 200, 404, or 301 from a directory's name to that with the slash */
	uint64_t witness; /* of handler_coding_witness; 0: `file` alone tells */
	const struct config_host *host;
	const struct config_dir *dir; /* for it */
	int root;                     /* beneath which `name` is found; the configuration's */
	struct text key; /* the raw path of the request; with the coding it is this entry's alone */
	struct text path; /* of the file, absolute, with a NUL behind it */
	struct text name; /* the end of it that is looked up beneath root */
	struct text head; /* up to what depends on the connection */
	struct text body;
	size_t date_at; /* of the Date value in head */
	char bytes[];
};

struct worker_shelf {
	size_t size, most; /* bytes */
	struct list used;
	struct worker_cached **buckets;
};

/* Clients choose the paths of refusals: they push nothing out but each other. */
struct worker_cache {
	struct worker_shelf files, refusals;
	size_t entry_most; /* bytes of the largest file kept */
};

enum { WORKER_CACHE_BUCKETS = 4096 };

/* `most` 0 keeps nothing. -1: out of memory. */
int worker_cache_init(struct worker_cache *cache, size_t most);

/* Is it a request of a kind that answers are kept for? */
bool worker_cache_suits(const struct http_request *rq);

/* The answer for the raw path of a request, and for its Accept-Encoding where that matters, as of
 * `now`, its Date set to `date`; NULL: there is none, or a Range of it is asked for. It stays what
 * and where it is until worker_cache_release, even when the cache drops it meanwhile. */
struct worker_cached *worker_cache_find(struct worker_cache *cache, const struct http_request *rq,
	const struct config_host *host, time_t now, const char date[HTTP_DATE_SIZE]);

/* Makes an answer from a response that says it is cacheable, to be released too; NULL: it is not
 * kept. */
struct worker_cached *worker_cache_add(struct worker_cache *cache, const struct handler_call *call,
	struct text server, const char date[HTTP_DATE_SIZE]);

void worker_cache_release(struct worker_cached *cached);

#endif
