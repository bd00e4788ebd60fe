/*
 * test_http_response - heads as they go out
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   exit status 1
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_response.h"

#include "http_cases.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define GET_CLOSE "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
#define GET0 "GET / HTTP/1.0\r\n\r\n"
#define GET0_KEEP "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
#define HEAD "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"

static void parse(struct http_request *rq, const char *raw)
{
	http_request_init(rq);
	ck_assert_int_eq(http_request_read(rq, raw, strlen(raw), &LIMITS), 0);
}

static void expect(const struct http_response *r, const char *raw, const char *head)
{
	struct http_request rq;
	struct buffer to = BUFFER_INIT;
	parse(&rq, raw);
	buffer_string(&to, "before");
	size_t date_at = 0, end_at = 0;
	http_response_head(r, &rq, DATE, TEXT("preforkd"), &to, &date_at, &end_at);
	struct text got = text_from(to.data + 6, to.size - 6);
	ck_assert_msg(text_equal(got, text_of(head)), "%.*s\ninstead of\n%s", TEXT_ARGS(got), head);
	ck_assert_mem_eq(to.data + date_at, DATE, HTTP_DATE_SIZE);
	struct text end = http_response_end(http_response_keeps(r, &rq), rq.minor);
	ck_assert(text_equal(text_from(to.data + end_at, to.size - end_at), end));
	buffer_free(&to);
	http_request_free(&rq);
}

#define TOP(status) "HTTP/1.1 " status "\r\nDate: " DATE "\r\nServer: preforkd\r\n"

static void file(struct http_response *r)
{
	http_response_init(r);
	r->type = TEXT("text/html");
	r->modified = 784111777;
	r->etag_size = http_etag_format(r->etag, 7, (struct timespec){0, 0}, NULL, false);
	r->accept_ranges = true;
	r->kind = HTTP_BODY_FILE;
	r->length = 7;
}

#define FILE_FIELDS                                                                                \
	"Last-Modified: " DATE "\r\nETag: \"7-0\"\r\nAccept-Ranges: bytes\r\n"                     \
	"Content-Length: 7\r\nContent-Type: text/html\r\n"

START_TEST(heads_of_files)
{
	struct http_response r;
	file(&r);
	expect(&r, GET, TOP("200 OK") FILE_FIELDS "\r\n");
	expect(&r, HEAD, TOP("200 OK") FILE_FIELDS "\r\n");
	expect(&r, GET_CLOSE, TOP("200 OK") FILE_FIELDS "Connection: close\r\n\r\n");
	expect(&r, GET0, TOP("200 OK") FILE_FIELDS "Connection: close\r\n\r\n");
	expect(&r, GET0_KEEP, TOP("200 OK") FILE_FIELDS "Connection: keep-alive\r\n\r\n");
	r.keep_alive = false;
	expect(&r, GET, TOP("200 OK") FILE_FIELDS "Connection: close\r\n\r\n");
	expect(&r, GET0_KEEP, TOP("200 OK") FILE_FIELDS "Connection: close\r\n\r\n");
	http_response_free(&r);
}
END_TEST

START_TEST(heads_without_content)
{
	struct http_response r;
	file(&r);
	ck_assert(http_response_field(&r, TEXT("Vary"), TEXT("Accept-Encoding")));
	ck_assert(http_response_field(&r, TEXT("Content-Language"), TEXT("en")));
	ck_assert(http_response_field(&r, TEXT("content-location"), TEXT("/x.en")));
	ck_assert(http_response_field(&r, TEXT("Content-Range"), TEXT("bytes 0-1/2")));
	ck_assert(http_response_field(&r, TEXT("Content-Security-Policy"), TEXT("x")));
	r.status = 304;
	expect(&r, GET,
		TOP("304 Not Modified") "ETag: \"7-0\"\r\nVary: Accept-Encoding\r\n"
					"content-location: /x.en\r\nContent-Security-Policy: "
					"x\r\n\r\n");
	r.etag_size = 0;
	expect(&r, HEAD,
		TOP("304 Not Modified") "Last-Modified: " DATE "\r\nVary: Accept-Encoding\r\n"
					"content-location: /x.en\r\nContent-Security-Policy: "
					"x\r\n\r\n");
	http_response_reset(&r);
	r.status = 204;
	r.kind = HTTP_BODY_PIPE;
	expect(&r, GET, TOP("204 No Content") "\r\n");
	expect(&r, GET0_KEEP, TOP("204 No Content") "Connection: keep-alive\r\n\r\n");
	http_response_free(&r);
}
END_TEST

START_TEST(lengths_known_and_unknown)
{
	struct http_response r;
	http_response_init(&r);
	expect(&r, GET, TOP("200 OK") "Content-Length: 0\r\n\r\n");
	r.status = 404;
	r.kind = HTTP_BODY_BYTES;
	buffer_string(&r.bytes, "hello");
	expect(&r, GET, TOP("404 Not Found") "Content-Length: 5\r\n\r\n");
	r.view = TEXT("hello, world");
	expect(&r, GET, TOP("404 Not Found") "Content-Length: 12\r\n\r\n");
	r.kind = HTTP_BODY_PIPE;
	r.length = 99;
	expect(&r, GET, TOP("404 Not Found") "Transfer-Encoding: chunked\r\n\r\n");
	expect(&r, HEAD, TOP("404 Not Found") "Transfer-Encoding: chunked\r\n\r\n");
	expect(&r, GET0_KEEP, TOP("404 Not Found") "Connection: close\r\n\r\n");
	r.length_known = true;
	expect(&r, GET, TOP("404 Not Found") "Content-Length: 99\r\n\r\n");
	expect(&r, GET0_KEEP,
		TOP("404 Not Found") "Content-Length: 99\r\nConnection: keep-alive\r\n\r\n");
	r.length = UINT64_MAX - 1;
	r.kind = HTTP_BODY_FILE;
	expect(&r, GET, TOP("404 Not Found") "Content-Length: 18446744073709551614\r\n\r\n");
	r.status = 299;
	r.length = 0;
	expect(&r, GET, TOP("299 ") "Content-Length: 0\r\n\r\n");
	http_response_free(&r);
}
END_TEST

START_TEST(who_sends_what)
{
	struct http_response r;
	struct http_request get, head, old;
	http_response_init(&r);
	parse(&get, GET);
	parse(&head, HEAD);
	parse(&old, GET0_KEEP);
	r.kind = HTTP_BODY_PIPE;
	ck_assert(http_response_has_body(&r, &get) && http_response_chunked(&r, &get));
	ck_assert(!http_response_has_body(&r, &head) && !http_response_chunked(&r, &head));
	ck_assert(http_response_has_body(&r, &old) && !http_response_chunked(&r, &old));
	ck_assert(http_response_keeps(&r, &get) && !http_response_keeps(&r, &old));
	ck_assert(http_response_length(&r) == UINT64_MAX);
	r.length_known = true;
	r.length = 5;
	ck_assert(!http_response_chunked(&r, &get) && http_response_keeps(&r, &old));
	ck_assert(http_response_length(&r) == 5);
	static const int bare[] = {100, 101, 103, 204, 304};
	for (size_t i = 0; i < sizeof bare / sizeof *bare; i++) {
		r.status = bare[i];
		ck_assert(!http_response_has_body(&r, &get));
	}
	http_request_free(&get);
	http_request_free(&head);
	http_request_free(&old);
	http_response_free(&r);
}
END_TEST

START_TEST(no_field_splits_a_response)
{
	static const struct {
		struct text name, value;
		bool good;
	} rows[] = {
		{TEXT("X"), TEXT("y"), true},
		{TEXT("X"), TEXT(""), true},
		{TEXT("X-Y_z"), TEXT("a\tb \xff"), true},
		{TEXT("X"), TEXT("y\r\nZ: w"), false},
		{TEXT("X"), TEXT("y\r"), false},
		{TEXT("X"), TEXT("y\n"), false},
		{TEXT("X"), TEXT("y\0z"), false},
		{TEXT("X"), TEXT("\x7f"), false},
		{TEXT("X"), TEXT("\x1b"), false},
		{TEXT(""), TEXT("y"), false},
		{TEXT("X Y"), TEXT("y"), false},
		{TEXT("X:"), TEXT("y"), false},
		{TEXT("X\r\nY"), TEXT("y"), false},
		{TEXT("X\xff"), TEXT("y"), false},
		{TEXT("content-length"), TEXT("5"), false},
		{TEXT("Content-Type"), TEXT("a/b"), false},
		{TEXT("TRANSFER-ENCODING"), TEXT("chunked"), false},
		{TEXT("Connection"), TEXT("close"), false},
		{TEXT("Date"), TEXT("x"), false},
		{TEXT("Server"), TEXT("x"), false},
		{TEXT("ETag"), TEXT("x"), false},
		{TEXT("Last-Modified"), TEXT("x"), false},
		{TEXT("Accept-Ranges"), TEXT("x"), false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct http_response r;
		char line[128] = "";
		http_response_init(&r);
		ck_assert_msg(http_response_field(&r, rows[i].name, rows[i].value) == rows[i].good,
			"%zu", i);
		if (rows[i].good)
			snprintf(
				line, sizeof line, "%s: %s\r\n", rows[i].name.at, rows[i].value.at);
		ck_assert(text_equal(buffer_view(&r.fields), text_of(line)));
		http_response_free(&r);
	}
}
END_TEST

START_TEST(reset_closes_and_forgets)
{
	struct http_response r;
	file(&r);
	r.fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(r.fd, 0);
	int fd = r.fd;
	r.status = 404;
	r.keep_alive = false;
	r.cacheable = true;
	r.offset = 3;
	buffer_string(&r.bytes, "x");
	ck_assert(http_response_field(&r, TEXT("X"), TEXT("y")));
	char *kept = r.fields.data;
	http_response_reset(&r);
	ck_assert(fcntl(fd, F_GETFD) == -1 && errno == EBADF);
	ck_assert_ptr_eq(r.fields.data, kept);

	struct http_response fresh;
	http_response_init(&fresh);
	ck_assert(r.status == fresh.status && !r.type.size && !r.etag_size &&
		  r.modified == fresh.modified && !r.accept_ranges && r.keep_alive &&
		  !r.cacheable && !r.fields.size && !r.bytes.size && r.kind == fresh.kind &&
		  !r.view.size && r.fd == -1 && !r.fd_shared && !r.length_known && !r.offset &&
		  !r.length);

	/* A shared descriptor stays open; a large buffer does not stay. */
	r.fd = fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	r.fd_shared = true;
	ck_assert_ptr_nonnull(buffer_reserve(&r.bytes, 1 << 20));
	http_response_reset(&r);
	ck_assert_int_ne(fcntl(fd, F_GETFD), -1);
	ck_assert_uint_eq(r.bytes.room, 0);
	close(fd);
	http_response_free(&r);
}
END_TEST

START_TEST(a_kept_head_takes_another_date_and_end)
{
	struct http_response r;
	struct http_request one, other;
	struct buffer kept = BUFFER_INIT, fresh = BUFFER_INIT;
	size_t date_at, end_at;
	file(&r);
	parse(&one, GET);
	parse(&other, GET_CLOSE);
	http_response_head(&r, &one, DATE, TEXT(""), &kept, &date_at, &end_at);
	kept.size = end_at;
	char date[HTTP_DATE_SIZE];
	http_date_format(date, 0);
	memcpy(kept.data + date_at, date, sizeof date);
	buffer_text(&kept, http_response_end(false, 1));
	http_response_head(&r, &other, date, TEXT(""), &fresh, NULL, NULL);
	ck_assert(text_equal(buffer_view(&kept), buffer_view(&fresh)));
	buffer_free(&kept);
	buffer_free(&fresh);
	http_request_free(&one);
	http_request_free(&other);
	http_response_free(&r);
}
END_TEST

static void add(TCase *t)
{
	tcase_add_test(t, heads_of_files);
	tcase_add_test(t, heads_without_content);
	tcase_add_test(t, lengths_known_and_unknown);
	tcase_add_test(t, who_sends_what);
	tcase_add_test(t, no_field_splits_a_response);
	tcase_add_test(t, reset_closes_and_forgets);
	tcase_add_test(t, a_kept_head_takes_another_date_and_end);
}

int main(void)
{
	return run_suite("http_response", add);
}
