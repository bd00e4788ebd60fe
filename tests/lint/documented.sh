#!/bin/sh
# documented - nothing is there that is not written down and tried
#
# Usage:  documented.sh [SOURCE-DIRECTORY]; TEST_SOURCE when not given
# Checks: each row of directives.def has its place in www/manual/directives.html (where that file
#         exists) and is used in conf or in a test; each function of mp.h is called by a test or an
#         example; each other .c of src has a unit test of its name, or is called by one, or stands
#         below with the reason; each folder of src is named in src/README.md, and each file of a
#         role in the role's header.
# Fails:  with 1 and one line for each fault
#
# SPDX-License-Identifier: Apache-2.0
set -u

cd "${1:-${TEST_SOURCE:-.}}" || exit 2
[ -d src ] || exit 2
faults=0

fault() {
	echo "$1"
	faults=$((faults + 1))
}

# ---- directives ----

table=src/config/directives.def
names=$(sed -n 's/^[A-Z]*([A-Z_]*, "<\{0,1\}\([A-Za-z]*\)>\{0,1\}",.*/\1/p
	s/^ALIAS("\([A-Za-z]*\)",.*/\1/p' src/config/directives_*.def)
[ "$(echo "$names" | wc -l)" -ge 30 ] || fault "$table:1: few rows found: has their form changed?"
for name in $names; do
	if [ -e www/manual/directives.html ]; then
		grep -qw -e "$name" www/manual/directives.html ||
			fault "www/manual/directives.html:1: $name is missing"
	fi
	grep -rqw --include='*.conf' --include='*.c' --include='*.h' --include='*.def' --include='*.sh' --include='*.py' -e "$name" conf tests ||
		fault "$table:1: $name is neither in conf nor in a test"
done

# What a restart does not change is listed where restarts are explained.
stops=$(awk '/^DIRECTIVE\(/ { split($0, part, "\""); name = part[2] } /CONFIG_STOP/ && name { print name; name = "" }' \
	src/config/directives_*.def)
[ "$(echo "$stops" | wc -l)" -ge 4 ] || fault "$table:1: few rows with CONFIG_STOP found: has their form changed?"
for name in $stops; do
	[ ! -e www/manual/signals.html ] || grep -qw -e "$name</a>" www/manual/signals.html ||
		fault "www/manual/signals.html:1: does not say that $name needs a stop"
done

# ---- tests ----

# Files that no unit test can call, and who tries them instead.
elsewhere='
config_accepted   test_config_apache
config_alias      its rows are asked for in tests/http/apache_cases.py, beside Apache
config_cgi        tests/http/test_cgi
config_condition  test_config_section asks for it by its directives
config_docs       the pages of the manual are compared with it by directives.sh
config_expires    tests/http/apache_cases.py
config_expr_word  the words of config_expr; test_config_expr, test_handler_expr
config_headers    tests/http/apache_cases.py
config_host       tests/http/apache_cases.py; test_config_apache refuses what is wrong
config_host_set   tests/http/apache_cases.py
config_htaccess   tests/http/apache_cases.py
config_index      tests/http/apache_cases.py; test_config_apache refuses what is wrong
config_merge      every test of sections
handler_status_stream  tests/process/test_status_process, tests/http/status_forms.sh
parent_lab        tests/process/lab.sh
load_run          tests/process/lab.sh
parent_chronicle  tests/process/explain.sh
config_listing    -D DUMP_CONFIG; test_config_dump reads with it
config_program    the words of a program; test_config_logs
config_reach      where links may lead; tests/http/test_paths
config_pid        -k stop; tests/process/test_running
config_record     what -C and -c said, for spawned workers; tests/process
config_rewrite    tests/http/apache_cases.py; test_config_apache refuses what is wrong
config_rewrite_flags the same
config_rewrite_map the same
config_small      the same
handler_action    tests/http/test_cgi
handler_alias     tests/http/apache_cases.py
handler_cgi       tests/http/test_cgi
handler_cgi_env   tests/http/test_cgi
handler_cgi_file  tests/http/test_cgi
handler_cgi_head  tests/http/test_cgi_said
handler_cgi_process tests/http/test_cgi_process
handler_cgi_said  tests/http/test_cgi_said
handler_directory test_handler_file asks for it by its paths
handler_rewrite_cookie tests/http/apache_cases.py
handler_rewrite_map the same
handler_lookup     the same
handler_expires   tests/http/apache_cases.py
config_version    <IfVersion>, one of the conditions; test_config_condition
handler_expr_function  the functions of handler_expr; test_handler_expr
handler_headers   tests/http/apache_cases.py
handler_index     tests/http/apache_cases.py
handler_index_page tests/http/apache_cases.py
handler_log       what is said of refusals; test_worker_log
handler_range     part of answering with a file; test_handler_file
handler_require   what handler_access finds out rule by rule; test_handler_access
handler_rewrite   tests/http/apache_cases.py
handler_rewrite_phase tests/http/apache_cases.py
handler_rewrite_trace tests/http/log_programs.py
handler_trace     test_handler_route asks for it by its method
handler_walk      test_handler_file asks for it by its paths
http_parse        http-parser behind http_request; test_http_meaning, test_http_request
keeper_hold       needs clients and workers; tests/process/test_keeper
keeper_main       birth of the keeper; tests/process/test_keeper
os_crash          the last words of a real worker; tests/process/test_watchdog
parent_bear       births of every role; tests/process
parent_control    needs a loop and clients; tests/process/test_control
parent_control_answer  needs a parent; tests/process/test_control
parent_control_status  needs real children; tests/process/test_control
parent_crowd      makes the table; tests/process/test_crowd
parent_cover      needs real children; tests/process/test_deaths, test_cover
parent_death      needs real children; tests/process
parent_dispatch   needs a loop and workers; tests/process/test_passing, tests/http in every model
parent_heir       needs a parent before it; tests/process/test_upgrade
parent_identity   its answer comes from the machine; every test of tests/http started by root
parent_keeper     needs real children; tests/process/test_keeper
parent_life       needs real children; tests/process
parent_loggers    needs programs and a server that is killed; tests/http/test_log
parent_logs       opens what the configuration names; every test of tests/http reads these files
parent_main       the loop itself; tests/http, tests/process
parent_notify     needs a service manager; tests/process/test_upgrade plays one
parent_sample     needs real children; tests/process/test_deaths, test_deaths_helpers
parent_room       needs a process with few descriptors; tests/process/test_descriptors
parent_shed       needs a saturated server; tests/process/test_shed
parent_signals    needs real signals; tests/process
parent_single     preforkd -X; tests/process
parent_spawn      needs real children; tests/http, tests/process
parent_starter    needs real children; tests/process/test_starter
parent_status     needs real children; tests/http compares the status page with what was asked
parent_stop       needs real children; tests/process
parent_upgrade    needs the program; tests/process/test_upgrade
parent_vigil      needs real children; tests/process/test_starter
parent_watchdog   needs real children; tests/process/test_watchdog
starter_main      needs workers; tests/process/test_starter
status_conn       needs a loop and clients; tests/process/test_status_process
status_main       birth of the status process; tests/process/test_status_process
status_stream     needs a loop and clients; tests/process/test_status_process
wire_confine      there is no way back; tests/process/test_sandbox tries to find one
wire_heritage     what spawned workers inherit; tests/process
wire_refusal      tests/process/test_shed, tests/process/test_crowd
worker_classic    a driver; tests/http runs in every process model
worker_crowd      test_wire_crowd; tests/process/test_crowd
worker_event      a driver; tests/http runs in every process model
worker_keep       needs a keeper; tests/process/test_keeper
worker_later      tests/http/test_cgi_flow
worker_log_field  the letters; test_worker_log
worker_log_time   times; test_worker_log
worker_main       birth and death of a worker; tests/http, tests/process
worker_patience   test_worker_conn; tests/http/test_timeouts
worker_respond    test_worker_conn
worker_waits      tests/http/test_cgi
'
for file in $(find src -mindepth 2 -name '*.c' ! -path 'src/examples/*' ! -path 'src/tools/*' \
	! -path 'src/mp/*' | LC_ALL=C sort); do
	folder=${file#src/}
	folder=${folder%/*}
	name=${file##*/}
	name=${name%.c}
	[ -e "tests/unit/$folder/test_$name.c" ] && continue
	grep -rqE --include='*.[ch]' -e "(^|[^A-Za-z0-9_])${name}(_[a-z_]+)?\(" tests/unit && continue
	echo "$elsewhere" | grep -q "^$name " && continue
	fault "$file:1: no unit test calls it; if none can, say so in documented.sh"
done

# The files of src/mp stand behind one face. What there is in it for tests alone counts as tried.
functions=$(awk '/^\/\*/ { commented = 1 } /\*\// { commented = 0 } !commented && /^[a-z].*\(/ {
	f = $0
	sub(/\(.*/, "", f)
	sub(/.*[ *]/, "", f)
	print f
}' src/mp/mp.h | LC_ALL=C sort -u)
[ "$(echo "$functions" | wc -l)" -ge 50 ] || fault "src/mp/mp.h:1: few functions found: has its form changed?"
for name in $functions; do
	[ "$name" = mp_pool_leave ] && name=mp_pool_scope # the macro that calls it
	grep -rqw --include='*.[ch]' -e "$name" tests/unit/mp src/examples ||
		fault "src/mp/mp.h:1: nobody tries $name"
done

# ---- the reader's way ----

for folder in src/*/; do
	folder=${folder%/}
	[ -n "$(find "$folder" -name '*.[ch]')" ] || continue
	grep -q -e "${folder#src/}/" src/README.md || fault "src/README.md:1: $folder is not named"
done
for role in worker parent status keeper starter load; do
	[ -e "src/$role/$role.h" ] || continue
	for file in src/"$role"/*.c; do
		name=${file##*/}
		grep -q -e "^ \*   ${name%.c} " "src/$role/$role.h" ||
			fault "src/$role/$role.h:1: does not say what ${name%.c} is for"
	done
done

[ "$faults" -eq 0 ]
