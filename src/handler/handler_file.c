/*
 * handler_file - files under the DocumentRoot
 *
 * Runs in:  worker
 * Owns:     the descriptor it opens goes to the response
 * Errors:   404 for what is not there, 403 for what may not be read or is no file, 500 otherwise
 *
 * The kernel resolves the path beneath the root (openat2, RESOLVE_BENEATH), so neither ".." nor a
 * link leads out, and there is no moment between a check and the use. What is open is served: size
 * and time come from the same descriptor as the bytes.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_negotiate.h"

#include "config/config_media.h"
#include "http/http_conditional.h"
#include "http/http_uri.h"
#include "http/http_variant.h"
#include "os/os_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int status_of_errno(void)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG: /* nothing can have such a name */
		return 404;
	case EACCES:
	case EPERM:
	case ELOOP:
	case EXDEV: /* leads out of the root */
	case ENXIO: /* a socket, or a FIFO nobody writes to */
		return 403;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return 503;
	default:
		return 500;
	}
}

/* Opens a path of the URL space for reading: the descriptor, or minus a status. */
static int open_path(const struct handler_call *call, const char *path, struct stat *st)
{
	int fd = os_file_open_beneath(call->host->root_fd, path, O_RDONLY);
	if (fd < 0)
		return -status_of_errno();
	if (fstat(fd, st) == 0)
		return fd;
	close(fd);
	return -500;
}

/* Whether the file is one of several variants of what was asked for (Options MultiViews). */
struct variants {
	bool any;
	unsigned differ; /* a set of enum http_variant_dimension */
};

/* Opens the file call->path or, where there is none, the variant of it that suits the client, whose
 * name takes its place; minus a status. */
static int open_document(struct handler_call *call, struct stat *st, struct variants *variants)
{
	int fd = open_path(call, call->path.data, st);
	variants->any = false;
	if (fd != -404 || !(call->dir->options & CONFIG_OPTION_MULTIVIEWS))
		return fd;
	int status = handler_negotiate(call, &variants->differ);
	variants->any = status == 0;
	return status ? -status : open_path(call, call->path.data, st);
}

/* The first of DirectoryIndex that is there, its name appended to call->path; minus a status. */
static int open_index(struct handler_call *call, struct stat *st, struct variants *variants)
{
	size_t base = call->path.size;
	const char *const *names = call->dir->directory_index;
	for (; names && *names; names++) {
		call->path.size = base;
		buffer_string(&call->path, *names + (**names == '/'));
		buffer_append(&call->path, "", 1);
		if (call->path.failed)
			return -500;
		call->path.size--;
		int fd = open_document(call, st, variants);
		if (fd >= 0 && S_ISREG(st->st_mode))
			return fd;
		if (fd >= 0)
			close(fd);
		else if (fd != -404)
			return fd;
	}
	call->path.size = base;
	call->path.data[base] = '\0';
	return -403; /* no index, and listings are not shown */
}

/* A directory's name without its slash: relative links in it would go wrong. */
static int redirect_to_slash(struct handler_call *call)
{
	struct buffer location = BUFFER_INIT;
	http_uri_encode(&location, buffer_view(&call->path));
	buffer_string(&location, "/");
	if (call->request->query.at) {
		buffer_string(&location, "?");
		buffer_text(&location, call->request->query);
	}
	bool said = !location.failed &&
		    http_response_field(call->response, TEXT("Location"), buffer_view(&location));
	buffer_free(&location);
	return said ? 301 : 500;
}

/* Content-Type, with the charset that goes with it. */
static void tell_type(struct handler_call *call, const struct config_media *media)
{
	struct http_response *r = call->response;
	const char *charset = config_media_charset(call->dir, media);
	r->type = text_of(media->type);
	if (!charset)
		return;
	buffer_clear(&r->composed);
	buffer_printf(&r->composed, "%s; charset=%s", media->type, charset);
	if (!r->composed.failed)
		r->type = buffer_view(&r->composed);
}

static void tell_names(
	struct handler_call *call, struct text field, const char *const *names, size_t count)
{
	struct buffer value = BUFFER_INIT;
	for (size_t i = 0; i < count; i++)
		buffer_printf(&value, "%s%s", i ? ", " : "", names[i]);
	if (count && !value.failed)
		http_response_field(call->response, field, buffer_view(&value));
	buffer_free(&value);
}

/* What an answer that has the content says of it; an error page has other content. */
static void tell_content(struct handler_call *call, const struct config_media *media, bool variant)
{
	tell_names(call, TEXT("Content-Encoding"), media->codings, media->coding_count);
	if (call->choice.coding != HTTP_CODING_IDENTITY)
		http_response_field(call->response, TEXT("Content-Encoding"),
			http_coding_name(call->choice.coding));
	tell_names(call, TEXT("Content-Language"), media->languages, media->language_count);
	if (variant) { /* the address of this one, whatever was asked for */
		struct buffer location = BUFFER_INIT;
		http_uri_encode(&location, buffer_view(&call->path));
		if (!location.failed)
			http_response_field(
				call->response, TEXT("Content-Location"), buffer_view(&location));
		buffer_free(&location);
	}
}

/* The response is the file `fd`. */
static void take_file(struct handler_call *call, int fd, const struct stat *st)
{
	struct http_response *r = call->response;
	r->modified = st->st_mtim.tv_sec < call->now ? st->st_mtim.tv_sec : call->now;
	r->etag_size = http_etag_format(r->etag, (uint64_t)st->st_size, st->st_mtim,
		http_coding_suffix(call->choice.coding));
	r->accept_ranges = !call->choice.made;
	r->kind = HTTP_BODY_FILE;
	r->fd = fd;
	r->offset = 0;
	r->length = (uint64_t)st->st_size;
	r->cacheable = true;
}

/* The file in the chosen coding takes its place; it stays open for whoever keeps the answer. */
static int make_body(struct handler_call *call, const struct stat *st)
{
	struct http_response *r = call->response;
	buffer_clear(&r->bytes);
	r->kind = HTTP_BODY_BYTES;
	return handler_coding_make(call->host, &call->choice, r->fd, st, &r->bytes);
}

/* `differ` is what the variants differ in that the file is one of; NULL: it is none. */
static int answer_file(struct handler_call *call, int fd, struct stat *st, const unsigned *differ)
{
	struct http_response *r = call->response;
	struct config_media media;
	config_media_of(call->config, call->dir, buffer_view(&call->path), &media);
	fd = handler_coding_choose(call->host, call->dir, call->request, call->path.data, &media,
		fd, st, &call->choice);
	handler_negotiate_vary(
		call, (differ ? *differ : 0) | (call->choice.offered ? HTTP_VARIANT_CODING : 0));
	tell_type(call, &media);
	take_file(call, fd, st);
	r->cacheable = !differ;
	struct http_validators validators = {.etag = text_from(r->etag, r->etag_size),
		.modified = r->modified,
		.now = call->now,
		.exists = true};
	bool holds;
	int status = http_conditional(call->request, &validators, &holds);
	if (status == 304) {
		tell_content(call, &media, differ != NULL);
		r->status = 304;
		r->kind = HTTP_BODY_NONE;
		r->cacheable = false;
		r->accept_ranges = false;
		return 0;
	}
	if (!status)
		status = call->choice.made ? make_body(call, st) : handler_range(call, holds);
	if (status) { /* 412 or 416: its page may be a file too, and needs the place */
		close(fd);
		r->fd = -1;
		r->kind = HTTP_BODY_NONE;
		return status;
	}
	tell_content(call, &media, differ != NULL);
	return 0;
}

int handler_file(struct handler_call *call)
{
	struct stat st;
	struct variants variants = {false, 0};
	int status = handler_only_get(call);
	if (status)
		return status;
	int fd = open_document(call, &st, &variants);
	if (fd >= 0 && S_ISDIR(st.st_mode)) {
		close(fd);
		if (call->path.data[call->path.size - 1] != '/')
			return call->dir->directory_slash ? redirect_to_slash(call) : 403;
		fd = open_index(call, &st, &variants);
	} else if (fd >= 0 && call->path.data[call->path.size - 1] == '/') {
		close(fd);
		return 404; /* "/file/": a file is no directory */
	}
	if (fd < 0)
		return -fd;
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		return 403;
	}
	return answer_file(call, fd, &st, variants.any ? &variants.differ : NULL);
}
