# apache_moves - more of what apache.py asks: what somebody who moves from Apache would stumble over
#
# See apache_cases.py for what a case is.
#
# SPDX-License-Identifier: Apache-2.0
def program(head):
    return "#!/bin/sh\nprintf '" + head + "\\r\\nContent-Type: text/plain\\r\\n\\r\\n'\n", 0o755


# What a program is told of itself, and what follows it.
TOLD = ("#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\n"
        "printf '%s|%s|%s\\n' \"$SCRIPT_NAME\" \"$PATH_INFO\" \"$REDIRECT_MARK\"\n", 0o755)

# Which of the variables a program was given.
VARIABLES = ("#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\n"
             "env | grep -E '^(REDIRECT_)*(ROOT|INDEX|DIR|FRONT|OLD|NEW|URL|STATUS)=' | sort\n", 0o755)

LOOK = '''
SetEnvIf Request_URI "^/$" ROOT=1
SetEnvIf Request_URI "index" INDEX=1
SetEnvIf Request_URI "^/d" DIR=1
SetEnvIf Request_URI "front" FRONT=1
SetEnvIf Request_URI "^/old" OLD=1
SetEnvIf Request_URI "^/new" NEW=1
'''

SITE = '''
DirectoryIndex index.cgi
FallbackResource /front.cgi
ErrorDocument 403 /front.cgi
RewriteEngine on
RewriteRule "^/old/(.*)" "/new/$1" [PT]
RewriteRule "^/forbidden" "-" [F]
<Directory "@ROOT@/www">
    Options +ExecCGI
    AddHandler cgi-script .cgi
    @IN@
</Directory>
@OUT@
'''

ASKED = {'': 200, 'd/': 200, 'd/missing': 200, 'missing': 200, 'forbidden': 403, 'old/x.cgi': 200, 'old/': 200,
         'old/missing': 200, 'index.cgi': 200}

CASES = [
    {
        'name': 'which requests SetEnvIf looks at, ' + where,
        'conf': SITE.replace('@IN@', LOOK if where == 'in a section' else '')
                    .replace('@OUT@', LOOK if where == 'in the host' else ''),
        'files': {'www/index.cgi': VARIABLES, 'www/front.cgi': VARIABLES, 'www/d/index.cgi': VARIABLES,
                  'www/new/x.cgi': VARIABLES, 'www/new/index.cgi': VARIABLES},
        'requests': [{'path': '/' + path, 'status': status, 'page': True} for path, status in ASKED.items()],
    } for where in ('in the host', 'in a section')
] + [
    {
        'name': 'what a program is told of two before it',
        'conf': """
ErrorDocument 404 /cgi/said
ErrorDocument 500 /cgi/said
ScriptAlias /cgi/ "@ROOT@/cgi/"
<Directory "@ROOT@/www/d">
    RewriteEngine On
    RewriteRule "^a$" "b?x=1" [E=MARK:a]
    RewriteRule "^b$" "/cgi/said?y=2" [E=MARK:b]
    RewriteRule "^c$" "nothing?z=3" [E=MARK:c]
    RewriteRule "^e$" "/cgi/fails?w=4" [E=MARK:e]
</Directory>
""",
        'files': {'www/d/x': 'x\n', 'cgi/fails': ('#!/bin/sh\nexit 1\n', 0o755),
                  'cgi/said': ("#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\n"
                               "env | grep -E '^(REDIRECT_)+(URL|STATUS|QUERY_STRING|MARK)=' | sort\n", 0o755)},
        'requests': [
            {'path': '/d/a', 'status': 200}, {'path': '/d/b', 'status': 200},
            {'path': '/d/c?z=0', 'status': 404, 'page': True}, {'path': '/d/e', 'status': 500, 'page': True},
            {'path': '/cgi/fails?x=1', 'status': 500, 'page': True}, {'path': '/none?x=1', 'status': 404, 'page': True},
        ],
    },
    {
        'name': 'redirects beside rules for all that is not there',
        'conf': """
<Directory "@ROOT@/www">
    AllowOverride All
    Options +FollowSymLinks
</Directory>
""",
        'files': {
            'www/.htaccess': """
RewriteEngine On
RewriteRule "^forbidden" - [F]
RewriteRule "^away" "/there" [R,L]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteRule "^q/(.*)" "/index.html?q=$1" [L,QSA]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteCond %{REQUEST_FILENAME} !-d
RewriteRule . /index.html [L]
Redirect 301 /old http://h.example/new
Redirect 301 /q/old http://h.example/q
Redirect 301 /forbidden http://h.example/
Redirect 301 /away http://h.example/
RedirectMatch 404 /\\.git
""",
            'www/.git/config': 'secret\n', 'www/a': 'a\n',
        },
        'requests': [
            {'path': '/page', 'status': 200, 'body': ['front']},
            {'path': '/old/a?b=c', 'status': 301, 'has': {'Location': 'http://h.example/new/a?b=c'}},
            {'path': '/q/old/a?b=c', 'status': 301, 'has': {'Location': 'http://h.example/q/a?q=old/a&b=c'}},
            {'path': '/q/a', 'status': 200, 'body': ['front']}, {'path': '/.git/config', 'status': 404},
            {'path': '/.git/nothing', 'status': 404}, {'path': '/forbidden', 'status': 403},
            {'path': '/away', 'status': 302, 'has': {'Location': '/there'}},
        ],
    },
    {
        'name': 'rules of a location',
        'conf': """
<Location "/loc">
    RewriteEngine on
    RewriteRule "/a$" "b" [R,L]
    RewriteRule "/b$" "/c" [R,L]
    RewriteRule "/d$" "/loc/x"
    RewriteRule "/e$" "x"
</Location>
<Location "/base">
    RewriteEngine on
    RewriteBase "/loc"
    RewriteRule "/a$" "b" [R]
    RewriteRule "/e$" "x"
</Location>
""",
        'files': {'www/loc/x': 'x\n', 'www/base/x': 'other\n'},
        'requests': [
            {'path': '/loc/a', 'status': 302, 'has': {'Location': '/loc/b'}},
            {'path': '/loc/b', 'status': 302, 'has': {'Location': '/c'}},
            {'path': '/loc/d', 'status': 200, 'body': ['x']}, {'path': '/loc/e', 'status': 200, 'body': ['x']},
            {'path': '/base/a', 'status': 302, 'has': {'Location': '/loc/b'}},
            {'path': '/base/e', 'status': 200, 'body': ['x']},
        ],
    },
    {
        'name': 'an index that only rules lead to',
        'conf': """
Alias "/al/index.html" "@ROOT@/other/real.html"
Redirect "/moved/index.html" "http://h.example/x"
ScriptAlias "/cgi/index.cgi" "@ROOT@/cgi/own.cgi"
RewriteEngine On
RewriteRule "^/rule/index\\.html$" "/other.html"
RewriteRule "^/gone/index\\.html$" "-" [G]
RewriteRule "^/only/index\\.(html|cgi)$" "-" [G]
RewriteRule "^/away/index\\.html$" "http://h.example/" [R]
<Directory "@ROOT@">
    Require all granted
    Options +Indexes
    DirectoryIndex index.html index.cgi
</Directory>
<Location "/made/index.html">
    SetHandler server-status
</Location>
<Directory "@ROOT@/www/far">
    DirectoryIndex /nothing /other.html
</Directory>
<Directory "@ROOT@/www/none">
    DirectoryIndex /nothing
</Directory>
""",
        'files': {'www/al/x': 'x', 'www/rule/x': 'x', 'www/other.html': 'other\n', 'other/real.html': 'real\n',
                  'www/gone/index.cgi': 'second\n', 'www/only/x': 'x', 'www/away/x': 'x', 'www/moved/x': 'x',
                  'www/cgi/x': 'x', 'cgi/own.cgi': program('X-One: own'), 'www/made/x': 'x', 'www/far/x': 'x',
                  'www/none/x': 'x'},
        'requests': [
            {'path': '/al/', 'status': 200, 'body': ['real']}, {'path': '/rule/', 'status': 200, 'body': ['other']},
            {'path': '/gone/', 'status': 200, 'body': ['second']}, {'path': '/only/', 'status': 410},
            {'path': '/moved/', 'status': 302, 'has': {'Location': 'http://h.example/x'}},
            {'path': '/cgi/', 'status': 200, 'has': {'X-One': 'own'}},
            {'path': '/far/', 'status': 200, 'body': ['other']},
        ] + [
            {'path': path, 'status': 200, 'body': ['Index of'], 'differs': ['body', 'content-type']}
            for path in ('/away/', '/made/', '/none/')
        ],
    },
    {
        'name': 'what follows a file, for one rule after the other',
        'conf': """
<Directory "@ROOT@/www">
    Options +ExecCGI
    AddHandler cgi-script .cgi
    RewriteEngine On
</Directory>
<Directory "@ROOT@/www/d">
    RewriteRule "^old$" "a.cgi" [E=MARK:old]
    RewriteRule "^f(.*)" "g$1"
    RewriteRule "^g$" "a.cgi" [E=MARK:bare]
    RewriteRule "^g/(.*)" "a.cgi/G/$1" [E=MARK:g]
    RewriteRule "^h/" "i"
    RewriteRule "^i/(.*)" "a.cgi" [E=MARK:i-$1]
</Directory>
<Directory "@ROOT@/www/e">
    RewriteRule "^f/(.*)" "g" [DPI]
    RewriteRule "^g$" "a.cgi" [E=MARK:bare]
    RewriteRule "^h/(.*)" "i"
    RewriteRule "^i$" "a.cgi" [E=MARK:bare]
    RewriteRule "^i/(.*)" "a.cgi/I/$1" [E=MARK:i]
</Directory>
<Directory "@ROOT@/www/s">
    RewriteRule "^dir(.*)" "-" [E=MARK:$1]
    RewriteRule "^dir" "a.cgi"
    RewriteRule "^a.cgi/z" "a.cgi/kept" [DPI]
    RewriteRule "^a.cgi/kept/z" "-" [F]
</Directory>
""",
        'files': {'www/d/a.cgi': TOLD, 'www/e/a.cgi': TOLD, 'www/s/a.cgi': TOLD, 'www/s/dir/x': 'x\n'},
        'requests': [
            {'path': '/d/old', 'status': 200, 'body': ['/d/a.cgi||old']},
            {'path': '/d/f', 'status': 200, 'body': ['/d/a.cgi||bare']},
            {'path': '/d/f/1/2', 'status': 200, 'body': ['/d/a.cgi|/G/1/2/1/2|g']},
            {'path': '/d/h/1/2', 'status': 200, 'body': ['/d/a.cgi||i-1/2']},
            {'path': '/e/f/1/2', 'status': 200, 'body': ['/e/a.cgi||bare']},
            {'path': '/e/h/1/2', 'status': 200, 'body': ['/e/a.cgi|/I/1/2|i']},
            {'path': '/s/dir/y/z', 'status': 200, 'body': ['/s/a.cgi|/kept|/y/z']},
        ],
    },
    {
        'name': 'the name of the file, from rule to rule',
        'conf': """
<Directory "@ROOT@/www/d">
    RewriteEngine On
    RewriteRule "^(a.*)$" "public/$1"
    RewriteCond "%{REQUEST_FILENAME}" !-f
    RewriteRule "^public/" "/front?%{REQUEST_FILENAME}" [R,L]
</Directory>
RewriteEngine On
RewriteRule "^/h(.*)$" "/d/public/$1"
RewriteCond "%{REQUEST_FILENAME}" "^/d/public/x(.*)"
RewriteRule "^/d/public/(.*)$" "/front?%{REQUEST_FILENAME}" [R,L]
Alias "/al" "@ROOT@/other"
<Directory "@ROOT@/other">
    RewriteEngine On
    RewriteRule "^(.*)$" "/front?%{CONTEXT_PREFIX},%{CONTEXT_DOCUMENT_ROOT},%{DOCUMENT_ROOT}" [R,L]
</Directory>
""",
        'files': {'www/d/public/a': 'public\n', 'other/a': 'a\n'},
        'requests': [
            {'path': '/d/a', 'status': 200, 'body': ['public']},
            {'path': '/d/a2', 'status': 302, 'has': {'Location': '/front?ROOT/www/d/public/a2'}},
            {'path': '/ha', 'status': 200, 'body': ['public']},
            {'path': '/hx/y', 'status': 302, 'has': {'Location': '/front?/d/public/x/y'}},
            {'path': '/al/a', 'status': 302, 'has': {'Location': '/front?/al,ROOT/other,ROOT/www'}},
        ],
    },
    {
        'name': 'the words of a status',
        'conf': 'ScriptAlias "/cgi/" "@ROOT@/cgi/"\n',
        'files': {
            'cgi/own': program('Status: 404 Nothing here'),
            'cgi/well': program('Status: 200 All is well'),
            'cgi/new': program('Status: 299 Odd one'),
            'cgi/none': program('Status: 404'),
            'cgi/away': program('Status: 302 Look there\\r\\nLocation: http://h.example/'),
            'cgi/same': program('Status: 304 Same'),
            'cgi/letter': program('Status: 418 caf\\303\\251'),
        },
        'requests': [
            {'path': '/cgi/own', 'status': 404, 'reason': 'Nothing here'},
            {'path': '/cgi/well', 'status': 200, 'reason': 'All is well'},
            {'path': '/cgi/new', 'status': 299, 'reason': 'Odd one'},
            {'path': '/cgi/none', 'status': 404, 'reason': 'Not Found'},
            {'path': '/cgi/away', 'status': 302, 'reason': 'Look there'},
            {'path': '/cgi/same', 'status': 304, 'reason': 'Same'},
            {'path': '/cgi/letter', 'status': 418, 'reason': '', 'unlike': ['apache']},
        ],
    },
    {
        'name': 'the type of what OPTIONS is asked of',
        'conf': """
AddDefaultCharset utf-8
ScriptAlias "/cgi/" "@ROOT@/cgi/"
<Location "/status">
    SetHandler server-status
</Location>
<Directory "@ROOT@/www/list">
    Options Indexes
</Directory>
<Directory "@ROOT@/www/closed">
    Options None
</Directory>
""",
        'files': {'www/a.txt': 'a\n', 'www/a.png': 'a', 'www/odd': 'a', 'www/list/x': 'x', 'www/closed/x': 'x',
                  'www/d/index.html': 'index\n', 'cgi/own': program('X-One: own')},
        'requests': [
            {'path': path, 'method': 'OPTIONS', 'status': 200, 'has': {'Content-Type': of}}
            for path, of in (('/a.txt', 'text/plain;charset=utf-8'), ('/a.png', 'image/png'), ('/odd', None),
                             ('/list/', 'httpd/unix-directory'), ('/closed/', 'httpd/unix-directory'),
                             ('/d/', 'text/html;charset=utf-8'), ('/cgi/own', 'text/plain;charset=utf-8'),
                             ('/status', None), ('/missing', None))
        ],
    },
    {
        'name': 'a fallback where there are no indexes',
        'conf': """
<Directory "@ROOT@/www">
    Options -Indexes
    DirectoryIndex disabled
    FallbackResource /front.html
</Directory>
<Directory "@ROOT@/www/on">
    DirectoryIndex index.html
</Directory>
<Directory "@ROOT@/www/list">
    Options +Indexes
</Directory>
""",
        'files': {'www/front.html': 'front\n', 'www/d/x': 'x\n', 'www/on/x': 'x\n', 'www/list/x': 'x\n'},
        'requests': [
            {'path': '/', 'status': 403}, {'path': '/d/', 'status': 403}, {'path': '/d', 'status': 301},
            {'path': '/d/y', 'status': 200, 'body': ['front']}, {'path': '/on/', 'status': 200, 'body': ['front']},
            {'path': '/list/', 'status': 200, 'body': ['Index of'], 'differs': ['body', 'content-type']},
            {'path': '/list/y', 'status': 200, 'body': ['front']},
        ],
    },
    {
        'name': 'places with a name too many',
        'conf': """
DocumentRoot "@ROOT@//x/../www/"
Alias "/al" "@ROOT@/x/..//www/sub"
<Directory "@ROOT@/www/./sub//">
    Header append X-One clean
</Directory>
<Directory "@ROOT@//w*/../www/*/">
    Header append X-One pattern
</Directory>
<Directory "@ROOT@/www">
    Header append X-Two root
</Directory>
<Directory "www">
    Header append X-Two relative
</Directory>
<Directory "*">
    Header append X-Two star
</Directory>
<Location "">
    Header append X-Two nothing
</Location>
<Location "/sub//a">
    Header append X-Two slashes
</Location>
<Location "//sub">
    Header append X-Two slashes
</Location>
<Location "/sub//">
    Header append X-Two slashes
</Location>
<Location "sub">
    Header append X-Two name
</Location>
<Location "http://localhost/sub">
    Header append X-Two URL
</Location>
""",
        'files': {'www/sub/a': 'a\n', 'x/x': 'x\n'},
        'requests': [
            {'path': path, 'status': 200, 'has': {'X-One': 'clean, pattern', 'X-Two': 'root, nothing'}}
            for path in ('/sub/a', '/sub//a', '//sub/a', '/al/a')
        ],
    },
    {
        'name': 'names a host may have',
        'conf': '',
        'requests': [
            {'path': '/', 'host': name, 'status': 200, 'body': ['front']}
            for name in ('a_b', 'a-1.b', 'a.', '.a', 'A', '-a', '[::1]:80')
        ] + [
            {'path': '/', 'host': name, 'status': 400}
            for name in ('a,b', 'a..b', 'a%20b', 'a%41', 'a~b', 'a;b', "a'b", 'a*b', 'a(b)', '..', 'a b', 'a/b', 'a@b')
        ],
    },
]
