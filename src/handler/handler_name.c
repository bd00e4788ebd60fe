/*
 * handler_name - what the client is called, for rules that name hosts and for HostnameLookups
 *
 * Runs in:  worker; ask() in a process of its own
 * Owns:     the names found lately, a few of them, for a minute each; the processes that ask
 * Errors:   none; who has no name has none of those that are let in
 *
 * Asking the name service takes as long as it takes. Where a rule names hosts everybody else in
 * this worker waits; for HostnameLookups, which every request of a host is for, a child asks, and
 * the requests of that client wait for the end of its pipe. What came of it is remembered, failures
 * too.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_name.h"

#include "base/apart.h"
#include "mp/mp.h"
#include "os/os_clock.h"
#include "os/os_names.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
	NAMES = 128,
	FRESH_MS = 60 * 1000,
	ASKED = 16,           /* processes that ask at a time */
	ASKED_MS = 10 * 1000, /* the longest one is waited for */
	FULL_MS = 20          /* and so long until there is room for another, perhaps */
};

/* What was asked: the name of an address, or whether a name has it. Of fixed size, so that there is
 * never no memory for a name that is refused. */
struct answer {
	uint64_t until_ms;
	struct os_address address;    /* without its port */
	char question[OS_NAMES_SIZE]; /* the name asked about; "": which name it has */
	char name[OS_NAMES_SIZE];     /* "": it has none */
	bool holds;                   /* that name has the address */
};

static struct answer answers[NAMES] APART;
static unsigned next;

static struct os_address without_port(const struct os_address *address)
{
	struct os_address a = *address;
	if (a.of.any.sa_family == AF_INET)
		a.of.v4.sin_port = 0;
	else if (a.of.any.sa_family == AF_INET6)
		a.of.v6.sin6_port = 0;
	return a;
}

static struct answer *find(const struct os_address *address, const char *question)
{
	uint64_t now = os_clock_ms();
	for (unsigned i = 0; i < NAMES; i++)
		if (answers[i].until_ms > now && strcmp(answers[i].question, question) == 0 &&
			os_address_equal(&answers[i].address, address))
			return &answers[i];
	return NULL;
}

/* A place for a new answer, in turn. */
static struct answer *place(const struct os_address *address, const char *question)
{
	struct answer *a = &answers[next++ % NAMES];
	a->until_ms = os_clock_ms() + FRESH_MS;
	a->address = *address;
	a->name[0] = '\0';
	memcpy(a->question, question, strlen(question) + 1); /* who asks has seen that it fits */
	return a;
}

const char *handler_name_of_client(struct handler_call *call)
{
	call->personal = true;
	if (!call->client || !call->client->size)
		return NULL;
	struct os_address address = without_port(call->client);
	struct answer *a = find(&address, "");
	if (!a) {
		a = place(&address, "");
		a->holds = os_names_of(&address, a->name);
		if (!a->holds)
			a->name[0] = '\0';
	}
	return a->name[0] && a->holds ? a->name : NULL;
}

bool handler_name_is_client(struct handler_call *call, const char *name)
{
	call->personal = true;
	if (!call->client || !call->client->size || !*name || strlen(name) >= OS_NAMES_SIZE)
		return false;
	struct os_address address = without_port(call->client);
	struct answer *a = find(&address, name);
	if (!a) {
		a = place(&address, name);
		a->holds = os_names_has(name, &address);
	}
	return a->holds;
}

/* --- HostnameLookups --- */

struct reply {
	char name[OS_NAMES_SIZE];
	bool holds;
};

/* Who asks for the name of an address. */
struct asked {
	struct mp_process *process; /* NULL: nobody */
	struct mp_pipe *pipe;
	struct os_address address;
	uint64_t until_ms;
};

static struct asked all_asked[ASKED];

struct question {
	struct os_address address;
	struct mp_pipe *to;
};

static int ask(void *args, size_t size)
{
	const struct question *q = args;
	struct reply reply = {.holds = false};
	(void)size;
	if (os_names_claimed(&q->address, reply.name))
		reply.holds = os_names_has(reply.name, &q->address);
	else
		reply.name[0] = '\0';
	return mp_pipe_send_bytes(q->to, &reply, sizeof reply) < 0;
}

static bool start(struct asked *a, const struct os_address *address)
{
	struct mp_pipe *ends[2];
	if (mp_pipe_new(ends, false) < 0)
		return false;
	int kept = mp_pipe_fileno(ends[1]);
	struct question question = {*address, ends[1]};
	struct mp_process *process = mp_process_new(ask, &question, sizeof question,
		&(struct mp_process_options){.context = mp_get_context("fork"),
			.name = "name",
			.daemon = true,
			.fds = &kept,
			.fd_count = 1});
	bool started = process && mp_process_start(process) == 0;
	mp_pipe_close(ends[1]);
	if (started) {
		*a = (struct asked){process, ends[0], *address, os_clock_ms() + ASKED_MS};
		return true;
	}
	mp_pipe_close(ends[0]);
	mp_process_close(process);
	return false;
}

/* Takes the answer, once it is there, the process has failed, or it took too long; it is no longer
 * needed then. */
static bool heard(struct asked *a)
{
	struct reply reply = {.name = ""};
	ssize_t n = mp_pipe_recv_bytes_into_timeout(a->pipe, &reply, sizeof reply, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR) && os_clock_ms() < a->until_ms)
		return false;
	struct answer *answer = place(&a->address, "");
	if (n == sizeof reply)
		memcpy(answer->name, reply.name, sizeof reply.name);
	answer->holds = n == sizeof reply && reply.holds;
	mp_process_kill(a->process);
	mp_process_join(a->process, -1);
	mp_process_close(a->process);
	mp_pipe_close(a->pipe);
	a->process = NULL;
	return true;
}

/* Who asks for that address; NULL: who asks for none. */
static struct asked *who_asks(const struct os_address *address)
{
	for (size_t i = 0; i < ASKED; i++) {
		struct asked *a = &all_asked[i];
		if (address ? a->process && os_address_equal(&a->address, address) : !a->process)
			return a;
	}
	return NULL;
}

/* Not once for each request that waits for room, as these may be many. */
void handler_name_look(void)
{
	static uint64_t again_ms;
	if (os_clock_ms() < again_ms)
		return;
	again_ms = os_clock_ms() + FULL_MS;
	for (size_t i = 0; i < ASKED; i++)
		if (all_asked[i].process)
			heard(&all_asked[i]);
}

/* Whoever asks for that address, begun now if need be; NULL: there is no room. */
static struct asked *asked_for(const struct os_address *address)
{
	struct asked *a = who_asks(address);
	if (a)
		return a;
	if (!who_asks(NULL))
		handler_name_look();
	a = who_asks(NULL);
	return a && start(a, address) ? a : NULL;
}

static int look_again(struct handler_call *call)
{
	(void)call;
	return HANDLER_LATER;
}

static void let_go(struct handler_call *call)
{
	if (call->later.fds[0].fd >= 0)
		close(call->later.fds[0].fd);
}

/* Every request that waits has a descriptor of its own for the pipe, so each sees its end, whoever
 * reads what is in it. */
static void wait_for(struct handler_call *call, const struct asked *a)
{
	int fd = a ? fcntl(mp_pipe_fileno(a->pipe), F_DUPFD_CLOEXEC, 0) : -1;
	uint64_t until_ms = fd >= 0 ? a->until_ms : os_clock_ms() + FULL_MS;
	handler_end(call, HANDLER_WHOLE);
	call->later = (struct handler_later){.go_on = look_again,
		.end = let_go,
		.fds = {{fd, POLLIN, 0}, {-1, 0, 0}, {-1, 0, 0}},
		.deadline_ms = until_ms < call->name_until_ms ? until_ms : call->name_until_ms};
}

bool handler_name_wait(struct handler_call *call)
{
	if (!call->client || !call->client->size)
		return false;
	struct os_address address = without_port(call->client);
	struct answer *known = find(&address, "");
	struct asked *a = known ? NULL : asked_for(&address);
	if (!call->name_until_ms)
		call->name_until_ms = os_clock_ms() + ASKED_MS;
	if (a && heard(a))
		known = find(&address, "");
	if (!known && os_clock_ms() < call->name_until_ms) {
		wait_for(call, a);
		return true;
	}
	handler_end(call, HANDLER_WHOLE);
	if (!known) /* there was no room all the time */
		return false;
	call->client_name = known->name[0] ? arena_text(call->arena, text_of(known->name)) : NULL;
	call->client_confirmed = known->holds;
	return false;
}

const char *handler_name_known(const struct handler_call *call)
{
	const struct config_dir *dir = call->dir ? call->dir : &call->host->dir;
	if (!call->client_name || dir->small.lookups <= CONFIG_LOOKUPS_OFF ||
		(dir->small.lookups == CONFIG_LOOKUPS_DOUBLE && !call->client_confirmed))
		return NULL;
	return call->client_name;
}
