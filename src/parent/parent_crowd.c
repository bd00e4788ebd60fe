/*
 * parent_crowd - the count of connections of each client address (MaxConnPerIP)
 *
 * Runs in:  the parent
 * Owns:     the table, once there has been a limit
 * Errors:   a line in the log; then nobody is limited
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent.h"

#include <unistd.h>

void parent_crowd_update(struct parent *p)
{
	if (p->crowd || !p->config->max_conn_per_ip)
		return;
	p->crowd = wire_crowd_new(p->board->slots, &p->crowd_fd);
	if (!p->crowd)
		log_error("cannot count the connections of each address, so MaxConnPerIP does not "
			  "count: %m");
}

void parent_crowd_close(struct parent *p)
{
	wire_crowd_close(p->crowd);
	if (p->crowd_fd >= 0)
		close(p->crowd_fd);
}
