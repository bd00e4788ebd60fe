/*
 * starter_limit - how much may a program use?
 *
 * Runs in:  the starter
 * Owns:     nothing
 * Errors:   none
 *
 * What RLimitCPU, RLimitMEM and RLimitNPROC say for a file is known here as it is to a worker. What
 * <Location> and <If> say depends on the request, which is not seen: a worker may claim any of it,
 * and of what an <If> says in an .htaccess on the way to the file. What it claims in vain, it gets
 * what holds for the file.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "starter/starter.h"

/* The limit asked for; one that is not said: none was. */
static struct config_cgi_limit asked_of(const struct mp_subprocess_order *order, int resource)
{
	for (size_t i = 0; i < order->limit_count; i++)
		if (order->limits[i].resource == resource)
			return (struct config_cgi_limit){true, order->limits[i].limit.rlim_cur,
				order->limits[i].limit.rlim_max};
	return (struct config_cgi_limit){false, 0, 0};
}

static bool is_same(const struct config_cgi_limit *a, const struct config_cgi_limit *b)
{
	return a->said == b->said && (!a->said || (a->soft == b->soft && a->hard == b->hard));
}

/* Does a section that depends on the request say it? */
static bool is_said(const struct config_sections *sections, bool depends, size_t which,
	const struct config_cgi_limit *asked)
{
	for (size_t i = 0; i < sections->count; i++) {
		const struct config_section *s = sections->all[i];
		bool here = depends || starter_place_depends(s);
		if (here && asked->said && is_same(&s->dir.cgi.limits[which], asked))
			return true;
		if (is_said(&s->inner, here, which, asked))
			return true;
	}
	return false;
}

void starter_limit_hears(void *closure, const struct config_section *htaccess)
{
	struct starter_claim *claim = closure;
	for (size_t i = 0; i < CONFIG_CGI_LIMITS; i++) {
		struct config_cgi_limit asked = asked_of(claim->order, config_cgi_resource(i));
		claim->said[i] |= is_said(&htaccess->inner, false, i, &asked);
	}
}

bool starter_limit_grants(const struct config_host *host, const struct config_dir *dir,
	const struct starter_claim *claim)
{
	for (size_t i = 0; i < CONFIG_CGI_LIMITS; i++) {
		struct config_cgi_limit asked = asked_of(claim->order, config_cgi_resource(i));
		if (!is_same(&asked, &dir->cgi.limits[i]) && !claim->said[i] &&
			!is_said(&host->sections, false, i, &asked))
			return false;
	}
	return true;
}

/* What this process itself may have is the most that can be given. */
static bool give(
	const struct config_cgi_limit *wanted, int resource, struct mp_subprocess_limit *to)
{
	struct rlimit now;
	if (!wanted->said || getrlimit(resource, &now) < 0)
		return false;
	rlim_t hard = wanted->hard < now.rlim_max ? wanted->hard : now.rlim_max;
	rlim_t soft = wanted->soft < hard ? wanted->soft : hard;
	*to = (struct mp_subprocess_limit){resource, {soft, hard}};
	return true;
}

void starter_limit_set(
	struct mp_subprocess_order *order, const struct config_dir *dir, bool granted)
{
	static struct mp_subprocess_limit all[CONFIG_CGI_LIMITS];
	size_t count = 0;
	for (size_t i = 0; i < CONFIG_CGI_LIMITS; i++) {
		int resource = config_cgi_resource(i);
		struct config_cgi_limit asked = asked_of(order, resource);
		count += give(granted ? &asked : &dir->cgi.limits[i], resource, &all[count]);
	}
	order->limits = all;
	order->limit_count = count;
}
