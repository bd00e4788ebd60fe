/*
 * config_merge - settings that say nothing, and settings laid over others
 *
 * Runs in:  the parent while it reads a configuration; workers
 * Owns:     nothing
 * Errors:   false: out of memory
 *
 * What belongs to an area (config/areas.def) is laid by the area; here are those of the core.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_merge.h"

#include "config/config_content.h"

struct config_dir config_merge_silent(void)
{
	struct config_dir dir = {.limit_request_body = -1,
		.max_ranges = -1,
		.max_range_overlaps = -1,
		.max_range_reversals = -1,
		.directory_slash = -1,
		.accept_path_info = -1};
	config_content_silent(&dir);
#define CONFIG_AREA(name) config_##name##_silent(&dir.name);
#include "config/areas.def"
#undef CONFIG_AREA
	return dir;
}

bool config_merge_rows(struct arena *memory, const void *inner, size_t inner_count,
	const void **outer, size_t *outer_count, size_t each)
{
	if (!inner_count)
		return true;
	char *all = arena_take(memory, (inner_count + *outer_count) * each);
	if (!all)
		return false;
	memcpy(all, inner, inner_count * each);
	if (*outer_count)
		memcpy(all + inner_count * each, *outer, *outer_count * each);
	*outer = all;
	*outer_count += inner_count;
	return true;
}

void config_merge_take_back(struct config_dir *dir)
{
	if (dir->handler && strcmp(dir->handler, "none") == 0)
		dir->handler = NULL;
	if (dir->force_type && text_equal_nocase(text_of(dir->force_type), TEXT("none")))
		dir->force_type = NULL;
}

static void lay_numbers(struct config_dir *dir, const struct config_dir *inner)
{
	if (inner->limit_request_body >= 0)
		dir->limit_request_body = inner->limit_request_body;
	if (inner->max_ranges >= 0)
		dir->max_ranges = inner->max_ranges;
	if (inner->max_range_overlaps >= 0)
		dir->max_range_overlaps = inner->max_range_overlaps;
	if (inner->max_range_reversals >= 0)
		dir->max_range_reversals = inner->max_range_reversals;
	if (inner->directory_slash >= 0)
		dir->directory_slash = inner->directory_slash;
	if (inner->accept_path_info >= 0)
		dir->accept_path_info = inner->accept_path_info;
	if (inner->grant.allowed)
		dir->grant.allowed = inner->grant.allowed;
	if (inner->grant.listed)
		dir->grant.listed = inner->grant.listed;
}

static bool lay_rows(struct arena *memory, struct config_dir *dir, const struct config_dir *inner)
{
	const void *documents = dir->error_documents, *types = dir->types;
	bool good = config_merge_rows(memory, inner->error_documents, inner->error_document_count,
			    &documents, &dir->error_document_count, sizeof *dir->error_documents) &&
		    config_merge_rows(memory, inner->types, inner->type_count, &types,
			    &dir->type_count, sizeof *dir->types);
	dir->error_documents = documents;
	dir->types = types;
	return good;
}

bool config_merge_lay_over(
	struct arena *memory, struct config_dir *dir, const struct config_dir *inner)
{
	if (inner->handler)
		dir->handler = inner->handler;
	if (inner->force_type)
		dir->force_type = inner->force_type;
	if (inner->directory_index)
		dir->directory_index = inner->directory_index;
	lay_numbers(dir, inner);
#define CONFIG_AREA(name)                                                                          \
	if (!config_##name##_lay_over(memory, &dir->name, &inner->name))                           \
		return false;
#include "config/areas.def"
#undef CONFIG_AREA
	return lay_rows(memory, dir, inner) && config_content_lay_over(memory, dir, inner);
}
