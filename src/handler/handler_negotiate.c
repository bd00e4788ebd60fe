/*
 * handler_negotiate - Options MultiViews: the variants of a page that has no file of its own name
 *
 * Runs in:  worker
 * Owns:     the names of the variants while it chooses
 * Errors:   404 where there are no variants, 406 where none suits the client
 *
 * The directory is read for each such request, as Apache does; what it holds is judged by the names
 * alone. Only the chosen file is opened, and that by the way every file is.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_negotiate.h"

#include "config/config_media.h"
#include "http/http_uri.h"
#include "http/http_variant.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST = 64 /* variants of one page; further ones are not looked at */ };

struct found {
	size_t count;
	struct variant {
		char *name; /* without its directory */
		struct config_media media;
		uint64_t size;
	} variants[MOST];
};

static void forget(struct found *found)
{
	for (size_t i = 0; i < found->count; i++)
		free(found->variants[i].name);
	found->count = 0;
}

/* Bytes of a path up to the name at its end. */
static size_t directory_size(struct text path)
{
	size_t size = path.size;
	while (size > 0 && path.at[size - 1] != '/')
		size--;
	return size;
}

/* The URL path up to the name that has no file. */
static struct text url_directory(const struct handler_call *call)
{
	struct text path = text_from(call->path.data, call->path_info);
	path.size = directory_size(path);
	return path;
}

/* NULL, and the status where it cannot be looked into now; where it is none, it has no variants. */
static DIR *open_directory(const struct handler_call *call, size_t size, int *status)
{
	struct stat st;
	char *path = text_dup(text_from(call->file.data, size));
	int fd = path ? handler_open(call, path, O_RDONLY | O_DIRECTORY, &st) : -503;
	free(path);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (fd >= 0 && !dir) {
		close(fd);
		fd = -503;
	}
	if (fd <= -500)
		*status = -fd;
	return dir;
}

/* "page" + ".html.en", every extension known; a regular file. */
static void consider(
	const struct handler_call *call, DIR *dir, const char *name, struct found *found)
{
	struct stat st;
	struct variant *v = &found->variants[found->count];
	struct text asked = buffer_view(&call->file);
	size_t before = directory_size(asked);
	asked = text_from(asked.at + before, asked.size - before);
	if (strncmp(name, asked.at, asked.size) != 0 || name[asked.size] != '.')
		return;
	config_media_of(call->config, call->dir, text_of(name), &v->media);
	if (v->media.known_from > asked.size || fstatat(dirfd(dir), name, &st, 0) < 0 ||
		!S_ISREG(st.st_mode))
		return;
	v->size = (uint64_t)st.st_size;
	v->name = strdup(name);
	found->count += v->name != NULL;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct variant *)a)->name, ((const struct variant *)b)->name);
}

/* The variants of call->file, in the order of their names. 0 or a status. */
static int find(const struct handler_call *call, struct found *found)
{
	size_t before = directory_size(buffer_view(&call->file));
	found->count = 0;
	if (before == call->file.size) /* a directory has no extensions */
		return 0;
	int status = 0;
	DIR *dir = open_directory(call, before, &status);
	if (!dir)
		return status;
	for (struct dirent *e;
		found->count < MOST && (e = handler_next(dir, call->file.data, &status));)
		consider(call, dir, e->d_name, found);
	closedir(dir);
	qsort(found->variants, found->count, sizeof *found->variants, by_name);
	return status;
}

static void describe(const struct found *found, struct http_variant to[MOST])
{
	for (size_t i = 0; i < found->count; i++) {
		const struct variant *v = &found->variants[i];
		to[i] = (struct http_variant){.type = v->media.type,
			.charset = v->media.charset,
			.languages = v->media.languages,
			.language_count = v->media.language_count,
			.codings = v->media.codings,
			.coding_count = v->media.coding_count,
			.size = v->size};
	}
}

void handler_negotiate_vary(struct handler_call *call, unsigned differ)
{
	static const struct {
		unsigned dimension;
		enum http_known field;
	} fields[] = {{HTTP_VARIANT_TYPE, HTTP_ACCEPT},
		{HTTP_VARIANT_LANGUAGE, HTTP_ACCEPT_LANGUAGE},
		{HTTP_VARIANT_CHARSET, HTTP_ACCEPT_CHARSET},
		{HTTP_VARIANT_CODING, HTTP_ACCEPT_ENCODING}};
	char value[80]; /* all four are 61 bytes */
	size_t size = 0;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		struct text name = http_request_known(fields[i].field);
		if (!(differ & fields[i].dimension))
			continue;
		if (size) {
			memcpy(value + size, ", ", 2);
			size += 2;
		}
		memcpy(value + size, name.at, name.size);
		size += name.size;
	}
	if (size)
		http_response_field(call->response, TEXT("Vary"), text_from(value, size));
}

/* Puts the name in place of that in call->path. */
static int take(struct handler_call *call, const char *name)
{
	struct text directory = url_directory(call);
	struct text path = text_of(arena_printf(call->arena, "%.*s%s%.*s", TEXT_ARGS(directory),
		name, (int)(call->path.size - call->path_info), call->path.data + call->path_info));
	int status = path.at ? handler_go_to(call, path) : 503;
	return status ? status : HANDLER_AGAIN;
}

static bool speaks(const struct http_variant *v, const char *language)
{
	for (size_t i = 0; i < v->language_count; i++)
		if (strcasecmp(v->languages[i], language) == 0)
			return true;
	return false;
}

/* The variable prefer-language comes before what the client's browser says, where there is such a
 * variant that suits it otherwise. */
static int choose(const struct handler_call *call, const struct http_variant *variants,
	size_t count, const struct http_variant_taste *taste, size_t *best)
{
	const char *wanted = handler_env_get(&call->env, "prefer-language");
	struct http_variant such[MOST];
	size_t at[MOST], some = 0;
	for (size_t i = 0; wanted && i < count; i++) {
		if (!speaks(&variants[i], wanted))
			continue;
		such[some] = variants[i];
		such[some].language_count = 0;
		at[some++] = i;
	}
	if (!some || http_variant_choose(call->request, such, some, taste, best))
		return http_variant_choose(call->request, variants, count, taste, best);
	*best = at[*best];
	return 0;
}

static int negotiate(struct handler_call *call)
{
	struct found found;
	struct http_variant variants[MOST];
	struct http_variant_taste taste = {.languages = call->dir->language_priority,
		.prefer = call->dir->force_language & CONFIG_FORCE_PREFER,
		.fallback = call->dir->force_language & CONFIG_FORCE_FALLBACK};
	size_t best = 0;
	int status = find(call, &found);
	if (status || !found.count) {
		forget(&found);
		return status ? status : 404;
	}
	describe(&found, variants);
	call->variants = http_variant_differ(variants, found.count);
	status = choose(call, variants, found.count, &taste, &best);
	if (status)
		handler_negotiate_vary(call, call->variants);
	else
		status = take(call, found.variants[best].name);
	forget(&found);
	call->is_variant |= status == HANDLER_AGAIN;
	call->turn = HANDLER_TURN_VARIANT;
	return status;
}

bool handler_negotiate_has(const struct handler_call *call)
{
	struct found found;
	bool any = find(call, &found) != 0 || found.count > 0;
	forget(&found);
	return any;
}

int handler_variant(struct handler_call *call)
{
	if (call->missing != 404 || !(call->dir->options & CONFIG_OPTION_MULTIVIEWS))
		return 0;
	int status = negotiate(call);
	return status == 404 ? 0 : status;
}

static void list_one(const struct handler_call *call, const struct variant *v, struct buffer *to)
{
	struct buffer path = BUFFER_INIT, href = BUFFER_INIT;
	buffer_text(&path, url_directory(call));
	buffer_string(&path, v->name);
	http_uri_encode(&href, buffer_view(&path));
	buffer_string(to, "<li><a href=\"");
	buffer_html(to, buffer_view(&href));
	buffer_string(to, "\">");
	buffer_html(to, text_of(v->name));
	buffer_string(to, "</a>");
	if (v->media.type) {
		buffer_string(to, ", type ");
		buffer_html(to, text_of(v->media.type));
	}
	for (size_t i = 0; i < v->media.language_count; i++)
		buffer_printf(to, ", language %s", v->media.languages[i]);
	if (v->media.charset)
		buffer_printf(to, ", charset %s", v->media.charset);
	for (size_t i = 0; i < v->media.coding_count; i++)
		buffer_printf(to, ", encoding %s", v->media.codings[i]);
	buffer_string(to, "</li>\n");
	to->failed |= path.failed || href.failed;
	buffer_free(&path);
	buffer_free(&href);
}

void handler_negotiate_list(const struct handler_call *call, struct buffer *to)
{
	struct found found;
	find(call, &found);
	if (found.count)
		buffer_string(to, "<ul>\n");
	for (size_t i = 0; i < found.count; i++)
		list_one(call, &found.variants[i], to);
	if (found.count)
		buffer_string(to, "</ul>\n");
	forget(&found);
}
