/*
 * http_chunked - a chunked body, decoded strictly and in pieces (RFC 9112 7.1)
 *
 * Runs in:  worker
 * Owns:     nothing; content is a view of the bytes given in
 * Errors:   400, 413 or 431
 *
 * One byte, one decision, but for chunk data, which is skipped over.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_chunked.h"

#include "http/http_chars.h"

enum state {
	SIZE_FIRST, /* before the first digit of a size */
	SIZE,
	SIZE_BLANK, /* white space behind the size: only ';' may follow (RFC 9112 7.1.1, BWS) */
	EXT_BEFORE, /* behind ';' */
	EXT_NAME,
	EXT_NAMED,  /* white space behind the name */
	EXT_EQUALS, /* behind '=' */
	EXT_TOKEN,
	EXT_QUOTED,
	EXT_ESCAPE, /* behind a backslash in a quoted string */
	EXT_AFTER,  /* behind the value */
	SIZE_LF,    /* the LF that ends the size line */
	DATA,
	DATA_CR,
	DATA_LF,
	TRAILER, /* at the start of a trailer field or the last, empty line */
	TRAILER_NAME,
	TRAILER_VALUE,
	TRAILER_LF,
	END_LF,
	END
};

void http_chunked_init(struct http_chunked *c, const struct http_limits *limits, uint64_t most)
{
	*c = (struct http_chunked){.most = most ? most : UINT64_MAX,
		.field_size = limits->field_size,
		.fields = limits->fields ? limits->fields : UINT16_MAX,
		.state = SIZE_FIRST};
}

static int next(struct http_chunked *c, enum state state)
{
	c->state = (uint8_t)state;
	return HTTP_MORE;
}

/* The byte that has to come, and what comes behind it. */
static int want(struct http_chunked *c, unsigned char byte, unsigned char wanted, enum state then)
{
	return byte == wanted ? next(c, then) : 400;
}

static bool blank(unsigned char byte)
{
	return byte == ' ' || byte == '\t';
}

/* Behind something that white space and another extension may follow, or the end of the line, but
 * the latter not behind white space. */
static int ext_or_end(struct http_chunked *c, unsigned char byte, enum state after_blank)
{
	if (blank(byte))
		return next(c, after_blank);
	if (byte == ';')
		return next(c, EXT_BEFORE);
	if (byte == '\r' && c->state != SIZE_BLANK && c->state != EXT_NAMED)
		return next(c, SIZE_LF);
	return 400;
}

static int in_size(struct http_chunked *c, unsigned char byte)
{
	int digit = http_chars_hex(byte);
	if (digit >= 0) {
		if (c->left > UINT64_MAX >> 4)
			return 400;
		c->left = c->left << 4 | (unsigned)digit;
		return next(c, SIZE);
	}
	if (c->state == SIZE_FIRST)
		return 400;
	return ext_or_end(c, byte, SIZE_BLANK);
}

static int in_quoted(struct http_chunked *c, unsigned char byte)
{
	if (byte == '"')
		return next(c, EXT_AFTER);
	if (byte == '\\')
		return next(c, EXT_ESCAPE);
	return http_chars_is(byte, HTTP_CHARS_VALUE) ? HTTP_MORE : 400;
}

/* chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] ), RFC 9112 7.1.1. */
static int in_extension(struct http_chunked *c, unsigned char byte)
{
	bool token = http_chars_is(byte, HTTP_CHARS_TOKEN);
	if (++c->extensions > HTTP_CHUNK_EXTENSIONS_MOST)
		return 400;
	switch ((enum state)c->state) {
	case EXT_BEFORE:
		return token ? next(c, EXT_NAME) : blank(byte) ? HTTP_MORE : 400;
	case EXT_NAME:
		if (token)
			return HTTP_MORE;
		return byte == '=' ? next(c, EXT_EQUALS) : ext_or_end(c, byte, EXT_NAMED);
	case EXT_NAMED:
		return byte == '=' ? next(c, EXT_EQUALS) : ext_or_end(c, byte, EXT_NAMED);
	case EXT_EQUALS:
		if (byte == '"')
			return next(c, EXT_QUOTED);
		return token ? next(c, EXT_TOKEN) : blank(byte) ? HTTP_MORE : 400;
	case EXT_TOKEN:
		return token ? HTTP_MORE : ext_or_end(c, byte, SIZE_BLANK);
	case EXT_QUOTED:
		return in_quoted(c, byte);
	case EXT_ESCAPE:
		return http_chars_is(byte, HTTP_CHARS_VALUE) ? next(c, EXT_QUOTED) : 400;
	default:
		return ext_or_end(c, byte, SIZE_BLANK);
	}
}

/* The size line is whole. */
static int chunk(struct http_chunked *c, unsigned char byte)
{
	if (byte != '\n')
		return 400;
	c->line = 0;
	if (c->left == 0)
		return next(c, TRAILER);
	if (c->left > c->most - c->total)
		return 413;
	c->total += c->left;
	return next(c, DATA);
}

static int in_trailer(struct http_chunked *c, unsigned char byte)
{
	if (byte == '\r')
		return next(c, END_LF);
	if (!http_chars_is(byte, HTTP_CHARS_TOKEN))
		return 400;
	if (c->field_count >= c->fields)
		return 431;
	c->field_count++;
	return next(c, TRAILER_NAME);
}

static int in_trailer_name(struct http_chunked *c, unsigned char byte)
{
	if (byte == ':')
		return next(c, TRAILER_VALUE);
	return http_chars_is(byte, HTTP_CHARS_TOKEN) ? HTTP_MORE : 400;
}

static int in_trailer_value(struct http_chunked *c, unsigned char byte)
{
	if (byte == '\r')
		return next(c, TRAILER_LF);
	return http_chars_is(byte, HTTP_CHARS_VALUE) ? HTTP_MORE : 400;
}

/* Longer than its limit? The CR that ends a line does not count. */
static int line_limit(struct http_chunked *c, unsigned char byte)
{
	bool trailer = c->state == TRAILER || c->state == TRAILER_NAME || c->state == TRAILER_VALUE;
	if (byte == '\r' || byte == '\n')
		return HTTP_MORE;
	if (c->line++ < (trailer ? c->field_size : HTTP_CHUNK_LINE_MOST))
		return HTTP_MORE;
	return trailer ? 431 : 400;
}

static int step(struct http_chunked *c, unsigned char byte)
{
	switch ((enum state)c->state) {
	case SIZE_FIRST:
	case SIZE:
		return in_size(c, byte);
	case SIZE_BLANK:
		return ext_or_end(c, byte, SIZE_BLANK);
	case EXT_BEFORE:
	case EXT_NAME:
	case EXT_NAMED:
	case EXT_EQUALS:
	case EXT_TOKEN:
	case EXT_QUOTED:
	case EXT_ESCAPE:
	case EXT_AFTER:
		return in_extension(c, byte);
	case SIZE_LF:
		return chunk(c, byte);
	case DATA_CR:
		return want(c, byte, '\r', DATA_LF);
	case DATA_LF:
		c->line = 0;
		return want(c, byte, '\n', SIZE_FIRST);
	case TRAILER:
		return in_trailer(c, byte);
	case TRAILER_NAME:
		return in_trailer_name(c, byte);
	case TRAILER_VALUE:
		return in_trailer_value(c, byte);
	case TRAILER_LF:
		c->line = 0;
		return want(c, byte, '\n', TRAILER);
	case END_LF:
		return byte == '\n' ? (next(c, END), 0) : 400;
	case DATA:
	case END:
		break;
	}
	return 0;
}

int http_chunked_read(
	struct http_chunked *c, const char *in, size_t size, size_t *used, struct text *content)
{
	size_t i = 0;
	*content = (struct text){NULL, 0};
	while (i < size && c->state != DATA && c->state != END) {
		unsigned char byte = (unsigned char)in[i++];
		bool trailer = c->state >= TRAILER && c->state <= TRAILER_LF;
		int status = line_limit(c, byte);
		if (status == HTTP_MORE)
			status = step(c, byte);
		if (trailer && c->trailer)
			buffer_append(c->trailer, &in[i - 1], 1);
		if (status != HTTP_MORE) {
			*used = i;
			return status;
		}
	}
	if (c->state == DATA && i < size) {
		size_t part = size - i < c->left ? size - i : (size_t)c->left;
		*content = text_from(in + i, part);
		i += part;
		c->left -= part;
		if (c->left == 0)
			c->state = DATA_CR;
	}
	*used = i;
	return c->state == END ? 0 : HTTP_MORE;
}

bool http_chunked_trailer(struct text *rest, struct text name, struct text *value)
{
	while (rest->size && memchr(rest->at, '\n', rest->size)) { /* the last may be cut off */
		struct text line = text_split(rest, '\n');
		struct text field = text_split(&line, ':');
		if (!text_equal_nocase(field, name))
			continue;
		*value = text_trim(line.size ? text_from(line.at, line.size - 1) : line);
		return true;
	}
	return false;
}
