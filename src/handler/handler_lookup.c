/*
 * handler_lookup - might this client have that, too?
 *
 * Runs in:  worker
 * Owns:     a second call while it looks
 * Errors:   none: what cannot be told might not be had
 *
 * For -U, -A and -F of conditions, and for what listings show: the phases up to access are gone
 * through for another path, as for a request of its own that nobody answers. Conditions on the way
 * that would look up once more are not met.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_world.h"

#include "base/assert.h"

#include <sys/stat.h>
#include <unistd.h>

static int (*const url_phases[])(struct handler_call *) = {handler_setenv_first, handler_locate,
	handler_rewrite, handler_alias, handler_map, handler_walk, handler_setenv_here,
	handler_access};

/* A path that was not normalised may look like one it is not. */
static bool is_plain(struct text path)
{
	struct text rest = path;
	if (!path.size || path.at[0] != '/' || memchr(path.at, '\0', path.size))
		return false;
	while (rest.at) {
		struct text part = text_split(&rest, '/');
		if (text_equal(part, TEXT(".")) || text_equal(part, TEXT("..")))
			return false;
	}
	return true;
}

/* The file is looked for from the top of the file system, but only a place of the host may be
 * meant. */
static bool take_file(struct handler_call *sub, struct text path)
{
	buffer_text(&sub->file, path);
	buffer_append(&sub->file, "", 1);
	sub->file.size -= !sub->file.failed;
	sub->root = (struct handler_root){sub->config->slash_fd, 0};
	return !sub->file.failed && handler_rewrite_serves(sub, path);
}

/* What the phases said. */
static int go_through(struct handler_call *sub, bool is_file)
{
	int said = 0;
	for (size_t i = 0; said == 0 && i < COUNT_OF(url_phases); i++)
		if (!is_file ||
			(url_phases[i] != handler_rewrite && url_phases[i] != handler_alias &&
				url_phases[i] != handler_map))
			said = url_phases[i](sub);
	return said;
}

static bool might_be_had(const struct handler_call *sub, int said, bool is_file)
{
	if (is_file)
		return said == 0 && S_ISREG(sub->st.st_mode) && !sub->missing;
	return said == 0 || said == HANDLER_DONE || (said > 0 && said < 400);
}

static void begin(
	struct handler_call *sub, struct handler_call *call, struct http_response *scratch)
{
	*sub = (struct handler_call){.config = call->config,
		.host = call->host,
		.request = call->request,
		.response = scratch,
		.scoreboard = call->scoreboard,
		.now = call->now,
		.client = call->client,
		.client_name = call->client_name,
		.client_confirmed = call->client_confirmed,
		.socket = call->socket,
		.arena = call->arena,
		.dir = &call->host->dir,
		.fd = -1,
		.turns = 1,
		.turn = HANDLER_TURN_BELOW,
		.is_lookup = true};
	http_response_init(scratch);
}

static void end(struct handler_call *sub)
{
	if (sub->fd >= 0)
		close(sub->fd);
	buffer_free(&sub->path);
	buffer_free(&sub->file);
	http_response_free(sub->response);
}

bool handler_lookup(struct handler_call *call, bool is_url, struct text path)
{
	struct http_response scratch;
	struct handler_call sub;
	if (call->is_lookup || !is_plain(path))
		return false;
	begin(&sub, call, &scratch);
	call->personal = true;
	bool good = handler_go_to(&sub, is_url ? path : TEXT("/")) == 0 &&
		    (is_url || take_file(&sub, path)) &&
		    might_be_had(&sub, go_through(&sub, !is_url), !is_url);
	end(&sub);
	return good;
}

/* A name in the directory call->file, wherever its URL path would lead. */
static bool take_entry(struct handler_call *sub, const struct handler_call *call, const char *name)
{
	buffer_text(&sub->file, buffer_view(&call->file));
	buffer_append(&sub->file, name, strlen(name) + 1);
	sub->file.size -= !sub->file.failed;
	sub->root = call->root;
	return !sub->file.failed;
}

int handler_lookup_name(struct handler_call *call, const char *name, struct handler_found *found)
{
	struct http_response scratch;
	struct handler_call sub;
	bool is_url = name[0] == '/';
	const char *path = is_url ? name : arena_printf(call->arena, "%s%s", call->path.data, name);
	if (!path)
		return 503;
	if (!is_plain(text_of(path)))
		return 404;
	begin(&sub, call, &scratch);
	call->personal = true;
	sub.log_lines = 1; /* nobody asked for it: what is in its way is no news */
	int said = handler_go_to(&sub, text_of(path));
	if (!said && !is_url && !take_entry(&sub, call, name))
		said = 503;
	if (!said)
		said = go_through(&sub, !is_url);
	if (said < 0)
		said = 404;
	if (!said && sub.missing && !sub.st.st_mode)
		said = sub.missing;
	*found = (struct handler_found){said ? -1 : sub.fd, sub.st, sub.media};
	if (!said)
		sub.fd = -1;
	end(&sub);
	return said;
}

int handler_lookup_index(struct handler_call *call, const char *path)
{
	struct http_response scratch;
	struct handler_call sub;
	if (!is_plain(text_of(path)))
		return 404;
	begin(&sub, call, &scratch);
	sub.log_lines = 1;
	int said = handler_go_to(&sub, text_of(path));
	if (!said)
		said = go_through(&sub, false);
	if (!said && !S_ISREG(sub.st.st_mode))
		said = sub.missing ? sub.missing : 404;
	call->personal |= sub.personal;
	end(&sub);
	return said < 0 ? 404 : said;
}
