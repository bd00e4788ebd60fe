/*
 * config_reach - may a link lead there?
 *
 * Runs in:  workers
 * Owns:     nothing
 * Errors:   none
 *
 * Only for links that leave the root of what was asked for, so names may be resolved each time: a
 * DocumentRoot is often a link itself.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_reach.h"

#include <limits.h>
#include <stdlib.h>

static bool is_beneath(const char *real, struct text place)
{
	while (place.size && place.at[place.size - 1] == '/')
		place.size--;
	return place.size && text_starts(text_of(real), place) &&
	       (real[place.size] == '/' || real[place.size] == '\0');
}

static bool covers(const char *place, const char *real)
{
	char resolved[PATH_MAX];
	return is_beneath(real, text_of(place)) ||
	       (realpath(place, resolved) && is_beneath(real, text_of(resolved)));
}

/* Require all denied, alone. */
static bool denies(const struct config_require *rules)
{
	const struct config_require *first = rules ? rules->first : NULL;
	return first && !first->next && first->kind == CONFIG_REQUIRE_ALL && !first->granted &&
	       !first->negate && !first->methods;
}

bool config_reach_allows(const struct config_host *host, const char *real)
{
	const struct config_sections *sections = &host->sections;
	const struct config_section *deepest = NULL;
	for (size_t i = 0; i < sections->count; i++) {
		const struct config_section *s = sections->all[i];
		if (s->kind == CONFIG_SECTION_DIRECTORY && s->size && !s->pattern && !s->regex &&
			(!deepest || s->size >= deepest->size) && covers(s->path, real))
			deepest = s;
	}
	if (deepest && denies(deepest->dir.access.require))
		return false;
	return deepest || (host->document_root && covers(host->document_root, real));
}
