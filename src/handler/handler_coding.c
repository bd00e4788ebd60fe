/*
 * handler_coding - the content coding an answer is sent in
 *
 * Runs in:  worker
 * Owns:     the descriptors of copies while it looks at them
 * Errors:   a copy that cannot be had is not there; a status where the body cannot be made
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_coding.h"

#include "http/http_coder.h"
#include "os/os_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LEAST = 64 /* bytes; what is smaller does not become smaller still */ };
static const struct text accept_encoding = TEXT("Accept-Encoding");

/* A compressed copy of a file, beside it. */
struct copy {
	int fd; /* -1: there is none */
	struct stat st;
};

/* --- the witness --- */

static uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 32;
}

/* All that tells one state of a file from another; st NULL: it is not there. */
static uint64_t mix_file(uint64_t h, const struct stat *st)
{
	if (!st)
		return mix(h, 1);
	const uint64_t words[] = {(uint64_t)st->st_dev, (uint64_t)st->st_ino, (uint64_t)st->st_size,
		st->st_mode, (uint64_t)st->st_mtim.tv_sec, (uint64_t)st->st_mtim.tv_nsec,
		(uint64_t)st->st_ctim.tv_sec, (uint64_t)st->st_ctim.tv_nsec};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		h = mix(h, words[i]);
	return h;
}

/* 0 has a meaning of its own. */
static uint64_t finish(uint64_t h)
{
	return h ? h : 1;
}

/* --- copies --- */

static bool is_older(const struct stat *copy, const struct stat *file)
{
	if (copy->st_mtim.tv_sec != file->st_mtim.tv_sec)
		return copy->st_mtim.tv_sec < file->st_mtim.tv_sec;
	return copy->st_mtim.tv_nsec < file->st_mtim.tv_nsec;
}

static void open_copy(int root, const char *name, const char *suffix, struct copy *copy)
{
	char path[PATH_MAX];
	copy->fd = -1;
	if (snprintf(path, sizeof path, "%s.%s", name, suffix) >= (int)sizeof path)
		return;
	copy->fd = os_file_open_beneath(root, path, O_RDONLY);
	if (copy->fd >= 0 && (fstat(copy->fd, &copy->st) < 0 || !S_ISREG(copy->st.st_mode))) {
		close(copy->fd);
		copy->fd = -1;
	}
}

/* Opens every copy there may be and mixes it into the witness *h. false: none is configured. */
static bool open_copies(int root, const struct config_dir *dir, const char *name,
	struct copy copies[HTTP_CODING_COUNT], uint64_t *h)
{
	bool any = false;
	for (unsigned i = 0; i < HTTP_CODING_COUNT; i++) {
		const char *suffix =
			i == HTTP_CODING_IDENTITY
				? NULL
				: config_media_suffix(dir, http_coding_name((enum http_coding)i));
		copies[i].fd = -1;
		if (!suffix)
			continue;
		any = true;
		open_copy(root, name, suffix, &copies[i]);
		*h = mix_file(*h, copies[i].fd >= 0 ? &copies[i].st : NULL);
	}
	return any;
}

static void close_copies(struct copy copies[HTTP_CODING_COUNT])
{
	for (unsigned i = 0; i < HTTP_CODING_COUNT; i++)
		if (copies[i].fd >= 0)
			close(copies[i].fd);
}

uint64_t handler_coding_witness(int root, const struct config_dir *dir, const char *name)
{
	struct copy copies[HTTP_CODING_COUNT];
	struct stat st;
	int fd = os_file_open_beneath(root, name, O_RDONLY);
	bool there = fd >= 0 && fstat(fd, &st) == 0;
	uint64_t h = mix_file(0, there ? &st : NULL);
	if (fd >= 0)
		close(fd);
	open_copies(root, dir, name, copies, &h);
	close_copies(copies);
	return finish(h);
}

/* --- the choice --- */

/* What can be made of content of that type. */
static unsigned makeable(const struct config_dir *dir, const struct handler_env *env,
	struct text type, unsigned filters)
{
	filters |= config_media_filters(dir, type);
	if (handler_env_get(env, "gzip-only-text/html") && !text_starts(type, TEXT("text/html")))
		return 0;
	if (handler_env_get(env, "no-gzip"))
		filters &= ~(unsigned)CONFIG_FILTER_DEFLATE;
	if (handler_env_get(env, "no-brotli"))
		filters &= ~(unsigned)CONFIG_FILTER_BROTLI;
	return (filters & CONFIG_FILTER_DEFLATE ? HTTP_CODING_BIT(HTTP_CODING_GZIP) : 0) |
	       (filters & CONFIG_FILTER_BROTLI ? HTTP_CODING_BIT(HTTP_CODING_BR) : 0);
}

static unsigned makeable_of_file(const struct config_host *host, const struct config_dir *dir,
	const struct handler_env *env, const struct config_media *media, const struct stat *st)
{
	if (st->st_size < LEAST || (uint64_t)st->st_size > host->compression_max_size)
		return 0;
	return makeable(dir, env, media->type ? text_of(media->type) : TEXT(""), media->filters);
}

int handler_coding_choose(const struct config_host *host, const struct config_dir *dir, int root,
	const struct http_request *request, const struct handler_env *env, const char *name,
	const struct config_media *media, int fd, struct stat *st, struct handler_choice *choice)
{
	struct copy copies[HTTP_CODING_COUNT];
	*choice = (struct handler_choice){.coding = HTTP_CODING_IDENTITY};
	if (media->coding_count || !S_ISREG(st->st_mode))
		return fd;
	uint64_t h = mix_file(0, st);
	bool looked = open_copies(root, dir, name, copies, &h);
	choice->offered = makeable_of_file(host, dir, env, media, st);
	for (unsigned i = 0; i < HTTP_CODING_COUNT; i++)
		if (copies[i].fd >= 0 && !is_older(&copies[i].st, st))
			choice->offered |= HTTP_CODING_BIT(i);
	choice->coding = http_coding_choose(request, choice->offered);
	struct copy *chosen = &copies[choice->coding];
	if (choice->coding != HTTP_CODING_IDENTITY && chosen->fd >= 0 &&
		!is_older(&chosen->st, st)) {
		close(fd);
		fd = chosen->fd;
		*st = chosen->st;
		chosen->fd = -1;
	} else {
		choice->made = choice->coding != HTTP_CODING_IDENTITY;
	}
	close_copies(copies);
	if (looked || choice->made)
		choice->witness = finish(h);
	return fd;
}

/* --- on the fly --- */

static bool is_unchanged(int fd, const struct stat *before)
{
	struct stat now;
	return fstat(fd, &now) == 0 && mix_file(0, &now) == mix_file(0, before);
}

static int level_of(const struct config_host *host, enum http_coding coding)
{
	return (int)(coding == HTTP_CODING_BR ? host->brotli_quality : host->deflate_level);
}

int handler_coding_make(const struct config_host *host, const struct handler_choice *choice, int fd,
	const struct stat *st, struct buffer *to)
{
	size_t size = (size_t)st->st_size;
	char *bytes = malloc(size);
	int status = 503;
	if (bytes && (os_file_read(fd, bytes, size, 0) != (ssize_t)size || !is_unchanged(fd, st)))
		status = 500;
	else if (bytes && http_coding_encode(choice->coding, level_of(host, choice->coding),
				  text_from(bytes, size), to))
		status = 0;
	free(bytes);
	return status;
}

/* --- what is no file --- */

/* An answer of that status has no content. */
static bool is_bare(const struct http_response *r)
{
	return r->status < 200 || r->status == 204 || r->status == 205 || r->status == 304;
}

/* A tag of its own for each coding, as files have it; without room for it, none. */
static void tell_apart(struct http_response *r, const char *suffix)
{
	size_t size = strlen(suffix);
	if (!r->etag_size)
		return;
	if (r->etag_size + size > sizeof r->etag) {
		r->etag_size = 0;
		return;
	}
	memcpy(r->etag + r->etag_size - 1, suffix, size);
	r->etag_size += size;
	r->etag[r->etag_size - 1] = '"';
}

void handler_coding_offer(const struct config_dir *dir, const struct http_request *request,
	const struct handler_env *env, unsigned filters, uint64_t length, struct http_response *r,
	struct handler_choice *choice)
{
	*choice = (struct handler_choice){.coding = HTTP_CODING_IDENTITY};
	if (is_bare(r) || length < LEAST || http_response_said(r, TEXT("Content-Encoding")).at ||
		http_response_said(r, TEXT("Content-Range")).at)
		return;
	/* As Apache: AddOutputFilterByType is for answers that are no errors. */
	choice->offered = makeable(dir, env, r->status == 200 ? r->type : TEXT(""), filters);
	if (!choice->offered)
		return;
	if (!http_list_has(http_list_of(http_response_said(r, TEXT("Vary"))), accept_encoding))
		http_response_field(r, TEXT("Vary"), accept_encoding);
	choice->coding = http_coding_choose(request, choice->offered);
	if (choice->coding == HTTP_CODING_IDENTITY)
		return;
	choice->made = true;
	http_response_field(r, TEXT("Content-Encoding"), http_coding_name(choice->coding));
	tell_apart(r, http_coding_suffix(choice->coding));
}

/* Is all of it in memory? */
static bool is_whole(const struct http_response *r)
{
	return r->kind == HTTP_BODY_BYTES ||
	       (r->fd < 0 && (!r->length_known || r->length == r->bytes.size));
}

int handler_coding_apply(const struct config_host *host, const struct http_request *request,
	const struct handler_choice *choice, struct http_response *r)
{
	int level = level_of(host, choice->coding);
	bool head = request->method == HTTP_METHOD_HEAD;
	if (!choice->made || is_bare(r))
		return 0;
	if (r->kind == HTTP_BODY_PIPE && head) { /* nobody knows what a GET would bring */
		r->length_known = false;
		return 0;
	}
	if (!is_whole(r)) {
		r->coder = http_coder_new(choice->coding, level);
		return r->coder ? 0 : 503;
	}
	struct buffer coded = BUFFER_INIT;
	struct text all = r->view.size ? r->view : buffer_view(&r->bytes);
	bool done = http_coding_encode(choice->coding, level, all, &coded);
	if (done) {
		buffer_free(&r->bytes);
		r->bytes = coded;
		r->view = (struct text){NULL, 0};
		r->length = coded.size;
	} else {
		buffer_free(&coded);
	}
	return done ? 0 : 503;
}
