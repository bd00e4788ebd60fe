/*
 * test_config_reader - lines, quotes, sections, and what is said when they are wrong
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

static const char *server_name(struct config *config)
{
	return config->host.server_admin; /* takes any text, so it shows what a word came out as */
}

START_TEST(words)
{
	static const struct {
		const char *text, *word;
	} rows[] = {
		{"ServerAdmin a@b", "a@b"},
		{"serveradmin a@b", "a@b"},
		{" \t ServerAdmin \t a@b \t ", "a@b"},
		{"ServerAdmin a@b\r\n", "a@b"},
		{"ServerAdmin \"a b\"", "a b"},
		{"ServerAdmin 'a b'", "a b"},
		{"ServerAdmin \"a 'b'\"", "a 'b'"},
		{"ServerAdmin 'a \"b\"'", "a \"b\""},
		{"ServerAdmin \"a \\\"b\\\"\"", "a \"b\""},
		{"ServerAdmin 'it\\'s'", "it's"},
		{"ServerAdmin \"a\\\\b\"", "a\\b"},
		{"ServerAdmin \"a\\nb\"", "a\\nb"},
		{"ServerAdmin a\\\\b", "a\\b"},
		{"ServerAdmin a\\b", "a\\b"},
		{"ServerAdmin a\\\"b", "a\\\"b"},
		{"ServerAdmin a#b", "a#b"},
		{"ServerAdmin a\"b", "a\"b"},
		{"ServerAdmin a\\\nb", "ab"},
		{"ServerAdmin \\\r\n  a", "a"},
		{"Server\\\nAdmin \\\n\\\na", "a"},
		{"ServerAdmin a\\", "a"},
		{"\xef\xbb\xbfServerAdmin a", "a"},
		{"ServerAdmin \xc3\xa9", "\xc3\xa9"},
		{"# ServerAdmin x\n   # y \\\n ServerAdmin z\nServerAdmin a\n\n\n", "a"},
		{"ServerAdmin x\nServerAdmin a", "a"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct config *config = case_load(rows[i].text);
		ck_assert_str_eq(server_name(config), rows[i].word);
		config_free(config);
	}
}
END_TEST

START_TEST(bad_lines)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{"Lisen 80",
			"ROOT/t.conf:1: Invalid command 'Lisen', perhaps misspelled: did you mean "
			"'Listen'?"},
		{"\n\n  ServerNam a", "ROOT/t.conf:3: Invalid command 'ServerNam', perhaps "
				      "misspelled: did you mean "
				      "'ServerName'?"},
		{"MaxClient 3", "ROOT/t.conf:1: Invalid command 'MaxClient', perhaps misspelled: "
				"did you mean "
				"'MaxClients'?"},
		{"<Locaton /a>\n</Locaton>", "ROOT/t.conf:1: Invalid command '<Locaton>', perhaps "
					     "misspelled: did you mean "
					     "'<Location>'?"},
		{"Frobnicate On", "ROOT/t.conf:1: Invalid command 'Frobnicate': there is no "
				  "such directive "
				  "(preforkd -L lists them)"},
		{"\"ServerAdmin\" a", "ROOT/t.conf:1: Invalid command '\"ServerAdmin\"', perhaps "
				      "misspelled: did you mean "
				      "'ServerAdmin'?"},
		{"Foo \\\nbar\nFoo", "ROOT/t.conf:1: Invalid command 'Foo': there is no such "
				     "directive (preforkd -L "
				     "lists them)"},
		{"KeepAlive \\\nOn\nKeepAlive \\\n\\\nx",
			"ROOT/t.conf:3: KeepAlive must be On or Off, not 'x'"},
		{"ServerAdmin \"a", "ROOT/t.conf:1: a quote (\") is not closed"},
		{"ServerAdmin 'a\\'", "ROOT/t.conf:1: a quote (') is not closed"},
		{"ServerAdmin a\001b", "ROOT/t.conf:1: a control character (byte 1) in the line"},
		{"# \033[2J", "ROOT/t.conf:1: a control character (byte 27) in the line"},
		{"ServerAdmin",
			"ROOT/t.conf:1: ServerAdmin takes 1 argument: ServerAdmin address|URL"},
		{"KeepAlive On Off", "ROOT/t.conf:1: KeepAlive takes 1 argument: KeepAlive On|Off"},
		{"ErrorDocument 404",
			"ROOT/t.conf:1: ErrorDocument takes 2 arguments: ErrorDocument status "
			"text|/path|URL|default"},
		{"AddType text/plain", "ROOT/t.conf:1: AddType takes at least 2 arguments: AddType "
				       "media-type extension "
				       "[extension] ..."},
		{"DirectoryIndex",
			"ROOT/t.conf:1: DirectoryIndex takes at least 1 argument: DirectoryIndex "
			"disabled|name [name] ..."},
		{"Define", "ROOT/t.conf:1: Define takes 1 to 2 arguments: Define name [value]"},
		{"<Location>\n</Location>", "ROOT/t.conf:1: <Location> takes 1 to 2 arguments: "
					    "<Location \"/path\"|~ \"regex\">"},
		{"<Location ~ /a /b>\n</Location>", "ROOT/t.conf:1: <Location> takes 1 to 2 "
						    "arguments: <Location \"/path\"|~ \"regex\">"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		case_refused(rows[i].text, rows[i].message);
}
END_TEST

START_TEST(bad_sections)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{"<Location /a>\nSetHandler server-status",
			"ROOT/t.conf:1: <Location> is never closed"},
		{"<IfDefine A>\n<Location /a>\n</Location>",
			"ROOT/t.conf:1: <IfDefine> is never closed"},
		{"</Location>", "ROOT/t.conf:1: </Location> closes a section that was not opened"},
		{"<Location /a>\n</IfDefine>",
			"ROOT/t.conf:2: expected </Location>, for line 1, but found </IfDefine>"},
		{"<IfModule no.c>\n<Location /a>\n</IfModule>\n</Location>",
			"ROOT/t.conf:3: expected </Location>, for line 2, but found </IfModule>"},
		{"<Location /a\n</Location>",
			"ROOT/t.conf:1: <Location is not ended by '>' on its line"},
		{"<Location /a> # here\n</Location>",
			"ROOT/t.conf:1: <Location is not ended by '>' on its line"},
		{"<Location /a>\n</Location x>",
			"ROOT/t.conf:2: '</Location x>' is not of the form </Name>"},
		{"<Location /a>\n</Location",
			"ROOT/t.conf:2: '</Location' is not of the form </Name>"},
		{"<Location /a>\n<Location /b>\n</Location>\n</Location>",
			"ROOT/t.conf:2: <Location> is not allowed in <Location>"},
		{"<Location /a>\nListen 80\n</Location>",
			"ROOT/t.conf:2: Listen is not allowed in <Location>"},
		{"<>\n</>", "ROOT/t.conf:1: Invalid command '<>': there is no such directive "
			    "(preforkd -L lists "
			    "them)"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		case_refused(rows[i].text, rows[i].message);
}
END_TEST

START_TEST(sections)
{
	/* names in any case, conditions around and inside */
	config_free(case_load("<location /a>\n<ifdefine !X>\nSetHandler "
			      "server-status\n</IFDEFINE>\n</LOCATION>"));
}
END_TEST

START_TEST(too_much)
{
	struct buffer b = BUFFER_INIT;
	buffer_string(&b, "ServerAdmin ");
	for (int i = 0; i < 70000; i++)
		buffer_string(&b, "a");
	buffer_append(&b, "", 1);
	case_refused(b.data, "ROOT/t.conf:1: the line is longer than 65536 bytes");
	buffer_clear(&b);
	for (int i = 0; i < 33; i++)
		buffer_string(&b, "<IfDefine x>\n");
	buffer_append(&b, "", 1);
	case_refused(b.data, "ROOT/t.conf:33: more than 32 sections in each other");
	buffer_clear(&b);
	buffer_string(&b, "ServerAdmin ");
	for (int i = 0; i < 30000; i++)
		buffer_string(&b, "a ");
	buffer_append(&b, "", 1);
	case_refused(
		b.data, "ROOT/t.conf:1: ServerAdmin takes 1 argument: ServerAdmin address|URL");
	buffer_free(&b);
}
END_TEST

START_TEST(nul_byte)
{
	char path[128];
	struct buffer error = BUFFER_INIT;
	const struct config_source source = {.server_root = case_root, .file = "nul.conf"};
	snprintf(path, sizeof path, "%s/nul.conf", case_root);
	FILE *f = fopen(path, "w");
	ck_assert_uint_eq(fwrite("Listen 80\nServerAdmin a\0b\n", 1, 26, f), 26);
	fclose(f);
	ck_assert_ptr_null(config_load(&source, &error));
	ck_assert(strstr((buffer_append(&error, "", 1), error.data),
		"nul.conf:2: a control character (byte 0) in the line"));
	buffer_free(&error);
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, words);
	tcase_add_test(tests, bad_lines);
	tcase_add_test(tests, bad_sections);
	tcase_add_test(tests, sections);
	tcase_add_test(tests, too_much);
	tcase_add_test(tests, nul_byte);
}

int main(void)
{
	return case_main("config_reader", add);
}
