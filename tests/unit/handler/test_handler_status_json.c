/*
 * test_handler_status_json - the status as JSON
 *
 * Runs in:  a test program
 * Owns:     a scoreboard that it fills by hand
 * Errors:   ck_assert
 *
 * Whether it is JSON, and what the manual says, is judged by tests/http/status_forms.sh.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/handler/board.h"

#include "handler/handler_status_json.h"

START_TEST(members)
{
	static const char *const wanted[] = {
		"{\"schema\":1,\"server\":{\"name\":\"www.example.org\",",
		"\"pid\":999,\"predecessor\":null,\"successor\":null,",
		"\"keeper\":null,\"starter\":998,",
		"\"uptime\":1000,\"generation\":2,\"model\":\"dispatch\"",
		"\"max_request_workers\":6,",
		"\"now\":1700000000,\"totals\":{\"requests\":1000,\"bytes\":20480,",
		"\"duration\":5.000000,\"cpu_user\":1.250000,\"cpu_system\":3.750000,",
		"\"deaths_by_reason\":{\"done\":0,\"recycled\":0,\"spare\":2,",
		"\"pool\":{\"places\":6,\"processes\":5,\"busy\":3,\"idle\":1,\"leaving\":1,"
		"\"held\":null,\"connections\":6,\"connections_idle\":2,"
		"\"connections_kept\":0,\"connections_kept_waiting\":0,"
		"\"programs\":3,\"starter_silent\":0,\"memory\":5000000,"
		"\"pss\":null,",
		"\"states\":{\"starting\":1,\"ready\":1,\"reading\":0,\"writing\":1,\"keepalive\":"
		"1,"
		"\"graceful\":1,\"idle_stop\":0}",
		"\"listen_queue\":{\"depth\":3,\"limit\":511}",
		"\"latency\":{\"count\":1000,",
		"{\"le\":null,\"count\":0}]}",
		"\"workers\":[{\"slot\":0,\"pid\":1000,\"generation\":2,\"state\":\"_\","
		"\"state_name\":\"ready\",\"busy\":false,",
		"\"age\":90,",
		"\"last_duration\":0.001500,",
		"\"helper_deaths\":{\"keeper\":2,\"starter\":0,\"status\":0,",
		"\"helper_crashes\":{\"keeper\":1,\"starter\":0,\"status\":0,",
		"{\"number\":1,\"time\":1699999939,\"role\":\"keeper\",\"slot\":null,\"pid\":899,",
		"\"signal\":9,\"exit_code\":null,\"age\":0.000000,\"state_name\":null,"
		"\"connections\":7,",
		"\"cpu_user\":0.012000,\"cpu_system\":0.003000,\"memory\":3000000,"
		"\"minor_faults\":1200,\"major_faults\":3,\"voluntary_switches\":40,"
		"\"forced_switches\":5,",
		"\"deaths\":[{\"number\":4,\"time\":1699999942,\"role\":\"worker\","
		"\"slot\":0,\"pid\":902,"
		"\"generation\":0,\"reason\":\"crashed\",",
		"\"failure\":true,\"signal\":11,\"exit_code\":null,\"age\":61.500000,",
		"\"signal\":null,\"exit_code\":0,",
		"\"samples\":[{\"time\":1699999998,\"requests\":10,",
		"\"cpu\":0.250000,\"p50\":0.000000,\"p90\":0.000000,\"p99\":0.000000}],\"log\":[]}",
	};
	struct board b;
	board_begin(&b);
	struct buffer json = board_draw(&b, HANDLER_STATUS_JSON);
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		board_has(json.data, wanted[i]);
	ck_assert_ptr_eq(strchr(json.data, '\n'), json.data + json.size - 1);
	buffer_free(&json);
	board_end(&b);
}
END_TEST

/* The share of memory is said of all, or where one is not known of none: a sum that leaves some out
 * would look like one. */
START_TEST(shares_of_memory)
{
	struct board b;
	board_begin(&b);
	for (uint32_t i = 0; i < b.shared->used; i++)
		b.shared->slot[i].pss_kib = 100;
	struct buffer json = board_draw(&b, HANDLER_STATUS_JSON);
	board_has(json.data, "\"memory\":5000000,\"pss\":512000,");
	board_has(json.data, "\"memory\":1000000,\"pss\":102400,");
	ck_assert_ptr_null(strstr(json.data, "\"pss\":null"));
	buffer_free(&json);
	struct buffer page = board_draw(&b, HANDLER_STATUS_PAGE);
	board_has(page.data, ">PSS</span></th>");
	buffer_free(&page);
	b.shared->slot[0].pss_kib = 0;
	json = board_draw(&b, HANDLER_STATUS_JSON);
	board_has(json.data, "\"memory\":5000000,\"pss\":null,");
	board_has(json.data, "\"memory\":1000000,\"pss\":null,");
	board_has(json.data, "\"memory\":1000000,\"pss\":102400,");
	buffer_free(&json);
	page = board_draw(&b, HANDLER_STATUS_PAGE);
	board_has(page.data, ">Unshared</span></th>");
	buffer_free(&page);
	board_end(&b);
}
END_TEST

START_TEST(what_clients_say_is_escaped)
{
	struct board b;
	board_begin(&b);
	strcpy(b.shared->slot[1].request, "GET /\"\\\n</script>\xff HTTP/1.1");
	memset(b.shared->slot[1].host, 'h', WIRE_HOST); /* not even an end */
	struct buffer json = board_draw(&b, HANDLER_STATUS_JSON);
	board_has(
		json.data, "\"request\":\"GET /\\\"\\\\\\n\\u003c/script>\xEF\xBF\xBD HTTP/1.1\",");
	board_has(json.data, "\"host\":\"hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh\"");
	buffer_free(&json);
	board_end(&b);
}
END_TEST

START_TEST(held_when_somebody_looked)
{
	struct board b;
	struct json j;
	struct buffer to = BUFFER_INIT;
	board_begin(&b);
	struct handler_status_view *v = board_look(&b);
	handler_status_view_probe(v);
	v->held[1] = 1;
	json_begin(&j, &to);
	handler_status_json_worker(v, 1, &j);
	handler_status_json_worker(v, 2, &j);
	buffer_append(&to, "", 1);
	board_has(to.data, "\"slot\":1,");
	board_has(to.data, "\"held\":true");
	board_has(to.data, "\"held\":false");
	buffer_free(&to);
	handler_status_view_free(v);
	board_end(&b);
}
END_TEST

UNIT_MAIN("handler_status_json", members, shares_of_memory, what_clients_say_is_escaped,
	held_when_somebody_looked)
