/*
 * handler_index - a directory without an index page, listed
 *
 * Runs in:  worker
 * Owns:     the names while it lists them
 * Errors:   403 for a directory that cannot be read, 503 without memory
 *
 * The page looks like the server's other pages and needs nothing but itself; with FancyIndexing it
 * has columns that are sorted by a click, and the names Apache gives the sorting (?C=M;O=D), which
 * scripts rely on. Names are hostile: whoever may put a file there chooses them.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_index.h"

#include "handler/handler_world.h"
#include "http/http_uri.h"
#include "os/os_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <unistd.h>

enum { ENTRIES_MOST = 100000 };

/* --- what goes with a file --- */

static bool ends_with(const char *name, const char *end)
{
	size_t a = strlen(name), b = strlen(end);
	return a >= b && strcmp(name + a - b, end) == 0;
}

/* As Apache: a pattern, or the end of a name. */
static bool names(const char *pattern, const char *name)
{
	return strpbrk(pattern, "*?[") ? fnmatch(pattern, name, 0) == 0 : ends_with(name, pattern);
}

static bool row_is_for(const struct config_index_row *row, const struct handler_index_entry *e,
	const struct config_media *media)
{
	switch (row->by) {
	case CONFIG_INDEX_BY_NAME:
		if (strcmp(row->pattern, "^^DIRECTORY^^") == 0)
			return e->is_directory;
		if (strcmp(row->pattern, "^^BLANKICON^^") == 0)
			return !e->name;
		return e->name && names(row->pattern, e->name);
	case CONFIG_INDEX_BY_TYPE:
		return !e->is_directory && media->type &&
		       fnmatch(row->pattern, media->type, FNM_CASEFOLD) == 0;
	default:
		return !e->is_directory && media->coding_count &&
		       text_equal_nocase(text_of(row->pattern), text_of(media->codings[0]));
	}
}

/* Icon, alternative text and description. */
static void describe(const struct handler_index *list, struct handler_index_entry *e)
{
	struct config_media media;
	config_media_of(
		list->call->config, list->call->dir, text_of(e->name ? e->name : ""), &media);
	for (size_t i = 0; i < list->how->row_count; i++) {
		const struct config_index_row *row = &list->how->rows[i];
		const char **to = row->what == CONFIG_INDEX_ICON  ? &e->icon
				  : row->what == CONFIG_INDEX_ALT ? &e->alt
								  : &e->description;
		if (*to || !row_is_for(row, e, &media))
			continue;
		*to = row->value;
		if (row->alt && !e->alt)
			e->alt = row->alt;
	}
}

/* What is no file: the directory above, by its own rows or as a directory; the head's blank. */
static void describe_others(struct handler_index *list, bool has_parent)
{
	struct handler_index_entry *parent = &list->parent;
	describe(list, &list->blank);
	if (!has_parent)
		return;
	*parent = (struct handler_index_entry){.name = ".."};
	describe(list, parent);
	parent->is_directory = true;
	describe(list, parent);
	if (!parent->icon)
		parent->icon = list->how->default_icon;
	if (!parent->alt)
		parent->alt = "PARENTDIR";
}

/* ScanHTMLTitles. References stay what they are; a tag in it would be none of a title. */
static void scan_title(struct handler_index *list, struct handler_index_entry *e,
	const struct handler_found *found)
{
	enum { SCANNED = 8 * 1024, LONGEST = 200 };
	char bytes[SCANNED + 1];
	const char *type = found->media.type;
	if (found->fd < 0 || !S_ISREG(found->st.st_mode) || found->media.coding_count || !type ||
		strncmp(type, "text/html", 9) != 0)
		return;
	ssize_t n = os_file_read(found->fd, bytes, SCANNED, 0);
	bytes[n > 0 ? n : 0] = '\0';
	char *from = strcasestr(bytes, "<title"), *end;
	if (!from || !(from = strchr(from, '>')) || !(end = strcasestr(from, "</title")))
		return;
	struct text title = text_trim(text_from(from + 1, (size_t)(end - from - 1)));
	if (title.size > LONGEST)
		for (title.size = LONGEST; title.size && (title.at[title.size] & 0xc0) == 0x80;)
			title.size--;
	struct buffer safe = BUFFER_INIT;
	for (size_t i = 0; i < title.size; i++)
		if (title.at[i] == '<')
			buffer_string(&safe, "&lt;");
		else
			buffer_append(&safe, title.at + i, 1);
	e->description = safe.failed ? NULL : arena_text(list->call->arena, buffer_view(&safe));
	buffer_free(&safe);
}

/* --- what is there --- */

static bool is_itself(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool is_ignored(const struct config_index *index, const char *name)
{
	for (size_t i = 0; i < index->ignore_count && index->ignore[i][0] != '/'; i++)
		if (fnmatch(index->ignore[i], name, FNM_PERIOD) == 0)
			return true;
	return false;
}

/* Is it shown, as far as access goes? What this client could not have is not, as in Apache. */
static bool is_shown(const struct handler_index *list, int status)
{
	if (status == 401 || status == 403)
		return list->on & CONFIG_INDEX(SHOW_FORBIDDEN);
	return status < 400;
}

static bool put(struct handler_index *list, const char *name, const struct handler_found *found)
{
	const struct stat *st = &found->st;
	struct handler_index_entry *all =
		arena_more(list->call->arena, list->entries, list->count, sizeof *all);
	char *copy = arena_text(list->call->arena, text_of(name));
	if (!all || !copy)
		return false;
	list->entries = all;
	struct handler_index_entry *e = &all[list->count++];
	*e = (struct handler_index_entry){.name = copy,
		.is_directory = S_ISDIR(st->st_mode),
		.size = (uint64_t)st->st_size,
		.modified = st->st_mtim.tv_sec};
	describe(list, e);
	if (!e->icon)
		e->icon = list->how->default_icon;
	if (list->on & CONFIG_INDEX(SCAN_TITLES) && !e->description)
		scan_title(list, e, found);
	return true;
}

/* 0, or 503: a listing that lacks a name for want of memory or descriptors would be wrong. */
static int add(struct handler_index *list, int dir, const char *name)
{
	struct handler_found found = {.fd = -1};
	int status = handler_lookup_name(list->call, name, &found);
	if (status == 503 || !is_shown(list, status))
		return status == 503 ? status : 0;
	/* What may not be had has not been looked at; or it is a link to nowhere, or gone. */
	bool there = found.st.st_mode || fstatat(dir, name, &found.st, 0) == 0;
	bool listed = there && (S_ISREG(found.st.st_mode) || S_ISDIR(found.st.st_mode));
	status = listed && !put(list, name, &found) ? 503 : 0;
	if (found.fd >= 0)
		close(found.fd);
	return status;
}

static int read_directory(struct handler_index *list)
{
	struct handler_call *call = list->call;
	struct stat st;
	int fd = handler_open(call, call->file.data, O_RDONLY | O_DIRECTORY, &st);
	if (fd < 0)
		return -fd;
	DIR *dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return 503;
	}
	int status = 0;
	for (struct dirent *d; !status && list->count < ENTRIES_MOST &&
			       (d = handler_next(dir, call->file.data, &status));)
		if (!is_itself(d->d_name) && !is_ignored(list->how, d->d_name) &&
			(!list->pattern || fnmatch(list->pattern, d->d_name, FNM_PERIOD) == 0))
			status = add(list, fd, d->d_name);
	closedir(dir);
	return status;
}

/* --- the order --- */

static const struct handler_index *sorting; /* qsort(3) hands nothing on; a worker has one thread */

static int compare_names(const struct handler_index_entry *a, const struct handler_index_entry *b)
{
	if (sorting->on & CONFIG_INDEX(VERSION_SORT))
		return strverscmp(a->name, b->name);
	if (sorting->on & CONFIG_INDEX(IGNORE_CASE)) {
		int order = strcasecmp(a->name, b->name);
		if (order)
			return order;
	}
	return strcmp(a->name, b->name);
}

static int compare(const void *x, const void *y)
{
	const struct handler_index_entry *a = x, *b = y;
	int order = 0;
	if (sorting->on & CONFIG_INDEX(FOLDERS_FIRST) && a->is_directory != b->is_directory)
		return b->is_directory - a->is_directory;
	switch (sorting->key) {
	case CONFIG_INDEX_DATE:
		order = (a->modified > b->modified) - (a->modified < b->modified);
		break;
	case CONFIG_INDEX_SIZE:
		order = a->is_directory != b->is_directory
				? b->is_directory - a->is_directory
				: (a->size > b->size) - (a->size < b->size);
		break;
	case CONFIG_INDEX_TEXT:
		order = strcmp(
			a->description ? a->description : "", b->description ? b->description : "");
		break;
	default:
		break;
	}
	if (!order)
		order = compare_names(a, b);
	return sorting->descending ? -order : order;
}

/* What a part of the query says but for the order; F: plain or with columns, V: versions sorted as
 * such. */
static void take_part(struct handler_index *list, struct text part)
{
	static const char letters[] = {'F', 'V', 'P'};
	const char *letter = memchr(letters, part.at[0], sizeof letters);
	unsigned bit = part.at[0] == 'F'   ? CONFIG_INDEX(FANCY)
		       : part.at[0] == 'V' ? CONFIG_INDEX(VERSION_SORT)
					   : 0;
	if (!letter)
		return;
	list->kept[letter - letters] = part;
	if (!bit)
		list->pattern =
			arena_text(list->call->arena, text_from(part.at + 2, part.size - 2));
	else if (part.at[2] == '0')
		list->on &= ~bit;
	else
		list->on |= bit;
}

/* ?C=N;O=D and the others, divided by ; or &, as Apache's links have it. */
static void read_query(struct handler_index *list)
{
	static const char letters[] = {'N', 'M', 'S', 'D'}; /* in the order of the keys */
	struct text rest = list->call->query;
	if (list->on & (CONFIG_INDEX(IGNORE_CLIENT) | CONFIG_INDEX(SUPPRESS_SORTING)))
		return;
	while (rest.size) {
		struct text part = rest;
		for (size_t i = 0; i < rest.size; i++)
			if (rest.at[i] == ';' || rest.at[i] == '&')
				part.size = part.size > i ? i : part.size;
		rest = text_from(rest.at + part.size, rest.size - part.size);
		if (rest.size)
			rest = text_from(rest.at + 1, rest.size - 1);
		if (part.size < 3 || part.at[1] != '=')
			continue;
		const char *key = memchr(letters, part.at[2], sizeof letters);
		if (part.at[0] == 'C' && key)
			list->key = (enum config_index_key)(key - letters);
		else if (part.at[0] == 'O')
			list->descending = part.at[2] == 'D';
		else
			take_part(list, part);
	}
	list->call->personal = true;
}

/* HeaderName and ReadmeName: files of the directory or of the site, put into the page as they
 * are. */
static void read_piece(struct handler_index *list, const char *name, struct buffer *to)
{
	enum { PIECE_MOST = 1024 * 1024 };
	struct handler_found found = {.fd = -1};
	const struct stat *st = &found.st;
	const char *type;
	if (!name || handler_climbs(text_of(name)) ||
		handler_lookup_name(list->call, name, &found) != 0 || found.fd < 0)
		return;
	char *bytes = S_ISREG(st->st_mode) && st->st_size > 0 && st->st_size <= PIECE_MOST
			      ? buffer_reserve(to, (size_t)st->st_size)
			      : NULL;
	ssize_t n = bytes ? os_file_read(found.fd, bytes, (size_t)st->st_size, 0) : 0;
	close(found.fd);
	if (n <= 0)
		return;
	type = found.media.type;
	if (type && strncmp(type, "text/html", 9) == 0) {
		buffer_grew(to, (size_t)n);
		return;
	}
	char *copy = arena_text(list->call->arena, text_from(bytes, (size_t)n));
	buffer_string(to, "<pre>");
	if (copy)
		buffer_html(to, text_from(copy, (size_t)n));
	buffer_string(to, "</pre>\n");
}

int handler_index(struct handler_call *call)
{
	struct http_response *r = call->response;
	struct buffer header = BUFFER_INIT, readme = BUFFER_INIT;
	struct handler_index list = {.call = call,
		.how = &call->dir->index,
		.on = call->dir->index.on,
		.key = call->dir->index.order,
		.descending = call->dir->index.descending};
	if (call->request->method == HTTP_METHOD_POST)
		return handler_file(call);
	int status = handler_only_get(call);
	if (status)
		return status;
	read_query(&list);
	if ((status = read_directory(&list)))
		return status;
	describe_others(&list, call->path.size > 1 && !is_ignored(list.how, ".."));
	sorting = &list;
	if (list.count)
		qsort(list.entries, list.count, sizeof *list.entries, compare);
	read_piece(&list, list.how->header, &header);
	read_piece(&list, list.how->readme, &readme);
	buffer_clear(&r->bytes);
	handler_index_page(&list, buffer_view(&header), buffer_view(&readme), &r->bytes);
	bool failed = header.failed || readme.failed || r->bytes.failed;
	buffer_free(&header);
	buffer_free(&readme);
	if (failed)
		return 503;
	const char *type = list.how->type ? list.how->type : "text/html";
	const char *charset = list.how->charset ? list.how->charset : "UTF-8";
	const char *whole = arena_printf(call->arena, "%s;charset=%s", type, charset);
	r->type = whole ? text_of(whole) : TEXT("text/html;charset=UTF-8");
	r->kind = HTTP_BODY_BYTES;
	if (list.on & CONFIG_INDEX(TRACK_MODIFIED))
		r->modified =
			call->st.st_mtim.tv_sec < call->now ? call->st.st_mtim.tv_sec : call->now;
	return 0;
}
