/*
 * areas - the headers of config/areas.def
 *
 * Runs in:  the parent and its workers
 * Owns:     nothing
 * Errors:   none
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_AREAS_H
#define CONFIG_AREAS_H

#include "config/config_access.h"
#include "config/config_alias.h"
#include "config/config_cgi.h"
#include "config/config_headers.h"
#include "config/config_index.h"
#include "config/config_levels.h"
#include "config/config_rewrite.h"
#include "config/config_small.h"
#include "config/config_env.h"

#endif
