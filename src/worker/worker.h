/*
 * worker - what the files of this folder share
 *
 * Runs in:  worker
 * Owns:     the connections it took and the buffers they borrow
 * Errors:   a connection's failure ends that connection; the worker's own ends the worker, with an
 *           exit code of wire/exits.def that tells the parent why
 *
 *   worker_main      birth, and which of the drivers runs
 *   worker_event     the driver of a worker with many connections: a loop on libev
 *   worker_classic   the driver of a worker with one connection: blocking calls
 *   worker_conn      one connection: the table of steps
 *   worker_patience  how long it may take
 *   worker_crowd     how many connections one client may have
 *   worker_keep      connections that go to the keeper, and come back
 *   worker_body      the bodies of requests: read past, or kept for whoever wants them
 *   worker_respond   the head of an answer, and the body where it goes out with it
 *   worker_later     answers that are not there at once
 *   worker_stream    answers that come out of a pipe
 *   worker_waits     what an answer that is not there at once waits for, in a loop
 *   worker_send      answers on their way out
 *   worker_cache     ready-made answers of small files
 *   worker_log       the access log: which requests have a line in which log
 *   worker_log_field the letters of LogFormat
 *   worker_log_time  those that are about the time
 *   worker_log_out   lines on their way out
 *   worker_log_error the error log: what lines are about
 *   worker_report    reports to the parent
 *   worker_command   commands from the parent
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#define LOG_AREA "worker"
#include "base/assert.h"
#include "base/buffer.h"
#include "base/list.h"
#include "handler/handler.h"
#include "http/http_chunked.h"
#include "os/os_clock.h"
#include "wire/wire_heritage.h"
#include "worker/worker_cache.h"

#include <ev.h>

enum {
	WORKER_IN = 64 * 1024,       /* bytes one recv(2) may bring */
	WORKER_OUT_MOST = 256 * 1024 /* answers are sent when so many bytes of them are ready */
};

/* One request and its answer. A connection holds one only while a request is unfinished; between
 * requests the worker lends the same few to everybody. */
struct worker_exchange {
	struct worker_exchange *next; /* while it is free */
	struct http_request request;
	struct http_response response;
	struct handler_call call; /* what becomes of the request; its answer lives in response */
	struct http_chunked chunked;
	size_t start;          /* where its head begins in the input; once it is routed, its body */
	bool routed;           /* the head is whole, or there will be no more of it */
	bool reading_body;     /* its body is being skipped, or spooled */
	bool handed_on;        /* or else to a handler, as it comes */
	bool continued;        /* the client was told to send its body, or did so unasked */
	bool draining;         /* the answer is out, and the rest of the body is skipped */
	uint64_t body_left;    /* of a request body with a length: bytes not yet used */
	uint64_t body_skipped; /* bytes of the body skipped so far */
	size_t spool_at;       /* of the spool: bytes the handler has taken */
	struct buffer spool;   /* a body in chunks for a handler that wants it whole; ... */
	int spool_fd;          /* ... a larger one, in a file; or -1 */
	struct buffer trailer; /* the lines behind a body in chunks, for the log */
	uint64_t started_us;
	uint64_t sending_ms;    /* when the answer began to go out */
	uint64_t begun_ms;      /* when its first byte came; of its body, when that was due */
	uint64_t answered_us;   /* when the answer began, where LogIOTrackTTFB is on; else 0 */
	uint64_t body_size;     /* of the answer, as it goes into the log */
	uint64_t head_size;     /* of the answer */
	uint64_t file_left;     /* of a body from a file: bytes still to send */
	size_t part, part_text; /* of a body in parts: those begun, their bytes of text */
	bool in_parts;          /* and there are more */
	bool pipe_ended;        /* of a body from a pipe: nothing more is read from it, ... */
	bool pipe_over;         /* ... and it is known whether that was all */
	bool cut;               /* and the answer ends where it is */
	bool too_long;          /* more came out of it than was promised */
	uint64_t pipe_left;     /* of one whose length was told: bytes still to come */
	struct worker_cached *cached; /* the ready-made answer, held until the end; or NULL */
	int refused;                  /* the status a head was refused with, or 0 */
	bool keep;                    /* the connection goes on after this answer */
};

/* The places a connection can be at; worker_conn.c has the table. */
enum worker_place {
#define WORKER_STEP(symbol, function) WORKER_##symbol,
#include "worker/steps.def"
#undef WORKER_STEP
	WORKER_STEPS,
	/* not steps: the driver's turn */
	WORKER_WAIT_READ = WORKER_STEPS, /* until there is more to read */
	WORKER_WAIT_WRITE,               /* until there is room to write */
	WORKER_WAIT_HANDLER,             /* until one of worker_later_fds is ready */
	WORKER_CLOSE
};

/* What a connection may wait for at the same time: the client, what a handler waits for, and the
 * pipe its answer comes out of. */
enum { WORKER_FDS = 2 + HANDLER_LATER_FDS };

/* What a connection is at, as far as patience goes. */
enum worker_stage {
	WORKER_STAGE_IDLE,   /* between two requests */
	WORKER_STAGE_HEAD,   /* its request arrives, or is due */
	WORKER_STAGE_BODY,   /* that request's body */
	WORKER_STAGE_ANSWER, /* it is being answered */
	WORKER_STAGE_LINGER, /* all is said */
	WORKER_STAGES
};

struct worker_conn {
	struct list link; /* in one of the worker's lists: the least lately active first */
	struct worker *worker;
	ev_io io; /* of a worker with many connections */
	int fd;
	enum worker_place place;    /* where it goes on */
	bool lingers;               /* we have said all and only wait for the client to end */
	bool close_after;           /* what is in out is the last answer */
	bool unread;                /* and the client may have sent what nobody reads: linger */
	bool broken;                /* nothing can be sent any more */
	bool brisk;                 /* it waits for more than its client, so nothing may block */
	bool client_ended;          /* the client will send no more */
	bool sent_since;            /* and something was sent to it since then */
	unsigned ready;             /* a set of indexes in worker_later_fds: what was waited for */
	uint64_t ended_ms;          /* when the client did */
	struct worker_waits *waits; /* worker_event's watchers of what it waits for; or NULL */
	uint32_t served;            /* requests */
	uint64_t number;            /* of the connections of this worker, from 1 */
	uint32_t crowd_place;       /* where it is counted; 0: it is not */
	bool resumed;               /* taken from the keeper: another worker counted it */
	bool told;                  /* the error log has a line about it */
	bool rests;                 /* counted among the worker's idle_open */
	uint64_t since_ms;          /* the last thing that moved */
	struct os_address from;
	const struct config_host_set *hosts; /* at the address it came in by */
	struct config_host *host;            /* of its last request; the first of them before */
	struct buffer in;                    /* bytes of an unfinished request */
	size_t at;                           /* of these, used */
	struct buffer out;                   /* answers the kernel had no room for */
	struct worker_exchange *exchange;    /* the unfinished request; NULL: none */
};

/* The lines of one CustomLog that have not been written yet. */
struct worker_log {
	struct buffer lines;
	bool piped;    /* it may be full, and takes only so much at once */
	bool within;   /* the last write ended within a line, */
	bool torn;     /* whose rest was lost */
	unsigned lost; /* lines since it was last said that some were */
	int why;       /* errno of the write that lost some of them */
};

struct worker {
	const struct wire_heritage *heritage;
	struct config *config;
	struct http_limits limits; /* of the main server */
	struct text server;        /* the value of Server */

	/* the time, read once a turn */
	time_t now;
	uint64_t now_ms;
	char date[HTTP_DATE_SIZE];

	/* lent to the connection whose turn it is */
	struct buffer in;     /* what the last recv(2) brought, or the connection's own bytes */
	struct buffer *input; /* &in, or the connection's own */
	size_t at;            /* bytes of it used */
	struct buffer out;
	struct buffer coded; /* of a piece that goes out in a coding */
	struct worker_exchange *free_exchanges;

	struct worker_cache cache;
	struct worker_log *logs; /* of the configuration's logs, in their order */

	/* its connections */
	struct list stages[WORKER_STAGES]; /* in each the least lately active first */
	struct list waiting;               /* for handlers */
	uint32_t open;
	uint32_t idle_open; /* of these, between two requests */
	uint64_t resumed;   /* connections taken from the keeper */
	struct wire_counts counts;
	uint32_t missed;                     /* connections that were passed to it in vain */
	enum wire_state said;                /* in the last report */
	struct wire_diary *diary;            /* its page; NULL: it has none */
	const struct worker_exchange *noted; /* which it says the worker is at; NULL: at none */
	uint32_t last_us;
	bool changed; /* since the last report */
	bool named;   /* there is a request that the next report will name */
	uint64_t reported_ms;
	char last_client[WIRE_CLIENT], last_request[WIRE_REQUEST], last_host[WIRE_HOST];

	/* its own end */
	bool draining;     /* takes nothing new */
	bool recycled;     /* drains because it served enough */
	bool orphan;       /* its parent is gone */
	bool oneshot;      /* one connection, one request */
	bool let_go;       /* of the listeners */
	bool never_blocks; /* its sockets do not block either when it writes */
	bool polls;        /* it waits for clients itself, so that no read may block */
	enum wire_state farewell;

	/* of worker_event */
	struct ev_loop *loop;
};

/* worker_main.c */
void worker_look_at_clock(struct worker *w);
struct worker_exchange *worker_lend_exchange(struct worker *w); /* NULL: out of memory */
void worker_return_exchange(struct worker *w, struct worker_exchange *x);
bool worker_may_take(const struct worker *w); /* one more connection */
void worker_took(struct worker *w);
/* Closes the listeners of a worker that drains: as long as somebody holds them the kernel takes
 * connections, and when the server stops nobody would ever serve those. */
void worker_let_go(struct worker *w);
int worker_exit_code(const struct worker *w);

/* worker_event.c, worker_classic.c: serve until the end; return the exit code. */
int worker_event_run(struct worker *w);
/* One more listener, which belongs to the worker from now on; others close it unseen. */
void worker_event_listen(struct worker *w, int fd);
void worker_event_give_back(void);
int worker_classic_run(struct worker *w);
int worker_classic_oneshot(struct worker *w, int fd, const struct os_address *from);

/* worker_conn.c */
/* A connection without any history, not counted yet; worker_conn_open counts it. */
void worker_conn_begin(
	struct worker *w, struct worker_conn *c, int fd, const struct os_address *from);
void worker_conn_open(
	struct worker *w, struct worker_conn *c, int fd, const struct os_address *from);
/* Goes on until the connection waits for something: WORKER_WAIT_READ, WORKER_WAIT_WRITE or
 * WORKER_CLOSE. What it sends and reads is up to the socket: with a blocking one, a wait means that
 * the socket's own timeout ran out. */
enum worker_place worker_conn_run(struct worker *w, struct worker_conn *c);
/* That is over: a client that stopped in the middle of a request is told so with 408 (RFC 9110
 * 15.5.9); WORKER_CLOSE where there is nothing to say. As worker_conn_run. */
enum worker_place worker_conn_expire(struct worker *w, struct worker_conn *c);

/* Its time may be over; but what its client did in time, while the worker stood still, may not have
 * been heard yet. */
enum worker_place worker_conn_run_or_expire(struct worker *w, struct worker_conn *c);
void worker_conn_close(struct worker *w, struct worker_conn *c);
/* For whoever asks what this worker is at, should it not come back: at this connection's request,
 * which is routed. */
void worker_conn_note(struct worker *w, const struct worker_conn *c);

/* An exchange is over: the log line, and so on. */
enum worker_place worker_conn_answered(struct worker_conn *c);
/* A handler said something: WORKER_RESPOND, or the wait for it. */
enum worker_place worker_conn_heard(struct worker *w, struct worker_conn *c, int said);

/* worker_respond.c, worker_later.c, worker_stream.c: steps. */
enum worker_place worker_respond_step(struct worker *w, struct worker_conn *c);
enum worker_place worker_later_step(struct worker *w, struct worker_conn *c);
enum worker_place worker_later_name(struct worker *w, struct worker_conn *c);
enum worker_place worker_stream_step(struct worker *w, struct worker_conn *c);

/* What a connection in WORKER_WAIT_HANDLER waits for; WORKER_FDS of them, those with fd -1 for
 * nothing. When one is ready its index goes into c->ready (and what was found into call->later.fds,
 * for those), and the connection is run. */
void worker_later_fds(const struct worker_conn *c, struct pollfd fds[WORKER_FDS]);
enum {
	WORKER_FD_CLIENT,
	WORKER_FD_PIPE,
	WORKER_FD_HANDLER /* the first of the handler's */
};
/* Milliseconds until the connection is to be run even if nothing is ready; -1: never. */
int worker_later_due_ms(const struct worker *w, const struct worker_conn *c);
/* What is to be waited for from now on, c->place being LATER or STREAM. */
enum worker_place worker_later_wait(
	struct worker *w, struct worker_conn *c, enum worker_place place);
/* Before anything else in a turn: what has the client to say, whose time is over. false: nobody is
 * there any more. */
bool worker_later_look(struct worker *w, struct worker_conn *c);
/* The body, as far as it has come, for the handler; and what it took of it. */
void worker_later_offer(struct worker *w, struct worker_exchange *x);
void worker_later_taken(struct worker *w, struct worker_exchange *x);

/* worker_waits.c: the same for a loop. The connection is run by `run` when something of it is
 * ready, or due within a second; false: out of memory. */
bool worker_waits_for_all(struct worker *w, struct worker_conn *c,
	void (*run)(struct worker *w, struct worker_conn *c));
void worker_waits_end(struct worker *w, struct worker_conn *c);
/* Once a second: runs those that are due. */
void worker_waits_look(struct worker *w);

/* worker_stream.c: the answer is one out of a pipe, whose head (and `bytes`) went into the output.
 */
void worker_stream_begin(struct worker *w, struct worker_exchange *x);

/* worker_patience.c */
enum worker_stage worker_conn_stage(const struct worker_conn *c);
/* How long the connection may stay as it is, in milliseconds since since_ms. */
uint64_t worker_conn_patience(const struct worker *w, const struct worker_conn *c);
/* The time, by now_ms, when that is over; of a request that arrives in small pieces, when all of it
 * takes too long. */
uint64_t worker_conn_due_ms(const struct worker *w, const struct worker_conn *c);
/* Does it take longer to read its answer than ResponseWriteTimeout allows? */
bool worker_conn_reads_too_slowly(const struct worker *w, const struct worker_conn *c);
/* Does what it sends, head or body, take longer than RequestReadTimeout allows in all? */
bool worker_conn_too_slow(const struct worker *w, const struct worker_conn *c);

/* worker_crowd.c: true, and where it is counted; false: its client has too many already, and it is
 * closed. */
bool worker_crowd_admit(struct worker *w, int fd, const struct os_address *from, uint32_t *place);

/* worker_body.c: 0: the body is skipped (or spooled); HTTP_MORE; a status. */
void worker_body_begin(struct worker *w, struct worker_exchange *x);
int worker_body_skip(struct worker *w, struct worker_exchange *x);
bool worker_body_fits(const struct worker_exchange *x);
/* The body as it came, framing included, when all of it was kept; else empty. */
struct text worker_body_kept(const struct worker *w, const struct worker_exchange *x);
/* Nobody waits for the rest: where the connection goes on. */
enum worker_place worker_body_leave(struct worker_conn *c);
/* Somebody else wants the worker: a body that nobody will look at is waited for no longer, and the
 * connection can be run; its answer says that it ends. false: that is not what it waits for. */
bool worker_body_hurry(struct worker_conn *c);
/* Gives back what the body took. */
void worker_body_end(struct worker_exchange *x);

/* worker_send.c: 0: all is out; -1 with EAGAIN: the rest is kept; -1: the connection is broken. */
int worker_send_out(struct worker *w, struct worker_conn *c, bool more);
int worker_send_file(struct worker *w, struct worker_conn *c, struct worker_exchange *x);
/* Bytes of a file sent in one turn, so that one client's large file does not starve the others. */
enum { WORKER_FILE_TURN = 512 * 1024 };
/* Puts the next text of a body in parts into the output and makes the piece of the file behind it
 * the file to send; false: there is no more. */
bool worker_send_part(struct worker *w, struct worker_exchange *x);

/* worker_log.c */
void worker_log_request(struct worker *w, const struct worker_conn *c, struct worker_exchange *x);

/* Does one of the host's logs ask for what only a request that was looked into can tell? */
bool worker_log_asks(const struct config_host *host);

/* worker_log_out.c */
int worker_log_open(struct worker *w);
void worker_log_flush(struct worker *w); /* at the end of each turn */
void worker_log_end(struct worker *w);   /* what still waits gets a last chance of a second */

/* worker_log_error.c: lines of the error log from now on are about the request of this connection,
 * if it has one; NULL: about none. */
void worker_log_about(struct worker_conn *c);

/* worker_report.c */
void worker_report_request(
	struct worker *w, const struct worker_conn *c, const struct worker_exchange *x);
/* false: the parent does not get it. */
bool worker_report(struct worker *w, enum wire_state state);
/* At most ten times a second: the driver calls it after each turn. */
void worker_report_maybe(struct worker *w, enum wire_state state);
enum { WORKER_REPORT_MS = 100 };

/* worker_command.c: obeys what is in the pipe. `take` is called with each connection that comes
 * down it. */
void worker_command_read(
	struct worker *w, void (*take)(struct worker *w, int fd, const struct os_address *from));

#endif
