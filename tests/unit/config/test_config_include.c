/*
 * test_config_include - Include and IncludeOptional
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

/* What the files said, in the order in which they were read: each adds a DirectoryIndex. */
static void read_in_order(const char *text, const char *names)
{
	struct buffer b = BUFFER_INIT;
	struct config *config = case_load(text);
	const char *const *index = config->host.dir.directory_index;
	for (size_t i = 0; index[i]; i++)
		buffer_printf(&b, "%s%s", i ? " " : "", index[i]);
	buffer_append(&b, "", 1);
	ck_assert_str_eq(b.data, names);
	buffer_free(&b);
	config_free(config);
}

static void files(void)
{
	case_file("a.conf", "DirectoryIndex a");
	case_file("d/2.conf", "DirectoryIndex d2\n");
	case_file("d/10.conf", "DirectoryIndex d10\n");
	case_file("d/B.conf", "DirectoryIndex dB\n");
	case_file("d/a.conf", "DirectoryIndex da\n");
	case_file("d/.hidden", "Bad\n");
	case_file("d/sub/x", "DirectoryIndex dsx\n");
	case_file("e/1/x.conf", "DirectoryIndex e1\n");
	case_file("e/2/x.conf", "DirectoryIndex e2\n");
}

START_TEST(order)
{
	char absolute[128];
	files();
	read_in_order("Include a.conf", "a");
	read_in_order("DirectoryIndex 1\nInclude a.conf\nDirectoryIndex 2", "1 a 2");
	read_in_order("Include d", "d10 d2 dB da dsx");
	read_in_order("Include d/*.conf", "d10 d2 dB da");
	read_in_order("Include d/[a-z].conf", "da");
	read_in_order("Include d/?.conf", "d2 dB da");
	read_in_order("Include e/*/x.conf", "e1 e2");
	read_in_order("Include e/*", "e1 e2");
	read_in_order("Include a.conf\nInclude a.conf", "a a");
	read_in_order("IncludeOptional a.conf\nIncludeOptional d/*.conf", "a d10 d2 dB da");
	read_in_order("IncludeOptional no.conf\nIncludeOptional no/*.conf\nIncludeOptional d/*.no\n"
		      "IncludeOptional a.conf/x\nDirectoryIndex 1",
		"1");
	read_in_order("Define D d\nInclude ${D}/*.conf", "d10 d2 dB da");
	snprintf(absolute, sizeof absolute, "Include %s/a.conf", case_root);
	read_in_order(absolute, "a");
	read_in_order("Include /dev/null\nDirectoryIndex 1", "1");
}
END_TEST

START_TEST(in_a_section)
{
	case_file("a.conf", "SetHandler x\n<IfDefine !A>\nDirectoryIndex y\n</IfDefine>\n");
	struct config *config = case_load("<Location /l>\nInclude a.conf\n</Location>");
	ck_assert_str_eq(config_dir_for(&config->host, TEXT("/l"))->handler, "x");
	ck_assert_str_eq(config_dir_for(&config->host, TEXT("/l"))->directory_index[0], "y");
	ck_assert_ptr_null(config->host.dir.handler);
	config_free(config);
	case_file("a.conf", "Listen 80\n");
	case_refused("<Location /l>\nInclude a.conf\n</Location>",
		"ROOT/a.conf:1: Listen is not allowed in <Location>");
	case_file("a.conf", "</Location>\n");
	case_refused("<Location /l>\nInclude a.conf\n",
		"ROOT/a.conf:1: </Location> closes a section that was not opened");
}
END_TEST

START_TEST(bad)
{
	files();
	case_file("bad.conf", "\nFoo\n");
	case_file("open.conf", "<IfDefine !X>\n");
	case_file("self.conf", "Include self.conf\n");
	case_file("ping.conf", "Include pong.conf\n");
	case_file("pong.conf", "\nInclude d/../ping.conf\n");
	case_refused("Include no.conf",
		"ROOT/t.conf:1: cannot read 'ROOT/no.conf': No such file or directory");
	case_refused("Include d/*.no",
		"ROOT/t.conf:1: nothing matches 'ROOT/d/*.no' (IncludeOptional would allow that)");
	case_refused("Include bad.conf", "ROOT/bad.conf:2: Invalid command 'Foo': there is no such "
					 "directive (preforkd -L lists "
					 "them)");
	case_refused("IncludeOptional bad.conf", "ROOT/bad.conf:2: Invalid command 'Foo': there is "
						 "no such directive (preforkd -L lists "
						 "them)");
	case_refused("Include open.conf", "ROOT/open.conf:1: <IfDefine> is never closed");
	case_refused("Include self.conf", "ROOT/self.conf:1: 'ROOT/self.conf' includes itself");
	case_refused(
		"Include ping.conf", "ROOT/pong.conf:2: 'ROOT/d/../ping.conf' includes itself");
	case_refused("Include t.conf", "ROOT/t.conf:1: 'ROOT/t.conf' includes itself");
	case_refused(
		"Include /dev/zero", "ROOT/t.conf:1: cannot read '/dev/zero': not a plain file");
}
END_TEST

START_TEST(fifo)
{
	char path[128];
	snprintf(path, sizeof path, "%s/fifo", case_root);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	case_refused("Include fifo", "ROOT/t.conf:1: cannot read 'ROOT/fifo': not a plain file");
}
END_TEST

START_TEST(deep)
{
	char name[32], line[64];
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "%d.conf", i);
		snprintf(line, sizeof line, "Include %d.conf\n", i + 1);
		case_file(name, line);
	}
	case_refused("Include 0.conf", "ROOT/14.conf:1: more than 16 files include each other");
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, order);
	tcase_add_test(tests, in_a_section);
	tcase_add_test(tests, bad);
	tcase_add_test(tests, fifo);
	tcase_add_test(tests, deep);
}

int main(void)
{
	return case_main("config_include", add);
}
