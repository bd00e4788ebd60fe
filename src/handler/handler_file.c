/*
 * handler_file - a file
 *
 * Runs in:  worker
 * Owns:     the descriptor it opens goes to the response
 * Errors:   404 for what is not there, 403 for what may not be read or is no file, 405 for methods
 *           other than GET, HEAD and POST, 500 otherwise
 *
 * handler_walk opened it. What is open is served: size and time come from the same descriptor as
 * the bytes.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_negotiate.h"

#include "http/http_conditional.h"
#include "http/http_uri.h"
#include "http/http_variant.h"

#include <sys/stat.h>
#include <unistd.h>

void handler_tell_type(struct handler_call *call)
{
	struct http_response *r = call->response;
	const struct config_media *media = &call->media;
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

/* FileETag. */
static void tell_tag(struct handler_call *call, const struct stat *st)
{
	struct http_response *r = call->response;
	unsigned of = config_small_etag_of(&call->dir->small);
	struct timespec now;
	uint64_t numbers[3];
	size_t count = 0;
	if (of & CONFIG_ETAG_INODE)
		numbers[count++] = (uint64_t)st->st_ino;
	if (of & CONFIG_ETAG_SIZE)
		numbers[count++] = (uint64_t)st->st_size;
	if (of & CONFIG_ETAG_TIME)
		numbers[count++] = http_etag_time(st->st_mtim);
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	r->etag_size = count ? http_etag_numbers(r->etag, numbers, count,
				       http_coding_suffix(call->choice.coding),
				       !http_etag_settled(st->st_mtim, now))
			     : 0;
}

/* The response is the file `fd`. */
static void take_file(struct handler_call *call, int fd, const struct stat *st)
{
	struct http_response *r = call->response;
	r->modified = st->st_mtim.tv_sec < call->now ? st->st_mtim.tv_sec : call->now;
	tell_tag(call, st);
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
	handler_tell_type(call);
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
	/* As in Apache, who posts to a file gets it, and what was posted is nobody's. */
	bool posts = call->request->method == HTTP_METHOD_POST;
	int status = posts ? 0 : handler_only_get(call);
	if (status)
		return status;
	if (call->fd < 0)
		return call->missing ? call->missing : 404;
	if (call->path_info < call->path.size && call->dir->accept_path_info != 1)
		return 404;             /* "/file/": a file is no directory */
	if (!S_ISREG(call->st.st_mode)) /* a directory without an index, a device */
		return posts && S_ISDIR(call->st.st_mode) ? 404 : 403;
	int fd = call->fd;
	call->fd = -1;
	return answer_file(call, fd);
}
