/*
 * test_handler_auth_file - files of users and groups, and what becomes of them when they change
 *
 * Runs in:  a test program
 * Owns:     files below unit_dir
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_auth_file.h"

#include "unit/unit.h"

static const struct handler_auth_file *file(const char *name)
{
	const struct handler_auth_file *f = handler_auth_file(unit_path(name));
	ck_assert_ptr_nonnull(f);
	return f;
}

static void is(const char *name, const char *user, const char *expected)
{
	const char *value = handler_auth_file_value(file(name), user);
	ck_assert_msg(value && expected ? strcmp(value, expected) == 0 : value == expected,
		"%s: %s", user, value ? value : "(none)");
}

START_TEST(users)
{
	unit_write("users", TEXT("# no:one\n\nalice:a\r\n  bob:b:more:of it\nalice:second\n"
				 "empty:\nnocolon\n:nameless\ncarol:c"));
	is("users", "alice", "a");
	is("users", "bob", "b");
	is("users", "bob", "b");
	is("users", "carol", "c");
	is("users", "empty", "");
	is("users", "nocolon", "");
	is("users", "", "nameless");
	is("users", "# no", NULL);
	is("users", "ali", NULL);
	is("users", "alicea", NULL);
	unit_write("none", TEXT(""));
	is("none", "alice", NULL);
}
END_TEST

START_TEST(groups)
{
	unit_write("groups", TEXT("staff: alice  bob\nteam:carol\nstaff:\tdave \nempty:\n"));
	static const struct {
		const char *group, *user;
		bool has;
	} rows[] = {{"staff", "alice", true}, {"staff", "bob", true}, {"staff", "dave", true},
		{"staff", "carol", false}, {"team", "carol", true}, {"staff", "ali", false},
		{"empty", "", false}, {"staff", "", false}, {"nobody", "alice", false},
		{"staff", "alice  bob", false}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		ck_assert_msg(handler_auth_file_has(file("groups"), rows[i].group, rows[i].user) ==
				      rows[i].has,
			"%s, %s", rows[i].group, rows[i].user);
}
END_TEST

/* Also within the same second, and with the same size. */
START_TEST(changes_are_seen)
{
	unit_write("users", TEXT("alice:1\n"));
	is("users", "alice", "1");
	unit_write("users", TEXT("alice:2\n"));
	is("users", "alice", "2");
	unit_write("users.new", TEXT("alice:3\n"));
	ck_assert_int_eq(rename(unit_path("users.new"), unit_path("users")), 0);
	is("users", "alice", "3");
	unit_age("users", 1000);
	is("users", "alice", "3");
	unit_write("users", TEXT("alice:4\n"));
	unit_age("users", 1000); /* its time says nothing happened, that of its inode does */
	is("users", "alice", "4");
}
END_TEST

START_TEST(errors)
{
	char path[UNIT_PATH];
	ck_assert_ptr_null(handler_auth_file(unit_path("none")));
	ck_assert_int_eq(errno, ENOENT);
	unit_mkdir("directory");
	ck_assert_ptr_null(handler_auth_file(unit_path("directory")));
	ck_assert_int_eq(errno, EISDIR);
	snprintf(path, sizeof path, "%s", unit_path("fifo"));
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_ptr_null(handler_auth_file(path)); /* and does not wait for a writer */
	unit_write("users", TEXT("alice:1\n"));
	is("users", "alice", "1");
	ck_assert_int_eq(unlink(unit_path("users")), 0);
	ck_assert_ptr_null(handler_auth_file(unit_path("users")));
}
END_TEST

/* More files than are kept, and more lines than fit a page. */
START_TEST(many)
{
	char name[32], line[64];
	struct buffer all = BUFFER_INIT;
	for (unsigned i = 0; i < 5000; i++)
		buffer_printf(&all, "user%u:%u\n", i * 7919 % 5000, i);
	unit_write("many", buffer_view(&all));
	buffer_free(&all);
	for (unsigned i = 0; i < 5000; i += 97) {
		snprintf(name, sizeof name, "user%u", i * 7919 % 5000);
		snprintf(line, sizeof line, "%u", i);
		is("many", name, line);
	}
	for (unsigned turn = 0; turn < 2; turn++)
		for (unsigned i = 0; i < 40; i++) {
			snprintf(name, sizeof name, "file%u", i);
			snprintf(line, sizeof line, "u:%u\n", i);
			unit_write(name, text_of(line));
			line[strlen(line) - 1] = '\0';
			is(name, "u", line + 2);
		}
}
END_TEST

UNIT_MAIN("handler_auth_file", users, groups, changes_are_seen, errors, many)
