/*
 * handler_auth - AuthType Basic: who is it?
 *
 * Runs in:  worker
 * Owns:     the credentials while it looks at them; they are wiped
 * Errors:   401 with WWW-Authenticate; 500 where the configuration does not say how to find out, or
 *           AuthUserFile cannot be read
 *
 * What goes wrong is told in Apache's words, for those who read them by program: each attempt that
 * failed, and once a second what is wrong with the configuration.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_AREA "auth_basic"
#include "handler/handler_access.h"

#include "base/log.h"
#include "handler/handler_auth_file.h"
#include "handler/handler_auth_memory.h"
#include "handler/handler_world.h"
#include "http/http_basic.h"
#include "os/os_clock.h"
#include "os/os_password.h"

#include <errno.h>

static struct log_throttle throttle;

/* --- asking --- */

/* Basic realm="...": a quoted string (RFC 9110 5.6.4). */
static bool put_realm(struct buffer *to, struct text realm)
{
	buffer_string(to, "Basic realm=\"");
	for (size_t i = 0; i < realm.size; i++) {
		if (realm.at[i] == '"' || realm.at[i] == '\\')
			buffer_string(to, "\\");
		buffer_append(to, realm.at + i, 1);
	}
	buffer_string(to, "\"");
	return !to->failed;
}

int handler_auth_ask(struct handler_call *call)
{
	const struct config_word *name = call->dir->access.auth_name;
	struct buffer challenge = BUFFER_INIT;
	struct text realm = text_of(name ? name->text : NULL);
	bool good = name && call->dir->access.auth_type == CONFIG_AUTH_BASIC;
	if (!good)
		return 401;
	if (name->expr)
		good = handler_world_says(call, name->expr, &realm) == 0;
	good = good && put_realm(&challenge, realm) &&
	       http_response_field(
		       call->response, TEXT("WWW-Authenticate"), buffer_view(&challenge));
	buffer_free(&challenge);
	return good ? 401 : 500;
}

/* --- checking --- */

static int broken(const char *why, const char *what)
{
	if (log_once_a_second(&throttle))
		log_error("%s%s", why, what);
	return 500;
}

/* 1: right, 0: wrong. -1: nobody here knows such a hash, which as in Apache is a wrong password. */
static int check(const struct http_basic *given, const char *hash)
{
	uint64_t now = os_clock_ms();
	if (handler_auth_memory_knows(given->user, given->password, hash, now))
		return 1;
	int right = os_password_check(given->password.at, hash);
	if (right > 0)
		handler_auth_memory_keep(given->user, given->password, hash, os_clock_ms());
	return right;
}

static int wrong_password(struct handler_call *call, const struct http_basic *given, int right)
{
	if (right < 0 && errno == ENOMEM)
		return broken("out of memory while a password was checked", "");
	log_error("user %.*s: authentication failure for \"%s\": %s", TEXT_ARGS(given->user),
		call->path.data,
		right < 0 ? "the hash is of no kind known here" : "Password Mismatch");
	return handler_auth_ask(call);
}

static int look_up(struct handler_call *call, const struct http_basic *given)
{
	const struct config_access *access = &call->dir->access;
	call->claimed = arena_text(call->arena, given->user);
	if (!call->claimed)
		return 500;
	if (!access->user_file)
		return broken("AuthUserFile not specified in the configuration", "");
	const struct handler_auth_file *file = handler_auth_file(access->user_file);
	if (!file) {
		const char *what =
			arena_printf(call->arena, "%s: %s", access->user_file, strerror(errno));
		return broken("Could not open password file: ", what ? what : "");
	}
	const char *hash = handler_auth_file_value(file, given->user.at);
	if (!hash && access->authoritative == 0)
		return broken(
			"AuthBasicAuthoritative is Off, and nothing else can tell who somebody is",
			"");
	if (!hash) {
		log_error("user %s not found: %s", given->user.at, call->path.data);
		return handler_auth_ask(call);
	}
	int right = check(given, hash);
	if (right <= 0)
		return wrong_password(call, given, right);
	call->user = call->claimed;
	call->auth_type = "Basic";
	return 0;
}

int handler_auth(struct handler_call *call)
{
	const struct config_access *access = &call->dir->access;
	struct buffer bytes = BUFFER_INIT;
	struct http_basic given;
	call->personal = true;
	if (access->auth_type != CONFIG_AUTH_BASIC)
		return broken("No authentication done but request not allowed without "
			      "authentication. Authentication not configured? ",
			call->path.data);
	if (!access->auth_name)
		return broken("need AuthName: ", call->path.data);
	struct text value = http_request_field(call->request, HTTP_AUTHORIZATION);
	if (!value.at)
		return handler_auth_ask(call);
	/* Two of them, and whoever stands before this server may have looked at the other one. */
	struct text rest = value;
	if (!text_equal_nocase(text_split(&rest, ' '), TEXT("Basic")))
		log_error("client used wrong authentication scheme: %s", call->path.data);
	int status = http_request_repeated(call->request, HTTP_AUTHORIZATION) ||
				     !http_basic_read(value, &bytes, &given)
			     ? handler_auth_ask(call)
			     : look_up(call, &given);
	if (bytes.data)
		explicit_bzero(bytes.data, bytes.room);
	buffer_free(&bytes);
	return status;
}
