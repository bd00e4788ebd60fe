/*
 * worker_crowd - how many connections one client may have (MaxConnPerIP)
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   a client that has too many is told so, if it takes that at once, and closed
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_refusal.h"
#include "worker/worker.h"

static void turn_away(struct worker *w, int fd)
{
	wire_refusal(fd, "Your address has too many connections already.");
	/* Taken and ended. */
	worker_took(w);
	w->open--;
	w->counts.closed++;
}

bool worker_crowd_admit(struct worker *w, int fd, const struct os_address *from, uint32_t *place)
{
	struct wire_crowd *crowd = w->heritage->crowd;
	unsigned limit = w->config->max_conn_per_ip;
	char text[OS_ADDRESS_TEXT];
	*place = 0;
	if (!crowd || !limit)
		return true;
	*place = wire_crowd_place(crowd, from);
	if (wire_crowd_enter(crowd, w->heritage->page, *place, limit))
		return true;
	if (wire_crowd_say(crowd, *place, (uint32_t)w->now))
		log_warn("%s has %u connections (MaxConnPerIP): no more are taken",
			os_address_host(from, text), limit);
	turn_away(w, fd);
	return false;
}
