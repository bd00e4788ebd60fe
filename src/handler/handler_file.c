/*
 * handler_file - a file
 *
 * Runs in:  worker
 * Owns:     the descriptor it opens goes to the response
 * Errors:   404 for what is not there, 403 for what may not be read or is no file, 500 otherwise
 *
 * handler_walk opened it. What is open is served: size and time come from the same descriptor as
 * the bytes.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_negotiate.h"

#include "http/http_conditional.h"
#include "http/http_uri.h"
#include "http/http_variant.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* What an answer that has the content says of it; an error page has other content. Whoever asks for
 * more of what it has with If-Range knows the languages (see handler_range). */
static void tell_content(struct handler_call *call, const struct config_media *media, bool variant)
{
	bool known =
		call->response->status == 206 && http_request_has(call->request, HTTP_IF_RANGE);
	tell_names(call, TEXT("Content-Encoding"), media->codings, media->coding_count);
	if (call->choice.coding != HTTP_CODING_IDENTITY)
		http_response_field(call->response, TEXT("Content-Encoding"),
			http_coding_name(call->choice.coding));
	if (!known)
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

/* FileETag INode: the number of the file goes before the rest of its tag, where there is room. */
static void add_inode(struct http_response *r, const struct stat *st)
{
	char inode[24], *quote = memchr(r->etag, '"', r->etag_size);
	int size = snprintf(inode, sizeof inode, "%llx-", (unsigned long long)st->st_ino);
	if (!quote || size < 0 || r->etag_size + (size_t)size > HTTP_ETAG_SIZE)
		return;
	size_t behind = r->etag_size - (size_t)(quote + 1 - r->etag);
	memmove(quote + 1 + size, quote + 1, behind);
	memcpy(quote + 1, inode, (size_t)size);
	r->etag_size += (size_t)size;
}

/* The response is the file `fd`. */
static void take_file(struct handler_call *call, int fd, const struct stat *st)
{
	struct http_response *r = call->response;
	r->modified = st->st_mtim.tv_sec < call->now ? st->st_mtim.tv_sec : call->now;
	struct timespec now;
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	r->etag_size = http_etag_format(r->etag, (uint64_t)st->st_size, st->st_mtim,
		http_coding_suffix(call->choice.coding), !http_etag_settled(st->st_mtim, now));
	if (call->dir->small.etag & CONFIG_ETAG_NONE)
		r->etag_size = 0;
	else if (call->dir->small.etag & CONFIG_ETAG_INODE)
		add_inode(r, st);
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

static int answer_file(struct handler_call *call, int fd)
{
	struct http_response *r = call->response;
	const struct config_media *media = &call->media;
	struct stat *st = &call->st;
	fd = handler_coding_choose(call->host, call->dir, call->root.fd, call->request, &call->env,
		call->file.data + call->root.size, media, fd, st, &call->choice);
	handler_negotiate_vary(call, (call->is_variant ? call->variants : 0) |
					     (call->choice.offered ? HTTP_VARIANT_CODING : 0));
	tell_type(call, media);
	take_file(call, fd, st);
	r->cacheable = !call->is_variant;
	struct http_validators validators = {.etag = text_from(r->etag, r->etag_size),
		.modified = r->modified,
		.now = call->now,
		.exists = true};
	bool holds;
	int status = http_conditional(call->request, &validators, &holds);
	if (status == 304) {
		tell_content(call, media, call->is_variant);
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
	tell_content(call, media, call->is_variant);
	return 0;
}

int handler_file(struct handler_call *call)
{
	bool nothing = call->fd < 0 && call->missing != 403;
	int status =
		nothing && call->request->method == HTTP_METHOD_POST ? 0 : handler_only_get(call);
	if (status)
		return status;
	if (call->fd < 0)
		return call->missing ? call->missing : 404;
	if (call->path_info < call->path.size && call->dir->accept_path_info != 1)
		return 404; /* "/file/": a file is no directory */
	if (!S_ISREG(call->st.st_mode))
		return 403; /* a directory without an index, a device */
	int fd = call->fd;
	call->fd = -1;
	return answer_file(call, fd);
}
