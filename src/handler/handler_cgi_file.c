/*
 * handler_cgi_file - the file that is a program
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   see handler_cgi_file.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_AREA "cgi"
#include "handler/handler_cgi_file.h"

#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

const char *handler_cgi_client(const struct handler_call *call, char to[OS_ADDRESS_TEXT])
{
	if (!call->client || !call->client->size)
		return "-";
	return os_address_format(call->client, to);
}

void handler_cgi_complain(const struct handler_call *call, const char *format, ...)
{
	char client[OS_ADDRESS_TEXT], *words;
	va_list arguments;
	va_start(arguments, format);
	if (vasprintf(&words, format, arguments) >= 0) {
		log_error("[client %s] %s", handler_cgi_client(call, client), words);
		free(words);
	}
	va_end(arguments);
}

static bool may_follow(const struct config_dir *dir, const struct stat *way, const struct stat *st)
{
	if (!S_ISLNK(way->st_mode) || dir->options & CONFIG_OPTION_FOLLOW_LINKS)
		return true;
	return dir->options & CONFIG_OPTION_FOLLOW_OWN_LINKS && way->st_uid == st->st_uid;
}

/* A link in a directory of programs may lead out of it, as Debian's /usr/lib/cgi-bin is full of:
 * who can make one there can as well put a program there. What the path names is looked for from
 * the directory down; what is behind it is path info. */
static void find_linked(struct handler_call *call)
{
	struct text file = buffer_view(&call->file);
	for (size_t at = call->root.size + 1; at <= file.size; at++) {
		struct stat link, st;
		if (at < file.size && file.at[at] != '/')
			continue;
		const char *name = arena_text(call->arena, text_from(file.at, at));
		if (!name || lstat(name, &link) < 0 || stat(name, &st) < 0 ||
			!may_follow(call->dir, &link, &st))
			return;
		if (!S_ISREG(st.st_mode))
			continue;
		size_t rest = file.size - at;
		if (rest > call->path.size)
			return;
		call->st = st;
		call->file.size = at;
		call->file.data[at] = '\0';
		call->path_info = call->path.size - rest;
		return;
	}
}

int handler_cgi_file(struct handler_call *call)
{
	if (call->script_alias && !call->st.st_mode && call->missing == 403)
		find_linked(call);
	const char *file = call->file.data;
	bool info = call->path_info < call->path.size;
	if (!(call->dir->options & CONFIG_OPTION_EXEC_CGI) && !call->script_alias) {
		handler_cgi_complain(call, "Options ExecCGI is off in this directory: %s", file);
		return 403;
	}
	if (!call->st.st_mode) {
		handler_cgi_complain(call, "script not found or unable to stat: %s", file);
		return call->missing ? call->missing : 404;
	}
	if (S_ISDIR(call->st.st_mode)) {
		handler_cgi_complain(call, "attempt to invoke directory as script: %s", file);
		return 403;
	}
	if (!S_ISREG(call->st.st_mode)) {
		handler_cgi_complain(call, "no regular file: %s", file);
		return 403;
	}
	if (info && call->dir->accept_path_info == 0) {
		handler_cgi_complain(call, "AcceptPathInfo off disallows user's path: %s", file);
		return 404;
	}
	return 0;
}
