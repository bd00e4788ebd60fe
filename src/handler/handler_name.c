/*
 * handler_name - the client's name, for rules that name hosts
 *
 * Runs in:  worker
 * Owns:     the names found lately, a few of them, for a minute each
 * Errors:   none; who has no name has none of those that are let in
 *
 * Asking the name service takes as long as it takes, and everybody else in this worker waits. So it
 * is done only where a rule names hosts, and what came of it is remembered, failures too.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_access.h"

#include "base/apart.h"
#include "os/os_clock.h"
#include "os/os_names.h"

#include <string.h>

enum { NAMES = 32, FRESH_MS = 60 * 1000 };

/* What was asked: the name of an address, or whether a name has it. Of fixed size, so that there is
 * never no memory for a name that is refused. */
struct answer {
	uint64_t until_ms;
	struct os_address address;    /* without its port */
	char question[OS_NAMES_SIZE]; /* the name asked about; "": which name it has */
	char name[OS_NAMES_SIZE];     /* "": it has none */
	bool holds;
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
		if (!os_names_of(&address, a->name))
			a->name[0] = '\0';
	}
	return a->name[0] ? a->name : NULL;
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
