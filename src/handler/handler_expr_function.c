/*
 * handler_expr_function - the functions and tests of expressions that need no request
 *
 * Runs in:  worker
 * Owns:     nothing; a descriptor while it reads a file
 * Errors:   -1 and the reason
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_expr_function.h"

#include "base/base64.h"
#include "base/digest.h"
#include "handler/handler_expr.h"
#include "http/http_chars.h"
#include "os/os_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- letters ---- */

static void fold(struct buffer *to, struct text from, char low, char high)
{
	char *bytes = from.size ? buffer_reserve(to, from.size) : NULL;
	if (!bytes)
		return;
	for (size_t i = 0; i < from.size; i++)
		bytes[i] = (char)(from.at[i] >= low && from.at[i] <= high ? from.at[i] ^ 32
									  : from.at[i]);
	buffer_grew(to, from.size);
}

static void hexadecimal(struct buffer *to, const unsigned char *digest, size_t size)
{
	char digits[2 * DIGEST_SHA1];
	digest_hex(digest, size, digits);
	buffer_append(to, digits, 2 * size);
}

/* Percent-encodes all but what Apache leaves in paths, with its small letters. */
static void escape(struct buffer *to, struct text from)
{
	for (size_t i = 0; i < from.size; i++) {
		unsigned char c = (unsigned char)from.at[i];
		bool kept = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
			    (c && strchr("$-_.+!*'(),:;@&=/~", c));
		if (kept)
			buffer_append(to, &c, 1);
		else
			buffer_printf(to, "%%%02x", c);
	}
}

/* The byte that the %xx at `from.at` stands for; -1: it is no escape. */
static int escape_at(struct text from)
{
	int high = from.size > 2 ? http_chars_hex((unsigned char)from.at[1]) : -1;
	int low = high >= 0 ? http_chars_hex((unsigned char)from.at[2]) : -1;
	return low < 0 ? -1 : high * 16 + low;
}

/* The opposite, but %2F stays as it is; nothing at all for what is no escape, and for %00. */
static void unescape(struct buffer *to, struct text from)
{
	size_t before = to->size;
	for (size_t i = 0; i < from.size; i++) {
		bool percent = from.at[i] == '%';
		int value = percent ? escape_at(text_from(from.at + i, from.size - i)) : from.at[i];
		if (percent && value <= 0) {
			to->size = before;
			return;
		}
		if (percent && value == '/')
			value = '%';
		else if (percent)
			i += 2;
		char c = (char)value;
		buffer_append(to, &c, 1);
	}
}

/* ---- files ---- */

/* The path with a NUL behind it into `to`, or false. */
static bool path_of(struct text from, char to[PATH_MAX])
{
	if (from.size == 0 || from.size >= PATH_MAX || memchr(from.at, '\0', from.size))
		return false;
	memcpy(to, from.at, from.size);
	to[from.size] = '\0';
	return true;
}

bool handler_expr_function_file(enum config_expr_test which, struct text path)
{
	char name[PATH_MAX];
	struct stat st;
	bool itself = which == CONFIG_EXPR_TEST_LINK || which == CONFIG_EXPR_TEST_LINK_TOO;
	if (!path_of(path, name) || (itself ? lstat(name, &st) : stat(name, &st)) < 0)
		return false;
	switch (which) {
	case CONFIG_EXPR_TEST_DIRECTORY:
		return S_ISDIR(st.st_mode);
	case CONFIG_EXPR_TEST_FILE:
		return S_ISREG(st.st_mode);
	case CONFIG_EXPR_TEST_FILLED:
		return S_ISREG(st.st_mode) && st.st_size > 0;
	case CONFIG_EXPR_TEST_EXECUTABLE:
		return st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH);
	case CONFIG_EXPR_TEST_LINK:
	case CONFIG_EXPR_TEST_LINK_TOO:
		return S_ISLNK(st.st_mode);
	default:
		return true; /* -e */
	}
}

static void file_size(struct buffer *to, struct text path)
{
	char name[PATH_MAX];
	struct stat st;
	bool file = path_of(path, name) && stat(name, &st) == 0 && S_ISREG(st.st_mode);
	buffer_number(to, file ? (unsigned long long)st.st_size : 0);
}

static int read_file(struct buffer *to, struct text path, const char **why)
{
	char name[PATH_MAX];
	struct stat st;
	int fd =
		path_of(path, name) ? open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : -1;
	ssize_t got = -1;
	if (fd < 0) {
		*why = "file(): the file cannot be opened";
		return -1;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		*why = "file(): this is no regular file";
	} else if (st.st_size > HANDLER_EXPR_MOST) {
		*why = "file(): the file is too large";
	} else {
		char *bytes = buffer_reserve(to, (size_t)st.st_size + 1);
		got = bytes ? os_file_read(fd, bytes, (size_t)st.st_size, 0) : -1;
		if (got < 0)
			*why = bytes ? "file(): the file cannot be read" : "out of memory";
	}
	close(fd);
	if (got < 0)
		return -1;
	buffer_grew(to, (size_t)got);
	return 0;
}

/* ---- all of them ---- */

/* A variable of the server's own environment. */
static void environment(struct buffer *to, struct text name)
{
	char copy[256];
	if (name.size == 0 || name.size >= sizeof copy || memchr(name.at, '\0', name.size))
		return;
	memcpy(copy, name.at, name.size);
	copy[name.size] = '\0';
	const char *value = getenv(copy);
	if (value)
		buffer_string(to, value);
}

int handler_expr_function(enum config_expr_function which, struct text argument,
	struct buffer *result, const char **why)
{
	unsigned char digest[DIGEST_SHA1];
	switch (which) {
	case CONFIG_EXPR_FUNCTION_ENV:
	case CONFIG_EXPR_FUNCTION_OSENV:
		environment(result, argument);
		break;
	case CONFIG_EXPR_FUNCTION_TOLOWER:
		fold(result, argument, 'A', 'Z');
		break;
	case CONFIG_EXPR_FUNCTION_TOUPPER:
		fold(result, argument, 'a', 'z');
		break;
	case CONFIG_EXPR_FUNCTION_ESCAPE:
		escape(result, argument);
		break;
	case CONFIG_EXPR_FUNCTION_UNESCAPE:
		unescape(result, argument);
		break;
	case CONFIG_EXPR_FUNCTION_BASE64:
		base64_encode(result, argument);
		break;
	case CONFIG_EXPR_FUNCTION_UNBASE64:
		base64_decode_loosely(result, argument);
		break;
	case CONFIG_EXPR_FUNCTION_MD5:
		digest_md5(argument, digest);
		hexadecimal(result, digest, DIGEST_MD5);
		break;
	case CONFIG_EXPR_FUNCTION_SHA1:
		digest_sha1(argument, digest);
		hexadecimal(result, digest, DIGEST_SHA1);
		break;
	case CONFIG_EXPR_FUNCTION_FILESIZE:
		file_size(result, argument);
		break;
	case CONFIG_EXPR_FUNCTION_FILE:
		return read_file(result, argument, why);
	default: /* those that ask the world */
		break;
	}
	return 0;
}
