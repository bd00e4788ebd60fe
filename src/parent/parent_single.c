/*
 * parent_single - preforkd -X: one process that does it all (but programs), for a debugger
 *
 * Runs in:  the process that was started, which is parent and worker in one
 * Owns:     the listeners and the scoreboard of one row
 * Errors:   one line and exit status 1
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent.h"

#include "os/os_clock.h"
#include "parent/parent_bear.h"
#include "parent/parent_entry.h"
#include "parent/parent_loggers.h"
#include "parent/parent_logs.h"
#include "parent/parent_sandbox.h"
#include "parent/parent_starter.h"

#include <stdlib.h>
#include <unistd.h>

static int serve_here(struct parent *p, int (*serve)(void *heritage, size_t size))
{
	int fds[p->listeners.count + 1];
	struct wire_heritage heritage = parent_bear_heritage(p);
	heritage.listeners = fds;
	heritage.listener_count = parent_listen_share(&p->listeners, 0, fds);
	heritage.single = true;
	parent_starter_update(p);
	heritage.starter = parent_starter_socket(p);
	parent_status_open(p);
	p->board->used = 1;
	p->board->slot[0].state = WIRE_STATE_WRITING;
	p->board->slot[0].pid = (int32_t)getpid();
	p->board->slot[0].born = os_clock_now();
	p->board->slot[0].born_ms = (int64_t)os_clock_ms();
	wire_heritage_logs(p->config);
	parent_sandbox_renew(p);
	return serve(&heritage, sizeof heritage);
}

int parent_single(struct config *config, int (*serve)(void *heritage, size_t size))
{
	struct parent p = {.config = config, .board_fd = -1, .sandbox = WIRE_SANDBOX_NONE};
	int status = EXIT_FAILURE;
	config->process_model = CONFIG_PREFORK;
	if (parent_identity(config, &p.identity, NULL) == 0 && parent_logs_open(config) == 0 &&
		parent_listen_update(&p.listeners, config) == 0) {
		p.board = wire_scoreboard_new(1, &p.board_fd);
		if (p.board)
			status = serve_here(&p, serve);
		else
			log_crit("cannot make the scoreboard: %m");
	}
	parent_starter_close(&p);
	parent_sandbox_free(&p.sandbox);
	if (p.board_fd >= 0)
		close(p.board_fd);
	parent_listen_close(&p.listeners);
	parent_logs_close(config);
	parent_loggers_end();
	config_free(config);
	return status;
}
