/*
 * worker_log - the access log
 *
 * Runs in:  worker
 * Owns:     nothing; lines wait in the worker's buffers, one for each CustomLog
 * Errors:   what cannot be written is lost, and said so in the error log once a second
 *
 * A format was compiled into steps when the configuration was read; a line is one walk over them.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker_log.h"

#include "handler/handler_world.h"

#include <stdlib.h>

/* The oldest of REDIRECT_STATUS, REDIRECT_REDIRECT_STATUS and so on. */
const char *worker_log_before(const struct worker_exchange *x, const char *name)
{
	static const char prefix[] = "REDIRECT_";
	const struct handler_env *env = &x->call.env;
	const char *value = NULL;
	size_t longest = 0;
	for (size_t i = 0; x->call.turns > 1 && i < env->count; i++) {
		const char *at = env->all[i].name;
		while (strncmp(at, prefix, sizeof prefix - 1) == 0)
			at += sizeof prefix - 1;
		size_t size = (size_t)(at - env->all[i].name);
		if (size > longest && strcmp(at, name) == 0) {
			longest = size;
			value = env->all[i].value;
		}
	}
	return value;
}

int worker_log_first_status(const struct worker_exchange *x, int status)
{
	const char *before = worker_log_before(x, "STATUS");
	return before ? atoi(before) : status;
}

static bool has_status(const struct config_log_step *step, int status)
{
	for (size_t i = 0; i < step->status_count; i++)
		if (step->statuses[i] == status)
			return true;
	return false;
}

static void put_step(struct worker_log_line *l)
{
	const struct config_log_step *step = l->step;
	if (step->op == CONFIG_LOG_LITERAL)
		buffer_append(l->to, step->text, step->size);
	else if (step->statuses && has_status(step, l->status) == step->unless)
		buffer_append(l->to, "-", 1);
	else
		worker_log_field(l);
}

/* As in Apache, of the request as it came: a page for errors, or where rules lead, is another one,
 * and the first one's variables have got as many REDIRECT_ before their names as it went elsewhere.
 */
static bool had_variable(const struct handler_call *call, const char *name)
{
	if (!call->redirects)
		return handler_env_get(&call->env, name) != NULL;
	struct buffer whole = BUFFER_INIT;
	for (unsigned i = 0; i < call->redirects; i++)
		buffer_string(&whole, "REDIRECT_");
	buffer_append(&whole, name, strlen(name) + 1);
	bool had = !whole.failed && handler_env_get(&call->env, whole.data);
	buffer_free(&whole);
	return had;
}

/* env= and expr= */
static bool is_wanted(const struct config_log *log, struct handler_call *call)
{
	if (log->variable)
		return had_variable(call, log->variable) != log->unset;
	return !log->condition || handler_world_decides(call, log->condition, NULL) > 0;
}

bool worker_log_asks(const struct config_host *host)
{
	for (size_t i = 0; i < host->log_count; i++)
		if (host->logs[i]->condition)
			return true;
	return false;
}

void worker_log_request(struct worker *w, const struct worker_conn *c, struct worker_exchange *x)
{
	struct worker_log_line line = {.w = w,
		.c = c,
		.x = x,
		.status = x->cached ? x->cached->status : x->response.status};
	for (size_t i = 0; i < x->call.host->log_count; i++) {
		const struct config_log *log = x->call.host->logs[i];
		const struct config_log_format *format = log->format;
		struct worker_log *to = &w->logs[log->index];
		if (!is_wanted(log, &x->call) || !worker_log_has_room(to))
			continue;
		line.to = &to->lines;
		for (size_t s = 0; s < format->count; s++) {
			line.step = &format->steps[s];
			put_step(&line);
		}
		buffer_append(line.to, "\n", 1);
	}
}
