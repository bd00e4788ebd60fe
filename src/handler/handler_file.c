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
#include "handler/handler.h"

#include "http/http_conditional.h"
#include "http/http_range.h"
#include "http/http_uri.h"
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
		return 404;
	case EACCES:
	case EPERM:
	case ELOOP:
	case EXDEV: /* leads out of the root */
	case ENAMETOOLONG:
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

/* The first of DirectoryIndex that is there, its name appended to call->path; minus a status. */
static int open_index(struct handler_call *call, struct stat *st)
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
		int fd = open_path(call, call->path.data, st);
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

static int choose_range(struct handler_call *call, uint64_t length, bool holds)
{
	struct http_response *r = call->response;
	struct http_range_limits limits = HTTP_RANGE_LIMITS;
	struct http_span span;
	size_t count;
	char content[HTTP_CONTENT_RANGE_SIZE];
	int status = http_range(call->request, length, holds, &limits, &span, 1, &count);
	if (status == 0 && count == 0)
		return 0;
	size_t size = http_range_content(content, status ? NULL : &span, length);
	http_response_field(r, TEXT("Content-Range"), text_from(content, size));
	if (status)
		return status;
	r->status = 206;
	r->offset = span.first;
	r->length = span.last - span.first + 1;
	r->cacheable = false;
	return 0;
}

static int answer_file(struct handler_call *call, int fd, const struct stat *st)
{
	struct http_response *r = call->response;
	const char *type = config_type_for(call->config, call->dir, buffer_view(&call->path));
	r->type = text_of(type);
	r->modified = st->st_mtim.tv_sec < call->now ? st->st_mtim.tv_sec : call->now;
	r->etag_size = http_etag_format(r->etag, (uint64_t)st->st_size, st->st_mtim, NULL);
	r->accept_ranges = true;
	r->kind = HTTP_BODY_FILE;
	r->fd = fd;
	r->offset = 0;
	r->length = (uint64_t)st->st_size;
	r->cacheable = true;
	struct http_validators validators = {.etag = text_from(r->etag, r->etag_size),
		.modified = r->modified,
		.now = call->now,
		.exists = true};
	bool holds;
	int status = http_conditional(call->request, &validators, &holds);
	if (status == 304) {
		r->status = 304;
		r->kind = HTTP_BODY_NONE;
		r->cacheable = false;
		r->accept_ranges = false;
		return 0;
	}
	if (!status)
		status = choose_range(call, r->length, holds);
	if (status) { /* 412 or 416: its page may be a file too, and needs the place */
		close(fd);
		r->fd = -1;
		r->kind = HTTP_BODY_NONE;
	}
	return status;
}

int handler_file(struct handler_call *call)
{
	struct stat st;
	int status = handler_only_get(call);
	if (status)
		return status;
	int fd = open_path(call, call->path.data, &st);
	if (fd >= 0 && S_ISDIR(st.st_mode)) {
		close(fd);
		if (call->path.data[call->path.size - 1] != '/')
			return redirect_to_slash(call);
		fd = open_index(call, &st);
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
	return answer_file(call, fd, &st);
}
