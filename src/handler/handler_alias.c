/*
 * handler_alias - parts of the URL space that lie somewhere else
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   the status of a Redirect; 500 for a pattern that cannot be decided
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler.h"

#include "base/regex.h"
#include "handler/handler_world.h"
#include "http/http_uri.h"

/* Bytes of the path that the beginning `from` covers, as Apache's alias_matches: "/a" covers "/a"
 * and "/a/b", "/a/" only what is below. 0: it does not. */
static size_t covered(struct text path, const char *from)
{
	struct text f = text_of(from);
	if (!text_starts(path, f))
		return 0;
	if (path.size == f.size || f.at[f.size - 1] == '/' || path.at[f.size] == '/')
		return f.size;
	return 0;
}

/* What the row of a section leads to, with its variables. 1, or -1: who knows. */
static int say(struct handler_call *call, const struct config_expr *expr, struct buffer *to)
{
	struct text said;
	if (handler_world_says(call, expr, &said) < 0)
		return -1;
	buffer_text(to, said);
	return 1;
}

/* 1: the row is for this path, `to` holds where it leads; 0: it is not; -1: who knows. */
static int match(struct handler_call *call, const char *from, const struct regex *regex,
	const struct config_expr *expr, const char *target, struct buffer *to, struct text *rest)
{
	struct text path = buffer_view(&call->path);
	*rest = text_from(path.at, 0);
	if (regex) {
		struct regex_groups groups;
		int matches = regex_match(regex, path, &groups);
		if (matches > 0 && target)
			regex_expand(to, text_of(target), &groups, NULL);
		return matches;
	}
	size_t size = covered(path, from);
	if (!size)
		return 0;
	if (expr && say(call, expr, to) < 0)
		return -1;
	if (target && !expr)
		buffer_string(to, target);
	*rest = text_from(path.at + size, path.size - size);
	return 1;
}

/* --- Redirect --- */

static int redirect(struct handler_call *call, const struct config_redirect_row *row,
	struct text to, struct text rest)
{
	struct buffer location = BUFFER_INIT;
	if (!row->to)
		return row->status;
	if (row->regex || row->expr) {
		http_uri_mend(&location, to);
	} else {
		buffer_text(&location, to);
		if (!row->whole)
			http_uri_encode(&location, rest);
	}
	if (call->query.at && !(location.size && memchr(location.data, '?', location.size))) {
		buffer_string(&location, "?");
		buffer_text(&location, call->query);
	}
	bool said = !location.failed &&
		    http_response_field(call->response, TEXT("Location"), buffer_view(&location));
	buffer_free(&location);
	return said ? row->status : 500;
}

static int find_redirect(
	struct handler_call *call, const struct config_alias *alias, bool in_section)
{
	struct buffer to = BUFFER_INIT;
	struct text rest;
	int status = 0;
	for (size_t i = 0; status == 0 && i < alias->redirect_count; i++) {
		const struct config_redirect_row *row = &alias->redirects[i];
		if (row->in_section != in_section)
			continue;
		buffer_clear(&to);
		int matches = match(call, row->from, row->regex, row->expr, row->to, &to, &rest);
		if (matches < 0 || to.failed)
			status = 500;
		else if (matches)
			status = redirect(call, row, buffer_view(&to), rest);
	}
	buffer_free(&to);
	return status;
}

int handler_redirect(struct handler_call *call)
{
	return find_redirect(call, &call->dir->alias, true);
}

/* --- Alias --- */

static int take(struct handler_call *call, const struct config_alias_row *row, struct text to,
	struct text rest)
{
	struct buffer *file = &call->file;
	buffer_clear(file);
	buffer_text(file, to);
	if (rest.size) { /* "/a/" to "/x/", or "/a" to "/x": one slash between */
		while (file->size && file->data[file->size - 1] == '/')
			file->size--;
		if (rest.at[0] != '/')
			buffer_string(file, "/");
	}
	buffer_text(file, rest);
	buffer_append(file, "", 1);
	if (file->failed)
		return 503;
	file->size--;
	call->root = (struct handler_root){row->root_fd, strlen(row->root)};
	call->script_alias = row->script;
	call->context_prefix = row->expr ? NULL : row->from;
	call->context_root = call->context_prefix ? row->to : NULL;
	if (row->script)
		call->handler = "cgi-script";
	return 0;
}

int handler_alias(struct handler_call *call)
{
	const struct config_alias *alias = &call->dir->alias;
	struct buffer to = BUFFER_INIT;
	struct text rest;
	int status = find_redirect(call, alias, false);
	for (size_t i = 0; status == 0 && !call->file.size && i < alias->row_count; i++) {
		const struct config_alias_row *row = &alias->rows[i];
		buffer_clear(&to);
		int matches = match(call, row->from, row->regex, row->expr, row->to, &to, &rest);
		/* What a pattern made must not leave the directory that is held open. */
		if (matches < 0 || to.failed ||
			(matches && !text_starts(buffer_view(&to), text_of(row->root))))
			status = 500;
		else if (matches && row->expr && handler_climbs(buffer_view(&to)))
			status = 403;
		else if (matches)
			status = take(call, row, buffer_view(&to),
				row->whole && alias->preserve_path != 1 ? TEXT("") : rest);
	}
	buffer_free(&to);
	return status;
}
