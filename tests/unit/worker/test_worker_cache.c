/*
 * test_worker_cache - ready-made answers of small files
 *
 * Runs in:  a test program
 * Owns:     a rig
 * Errors:   ck_assert
 *
 * The cache is asked through requests, with the worker's clock moved by hand.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/worker/cached.h"

#include <sys/wait.h>

START_TEST(is_believed_for_a_second)
{
	rig_open("");
	unit_write("www/a.txt", TEXT("old"));
	unit_age("www/a.txt", 100);
	cached_get_eq("/a.txt", "200", "old");
	const struct worker_cached *e = cached_entry("/a.txt");
	ck_assert_ptr_nonnull(e);
	unit_write("www/a.txt", TEXT("new"));
	unit_age("www/a.txt", 50);
	time_t checked = e->checked;
	cached_get_eq("/a.txt", "200", NULL);
	e = cached_entry("/a.txt");
	if (rig.w.now == checked && e) /* the same second: not even looked at */
		unit_text_eq(e->body, "old");
	cached_let_a_second_go_by();
	cached_get_eq("/a.txt", "200", "new");
	ck_assert_uint_eq(cached_entries(), 1);
	rig_close();
}
END_TEST

static void write_over(void)
{
	unit_write("www/a.txt", TEXT("new"));
}

static void write_same_size_and_time(void)
{
	/* Only the time of the last change of the inode tells. */
	struct stat st;
	ck_assert_int_eq(stat(unit_path("www/a.txt"), &st), 0);
	unit_write("www/a.txt", TEXT("NEW"));
	struct timespec times[2] = {st.st_atim, st.st_mtim};
	ck_assert_int_eq(utimensat(AT_FDCWD, unit_path("www/a.txt"), times, 0), 0);
}

static void replace(void)
{
	unit_write("www/b.txt", TEXT("put"));
	unit_age("www/b.txt", 100);
	ck_assert_int_eq(rename(unit_path("www/b.txt"), unit_path("www/a.txt")), 0);
}

static void shorten(void)
{
	ck_assert_int_eq(truncate(unit_path("www/a.txt"), 1), 0);
}

static void empty_it(void)
{
	ck_assert_int_eq(truncate(unit_path("www/a.txt"), 0), 0);
}

static void delete_it(void)
{
	ck_assert_int_eq(unlink(unit_path("www/a.txt")), 0);
}

static void make_directory(void)
{
	delete_it();
	unit_mkdir("www/a.txt");
}

static void make_link_out(void)
{
	delete_it();
	unit_write("secret", TEXT("secret"));
	ck_assert_int_eq(symlink("../secret", unit_path("www/a.txt")), 0);
}

static void make_fifo(void)
{
	delete_it();
	ck_assert_int_eq(mkfifo(unit_path("www/a.txt"), 0644), 0);
}

static void lock_it(void)
{
	ck_assert_int_eq(chmod(unit_path("www/a.txt"), 0), 0);
	if (geteuid() == 0) /* root may read everything */
		ck_assert_int_eq(seteuid(65534), 0);
}

START_TEST(what_happens_to_a_file)
{
	static const struct {
		void (*change)(void);
		const char *status, *body;
	} rows[] = {
		{write_over, "200", "new"},
		{write_same_size_and_time, "200", "NEW"},
		{replace, "200", "put"},
		{shorten, "200", "o"},
		{empty_it, "200", ""},
		{delete_it, "404", NULL},
		{make_directory, "301", NULL},
		{make_link_out, "403", NULL},
		{make_fifo, "403", NULL},
		{lock_it, "403", NULL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rig_open("");
		unit_write("www/a.txt", TEXT("old"));
		unit_age("www/a.txt", 100);
		cached_get_eq("/a.txt", "200", "old");
		ck_assert_ptr_nonnull(cached_entry("/a.txt"));
		rows[i].change();
		cached_let_a_second_go_by();
		cached_get_eq("/a.txt", rows[i].status, rows[i].body);
		if (geteuid() != getuid())
			ck_assert_int_eq(seteuid(getuid()), 0);
		rig_close();
		remove(unit_path("www/a.txt"));
	}
}
END_TEST

START_TEST(what_is_kept)
{
	static const struct {
		const char *ask; /* %s is not used: a whole request */
		bool kept;
	} rows[] = {
		{"GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n", true},
		{"HEAD /a.txt HTTP/1.1\r\nHost: a\r\n\r\n", true},
		{"GET /a.txt?q HTTP/1.1\r\nHost: a\r\n\r\n", true}, /* of a file: the same bytes */
		{"GET /a.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-0\r\n\r\n", false},
		{"GET /a.txt HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"x\"\r\n\r\n", false},
		{"GET /a.txt HTTP/1.1\r\nHost: a\r\nIf-Match: *\r\n\r\n", false},
		{"POST /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", false},
		{"GET /none HTTP/1.1\r\nHost: a\r\n\r\n", false},
		{"GET /dir HTTP/1.1\r\nHost: a\r\n\r\n", false},
		{"GET /young.txt HTTP/1.1\r\nHost: a\r\n\r\n", false},
		{"GET /future.txt HTTP/1.1\r\nHost: a\r\n\r\n", false},
		{"GET /big.txt HTTP/1.1\r\nHost: a\r\n\r\n", false},
		{"GET /status HTTP/1.1\r\nHost: a\r\n\r\n", false},
		{"GET /none.err HTTP/1.1\r\nHost: a\r\n\r\n", false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct rig_client c;
		rig_open("ErrorDocument 404 /a.txt\n<Location /status>\n"
			 "SetHandler server-status\n</Location>\n");
		if (i == 0)
			unit_mkdir("www/dir");
		unit_write("www/a.txt", TEXT("a"));
		unit_age("www/a.txt", 100);
		unit_write("www/young.txt", TEXT("y")); /* may change within its second */
		unit_write("www/future.txt", TEXT("f"));
		unit_age("www/future.txt", -100);
		site_pattern("www/big.txt", 128 * 1024 + 1);
		rig_connect(&c);
		rig_say(&c, text_of(rows[i].ask));
		ck_assert_msg((cached_entries() == 1) == rows[i].kept, "%.40s", rows[i].ask);
		rig_hang_up(&c);
		rig_close();
	}
}
END_TEST

START_TEST(bounds)
{
	/* 64 KiB in all, so 8 KiB for one file; the least lately used goes first. */
	rig_open("FileCacheSize 65536\n");
	for (int i = 0; i < 100; i++) {
		char name[32];
		snprintf(name, sizeof name, "www/%d.txt", i);
		site_pattern(name, 4000);
	}
	site_pattern("www/eighth.txt", 8192);
	site_pattern("www/more.txt", 8193);
	for (int i = 0; i < 100; i++) {
		char path[32];
		snprintf(path, sizeof path, "/%d.txt", i);
		struct buffer got = cached_get(path);
		buffer_free(&got);
		ck_assert_ptr_nonnull(cached_entry(path));
		ck_assert_uint_le(rig.w.cache.files.size, 65536);
		if (i > 0) { /* this one is asked for each second, so it stays */
			cached_let_a_second_go_by();
			got = cached_get("/0.txt");
			buffer_free(&got);
			ck_assert_ptr_nonnull(cached_entry("/0.txt"));
		}
	}
	ck_assert_ptr_null(cached_entry("/1.txt"));
	ck_assert_uint_ge(cached_entries(), 10);
	struct buffer got = cached_get("/more.txt");
	ck_assert_ptr_null(cached_entry("/more.txt"));
	buffer_free(&got);
	got = cached_get("/eighth.txt");
	ck_assert_ptr_nonnull(cached_entry("/eighth.txt"));
	buffer_free(&got);
	rig_close();
}
END_TEST

START_TEST(none_at_all)
{
	rig_open("FileCacheSize 0\n");
	unit_write("www/a.txt", TEXT("a"));
	unit_age("www/a.txt", 100);
	cached_get_eq("/a.txt", "200", "a");
	cached_get_eq("/a.txt", "200", "a");
	ck_assert_uint_eq(cached_entries(), 0);
	ck_assert_uint_eq(rig.w.cache.files.size, 0);
	rig_close();
}
END_TEST

START_TEST(the_date_moves_on)
{
	rig_open("");
	unit_write("www/a.txt", TEXT("a"));
	unit_age("www/a.txt", 100);
	cached_get_eq("/a.txt", "200", "a");
	const struct worker_cached *e = cached_entry("/a.txt");
	ck_assert_ptr_nonnull(e);
	memset((char *)e->head.at + e->date_at, '?', HTTP_DATE_SIZE); /* of another second */
	cached_let_a_second_go_by();
	cached_get_eq("/a.txt", "200", "a");
	ck_assert_ptr_eq(cached_entry("/a.txt"), e);
	ck_assert_mem_eq(e->head.at + e->date_at, rig.w.date, HTTP_DATE_SIZE);
	ck_assert_uint_eq(rig_count(e->head, "Date: "), 1);
	rig_close();
}
END_TEST

START_TEST(keys_are_raw_paths)
{
	/* Two spellings of one file are two entries; what is looked at again is the file. */
	rig_open("");
	unit_write("www/a.txt", TEXT("old"));
	unit_mkdir("www/dir");
	unit_write("www/dir/index.html", TEXT("index"));
	unit_age("www/a.txt", 100);
	unit_age("www/dir/index.html", 100);
	cached_get_eq("/a.txt", "200", "old");
	cached_get_eq("/%61.txt", "200", "old");
	cached_get_eq("/x/../a.txt", "200", "old");
	cached_get_eq("/dir/", "200", "index");
	ck_assert_uint_eq(cached_entries(), 4);
	unit_text_eq(cached_entry("/%61.txt")->name, "/a.txt");
	unit_text_eq(cached_entry("/dir/")->name, "/dir/index.html");
	unit_write("www/a.txt", TEXT("new"));
	unit_age("www/a.txt", 50);
	cached_let_a_second_go_by();
	cached_get_eq("/%61.txt", "200", "new");
	cached_get_eq("/x/../a.txt", "200", "new");
	rig_close();
}
END_TEST

/* Writes the file over and over, each time all of one letter. */
static _Noreturn void keep_writing(void)
{
	static char bytes[60000];
	int fd = open(unit_path("www/a.txt"), O_WRONLY | O_CLOEXEC);
	for (unsigned n = 0;; n++) {
		memset(bytes, 'a' + (int)(n % 26), sizeof bytes);
		if (pwrite(fd, bytes, sizeof bytes, 0) < 0)
			_exit(1);
		struct timespec old[2] = {{1000000000 + n, 0}, {1000000000 + n, 0}};
		futimens(fd, old);
	}
}

START_TEST(an_entry_is_never_a_mixture)
{
	/* While another process writes, an answer that is not kept may be torn, as from any server
	 * that reads a file; what is kept was the same before and after the reading. It may still
	 * be torn where the kernel's clock did not tick between two writes. So: what is found wrong
	 * in the cache goes at the next look. */
	rig_open("");
	site_pattern("www/a.txt", 60000);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		keep_writing();
	for (int i = 0; i < 300; i++) {
		cached_let_a_second_go_by();
		struct buffer got = cached_get("/a.txt");
		ck_assert_uint_gt(got.size, 60000);
		buffer_free(&got);
	}
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0)
		;
	cached_let_a_second_go_by();
	struct buffer got = cached_get("/a.txt");
	int fd = open(unit_path("www/a.txt"), O_RDONLY | O_CLOEXEC);
	char *whole = malloc(60000);
	ck_assert_int_eq(read(fd, whole, 60000), 60000);
	ck_assert_mem_eq(got.data + got.size - 60000, whole, 60000);
	free(whole);
	close(fd);
	buffer_free(&got);
	rig_close();
}
END_TEST

UNIT_MAIN("worker_cache", is_believed_for_a_second, what_happens_to_a_file, what_is_kept, bounds,
	none_at_all, the_date_moves_on, keys_are_raw_paths, an_entry_is_never_a_mixture)
