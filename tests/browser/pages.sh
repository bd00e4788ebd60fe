#!/bin/sh
# pages - the welcome page, the manual and the lessons in a browser, with what they let a reader do
#
# Usage:  pages.sh; see browser.sh. BROWSER_LONG=1: with every page of the manual
# Checks: see pages.mjs
# Fails:  with 1 and what is wrong; with 77 where the browser is missing
#
# SPDX-License-Identifier: Apache-2.0
set -u

. "${TEST_SOURCE:-.}/tests/browser/browser.sh"
browser_begin
# A copy: the user a worker runs as may have no way to the tree.
cp -R "$source/www" "$work/www"
[ ! -f "$build/www/manual/search-index.json" ] || cp "$build/www/manual/search-index.json" "$work/www/manual/"
cp "$source/conf/mime.types" "$work/types"
rm -rf "$work/www/manual/learn/measured"
chmod -R a+rX "$work/www"
cat >"$work/conf" <<-END
	Listen 127.0.0.1:0
	StatusListen 127.0.0.1:0
	LabControls On
	DocumentRoot www
	DirectoryIndex index.html
	TypesConfig types
	PidFile pid
	ErrorLog log
	LogLevel notice
	StartServers 3
	<Location "/server-status">
	SetHandler server-status
	</Location>
END
browser_serve
browser_run pages.mjs
