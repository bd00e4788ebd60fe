/*
 * test_config_log - LogFormat, compiled
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

#include "config/config_log.h"

static const char *const symbols[] = {
	"text",
#define LOG_FIELD(symbol, letter, argument, whose, description) #symbol,
#define LOG_FIELD_LONG(symbol, letters, argument, whose, description) #symbol,
#include "config/log_fields.def"
#undef LOG_FIELD
#undef LOG_FIELD_LONG
};

/* The steps of a format written out: "text(a) STATUS< REQUEST_FIELD{Host}"; "<" marks those of the
 * request as it came. */
static char *steps(const struct config_log_format *format)
{
	struct buffer b = BUFFER_INIT;
	for (size_t i = 0; i < format->count; i++) {
		const struct config_log_step *s = &format->steps[i];
		bool first = !s->last && s->op != CONFIG_LOG_LITERAL;
		buffer_printf(&b, "%s%s%s", i ? " " : "", symbols[s->op], first ? "<" : "");
		for (size_t k = 0; k < s->status_count; k++)
			buffer_printf(&b, "%s%u", k ? "," : s->unless ? "!" : "=", s->statuses[k]);
		if (s->text) {
			ck_assert_uint_eq(strlen(s->text), s->size);
			buffer_printf(&b, s->op == CONFIG_LOG_LITERAL ? "(%s)" : "{%s}", s->text);
		}
	}
	buffer_append(&b, "", 1);
	return b.data;
}

static void compiles(const char *source, const char *expected)
{
	struct buffer why = BUFFER_INIT;
	struct arena *memory = arena_new();
	const struct config_log_format *format = config_log_compile(memory, "n", source, &why);
	ck_assert_msg(format != NULL, "%s: %.*s", source, (int)why.size, why.data);
	ck_assert_uint_eq(why.size, 0);
	ck_assert_str_eq(format->name, "n");
	ck_assert_str_eq(format->source, source);
	char *got = steps(format);
	ck_assert_str_eq(got, expected);
	free(got);
	arena_free(memory);
}

START_TEST(formats)
{
	compiles("", "");
	compiles("plain", "text(plain)");
	compiles("%h %l", "REMOTE_HOST text( ) IDENT");
	compiles("%h%l", "REMOTE_HOST IDENT");
	compiles("%s %>s %<s", "STATUS< text( ) STATUS text( ) STATUS<");
	compiles("%{Host}i", "REQUEST_FIELD{Host}");
	compiles("%<{Host}i", "REQUEST_FIELD<{Host}");
	compiles("%{Host}<i", "REQUEST_FIELD<{Host}");
	compiles("%>U%<U%>D%>T%>r", "PATH PATH< MICROSECONDS SECONDS REQUEST_LINE");
	compiles("%{Content-Type}o", "RESPONSE_FIELD{Content-Type}");
	compiles("%{%d/%b/%Y}t", "TIME{%d/%b/%Y}");
	compiles("%{}t", "TIME{}");
	compiles("%{c}a %{c}h", "REMOTE_ADDRESS{c} text( ) REMOTE_HOST{c}");
	compiles("%{local}p%{remote}p%{canonical}p", "PORT{local} PORT{remote} PORT{canonical}");
	compiles("%{pid}P%{tid}P", "PID{pid} PID{tid}");
	compiles("%{s}T%{ms}T%{us}T%D", "SECONDS<{s} SECONDS<{ms} SECONDS<{us} MICROSECONDS<");
	compiles("100%%", "text(100%)");
	compiles("%%h", "text(%h)");
	compiles("a\\tb\\nc\\\\d\\e\\", "text(a\tb\nc\\d\\e\\)");
	compiles("\"%r\"", "text(\") REQUEST_LINE< text(\")");
	compiles("%a%A%B%b%f%H%I%k%m%O%p%P%q%t%T%u%U%v%V%X",
		"REMOTE_ADDRESS LOCAL_ADDRESS BYTES BYTES_OR_DASH FILENAME PROTOCOL BYTES_IN KEPT "
		"METHOD BYTES_OUT PORT PID QUERY TIME SECONDS< USER PATH< SERVER_NAME HOST "
		"CONNECTION");
	compiles("%{a}C%{A}e%{x}n%L%{c}L%R%S%^FB%{hextid}P",
		"COOKIE{a} VARIABLE{A} NOTE{x} ID ID{c} HANDLER< BYTES_BOTH FIRST_BYTE "
		"PID{hextid}");
}
END_TEST

START_TEST(only_some_statuses)
{
	compiles("%400,501{User-Agent}i", "REQUEST_FIELD=400,501{User-Agent}");
	compiles("%!200,304,302{Referer}i", "REQUEST_FIELD!200,304,302{Referer}");
	compiles("%!404>s", "STATUS!404");
	compiles("%<200s", "STATUS<=200");
}
END_TEST

START_TEST(times)
{
	static const struct {
		const char *source;
		enum config_log_time form;
		bool end;
		const char *text;
	} rows[] = {
		{"%t", CONFIG_LOG_TIME_COMMON, false, NULL},
		{"%{}t", CONFIG_LOG_TIME_COMMON, false, ""},
		{"%{begin}t", CONFIG_LOG_TIME_COMMON, false, NULL},
		{"%{end}t", CONFIG_LOG_TIME_COMMON, true, NULL},
		{"%{sec}t", CONFIG_LOG_TIME_SEC, false, "sec"},
		{"%{begin:msec}t", CONFIG_LOG_TIME_MSEC, false, "msec"},
		{"%{end:usec}t", CONFIG_LOG_TIME_USEC, true, "usec"},
		{"%{msec_frac}t", CONFIG_LOG_TIME_MSEC_FRAC, false, "msec_frac"},
		{"%{end:usec_frac}t", CONFIG_LOG_TIME_USEC_FRAC, true, "usec_frac"},
		{"%{%H:%M}t", CONFIG_LOG_TIME_FORMAT, false, "%H:%M"},
		{"%{end:%H:%M}t", CONFIG_LOG_TIME_FORMAT, true, "%H:%M"},
		{"%{seconds}t", CONFIG_LOG_TIME_FORMAT, false, "seconds"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buffer why = BUFFER_INIT;
		struct arena *memory = arena_new();
		const struct config_log_format *format =
			config_log_compile(memory, NULL, rows[i].source, &why);
		ck_assert_msg(format && format->count == 1, "%s", rows[i].source);
		ck_assert_msg(
			format->steps->form == rows[i].form && format->steps->end == rows[i].end,
			"%s", rows[i].source);
		ck_assert_pstr_eq(format->steps->text, rows[i].text);
		arena_free(memory);
	}
}
END_TEST

START_TEST(refused)
{
	static const struct {
		const char *source, *why;
	} rows[] = {
		{"%", "it ends in the middle of a % field"},
		{"a %>", "it ends in the middle of a % field"},
		{"%{Host}", "it ends in the middle of a % field"},
		{"%{Host", "a { is not closed"},
		{"%z", "there is no field %z"},
		{"%{X}x", "there is no field %x"},
		{"% h", "there is no field % "},
		{"%i", "%i needs the name of a field: %{Name}i"},
		{"%{}o", "%o needs the name of a field: %{Name}o"},
		{"%C", "%C needs the name of a field: %{Name}C"},
		{"%e", "%e needs the name of a field: %{Name}e"},
		{"%{x}b", "%b cannot take {x}"},
		{"%{min}T", "%T cannot take {min}"},
		{"%{here}p", "%p cannot take {here}"},
		{"%{d}a", "%a cannot take {d}"},
		{"%20s", "a status is a number from 100 to 599, not '20s'"},
		{"%200,{X}i", "a status is a number from 100 to 599, not ''"},
		{"%!s", "a status is a number from 100 to 599, not 's'"},
		{"%600s", "a status is a number from 100 to 599, not '600s'"},
		{"%200,1000s", "a status is a number from 100 to 599, not '1000s'"},
		{"%^ti", "%^ti needs the name of a field: %{Name}^ti"},
		{"%^to", "%^to needs the name of a field: %{Name}^to"},
		{"%^x", "there is no field %^x"},
		{"%^FU", "there is no field %^FU"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buffer why = BUFFER_INIT;
		struct arena *memory = arena_new();
		ck_assert_ptr_null(config_log_compile(memory, NULL, rows[i].source, &why));
		buffer_append(&why, "", 1);
		ck_assert_str_eq(why.data, rows[i].why);
		buffer_free(&why);
		arena_free(memory);
	}
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, formats);
	tcase_add_test(tests, only_some_statuses);
	tcase_add_test(tests, times);
	tcase_add_test(tests, refused);
}

int main(void)
{
	return case_main("config_log", add);
}
