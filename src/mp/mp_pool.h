/*
 * mp_pool - what a pool, its results and its workers share
 *
 * Runs in:  the process with the pool, and its workers
 * Owns:     see each struct
 * Errors:   -1 with errno
 *
 * Work goes through one queue to all workers and comes back through another. A chunk of items is
 * one message each way. Items of one size lie in it one behind the other, as in an array, so that
 * each is aligned for any type of that size; so do answers of one size; what has different sizes
 * starts on boundaries of 16 bytes. While a worker has a chunk, the chunk's id stands in the
 * worker's mark in shared memory: set under the queue's latch before the message is taken out, and
 * cleared after the answer was put. So when a worker has died and all answers have been read, its
 * mark says which chunk died with it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_POOL_H
#define MP_POOL_H

#include "base/buffer.h"
#include "mp/mp_process.h"
#include "mp/mp_queue.h"
#include "mp/mp_shared.h"

#define MP_POOL_PAD(size) (((size) + 15) & ~(size_t)15)

/* Chunks have no more items than this, whatever the chunksize. */
enum { MP_POOL_ITEMS = 65536 };

/* A message to the workers; then the name, padded, then the items. */
struct mp_pool_chunk {
	uint64_t id;        /* 0: stop */
	uint64_t function;  /* in a forked worker; 0: find it by name */
	uint64_t item_size; /* of each; MP_POOL_SIZES: each has a mp_pool_item before it */
	uint32_t name_size;
	uint32_t count;
};
#define MP_POOL_SIZES UINT64_MAX

/* Before an item; then its bytes, padded. */
struct mp_pool_item {
	uint64_t size;
	uint64_t unused;
};

/* A message from a worker; then the answers, or a table of them and their bytes. */
struct mp_pool_answer {
	uint64_t id;
	uint32_t count;
	uint32_t each; /* bytes of each answer, none of which is an error; MP_POOL_TABLE */
};
#define MP_POOL_TABLE UINT32_MAX

struct mp_pool_entry {
	uint32_t at; /* behind the table */
	uint32_t size;
	int32_t error;
	uint32_t unused;
};

/* In shared memory, one for each worker. */
struct mp_pool_mark {
	uint64_t id;
	uint64_t taken; /* chunks since the worker started */
} __attribute__((aligned(64)));

/* What a worker is started with; then initargs. */
struct mp_pool_birth {
	struct mp_share work, answers;
	int marks; /* descriptor of the shared memory */
	unsigned slot;
	uint64_t max_tasks;
	uint64_t initializer;      /* in a forked worker */
	char initializer_name[64]; /* in others; empty: none */
	uint64_t initargs_size;
};

int mp_pool_worker(void *args, size_t size);

/* ---- The process with the pool ---- */

/* The items of one chunk. */
struct mp_result_part {
	size_t first;
	uint32_t count;
	uint32_t each;    /* as in mp_pool_answer */
	const char *data; /* what stands behind the head of the answer */
	int error;        /* of all of them */
	bool done;
	bool owned; /* data lies in a message of its own, else in the result's memory */
};

struct mp_result {
	struct mp_pool *pool; /* NULL when the pool is gone: then all is done */
	mp_callback callback, error_callback;
	void *closure;
	size_t count, done; /* items */
	size_t failed;
	size_t part_count, sent, back; /* parts: all, those sent, those that came back */
	size_t next_part, next_item;   /* of mp_result_next; the part in the order it gives them */
	size_t *arrived;               /* imap_unordered: parts in the order they came */
	struct mp_pool_source *source; /* of a call that waits: where parts not sent come from */
	struct mp_result *next_fed;
	struct mp_result_block *memory; /* that small answers lie in */
	size_t left;                    /* bytes free in the first block */
	bool freed;                     /* by its owner, before all was done */
	struct mp_result_part parts[];
};

/* What has not been done of these parts fails. */
void mp_result_fail(struct mp_result *result, size_t first, size_t count, int error);

/* Takes in the answer to a part: `size` bytes behind the head; the bytes are copied, unless they
 * lie in a message of their own, which the result owns from now on. False: it makes no sense. */
bool mp_result_answer(struct mp_result *result, size_t part, const struct mp_pool_answer *head,
	const char *data, size_t size, bool owned);

/* Calls back when all is done. The result may be gone then. */
void mp_result_settle(struct mp_result *result);

/* A result of so many parts, which the caller describes. */
struct mp_result *mp_result_new(struct mp_pool *pool, size_t count, size_t parts, bool unordered);

struct mp_pool_worker {
	struct mp_process *process; /* NULL: died and not replaced yet */
};

/* A chunk under way; the id is its place and how often the place was used. */
struct mp_pool_under_way {
	struct mp_result *result; /* NULL: the place is free */
	size_t part;
	size_t size; /* of the message */
	uint32_t generation;
	uint32_t next_free;
};

/* A chunk that found the queue full. */
struct mp_pool_waiting {
	struct mp_pool_waiting *next;
	size_t size;
	char message[];
};

enum mp_pool_state { MP_POOL_RUNNING, MP_POOL_CLOSED, MP_POOL_TERMINATED };

struct mp_pool {
	enum mp_pool_state state;
	bool broken;
	const struct mp_context *context;
	size_t size;
	struct mp_pool_worker *workers;
	unsigned early_deaths; /* in a row, of workers that had taken nothing */
	struct mp_queue *work, *answers;
	struct mp_shared marks;
	int epoll;
	bool blind;     /* no pidfds here: workers are looked at now and then */
	bool polled;    /* somebody else waits for epoll */
	int64_t alert;  /* nanoseconds to look for answers before it sleeps */
	unsigned turns; /* of mp_pool_wait */
	struct mp_pool_under_way *places;
	uint32_t place_count, first_free;
	size_t chunks_under_way, bytes_under_way;
	struct mp_pool_waiting *first_waiting, **last_waiting;
	struct mp_result *fed;       /* results of calls that wait, with parts not sent yet */
	struct buffer message;       /* the next chunk, or its head */
	char *inbox;                 /* answers taken from the queue, */
	size_t inbox_at, inbox_end;  /* and which of them have not been looked at */
	struct mp_pool_birth *birth; /* the same for all workers but for the slot */
	struct mp_share *shares;
	size_t share_count;
};

/* mp_pool_progress until a deadline; for the whole of a result there is no need to wake for each
 * part. */
int mp_pool_wait(struct mp_pool *pool, const struct mp_result *whole, int64_t deadline);

/* The items of a call, and how to get at them. */
struct mp_pool_source {
	mp_task task;
	const char *name; /* NULL: the function itself goes out */
	const char *items;
	size_t item_size;
	const struct mp_bytes *arguments; /* instead of items: tuples */
	size_t arity;
	size_t count, chunksize;
};

/* Sends all items out in chunks; what is left to do comes with the answers. With `fed` no more than
 * keeps the workers busy is sent at a time, straight from the caller's items; the caller waits for
 * the whole and calls mp_pool_send_end. */
struct mp_result *mp_pool_send(
	struct mp_pool *pool, struct mp_pool_source *s, bool unordered, bool fed);
void mp_pool_send_end(struct mp_result *result);

/* Sends more of what is fed; whether there is more. */
void mp_pool_send_more(struct mp_pool *pool);
bool mp_pool_send_has_more(const struct mp_pool *pool);

/* Sends what waited for room. */
void mp_pool_send_waiting(struct mp_pool *pool);

/* The chunk of an id, or NULL: it is not under way any more. Its place is free after release. */
struct mp_pool_under_way *mp_pool_send_find(const struct mp_pool *pool, uint64_t id);
void mp_pool_send_release(struct mp_pool *pool, struct mp_pool_under_way *at);

#endif
