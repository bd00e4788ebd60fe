/*
 * handler_log - what the error log says of a request that is refused
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   none
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_AREA "core"
#include "handler/handler_log.h"

#include "base/log.h"
#include "http/http_status.h"

#include <errno.h>

/* Whatever is scarce is missed by every request: one line a second says so for all. */
static struct log_throttle scarcity;

static void say_no_index(const struct handler_call *call, struct text what)
{
	struct buffer names = BUFFER_INIT;
	for (const char *const *n = call->dir->directory_index; n && *n; n++)
		buffer_printf(&names, "%s%s", names.size ? "," : "", *n);
	struct text index = names.size && !names.failed ? buffer_view(&names) : TEXT("none");
	log_error("Cannot serve directory %.*s: No matching DirectoryIndex (%.*s) found, and "
		  "server-generated directory index forbidden by Options directive",
		TEXT_ARGS(what), TEXT_ARGS(index));
	buffer_free(&names);
}

/* Words of our own, no longer than they need be: the access log has the rest. */
static void say_forbidden(const struct handler_call *call, struct text what)
{
	if (call->missing == 403)
		log_error("file permissions or links deny server access: %.*s", TEXT_ARGS(what));
	else if (S_ISDIR(call->st.st_mode))
		say_no_index(call, what);
	else
		log_error("access denied: %.*s", TEXT_ARGS(what));
}

void handler_log_refusal(const struct handler_call *call, int status)
{
	struct text file = buffer_view(&call->file);
	struct text what = file.size ? file : call->request->target;
	struct text reason = http_status_reason(status);
	if (status < 400 || call->log_lines)
		return;
	if (call->request->why)
		log_info("request refused: %s (%d)", call->request->why, status);
	else if (status == 404)
		log_info("File does not exist: %.*s", TEXT_ARGS(what));
	else if (status == 403)
		say_forbidden(call, what);
	else if (status == 503 && !log_once_a_second(&scarcity))
		return;
	else if (status >= 500 && status != 501 && status != 505)
		log_error("%.*s (%d): %.*s", TEXT_ARGS(reason), status, TEXT_ARGS(what));
	else
		log_info("%.*s (%d): %.*s", TEXT_ARGS(reason), status, TEXT_ARGS(what));
}

void handler_log_scarcity(const char *file)
{
	int why = errno;
	if (!log_once_a_second(&scarcity))
		return;
	errno = why;
	log_error("cannot open %s: %m", file);
}
