/*
 * test_config_apply - the argument forms that directives share, at their edges
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

#define FIELD(field) offsetof(struct config, field)

static const void *field_of(const struct config *config, size_t offset)
{
	return (const char *)config + offset;
}

START_TEST(numbers)
{
	static const struct {
		const char *text;
		size_t offset;
		unsigned value;
	} rows[] = {
		{"ListenBacklog 1", FIELD(listen_backlog), 1},
		{"ListenBacklog 2147483647", FIELD(listen_backlog), 2147483647},
		{"GracefulShutdownTimeout 0", FIELD(graceful_shutdown_timeout), 0},
		{"GracefulShutdownTimeout 1000000", FIELD(graceful_shutdown_timeout), 1000000},
		{"WorkerConnections 1", FIELD(worker_connections), 1},
		{"WorkerConnections 65536", FIELD(worker_connections), 65536},
		{"ServerLimit 20000\nMaxRequestWorkers 20000\nStartServers 20000",
			FIELD(start_servers), 20000},
		{"StartServers 1", FIELD(start_servers), 1},
		{"MinSpareServers 1", FIELD(min_spare_servers), 1},
		{"MaxSpareServers 20000", FIELD(max_spare_servers), 20000},
		{"ServerLimit 1", FIELD(server_limit), 1},
		{"ServerLimit 20000", FIELD(server_limit), 20000},
		{"MaxRequestWorkers 1", FIELD(max_request_workers), 1},
		{"MaxClients 7", FIELD(max_request_workers), 7},
		{"MaxConnectionsPerChild 0", FIELD(max_connections_per_child), 0},
		{"MaxConnectionsPerChild 4294967295", FIELD(max_connections_per_child), 4294967295},
		{"MaxRequestsPerChild 9", FIELD(max_connections_per_child), 9},
		{"MaxKeepAliveRequests 0", FIELD(host.max_keep_alive_requests), 0},
		{"MaxKeepAliveRequests 4294967295", FIELD(host.max_keep_alive_requests),
			4294967295},
		{"LimitRequestLine 16", FIELD(host.limit_request_line), 16},
		{"LimitRequestLine 1048576", FIELD(host.limit_request_line), 1048576},
		{"LimitRequestFields 0", FIELD(host.limit_request_fields), 0},
		{"LimitRequestFields 32767", FIELD(host.limit_request_fields), 32767},
		{"LimitRequestFieldSize 16", FIELD(host.limit_request_field_size), 16},
		{"LimitRequestFieldSize 1048576", FIELD(host.limit_request_field_size), 1048576},
		{"Timeout 1", FIELD(host.timeout_ms), 1000},
		{"Timeout 1000000", FIELD(host.timeout_ms), 1000000000},
		{"Timeout 1500ms", FIELD(host.timeout_ms), 1500},
		{"Timeout 3s", FIELD(host.timeout_ms), 3000},
		{"KeepAliveTimeout 0", FIELD(host.keep_alive_timeout_ms), 0},
		{"KeepAliveTimeout 500ms", FIELD(host.keep_alive_timeout_ms), 500},
		{"KeepAliveTimeout 500MS", FIELD(host.keep_alive_timeout_ms), 500},
		{"KeepAliveTimeout 15", FIELD(host.keep_alive_timeout_ms), 15000},
		{"ProcessModel prefork", FIELD(process_model), CONFIG_PREFORK},
		{"ProcessModel Fork", FIELD(process_model), CONFIG_FORK},
		{"ProcessModel dispatch", FIELD(process_model), CONFIG_DISPATCH},
		{"StartMethod fork", FIELD(start_method), CONFIG_START_FORK},
		{"StartMethod spawn", FIELD(start_method), CONFIG_START_SPAWN},
		{"StartMethod forkserver", FIELD(start_method), CONFIG_START_FORKSERVER},
		{"AcceptMutex none", FIELD(accept_mutex), CONFIG_MUTEX_NONE},
		{"AcceptMutex fcntl", FIELD(accept_mutex), CONFIG_MUTEX_FCNTL},
		{"AcceptMutex flock", FIELD(accept_mutex), CONFIG_MUTEX_FLOCK},
		{"AcceptMutex pthread", FIELD(accept_mutex), CONFIG_MUTEX_PTHREAD},
		{"ServerTokens Full", FIELD(server_tokens), CONFIG_TOKENS_FULL},
		{"ServerTokens OS", FIELD(server_tokens), CONFIG_TOKENS_OS},
		{"ServerTokens Min", FIELD(server_tokens), CONFIG_TOKENS_MIN},
		{"ServerTokens Minimal", FIELD(server_tokens), CONFIG_TOKENS_MIN},
		{"ServerTokens Minor", FIELD(server_tokens), CONFIG_TOKENS_MINOR},
		{"ServerTokens Major", FIELD(server_tokens), CONFIG_TOKENS_MAJOR},
		{"ServerTokens prod", FIELD(server_tokens), CONFIG_TOKENS_PROD},
		{"ServerTokens ProductOnly", FIELD(server_tokens), CONFIG_TOKENS_PROD},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct config *config = case_load(rows[i].text);
		unsigned value = *(const unsigned *)field_of(config, rows[i].offset);
		ck_assert_msg(value == rows[i].value, "%s: %u", rows[i].text, value);
		config_free(config);
	}
}
END_TEST

START_TEST(sizes_and_flags)
{
	static const struct {
		const char *text;
		size_t size;
	} sizes[] = {
		{"FileCacheSize 0", 0},
		{"FileCacheSize 1000", 1000},
		{"FileCacheSize 3K", 3072},
		{"FileCacheSize 3k", 3072},
		{"FileCacheSize 2M", 2097152},
		{"FileCacheSize 1024G", 1099511627776},
	};
	static const struct {
		const char *text;
		size_t offset;
		bool on;
	} flags[] = {
		{"KeepAlive On", FIELD(host.keep_alive), true},
		{"KeepAlive off", FIELD(host.keep_alive), false},
		{"KeepAliveTimeout 0", FIELD(host.keep_alive), false},
		{"ExtendedStatus ON", FIELD(extended_status), true},
		{"ExtendedStatus Off", FIELD(extended_status), false},
	};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct config *config = case_load(sizes[i].text);
		ck_assert_uint_eq(config->file_cache_size, sizes[i].size);
		config_free(config);
	}
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		struct config *config = case_load(flags[i].text);
		ck_assert(*(const bool *)field_of(config, flags[i].offset) == flags[i].on);
		config_free(config);
	}
}
END_TEST

START_TEST(refused)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{"StartServers 0", "StartServers must be a number from 1 to 20000, not '0'"},
		{"StartServers 20001",
			"StartServers must be a number from 1 to 20000, not '20001'"},
		{"StartServers -1", "StartServers must be a number from 1 to 20000, not '-1'"},
		{"StartServers 5x", "StartServers must be a number from 1 to 20000, not '5x'"},
		{"StartServers ''", "StartServers must be a number from 1 to 20000, not ''"},
		{"StartServers 18446744073709551617", "StartServers must be a number from 1 to "
						      "20000, not '18446744073709551617'"},
		{"MinSpareServers 0", "MinSpareServers must be a number from 1 to 20000, not '0'"},
		{"MaxSpareServers 0", "MaxSpareServers must be a number from 1 to 20000, not '0'"},
		{"ServerLimit 20001", "ServerLimit must be a number from 1 to 20000, not '20001'"},
		{"MaxClients 0", "MaxRequestWorkers must be a number from 1 to 20000, not '0'"},
		{"WorkerConnections 0",
			"WorkerConnections must be a number from 1 to 65536, not '0'"},
		{"WorkerConnections 65537",
			"WorkerConnections must be a number from 1 to 65536, not '65537'"},
		{"MaxConnectionsPerChild 4294967296",
			"MaxConnectionsPerChild must be a number from 0 to 4294967295, not "
			"'4294967296'"},
		{"ListenBacklog 0", "ListenBacklog must be a number from 1 to 2147483647, not '0'"},
		{"LimitRequestLine 15",
			"LimitRequestLine must be a number from 16 to 1048576, not '15'"},
		{"LimitRequestFields 32768",
			"LimitRequestFields must be a number from 0 to 32767, not '32768'"},
		{"LimitRequestFieldSize 8K",
			"LimitRequestFieldSize must be a number from 16 to 1048576, not '8K'"},
		{"GracefulShutdownTimeout x", "GracefulShutdownTimeout must be a number of seconds "
					      "from 0 to 1000000, not "
					      "'x'"},
		{"Timeout 0", "Timeout must be a number of seconds from 1 to 1000000 (or "
			      "milliseconds, 500ms), "
			      "not '0'"},
		{"Timeout 999ms", "Timeout must be a number of seconds from 1 to 1000000 (or "
				  "milliseconds, 500ms), "
				  "not '999ms'"},
		{"Timeout 1000001", "Timeout must be a number of seconds from 1 to 1000000 (or "
				    "milliseconds, 500ms), "
				    "not '1000001'"},
		{"KeepAliveTimeout ms", "KeepAliveTimeout must be a number of seconds from 0 to "
					"1000000 (or milliseconds, "
					"500ms), not 'ms'"},
		{"KeepAliveTimeout 1m", "KeepAliveTimeout must be a number of seconds from 0 to "
					"1000000 (or milliseconds, "
					"500ms), not '1m'"},
		{"FileCacheSize 12Q", "FileCacheSize must be a number of bytes from 0 to "
				      "1099511627776 (K, M or G may "
				      "follow), not '12Q'"},
		{"FileCacheSize 1025G", "FileCacheSize must be a number of bytes from 0 to "
					"1099511627776 (K, M or G may "
					"follow), not '1025G'"},
		{"FileCacheSize 1KK", "FileCacheSize must be a number of bytes from 0 to "
				      "1099511627776 (K, M or G may "
				      "follow), not '1KK'"},
		{"FileCacheSize K", "FileCacheSize must be a number of bytes from 0 to "
				    "1099511627776 (K, M or G may "
				    "follow), not 'K'"},
		{"KeepAlive yes", "KeepAlive must be On or Off, not 'yes'"},
		{"ExtendedStatus 1", "ExtendedStatus must be On or Off, not '1'"},
		{"ProcessModel worker",
			"ProcessModel must be prefork, fork or dispatch, not 'worker'"},
		{"StartMethod vfork", "StartMethod must be fork, spawn or forkserver, not 'vfork'"},
		{"AcceptMutex sysvsem",
			"AcceptMutex must be none, fcntl, flock or pthread, not 'sysvsem'"},
		{"ServerTokens x", "ServerTokens must be Full, OS, Min, Minimal, Minor, Major, "
				   "Prod or ProductOnly, "
				   "not 'x'"},
		{"PidFile ''", "PidFile must not be empty"},
		{"DocumentRoot \"\"", "DocumentRoot must not be empty"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char message[256];
		snprintf(message, sizeof message, "ROOT/t.conf:1: %s", rows[i].message);
		case_refused(rows[i].text, message);
	}
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, numbers);
	tcase_add_test(tests, sizes_and_flags);
	tcase_add_test(tests, refused);
}

int main(void)
{
	return case_main("config_apply", add);
}
