/*
 * parent_room - no more connections than there are descriptors for
 *
 * Runs in:  the parent, for each configuration before anything else makes use of it
 * Owns:     nothing
 * Errors:   none
 *
 * A worker that may hold more connections than it can have descriptors accepts until it has none
 * left, and then cannot open the files it is asked for. So it is told a number it can keep.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent.h"

#include "os/os_file.h"

enum {
	OWN = 64,  /* of a worker, and for the files and programs it is at */
	LEAST = 2, /* one is another design */
};

static unsigned asked; /* by the present configuration, where that is too many; else 0 */

void parent_room_cap(struct config *config)
{
	unsigned long limit = os_file_raise_limit();
	unsigned long own = OWN + config->fd_count + config->log_count + config->error_log_count +
			    config->listen_count;
	unsigned long most = limit > own + LEAST ? limit - own : LEAST;
	unsigned wanted = config->worker_connections;
	asked = wanted > 1 && wanted > most ? wanted : 0;
	if (asked)
		config->worker_connections = (unsigned)most;
}

void parent_room_say(const struct config *config)
{
	static unsigned said;
	if (asked && asked != said)
		log_notice(
			"WorkerConnections is %u, but a process may have %lu descriptors (ulimit "
			"-n): a worker takes %u connections",
			asked, os_file_raise_limit(), config->worker_connections);
	said = asked;
}
