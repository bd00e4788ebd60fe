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
#include "unit/worker/rig.h"

#include <sys/wait.h>

static const struct worker_cached *find(const struct list *used, const char *path)
{
	LIST_EACH(member, used) {
		const struct worker_cached *e = LIST_ENTRY(member, struct worker_cached, link);
		if (text_equal(e->key, text_of(path)))
			return e;
	}
	return NULL;
}

static const struct worker_cached *entry(const char *path)
{
	return find(&rig.w.cache.files.used, path);
}

static unsigned entries(void)
{
	unsigned count = 0;
	LIST_EACH(member, &rig.w.cache.files.used)
		count++;
	return count;
}

/* The answer to GET path on a new connection, with its dates masked; for buffer_free. */
static struct buffer get(const char *path)
{
	char ask[512];
	struct rig_client c;
	rig_connect(&c);
	snprintf(ask, sizeof ask, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
	rig_say(&c, text_of(ask));
	struct buffer got = c.got;
	c.got = BUFFER_INIT;
	rig_hang_up(&c);
	rig_mask_dates(&got);
	return got;
}

/* The body of that answer. */
static void get_eq(const char *path, const char *status, const char *body)
{
	struct buffer got = get(path);
	char *at = memmem(got.data, got.size, "\r\n\r\n", 4);
	ck_assert_ptr_nonnull(at);
	at += 4;
	struct text is = text_from(at, got.size - (size_t)(at - got.data));
	char line[64];
	snprintf(line, sizeof line, "HTTP/1.1 %s", status);
	ck_assert_msg(text_starts(buffer_view(&got), text_of(line)), "%.40s", got.data);
	if (body)
		ck_assert_msg(text_equal(is, text_of(body)), "\"%.*s\" instead of \"%s\"",
			TEXT_ARGS(is), body);
	buffer_free(&got);
}

/* The answer to a GET with this Accept-Encoding says this Content-Encoding ("-": none). */
static void coding_eq(const char *path, const char *accept, const char *coding, const char *more)
{
	char ask[512];
	struct rig_client c;
	rig_connect(&c);
	snprintf(ask, sizeof ask, "GET %s HTTP/1.1\r\nHost: a\r\nAccept-Encoding: %s\r\n%s\r\n",
		path, accept, more);
	rig_say(&c, text_of(ask));
	buffer_append(&c.got, "", 1);
	const char *at = strstr(c.got.data, "\r\nContent-Encoding: ");
	at = at ? at + strlen("\r\nContent-Encoding: ") : "-";
	ck_assert_msg(
		strcspn(at, "\r") == strlen(coding) && strncmp(at, coding, strlen(coding)) == 0,
		"%s for %s: %.200s", path, accept, c.got.data);
	rig_hang_up(&c);
}

/* Makes every entry look as if it had been checked in an earlier second. */
static void let_a_second_go_by(void)
{
	LIST_EACH(member, &rig.w.cache.files.used)
		LIST_ENTRY(member, struct worker_cached, link)->checked -= 2;
	LIST_EACH(member, &rig.w.cache.refusals.used)
		LIST_ENTRY(member, struct worker_cached, link)->checked -= 2;
}

START_TEST(is_believed_for_a_second)
{
	rig_open("");
	unit_write("www/a.txt", TEXT("old"));
	unit_age("www/a.txt", 100);
	get_eq("/a.txt", "200", "old");
	const struct worker_cached *e = entry("/a.txt");
	ck_assert_ptr_nonnull(e);
	unit_write("www/a.txt", TEXT("new"));
	unit_age("www/a.txt", 50);
	time_t checked = e->checked;
	get_eq("/a.txt", "200", NULL);
	e = entry("/a.txt");
	if (rig.w.now == checked && e) /* the same second: not even looked at */
		unit_text_eq(e->body, "old");
	let_a_second_go_by();
	get_eq("/a.txt", "200", "new");
	ck_assert_uint_eq(entries(), 1);
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
		get_eq("/a.txt", "200", "old");
		ck_assert_ptr_nonnull(entry("/a.txt"));
		rows[i].change();
		let_a_second_go_by();
		get_eq("/a.txt", rows[i].status, rows[i].body);
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
		ck_assert_msg((entries() == 1) == rows[i].kept, "%.40s", rows[i].ask);
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
		struct buffer got = get(path);
		buffer_free(&got);
		ck_assert_ptr_nonnull(entry(path));
		ck_assert_uint_le(rig.w.cache.files.size, 65536);
		if (i > 0) { /* this one is asked for each second, so it stays */
			let_a_second_go_by();
			got = get("/0.txt");
			buffer_free(&got);
			ck_assert_ptr_nonnull(entry("/0.txt"));
		}
	}
	ck_assert_ptr_null(entry("/1.txt"));
	ck_assert_uint_ge(entries(), 10);
	struct buffer got = get("/more.txt");
	ck_assert_ptr_null(entry("/more.txt"));
	buffer_free(&got);
	got = get("/eighth.txt");
	ck_assert_ptr_nonnull(entry("/eighth.txt"));
	buffer_free(&got);
	rig_close();
}
END_TEST

START_TEST(none_at_all)
{
	rig_open("FileCacheSize 0\n");
	unit_write("www/a.txt", TEXT("a"));
	unit_age("www/a.txt", 100);
	get_eq("/a.txt", "200", "a");
	get_eq("/a.txt", "200", "a");
	ck_assert_uint_eq(entries(), 0);
	ck_assert_uint_eq(rig.w.cache.files.size, 0);
	rig_close();
}
END_TEST

START_TEST(the_date_moves_on)
{
	rig_open("");
	unit_write("www/a.txt", TEXT("a"));
	unit_age("www/a.txt", 100);
	get_eq("/a.txt", "200", "a");
	const struct worker_cached *e = entry("/a.txt");
	ck_assert_ptr_nonnull(e);
	memset((char *)e->head.at + e->date_at, '?', HTTP_DATE_SIZE); /* of another second */
	let_a_second_go_by();
	get_eq("/a.txt", "200", "a");
	ck_assert_ptr_eq(entry("/a.txt"), e);
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
	get_eq("/a.txt", "200", "old");
	get_eq("/%61.txt", "200", "old");
	get_eq("/x/../a.txt", "200", "old");
	get_eq("/dir/", "200", "index");
	ck_assert_uint_eq(entries(), 4);
	unit_text_eq(entry("/%61.txt")->name, "/a.txt");
	unit_text_eq(entry("/dir/")->name, "/dir/index.html");
	unit_write("www/a.txt", TEXT("new"));
	unit_age("www/a.txt", 50);
	let_a_second_go_by();
	get_eq("/%61.txt", "200", "new");
	get_eq("/x/../a.txt", "200", "new");
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
		let_a_second_go_by();
		struct buffer got = get("/a.txt");
		ck_assert_uint_gt(got.size, 60000);
		buffer_free(&got);
	}
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0)
		;
	let_a_second_go_by();
	struct buffer got = get("/a.txt");
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

static const char compress[] = "AddOutputFilterByType DEFLATE;BROTLI_COMPRESS text/plain\n"
			       "AddEncoding zstd .zst\n";

static void write_long(const char *name)
{
	struct buffer b = BUFFER_INIT;
	for (unsigned i = 0; i < 500; i++)
		buffer_printf(&b, "line %u\n", i);
	unit_write(name, buffer_view(&b));
	unit_age(name, 100);
	buffer_free(&b);
}

/* Without the encoders there is nothing to keep. */
static bool can_compress(void)
{
	return http_coding_built_in(HTTP_CODING_GZIP) && http_coding_built_in(HTTP_CODING_BR);
}

/* One entry for each coding that was asked for, found again for whoever gets the same. */
START_TEST(codings_have_entries_of_their_own)
{
	if (!can_compress())
		return;
	rig_open(compress);
	write_long("www/a.txt");
	coding_eq("/a.txt", "gzip", "gzip", "");
	coding_eq("/a.txt", "br", "br", "");
	coding_eq("/a.txt", "identity", "-", "");
	ck_assert_uint_eq(entries(), 3);
	struct worker_cached *before[3];
	unsigned n = 0;
	LIST_EACH(member, &rig.w.cache.files.used)
		before[n++] = LIST_ENTRY(member, struct worker_cached, link);
	coding_eq("/a.txt", "x-gzip;q=0.3", "gzip", "");
	coding_eq("/a.txt", "gzip, deflate, br", "br", "");
	coding_eq("/a.txt", "gzip;q=0", "-", "");
	get_eq("/a.txt", "200", NULL);
	coding_eq("/a.txt", "gzip", "gzip", "Range: bytes=0-1\r\n"); /* ignored, and ready-made */
	let_a_second_go_by();
	coding_eq("/a.txt", "gzip", "gzip", "");
	coding_eq("/a.txt", "br", "br", "");
	ck_assert_uint_eq(entries(), 3);
	LIST_EACH(member, &rig.w.cache.files.used) {
		struct worker_cached *e = LIST_ENTRY(member, struct worker_cached, link);
		ck_assert(e == before[0] || e == before[1] || e == before[2]);
	}
	unit_write("www/a.txt", TEXT("short"));
	unit_age("www/a.txt", 100);
	let_a_second_go_by();
	coding_eq("/a.txt", "gzip", "-", ""); /* too short to be compressed */
	get_eq("/a.txt", "200", "short");
	rig_close();
}
END_TEST

/* A copy that comes, becomes too old, or goes is noticed a second later by every entry. */
START_TEST(copies_come_and_go)
{
	if (!can_compress())
		return;
	rig_open(compress);
	write_long("www/a.txt");
	coding_eq("/a.txt", "zstd", "-", "");
	coding_eq("/a.txt", "gzip", "gzip", "");
	unit_write("www/a.txt.zst", TEXT("not really zstd"));
	unit_age("www/a.txt.zst", 50);
	let_a_second_go_by();
	coding_eq("/a.txt", "gzip, zstd", "zstd", "");
	coding_eq("/a.txt", "gzip", "gzip", "");
	coding_eq("/a.txt", "identity", "-", "");
	coding_eq("/a.txt", "zstd", "zstd", "");
	unit_age("www/a.txt.zst", 200);
	let_a_second_go_by();
	coding_eq("/a.txt", "gzip, zstd", "gzip", "");
	coding_eq("/a.txt", "zstd", "-", "");
	unit_age("www/a.txt.zst", 100); /* as old as the file: made of it */
	let_a_second_go_by();
	coding_eq("/a.txt", "zstd", "zstd", "");
	ck_assert_int_eq(unlink(unit_path("www/a.txt.zst")), 0);
	let_a_second_go_by();
	coding_eq("/a.txt", "zstd, gzip", "gzip", "");
	coding_eq("/a.txt", "zstd", "-", "");
	ck_assert_int_eq(unlink(unit_path("www/a.txt")), 0);
	unit_write("www/a.txt.zst", TEXT("left alone"));
	let_a_second_go_by();
	get_eq("/a.txt", "404", NULL);
	coding_eq("/a.txt", "zstd", "-", "");
	rig_close();
}
END_TEST

/* Of paths that lead to no file: 404 and a directory's redirect are kept, for this second only. */
START_TEST(what_is_kept_of_refusals)
{
	static const struct {
		const char *more, *path, *status;
		bool kept;
	} rows[] = {
		{"", "/none", "404", true},
		{"", "/none?a=b", "404", true},
		{"", "/a.txt/more", "404", true},
		{"", "/dir", "301", true},
		{"", "/dir?a=b", "301", false},
		{"", "/dir/", "403", false},
		{"", "/..", "400", false},
		{"ErrorDocument 404 'none'\n", "/none", "404", true},
		{"ErrorDocument 404 /a.txt\n", "/none", "404", false},
		{"ServerSignature On\n", "/none", "404", false},
		{"LogLevel info\n", "/none", "404", false},
		{"FileCacheSize 0\n", "/none", "404", false},
		{"Header always set X %D\n", "/none", "404", false},
		{"Redirect 404 /a.txt\n", "/a.txt", "404", true},
		{"FallbackResource /b.txt\n", "/none", "404", false},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		rig_open(rows[i].more);
		unit_write("www/a.txt", TEXT("a"));
		if (i == 0)
			unit_mkdir("www/dir");
		struct buffer first = get(rows[i].path);
		char key[16];
		snprintf(key, sizeof key, "%.*s", (int)strcspn(rows[i].path, "?"), rows[i].path);
		ck_assert_msg((find(&rig.w.cache.refusals.used, key) != NULL) == rows[i].kept,
			"%s%s", rows[i].more, rows[i].path);
		ck_assert_uint_eq(entries(), 0);
		ck_assert_ptr_nonnull(memmem(first.data, first.size, rows[i].status, 3));
		struct buffer second = get(rows[i].path);
		ck_assert(text_equal(buffer_view(&second), buffer_view(&first)));
		buffer_free(&first);
		buffer_free(&second);
		rig_close();
	}
}
END_TEST

START_TEST(refusals_are_believed_for_their_second)
{
	rig_open("");
	get_eq("/late.txt", "404", NULL);
	unit_write("www/late.txt", TEXT("here"));
	let_a_second_go_by();
	get_eq("/late.txt", "200", "here");
	rig_close();
}
END_TEST

/* Paths that clients make up take nothing from the files. */
START_TEST(refusals_are_bounded)
{
	rig_open("");
	unit_write("www/a.txt", TEXT("a"));
	unit_age("www/a.txt", 100);
	get_eq("/a.txt", "200", "a");
	for (int i = 0; i < 1000; i++) {
		char path[32];
		snprintf(path, sizeof path, "/none-%d", i);
		get_eq(path, "404", NULL);
	}
	ck_assert_uint_gt(rig.w.cache.refusals.size, 0);
	ck_assert_uint_le(rig.w.cache.refusals.size, rig.w.cache.refusals.most);
	ck_assert_ptr_nonnull(entry("/a.txt"));
	rig_close();
}
END_TEST

UNIT_MAIN("worker_cache", is_believed_for_a_second, what_happens_to_a_file, what_is_kept, bounds,
	none_at_all, the_date_moves_on, keys_are_raw_paths, an_entry_is_never_a_mixture,
	codings_have_entries_of_their_own, copies_come_and_go, what_is_kept_of_refusals,
	refusals_are_believed_for_their_second, refusals_are_bounded)
