/*
 * config_reader - from bytes to lines, from lines to directives and sections
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     the bytes of each file while it is read
 * Errors:   false with one message in the reader
 *
 * A configuration is read once, from top to bottom, and every line takes effect as it is read;
 * what must wait until all is known stands in config_check.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_expr.h"
#include "config/config_reader.h"

#include "base/path.h"
#include "config/config_expand.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FILE_MOST = 16 << 20, /* bytes of one file */
	FILES_DEEP = 16,      /* files that include each other */
	FILES_MOST = 10000,   /* files in all */
	SECTIONS_DEEP = 32    /* sections of one file that stand in each other */
};

/* A section that has been opened and not yet closed. */
struct section {
	struct text name; /* without brackets, in the text being read or in memory */
	const struct config_directive *directive; /* NULL in what is skipped */
	struct config_place place;
	bool skip;
};

/* Text being read. */
struct source {
	const char *name;
	struct text rest;
	unsigned line; /* of the line read last */
	struct section sections[SECTIONS_DEEP];
	size_t depth;
};

/* A file being read, and the one that included it. */
struct config_file {
	const struct config_file *outer;
	dev_t device;
	ino_t inode;
};

/* Messages are one line whatever stands in the file. */
static void make_printable(struct buffer *b, size_t from)
{
	for (size_t i = from; i < b->size; i++)
		if ((unsigned char)b->data[i] < ' ' || b->data[i] == 0x7f)
			b->data[i] = '?';
}

static void put_message(
	struct buffer *to, struct config_place place, const char *format, va_list args)
{
	size_t start = to->size;
	if (place.file && place.line)
		buffer_printf(to, "%s:%u: ", place.file, place.line);
	else if (place.file)
		buffer_printf(to, "%s: ", place.file);
	buffer_vprintf(to, format, args);
	make_printable(to, start);
}

bool config_reader_fail(
	struct config_reader *reader, struct config_place place, const char *format, ...)
{
	if (reader->error->size)
		return false;
	va_list args;
	va_start(args, format);
	put_message(reader->error, place, format, args);
	va_end(args);
	return false;
}

bool config_reader_no_memory(struct config_reader *reader)
{
	return config_reader_fail(reader, (struct config_place){NULL, 0}, "out of memory");
}

const struct regex *config_reader_regex(struct config_reader *reader,
	const struct config_line *line, const char *pattern, unsigned flags)
{
	struct buffer why = BUFFER_INIT;
	const struct regex *regex = regex_compile(reader->memory, pattern, flags, &why);
	if (!regex)
		config_reader_fail(reader, line->place, "%s: the pattern '%s': %.*s",
			line->directive->name, pattern, TEXT_ARGS(buffer_view(&why)));
	buffer_free(&why);
	return regex;
}

bool config_reader_warn(
	struct config_reader *reader, struct config_place place, const char *format, ...)
{
	struct buffer message = BUFFER_INIT;
	va_list args;
	va_start(args, format);
	put_message(&message, place, format, args);
	va_end(args);
	struct config_warning *w = arena_take(reader->memory, sizeof *w);
	if (w)
		w->message = arena_text(reader->memory, buffer_view(&message));
	bool kept = w && w->message && !message.failed;
	buffer_free(&message);
	if (!kept)
		return config_reader_no_memory(reader);
	list_append(&reader->config->warnings, &w->member);
	return true;
}

const char *config_reader_path(struct config_reader *reader, const char *path)
{
	struct buffer whole = BUFFER_INIT;
	if (path[0] == '/')
		return path;
	buffer_printf(&whole, "%s/%s", reader->config->server_root, path);
	const char *kept = whole.failed ? NULL : arena_text(reader->memory, buffer_view(&whole));
	buffer_free(&whole);
	if (!kept)
		config_reader_no_memory(reader);
	return kept;
}

const char *config_reader_place(struct config_reader *reader, const char *path)
{
	struct buffer clean = BUFFER_INIT;
	const char *whole = config_reader_path(reader, path);
	if (!whole)
		return NULL;
	path_clean(&clean, text_of(whole));
	const char *kept = clean.failed ? NULL : arena_text(reader->memory, buffer_view(&clean));
	buffer_free(&clean);
	if (!kept)
		config_reader_no_memory(reader);
	return kept;
}

bool config_reader_own(struct config_reader *reader, int fd)
{
	struct config *config = reader->config;
	int *fds = fd < 0 ? NULL
			  : arena_more(reader->memory, config->fds, config->fd_count, sizeof *fds);
	if (fds) {
		fds[config->fd_count++] = fd;
		config->fds = fds;
		return true;
	}
	if (fd >= 0)
		close(fd);
	return config_reader_fail(reader, (struct config_place){NULL, 0},
		"cannot open what is served: %s", strerror(errno));
}

/* --- lines --- */

static struct config_place here(const struct source *source)
{
	return (struct config_place){source->name, source->line};
}

/* The next line of the text without its end and its continuations' backslashes, into `line`, and
 * where it began. false: that was the last. */
static bool next_line(struct source *source, struct buffer *line, struct config_place *place)
{
	buffer_clear(line);
	if (source->rest.size == 0)
		return false;
	*place = (struct config_place){source->name, source->line + 1};
	do {
		struct text part = text_split(&source->rest, '\n');
		source->line++;
		if (part.size && part.at[part.size - 1] == '\r')
			part.size--;
		bool more = part.size && part.at[part.size - 1] == '\\';
		buffer_append(line, part.at, part.size - more);
		if (!more)
			break;
	} while (source->rest.size);
	return true;
}

static bool check_line(struct config_reader *reader, struct config_place place, struct text line)
{
	if (line.size > CONFIG_READER_LINE)
		return config_reader_fail(
			reader, place, "the line is longer than %d bytes", (int)CONFIG_READER_LINE);
	for (size_t i = 0; i < line.size; i++)
		if (((unsigned char)line.at[i] < ' ' && line.at[i] != '\t') || line.at[i] == 0x7f)
			return config_reader_fail(reader, place,
				"a control character (byte %d) in the line", line.at[i]);
	return true;
}

static bool unknown(struct config_reader *reader, struct config_place place, struct text name)
{
	if (reader->override >= 0 && reader->grant.allowed && reader->grant.allowed->skips_unknown)
		return true;
	const char *module = config_directive_refused(name);
	if (module)
		return config_reader_fail(reader, place,
			"%.*s is not supported by preforkd (in Apache it belongs to %s)",
			TEXT_ARGS(name), module);
	const char *near = config_directive_near(name);
	if (near)
		return config_reader_fail(reader, place,
			"Invalid command '%.*s', perhaps misspelled: did you mean '%s'?",
			TEXT_ARGS(name), near);
	return config_reader_fail(reader, place,
		"Invalid command '%.*s': there is no such directive (preforkd -L lists them)",
		TEXT_ARGS(name));
}

/* The part of t before the first blank or `end`. */
static struct text first_word(struct text t, char end)
{
	for (size_t i = 0; i < t.size; i++)
		if (t.at[i] == ' ' || t.at[i] == '\t' || (end && t.at[i] == end))
			return text_from(t.at, i);
	return t;
}

static bool read_directive(struct config_reader *reader, struct config_place place, struct text t)
{
	struct text name = first_word(t, '\0');
	struct config_line line = {.place = place, .directive = config_directive_find(name)};
	if (!line.directive)
		return unknown(reader, place, name);
	t = text_from(t.at + name.size, t.size - name.size);
	return config_expand_words(reader, &line, t) && config_directive_apply(reader, &line, NULL);
}

/* --- sections --- */

static bool is_skipping(const struct source *source)
{
	return source->depth && source->sections[source->depth - 1].skip;
}

/* Takes the arguments of <Name arguments> and asks the section's function whether to read on. */
static bool enter_section(struct config_reader *reader, struct section *section, struct text tag,
	struct text arguments)
{
	struct config_line line = {
		.place = section->place, .directive = config_directive_find(tag)};
	bool enter = true;
	if (!line.directive)
		return unknown(reader, line.place, tag);
	if (!config_expand_words(reader, &line, arguments) ||
		!config_directive_apply(reader, &line, &enter))
		return false;
	section->directive = line.directive;
	section->skip = !enter;
	return true;
}

static bool open_section(struct config_reader *reader, struct source *source,
	struct config_place place, struct text t)
{
	struct text name = first_word(text_from(t.at + 1, t.size - 1), '>');
	char *tag = arena_take(reader->memory, name.size + 3);
	if (!tag)
		return config_reader_no_memory(reader);
	memcpy(tag + 1, name.at, name.size);
	tag[0] = '<';
	tag[name.size + 1] = '>';
	struct section section = {
		.name = text_from(tag + 1, name.size), .place = place, .skip = true};
	if (source->depth == SECTIONS_DEEP)
		return config_reader_fail(
			reader, place, "more than %d sections in each other", (int)SECTIONS_DEEP);
	if (!is_skipping(source)) {
		if (t.at[t.size - 1] != '>')
			return config_reader_fail(reader, place,
				"<%.*s is not ended by '>' on its line", TEXT_ARGS(name));
		struct text arguments = text_from(t.at + 1 + name.size, t.size - 2 - name.size);
		if (!enter_section(reader, &section, text_of(tag), arguments))
			return false;
	}
	source->sections[source->depth++] = section;
	return true;
}

static bool close_section(struct config_reader *reader, struct source *source,
	struct config_place place, struct text t)
{
	struct text name = first_word(text_from(t.at + 2, t.size - 2), '>');
	if (t.size != name.size + 3 || t.at[t.size - 1] != '>')
		return config_reader_fail(
			reader, place, "'%.*s' is not of the form </Name>", TEXT_ARGS(t));
	if (source->depth == 0)
		return config_reader_fail(reader, place,
			"</%.*s> closes a section that was not opened", TEXT_ARGS(name));
	struct section *section = &source->sections[source->depth - 1];
	if (!text_equal_nocase(name, section->name))
		return config_reader_fail(reader, place,
			"expected </%.*s>, for line %u, but found </%.*s>",
			TEXT_ARGS(section->name), section->place.line, TEXT_ARGS(name));
	if (!section->skip && !config_directive_close(reader, section->directive))
		return false;
	source->depth--;
	return true;
}

/* --- texts and files --- */

static bool read_line(struct config_reader *reader, struct source *source,
	struct config_place place, struct text line)
{
	if (!check_line(reader, place, line))
		return false;
	line = text_trim(line);
	if (line.size == 0 || line.at[0] == '#')
		return true;
	if (text_starts(line, TEXT("</")))
		return close_section(reader, source, place, line);
	if (line.at[0] == '<')
		return open_section(reader, source, place, line);
	return is_skipping(source) || read_directive(reader, place, line);
}

static bool read_text(struct config_reader *reader, const char *name, struct text text)
{
	struct source source = {.name = name, .rest = text};
	struct buffer line = BUFFER_INIT;
	struct config_place place = here(&source);
	bool good = true;
	if (text_starts(text, TEXT("\xef\xbb\xbf"))) /* an editor's byte order mark */
		source.rest = text_from(text.at + 3, text.size - 3);
	while (good && next_line(&source, &line, &place))
		good = line.failed ? config_reader_no_memory(reader)
				   : read_line(reader, &source, place, buffer_view(&line));
	buffer_free(&line);
	if (good && source.depth) {
		const struct section *open = &source.sections[source.depth - 1];
		return config_reader_fail(
			reader, open->place, "<%.*s> is never closed", TEXT_ARGS(open->name));
	}
	return good;
}

/* All bytes of a file. false with errno. */
static bool read_all(int fd, struct buffer *to)
{
	for (;;) {
		char *room = buffer_reserve(to, 65536);
		if (!room) {
			errno = ENOMEM;
			return false;
		}
		ssize_t n = read(fd, room, 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		buffer_grew(to, (size_t)n);
		if (to->size > FILE_MOST) {
			errno = EFBIG;
			return false;
		}
	}
}

static bool is_being_read(const struct config_reader *reader, const struct stat *st)
{
	for (const struct config_file *f = reader->reading; f; f = f->outer)
		if (f->device == st->st_dev && f->inode == st->st_ino)
			return true;
	return false;
}

static unsigned files_deep(const struct config_reader *reader)
{
	unsigned deep = 0;
	for (const struct config_file *f = reader->reading; f; f = f->outer)
		deep++;
	return deep;
}

/* Opens a file that may be read as a configuration; -1 with a message. Anything but a plain file
 * could keep the server waiting at its start; /dev/null is an empty configuration. */
static int open_file(
	struct config_reader *reader, struct config_place from, const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, st)) {
		config_reader_fail(reader, from, "cannot read '%s': %s", path, strerror(errno));
	} else if (!S_ISREG(st->st_mode) && strcmp(path, "/dev/null") != 0) {
		config_reader_fail(reader, from, "cannot read '%s': not a plain file", path);
	} else if (is_being_read(reader, st)) {
		config_reader_fail(reader, from, "'%s' includes itself", path);
	} else if (files_deep(reader) == FILES_DEEP) {
		config_reader_fail(
			reader, from, "more than %d files include each other", (int)FILES_DEEP);
	} else if (++reader->files > FILES_MOST) {
		config_reader_fail(
			reader, from, "more than %d files are included", (int)FILES_MOST);
	} else {
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

bool config_reader_file(struct config_reader *reader, struct config_place from, const char *path)
{
	struct buffer bytes = BUFFER_INIT;
	struct stat st;
	const char *name = arena_text(reader->memory, text_of(path));
	if (!name)
		return config_reader_no_memory(reader);
	int fd = open_file(reader, from, name, &st);
	if (fd < 0)
		return false;
	struct config_file file = {reader->reading, st.st_dev, st.st_ino};
	bool good = read_all(fd, &bytes) ||
		    config_reader_fail(reader, from, "cannot read '%s': %s", path, strerror(errno));
	close(fd);
	if (good) {
		reader->reading = &file;
		good = read_text(reader, name, buffer_view(&bytes));
		reader->reading = file.outer;
	}
	buffer_free(&bytes);
	return good;
}

bool config_reader_lines(struct config_reader *reader, const char *name, const char *const *lines)
{
	struct buffer text = BUFFER_INIT;
	for (; lines && *lines; lines++)
		buffer_printf(&text, "%s\n", *lines);
	bool good = text.failed ? config_reader_no_memory(reader)
				: read_text(reader, name, buffer_view(&text));
	buffer_free(&text);
	return good;
}

bool config_reader_say(struct config_reader *reader, struct config_place place, const char *name,
	const char *const *words)
{
	struct config_line line = {
		.place = place, .directive = config_directive_find(text_of(name)), .words = words};
	bool enter;
	if (!line.directive)
		return unknown(reader, place, text_of(name));
	while (words[line.count])
		line.count++;
	return config_directive_apply(reader, &line, &enter);
}

const struct config_expr *config_reader_expr(struct config_reader *reader,
	const struct config_line *line, const char *source, unsigned flags)
{
	struct buffer why = BUFFER_INIT;
	if (reader->override >= 0)
		flags |= CONFIG_EXPR_RESTRICTED;
	const struct config_expr *expr = config_expr_parse(reader->memory, source, flags, &why);
	if (!expr)
		config_reader_fail(reader, line->place, "%s: '%s': %.*s", line->directive->name,
			source, TEXT_ARGS(buffer_view(&why)));
	buffer_free(&why);
	return expr;
}

bool config_reader_variables(struct config_reader *reader, const struct config_line *line,
	const char *source, const struct config_expr **expr)
{
	*expr = NULL;
	if (!source || !strstr(source, "%{"))
		return true;
	*expr = config_reader_expr(reader, line, source, CONFIG_EXPR_TEXT);
	return *expr != NULL;
}
