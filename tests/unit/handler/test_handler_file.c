/*
 * test_handler_file - files under the DocumentRoot
 *
 * Runs in:  a test program
 * Owns:     a site below unit_dir
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/handler/call.h"

#include <sys/socket.h>
#include <sys/un.h>

static struct config *make_site(const char *more)
{
	struct config *config = site_config(more);
	unit_write("www/index.html", TEXT("<p>front"));
	unit_write("www/hello.txt", TEXT("0123456789"));
	unit_mkdir("www/dir");
	unit_write("www/dir/index.html", TEXT("<p>dir"));
	unit_mkdir("www/empty");
	unit_age("www/hello.txt", 1000);
	return config;
}

START_TEST(types)
{
	static const struct {
		const char *target, *type; /* NULL: none is said */
	} rows[] = {
		{"/a.html", "text/html"},
		{"/a.HTML", "text/html"},
		{"/a.tar.gz", "application/gzip"},
		{"/a.own", "application/x-own"},
		{"/a.png", "image/x-own"},
		{"/sub/a.own", "application/x-sub"},
		{"/sub/a.css", "text/css"},
		{"/plain", NULL},
		{"/.html", NULL}, /* a hidden file named "html" */
		{"/a.html.unknown", "text/html"},
		{"/dot.", NULL},
		{"/a.b/plain", NULL},
		{"/a.unknown", NULL},
	};
	struct config *config = make_site("AddType application/x-own own\n"
					  "AddType image/x-own .png\n<Location /sub>\n"
					  "AddType application/x-sub own\n</Location>\n");
	unit_mkdir("www/sub");
	unit_mkdir("www/a.b");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct call c;
		char name[64];
		snprintf(name, sizeof name, "www%s", rows[i].target);
		unit_write(name, TEXT("x"));
		call_get(&c, config, rows[i].target, "");
		ck_assert_int_eq(c.response.status, 200);
		call_field_eq(&c, "Content-Type", rows[i].type);
		call_end(&c);
	}
	config_free(config);
}
END_TEST

START_TEST(what_a_file_says)
{
	struct call c;
	struct config *config = make_site("");
	call_get(&c, config, "/hello.txt", "");
	ck_assert_int_eq(c.response.status, 200);
	ck_assert(strncmp(c.head, "HTTP/1.1 200 OK\r\n", 17) == 0);
	call_field_eq(&c, "Content-Length", "10");
	call_field_eq(&c, "Accept-Ranges", "bytes");
	ck_assert_ptr_nonnull(call_field(&c, "Last-Modified"));
	ck_assert_ptr_nonnull(call_field(&c, "ETag"));
	ck_assert(c.response.cacheable);
	unit_text_eq(buffer_view(&c.body), "0123456789");
	call_end(&c);
	unit_write("www/empty.txt", TEXT(""));
	call_get(&c, config, "/empty.txt", "");
	ck_assert_int_eq(c.response.status, 200);
	call_field_eq(&c, "Content-Length", "0");
	call_end(&c);
	config_free(config);
}
END_TEST

START_TEST(no_time_to_come)
{
	/* A file from the future is told as of now (RFC 9110 8.8.2.1). */
	struct call c;
	struct config *config = make_site("");
	unit_age("www/hello.txt", -1000000);
	call_get(&c, config, "/hello.txt", "");
	ck_assert_int_eq(c.response.modified, c.handler.now);
	call_end(&c);
	config_free(config);
}
END_TEST

START_TEST(directories)
{
	static const struct {
		const char *target;
		int status;
		const char *location; /* NULL: none */
		const char *body;     /* NULL: not compared */
	} rows[] = {
		{"/", 200, NULL, "<p>front"},
		{"/dir/", 200, NULL, "<p>dir"},
		{"/dir/.", 200, NULL, "<p>dir"},
		{"/dir", 301, "/dir/", NULL},
		{"/dir?a=b&c", 301, "/dir/?a=b&c", NULL},
		{"/dir?", 301, "/dir/?", NULL},
		{"//dir", 301, "/dir/", NULL},
		{"/%64ir", 301, "/dir/", NULL},
		{"/sp%20ace", 301, "/sp%20ace/", NULL},
		{"/q%3fm", 301, "/q%3Fm/", NULL},
		{"/cr%0d%0aX:y", 301, "/cr%0D%0AX:y/", NULL},
		{"/empty/", 403, NULL, NULL},
		{"/empty", 301, "/empty/", NULL},
		{"/hello.txt/", 404, NULL, NULL},
		{"/hello.txt/x", 404, NULL, NULL},
		{"/nothing", 404, NULL, NULL},
		{"/nothing/", 404, NULL, NULL},
		{"/flat", 403, NULL, NULL},
		{"/flat/", 200, NULL, "<p>flat"},
	};
	struct config *config = make_site("<Location /flat>\nDirectorySlash Off\n</Location>\n");
	unit_mkdir("www/flat");
	unit_write("www/flat/index.html", TEXT("<p>flat"));
	unit_mkdir("www/sp ace");
	unit_mkdir("www/q?m");
	unit_mkdir("www/cr\r\nX:y");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct call c;
		call_get(&c, config, rows[i].target, "");
		ck_assert_msg(c.response.status == rows[i].status, "%s: %d instead of %d",
			rows[i].target, c.response.status, rows[i].status);
		call_field_eq(&c, "Location", rows[i].location);
		if (rows[i].body)
			ck_assert(text_equal(buffer_view(&c.body), text_of(rows[i].body)));
		call_end(&c);
	}
	config_free(config);
}
END_TEST

START_TEST(a_redirect_stays_on_this_host)
{
	/* "//dir" merges to "/dir"; a Location of "//evil/" would lead to another host. */
	struct call c;
	struct config *config = make_site("");
	unit_mkdir("www/evil.example");
	call_get(&c, config, "//evil.example", "");
	call_field_eq(&c, "Location", "/evil.example/");
	call_end(&c);
	call_get(&c, config, "/%2e//evil.example", "");
	call_field_eq(&c, "Location", "/evil.example/");
	call_end(&c);
	config_free(config);
}
END_TEST

START_TEST(indexes)
{
	struct call c;
	struct config *config =
		make_site("DirectoryIndex first.html second.html\n<Location /off>\n"
			  "DirectoryIndex disabled\n</Location>\n<Location /other>\n"
			  "DirectoryIndex hello.txt\n</Location>\n");
	unit_mkdir("www/off");
	unit_mkdir("www/other");
	unit_mkdir("www/third");
	unit_write("www/off/first.html", TEXT("x"));
	unit_write("www/other/hello.txt", TEXT("x"));
	unit_mkdir("www/third/first.html"); /* a directory is no index */
	unit_write("www/third/second.html", TEXT("second"));
	call_get(&c, config, "/", "");
	ck_assert_int_eq(c.response.status, 403);
	unit_text_eq(c.handler.path.size ? buffer_view(&c.handler.path) : TEXT(""), "/");
	call_end(&c);
	call_get(&c, config, "/off/", "");
	ck_assert_int_eq(c.response.status, 403);
	call_end(&c);
	call_get(&c, config, "/other/", "");
	ck_assert_int_eq(c.response.status, 200);
	call_field_eq(&c, "Content-Type", "text/plain");
	unit_text_eq(buffer_view(&c.handler.path), "/other/hello.txt");
	call_end(&c);
	call_get(&c, config, "/third/", "");
	unit_text_eq(buffer_view(&c.body), "second");
	call_end(&c);
	config_free(config);
}
END_TEST

static void make_socket(const char *name)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(at.sun_path, sizeof at.sun_path, "%s", unit_path(name));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	close(fd);
}

START_TEST(what_is_no_file)
{
	static const struct {
		const char *target;
		int status;
	} rows[] = {
		{"/fifo", 403},
		{"/socket", 403},
		{"/out", 403},
		{"/absolute", 403},
		{"/slash/etc/passwd", 403},
		{"/dir/up", 200}, /* stays inside */
		{"/loop", 403},
		{"/dangling", 404},
		{"/outdir/", 403},
	};
	struct config *config = make_site("");
	unit_write("secret", TEXT("secret"));
	ck_assert_int_eq(mkfifo(unit_path("www/fifo"), 0644), 0);
	make_socket("www/socket");
	ck_assert_int_eq(symlink("../secret", unit_path("www/out")), 0);
	ck_assert_int_eq(symlink(unit_path("secret"), unit_path("www/absolute")), 0);
	ck_assert_int_eq(symlink("/", unit_path("www/slash")), 0);
	ck_assert_int_eq(symlink("../hello.txt", unit_path("www/dir/up")), 0);
	ck_assert_int_eq(symlink("loop", unit_path("www/loop")), 0);
	ck_assert_int_eq(symlink("gone", unit_path("www/dangling")), 0);
	ck_assert_int_eq(symlink("..", unit_path("www/outdir")), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct call c;
		call_get(&c, config, rows[i].target, "");
		ck_assert_msg(c.response.status == rows[i].status, "%s: %d instead of %d",
			rows[i].target, c.response.status, rows[i].status);
		ck_assert_ptr_null(memmem(c.body.data, c.body.size, "secret", 6));
		call_end(&c);
	}
	config_free(config);
}
END_TEST

START_TEST(names_that_are_too_long)
{
	char target[6000] = "/";
	struct call c;
	struct config *config = make_site("");
	memset(target + 1, 'a', 300); /* longer than one name may be */
	call_get(&c, config, target, "");
	ck_assert_int_eq(c.response.status, 404);
	call_end(&c);
	for (size_t i = 1; i < sizeof target - 2; i += 2)
		memcpy(target + i, "a/", 2); /* longer than a path may be */
	target[sizeof target - 1] = '\0';
	call_get(&c, config, target, "");
	ck_assert_int_ge(c.response.status, 404);
	ck_assert_int_le(c.response.status, 404);
	call_end(&c);
	config_free(config);
}
END_TEST

START_TEST(what_may_not_be_read)
{
	struct call c;
	struct config *config = make_site("");
	unit_write("www/locked.txt", TEXT("x"));
	ck_assert_int_eq(chmod(unit_path("www/locked.txt"), 0), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0); /* root may read everything */
	call_get(&c, config, "/locked.txt", "");
	ck_assert_int_eq(c.response.status, 403);
	call_end(&c);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	config_free(config);
}
END_TEST

START_TEST(ranges)
{
	static const struct {
		const char *range;
		int status;
		const char *content, *body; /* content NULL: no Content-Range */
	} rows[] = {
		{"bytes=0-3", 206, "bytes 0-3/10", "0123"},
		{"bytes=0-0", 206, "bytes 0-0/10", "0"},
		{"bytes=9-", 206, "bytes 9-9/10", "9"},
		{"bytes=4-99", 206, "bytes 4-9/10", "456789"},
		{"bytes=-3", 206, "bytes 7-9/10", "789"},
		{"bytes=-99", 206, "bytes 0-9/10", "0123456789"},
		{"bytes=10-", 416, "bytes */10", NULL},
		{"bytes=-0", 416, "bytes */10", NULL},
		{"bytes=3-2", 200, NULL, "0123456789"},
		{"lines=0-3", 200, NULL, "0123456789"},
		{"bytes=x", 200, NULL, "0123456789"},
		{"bytes=0-1,2-4", 206, "bytes 0-4/10", "01234"}, /* they touch: one range */
		{"bytes=0-5,3-4,12-", 206, "bytes 0-5/10", "012345"},
	};
	struct config *config = make_site("");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct call c;
		char field[64];
		snprintf(field, sizeof field, "Range: %s\r\n", rows[i].range);
		call_get(&c, config, "/hello.txt", field);
		ck_assert_msg(c.response.status == rows[i].status, "%s: %d", rows[i].range,
			c.response.status);
		call_field_eq(&c, "Content-Range", rows[i].content);
		if (rows[i].body)
			ck_assert_msg(text_equal(buffer_view(&c.body), text_of(rows[i].body)), "%s",
				rows[i].range);
		ck_assert(!c.response.cacheable || rows[i].status == 200);
		call_end(&c);
	}
	config_free(config);
}
END_TEST

START_TEST(several_ranges)
{
	static const struct {
		const char *range, *more; /* what the configuration says */
		const char *parts;        /* NULL: the whole is sent */
	} rows[] = {
		{"bytes=0-1,4-5", "", "0-1:01 4-5:45"},
		{"bytes=-1, 0-0", "", "9-9:9 0-0:0"}, /* in the order asked for */
		{"bytes=0-0,20-,5-5,,7-", "", "0-0:0 5-5:5 7-9:789"},
		{"bytes=0-1,4-5,2-3,9-", "", "0-5:012345 9-9:9"},
		{"bytes=0-1,4-5", "MaxRanges 1\n", NULL},
		{"bytes=0-1,4-5", "MaxRanges none\n", NULL},
		{"bytes=0-1,4-5,7-", "<Location /hello.txt>\nMaxRanges 2\n</Location>\n", NULL},
		{"bytes=0-1,4-5,7-", "MaxRanges unlimited\n", "0-1:01 4-5:45 7-9:789"},
		{"bytes=0-1,1-2,5-5", "MaxRangeOverlaps none\n", NULL},
		{"bytes=0-1,1-2,5-5", "MaxRangeOverlaps 1\n", "0-2:012 5-5:5"},
		{"bytes=4-5,0-1", "MaxRangeReversals none\n", NULL},
		{"bytes=4-5,0-1", "MaxRangeReversals 1\n", "4-5:45 0-1:01"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct call c;
		char field[64], boundary[32] = "";
		struct buffer wanted = BUFFER_INIT;
		struct config *config = i ? site_config(rows[i].more) : make_site(rows[i].more);
		snprintf(field, sizeof field, "Range: %s\r\n", rows[i].range);
		call_get(&c, config, "/hello.txt", field);
		ck_assert_msg(c.response.status == (rows[i].parts ? 206 : 200), "%s: %d",
			rows[i].range, c.response.status);
		call_field_eq(&c, "Content-Range", NULL);
		if (rows[i].parts)
			ck_assert_int_eq(sscanf(call_field(&c, "Content-Type"),
						 "multipart/byteranges; boundary=%31s", boundary),
				1);
		else
			buffer_string(&wanted, "0123456789");
		for (const char *p = rows[i].parts; p; p = strchr(p + 1, ' ')) {
			char range[8], bytes[16];
			ck_assert_int_eq(sscanf(p, " %7[0-9-]:%15s", range, bytes), 2);
			buffer_printf(&wanted,
				"%s--%s\r\nContent-Type: text/plain\r\n"
				"Content-Range: bytes %s/10\r\n\r\n%s",
				wanted.size ? "\r\n" : "", boundary, range, bytes);
		}
		if (rows[i].parts)
			buffer_printf(&wanted, "\r\n--%s--\r\n", boundary);
		ck_assert_msg(text_equal(buffer_view(&c.body), buffer_view(&wanted)), "%s:\n%.*s",
			rows[i].range, TEXT_ARGS(buffer_view(&c.body)));
		ck_assert_uint_eq(http_response_length(&c.response), wanted.size);
		buffer_free(&wanted);
		call_end(&c);
		config_free(config);
	}
}
END_TEST

START_TEST(conditions)
{
	static const struct {
		const char *field; /* %s: the file's tag */
		const char *method;
		int status;
	} rows[] = {
		{"If-None-Match: %s\r\n", "GET", 304},
		{"If-None-Match: %s\r\n", "HEAD", 304},
		{"If-None-Match: *\r\n", "GET", 304},
		{"If-None-Match: \"x\"\r\n", "GET", 200},
		{"If-None-Match: W/%s\r\n", "GET", 304},
		{"If-Match: %s\r\n", "GET", 200},
		{"If-Match: \"x\"\r\n", "GET", 412},
		{"If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n", "GET", 200},
		{"If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n", "GET", 412},
		{"If-Range: %s\r\nRange: bytes=0-3\r\n", "GET", 206},
		{"If-Range: \"x\"\r\nRange: bytes=0-3\r\n", "GET", 200},
	};
	struct config *config = make_site("");
	struct call c;
	char etag[1024];
	call_get(&c, config, "/hello.txt", "");
	snprintf(etag, sizeof etag, "%s", call_field(&c, "ETag"));
	call_end(&c);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char field[2048], raw[4096];
		const char *hole = strstr(rows[i].field, "%s");
		int before = hole ? (int)(hole - rows[i].field) : (int)strlen(rows[i].field);
		snprintf(field, sizeof field, "%.*s%s%s", before, rows[i].field, hole ? etag : "",
			hole ? hole + 2 : "");
		snprintf(raw, sizeof raw, "%s /hello.txt HTTP/1.1\r\nHost: a\r\n%s\r\n",
			rows[i].method, field);
		call_ask(&c, config, NULL, raw);
		ck_assert_msg(c.response.status == rows[i].status, "%s%s: %d", field,
			rows[i].method, c.response.status);
		if (c.response.status == 304) {
			call_field_eq(&c, "ETag", etag);
			call_field_eq(&c, "Content-Length", NULL);
			ck_assert_uint_eq(c.body.size, 0);
		}
		call_end(&c);
	}
	config_free(config);
}
END_TEST

START_TEST(not_modified_since)
{
	struct config *config = make_site("");
	struct call c;
	char field[2048];
	call_get(&c, config, "/hello.txt", "");
	snprintf(field, sizeof field, "If-Modified-Since: %s\r\n", call_field(&c, "Last-Modified"));
	call_end(&c);
	call_get(&c, config, "/hello.txt", field);
	ck_assert_int_eq(c.response.status, 304);
	call_end(&c);
	unit_age("www/hello.txt", 500);
	call_get(&c, config, "/hello.txt", field);
	ck_assert_int_eq(c.response.status, 200);
	call_end(&c);
	config_free(config);
}
END_TEST

START_TEST(nothing_is_left_open)
{
	/* Every way out of the handler, some times over: the fixture counts descriptors, and this
	 * finds a leak that a single call would hide behind http_response_free. */
	static const char *const targets[] = {
		"/", "/dir", "/empty/", "/hello.txt", "/hello.txt/", "/nothing", "/out", "/fifo"};
	static const char *const fields[] = {"", "If-None-Match: *\r\n", "If-Match: \"x\"\r\n",
		"Range: bytes=99-\r\n", "Range: bytes=0-1\r\n"};
	struct config *config = make_site("ErrorDocument 404 /hello.txt\n"
					  "ErrorDocument 412 /hello.txt\n"
					  "ErrorDocument 416 /hello.txt\n"
					  "ErrorDocument 403 /nothing\n");
	ck_assert_int_eq(mkfifo(unit_path("www/fifo"), 0644), 0);
	ck_assert_int_eq(symlink("..", unit_path("www/out")), 0);
	int before = unit_fds();
	for (size_t t = 0; t < sizeof targets / sizeof *targets; t++)
		for (size_t f = 0; f < sizeof fields / sizeof *fields; f++) {
			struct call c;
			call_get(&c, config, targets[t], fields[f]);
			ck_assert_ptr_nonnull(c.head);
			call_end(&c);
			ck_assert_msg(unit_fds() == before, "%s %s", targets[t], fields[f]);
		}
	config_free(config);
}
END_TEST

UNIT_MAIN("handler_file", types, what_a_file_says, no_time_to_come, directories,
	a_redirect_stays_on_this_host, indexes, what_is_no_file, names_that_are_too_long,
	what_may_not_be_read, ranges, several_ranges, conditions, not_modified_since,
	nothing_is_left_open)
