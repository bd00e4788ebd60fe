/*
 * test_http_uri - paths, authorities, hosts
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   exit status 1
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_uri.h"

#include "http_cases.h"

/* http_uri_path with blocks of exactly the sizes promised. */
static int path_of(const char *raw, size_t size, enum http_uri_slashes slashes, char *to)
{
	char *in = malloc(size ? size : 1), *out = malloc(size + 2);
	size_t got = 0;
	ck_assert(in && out);
	memcpy(in, raw, size);
	int status = http_uri_path(text_from(in, size), slashes, out, size + 2, &got);
	if (status == 0) {
		ck_assert_uint_le(got, size + 1);
		ck_assert_uint_ge(got, 1);
		ck_assert_int_eq(out[0], '/');
		ck_assert_int_eq(out[got], '\0');
		ck_assert_uint_eq(strlen(out), got);
		memcpy(to, out, got + 1);
	}
	free(in);
	free(out);
	return status;
}

START_TEST(paths_are_made_plain)
{
	static const struct {
		const char *raw;
		int status;
		const char *path;
	} rows[] = {
		{"", 0, "/"},
		{"/", 0, "/"},
		{"//", 0, "/"},
		{"///", 0, "/"},
		{"/a", 0, "/a"},
		{"/a/", 0, "/a/"},
		{"/a//b", 0, "/a/b"},
		{"//a", 0, "/a"},
		{"/a//", 0, "/a/"},
		{"/.", 0, "/"},
		{"/./", 0, "/"},
		{"/./a", 0, "/a"},
		{"/a/.", 0, "/a/"},
		{"/a/./", 0, "/a/"},
		{"/a/./b", 0, "/a/b"},
		{"/a/././b", 0, "/a/b"},
		{"/a/..", 0, "/"},
		{"/a/../", 0, "/"},
		{"/a/../b", 0, "/b"},
		{"/a/b/..", 0, "/a/"},
		{"/a/b/../", 0, "/a/"},
		{"/a/b/../c", 0, "/a/c"},
		{"/a/b/../../c", 0, "/c"},
		{"/a//../b", 0, "/b"},
		{"/a/.//../b", 0, "/b"},
		{"/a/b/.././../c", 0, "/c"},
		{"/..a", 0, "/..a"},
		{"/a..", 0, "/a.."},
		{"/...", 0, "/..."},
		{"/.../..", 0, "/"},
		{"/.a", 0, "/.a"},
		{"/a.", 0, "/a."},
		{"/a./b", 0, "/a./b"},
		{"/a../b", 0, "/a../b"},
		{"/..", 400, NULL},
		{"/../", 400, NULL},
		{"/../a", 400, NULL},
		{"//..", 400, NULL},
		{"/./..", 400, NULL},
		{"/a/../..", 400, NULL},
		{"/a/../../a", 400, NULL},
		{"/a/../../a/b/c", 400, NULL},
		{"/%2e", 0, "/"},
		{"/%2e%2e", 400, NULL},
		{"/%2E%2e/a", 400, NULL},
		{"/.%2e/a", 400, NULL},
		{"/%2e./a", 400, NULL},
		{"/a/%2e%2e/b", 0, "/b"},
		{"/a/.%2E/b", 0, "/b"},
		{"/a/%2e/b", 0, "/a/b"},
		{"/%61", 0, "/a"},
		{"/%41%62", 0, "/Ab"},
		{"/a%20b", 0, "/a b"},
		{"/a+b", 0, "/a+b"},
		{"/%C3%A9", 0, "/\xc3\xa9"},
		{"/%ff", 0, "/\xff"},
		{"/%0a", 0, "/\n"},
		{"/%0D%0A", 0, "/\r\n"},
		{"/%5c..", 0, "/\\.."},
		{"/%3f", 0, "/?"},
		{"/%23", 0, "/#"},
		/* Decoded once only. */
		{"/%2541", 0, "/%41"},
		{"/%252e%252e/a", 0, "/%2e%2e/a"},
		{"/%25%32%65", 0, "/%2e"},
		{"/%25", 0, "/%"},
		{"/%", 400, NULL},
		{"/%4", 400, NULL},
		{"/%zz", 400, NULL},
		{"/%4g", 400, NULL},
		{"/%g4", 400, NULL},
		{"/% 41", 400, NULL},
		{"/%-1", 400, NULL},
		{"/a%", 400, NULL},
		{"/%%", 400, NULL},
		{"/%u0041", 400, NULL},
		{"/%00", 404, NULL},
		{"/a%00.html", 404, NULL},
		{"/%2f", 404, NULL},
		{"/a%2Fb", 404, NULL},
		{"/..%2f", 404, NULL},
		/* Malformed comes before not found, as in Apache. */
		{"/%2f%zz", 400, NULL},
		{"/%00%", 400, NULL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char to[256] = "";
		int status = path_of(rows[i].raw, strlen(rows[i].raw), HTTP_URI_SLASHES_OFF, to);
		ck_assert_msg(status == rows[i].status, "%s: %d", rows[i].raw, status);
		if (rows[i].path)
			ck_assert_str_eq(to, rows[i].path);
	}
}
END_TEST

START_TEST(encoded_slashes_by_the_directive)
{
	static const struct {
		const char *raw;
		enum http_uri_slashes slashes;
		int status;
		const char *path;
	} rows[] = {
		{"/a%2fb", HTTP_URI_SLASHES_ON, 0, "/a/b"},
		{"/a%2F%2fb", HTTP_URI_SLASHES_ON, 0, "/a/b"},
		{"/a%2f..%2fb", HTTP_URI_SLASHES_ON, 0, "/b"},
		{"/..%2fb", HTTP_URI_SLASHES_ON, 400, NULL},
		{"/%2f..", HTTP_URI_SLASHES_ON, 400, NULL},
		{"/a%2fb", HTTP_URI_SLASHES_NODECODE, 0, "/a%2fb"},
		{"/a%2F..%2Fb", HTTP_URI_SLASHES_NODECODE, 0, "/a%2F..%2Fb"},
		{"/a%2Fb/../c", HTTP_URI_SLASHES_NODECODE, 0, "/c"},
		{"/a%00", HTTP_URI_SLASHES_NODECODE, 404, NULL},
		{"/a%00", HTTP_URI_SLASHES_ON, 404, NULL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char to[256] = "";
		int status = path_of(rows[i].raw, strlen(rows[i].raw), rows[i].slashes, to);
		ck_assert_msg(status == rows[i].status, "%s: %d", rows[i].raw, status);
		if (rows[i].path)
			ck_assert_str_eq(to, rows[i].path);
	}
}
END_TEST

START_TEST(no_nul_gets_through)
{
	char to[8] = "";
	ck_assert_int_eq(path_of("/a\0b", 4, HTTP_URI_SLASHES_OFF, to), 400);
	ck_assert(!http_uri_authority(TEXT("[::1\0]")));
	ck_assert(!http_uri_authority(TEXT("a\0b")));
	ck_assert_int_eq(path_of("\0", 1, HTTP_URI_SLASHES_ON, to), 400);
}
END_TEST

START_TEST(no_room_is_414)
{
	char to[8];
	size_t size;
	ck_assert_int_eq(http_uri_path(TEXT("/12345"), HTTP_URI_SLASHES_OFF, to, 8, &size), 0);
	ck_assert_int_eq(http_uri_path(TEXT("/123456"), HTTP_URI_SLASHES_OFF, to, 8, &size), 414);
	ck_assert_int_eq(http_uri_path(TEXT(""), HTTP_URI_SLASHES_OFF, to, 1, &size), 414);
	ck_assert_int_eq(http_uri_path(TEXT(""), HTTP_URI_SLASHES_OFF, to, 0, &size), 414);
	ck_assert_int_eq(http_uri_path(TEXT(""), HTTP_URI_SLASHES_OFF, to, 2, &size), 0);
}
END_TEST

START_TEST(every_byte_survives_encoding)
{
	char path[258] = "/", back[1024];
	size_t n = 1;
	for (int c = 1; c < 256; c++)
		if (c != '/' && c != '.')
			path[n++] = (char)c;
	struct buffer b = BUFFER_INIT;
	http_uri_encode(&b, text_from(path, n));
	for (size_t i = 0; i < b.size; i++)
		ck_assert(b.data[i] > ' ' && b.data[i] < 127 &&
			  !strchr("\"<>#?\\^`{|}[]", b.data[i]));
	ck_assert_int_eq(path_of(b.data, b.size, HTTP_URI_SLASHES_OFF, back), 0);
	ck_assert_uint_eq(strlen(back), n);
	ck_assert_mem_eq(back, path, n);
	buffer_clear(&b);
	http_uri_encode(&b, TEXT("/a b/%\xc3\xa9/c:d@e+f"));
	ck_assert(text_equal(buffer_view(&b), TEXT("/a%20b/%25%C3%A9/c:d@e+f")));
	buffer_clear(&b);
	http_uri_mend(&b, TEXT("http://h/a b%20?c=\xc3\xa9&d=\r\n\"#e"));
	ck_assert(text_equal(buffer_view(&b), TEXT("http://h/a%20b%20?c=%C3%A9&d=%0D%0A%22#e")));
	buffer_free(&b);
}
END_TEST

START_TEST(authorities_and_their_hosts)
{
	static const struct {
		const char *authority;
		bool valid;
		const char *host;
		unsigned port;
	} rows[] = {
		{"", true, "", 0},
		{"a", true, "a", 0},
		{"WWW.Example.COM", true, "www.example.com", 0},
		{"a.b:8080", true, "a.b", 8080},
		{"a.b.:8080", true, "a.b", 8080},
		{"a.b.", true, "a.b", 0},
		{".", true, ".", 0},
		{"a:", true, "a", 0},
		{"a:0", true, "a", 0},
		{"a:00080", true, "a", 80},
		{"a:65535", true, "a", 65535},
		{"a:65536", false, NULL, 0},
		{"a:x", false, NULL, 0},
		{"a:1:2", false, NULL, 0},
		{"1.2.3.4:5", true, "1.2.3.4", 5},
		{"[::1]", true, "[::1]", 0},
		{"[::1]:5", true, "[::1]", 5},
		{"[2001:DB8::A]:5", true, "[2001:db8::a]", 5},
		{"[::1]5", false, NULL, 0},
		{"[::1", false, NULL, 0},
		{"[]", false, NULL, 0},
		{"[", false, NULL, 0},
		{"]", false, NULL, 0},
		{"[::1]]", false, NULL, 0},
		{"[[::1]]", false, NULL, 0},
		{"[:::1]", false, NULL, 0},
		{"[12345::]", false, NULL, 0},
		{"[::1.2.3.4]", true, "[::1.2.3.4]", 0},
		{"[::1.2.3.400]", false, NULL, 0},
		{"[1.2.3.4]", false, NULL, 0},
		{"[1111:2222:3333:4444:5555:6666:123.123.123.123]", true, NULL, 0},
		{"[1111:2222:3333:4444:5555:6666:123.123.123.1234]", false, NULL, 0},
		{"[vF.x]", true, "[vf.x]", 0},
		{"[v1.]", false, NULL, 0},
		{"[v.x]", false, NULL, 0},
		{"[v1x]", false, NULL, 0},
		{"[v1.x/y]", false, NULL, 0},
		{"a%41", false, NULL, 0},
		{"a%4", false, NULL, 0},
		{"a%", false, NULL, 0},
		{"a@b", false, NULL, 0},
		{"a b", false, NULL, 0},
		{"a/b", false, NULL, 0},
		{"a,b", false, NULL, 0},
		{"a;c=d", false, NULL, 0},
		{"a~b", false, NULL, 0},
		{"a_b-c", true, "a_b-c", 0},
		{"a..b", false, NULL, 0},
		{"..", false, NULL, 0},
		{".a", true, ".a", 0},
		{"a|b", false, NULL, 0},
		{"\xc3\xa9", false, NULL, 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct text t = text_of(rows[i].authority);
		char host[64];
		unsigned port = 77;
		ck_assert_msg(http_uri_authority(t) == rows[i].valid, "%s", rows[i].authority);
		if (!rows[i].host)
			continue;
		struct text h = http_uri_host(t, host, sizeof host, &port);
		ck_assert_msg(text_equal(h, text_of(rows[i].host)), "%s: %.*s", rows[i].authority,
			TEXT_ARGS(h));
		ck_assert_uint_eq(port, rows[i].port);
	}
	char little[3];
	ck_assert_uint_eq(http_uri_host(TEXT("abcd:1"), little, 3, NULL).size, 0);
	ck_assert_uint_eq(http_uri_host(TEXT("abc:1"), little, 3, NULL).size, 3);
}
END_TEST

static void add(TCase *t)
{
	tcase_add_test(t, paths_are_made_plain);
	tcase_add_test(t, encoded_slashes_by_the_directive);
	tcase_add_test(t, no_nul_gets_through);
	tcase_add_test(t, no_room_is_414);
	tcase_add_test(t, every_byte_survives_encoding);
	tcase_add_test(t, authorities_and_their_hosts);
}

int main(void)
{
	return run_suite("http_uri", add);
}
