/*
 * handler_cgi_env - the environment and the arguments of a program (RFC 3875 4)
 *
 * Runs in:  worker; the arguments in the starter
 * Owns:     the environment made last, until the next is made
 * Errors:   NULL: out of memory
 *
 * The variables are Apache's. They are written one behind the other into one buffer that is kept
 * from program to program.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_cgi_env.h"

#include "handler/handler_name.h"
#include "handler/handler_world.h"
#include "http/http_chars.h"

#include <stdio.h>
#include <stdlib.h>

enum { WORDS_MOST = 1000 /* of a query; the kernel has its own limit for their bytes */ };

static struct buffer bytes;    /* "NAME=value", each with its NUL */
static struct buffer starts;   /* size_t: where each begins */
static struct buffer pointers; /* const char *: the same, once bytes does not move any more */

static void begin(void)
{
	size_t at = bytes.size;
	buffer_append(&starts, &at, sizeof at);
}

static void put(const char *name, struct text value)
{
	if (!value.at)
		return;
	begin();
	buffer_string(&bytes, name);
	buffer_append(&bytes, "=", 1);
	buffer_text(&bytes, value);
	buffer_append(&bytes, "", 1);
}

static void put_string(const char *name, const char *value)
{
	put(name, text_of(value));
}

static void put_number(const char *name, uint64_t n)
{
	char digits[24];
	snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
	put_string(name, digits);
}

/* --- the request's fields --- */

/* HTTP_ACCEPT_LANGUAGE. Other bytes than letters, digits and '-' could make two fields one variable
 * (CVE-2016-5387 is one of a family): such a field is left out, as in Apache. */
static bool name_field(struct text name)
{
	size_t before = bytes.size;
	buffer_string(&bytes, "HTTP_");
	for (size_t i = 0; i < name.size; i++) {
		char c = name.at[i];
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		else if (c == '-')
			c = '_';
		else if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9')) {
			bytes.size = before;
			return false;
		}
		buffer_append(&bytes, &c, 1);
	}
	buffer_append(&bytes, "=", 1);
	return true;
}

static bool is_secret(struct text name)
{
	return text_equal_nocase(name, TEXT("Authorization")) ||
	       text_equal_nocase(name, TEXT("Proxy-Authorization"));
}

/* Proxy would be taken for HTTP_PROXY, the environment's own (CVE-2016-5385). Those of the body
 * have variables of their own; how it came does not concern who is given the length. */
static bool is_left_out(const struct handler_call *call, const struct http_field *f)
{
	return f->known == HTTP_CONTENT_TYPE || f->known == HTTP_CONTENT_LENGTH ||
	       f->known == HTTP_TRANSFER_ENCODING || text_equal_nocase(f->name, TEXT("Proxy")) ||
	       (is_secret(f->name) && call->dir->cgi.pass_auth != 1);
}

static void put_fields(struct handler_call *call)
{
	const struct http_request *rq = call->request;
	for (unsigned i = 0; i < rq->field_count; i++) {
		const struct http_field *f = &rq->fields[i];
		if (is_left_out(call, f) || http_request_find(rq, f->name, NULL) != f)
			continue; /* all lines of a name go with the first */
		size_t at = bytes.size;
		if (!name_field(f->name))
			continue;
		buffer_append(&starts, &at, sizeof at);
		/* A whole URL says the host, whatever the field does (RFC 9112 3.2.2). */
		bool said = f->known == HTTP_HOST && rq->form == HTTP_FORM_ABSOLUTE;
		buffer_text(&bytes, said ? rq->authority : f->value);
		for (const struct http_field *g = f; (g = http_request_find(rq, f->name, g));) {
			buffer_string(&bytes, ", ");
			buffer_text(&bytes, g->value);
		}
		buffer_append(&bytes, "", 1);
	}
}

/* --- the server's own --- */

static void put_address(const char *name, const struct os_address *a)
{
	char text[OS_ADDRESS_TEXT];
	if (a && a->size)
		put_string(name, os_address_host(a, text));
}

/* As in Apache that of the connection, also where a proxy says who the client is: nobody else has a
 * port here. */
static void put_port(const char *name, const struct os_address *a)
{
	if (a && a->size)
		put_number(name, os_address_port(a));
}

static void put_server(struct handler_call *call)
{
	const char *path = getenv("PATH");
	put_string("PATH", path ? path : HANDLER_CGI_PATH);
	put_string("SERVER_SIGNATURE", "");
	put_string("SERVER_SOFTWARE", config_server_name(call->config->server_tokens));
	put("SERVER_NAME", handler_world_variable(call, CONFIG_EXPR_SERVER_NAME, call->arena));
	put_address("SERVER_ADDR", handler_local(call));
	put("SERVER_PORT", handler_world_variable(call, CONFIG_EXPR_SERVER_PORT, call->arena));
	put_address("REMOTE_ADDR", call->client);
	put_port("REMOTE_PORT", call->proxy ? call->proxy : call->client);
	if (handler_name_known(call))
		put_string("REMOTE_HOST", handler_name_known(call));
	put_string("DOCUMENT_ROOT", call->host->document_root);
	put_string("REQUEST_SCHEME", "http");
	put_string("CONTEXT_PREFIX", call->context_prefix ? call->context_prefix : "");
	put_string("CONTEXT_DOCUMENT_ROOT",
		call->context_root ? call->context_root : call->host->document_root);
	put_string("SERVER_ADMIN",
		call->host->server_admin ? call->host->server_admin : "[no address given]");
}

/* The target as the client sent it, without a host (RFC 9112 3.2.2). */
static void put_request_uri(const struct handler_call *call)
{
	const struct http_request *rq = call->request;
	begin();
	buffer_string(&bytes, "REQUEST_URI=");
	if (call->dir->cgi.current_uri == 1) {
		buffer_text(&bytes, buffer_view(&call->path));
	} else if (rq->form == HTTP_FORM_ABSOLUTE) {
		buffer_text(&bytes, rq->path.size ? rq->path : TEXT("/"));
		if (rq->query.at) {
			buffer_string(&bytes, "?");
			buffer_text(&bytes, rq->query);
		}
	} else {
		buffer_text(&bytes, rq->target);
	}
	buffer_append(&bytes, "", 1);
}

/* PATH_INFO is a path of this site of its own. */
static void put_path_info(struct handler_call *call, struct text info)
{
	struct text root = text_of(call->host->document_root);
	if (!info.size)
		return;
	while (root.size && root.at[root.size - 1] == '/')
		root.size--;
	put("PATH_INFO", info);
	begin();
	buffer_string(&bytes, "PATH_TRANSLATED=");
	buffer_text(&bytes, root);
	buffer_text(&bytes, info);
	buffer_append(&bytes, "", 1);
}

static void put_request(struct handler_call *call)
{
	const struct http_request *rq = call->request;
	struct text path = buffer_view(&call->path);
	put("SCRIPT_FILENAME", buffer_view(&call->file));
	put_string("REMOTE_USER", call->user);
	put_string("AUTH_TYPE", call->auth_type);
	put_string("GATEWAY_INTERFACE", "CGI/1.1");
	put_string("SERVER_PROTOCOL", rq->minor ? "HTTP/1.1" : "HTTP/1.0");
	put("REQUEST_METHOD", rq->method_name);
	put("QUERY_STRING", call->query.at ? call->query : TEXT(""));
	put_request_uri(call);
	put("SCRIPT_NAME", text_from(path.at, call->path_info));
	put_path_info(call, text_from(path.at + call->path_info, path.size - call->path_info));
}

static void put_body(const struct handler_call *call)
{
	const struct http_request *rq = call->request;
	put("CONTENT_TYPE", http_request_field(rq, HTTP_CONTENT_TYPE));
	if (rq->body != HTTP_FRAMING_NONE)
		put_number("CONTENT_LENGTH", rq->body == HTTP_FRAMING_LENGTH
						     ? (size_t)rq->content_length
						     : call->input.size);
}

/* --- variables of SetEnv and its like --- */

static bool is_there(const char *name, size_t size)
{
	const size_t *all = (const size_t *)starts.data;
	for (size_t i = 0; i < starts.size / sizeof *all; i++)
		if (strncmp(bytes.data + all[i], name, size) == 0 &&
			bytes.data[all[i] + size] == '=')
			return true;
	return false;
}

static bool is_letter(char c, bool first)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
	       (!first && c >= '0' && c <= '9');
}

/* What the server says goes before what was set. Names become fit for a shell. */
static void put_set(const struct handler_call *call)
{
	for (size_t i = 0; i < call->env.count && !bytes.failed && !starts.failed; i++) {
		const struct handler_variable *v = &call->env.all[i];
		char *name = arena_text(call->arena, text_of(v->name));
		if (!name || !*name) {
			bytes.failed |= !name;
			continue;
		}
		for (char *c = name; *c; c++)
			if (!is_letter(*c, c == name))
				*c = '_';
		if (!is_there(name, strlen(name)))
			put_string(name, v->value ? v->value : "");
	}
}

const char *const *handler_cgi_env_of(struct handler_call *call)
{
	buffer_clear(&bytes);
	buffer_clear(&starts);
	buffer_clear(&pointers);
	put_fields(call);
	put_server(call);
	put_request(call);
	put_body(call);
	put_set(call);
	size_t count = starts.size / sizeof(size_t);
	const char **all =
		(const char **)(void *)buffer_reserve(&pointers, (count + 1) * sizeof(char *));
	if (bytes.failed || starts.failed || !all)
		return NULL;
	for (size_t i = 0; i < count; i++)
		all[i] = bytes.data + ((const size_t *)(const void *)starts.data)[i];
	all[count] = NULL;
	return all;
}

/* As Apache: whoever takes the place of a program finds all that it was told under REDIRECT_ names.
 */
bool handler_cgi_env_keep(struct handler_call *call)
{
	const char *const *all = handler_cgi_env_of(call);
	bool good = all != NULL;
	for (; good && *all; all++) {
		struct text value = text_of(*all), name = text_split(&value, '=');
		const char *kept = arena_text(call->arena, value);
		const char *named = arena_text(call->arena, name);
		good = kept && named && handler_env_set(&call->env, call->arena, named, kept);
	}
	return good;
}

/* --- arguments --- */

/* Apache has always put a backslash before what a shell would look at twice. */
static bool is_special(char c)
{
	return strchr("&;`'\"|*?~<>^()[]{}$\\\n\xff", c) && c;
}

/* "a%20b" to "a b"; as it is, where that cannot be. */
static const char *word(struct arena *memory, struct text t)
{
	char *to = arena_take(memory, 2 * t.size + 1), *at = to;
	for (size_t i = 0; to && i < t.size; i++) {
		char c = t.at[i];
		if (c == '%' && i + 2 < t.size && http_chars_hex((unsigned char)t.at[i + 1]) >= 0 &&
			http_chars_hex((unsigned char)t.at[i + 2]) >= 0) {
			c = (char)(http_chars_hex((unsigned char)t.at[i + 1]) * 16 +
				   http_chars_hex((unsigned char)t.at[i + 2]));
			i += 2;
		}
		if (!c) /* no argument can hold it */
			break;
		if (is_special(c))
			*at++ = '\\';
		*at++ = c;
	}
	return to;
}

const char *const *handler_cgi_env_words(struct arena *memory, struct text file, struct text query)
{
	bool words = query.size && !memchr(query.at, '=', query.size);
	size_t count = 1;
	for (size_t i = 0; words && i < query.size; i++)
		count += query.at[i] == '+';
	if (count >= WORDS_MOST)
		words = false;
	const char **all = arena_take(memory, (words ? count + 2 : 2) * sizeof *all);
	if (!all || !(all[0] = arena_text(memory, file)))
		return NULL;
	for (size_t i = 1; words && query.at; i++)
		if (!(all[i] = word(memory, text_split(&query, '+'))))
			return NULL;
	return all;
}
