# apache_answers - more of what apache.py asks: what becomes of an answer on its way
#
# See apache_cases.py for what a case is.
#
# SPDX-License-Identifier: Apache-2.0


def program(head, tail="seq 1 500\n"):
    return "#!/bin/sh\nprintf '" + ''.join(line + '\\r\\n' for line in head + ['']) + "'\n" + tail, 0o755


GZIP = {'Accept-Encoding': 'gzip'}
CODED = {'Content-Encoding': 'gzip', 'Vary': 'accept-encoding'}
PLAIN = {'Content-Encoding': None, 'Vary': None}

CASES = [
    {
        'name': 'what is compressed, and its charset',
        'conf': '''
ScriptAlias "/cgi/" "@ROOT@/cgi/"
Options Indexes
AddOutputFilterByType DEFLATE text/html text/plain
AddDefaultCharset utf-8
<Location "/cgi/all">
    SetOutputFilter DEFLATE
</Location>
''',
        'files': {
            'cgi/plain': program(['Content-Type: text/plain']),
            'cgi/charset': program(['Content-Type: text/html; charset=iso-8859-1']),
            'cgi/tag': program(['Content-Type: text/plain', 'ETag: "abc"']),
            'cgi/weak': program(['Content-Type: text/plain', 'ETag: W/"abc"']),
            'cgi/coded': program(['Content-Type: text/plain', 'Content-Encoding: x-own']),
            'cgi/vary': program(['Content-Type: text/plain', 'Vary: Cookie']),
            'cgi/png': program(['Content-Type: image/png']),
            'cgi/missing': program(['Status: 404 No', 'Content-Type: text/plain']),
            'cgi/all': program(['Status: 404 No', 'Content-Type: text/plain']),
            'cgi/same': program(['Status: 304 No', 'Content-Type: text/plain'], ''),
            'cgi/part': program(['Status: 206 Part', 'Content-Range: bytes 0-1/2',
                                 'Content-Type: text/plain'], 'printf 12'),
            'cgi/none': program(['Content-Type: text/plain'], ''),
            'www/dir/a.txt': 'a\n',
        },
        'requests': [
            {'path': '/cgi/plain', 'fields': GZIP, 'status': 200, 'body': ['500'],
             'has': dict(CODED, **{'Content-Type': 'text/plain;charset=utf-8'})},
            {'path': '/cgi/plain', 'status': 200, 'body': ['500'],
             'has': {'Vary': 'accept-encoding', 'Content-Encoding': None}},
            {'path': '/cgi/plain', 'method': 'HEAD', 'fields': GZIP, 'status': 200, 'has': CODED},
            {'path': '/cgi/charset', 'fields': GZIP, 'status': 200,
             'has': dict(CODED, **{'Content-Type': 'text/html;charset=iso-8859-1'})},
            {'path': '/cgi/tag', 'fields': GZIP, 'status': 200, 'has': dict(CODED, ETag='"abc-gzip"')},
            {'path': '/cgi/tag', 'status': 200, 'has': {'ETag': '"abc"'}},
            {'path': '/cgi/weak', 'fields': GZIP, 'status': 200, 'has': dict(CODED, ETag='W/"abc-gzip"')},
            {'path': '/cgi/coded', 'fields': GZIP, 'status': 200,
             'has': {'Content-Encoding': 'x-own', 'Vary': None}},
            {'path': '/cgi/vary', 'fields': GZIP, 'status': 200,
             'has': {'Content-Encoding': 'gzip', 'Vary': 'accept-encoding,cookie'}},
            {'path': '/cgi/png', 'fields': GZIP, 'status': 200, 'has': dict(PLAIN, **{'Content-Type': 'image/png'})},
            {'path': '/cgi/missing', 'fields': GZIP, 'status': 404, 'page': True,
             'has': dict(PLAIN, **{'Content-Type': 'text/plain;charset=utf-8'})},
            {'path': '/cgi/all', 'fields': GZIP, 'status': 404, 'page': True, 'has': CODED},
            {'path': '/cgi/same', 'fields': GZIP, 'status': 304, 'has': PLAIN},
            {'path': '/cgi/part', 'fields': GZIP, 'status': 206, 'has': PLAIN},
            {'path': '/cgi/none', 'fields': GZIP, 'status': 200, 'body': [''], 'has': PLAIN},
            {'path': '/dir/', 'fields': GZIP, 'status': 200, 'body': ['a.txt'], 'has': CODED,
             'differs': ['body', 'content-type']},
            {'path': '/dir/', 'status': 200, 'has': {'Vary': 'accept-encoding', 'Content-Encoding': None},
             'differs': ['body', 'content-type']},
            {'path': '/nothing', 'fields': GZIP, 'status': 404, 'has': PLAIN},
        ],
    },
    {
        'name': 'redirects of rules that are not the last',
        'conf': """
RewriteEngine On
RewriteRule "^/once$" "/mm" [R=303]
RewriteRule "(.*)/mm$" "$1/nn" [R=301]
RewriteRule "^/other$" "http://o.example/k1" [R]
RewriteRule "^http://o.example/k1$" "http://p.example/k2" [L]
RewriteRule "^/refused$" "/ff" [R]
RewriteRule "/ff$" "-" [F]
RewriteRule "^/kept$" "/cc" [R]
RewriteRule "cc$" "-" [E=x:1]
RewriteRule "^/last$" "/cc2" [R,L]
RewriteRule "cc2$" "-" [F]
RewriteRule "^/percent$" "/x\%20y?a=\%20b" [R,L]
RewriteRule "^/away$" "http://o.example/x\%20y?a=\%20b" [R,L]
RewriteRule "^/verbatim$" "/x\%20y?a=\%20b" [R,NE,L]
RewriteRule "^/query$" "/x" [R,L]
RewriteRule "^/more$" "/x?a=1" [R,L,QSA]
RewriteRule "^/own$" "http://%{HTTP_HOST}/mine"
RewriteRule "/mine$" "-" [R,L]
RewriteRule "^/front$" "http://%{HTTP_HOST}"
<Directory "@ROOT@/www/in">
    RewriteEngine on
    RewriteBase "/in/"
    RewriteRule "^a$" "b" [R]
    RewriteRule "^b$" "c"
    RewriteRule "b$" "c" [R=301]
    RewriteRule "^root$" "@ROOT@/www"
</Directory>
""",
        'files': {'www/in/x': 'x\n'},
        'requests': [
            {'path': '/once', 'status': 301, 'has': {'Location': '/nn'}},
            {'path': '/other', 'status': 302, 'has': {'Location': 'http://p.example/k2'}},
            {'path': '/refused', 'status': 403},
            {'path': '/kept', 'status': 302, 'has': {'Location': '/cc'}},
            {'path': '/last', 'status': 302, 'has': {'Location': '/cc2'}},
            {'path': '/percent', 'status': 302, 'has': {'Location': '/x%2520y?a=%2520b'}},
            {'path': '/away', 'status': 302, 'has': {'Location': 'http://o.example/x%2520y?a=%2520b'}},
            {'path': '/verbatim', 'status': 302, 'has': {'Location': '/x%20y?a=%20b'}},
            {'path': '/query?b=%20c', 'status': 302, 'has': {'Location': '/x?b=%20c'}},
            {'path': '/more?b=%20c', 'status': 302, 'has': {'Location': '/x?a=1&b=%2520c'}},
            {'path': '/own', 'status': 302, 'has': {'Location': '/mine'}, 'not': ['/mine//']},
            # Apache knows its own URLs by the port, too, and finds nothing at a DocumentRoot.
            {'path': '/front', 'status': 200, 'body': ['front'], 'unlike': ['apache']},
            {'path': '/in/root', 'status': 200, 'body': ['front'], 'unlike': ['apache']},
            {'path': '/in/a', 'status': 301, 'has': {'Location': '/in/c'}},
        ],
    },
    {
        'name': 'directories without their slash',
        'conf': """
Options Indexes
<Directory "@ROOT@/www/off">
    DirectorySlash Off
</Directory>
<Directory "@ROOT@/www/closed">
    DirectorySlash Off
    Options None
</Directory>
""",
        'files': {'www/d/a': 'a\n', 'www/off/index.html': 'index\n', 'www/closed/a': 'a\n'},
        'requests': [
            {'path': '/d?x=1', 'method': 'POST', 'send': 'a=b', 'status': 301, 'has': {'Location': '/d/?x=1'}},
            {'path': '/d', 'method': 'PUT', 'send': 'a', 'status': 301, 'has': {'Location': '/d/'}},
            {'path': '/d', 'method': 'OPTIONS', 'status': 301, 'has': {'Location': '/d/'}},
            {'path': '/off', 'status': 200, 'body': ['Index of /off<', 'index.html'],
             'differs': ['body', 'content-type']},
            {'path': '/off/', 'status': 200, 'body': ['index\n']},
            {'path': '/closed', 'status': 403},
        ],
    },
    {
        'name': 'what a tag is made of',
        'conf': """
FileETag MTime
<Location "/size">
    FileETag Size
</Location>
<Location "/more">
    FileETag +Size
</Location>
<Location "/two">
    FileETag MTime Size
</Location>
<Location "/two/less">
    FileETag -MTime
</Location>
<Location "/none">
    FileETag None
</Location>
<Location "/none/again">
    FileETag +Size
</Location>
""",
        'files': {'www/' + name: 'x' * 20 for name in ('time', 'size', 'more', 'two/less', 'none/one', 'none/again')},
        'requests': [
            {'path': '/time', 'status': 200}, {'path': '/size', 'status': 200, 'has': {'ETag': '"14"'}},
            {'path': '/more', 'status': 200, 'has': {'ETag': '"14-'}},
            {'path': '/two/less', 'status': 200, 'has': {'ETag': '"14"'}},
            {'path': '/none/one', 'status': 200, 'has': {'ETag': None}},
            {'path': '/none/again', 'status': 200, 'has': {'ETag': '"14"'}},
        ],
    },
    {
        'name': 'how long redirects may be kept',
        'conf': """
ScriptAlias "/cgi/" "@ROOT@/cgi/"
ExpiresActive On
ExpiresDefault "access plus 1 day"
ExpiresByType text/html "access 2 days"
ExpiresByType text/plain "access"
Redirect "/away" "http://example.com/"
""",
        'files': {
            'www/dir/a.txt': 'a\n',
            'cgi/away': program(['Location: http://example.com/'], ''),
            'cgi/other': program(['Status: 301 Moved', 'Location: http://example.com/', 'Content-Type: image/png']),
            'cgi/missing': program(['Status: 404 No', 'Content-Type: text/html']),
        },
        'requests': [
            {'path': '/away', 'status': 302, 'has': {'Cache-Control': 'max-age=172800'}},
            {'path': '/dir', 'status': 301, 'has': {'Cache-Control': 'max-age=172800'}},
            {'path': '/cgi/away', 'status': 302, 'has': {'Cache-Control': 'max-age=172800'}},
            {'path': '/cgi/other', 'status': 301, 'has': {'Cache-Control': 'max-age=86400'}},
            {'path': '/dir/a.txt', 'status': 200, 'has': {'Cache-Control': 'max-age=0', 'expires-now': 'yes'}},
            {'path': '/nothing', 'status': 404, 'has': {'Cache-Control': None, 'Expires': None}},
            {'path': '/cgi/missing', 'status': 404, 'has': {'Cache-Control': None, 'Expires': None}},
        ],
    },
    {
        'name': 'what a program is told of the one before it',
        'conf': """
ScriptAlias "/cgi/" "@ROOT@/cgi/"
ErrorDocument 500 "/cgi/said"
RewriteEngine On
RewriteRule "^/short$" "/cgi/said" [PT]
<Directory "@ROOT@/www/in">
    RewriteEngine on
    RewriteRule "^a$" "/cgi/said"
</Directory>
""",
        'files': {
            'cgi/said': ("#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\n"
                         "env | grep -E '^(REDIRECT_)*(URL|STATUS|QUERY_STRING|SCRIPT_(NAME|UR.)|REQUEST_METHOD|"
                         "REQUEST_URI|HTTP_X_A|CONTENT_LENGTH)=' | sort\n", 0o755),
            'cgi/local': program(['Location: /cgi/said?b=2'], ''),
            'cgi/fails': ('#!/bin/sh\nexit 1\n', 0o755),
            'www/in/x': 'x\n',
        },
        'requests': [
            {'path': '/cgi/local?a=1', 'fields': {'X-A': 'a'}, 'status': 200,
             'body': ['REDIRECT_SCRIPT_NAME=/cgi/local\n', 'REDIRECT_HTTP_X_A=a\n', '\nSCRIPT_URL=/cgi/local\n',
                      'REDIRECT_REQUEST_METHOD=GET\n', '\nQUERY_STRING=b=2\n', 'REDIRECT_QUERY_STRING=a=1\n']},
            {'path': '/cgi/local', 'method': 'POST', 'send': 'abc', 'status': 200,
             'body': ['REDIRECT_CONTENT_LENGTH=3\n', 'REDIRECT_REQUEST_METHOD=POST\n', '\nREQUEST_METHOD=GET\n']},
            {'path': '/cgi/fails?a=1', 'status': 500, 'page': True,
             'body': ['REDIRECT_SCRIPT_NAME=/cgi/fails\n', 'REDIRECT_URL=/cgi/fails\n', 'REDIRECT_STATUS=500\n']},
            {'path': '/short?a=1', 'status': 200,
             'body': ['SCRIPT_URI=http://localhost/short\nSCRIPT_URL=/short\n']},
            {'path': '/in/a', 'host': 'localhost:81', 'status': 200,
             'body': ['\nREDIRECT_SCRIPT_URL=/in/a\n', '\nSCRIPT_URI=http://localhost:81/in/a\nSCRIPT_URL=/in/a\n']},
        ],
    },
    {
        'name': 'two tables of fields',
        'conf': """
ScriptAlias "/cgi/" "@ROOT@/cgi/"
Redirect "/away" "http://h.example/a"
Header always set X-One always
Header set X-One normal
Header always append X-Two a
Header append X-Two b
Header always unset X-Frame-Options
Header unset X-Kept
Header always edit X-Edited a b
Header edit X-Edited a c
Header always edit Location h.example i.example
Header always unset ETag
Header always set Content-Type text/x-typed "expr=%{REQUEST_URI} =~ m#typed#"
Header set Cache-Control no-cache
Header always edit Set-Cookie "$" "; Secure"
<Location "/tagged">
    Header always set ETag '"always"'
    Header always set Last-Modified "Sun, 06 Nov 1994 08:49:37 GMT"
</Location>
""",
        'files': {
            'www/typed': 'x\n',
            'cgi/fields': program(['Content-Type: text/plain', 'X-One: own', 'X-Two: own', 'X-Frame-Options: DENY',
                                   'X-Kept: kept', 'X-Edited: aaa', 'ETag: "e"', 'Cache-Control: private',
                                   'Set-Cookie: a=b', 'Set-Cookie: c=d']),
            'cgi/away': program(['Location: http://h.example/', 'X-Frame-Options: DENY'], ''),
        },
        'requests': [
            {'path': '/', 'status': 200, 'has': {'X-One': 'always, normal', 'X-Two': 'a, b', 'ETag': '"'}},
            {'path': '/nothing', 'status': 404, 'has': {'X-One': 'always', 'X-Two': 'a'}},
            {'path': '/cgi/fields', 'status': 200,
             'has': {'X-One': 'always, normal', 'X-Two': 'own, a, b', 'X-Frame-Options': None, 'X-Kept': 'kept',
                     'X-Edited': 'baa', 'ETag': '"e"', 'Cache-Control': 'private, no-cache',
                     'Set-Cookie': 'a=b; Secure, c=d; Secure'}},
            {'path': '/cgi/away', 'status': 302, 'has': {'X-Frame-Options': 'DENY', 'Location': 'h.example'}},
            {'path': '/away', 'status': 302, 'has': {'Location': 'h.example', 'X-One': 'always'}},
            {'path': '/typed', 'status': 200, 'has': {'Content-Type': 'text/x-typed'}},
            {'path': '/tagged', 'status': 404, 'has': {'ETag': '"always"', 'Last-Modified': 'Sun, 06 Nov 1994'}},
        ],
    },
    {
        'name': 'early fields of answers',
        'conf': """
ScriptAlias "/cgi/" "@ROOT@/cgi/"
Redirect "/away" "http://h.example/a"
Header set X-One early early
Header set X-One late "expr=%{REQUEST_URI} =~ m#late#"
Header always set X-Two early early
Header add X-One second early
""",
        'files': {'www/late': 'x\n', 'cgi/fields': program(['X-One: own', 'X-Two: own'], '')},
        'requests': [
            {'path': '/', 'status': 200, 'has': {'X-One': 'early, second', 'X-Two': 'early'}},
            {'path': '/late', 'status': 200, 'has': {'X-One': 'late'}},
            {'path': '/nothing', 'status': 404, 'has': {'X-One': None, 'X-Two': 'early'}},
            {'path': '/away', 'status': 302, 'has': {'X-One': None, 'X-Two': 'early'}},
            {'path': '/cgi/fields', 'status': 200, 'has': {'X-One': 'own, early, second', 'X-Two': 'early, own'}},
        ],
    },
]
