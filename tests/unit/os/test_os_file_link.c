/*
 * test_os_file_link - symbolic links that openat2(2) alone cannot judge
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_file_link.h"

#include "unit/unit.h"

#include <sys/stat.h>

/* Elsewhere, "place" is open and all other directories are not. */
static bool may_lead(void *closure, const char *real)
{
	char *place = realpath(unit_path("place"), NULL);
	(void)closure;
	ck_assert_ptr_nonnull(place);
	size_t size = strlen(place);
	bool may = strncmp(real, place, size) == 0 && (real[size] == '/' || !real[size]);
	free(place);
	return may;
}

static void link_to(const char *to, const char *name)
{
	ck_assert_int_eq(symlink(to, unit_path(name)), 0);
}

static int make_tree(void)
{
	unit_mkdir("root");
	unit_mkdir("root/dir");
	unit_mkdir("place");
	unit_mkdir("place/deep");
	unit_write("secret", TEXT("secret"));
	unit_write("root/file", TEXT("file"));
	unit_write("root/dir/file", TEXT("below"));
	unit_write("place/file", TEXT("placed"));
	unit_write("place/deep/file", TEXT("deep"));
	link_to("../secret", "root/out");
	link_to("dir/file", "root/in");
	link_to("../file", "root/dir/up");
	link_to("dir", "root/linked");
	link_to("loop", "root/loop");
	link_to("nothing", "root/dangling");
	link_to("../place", "root/near");
	link_to(unit_path("place"), "root/far");
	link_to(unit_path("none"), "root/gone");
	link_to("../../place/deep/file", "root/dir/deep");
	link_to("deep/file", "place/on");
	link_to("../../secret", "place/deep/back");
	link_to("../root/file", "place/home");
	int root = open(unit_path("root"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(root, 0);
	return root;
}

static const struct row {
	const char *path;
	int within, elsewhere; /* errno where links may not leave, and where they may; 0: opens */
	const char *content;
} rows[] = {
	{"/file", 0, 0, "file"},
	{"file", 0, 0, "file"},
	{"//dir///file", 0, 0, "below"},
	{"/dir/", 0, 0, NULL},
	{"/", 0, 0, NULL},
	{"", 0, 0, NULL},
	{"/in", 0, 0, "below"},
	{"/dir/up", 0, 0, "file"},
	{"/linked/up", 0, 0, "file"},
	{"/linked/", 0, 0, NULL},
	{"/file/", ENOTDIR, ENOTDIR, NULL},
	{"/in/", ENOTDIR, ENOTDIR, NULL},
	{"/file/x", ENOTDIR, ENOTDIR, NULL},
	{"/nothing", ENOENT, ENOENT, NULL},
	{"/dangling", ENOENT, ENOENT, NULL},
	{"/loop", ELOOP, ELOOP, NULL},
	{"/..", EXDEV, EXDEV, NULL},
	{"/dir/../file", EXDEV, EXDEV, NULL},
	{"/out", EXDEV, EXDEV, NULL},
	{"/gone", EXDEV, EXDEV, NULL},
	{"/near/file", EXDEV, 0, "placed"},
	{"/far/file", EXDEV, 0, "placed"},
	{"/far/", EXDEV, 0, NULL},
	{"/far/on", EXDEV, 0, "deep"},
	{"/far/deep/file", EXDEV, 0, "deep"},
	{"/far/none", EXDEV, ENOENT, NULL},
	{"/far/deep/back", EXDEV, EXDEV, NULL},
	{"/far/home", EXDEV, EXDEV, NULL},
	{"/dir/deep", EXDEV, 0, "deep"},
};

static void expect(const struct os_file_link_way *way, const struct row *row, int error)
{
	char text[16] = "";
	errno = 0;
	int fd = os_file_link_open(way, row->path, O_RDONLY);
	ck_assert_msg(fd >= 0 ? error == 0 : errno == error, "\"%s\": %d %s", row->path, fd,
		strerror(errno));
	if (fd < 0)
		return;
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	if (row->content) {
		ck_assert_int_ge(read(fd, text, sizeof text - 1), 0);
		ck_assert_str_eq(text, row->content);
	}
	close(fd);
}

static void try_rows(bool elsewhere, bool own)
{
	struct os_file_link_way way = {.root = make_tree(), .own = own};
	char at[256];
	snprintf(at, sizeof at, "%s", unit_path("root"));
	way.at = text_of(at);
	way.may_lead = elsewhere ? may_lead : NULL;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		expect(&way, &rows[i], elsewhere ? rows[i].elsewhere : rows[i].within);
	close(way.root);
}

START_TEST(within_any_owner)
{
	try_rows(false, false);
}
END_TEST

START_TEST(within_own)
{
	try_rows(false, true);
}
END_TEST

START_TEST(elsewhere_any_owner)
{
	try_rows(true, false);
}
END_TEST

START_TEST(elsewhere_own)
{
	try_rows(true, true);
}
END_TEST

/* Another's link is followed by nobody, whatever it leads to. */
START_TEST(owners_are_the_same)
{
	static const struct row strangers[] = {
		{"/in", 0, 0, "below"}, {"/far/file", 0, 0, "placed"}, {"/far/on", 0, 0, "deep"}};
	struct os_file_link_way way = {.root = make_tree(), .own = true, .may_lead = may_lead};
	char at[256];
	snprintf(at, sizeof at, "%s", unit_path("root"));
	way.at = text_of(at);
	if (geteuid() != 0) {
		close(way.root);
		return; /* only root can give files away */
	}
	ck_assert_int_eq(lchown(unit_path("root/in"), 12345, 12345), 0);
	ck_assert_int_eq(lchown(unit_path("place/on"), 12345, 12345), 0);
	expect(&way, &strangers[0], ELOOP);
	expect(&way, &strangers[1], 0);
	expect(&way, &strangers[2], ELOOP);
	ck_assert_int_eq(lchown(unit_path("root/far"), 12345, 12345), 0);
	expect(&way, &strangers[1], ELOOP);
	ck_assert_int_eq(chown(unit_path("place"), 12345, 12345), 0);
	expect(&way, &strangers[1], 0);
	ck_assert_int_eq(chown(unit_path("root/dir/file"), 12345, 12345), 0);
	expect(&way, &strangers[0], 0);
	close(way.root);
}
END_TEST

UNIT_MAIN("os_file_link", within_any_owner, within_own, elsewhere_any_owner, elsewhere_own,
	owners_are_the_same)
