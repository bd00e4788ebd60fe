/*
 * handler_directory - of a directory, its index
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   301 to the name with its slash, whatever is to be done there
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_negotiate.h"

#include "handler/handler_world.h"
#include "http/http_uri.h"

#include <fcntl.h>
#include <unistd.h>

/* A directory's name without its slash: relative links in it would go wrong. */
static int redirect_to_slash(struct handler_call *call)
{
	struct buffer location = BUFFER_INIT;
	http_uri_encode(&location, buffer_view(&call->path));
	buffer_string(&location, "/");
	if (call->query.at) {
		buffer_string(&location, "?");
		buffer_text(&location, call->query);
	}
	bool said = !location.failed &&
		    http_response_field(call->response, TEXT("Location"), buffer_view(&location));
	buffer_free(&location);
	return said ? 301 : 500;
}

/* Is there such a file in the directory call->file, or are there variants of it? */
static bool is_there(struct handler_call *call, const char *name)
{
	struct stat st;
	size_t size = call->file.size;
	buffer_append(&call->file, name, strlen(name) + 1);
	if (call->file.failed)
		return false;
	call->file.size--;
	int fd = handler_open(call, call->file.data, O_PATH, &st);
	if (fd >= 0)
		close(fd);
	bool there = fd >= 0 && S_ISREG(st.st_mode);
	if (fd == -404 && call->dir->options & CONFIG_OPTION_MULTIVIEWS)
		there = handler_negotiate_has(call);
	call->file.size = size;
	call->file.data[size] = '\0';
	return there;
}

static int go_to_index(struct handler_call *call, const char *name)
{
	int redirects = call->dir->small.index_status;
	call->turn = HANDLER_TURN_BELOW;
	const char *to =
		name[0] == '/' ? name : arena_printf(call->arena, "%s%s", call->path.data, name);
	if (redirects && to) {
		struct buffer location = BUFFER_INIT;
		http_uri_encode(&location, text_of(to));
		bool said = !location.failed && http_response_field(call->response,
							TEXT("Location"), buffer_view(&location));
		buffer_free(&location);
		return said ? redirects : 500;
	}
	return to ? handler_go_to(call, text_of(to)) : 500;
}

/* A directory that might have an index: not with DirectoryIndex disabled. */
static bool may_have_index(const struct handler_call *call)
{
	const char *const *names = call->dir->directory_index;
	return S_ISDIR(call->st.st_mode) && call->path.data[call->path.size - 1] == '/' &&
	       (!names || *names);
}

/* Nothing is there, or a directory that has no index: FallbackResource stands in for it, once. */
int handler_fallback(struct handler_call *call)
{
	const char *path = call->dir->small.fallback;
	bool nothing = call->missing == 404 || may_have_index(call);
	if (!path || !*path || !nothing || call->answer || call->dir->handler || call->handler ||
		text_equal(buffer_view(&call->path), text_of(path)))
		return 0;
	call->personal |= call->missing == 404; /* until something is there */
	call->turn = HANDLER_TURN_BELOW;
	int status = handler_go_to(call, text_of(path));
	return status ? status : HANDLER_AGAIN;
}

/* Do rules of the host lead to places where no file of that name lies? */
static bool has_rules(const struct handler_call *call)
{
	const struct config_dir *dir = &call->host->dir;
	return dir->alias.row_count || dir->alias.redirect_count ||
	       (dir->rewrite.engine == 1 && dir->rewrite.rule_count);
}

/* What somebody who asked for that index would be told: 0: a file, 404: there is none. */
static int look_for(struct handler_call *call, const char *name)
{
	if (name[0] != '/' && is_there(call, name))
		return 0;
	if (name[0] != '/' && !has_rules(call))
		return 404;
	const char *path =
		name[0] == '/' ? name : arena_printf(call->arena, "%s%s", call->path.data, name);
	return path ? handler_lookup_index(call, path) : 503;
}

/* As in Apache, an index that cannot be had leaves the directory to no listing. */
int handler_directory(struct handler_call *call)
{
	int refused = 0;
	if (!S_ISDIR(call->st.st_mode) || call->answer || call->dir->handler)
		return 0;
	if (call->path.data[call->path.size - 1] != '/')
		return call->dir->directory_slash ? redirect_to_slash(call) : 0;
	for (const char *const *name = call->dir->directory_index; name && *name; name++) {
		if (!handler_may_redirect(call))
			return 500;
		int said = look_for(call, *name);
		if (!said || said == 401 || (said >= 300 && said < 400)) {
			int status = go_to_index(call, *name);
			return status ? status : HANDLER_AGAIN;
		}
		refused = said == 404 ? refused : said;
	}
	return refused;
}
