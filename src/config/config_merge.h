/*
 * config_merge - settings that say nothing, and settings laid over others
 *
 * Runs in:  the parent while it reads a configuration; workers
 * Owns:     nothing
 * Errors:   false: out of memory
 *
 * Private to src/config.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_MERGE_H
#define CONFIG_MERGE_H

#include "base/arena.h"
#include "config/config.h"

/* Settings that say nothing. */
struct config_dir config_merge_silent(void);

/* Lays `inner` over *dir. */
bool config_merge_lay_over(
	struct arena *memory, struct config_dir *dir, const struct config_dir *inner);

/* All has been laid over *dir: what said "none" to take an outer setting back is gone with it. */
void config_merge_take_back(struct config_dir *dir);

/* The rows of `inner` before those of *outer: who looks for the first that fits finds the inner
 * one. */
bool config_merge_rows(struct arena *memory, const void *inner, size_t inner_count,
	const void **outer, size_t *outer_count, size_t each);

#endif
