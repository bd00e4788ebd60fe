/*
 * handler_walk - from the URL path to what lies in the file system
 *
 * Runs in:  worker
 * Owns:     call->fd, which a later phase or the handler takes over
 * Errors:   an HTTP status; that nothing is there is none: the handler may not need a file
 *
 * The kernel resolves the path beneath the root (openat2, RESOLVE_BENEATH), so neither ".." nor a
 * link leads out, and there is no moment between a check and the use; where a link may lead
 * elsewhere, os_file_link walks. What is open is served: size and time come from the same
 * descriptor as the bytes.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_AREA "core"
#include "handler/handler_world.h"

#include "base/log.h"
#include "config/config_reach.h"
#include "handler/handler_log.h"
#include "os/os_file_link.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int status_of_errno(void)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
	case EBADF:        /* a DocumentRoot that does not exist */
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

/* --- the file a path stands for --- */

static int set_file(struct handler_call *call, struct text root, int fd, struct text rest)
{
	buffer_clear(&call->file);
	buffer_text(&call->file, root);
	while (call->file.size && call->file.data[call->file.size - 1] == '/')
		call->file.size--;
	call->root = (struct handler_root){fd, call->file.size};
	if (!rest.size || rest.at[0] != '/')
		buffer_append(&call->file, "/", 1);
	buffer_text(&call->file, rest);
	buffer_append(&call->file, "", 1);
	if (call->file.failed)
		return 503;
	call->file.size--;
	return 0;
}

int handler_map(struct handler_call *call)
{
	if (call->file.size) /* another phase knew */
		return 0;
	return set_file(call, text_of(call->host->document_root), call->host->root_fd,
		buffer_view(&call->path));
}

/* --- opening --- */

enum os_file_links handler_links(const struct config_dir *dir)
{
	return dir->options & CONFIG_OPTION_FOLLOW_LINKS ? OS_FILE_LINKS_FOLLOW
							 : OS_FILE_LINKS_NONE;
}

/* A link that leaves the root may lead to a place of its own in the configuration. */
static bool may_lead(void *closure, const char *real)
{
	const struct handler_call *call = closure;
	if (config_reach_allows(call->host, real))
		return true;
	if (!call->log_lines && !call->script_alias) /* which may be run all the same */
		log_error("a link leads to %s, where no <Directory> of the configuration opens a "
			  "place: %s",
			real, call->file.data);
	return false;
}

/* The kernel alone judges nearly all paths; the rest is walked. */
static int open_file(const struct handler_call *call, const char *file, int flags)
{
	enum os_file_links links = handler_links(call->dir);
	const char *rest = file + call->root.size;
	struct os_file_link_way way = {.root = call->root.fd,
		.at = text_from(file, call->root.size),
		.own = links == OS_FILE_LINKS_NONE,
		.may_lead = may_lead,
		.closure = (void *)call};
	int fd = os_file_open_links(call->root.fd, rest, flags, links);
	bool walk = fd < 0 && (way.own ? errno == ELOOP : errno == EXDEV);
	if (!walk || (way.own && !(call->dir->options & CONFIG_OPTION_FOLLOW_OWN_LINKS)))
		return fd;
	return os_file_link_open(&way, rest, flags);
}

static bool (*ask_for_one)(void);

void handler_open_asks(bool (*give_up)(void))
{
	ask_for_one = give_up;
}

int handler_open(const struct handler_call *call, const char *file, int flags, struct stat *st)
{
	int fd;
	do
		fd = open_file(call, file, flags);
	while (fd < 0 && errno == EMFILE && ask_for_one && ask_for_one());
	if (fd >= 0 && fstat(fd, st) == 0)
		return fd;
	int status = status_of_errno();
	if (status >= 500)
		handler_log_scarcity(file);
	if (fd >= 0)
		close(fd);
	return -status;
}

struct dirent *handler_next(DIR *dir, const char *file, int *status)
{
	errno = 0;
	struct dirent *entry = readdir(dir);
	if (!entry && errno) {
		*status = status_of_errno();
		if (*status >= 500)
			handler_log_scarcity(file);
	}
	return entry;
}

/* Settings for the file as it is named now. */
static int match(struct handler_call *call)
{
	struct buffer error = BUFFER_INIT;
	struct config_target target = {.path = buffer_view(&call->path),
		.file = buffer_view(&call->file),
		.holds = handler_world_condition,
		.matched = handler_world_matched,
		.call = call,
		.error = &error};
	const struct config_dir *dir = config_match(call->host, &target);
	if (error.size)
		log_error("%.*s", TEXT_ARGS(buffer_view(&error)));
	buffer_free(&error);
	call->personal |= target.volatile_settings;
	if (!dir)
		return target.status;
	call->dir = dir;
	return 0;
}

/* Looks at call->file. */
static int look(struct handler_call *call)
{
	int status = match(call);
	if (status)
		return status;
	call->fd = handler_open(call, call->file.data, O_RDONLY, &call->st);
	call->missing = 0;
	if (call->fd >= 0)
		return 0;
	call->missing = -call->fd;
	call->fd = -1;
	if (call->missing != 403)
		return 0;
	if (errno == ELOOP && !call->log_lines)
		log_error("Symbolic link not allowed or link target not accessible: %s",
			call->file.data);
	/* It may be there all the same: a program need not be readable to be run. */
	int fd = handler_open(call, call->file.data, O_PATH, &call->st);
	if (fd >= 0)
		close(fd);
	else
		call->st.st_mode = 0;
	return 0;
}

/* Takes the slashes at its end, else the last part, off call->file; false: the root is left. */
static bool go_up(struct handler_call *call)
{
	size_t size = call->file.size, least = call->root.size + 1;
	if (size <= least)
		return false;
	if (call->file.data[size - 1] != '/')
		while (size > least && call->file.data[size - 1] != '/')
			size--;
	while (size > least && call->file.data[size - 1] == '/')
		size--;
	call->file.size = size;
	call->file.data[size] = '\0';
	return true;
}

/* Nothing is there: what is the deepest part of the path that is? A file, and the rest is its path
 * info; or a directory, and the first part that is missing is what was asked for. */
static int find_deepest(struct handler_call *call)
{
	struct buffer whole = BUFFER_INIT;
	buffer_text(&whole, buffer_view(&call->file));
	size_t below = call->file.size; /* the size of what was tried before */
	struct stat st = {.st_mode = 0};
	bool found = false;
	while (!whole.failed && go_up(call)) {
		int fd = handler_open(call, call->file.data, O_PATH, &st);
		if (fd >= 0)
			close(fd);
		found = fd >= 0;
		if (fd != -404)
			break;
		below = call->file.size;
	}
	size_t size = found && S_ISREG(st.st_mode) ? call->file.size : below;
	buffer_clear(&call->file);
	buffer_append(&call->file, whole.data, size);
	buffer_append(&call->file, "", 1);
	size_t rest = whole.size - size;
	bool failed = whole.failed || call->file.failed;
	buffer_free(&whole);
	if (failed)
		return 503;
	call->file.size--;
	call->path_info = rest < call->path.size ? call->path.size - rest : 0;
	return rest ? look(call) : 0;
}

/* A directory is named with its slash, so that sections know it for one. */
static int name_directory(struct handler_call *call)
{
	if (call->file.data[call->file.size - 1] == '/')
		return 0;
	buffer_append(&call->file, "/", 2);
	if (call->file.failed)
		return 503;
	call->file.size--;
	return match(call);
}

int handler_walk(struct handler_call *call)
{
	call->path_info = call->path.size;
	int status = look(call);
	if (status)
		return status;
	if (call->missing == 404)
		status = find_deepest(call);
	if (!status && S_ISDIR(call->st.st_mode))
		status = name_directory(call);
	if (!status)
		config_media_of(call->config, call->dir, buffer_view(&call->file), &call->media);
	if (call->forced_type)
		call->media.type = call->forced_type;
	return status;
}
