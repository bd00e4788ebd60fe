/*
 * handler_rewrite_phase - when rules are applied, and what becomes of the result
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   an HTTP status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_rewrite.h"

#include "base/path.h"
#include "handler/handler_world.h"
#include "http/http_uri.h"

/* The beginning of an absolute path that is a directory the configuration serves: below it a result
 * names a file. */
bool handler_rewrite_serves(const struct handler_call *call, struct text path)
{
	struct text root = text_of(call->host->document_root);
	if (root.size && text_starts(path, root) &&
		(path.size == root.size || path.at[root.size] == '/'))
		return true;
	for (size_t i = 0; i < call->host->sections.count; i++) {
		const struct config_section *s = call->host->sections.all[i];
		if (s->kind == CONFIG_SECTION_DIRECTORY && !s->regex && !s->pattern && s->size &&
			text_starts(path, text_from(s->path, s->size)) &&
			(path.size == s->size || path.at[s->size] == '/'))
			return true;
	}
	return false;
}

static int take_file(struct handler_call *call, struct text path)
{
	buffer_clear(&call->file);
	buffer_text(&call->file, path);
	buffer_append(&call->file, "", 1);
	if (call->file.failed)
		return 503;
	call->file.size--;
	call->root = (struct handler_root){call->config->slash_fd, 0};
	return 0;
}

static int begin(struct handler_rewriting *rw, struct handler_call *call)
{
	*rw = (struct handler_rewriting){
		.call = call, .strip = "", .prefix = "/", .query = call->query};
	handler_rewrite_trace_begin(rw);
	buffer_append(&rw->path, call->path.data, call->path.size + 1);
	if (rw->path.failed)
		return 503;
	rw->path.size--;
	return 0;
}

/* As Apache: a query that the rules made is escaped, one that the client sent was so already. */
static void put_query(const struct handler_rewriting *rw, struct buffer *to)
{
	struct text query = rw->call->query;
	if (!query.at)
		return;
	buffer_string(to, "?");
	if (rw->verbatim || (rw->query.at && text_equal(query, rw->query)))
		buffer_text(to, query);
	else
		http_uri_encode(to, query);
}

static int redirect(struct handler_rewriting *rw, size_t start)
{
	struct handler_call *call = rw->call;
	struct text to = buffer_view(&rw->path);
	int status = rw->redirect ? rw->redirect : 302;
	if (rw->verbatim && handler_rewrite_breaks(call->query))
		return 403;
	if (!rw->verbatim)
		handler_rewrite_trace(rw, 1, "escaping %.*s for redirect", TEXT_ARGS(to));
	struct buffer location = BUFFER_INIT;
	buffer_append(&location, to.at + rw->qualified, start - rw->qualified);
	to = text_from(to.at + start, to.size - start);
	if (rw->verbatim)
		buffer_text(&location, to);
	else
		http_uri_encode(&location, to);
	put_query(rw, &location);
	if (!location.failed)
		handler_rewrite_trace(rw, 1, "redirect to %.*s [REDIRECT/%d]",
			TEXT_ARGS(buffer_view(&location)), status);
	bool said = !location.failed &&
		    http_response_field(call->response, TEXT("Location"), buffer_view(&location));
	buffer_free(&location);
	return said ? status : 500;
}

/* --- what rules see --- */

static struct text without_prefix(const struct handler_rewriting *rw, const char *prefix)
{
	struct text path = buffer_view(&rw->path), before = text_of(prefix);
	if (!text_starts(path, before))
		return path;
	return text_from(path.at + before.size, path.size - before.size);
}

struct text handler_rewrite_seen(const struct handler_rewriting *rw)
{
	struct text path = without_prefix(rw, rw->strip);
	if (!rw->changed || !rw->info.size)
		return path;
	return text_of(
		arena_printf(rw->call->arena, "%.*s%.*s", TEXT_ARGS(path), TEXT_ARGS(rw->info)));
}

struct text handler_rewrite_filename(const struct handler_rewriting *rw)
{
	const struct handler_call *call = rw->call;
	if (!rw->changed)
		return buffer_view(call->file.size ? &call->file : &call->path);
	if (!rw->below || !rw->directory)
		return buffer_view(&rw->path);
	struct text rest = without_prefix(rw, rw->prefix);
	return text_of(arena_printf(call->arena, "%s/%.*s", rw->directory, TEXT_ARGS(rest)));
}

/* --- and what becomes of it --- */

/* Where the rules end is where the client is sent, or what is looked for here. */
static int run(struct handler_rewriting *rw, const struct config_rewrite *rewrite)
{
	rw->call->rewriting = rw;
	int status = handler_rewrite_run(rw, rewrite);
	rw->call->rewriting = NULL;
	size_t start = status ? 0 : handler_rewrite_url(buffer_view(&rw->path));
	return start ? redirect(rw, start) : status;
}

/* R=204, as a preflight wants it: no body, and nobody else is asked. */
static int end(struct handler_rewriting *rw, int status)
{
	buffer_free(&rw->path);
	buffer_free(&rw->subject);
	if (status < 200 || status >= 300)
		return status;
	rw->call->response->status = status;
	rw->call->response->kind = HTTP_BODY_NONE;
	return HANDLER_DONE;
}

/* Dot segments that a substitution brought in. */
static int normalise(struct handler_rewriting *rw)
{
	struct buffer clean = BUFFER_INIT;
	struct text path = buffer_view(&rw->path);
	bool good = path.size && path.at[0] == '/' && path_clean(&clean, path);
	buffer_append(&clean, "", 1);
	buffer_free(&rw->path);
	rw->path = clean;
	rw->path.size -= !clean.failed;
	return !good ? 400 : clean.failed ? 503 : 0;
}

/* SCRIPT_URL and SCRIPT_URI: the path and the address that the client asked for, whatever becomes
 * of them. false: out of memory. */
static bool tell_url(struct handler_call *call)
{
	struct arena *arena = call->arena;
	const char *url = handler_env_get(&call->env, "REDIRECT_SCRIPT_URL");
	struct text host = handler_world_host(call);
	if (!url)
		url = arena_text(arena, buffer_view(&call->path));
	if (!host.size) {
		struct text port = handler_world_variable(call, CONFIG_EXPR_SERVER_PORT, arena);
		host = handler_world_variable(call, CONFIG_EXPR_SERVER_NAME, arena);
		if (!text_equal(port, TEXT("80")))
			host = text_of(
				arena_printf(arena, "%.*s:%.*s", TEXT_ARGS(host), TEXT_ARGS(port)));
	}
	const char *uri = url ? arena_printf(arena, "http://%.*s%s", TEXT_ARGS(host), url) : NULL;
	return uri && handler_env_set(&call->env, arena, "SCRIPT_URL", url) &&
	       handler_env_set(&call->env, arena, "SCRIPT_URI", uri);
}

/* The rules of the host: as in Apache for whatever takes the place of the request as well, but for
 * the variant of a page, which is no other path to who asks. */
int handler_rewrite(struct handler_call *call)
{
	const struct config_rewrite *rewrite = &call->host->dir.rewrite;
	struct handler_rewriting rw;
	if (rewrite->engine == 1 && !tell_url(call))
		return 503;
	if (rewrite->engine != 1 || !rewrite->rule_count || call->rewritten ||
		call->turn == HANDLER_TURN_VARIANT)
		return 0;
	int status = begin(&rw, call);
	if (!status) {
		handler_rewrite_trace(
			&rw, 2, "init rewrite engine with requested uri %s", rw.path.data);
		status = run(&rw, rewrite);
	}
	if (!status && !rw.changed)
		handler_rewrite_trace(&rw, 1, "pass through %s", rw.path.data);
	if (!status && rw.changed) {
		call->personal |= rw.saw_files;
		status = handler_rewrite_breaks(call->query) ? 403 : normalise(&rw);
		if (!status)
			handler_rewrite_trace(&rw, 2, "local path result: %s", rw.path.data);
		if (!status && handler_rewrite_serves(call, buffer_view(&rw.path)))
			status = take_file(call, buffer_view(&rw.path));
		else if (!status)
			status = handler_go_to(call, buffer_view(&rw.path));
		if (!status)
			status = handler_locate(call);
		if (!status)
			handler_rewrite_trace(&rw, 1, "go-ahead with %s [OK]", rw.path.data);
	}
	return end(&rw, status);
}

/* --- the rules of a directory --- */

/* Bytes at the beginning of call->file that name the directory of the rules, with its slash; a
 * pattern names as many parts as it has. */
static size_t directory_size(const struct handler_call *call, const char *directory)
{
	size_t slashes = 1;
	for (const char *c = directory; *c; c++)
		slashes += *c == '/';
	for (size_t i = 0; i < call->file.size; i++)
		if (call->file.data[i] == '/' && --slashes == 0)
			return i + 1;
	return call->file.size;
}

/* Of the URL path, what stands for that directory: the rest is what the rules see. */
static const char *url_directory(struct handler_call *call, const char *directory)
{
	if (strcmp(directory, "/") == 0) /* of <Location>: there is no directory */
		return "/";
	size_t below = call->file.size - directory_size(call, directory);
	size_t info = call->path.size - call->path_info;
	bool bare = call->file.size && call->file.data[call->file.size - 1] == '/' &&
		    call->path.data[call->path.size - 1] != '/';
	size_t rest = below + info - (bare && below ? 1 : 0);
	if (rest > call->path.size)
		return "/";
	return arena_text(call->arena, text_from(call->path.data, call->path.size - rest));
}

/* A directory that is asked for without its slash: as in Apache, the redirect comes first. */
static bool wants_slash(const struct handler_call *call)
{
	return S_ISDIR(call->st.st_mode) && call->path.data[call->path.size - 1] != '/' &&
	       call->dir->directory_slash;
}

/* The rules led where the request is already. As in Apache, one to the file's own name leaves what
 * follows it in the path: the front controller that a page of errors asks for finds it there. */
static bool leads_nowhere(const struct handler_rewriting *rw)
{
	const struct handler_call *call = rw->call;
	struct text path = buffer_view(&call->path), to = buffer_view(&rw->path);
	return text_equal(to, path) ||
	       (rw->below && text_equal(to, text_from(path.at, call->path_info)));
}

static int go_on(struct handler_rewriting *rw, struct text query)
{
	struct handler_call *call = rw->call;
	if (wants_slash(call)) {
		call->query = query;
		return 0;
	}
	int status = handler_rewrite_breaks(call->query) ? 403 : normalise(rw);
	if (!status && leads_nowhere(rw)) {
		handler_rewrite_trace(rw, 1,
			"initial URL equal rewritten URL: %s [IGNORING REWRITE]", call->file.data);
		return 0;
	}
	if (!status) /* as in Apache they come first where rules only lead elsewhere in here */
		status = handler_redirect(call);
	if (status)
		return status;
	if (handler_rewrite_serves(call, buffer_view(&rw->path))) {
		/* the absolute name of a file below the DocumentRoot is a path as well */
		struct text root = text_of(call->host->document_root);
		if (text_starts(buffer_view(&rw->path), root))
			handler_rewrite_cut(rw, root.size);
	}
	handler_rewrite_trace(
		rw, 1, "internal redirect with %s [INTERNAL REDIRECT]", rw->path.data);
	status = handler_setenv(call); /* a program finds them as REDIRECT_, too */
	if (!status)
		status = handler_redirected(call, 200) ? 0 : 500;
	if (!status)
		status = handler_go_to(call, buffer_view(&rw->path));
	return status ? status : HANDLER_AGAIN;
}

int handler_rewrite_here(struct handler_call *call)
{
	const struct config_rewrite *rewrite = &call->dir->rewrite;
	struct handler_rewriting rw;
	struct text query = call->query;
	if (rewrite->engine != 1 || !rewrite->directory || !rewrite->rule_count || call->rewritten)
		return 0;
	if (call->request->method == HTTP_METHOD_TRACE) /* which asks for nothing that lies here */
		return 0;
	int status = begin(&rw, call);
	const char *url = status ? NULL : url_directory(call, rewrite->directory);
	if (!status && !url)
		status = 503;
	rw.directory = strcmp(rewrite->directory, "/") == 0 ? "" : rewrite->directory;
	rw.strip = url;
	rw.prefix = rewrite->base ? rewrite->base : rewrite->location ? rewrite->location : url;
	rw.info = text_from(call->path.data + call->path_info, call->path.size - call->path_info);
	if (!status)
		status = run(&rw, rewrite);
	if (!status && !rw.changed)
		handler_rewrite_trace(&rw, 1, "pass through %s", call->file.data);
	if (!status && rw.changed) {
		call->personal |= rw.saw_files;
		status = go_on(&rw, query);
	}
	return end(&rw, status);
}
