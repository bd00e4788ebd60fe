/*
 * test_handler_status_metrics - the status as OpenMetrics
 *
 * Runs in:  a test program
 * Owns:     a scoreboard that it fills by hand
 * Errors:   ck_assert
 *
 * Whether it is OpenMetrics is judged by a strict reader: tests/http/status_forms.sh.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/handler/board.h"

#include "handler/handler_status_metrics.h"

#define FAMILY "preforkd_request_duration_seconds"

START_TEST(samples)
{
	static const char *const wanted[] = {
		"# TYPE preforkd_requests counter\npreforkd_requests_total 1000\n",
		"preforkd_workers{state=\"writing\"} 1\n",
		"preforkd_workers{state=\"reading\"} 0\n",
		"preforkd_connections{state=\"active\"} 4\npreforkd_connections{state=\"idle\"} "
		"2\n",
		"preforkd_configured_limit{directive=\"MaxRequestWorkers\"} 6\n",
		"preforkd_listen_queue_depth 3\n",
		"preforkd_worker_deaths_total{reason=\"crashed\"} 1\n",
		"# TYPE preforkd_helper_deaths counter\n"
		"preforkd_helper_deaths_total{role=\"keeper\"} 2\n",
		"preforkd_helper_crashes_total{role=\"keeper\"} 1\n",
		"preforkd_helper_crashes_total{role=\"starter\"} 0\n",
		"# UNIT preforkd_cpu_seconds seconds\npreforkd_cpu_seconds_total{mode=\"user\"} "
		"1.250000\n",
		"# TYPE " FAMILY " histogram\n# UNIT " FAMILY " seconds\n" FAMILY
		"_bucket{le=\"1e-05\"} 0\n",
		FAMILY "_bucket{le=\"0.0001\"} 500\n",
		FAMILY "_bucket{le=\"0.005\"} 1000\n",
		FAMILY "_bucket{le=\"1.0\"} 1000\n",
		FAMILY "_bucket{le=\"+Inf\"} 1000\n" FAMILY "_count 1000\n" FAMILY
		       "_sum 5.000000\n# EOF\n",
	};
	struct board b;
	board_begin(&b);
	struct buffer text = board_draw(&b, HANDLER_STATUS_METRICS);
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		board_has(text.data, wanted[i]);
	ck_assert_str_eq(text.data + text.size - 6, "# EOF\n");
	board_lacks(text.data, "preforkd_workers_held"); /* nobody looked */
	buffer_free(&text);
	board_end(&b);
}
END_TEST

START_TEST(held)
{
	struct board b;
	struct buffer to = BUFFER_INIT;
	board_begin(&b);
	struct handler_status_view *v = board_look(&b);
	handler_status_view_probe(v);
	v->held_count = 2;
	handler_status_metrics(v, &to);
	buffer_append(&to, "", 1);
	board_has(to.data, "\npreforkd_workers_held 2\n");
	buffer_free(&to);
	handler_status_view_free(v);
	board_end(&b);
}
END_TEST

UNIT_MAIN("handler_status_metrics", samples, held)
