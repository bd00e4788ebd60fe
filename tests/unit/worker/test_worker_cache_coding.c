/*
 * test_worker_cache_coding - ready-made answers that are compressed, or are the copy that lies
 * beside the file
 *
 * Runs in:  a test program
 * Owns:     a rig
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/worker/cached.h"

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
	ck_assert_uint_eq(cached_entries(), 3);
	struct worker_cached *before[3];
	unsigned n = 0;
	LIST_EACH(member, &rig.w.cache.files.used)
		before[n++] = LIST_ENTRY(member, struct worker_cached, link);
	coding_eq("/a.txt", "x-gzip;q=0.3", "gzip", "");
	coding_eq("/a.txt", "gzip, deflate, br", "br", "");
	coding_eq("/a.txt", "gzip;q=0", "-", "");
	cached_get_eq("/a.txt", "200", NULL);
	coding_eq("/a.txt", "gzip", "gzip", "Range: bytes=0-1\r\n"); /* ignored, and ready-made */
	cached_let_a_second_go_by();
	coding_eq("/a.txt", "gzip", "gzip", "");
	coding_eq("/a.txt", "br", "br", "");
	ck_assert_uint_eq(cached_entries(), 3);
	LIST_EACH(member, &rig.w.cache.files.used) {
		struct worker_cached *e = LIST_ENTRY(member, struct worker_cached, link);
		ck_assert(e == before[0] || e == before[1] || e == before[2]);
	}
	unit_write("www/a.txt", TEXT("short"));
	unit_age("www/a.txt", 100);
	cached_let_a_second_go_by();
	coding_eq("/a.txt", "gzip", "-", ""); /* too short to be compressed */
	cached_get_eq("/a.txt", "200", "short");
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
	cached_let_a_second_go_by();
	coding_eq("/a.txt", "gzip, zstd", "zstd", "");
	coding_eq("/a.txt", "gzip", "gzip", "");
	coding_eq("/a.txt", "identity", "-", "");
	coding_eq("/a.txt", "zstd", "zstd", "");
	unit_age("www/a.txt.zst", 200);
	cached_let_a_second_go_by();
	coding_eq("/a.txt", "gzip, zstd", "gzip", "");
	coding_eq("/a.txt", "zstd", "-", "");
	unit_age("www/a.txt.zst", 100); /* as old as the file: made of it */
	cached_let_a_second_go_by();
	coding_eq("/a.txt", "zstd", "zstd", "");
	ck_assert_int_eq(unlink(unit_path("www/a.txt.zst")), 0);
	cached_let_a_second_go_by();
	coding_eq("/a.txt", "zstd, gzip", "gzip", "");
	coding_eq("/a.txt", "zstd", "-", "");
	ck_assert_int_eq(unlink(unit_path("www/a.txt")), 0);
	unit_write("www/a.txt.zst", TEXT("left alone"));
	cached_let_a_second_go_by();
	cached_get_eq("/a.txt", "404", NULL);
	coding_eq("/a.txt", "zstd", "-", "");
	rig_close();
}
END_TEST

UNIT_MAIN("worker_cache_coding", codings_have_entries_of_their_own, copies_come_and_go)
