/*
 * http_uri - paths of requests, hosts, and percent-encoding
 *
 * Runs in:  every process
 * Owns:     nothing
 * Errors:   the status to answer with
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_uri.h"

#include "http/http_chars.h"

#include <arpa/inet.h>

/* The byte that "%41" at the beginning of t stands for, or -1. */
static int escape(struct text t)
{
	if (t.size < 3)
		return -1;
	int high = http_chars_hex((unsigned char)t.at[1]);
	int low = http_chars_hex((unsigned char)t.at[2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* A path as it is being built: `size` bytes, the first of them '/'. */
struct path {
	char *at;
	size_t size;
};

/* What stands behind the last slash was a whole segment: resolves "." and "..". The path ends with
 * a slash afterwards unless the segment was an ordinary one. false: ".." above the root. */
static bool end_segment(struct path *p)
{
	char *end = p->at + p->size;
	if (p->size >= 2 && end[-1] == '.' && end[-2] == '/') {
		p->size -= 1;
	} else if (p->size >= 3 && end[-1] == '.' && end[-2] == '.' && end[-3] == '/') {
		if (p->size == 3)
			return false;
		p->size -= 3; /* now at the slash before it: drop that and the segment */
		while (p->at[p->size - 1] != '/')
			p->size--;
	}
	return true;
}

/* Appends one decoded byte; the same results as http_uri_path. */
static int add(struct path *p, char c)
{
	if (c != '/') {
		p->at[p->size++] = c;
		return 0;
	}
	if (!end_segment(p))
		return 400;
	if (p->at[p->size - 1] != '/')
		p->at[p->size++] = '/';
	return 0;
}

/* Appends what the escape at the beginning of t stands for. */
static int add_escape(struct path *p, struct text t, enum http_uri_slashes slashes)
{
	int byte = escape(t);
	if (byte < 0)
		return 400;
	if (byte == '/' && slashes == HTTP_URI_SLASHES_NODECODE) {
		memcpy(p->at + p->size, t.at, 3);
		p->size += 3;
		return 0;
	}
	if (byte == 0 || (byte == '/' && slashes == HTTP_URI_SLASHES_OFF)) {
		p->at[p->size++] = '%'; /* ".." beside it is not a segment of its own */
		return 404;
	}
	return add(p, (char)byte);
}

int http_uri_path(
	struct text raw, enum http_uri_slashes slashes, char *to, size_t room, size_t *size)
{
	struct path p = {to, 0};
	int later = 0; /* a 404 waits: what is malformed further on is 400 all the same */

	if (room < 2 || raw.size > room - 2)
		return 414;
	p.at[p.size++] = '/';
	for (size_t i = 0; i < raw.size; i++) {
		int status;
		if (raw.at[i] == '%') {
			status = add_escape(&p, text_from(raw.at + i, raw.size - i), slashes);
			i += 2;
		} else {
			status = raw.at[i] ? add(&p, raw.at[i]) : 400;
		}
		if (status == 404)
			later = 404;
		else if (status)
			return status;
	}
	if (!end_segment(&p))
		return 400;
	p.at[p.size] = '\0';
	*size = p.size;
	return later;
}

void http_uri_encode(struct buffer *to, struct text path)
{
	static const char hex[] = "0123456789ABCDEF";
	for (size_t i = 0; i < path.size; i++) {
		unsigned char c = (unsigned char)path.at[i];
		char escaped[3] = {'%', hex[c >> 4], hex[c & 15]};
		if (http_chars_is(c, HTTP_CHARS_RAW))
			buffer_append(to, path.at + i, 1);
		else
			buffer_append(to, escaped, sizeof escaped);
	}
}

void http_uri_mend(struct buffer *to, struct text url)
{
	static const char hex[] = "0123456789ABCDEF";
	for (size_t i = 0; i < url.size; i++) {
		unsigned char c = (unsigned char)url.at[i];
		char escaped[3] = {'%', hex[c >> 4], hex[c & 15]};
		if (c > ' ' && c < 0x7f && !strchr("\"<>\\^`{|}", c))
			buffer_append(to, url.at + i, 1);
		else
			buffer_append(to, escaped, sizeof escaped);
	}
}

/* "v1.name" inside brackets (RFC 3986 3.2.2, IPvFuture). */
static bool future_address(struct text t)
{
	size_t i = 1;
	if (t.size < 4 || (t.at[0] | 0x20) != 'v')
		return false;
	while (i < t.size && http_chars_hex((unsigned char)t.at[i]) >= 0)
		i++;
	if (i == 1 || i + 1 >= t.size || t.at[i] != '.')
		return false;
	for (i++; i < t.size; i++)
		if (t.at[i] != ':' && !http_chars_is((unsigned char)t.at[i], HTTP_CHARS_NAME))
			return false;
	return true;
}

/* What stands inside the brackets. */
static bool literal(struct text t)
{
	char string[INET6_ADDRSTRLEN + 1];
	struct in6_addr address;
	if (t.size && (t.at[0] | 0x20) == 'v')
		return future_address(t);
	if (t.size == 0 || t.size >= sizeof string || memchr(t.at, '\0', t.size))
		return false;
	memcpy(string, t.at, t.size);
	string[t.size] = '\0';
	return inet_pton(AF_INET6, string, &address) == 1;
}

/* Bytes of the host at the beginning of an authority. */
static size_t host_size(struct text t)
{
	if (t.size && t.at[0] == '[') {
		const char *end = memchr(t.at, ']', t.size);
		return end ? (size_t)(end - t.at) + 1 : t.size;
	}
	const char *colon = t.size ? memchr(t.at, ':', t.size) : NULL;
	return colon ? (size_t)(colon - t.at) : t.size;
}

/* Narrower than RFC 3986, as Apache's Strict is: no name that can be looked up has other
 * characters, and "a,b" may be two fields that somebody joined. */
static bool name(struct text t)
{
	return http_chars_all(t, HTTP_CHARS_NAME) && (t.size < 2 || !memmem(t.at, t.size, "..", 2));
}

/* ":8080", ":" or nothing. */
static bool port_of(struct text t, unsigned *port)
{
	unsigned long long n = 0;
	*port = 0;
	if (t.size == 0)
		return true;
	if (t.at[0] != ':')
		return false;
	if (t.size > 1 && !text_number(text_from(t.at + 1, t.size - 1), 65535, &n))
		return false;
	*port = (unsigned)n;
	return true;
}

bool http_uri_authority(struct text authority)
{
	unsigned port;
	size_t size = host_size(authority);
	struct text host = text_from(authority.at, size);
	if (size == authority.size && size == 0)
		return true;
	if (!port_of(text_from(authority.at + size, authority.size - size), &port))
		return false;
	if (size && host.at[0] == '[')
		return size > 2 && host.at[size - 1] == ']' &&
		       literal(text_from(host.at + 1, size - 2));
	return name(host);
}

struct text http_uri_host(struct text authority, char *to, size_t room, unsigned *port)
{
	unsigned number = 0;
	size_t size = host_size(authority);
	if (authority.size > size)
		port_of(text_from(authority.at + size, authority.size - size), &number);
	if (port)
		*port = number;
	if (size > 1 && authority.at[size - 1] == '.')
		size--;
	if (size > room)
		return (struct text){NULL, 0};
	for (size_t i = 0; i < size; i++) {
		char c = authority.at[i];
		to[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	return text_from(to, size);
}
