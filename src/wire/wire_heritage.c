/*
 * wire_heritage - everything a child gets from its parent
 *
 * Runs in:  the parent packs, the child opens
 * Owns:     see wire_heritage.h
 * Errors:   false or NULL; a child that gets no heritage cannot work
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_AREA "core"
#include "wire/wire_heritage.h"

#include "base/assert.h"

#include <stdlib.h>
#include <unistd.h>

enum { PACKED_MAGIC = 0x70664831, FDS_MOST = 1 << 16 };

/* The fixed part of the bytes; behind it stand the descriptors of the listeners, those of the
 * access logs, those of the error logs, the ServerRoot with its NUL, and the record of
 * the configuration. */
struct packed {
	uint32_t magic;
	uint32_t slot, generation, page;
	int32_t diary_fd, ask_fd, scoreboard_fd, error_log_fd, connection;
	int32_t mutex_kind, mutex_fd; /* kind -1: none */
	int32_t keeper, starter;
	int32_t crowd_fd;       /* -1: none */
	uint32_t process_model; /* which a restart does not change, whatever the record says */
	uint32_t connections;   /* a worker may hold; the record may ask for more */
	uint32_t listener_count, log_count, error_log_count, server_root_size, record_size;
	struct os_identity identity;
	struct wire_sandbox sandbox;
	struct os_address from;
	struct mp_share pipe, queue;
};

static void pack_fixed(const struct wire_heritage *h, struct packed *p)
{
	const struct config *c = h->config;
	memset(p, 0, sizeof *p);
	p->magic = PACKED_MAGIC;
	p->slot = h->slot;
	p->generation = h->generation;
	p->page = h->page;
	p->diary_fd = h->diary_fd;
	p->ask_fd = h->ask_fd;
	p->scoreboard_fd = h->scoreboard_fd;
	p->error_log_fd = c->error_log_fd;
	p->connection = h->connection;
	p->keeper = h->keeper;
	p->starter = h->starter;
	p->crowd_fd = h->crowd ? h->crowd_fd : -1;
	p->mutex_kind = h->accept_mutex ? (int32_t)os_mutex_kind(h->accept_mutex) : -1;
	p->mutex_fd = h->accept_mutex ? os_mutex_fileno(h->accept_mutex) : -1;
	p->process_model = (uint32_t)c->process_model;
	p->connections = c->worker_connections;
	p->listener_count = (uint32_t)h->listener_count;
	p->log_count = (uint32_t)c->log_count;
	p->error_log_count = (uint32_t)c->error_log_count;
	p->server_root_size = (uint32_t)strlen(c->server_root) + 1;
	p->record_size = (uint32_t)c->record.size;
	p->identity = *h->identity;
	p->sandbox = *h->sandbox;
	p->from = h->from;
	if (h->pipe)
		p->pipe = mp_pipe_share(h->pipe);
	if (h->queue)
		p->queue = mp_queue_share(h->queue);
}

bool wire_heritage_pack(const struct wire_heritage *h, struct buffer *to)
{
	struct packed fixed;
	pack_fixed(h, &fixed);
	buffer_append(to, &fixed, sizeof fixed);
	buffer_append(to, h->listeners, h->listener_count * sizeof *h->listeners);
	for (size_t i = 0; i < h->config->log_count; i++)
		buffer_append(to, &h->config->logs[i]->fd, sizeof(int));
	for (size_t i = 0; i < h->config->error_log_count; i++)
		buffer_append(to, &h->config->error_logs[i]->sink.fd, sizeof(int));
	buffer_append(to, h->config->server_root, fixed.server_root_size);
	buffer_text(to, h->config->record);
	return !to->failed;
}

/* The next `size` bytes of what came; NULL: there are fewer. */
static const char *take(struct text *rest, size_t size)
{
	const char *at = rest->at;
	if (rest->size < size)
		return NULL;
	*rest = text_from(at + size, rest->size - size);
	return at;
}

static bool open_config(struct wire_heritage *h, const struct packed *p, const char *logs,
	const char *errors, const char *server_root, struct text record, struct buffer *why)
{
	h->config = config_replay(record, server_root, why);
	if (!h->config)
		return false;
	if (h->config->log_count != p->log_count ||
		h->config->error_log_count != p->error_log_count) {
		buffer_string(why, "the logs are not the parent's");
		return false;
	}
	h->config->process_model = (enum config_process_model)p->process_model;
	h->config->worker_connections = p->connections;
	h->config->error_log_fd = p->error_log_fd;
	for (size_t i = 0; i < p->log_count; i++)
		memcpy(&h->config->logs[i]->fd, logs + i * sizeof(int), sizeof(int));
	for (size_t i = 0; i < p->error_log_count; i++)
		memcpy(&h->config->error_logs[i]->sink.fd, errors + i * sizeof(int), sizeof(int));
	wire_heritage_logs(h->config);
	return true;
}

static bool open_shared(struct wire_heritage *h, const struct packed *p)
{
	h->scoreboard = wire_scoreboard_open(p->scoreboard_fd);
	if (p->crowd_fd >= 0)
		h->crowd = wire_crowd_open(p->crowd_fd);
	if (p->pipe.kind)
		h->pipe = mp_pipe_from_share(&p->pipe);
	if (p->queue.kind)
		h->queue = mp_queue_from_share(&p->queue);
	if (p->mutex_kind >= 0)
		h->accept_mutex = os_mutex_from_fd((enum os_mutex_kind)p->mutex_kind, p->mutex_fd);
	return h->scoreboard && (p->crowd_fd < 0 || h->crowd) && (!p->pipe.kind || h->pipe) &&
	       (!p->queue.kind || h->queue) && (p->mutex_kind < 0 || h->accept_mutex);
}

/* What would be used as an index, a count or a kind without being asked again. */
static bool is_sound(const struct packed *p)
{
	return p->magic == PACKED_MAGIC && p->listener_count <= FDS_MOST &&
	       p->log_count <= FDS_MOST && p->error_log_count <= FDS_MOST &&
	       p->process_model <= CONFIG_DISPATCH && p->connections > 0 &&
	       p->server_root_size > 0 && p->identity.count >= 0 &&
	       (size_t)p->identity.count <= COUNT_OF(p->identity.groups) && p->mutex_kind >= -1 &&
	       p->mutex_kind <= OS_MUTEX_PTHREAD && os_seccomp_sound(&p->sandbox.filter);
}

/* Undoes what a heritage that turned out to be damaged had opened so far. */
static void close_again(struct wire_heritage *h)
{
	mp_pipe_close(h->pipe);
	mp_queue_close(h->queue);
	os_mutex_free(h->accept_mutex);
	if (h->config) {
		log_to(STDERR_FILENO);
		config_free(h->config);
	}
	free((void *)h->listeners);
	*h = (struct wire_heritage){.connection = -1};
}

static const struct wire_heritage *unpack(struct text rest, struct buffer *why)
{
	static struct wire_heritage heritage;
	static struct packed fixed;
	const char *at = take(&rest, sizeof fixed);
	if (at)
		memcpy(&fixed, at, sizeof fixed);
	heritage = (struct wire_heritage){.connection = -1};
	if (!at || !is_sound(&fixed))
		goto damaged;
	const char *listeners = take(&rest, fixed.listener_count * sizeof(int));
	const char *logs = take(&rest, fixed.log_count * sizeof(int));
	const char *errors = take(&rest, fixed.error_log_count * sizeof(int));
	const char *root = take(&rest, fixed.server_root_size);
	const char *record = take(&rest, fixed.record_size);
	if (!listeners || !logs || !errors || !root || !record || root[fixed.server_root_size - 1])
		goto damaged;
	int *fds = malloc((fixed.listener_count + 1) * sizeof *fds);
	if (!fds)
		goto damaged;
	memcpy(fds, listeners, fixed.listener_count * sizeof *fds);
	heritage = (struct wire_heritage){.identity = &fixed.identity,
		.sandbox = &fixed.sandbox,
		.slot = fixed.slot,
		.generation = fixed.generation,
		.page = fixed.page,
		.diary_fd = fixed.diary_fd,
		.ask_fd = fixed.ask_fd,
		.scoreboard_fd = fixed.scoreboard_fd,
		.listeners = fds,
		.listener_count = fixed.listener_count,
		.connection = fixed.connection,
		.keeper = fixed.keeper,
		.starter = fixed.starter,
		.from = fixed.from};
	if (!open_config(&heritage, &fixed, logs, errors, root,
		    text_from(record, fixed.record_size), why)) {
		close_again(&heritage);
		return NULL;
	}
	if (open_shared(&heritage, &fixed))
		return &heritage;
damaged:
	close_again(&heritage);
	buffer_string(why, "the heritage did not arrive whole");
	return NULL;
}

const struct wire_heritage *wire_heritage_open(void *args, size_t size, struct buffer *why)
{
	uint32_t magic;
	if (size < sizeof magic)
		return unpack((struct text){NULL, 0}, why);
	memcpy(&magic, args, sizeof magic);
	if (magic == WIRE_HERITAGE_DIRECT) {
		ASSERT(size == sizeof(struct wire_heritage));
		return args;
	}
	return unpack(text_from(args, size), why);
}

void wire_heritage_logs(const struct config *config)
{
	const struct log_levels *levels = &config->host.dir.levels.all;
	log_level(NULL, LOG_WARN);
	for (size_t i = 0; i < levels->count; i++)
		log_level(levels->rows[i].area, levels->rows[i].most);
	if (config->error_log_fd >= 0) {
		config->error_logs[0]->sink.fd = config->error_log_fd;
		log_into(&config->error_logs[0]->sink, config->host.error_log_form);
	}
	log_stamped();
}
