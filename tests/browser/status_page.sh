#!/bin/sh
# status_page - the live status page and its lab, in a browser
#
# Usage:  status_page.sh; see browser.sh
# Checks: see status_page.mjs
# Fails:  with 1 and what is wrong; with 77 where the browser is missing
#
# SPDX-License-Identifier: Apache-2.0
set -u

. "${TEST_SOURCE:-.}/tests/browser/browser.sh"
browser_begin
echo hello >"$work/index.html"
echo 'text/html html' >"$work/types"
mkdir "$work/cgi"
printf '#!/bin/sh\nwhile [ ! -e ../go ]; do sleep 0.1; done\nprintf "Content-Type: text/plain\\n\\nhello\\n"\n' >"$work/cgi/wait"
chmod 755 "$work/cgi" "$work/cgi/wait"
cat >"$work/conf" <<-END
	Listen 127.0.0.1:0
	StatusListen 127.0.0.1:0
	LabControls On
	DocumentRoot .
	TypesConfig types
	PidFile pid
	ErrorLog log
	LogLevel notice
	StartServers 3
	MaxRequestWorkers 16
	ScriptAlias /cgi/ cgi/
	<Location "/server-status">
	SetHandler server-status
	</Location>
END
browser_serve
browser_run status_page.mjs
