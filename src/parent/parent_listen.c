/*
 * parent_listen - the listening sockets
 *
 * Runs in:  the parent
 * Owns:     see parent_listen.h
 * Errors:   -1 and a line in the log
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent.h"

#include "os/os_file.h"
#include "os/os_socket.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { DEFER_ACCEPT_S = 1 };

/* A pool whose size never changes: every slot is taken as long as the server runs. */
static bool is_static(const struct config *c)
{
	return c->process_model == CONFIG_PREFORK && c->worker_connections > 1 &&
	       c->accept_mutex == CONFIG_MUTEX_NONE && c->start_servers == c->max_request_workers;
}

/* The smaller timeout decides how long one recv(2) of a blocking worker may last; the worker counts
 * them up to the larger. */
static unsigned block_ms(const struct config_host *host)
{
	return host->keep_alive_timeout_ms && host->keep_alive_timeout_ms < host->timeout_ms
		       ? host->keep_alive_timeout_ms
		       : host->timeout_ms;
}

static bool has_address(const struct parent_listeners *set, const struct os_address *address)
{
	for (size_t i = 0; i < set->count; i++)
		if (os_address_equal(&set->list[i].address, address))
			return true;
	return false;
}

static size_t count_of(const struct parent_listeners *set, const struct os_address *address)
{
	size_t n = 0;
	for (size_t i = 0; i < set->count; i++)
		n += os_address_equal(&set->list[i].address, address);
	return n;
}

/* SO_REUSEPORT would let us join somebody else's port unseen; without it, bind(2) says the truth.
 * Nobody listens there yet: a client that came in between would be reset. */
static int check_free(const struct parent_listeners *set, const struct config_listen *listen)
{
	struct os_socket_listen how = {.backlog = 0, .wait_ms = set->wait_ms};
	int fd = os_socket_listen(&listen->address, &how);
	if (fd < 0)
		return -1;
	return close(fd);
}

static int add(struct parent_listeners *set, const struct config *config,
	const struct config_listen *listen)
{
	struct os_socket_listen how = {.backlog = config->listen_backlog,
		.share = true,
		.timeout_ms = block_ms(&config->host),
		.defer_s = DEFER_ACCEPT_S};
	struct parent_listener *list = realloc(set->list, (set->count + 1) * sizeof *list);
	if (!list)
		return -1;
	set->list = list;
	int fd = os_socket_listen(&listen->address, &how);
	if (fd < 0)
		return -1;
	set->list[set->count++] = (struct parent_listener){fd, listen->address, false};
	return 0;
}

int parent_listen_adopt(struct parent_listeners *set, const struct config *config, int fd,
	const struct os_address *address)
{
	int shared = 0;
	socklen_t size = sizeof shared;
	struct parent_listener *list = realloc(set->list, (set->count + 1) * sizeof *list);
	if (!list)
		return -1;
	set->list = list;
	getsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &shared, &size);
	set->list[set->count++] = (struct parent_listener){fd, *address, !shared};
	if (os_file_nonblocking(fd, true) < 0)
		return -1;
	os_socket_no_delay(fd);
	return os_socket_patience(fd, block_ms(&config->host));
}

/* What the configuration says of a listener may have changed since it was made, and what a worker
 * can change of it may have been. Bytes in the queue are not touched by any of this. */
static void renew(const struct parent_listeners *set, const struct config *config)
{
	for (size_t i = 0; i < set->count; i++) {
		os_file_nonblocking(set->list[i].fd, true);
		os_socket_patience(set->list[i].fd, block_ms(&config->host));
		listen(set->list[i].fd, (int)config->listen_backlog);
	}
}

static bool is_alone(const struct parent_listeners *set, const struct os_address *address)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->list[i].alone && os_address_equal(&set->list[i].address, address))
			return true;
	return false;
}

static const char *reason(void)
{
	switch (errno) {
	case EADDRINUSE:
		return "the port is in use by another process";
	case EACCES:
		return "ports below 1024 are for root";
	case EADDRNOTAVAIL:
		return "no interface of this machine has that address";
	default:
		return strerror(errno);
	}
}

static int open_one(struct parent_listeners *set, const struct parent_listeners *before,
	const struct config *config, const struct config_listen *listen, size_t wanted)
{
	if ((has_address(before, &listen->address) || check_free(set, listen) == 0)) {
		while (!is_alone(set, &listen->address) && count_of(set, &listen->address) < wanted)
			if (add(set, config, listen) < 0)
				goto failed;
		return 0;
	}
failed:
	if (listen->file && listen->line)
		log_crit("%s:%u: cannot listen on %s: %s", listen->file, listen->line, listen->text,
			reason());
	else
		log_crit("cannot listen on %s: %s", listen->text, reason());
	return -1;
}

static bool is_wanted(const struct config *config, const struct os_address *address)
{
	for (size_t i = 0; i < config->listen_count; i++)
		if (os_address_equal(&config->listens[i].address, address))
			return true;
	return false;
}

static void drop_unwanted(struct parent_listeners *set, const struct config *config)
{
	size_t kept = 0;
	for (size_t i = 0; i < set->count; i++)
		if (is_wanted(config, &set->list[i].address))
			set->list[kept++] = set->list[i];
		else
			close(set->list[i].fd);
	set->count = kept;
}

int parent_listen_update(struct parent_listeners *set, const struct config *config)
{
	size_t before_count = set->count;
	struct parent_listeners before = *set;
	before.list = malloc((before_count + 1) * sizeof *before.list);
	if (!before.list)
		return -1;
	if (before_count)
		memcpy(before.list, set->list, before_count * sizeof *before.list);
	size_t wanted = is_static(config) ? config->start_servers : 1;
	int result = 0;
	for (size_t i = 0; result == 0 && i < config->listen_count; i++)
		result = open_one(set, &before, config, &config->listens[i], wanted);
	free(before.list);
	if (result < 0) {
		while (set->count > before_count)
			close(set->list[--set->count].fd);
		return -1;
	}
	drop_unwanted(set, config);
	set->by_slot = is_static(config);
	set->slots = config->start_servers;
	renew(set, config);
	return 0;
}

size_t parent_listen_share(const struct parent_listeners *set, uint32_t slot, int *fds)
{
	size_t count = 0;
	for (size_t i = 0; i < set->count; i++) {
		const struct os_address *address = &set->list[i].address;
		size_t nth = 0, of = set->by_slot ? count_of(set, address) : 0;
		for (size_t j = 0; set->by_slot && j < i; j++)
			nth += os_address_equal(&set->list[j].address, address);
		/* More slots than listeners (one that came from outside stands alone): they share
		 * them. */
		size_t parts = of < set->slots ? of : set->slots;
		if (!set->by_slot || nth % parts == slot % set->slots % parts)
			fds[count++] = set->list[i].fd;
	}
	return count;
}

void parent_listen_close(struct parent_listeners *set)
{
	for (size_t i = 0; i < set->count; i++)
		close(set->list[i].fd);
	free(set->list);
	*set = (struct parent_listeners){0};
}
