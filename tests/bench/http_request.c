/*
 * http_request - nanoseconds to read a request head and to write a response head
 *
 * Runs in:  a program of its own; never part of make check
 * Owns:     nothing that outlives it
 * Errors:   exit status 1 when a head that has to be good is refused
 *
 * usage: http_request [seconds a measurement, default 0.3]
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "http/http_response.h"

#include <stdio.h>
#include <stdlib.h>

static const char wrk[] = "GET /index.html HTTP/1.1\r\n"
			  "Host: 127.0.0.1:8080\r\n"
			  "\r\n";

static const char ab[] = "GET /1k.html HTTP/1.0\r\n"
			 "Connection: Keep-Alive\r\n"
			 "Host: 127.0.0.1:8080\r\n"
			 "User-Agent: ApacheBench/2.3\r\n"
			 "Accept: */*\r\n"
			 "\r\n";

static const char browser[] =
	"GET /manual/index.html?from=start HTTP/1.1\r\n"
	"Host: www.example.com\r\n"
	"Connection: keep-alive\r\n"
	"Cache-Control: max-age=0\r\n"
	"Upgrade-Insecure-Requests: 1\r\n"
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
	"Chrome/120.0.0.0 Safari/537.36\r\n"
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
	"*/*;q=0.8\r\n"
	"Sec-Fetch-Site: none\r\n"
	"Sec-Fetch-Mode: navigate\r\n"
	"Accept-Encoding: gzip, deflate, br\r\n"
	"Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
	"If-None-Match: \"1a2b-5e0f3a9c1d2e3\"\r\n"
	"If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	"\r\n";

static const struct http_limits limits = {8190, 100, 8190, false};
static double least = 0.3;

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void read_once(struct http_request *r, struct text head)
{
	http_request_reset(r);
	if (http_request_read(r, head.at, head.size, &limits) != 0 || r->head_size != head.size) {
		fprintf(stderr, "refused: %s\n", r->why ? r->why : "?");
		exit(1);
	}
}

static void scan_once(struct http_request *r, struct text head)
{
	r->scan = (struct http_scan){0};
	if (http_scan(&r->scan, head.at, head.size, &limits) != 0)
		exit(1);
}

static void write_once(struct http_request *r, struct text head)
{
	static struct http_response response;
	static struct buffer to;
	static char date[HTTP_DATE_SIZE];
	size_t date_at;
	(void)head;
	if (response.status == 0) {
		http_response_init(&response);
		http_date_format(date, 1700000000);
	}
	http_response_reset(&response);
	response.type = TEXT("text/html");
	response.modified = 1700000000;
	response.etag_size = http_etag_format(
		response.etag, 1024, (struct timespec){.tv_sec = 1700000000}, NULL, false);
	response.kind = HTTP_BODY_BYTES;
	response.view = TEXT("hello");
	buffer_clear(&to);
	http_response_head(&response, r, date, TEXT("preforkd"), &to, &date_at, NULL);
}

static void measure(
	const char *name, struct text head, void (*once)(struct http_request *, struct text))
{
	struct http_request r;
	unsigned long rounds = 0;
	double start, now;

	http_request_init(&r);
	start = now = seconds();
	while (now - start < least) {
		for (int i = 0; i < 1000; i++)
			once(&r, head);
		rounds += 1000;
		now = seconds();
	}
	printf("%-28s %5zu bytes %8.1f ns\n", name, head.size,
		(now - start) * 1e9 / (double)rounds);
	http_request_free(&r);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		least = atof(argv[1]);
	measure("scan, wrk", text_of(wrk), scan_once);
	measure("scan, browser", text_of(browser), scan_once);
	measure("read, wrk", text_of(wrk), read_once);
	measure("read, ab", text_of(ab), read_once);
	measure("read, browser", text_of(browser), read_once);
	measure("write a response head", TEXT(""), write_once);
	return 0;
}
