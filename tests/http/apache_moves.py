# apache_moves - more of what apache.py asks: what somebody who moves from Apache would stumble over
#
# See apache_cases.py for what a case is.
#
# SPDX-License-Identifier: Apache-2.0
def program(head):
    return "#!/bin/sh\nprintf '" + head + "\\r\\nContent-Type: text/plain\\r\\n\\r\\n'\n", 0o755


CASES = [
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
