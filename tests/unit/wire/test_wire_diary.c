/*
 * test_wire_diary - the page a worker writes as it goes
 *
 * Runs in:  a test program and its children
 * Owns:     memory files, mapped to the end of the test's process
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_diary.h"

#include "unit/unit.h"

#include <signal.h>
#include <sys/wait.h>

static int in_child(int (*act)(int fd), int fd)
{
	int status;
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(act(fd));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static int write_page_2(int fd)
{
	struct os_address from;
	struct wire_diary *d = wire_diary_open(fd, 2);
	close(fd);
	os_address_parse(&from, TEXT("192.0.2.7:99"));
	wire_diary_beat(d);
	wire_diary_beat(d);
	wire_diary_begin(d, &from, TEXT("GET / HTTP/1.1"), TEXT("www"));
	wire_diary_took(d, 25);
	return 0;
}

START_TEST(the_parent_reads_what_the_worker_wrote)
{
	int fd;
	char host[OS_ADDRESS_TEXT];
	struct wire_diary d;
	void *pages = wire_diary_new(4, &fd);
	ck_assert_ptr_nonnull(pages);
	ck_assert_int_eq(in_child(write_page_2, fd), 0);
	wire_diary_read(pages, 2, &d);
	ck_assert_uint_eq(d.beat, 2);
	ck_assert_uint_eq(d.busy, 1);
	ck_assert_str_eq(d.request, "GET / HTTP/1.1");
	ck_assert_str_eq(d.host, "www");
	ck_assert_str_eq(os_address_host(&d.from, host), "192.0.2.7");
	ck_assert_uint_eq(d.latency.bucket[wire_latency_bucket(25)], 1);
	for (uint32_t page = 0; page < 4; page++) {
		wire_diary_read(pages, page, &d);
		ck_assert_uint_eq(d.beat, page == 2 ? 2 : 0);
	}
	wire_diary_clear(pages, 2);
	wire_diary_read(pages, 2, &d);
	ck_assert_uint_eq(d.beat, 0);
	ck_assert_str_eq(d.request, "");
	close(fd);
	wire_diary_free(pages, 4);
	wire_diary_free(NULL, 0);
}
END_TEST

START_TEST(last_words_come_from_it)
{
	static struct wire_diary d;
	struct os_address from;
	ck_assert_str_eq(wire_diary_words(NULL), "it had no request");
	ck_assert_str_eq(wire_diary_words(&d), "it had no request");
	os_address_parse(&from, TEXT("192.0.2.7:99"));
	wire_diary_begin(&d, &from, TEXT("GET / HTTP/1.1"), TEXT("www"));
	ck_assert_str_eq(wire_diary_words(&d), "it was at \"GET / HTTP/1.1\"");
	wire_diary_pause(&d);
	ck_assert_str_eq(wire_diary_words(&d), "it had done \"GET / HTTP/1.1\"");
	memset(d.request, 'x', sizeof d.request); /* without its end */
	ck_assert_uint_eq(
		strlen(wire_diary_words(&d)), strlen("it had done \"\"") + WIRE_REQUEST - 1);
	wire_diary_programs(&d, 7);
	wire_diary_programs(NULL, 7);
	ck_assert_uint_eq(d.programs, 7);
}
END_TEST

static void *inherited;

static int touch_inherited(int fd)
{
	(void)fd;
	signal(SIGSEGV, SIG_DFL);
	*(volatile char *)inherited = 1;
	return 0;
}

START_TEST(a_child_does_not_inherit_the_pages)
{
	int fd;
	inherited = wire_diary_new(2, &fd);
	int status = in_child(touch_inherited, fd);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGSEGV);
	close(fd);
}
END_TEST

/* A worker that was taken over writes what it likes. */
static int scribble(int fd)
{
	memset(wire_diary_open(fd, 0), 0xff, sizeof(struct wire_diary));
	return 0;
}

START_TEST(garbage_is_safe_to_use)
{
	int fd;
	char host[OS_ADDRESS_TEXT];
	struct wire_diary d;
	void *pages = wire_diary_new(1, &fd);
	ck_assert_int_eq(in_child(scribble, fd), 0);
	wire_diary_read(pages, 0, &d);
	ck_assert_uint_eq(strlen(d.request), sizeof d.request - 1);
	ck_assert_uint_eq(strlen(d.host), sizeof d.host - 1);
	ck_assert_str_eq(os_address_host(&d.from, host), "-");
	close(fd);
}
END_TEST

START_TEST(without_a_page)
{
	struct os_address from = {.size = 0};
	wire_diary_beat(NULL);
	wire_diary_begin(NULL, &from, TEXT("x"), TEXT("y"));
	wire_diary_pause(NULL);
	wire_diary_took(NULL, 1);
	wire_diary_waits(NULL, true);
}
END_TEST

START_TEST(long_requests_are_cut)
{
	int fd;
	char request[2 * WIRE_REQUEST];
	struct os_address from = {.size = 0};
	struct wire_diary d;
	void *pages = wire_diary_new(1, &fd);
	memset(request, 'r', sizeof request);
	struct wire_diary *own = wire_diary_open(fd, 0);
	wire_diary_begin(own, &from, text_from(request, sizeof request), text_from(NULL, 0));
	wire_diary_read(pages, 0, &d);
	ck_assert_uint_eq(strlen(d.request), WIRE_REQUEST - 1);
	ck_assert_str_eq(d.host, "");
	wire_diary_pause(own);
	wire_diary_read(pages, 0, &d);
	ck_assert_uint_eq(d.busy, 0);
	close(fd);
}
END_TEST

UNIT_MAIN("wire_diary", the_parent_reads_what_the_worker_wrote, last_words_come_from_it,
	a_child_does_not_inherit_the_pages, garbage_is_safe_to_use, without_a_page,
	long_requests_are_cut)
