/*
 * config_pool - how many processes, when not all was said
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false with a message in the reader: only where a warning found no memory
 *
 * Where each worker holds one connection the pool has to follow the number of clients, and the
 * numbers are those of Apache's prefork. Where each holds thousands, a worker for each CPU is all
 * that helps, and the pool is static unless the configuration says otherwise.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_pool.h"

#include "os/os_process.h"

enum { CLASSIC_START = 5, CLASSIC_MIN_SPARE = 5, CLASSIC_MAX_SPARE = 10, CLASSIC_MOST = 256 };

static unsigned larger(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

#define PLACE(symbol) (reader->said[CONFIG_DIRECTIVE_##symbol])
#define SAID(symbol) (PLACE(symbol).file != NULL)

static bool complete_connections(struct config_reader *reader)
{
	struct config *c = reader->config;
	if (c->process_model != CONFIG_FORK || c->worker_connections == 1)
		return true;
	c->worker_connections = 1;
	return !SAID(WORKER_CONNECTIONS) ||
	       config_reader_warn(reader, PLACE(WORKER_CONNECTIONS),
		       "WorkerConnections does not count for ProcessModel fork: taken as 1");
}

static bool complete_most(struct config_reader *reader)
{
	struct config *c = reader->config;
	if (!SAID(MAX_REQUEST_WORKERS))
		c->max_request_workers =
			c->worker_connections > 1 ? c->start_servers : CLASSIC_MOST;
	unsigned wanted = c->max_request_workers;
	if (wanted <= c->server_limit)
		return true;
	c->max_request_workers = c->server_limit;
	return !SAID(MAX_REQUEST_WORKERS) ||
	       config_reader_warn(reader, PLACE(MAX_REQUEST_WORKERS),
		       "MaxRequestWorkers %u exceeds ServerLimit %u: lowered", wanted,
		       c->server_limit);
}

static bool complete_start(struct config_reader *reader)
{
	struct config *c = reader->config;
	unsigned wanted = c->start_servers;
	if (wanted <= c->max_request_workers)
		return true;
	c->start_servers = c->max_request_workers;
	return !SAID(START_SERVERS) ||
	       config_reader_warn(reader, PLACE(START_SERVERS),
		       "StartServers %u exceeds MaxRequestWorkers %u: lowered", wanted,
		       c->max_request_workers);
}

static bool complete_spare(struct config_reader *reader)
{
	struct config *c = reader->config;
	bool many = c->worker_connections > 1;
	if (!SAID(MIN_SPARE_SERVERS))
		c->min_spare_servers = many ? c->start_servers : CLASSIC_MIN_SPARE;
	if (!SAID(MAX_SPARE_SERVERS))
		c->max_spare_servers = many ? c->start_servers : CLASSIC_MAX_SPARE;
	if (many && !SAID(MIN_SPARE_SERVERS) && !SAID(MAX_SPARE_SERVERS))
		return true; /* a static pool: as many as were started, no more, no fewer */
	unsigned wanted = c->max_spare_servers;
	if (wanted > c->min_spare_servers)
		return true;
	c->max_spare_servers = c->min_spare_servers + 1;
	return config_reader_warn(reader,
		SAID(MAX_SPARE_SERVERS) ? PLACE(MAX_SPARE_SERVERS) : PLACE(MIN_SPARE_SERVERS),
		"MaxSpareServers %u is not above MinSpareServers %u: raised to %u", wanted,
		c->min_spare_servers, c->max_spare_servers);
}

bool config_pool_complete(struct config_reader *reader)
{
	struct config *c = reader->config;
	if (!complete_connections(reader))
		return false;
	if (!SAID(START_SERVERS))
		c->start_servers = c->worker_connections > 1
					   ? os_process_cpus()
					   : larger(os_process_cpus(), CLASSIC_START);
	return complete_most(reader) && complete_start(reader) && complete_spare(reader);
}
