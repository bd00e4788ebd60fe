/*
 * config_custom - the directives with a grammar of their own *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_custom.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

const struct config_choice config_custom_models[] = {{"prefork", CONFIG_PREFORK},
	{"fork", CONFIG_FORK}, {"dispatch", CONFIG_DISPATCH}, {NULL, 0}};

const struct config_choice config_custom_start_methods[] = {{"fork", CONFIG_START_FORK},
	{"spawn", CONFIG_START_SPAWN}, {"forkserver", CONFIG_START_FORKSERVER}, {NULL, 0}};

const struct config_choice config_custom_mutexes[] = {{"none", CONFIG_MUTEX_NONE},
	{"fcntl", CONFIG_MUTEX_FCNTL}, {"flock", CONFIG_MUTEX_FLOCK},
	{"pthread", CONFIG_MUTEX_PTHREAD}, {NULL, 0}};

const struct config_choice config_custom_sandboxes[] = {{"On", CONFIG_SANDBOX_ON},
	{"Off", CONFIG_SANDBOX_OFF}, {"Log", CONFIG_SANDBOX_LOG}, {NULL, 0}};

const struct config_choice config_custom_tokens[] = {{"Full", CONFIG_TOKENS_FULL},
	{"OS", CONFIG_TOKENS_OS}, {"Min", CONFIG_TOKENS_MIN}, {"Minimal", CONFIG_TOKENS_MIN},
	{"Minor", CONFIG_TOKENS_MINOR}, {"Major", CONFIG_TOKENS_MAJOR},
	{"Prod", CONFIG_TOKENS_PROD}, {"ProductOnly", CONFIG_TOKENS_PROD}, {NULL, 0}};

const struct config_choice config_custom_slashes[] = {{"On", CONFIG_SLASHES_ON},
	{"Off", CONFIG_SLASHES_OFF}, {"NoDecode", CONFIG_SLASHES_NODECODE}, {NULL, 0}};

const struct config_choice config_custom_trace[] = {{"on", CONFIG_TRACE_ON},
	{"off", CONFIG_TRACE_OFF}, {"extended", CONFIG_TRACE_EXTENDED}, {NULL, 0}};

/* --- the server --- */

bool config_custom_server_root(struct config_reader *reader, const struct config_line *line)
{
	struct stat st;
	const char *path = line->words[0];
	if (path[0] != '/')
		return config_reader_fail(
			reader, line->place, "ServerRoot must be an absolute path, not '%s'", path);
	if (stat(path, &st))
		return config_reader_fail(
			reader, line->place, "ServerRoot '%s': %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return config_reader_fail(
			reader, line->place, "ServerRoot '%s': %s", path, strerror(ENOTDIR));
	reader->config->server_root = path;
	return true;
}

bool config_custom_listen(struct config_reader *reader, const struct config_line *line)
{
	struct config *config = reader->config;
	struct config_listen listen = {
		.text = line->words[0], .file = line->place.file, .line = line->place.line};
	if (os_address_parse(&listen.address, text_of(listen.text)))
		return config_reader_fail(reader, line->place,
			"Listen: '%s' is not of the form PORT, ADDRESS:PORT or [IPV6ADDRESS]:PORT",
			listen.text);
	if (text_equal(text_of(listen.text), TEXT("0")))
		return config_reader_fail(reader, line->place,
			"Listen: 0 is no port that clients could know; one the kernel chooses is "
			"asked for by an address, as in 127.0.0.1:0");
	if (line->count > 1 && !text_equal_nocase(text_of(line->words[1]), TEXT("http")))
		return config_reader_fail(reader, line->place,
			"Listen: the protocol must be http, not '%s'", line->words[1]);
	for (size_t i = 0; i < config->listen_count; i++) {
		const struct config_listen *other = &config->listens[i];
		if (os_address_port(&listen.address) &&
			os_address_equal(&listen.address, &other->address))
			return config_reader_fail(reader, line->place,
				"Listen %s: the same address was said at %s:%u", listen.text,
				other->file, other->line);
	}
	config->listens =
		arena_more(reader->memory, config->listens, config->listen_count, sizeof listen);
	if (!config->listens)
		return config_reader_no_memory(reader);
	config->listens[config->listen_count++] = listen;
	return true;
}

/* Letters of host names and addresses. Whatever else would end up in a Location field. */
static bool is_host(struct text host)
{
	bool v6 = host.size > 2 && host.at[0] == '[' && host.at[host.size - 1] == ']';
	if (v6)
		host = text_from(host.at + 1, host.size - 2);
	for (size_t i = 0; i < host.size; i++) {
		char c = host.at[i];
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    c == '.' || c == '-' || c == '_' || (v6 && (c == ':' || c == '%'))))
			return false;
	}
	return host.size != 0;
}

/* Where the port's colon stands in "host:port" or "[::1]:port"; size where there is none. */
static size_t find_port(struct text name)
{
	size_t i = name.size;
	while (i > 0 && name.at[i - 1] != ':' && name.at[i - 1] != ']')
		i--;
	return i > 0 && name.at[i - 1] == ':' ? i - 1 : name.size;
}

bool config_custom_server_name(struct config_reader *reader, const struct config_line *line)
{
	struct config_host *host = reader->host;
	struct text name = text_of(line->words[0]);
	unsigned long long port = 0;
	if (text_starts(name, TEXT("http://")))
		name = text_from(name.at + 7, name.size - 7);
	else if (text_starts(name, TEXT("https://")))
		name = text_from(name.at + 8, name.size - 8);
	size_t colon = find_port(name);
	struct text digits = text_from(name.at + colon, name.size - colon);
	name.size = colon;
	if (!is_host(name) ||
		(digits.size &&
			(!text_number(text_from(digits.at + 1, digits.size - 1), 65535, &port) ||
				port == 0)))
		return config_reader_fail(reader, line->place,
			"ServerName: '%s' is not of the form [scheme://]host[:port]",
			line->words[0]);
	host->server_name = arena_text(reader->memory, name);
	host->server_port = (unsigned)port;
	return host->server_name || config_reader_no_memory(reader);
}

/* --- the site --- */

bool config_custom_directory_index(struct config_reader *reader, const struct config_line *line)
{
	struct config_dir *dir = reader->dir;
	bool disabled =
		line->count == 1 && text_equal_nocase(text_of(line->words[0]), TEXT("disabled"));
	size_t old = 0, more = disabled ? 0 : line->count;
	while (!disabled && dir->directory_index && dir->directory_index[old])
		old++;
	const char **names = arena_take(reader->memory, (old + more + 1) * sizeof *names);
	if (!names)
		return config_reader_no_memory(reader);
	if (old)
		memcpy(names, dir->directory_index, old * sizeof *names);
	for (size_t i = 0; i < more; i++) {
		if (line->words[i][0] == '\0')
			return config_reader_fail(
				reader, line->place, "DirectoryIndex: a name must not be empty");
		names[old + i] = line->words[i];
	}
	dir->directory_index = names;
	return true;
}

static bool is_token(struct text t)
{
	for (size_t i = 0; i < t.size; i++)
		if (t.at[i] <= ' ' || t.at[i] > '~' || strchr("()<>@,;:\\\"/[]?={}", t.at[i]))
			return false;
	return t.size != 0;
}

/* type/subtype, perhaps with ";parameters" (RFC 9110 8.3.1). */
static bool is_media_type(struct text type)
{
	struct text bare = text_trim(text_split(&type, ';'));
	struct text first = text_split(&bare, '/');
	return is_token(first) && bare.at && is_token(bare);
}

/* In one section the last word counts: the row of an extension that is there already is changed. */
static bool add_type(struct config_reader *reader, const char *type, const char *extension)
{
	struct config_dir *dir = reader->dir;
	struct config_type *rows =
		arena_more(reader->memory, dir->types, dir->type_count, sizeof *rows);
	if (!rows)
		return config_reader_no_memory(reader);
	size_t i = 0;
	while (i < dir->type_count &&
		!text_equal_nocase(text_of(rows[i].extension), text_of(extension)))
		i++;
	rows[i] = (struct config_type){extension, type};
	dir->types = rows;
	dir->type_count += i == dir->type_count;
	return true;
}

bool config_custom_add_type(struct config_reader *reader, const struct config_line *line)
{
	if (!is_media_type(text_of(line->words[0])))
		return config_reader_fail(reader, line->place,
			"AddType: '%s' is not a media type such as text/plain", line->words[0]);
	for (size_t i = 1; i < line->count; i++) {
		const char *extension = line->words[i] + (line->words[i][0] == '.');
		if (extension[0] == '\0' || strpbrk(extension, "./"))
			return config_reader_fail(reader, line->place,
				"AddType: '%s' is not a single extension such as .txt",
				line->words[i]);
		if (!add_type(reader, line->words[0], extension))
			return false;
	}
	return true;
}

/* "20", "20-40", "20,MinRate=500", "20-40,MinRate=500" */
static bool read_timeout(struct text value, struct config_read_timeout *to)
{
	struct text span = text_split(&value, ','), first = text_split(&span, '-');
	unsigned long long n, most = 0, rate = 0;
	if (!text_number(first, 1000000, &n) || (span.at && !text_number(span, 1000000, &most)) ||
		(span.at && most < n))
		return false;
	if (value.at) {
		struct text name = text_split(&value, '=');
		if (!text_equal_nocase(name, TEXT("MinRate")) || !value.at ||
			!text_number(value, 1000000000, &rate) || rate == 0)
			return false;
	}
	*to = (struct config_read_timeout){
		(unsigned)n * 1000, (unsigned)most * 1000, (unsigned)rate};
	return true;
}

bool config_custom_read_timeout(struct config_reader *reader, const struct config_line *line)
{
	struct config_host *host = reader->host;
	for (size_t i = 0; i < line->count; i++) {
		struct text value = text_of(line->words[i]), stage = text_split(&value, '=');
		struct config_read_timeout ignored, *to = NULL;
		if (text_equal_nocase(stage, TEXT("header")))
			to = &host->read_head;
		else if (text_equal_nocase(stage, TEXT("body")))
			to = &host->read_body;
		else if (text_equal_nocase(stage, TEXT("handshake"))) /* of TLS */
			to = &ignored;
		if (!to || !value.at || !read_timeout(value, to))
			return config_reader_fail(reader, line->place,
				"RequestReadTimeout: '%s' is not of the form "
				"header|body=SECONDS[-SECONDS][,MinRate=BYTES]",
				line->words[i]);
	}
	return true;
}

bool config_custom_write_timeout(struct config_reader *reader, const struct config_line *line)
{
	struct text value = text_of(line->words[0]), stage = text_split(&value, '=');
	return (text_equal_nocase(stage, TEXT("body")) && value.at &&
		       read_timeout(value, &reader->config->write_limit)) ||
	       config_reader_fail(reader, line->place,
		       "ResponseWriteTimeout: '%s' is not of the form "
		       "body=SECONDS[-SECONDS][,MinRate=BYTES]",
		       line->words[0]);
}

bool config_custom_remove_type(struct config_reader *reader, const struct config_line *line)
{
	for (size_t i = 0; i < line->count; i++)
		if (!add_type(reader, NULL, line->words[i] + (line->words[i][0] == '.')))
			return false;
	return true;
}

bool config_custom_force_type(struct config_reader *reader, const struct config_line *line)
{
	if (!text_equal_nocase(text_of(line->words[0]), TEXT("none")) &&
		!is_media_type(text_of(line->words[0])))
		return config_reader_fail(reader, line->place,
			"ForceType: '%s' is not a media type such as text/plain, nor none",
			line->words[0]);
	reader->dir->force_type = line->words[0];
	return true;
}

static const char *const handlers[] = {
#define HANDLER(name, function) name,
#include "config/handlers.def"
#undef HANDLER
};

bool config_custom_set_handler(struct config_reader *reader, const struct config_line *line)
{
	char *name = arena_text(reader->memory, text_of(line->words[0]));
	if (!name)
		return config_reader_no_memory(reader);
	if (!is_token(text_of(name)) && !is_media_type(text_of(name)))
		return config_reader_fail(
			reader, line->place, "SetHandler: '%s' is not the name of a handler", name);
	for (char *c = name; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c |= 0x20;
	reader->dir->handler = name;
	unsigned best = UINT_MAX;
	const char *near = NULL;
	if (strchr(name, '/')) /* as a media type: some Action's, most likely */
		return true;
	for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
		if (strcmp(handlers[i], name) == 0)
			return true;
		if (config_directive_nearer(text_of(name), handlers[i], &best))
			near = handlers[i];
	}
	struct config_stranger *strangers = arena_more(
		reader->memory, reader->strangers, reader->stranger_count, sizeof *strangers);
	if (!strangers)
		return config_reader_no_memory(reader);
	strangers[reader->stranger_count++] = (struct config_stranger){name, near, line->place};
	reader->strangers = strangers;
	return true;
}

bool config_custom_complete(struct config_reader *reader)
{
	for (size_t i = 0; i < reader->stranger_count; i++) {
		const struct config_stranger *s = &reader->strangers[i];
		size_t a = 0;
		while (a < reader->action_count &&
			!text_equal_nocase(text_of(s->name), text_of(reader->actions[a])))
			a++;
		if (a == reader->action_count &&
			!config_reader_warn(reader, s->place,
				"SetHandler: there is no handler '%s'%s%s%s: without an Action for "
				"it files are sent as they are",
				s->name, s->near ? " (did you mean '" : "", s->near ? s->near : "",
				s->near ? "'?)" : ""))
			return false;
	}
	return true;
}

static enum config_error_kind kind_of(struct text document)
{
	if (text_equal_nocase(document, TEXT("default")))
		return CONFIG_ERROR_DEFAULT;
	if (text_starts(document, TEXT("/")))
		return CONFIG_ERROR_PATH;
	if (text_starts(document, TEXT("http://")) || text_starts(document, TEXT("https://")))
		return CONFIG_ERROR_URL;
	return CONFIG_ERROR_TEXT;
}

bool config_custom_error_document(struct config_reader *reader, const struct config_line *line)
{
	struct config_dir *dir = reader->dir;
	unsigned long long status;
	struct config_error_document *rows = arena_more(
		reader->memory, dir->error_documents, dir->error_document_count, sizeof *rows);
	if (!rows)
		return config_reader_no_memory(reader);
	if (!text_number(text_of(line->words[0]), 599, &status) || status < 400)
		return config_reader_fail(reader, line->place,
			"ErrorDocument: the status must be a number from 400 to 599, not '%s'",
			line->words[0]);
	enum config_error_kind kind = kind_of(text_of(line->words[1]));
	if (kind == CONFIG_ERROR_URL && strpbrk(line->words[1], " \t\"<>"))
		return config_reader_fail(
			reader, line->place, "ErrorDocument: '%s' is not a URL", line->words[1]);
	/* A client that is sent elsewhere never sees the challenge it has to answer. */
	if (kind == CONFIG_ERROR_URL && status == 401)
		return config_reader_warn(
			reader, line->place, "ErrorDocument: 401 cannot be a full URL: ignored");
	size_t i = 0;
	while (i < dir->error_document_count && rows[i].status != (int)status)
		i++;
	rows[i] = (struct config_error_document){(int)status, kind, line->words[1], NULL};
	if (kind != CONFIG_ERROR_DEFAULT &&
		!config_reader_variables(reader, line, line->words[1], &rows[i].expr))
		return false;
	dir->error_documents = rows;
	dir->error_document_count += i == dir->error_document_count;
	return true;
}

bool config_custom_limit_request_body(struct config_reader *reader, const struct config_line *line)
{
	unsigned long long bytes;
	if (!text_number(text_of(line->words[0]), INT64_MAX, &bytes))
		return config_reader_fail(reader, line->place,
			"LimitRequestBody must be a number of bytes, not '%s'", line->words[0]);
	reader->dir->limit_request_body = (int64_t)bytes;
	return true;
}

/* Each redirect makes the names of all variables longer, so some hundreds are as bad as a loop. */
enum { REDIRECTS_MOST = 100 };

bool config_custom_recursion(struct config_reader *reader, const struct config_line *line)
{
	unsigned long long n[2] = {0, 0};
	for (size_t i = 0; i < line->count; i++)
		if (!text_number(text_of(line->words[i]), INT_MAX, &n[i]) || n[i] == 0)
			return config_reader_fail(reader, line->place,
				"LimitInternalRecursion must be a number greater than zero, not "
				"'%s'",
				line->words[i]);
	reader->host->redirects_most = n[0] < REDIRECTS_MOST ? (unsigned)n[0] : REDIRECTS_MOST;
	return n[0] <= REDIRECTS_MOST ||
	       config_reader_warn(reader, line->place, "LimitInternalRecursion %s: lowered to %d",
		       line->words[0], (int)REDIRECTS_MOST);
}

bool config_custom_directory_slash(struct config_reader *reader, const struct config_line *line)
{
	struct text word = text_of(line->words[0]);
	bool on = text_equal_nocase(word, TEXT("on"));
	if (!on && !text_equal_nocase(word, TEXT("off")))
		return config_reader_fail(reader, line->place,
			"DirectorySlash must be On or Off, not '%s'", line->words[0]);
	reader->dir->directory_slash = on;
	return true;
}

/* The grammar of MaxRanges and its two companions. */
static bool read_most(struct config_reader *reader, const struct config_line *line,
	unsigned initial, int64_t *most)
{
	struct text word = text_of(line->words[0]);
	unsigned long long n;
	if (text_equal_nocase(word, TEXT("default")))
		n = initial;
	else if (text_equal_nocase(word, TEXT("unlimited")))
		n = UINT32_MAX;
	else if (text_equal_nocase(word, TEXT("none")))
		n = 0;
	else if (!text_number(word, UINT32_MAX, &n) || n == 0)
		return config_reader_fail(reader, line->place,
			"%s must be default, unlimited, none or a number above 0, not '%s'",
			line->directive->name, line->words[0]);
	*most = (int64_t)n;
	return true;
}

bool config_custom_max_ranges(struct config_reader *reader, const struct config_line *line)
{
	return read_most(reader, line, 200, &reader->dir->max_ranges);
}

bool config_custom_max_range_overlaps(struct config_reader *reader, const struct config_line *line)
{
	return read_most(reader, line, 20, &reader->dir->max_range_overlaps);
}

bool config_custom_max_range_reversals(struct config_reader *reader, const struct config_line *line)
{
	return read_most(reader, line, 20, &reader->dir->max_range_reversals);
}
