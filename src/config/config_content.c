/*
 * config_content - directives about the content of files: languages, charsets, codings, filters
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_content.h"

#include "base/assert.h"
#include "config/config_merge.h"

/* --- Options --- */

/* The bits of one of Apache's words; false: it is none of them. "All" leaves MultiViews out. */
static bool option_bits(struct text word, unsigned *bits)
{
	static const struct {
		struct text word;
		unsigned bits;
	} words[] = {
		{TEXT("None"), 0},
		{TEXT("All"), CONFIG_OPTION_INDEXES | CONFIG_OPTION_FOLLOW_LINKS |
				      CONFIG_OPTION_INCLUDES | CONFIG_OPTION_EXEC_CGI},
		{TEXT("MultiViews"), CONFIG_OPTION_MULTIVIEWS},
		{TEXT("Indexes"), CONFIG_OPTION_INDEXES},
		{TEXT("FollowSymLinks"), CONFIG_OPTION_FOLLOW_LINKS},
		{TEXT("SymLinksIfOwnerMatch"), CONFIG_OPTION_FOLLOW_OWN_LINKS},
		{TEXT("Includes"), CONFIG_OPTION_INCLUDES},
		{TEXT("IncludesNOEXEC"), CONFIG_OPTION_INCLUDES_NO_EXEC},
		{TEXT("ExecCGI"), CONFIG_OPTION_EXEC_CGI},
	};
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (text_equal_nocase(word, words[i].word)) {
			*bits = words[i].bits;
			return true;
		}
	return false;
}

static bool is_relative(const char *word)
{
	return word[0] == '+' || word[0] == '-';
}

/* AllowOverride Options=...: an .htaccess may say these only, unless Options is listed. */
static bool may_say(const struct config_reader *reader, unsigned bits)
{
	const struct config_grant *grant = &reader->grant;
	bool listed = grant->listed && grant->listed[CONFIG_DIRECTIVE_OPTIONS];
	return reader->override < 0 || listed || !(bits & ~grant->allowed->options);
}

/* "Indexes,MultiViews" of AllowOverride Options=. */
bool config_content_option_list(struct text words, unsigned *bits)
{
	*bits = 0;
	while (words.at) {
		unsigned more;
		if (!option_bits(text_split(&words, ','), &more))
			return false;
		*bits |= more;
	}
	return true;
}

bool config_content_options(struct config_reader *reader, const struct config_line *line)
{
	struct config_dir *dir = reader->dir;
	bool relative = is_relative(line->words[0]);
	if (!relative) {
		dir->options = 0;
		dir->options_off = ~0u;
	}
	for (size_t i = 0; i < line->count; i++) {
		const char *word = line->words[i];
		unsigned bits;
		if (is_relative(word) != relative)
			return config_reader_fail(reader, line->place,
				"Options: either all words begin with + or -, or none does: '%s'",
				word);
		if (!option_bits(text_of(word + relative), &bits))
			return config_reader_fail(reader, line->place,
				"Options: '%s' is none of None, All, ExecCGI, FollowSymLinks, "
				"Includes, IncludesNOEXEC, Indexes, MultiViews and "
				"SymLinksIfOwnerMatch",
				word);
		if (!may_say(reader, bits))
			return config_reader_fail(
				reader, line->place, "Options: '%s' is not allowed here", word);
		dir->options = word[0] == '-' ? dir->options & ~bits : dir->options | bits;
		if (relative)
			dir->options_off =
				word[0] == '-' ? dir->options_off | bits : dir->options_off & ~bits;
	}
	return true;
}

/* --- what an extension means --- */

/* Of language tags, charsets and codings; nothing that could end a header field. */
static bool is_name(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
			    (*c >= '0' && *c <= '9') || strchr("-._+:", *c)))
			return false;
	return *name != '\0';
}

static bool bad_name(
	struct config_reader *reader, const struct config_line *line, const char *what, size_t i)
{
	return config_reader_fail(reader, line->place, "%s: '%s' is not the name of a %s",
		line->directive->name, line->words[i], what);
}

/* In one section the last word counts: a row that is there already is changed. */
static bool add_extension(struct config_reader *reader, enum config_extension_kind kind,
	const char *extension, const char *value)
{
	struct config_dir *dir = reader->dir;
	struct config_extension *rows =
		arena_more(reader->memory, dir->extensions, dir->extension_count, sizeof *rows);
	if (!rows)
		return config_reader_no_memory(reader);
	size_t i = 0;
	while (i < dir->extension_count &&
		(rows[i].kind != kind ||
			!text_equal_nocase(text_of(rows[i].extension), text_of(extension))))
		i++;
	rows[i] = (struct config_extension){kind, extension, value};
	dir->extensions = rows;
	dir->extension_count += i == dir->extension_count;
	return true;
}

static bool add_extensions(struct config_reader *reader, const struct config_line *line,
	enum config_extension_kind kind, const char *what, const char *value)
{
	/* A handler that an Action answers for is often named as a media type is. */
	const char *slash = kind == CONFIG_EXTENSION_HANDLER ? strchr(value, '/') : NULL;
	char *first = slash ? arena_text(reader->memory, text_from(value, (size_t)(slash - value)))
			    : NULL;
	if (slash && !first)
		return config_reader_no_memory(reader);
	if (!is_name(slash ? slash + 1 : value) || (first && !is_name(first)))
		return bad_name(reader, line, what, 0);
	for (size_t i = 1; i < line->count; i++) {
		const char *extension = line->words[i] + (line->words[i][0] == '.');
		if (extension[0] == '\0' || strpbrk(extension, "./"))
			return config_reader_fail(reader, line->place,
				"%s: '%s' is not a single extension such as .x",
				line->directive->name, line->words[i]);
		if (!add_extension(reader, kind, extension, value))
			return false;
	}
	return true;
}

bool config_content_add_encoding(struct config_reader *reader, const struct config_line *line)
{
	/* "x-gzip" and "x-compress" are old names of the same (RFC 9110 8.4.1). */
	const char *coding = line->words[0];
	if (text_equal_nocase(text_of(coding), TEXT("x-gzip")) ||
		text_equal_nocase(text_of(coding), TEXT("x-compress")))
		coding += 2;
	return add_extensions(reader, line, CONFIG_EXTENSION_CODING, "content coding", coding);
}

bool config_content_add_language(struct config_reader *reader, const struct config_line *line)
{
	return add_extensions(reader, line, CONFIG_EXTENSION_LANGUAGE, "language", line->words[0]);
}

bool config_content_add_charset(struct config_reader *reader, const struct config_line *line)
{
	return add_extensions(reader, line, CONFIG_EXTENSION_CHARSET, "charset", line->words[0]);
}

/* AddHandler; what SetHandler says goes before. */
bool config_content_add_handler(struct config_reader *reader, const struct config_line *line)
{
	return add_extensions(reader, line, CONFIG_EXTENSION_HANDLER, "handler", line->words[0]);
}

static bool remove_extensions(struct config_reader *reader, const struct config_line *line,
	enum config_extension_kind kind)
{
	for (size_t i = 0; i < line->count; i++)
		if (!add_extension(reader, kind, line->words[i] + (line->words[i][0] == '.'), NULL))
			return false;
	return true;
}

bool config_content_remove_encoding(struct config_reader *reader, const struct config_line *line)
{
	return remove_extensions(reader, line, CONFIG_EXTENSION_CODING);
}

bool config_content_remove_language(struct config_reader *reader, const struct config_line *line)
{
	return remove_extensions(reader, line, CONFIG_EXTENSION_LANGUAGE);
}

bool config_content_remove_charset(struct config_reader *reader, const struct config_line *line)
{
	return remove_extensions(reader, line, CONFIG_EXTENSION_CHARSET);
}

bool config_content_remove_handler(struct config_reader *reader, const struct config_line *line)
{
	return remove_extensions(reader, line, CONFIG_EXTENSION_HANDLER);
}

/* --- languages and charsets --- */

bool config_content_default_language(struct config_reader *reader, const struct config_line *line)
{
	if (!is_name(line->words[0]))
		return bad_name(reader, line, "language", 0);
	reader->dir->default_language = line->words[0];
	return true;
}

bool config_content_default_charset(struct config_reader *reader, const struct config_line *line)
{
	struct text word = text_of(line->words[0]);
	if (text_equal_nocase(word, TEXT("off")))
		reader->dir->default_charset = "";
	else if (text_equal_nocase(word, TEXT("on")))
		reader->dir->default_charset = "iso-8859-1"; /* as Apache */
	else if (is_name(line->words[0]))
		reader->dir->default_charset = line->words[0];
	else
		return bad_name(reader, line, "charset", 0);
	return true;
}

bool config_content_language_priority(struct config_reader *reader, const struct config_line *line)
{
	const char **names = arena_take(reader->memory, (line->count + 1) * sizeof *names);
	if (!names)
		return config_reader_no_memory(reader);
	for (size_t i = 0; i < line->count; i++) {
		if (!is_name(line->words[i]))
			return bad_name(reader, line, "language", i);
		names[i] = line->words[i];
	}
	reader->dir->language_priority = names;
	return true;
}

bool config_content_force_language(struct config_reader *reader, const struct config_line *line)
{
	int force = 0;
	for (size_t i = 0; i < line->count; i++) {
		struct text word = text_of(line->words[i]);
		if (text_equal_nocase(word, TEXT("prefer")))
			force |= CONFIG_FORCE_PREFER;
		else if (text_equal_nocase(word, TEXT("fallback")))
			force |= CONFIG_FORCE_FALLBACK;
		else if (!text_equal_nocase(word, TEXT("none")) || line->count > 1)
			return config_reader_fail(reader, line->place,
				"ForceLanguagePriority must be None, Prefer, Fallback or the last "
				"two together, not '%s'",
				line->words[i]);
	}
	reader->dir->force_language = force;
	return true;
}

/* --- filters --- */

/* "DEFLATE" or "BROTLI_COMPRESS;DEFLATE" as a set; false with a message. */
static bool read_filters(
	struct config_reader *reader, const struct config_line *line, unsigned *filters)
{
	struct text rest = text_of(line->words[0]);
	*filters = 0;
	while (rest.at) {
		struct text word = text_trim(text_split(&rest, ';'));
		if (text_equal_nocase(word, TEXT("DEFLATE")))
			*filters |= CONFIG_FILTER_DEFLATE;
		else if (text_equal_nocase(word, TEXT("BROTLI_COMPRESS")))
			*filters |= CONFIG_FILTER_BROTLI;
		else
			return config_reader_fail(reader, line->place,
				"%s: '%.*s' is none of the filters DEFLATE and BROTLI_COMPRESS",
				line->directive->name, TEXT_ARGS(word));
	}
#ifndef WITH_ZLIB
	if (*filters & CONFIG_FILTER_DEFLATE)
		return config_reader_fail(
			reader, line->place, "DEFLATE is not built in: there was no zlib");
#endif
#ifndef WITH_BROTLI
	if (*filters & CONFIG_FILTER_BROTLI)
		return config_reader_fail(reader, line->place,
			"BROTLI_COMPRESS is not built in: there was no libbrotlienc");
#endif
	return true;
}

bool config_content_set_filter(struct config_reader *reader, const struct config_line *line)
{
	unsigned filters = 0;
	if (!text_equal_nocase(text_of(line->words[0]), TEXT("none")) &&
		!read_filters(reader, line, &filters))
		return false;
	reader->dir->output_filters = (int)filters;
	return true;
}

/* Lines add up, as in Apache: a type may have several rows. */
bool config_content_filter_by_type(struct config_reader *reader, const struct config_line *line)
{
	struct config_dir *dir = reader->dir;
	unsigned filters;
	if (!read_filters(reader, line, &filters))
		return false;
	for (size_t i = 1; i < line->count; i++) {
		const char *slash = strchr(line->words[i], '/');
		if (!slash || slash == line->words[i] || !slash[1] ||
			strpbrk(line->words[i], "; \t,\""))
			return config_reader_fail(reader, line->place,
				"AddOutputFilterByType: '%s' is not a media type such as text/html",
				line->words[i]);
		struct config_filter *rows =
			arena_more(reader->memory, dir->filters, dir->filter_count, sizeof *rows);
		if (!rows)
			return config_reader_no_memory(reader);
		rows[dir->filter_count++] = (struct config_filter){line->words[i], filters};
		dir->filters = rows;
	}
	return true;
}

bool config_content_add_filter(struct config_reader *reader, const struct config_line *line)
{
	static const char *const values[] = {"", "D", "B", "DB"};
	unsigned filters;
	return read_filters(reader, line, &filters) &&
	       add_extensions(reader, line, CONFIG_EXTENSION_FILTERS, "filter", values[filters]);
}

bool config_content_remove_filter(struct config_reader *reader, const struct config_line *line)
{
	return remove_extensions(reader, line, CONFIG_EXTENSION_FILTERS);
}

/* --- merging --- */

void config_content_silent(struct config_dir *dir)
{
	dir->output_filters = -1;
	dir->force_language = -1;
}

void config_content_initial(struct config_dir *dir)
{
	config_content_silent(dir);
	dir->options = CONFIG_OPTION_FOLLOW_LINKS;
}

bool config_content_lay_over(
	struct arena *memory, struct config_dir *dir, const struct config_dir *inner)
{
	const void *extensions = dir->extensions, *filters = dir->filters;
	dir->options = (dir->options & ~inner->options_off) | inner->options;
	if (inner->output_filters >= 0)
		dir->output_filters = inner->output_filters;
	if (inner->force_language >= 0)
		dir->force_language = inner->force_language;
	if (inner->language_priority)
		dir->language_priority = inner->language_priority;
	if (inner->default_language)
		dir->default_language = inner->default_language;
	if (inner->default_charset)
		dir->default_charset = inner->default_charset;
	if (!config_merge_rows(memory, inner->extensions, inner->extension_count, &extensions,
		    &dir->extension_count, sizeof *dir->extensions) ||
		!config_merge_rows(memory, inner->filters, inner->filter_count, &filters,
			&dir->filter_count, sizeof *dir->filters))
		return false;
	dir->extensions = extensions;
	dir->filters = filters;
	return true;
}
