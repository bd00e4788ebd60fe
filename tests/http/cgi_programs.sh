#!/bin/sh
# cgi_programs - programs that people have: a Perl script with CGI.pm, gitweb, php-cgi
#
# Usage:  cgi_programs.sh
#         TEST_BUILD says where the server was built, PREFORKD which server is tried.
# Needs:  curl and one of the programs; exits with 77 without. What is missing is left out.
# Checks: forms and uploads with Perl, pages of gitweb, PHP by Action as Debian's documentation has
#         it, with PHP's own idea of the request; WordPress's stock .htaccess in front of it.
# Fails:  with 1 and what went wrong
#
# SPDX-License-Identifier: Apache-2.0
set -u

server=${PREFORKD:-${TEST_BUILD:-.}/src/preforkd}
command -v curl >/dev/null || { echo "cgi_programs.sh: no curl"; exit 77; }
[ -x "$server" ] || { echo "cgi_programs.sh: $server is not built" >&2; exit 2; }
perl=$(command -v perl) && perl -MCGI -e 1 2>/dev/null || perl=
php=$(command -v php-cgi) || php=
gitweb=
for place in /usr/lib/cgi-bin/gitweb.cgi /usr/share/gitweb/gitweb.cgi; do
	[ -z "$gitweb" ] && [ -x "$place" ] && [ -n "$perl" ] && command -v git > /dev/null && gitweb=$place
done
[ -n "$perl$php" ] || { echo "cgi_programs.sh: neither Perl with CGI.pm nor php-cgi"; exit 77; }

work=$(mktemp -d "${TMPDIR:-/tmp}/preforkd-programs-XXXXXX") || exit 2
pid=
stop() {
	[ -z "$pid" ] || { kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; }
	pid=
}
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
fail() {
	echo "cgi_programs.sh: $*"
	cat "$work/log" "$work/said" 2>/dev/null
	exit 1
}
chmod 755 "$work"
mkdir "$work/www" "$work/cgi-bin" "$work/repos" "$work/www/blog"

cat > "$work/cgi-bin/form.pl" <<'END'
#!/usr/bin/perl
use strict; use warnings; use CGI;
my $q = CGI->new;
print $q->header(-type => 'text/plain', -cookie => 'a=b') unless $q->param('upload');
if (my $file = $q->upload('upload')) {
	local $/; my $all = <$file>;
	print $q->header(-type => 'text/plain'), length($all), "\n";
} else {
	print join(',', map { "$_=" . $q->param($_) } sort $q->param), "\n";
	print $q->self_url, "\n";
}
END
[ "$perl" = /usr/bin/perl ] || sed -i "1s|.*|#!$perl|" "$work/cgi-bin/form.pl"
printf '#!/bin/sh\nexec %s "$@"\n' "$php" > "$work/cgi-bin/php"
chmod 755 "$work"/cgi-bin/*
cat > "$work/www/t.php" <<'END'
<?php
header('X-Php: yes'); setcookie('c', 'd');
if (isset($_GET['go'])) { header('Location: http://else.example/'); exit; }
if (isset($_GET['code'])) http_response_code(418);
echo $_SERVER['SCRIPT_NAME'] ?? '', '|', $_SERVER['PATH_INFO'] ?? '-', '|', $_SERVER['QUERY_STRING'], '|',
	basename($_SERVER['SCRIPT_FILENAME']), '|', basename(__FILE__), '|', $_POST['field'] ?? '-', "\n";
END
cat > "$work/www/blog/index.php" <<'END'
<?php echo 'blog ', $_SERVER['REQUEST_URI'], "\n";
END
echo style > "$work/www/blog/style.css"
cat > "$work/www/blog/.htaccess" <<'END'
# BEGIN WordPress
<IfModule mod_rewrite.c>
RewriteEngine On
RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]
RewriteBase /blog/
RewriteRule ^index\.php$ - [L]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteCond %{REQUEST_FILENAME} !-d
RewriteRule . /blog/index.php [L]
</IfModule>
# END WordPress
END
if [ -n "$gitweb" ]; then
	git init -q "$work/repos/p" && echo hello > "$work/repos/p/file" && git -C "$work/repos/p" add . &&
		git -C "$work/repos/p" -c user.name=T -c user.email=t@example.org commit -q -m "the first" ||
		fail "no repository"
	echo "\$projectroot = '$work/repos';" > "$work/gitweb.conf"
	[ "$(id -u)" -ne 0 ] || chown -R nobody "$work/repos"
fi
cat > "$work/conf" <<END
Listen 127.0.0.1:0
DocumentRoot $work/www
PidFile $work/pid
ErrorLog $work/log
DirectoryIndex index.html index.php
ScriptAlias /cgi-bin/ $work/cgi-bin/
AddHandler application/x-httpd-php .php
Action application/x-httpd-php /cgi-bin/php
SetEnv GITWEB_CONFIG $work/gitweb.conf
ScriptAlias /gitweb ${gitweb:-$work/cgi-bin/form.pl}
<Directory $work/www/blog>
AllowOverride All
</Directory>
END
[ "$(id -u)" -ne 0 ] || echo "User nobody" >> "$work/conf"
"$server" -d "$work" -f conf -D FOREGROUND > "$work/said" 2>&1 &
pid=$!
tries=0
until port=$(sed -n 's|.*http://localhost:\([0-9]*\)/.*|\1|p' "$work/said") && [ -n "$port" ]; do
	tries=$((tries + 1))
	[ "$tries" -lt 200 ] && kill -0 "$pid" 2>/dev/null || fail "the server does not start"
	sleep 0.1
done
base=http://127.0.0.1:$port

# expect WORDS CURL-ARGUMENTS: the answer, head and body, holds the words
expect() {
	words=$1
	shift
	curl --noproxy '*' -s -i -m 20 "$@" > "$work/answer" || fail "curl $*: $?"
	grep -qF -e "$words" "$work/answer" || { cat "$work/answer"; fail "no \"$words\" in what $* brings"; }
}

if [ -n "$perl" ]; then
	expect "a=1,b=x y" "$base/cgi-bin/form.pl?a=1&b=x%20y"
	expect "$base/cgi-bin/form.pl/info?a=1" "$base/cgi-bin/form.pl/info?a=1"
	expect "a=2,b=c&d" -d a=2 --data-urlencode 'b=c&d' "$base/cgi-bin/form.pl"
	expect "Set-Cookie: a=b" "$base/cgi-bin/form.pl"
	head -c 300000 /dev/urandom > "$work/upload"
	expect "300000" -F "upload=@$work/upload" "$base/cgi-bin/form.pl"
	expect "300000" -H "Transfer-Encoding: chunked" -F "upload=@$work/upload" "$base/cgi-bin/form.pl"
fi
if [ -n "$gitweb" ]; then
	expect "p/.git" "$base/gitweb"
	expect "the first" "$base/gitweb?p=p/.git;a=log"
	expect "hello" "$base/gitweb?p=p/.git;a=blob_plain;f=file"
	expect "404" "$base/gitweb?p=none.git"
fi
if [ -n "$php" ]; then
	expect "|-|q=1|t.php|t.php|-" "$base/t.php?q=1"
	expect "X-Php: yes" "$base/t.php"
	expect "Set-Cookie: c=d" "$base/t.php"
	expect "|/more||t.php|t.php|-" "$base/t.php/more"
	expect "|t.php|t.php|value" -d field=value "$base/t.php"
	expect "HTTP/1.1 302 Found" "$base/t.php?go"
	expect "HTTP/1.1 418 " "$base/t.php?code"
	expect "HTTP/1.1 404 " "$base/missing.php"
	expect "blog /blog/" "$base/blog/"
	expect "blog /blog/2026/11/a-post/?x=y" "$base/blog/2026/11/a-post/?x=y"
	expect "style" "$base/blog/style.css"
	# What is not run by PHP's own binary would be its source.
	expect "HTTP/1.1 200 OK" "$base/t.php"
	! grep -q '<?php' "$work/answer" || fail "the source of a script was sent"
fi
! grep -v ":notice\]" "$work/log" || fail "the error log is not empty"
