/*
 * handler - who answers a request, and what it is given
 *
 * Runs in:  worker
 * Owns:     what a struct handler_call owns, until handler_end
 * Errors:   an HTTP status, 0: go on, or the response is complete
 *
 * A request goes through the phases of handler/phases.def, in which the server finds out what it
 * asks for, whether it may, and who answers; then the handler answers. Phases and handlers fill
 * the call and its response and never touch the socket.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_HANDLER_H
#define HANDLER_HANDLER_H

#include "base/arena.h"
#include "config/config.h"
#include "config/config_media.h"
#include "handler/handler_coding.h"
#include "handler/handler_env.h"
#include "handler/handler_later.h"
#include "http/http_request.h"
#include "http/http_response.h"
#include "os/os_file.h"
#include "wire/wire_scoreboard.h"

#include <dirent.h>

/* What a phase may say beside 0 and a status. */
enum {
	HANDLER_DONE = -1,  /* the response is complete */
	HANDLER_AGAIN = -2, /* path (and query) are new: from the first phase again */
	HANDLER_LATER = -3  /* a handler's: it answers later, see handler_later.h */
};

/* What a turn through the phases is for. */
enum handler_turn {
	HANDLER_TURN_REQUEST, /* the request, or another one in its place (Apache's redirect) */
	HANDLER_TURN_BELOW,   /* the index of its directory, its fallback (Apache's subrequest) */
	HANDLER_TURN_VARIANT  /* one of several files that its name stands for */
};

/* A directory below which files are looked for, and the end of its name in call->file. */
struct handler_root {
	int fd;      /* O_PATH; belongs to the configuration */
	size_t size; /* bytes of call->file that name it; what follows is looked up beneath it */
};

struct handler_call {
	/* what the worker gives */
	struct config *config;
	struct config_host *host;
	const struct http_request *request;
	struct http_response *response;
	const struct wire_scoreboard *scoreboard;
	time_t now;
	uint64_t started_us; /* by the clock that never steps: when the request was read */
	const struct os_address *client;
	const struct os_address *proxy; /* who connected, where it named the client; else NULL */
	int socket;                     /* for handler_local alone; -1: none */
	struct arena *arena; /* what is taken from it lives until the answer has been sent */

	/* what the phases find out */
	const struct config_dir *dir; /* what holds for what was found so far */
	struct buffer path;           /* decoded and normalised, NUL behind it */
	struct text query;            /* at NULL: none; a rewriting may have changed it */
	struct handler_root root;
	struct buffer file; /* absolute path of what the URL path stands for, NUL behind it */
	size_t path_info;   /* bytes of path; what follows them goes on behind the file */
	int fd;             /* what lies there, open for reading; -1: it cannot be had */
	struct stat st;     /* of it; st_mode 0: there is nothing */
	int missing;        /* why fd is -1: the status a file is answered with then */
	struct config_media media;  /* what its name says */
	const char *handler;        /* its name, where it is not the default one */
	const char *handler_before; /* of the first request, where another took its place; "": the
				       default one */
	const char *forced_handler; /* a rewriting rule said so; NULL: none did */
	const char *forced_type;    /* the same of the media type */
	const struct handler_rewriting *rewriting; /* rules are being applied; NULL: none are */
	bool rewritten;                            /* and that no further rules are to be applied */
	bool headed;                               /* RequestHeader was applied */
	bool is_lookup;    /* nobody answers: only whether it might be had is asked */
	bool failed;       /* the answer is a page of our own that says what is wrong */
	bool script_alias; /* ScriptAlias: a program, whatever Options say */
	const char *context_prefix, *context_root; /* the Alias that led here; NULL: none did */
	struct handler_env env;                    /* variables for logs, conditions and programs */
	const char *user, *auth_type;              /* who proved to be who; NULL: nobody */
	const char *client_name; /* HostnameLookups: of the client; NULL: nobody knows */
	bool client_confirmed;   /* and that the name has its address */
	uint64_t name_until_ms;  /* the longest it is waited for; 0: nobody has begun to */
	const char *claimed;     /* who said to be who, last; for the log alone */
	const struct config_dir *refused_by; /* the settings that said 401 or 403 last, ... */
	unsigned refused_in_turn;            /* ... and in which turn */
	bool env_begun;                      /* the variables of the host's SetEnvIf are there */
	unsigned variants;                   /* MultiViews: what the variants differ in; ... */
	bool is_variant;                     /* ... the file is one of several */
	struct handler_choice choice;        /* of a file's codings: for whoever keeps the answer */
	bool personal; /* depends on more than host and path: the answer is not kept */
	bool endless;  /* answers as long as somebody looks: its time tells nothing of the server */
	bool wants_body; /* the handler is given the request's body, which is asked for with 100 */
	bool takes_body; /* the handler takes the request's body as it comes, from `input` */
	unsigned turns;  /* how often the phases began */
	enum handler_turn turn; /* why they did so last */
	unsigned redirects;     /* and how often with REDIRECT_STATUS, for LimitInternalRecursion */
	int error;              /* the status an ErrorDocument is served under; 0: none is */
	size_t said_from, said_to;   /* of the bytes of the response's fields, a program's */
	size_t error_fields;         /* bytes of the response's fields that belong to it */
	struct http_request *errand; /* composed by the server: what request points to then */

	unsigned log_lines; /* about it in the error log, so far, which give a reason; */
	bool told;          /* ... or any at all */

	uint64_t body_size; /* bytes of content the request brought, as far as they were read */
	struct text body;   /* them, framing included, where the handler wants them */

	int (*answer)(struct handler_call *call); /* the handler; NULL: the response is complete */
	struct handler_later later;               /* of a handler that answers later */
	unsigned ended;                           /* how many such have ended */
	struct handler_body input;
};

/* Bytes of a request body that are kept for a handler that wants them. */
enum { HANDLER_BODY_MOST = 64 * 1024 };

/* Zeroed memory becomes a call. -1: out of memory. */
int handler_init(struct handler_call *call);

/* For the next request: memory is kept, descriptors are not. */
void handler_reset(struct handler_call *call);
void handler_free(struct handler_call *call);

/* Goes through the phases. Afterwards call->answer is the handler to be asked when the body, if it
 * wants it, is there; or NULL, and the response is complete. */
void handler_find(struct handler_call *call);

/* Lets the handler answer. 0: the response is complete; where the handler returned a status, it is
 * the error document of it. HANDLER_LATER: call->later says what is waited for. */
int handler_answer(struct handler_call *call);

/* What was waited for is there. As handler_answer. */
int handler_go_on(struct handler_call *call);

/* Lets go of a handler that answers later, if there is one: its answer is out, or nobody wants it
 * any more. */
void handler_end(struct handler_call *call, enum handler_outcome outcome);

/* The request was refused with `status` before anybody could be found. As handler_find. */
void handler_refuse(struct handler_call *call, int status);

/* Programs whose answers are out may take a moment to end. handler_busy looks after them, as of
 * now_ms of os_clock_ms, and after who asks for names; HANDLER_WAYS: only what the next programs
 * would have use for is left of them. handler_abandon sees all of them end; `at_once`: without
 * giving them time. */
enum handler_rest { HANDLER_NOTHING, HANDLER_WAYS, HANDLER_PROGRAMS };
enum handler_rest handler_busy(uint64_t now_ms);
void handler_abandon(bool at_once);

/* handler_find and handler_answer. */
void handler_route(struct handler_call *call);

/* The answer to a request that could not even be read, or the body that goes with `status`. */
void handler_error(struct handler_call *call, int status);

/* ServerSignature: the line at the end of pages the server makes, as HTML; or nothing. */
void handler_signature(const struct handler_call *call, struct buffer *to);

/* The error document of a status is a path of this site: makes the call a request for it. Else the
 * response becomes the document itself, and false. */
bool handler_error_elsewhere(struct handler_call *call, int status);

/* The path of the request, decoded and normalised, into call->path. 0 or a status. */
int handler_decode(struct handler_call *call);

/* Where host->remote.header: makes call->client whom a trusted proxy names (handler_remote.c). */
void handler_remote(struct handler_call *call);

/* Before a ready-made answer is looked for: sets the variables of the host's SetEnvIf. Does such an
 * answer suit this client? Once there is one, the variables of its place. */
bool handler_setenv_ready(struct handler_call *call);
void handler_setenv_of(struct handler_call *call, const struct config_dir *dir);

/* The address the client connected to; size 0 where nobody knows. */
const struct os_address *handler_local(struct handler_call *call);

/* Has the handler wait for the path call->path (and call->query) in place of this one: from the
 * first phase. For phases that return HANDLER_AGAIN. 0, or 500. */
int handler_go_to(struct handler_call *call, struct text path);

/* Is ".." a part of it? Of what is put together from what a client sent it must not be. */
bool handler_climbs(struct text path);

/* Has the request been less often elsewhere than LimitInternalRecursion allows? false: the error
 * log says so. As in Apache it is asked for the index of a directory, too. */
bool handler_may_redirect(const struct handler_call *call);

/* Before handler_go_to, where another request takes the place of this one (Apache's internal
 * redirect): a program that answers that one is told of this one by REDIRECT_ variables. `status`:
 * 200, or that of an error. false: once too often, or out of memory. */
bool handler_redirected(struct handler_call *call, int status);

/* The other request has no body and is a GET (or HEAD). false: out of memory. */
bool handler_errand(struct handler_call *call);
/* What the client said of the content it wanted (Range, If-Match, ...) does not count for it. */
void handler_forget_wishes(struct http_request *errand);

/* The phases (handler/phases.def). */
#define PHASE(function, meaning) int function(struct handler_call *call);
#include "handler/phases.def"
#undef PHASE

/* The handlers (config/handlers.def). */
#define HANDLER(name, function) int function(struct handler_call *call);
#include "config/handlers.def"
#undef HANDLER
int handler_trace(struct handler_call *call);

/* A program is to answer: what it needs to know before it is asked. As a phase. */
int handler_cgi_choose(struct handler_call *call);

/* The name of the handler that a rewriting rule, ScriptAlias, SetHandler or AddHandler says; NULL:
 * the default one, which sends a file. */
const char *handler_wanted(const struct handler_call *call);

/* GET and HEAD only; a page of the server that is posted to leaves it to handler_file, as in
 * Apache. 0, or 405 with Allow set (501 for a method nobody knows). */
int handler_only_get(struct handler_call *call);

/* Content-Type of the file, with the charset that goes with it. */
void handler_tell_type(struct handler_call *call);

/* The response is a whole file: makes it the ranges of it that were asked for, if any; `holds` is
 * the word of http_conditional. 0, or 416 with Content-Range set. */
int handler_range(struct handler_call *call, bool holds);

/* Does the absolute path lie in a directory that the host serves? */
bool handler_rewrite_serves(const struct handler_call *call, struct text path);

/* Which links may be followed there, before anybody looks who owns them. */
enum os_file_links handler_links(const struct config_dir *dir);

/* Opens a file below call->root by the rest of its absolute path, following links as Options allow;
 * its descriptor, or minus a status. */
int handler_open(const struct handler_call *call, const char *file, int flags, struct stat *st);
/* The next entry of that directory, open; NULL: there is none, or, with *status not 0, nobody can
 * tell. */
struct dirent *handler_next(DIR *dir, const char *file, int *status);
/* The codings that the answer, which is no file, can be had in: chooses one, and tells it. `length`
 * of its body, UINT64_MAX: nobody knows. 0 or a status. */
int handler_offer_codings(struct handler_call *call, uint64_t length);

/* What handler_open asks when there is no descriptor left: true: somebody gave one up, so that it
 * can be tried again. */
void handler_open_asks(bool (*give_up)(void));

#endif
