/*
 * config_media - what the name of a file says of its content
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   none; what no extension says stays unsaid
 *
 * Every extension counts, in any order (Apache's mod_mime): page.html.de.gz is HTML, German and
 * compressed.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_media.h"

#include "base/assert.h"
#include "config/config_types.h"

/* Rows of `kind` for an extension: the innermost section's, which stands first; NULL: none. */
static const char *find(
	const struct config_dir *dir, enum config_extension_kind kind, struct text extension)
{
	for (size_t i = 0; i < dir->extension_count; i++)
		if (dir->extensions[i].kind == kind &&
			text_equal_nocase(text_of(dir->extensions[i].extension), extension))
			return dir->extensions[i].value;
	return NULL;
}

static const char *added_type(const struct config_dir *dir, struct text extension)
{
	for (size_t i = 0; i < dir->type_count; i++)
		if (text_equal_nocase(text_of(dir->types[i].extension), extension))
			return dir->types[i].type;
	return NULL;
}

static void push(const char *names[CONFIG_MEDIA_MOST], size_t *count, const char *name)
{
	if (*count < CONFIG_MEDIA_MOST)
		names[(*count)++] = name;
}

/* false: nobody knows the extension. */
static bool learn(const struct config *config, const struct config_dir *dir, struct text extension,
	struct config_media *media)
{
	const char *coding = find(dir, CONFIG_EXTENSION_CODING, extension);
	const char *language = find(dir, CONFIG_EXTENSION_LANGUAGE, extension);
	const char *charset = find(dir, CONFIG_EXTENSION_CHARSET, extension);
	const char *handler = find(dir, CONFIG_EXTENSION_HANDLER, extension);
	const char *filters = find(dir, CONFIG_EXTENSION_FILTERS, extension);
	const char *type = added_type(dir, extension);
	/* TypesConfig knows .gz, .es or .pl as types of their own; what the configuration says of
	 * them is meant. A charset alone is one of the type's. */
	if (!type && !coding && !language)
		type = config_types_find(config->type_table, extension);
	if (coding)
		push(media->codings, &media->coding_count, coding);
	if (language)
		push(media->languages, &media->language_count, language);
	if (handler)
		media->handler = handler;
	if (charset)
		media->charset = charset;
	if (filters)
		media->filters |= (strchr(filters, 'D') ? CONFIG_FILTER_DEFLATE : 0u) |
				  (strchr(filters, 'B') ? CONFIG_FILTER_BROTLI : 0u);
	if (type)
		media->type = type;
	return coding || language || charset || handler || filters || type;
}

void config_media_of(const struct config *config, const struct config_dir *dir, struct text name,
	struct config_media *media)
{
	size_t slash = name.size;
	*media = (struct config_media){0};
	while (slash > 0 && name.at[slash - 1] != '/')
		slash--;
	name = text_from(name.at + slash, name.size - slash);
	size_t at = 0;
	while (at < name.size && name.at[at] == '.') /* a hidden file, not an extension */
		at++;
	while (at < name.size && name.at[at] != '.')
		at++;
	media->known_from = at;
	while (at < name.size) {
		size_t end = ++at;
		while (end < name.size && name.at[end] != '.')
			end++;
		if (end > at && !learn(config, dir, text_from(name.at + at, end - at), media))
			media->known_from = end;
		at = end;
	}
	if (dir->force_type) { /* all of it: the charset that an extension says goes, too */
		media->type = dir->force_type;
		media->charset = NULL;
	}
	if (!media->language_count && dir->default_language)
		push(media->languages, &media->language_count, dir->default_language);
}

const char *config_media_charset(const struct config_dir *dir, const struct config_media *media)
{
	if (!media->type || (strchr(media->type, ';') && strcasestr(media->type, "charset=")))
		return NULL;
	if (media->charset)
		return media->charset;
	struct text type = text_of(media->type), bare = text_trim(text_split(&type, ';'));
	if (!dir->default_charset || !dir->default_charset[0] ||
		(!text_equal_nocase(bare, TEXT("text/html")) &&
			!text_equal_nocase(bare, TEXT("text/plain"))))
		return NULL;
	return dir->default_charset;
}

/* A row for a type, or for all types of a kind: "text/" and an asterisk. */
static bool covers(const char *row, struct text type)
{
	size_t size = strlen(row);
	if (size > 2 && row[size - 1] == '*' && row[size - 2] == '/')
		return type.size >= size &&
		       text_equal_nocase(text_from(row, size - 1), text_from(type.at, size - 1));
	return text_equal_nocase(text_from(row, size), type);
}

unsigned config_media_filters(const struct config_dir *dir, struct text type)
{
	unsigned filters = dir->output_filters > 0 ? (unsigned)dir->output_filters : 0;
	struct text bare = text_trim(text_split(&type, ';'));
	for (size_t i = 0; bare.size && i < dir->filter_count; i++)
		if (covers(dir->filters[i].type, bare))
			filters |= dir->filters[i].filters;
	return filters;
}

const char *config_media_suffix(const struct config_dir *dir, struct text coding)
{
	for (size_t i = 0; i < dir->extension_count; i++)
		if (dir->extensions[i].kind == CONFIG_EXTENSION_CODING &&
			dir->extensions[i].value &&
			text_equal_nocase(text_of(dir->extensions[i].value), coding))
			return dir->extensions[i].extension;
	return NULL;
}

const char *config_type_for(
	const struct config *config, const struct config_dir *dir, struct text name)
{
	struct config_media media;
	config_media_of(config, dir, name, &media);
	return media.type;
}
