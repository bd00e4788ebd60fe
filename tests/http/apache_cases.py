# apache_cases - what apache.py asks: configurations, and the answers they have to give
#
# Each case has a name, a configuration (@ROOT@ is its directory, @PORT@, @PORT2@ its ports), files, and
# requests. Of a request: path, status, and perhaps reason (the words of the status), method, host, port,
# fields, send (a body); has (fields and a part of their value, None: not there), body and not (what it holds
# and what not); differs (fields, or "body", in which Apache may be another), unlike (whose answer is another,
# and why).
#
# SPDX-License-Identifier: Apache-2.0

# user "frank", password "sesame"
CRYPTED = 'frank:$apr1$abcdefgh$GQVaHFsauSKl0cgw4bVFJ/\n'
SHA = 'ann:{SHA}CEo1Ae3vaEXy8eQZjsOiuBz1xrw=\n'
FRANK = {'Authorization': 'Basic ZnJhbms6c2VzYW1l'}
ANN = {'Authorization': 'Basic YW5uOnNlc2FtZQ=='}
WRONG = {'Authorization': 'Basic ZnJhbms6b3Blbg=='}

SCRIPT = '''#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
printf '%s %s %s %s\\n' "$REQUEST_METHOD" "$SCRIPT_NAME" "$PATH_INFO" "$QUERY_STRING"
'''

CLIENT = '''#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
printf '%s %s\\n' "${REMOTE_HOST-none}" "$REMOTE_ADDR"
cat
'''

PATHS = '''#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
printf '%s|%s|%s\\n' "$REQUEST_URI" "$QUERY_STRING" "$REDIRECT_STATUS"
'''

# What the two ship, but for comments, and with index.cgi in place of index.php.
DRUPAL = '''
<FilesMatch "\\.(engine|inc|install|make|module|profile|po|sh|.*sql|theme|twig|tpl(\\.php)?|xtmpl|yml)(~|\\.sw[op]|\\.bak|\\.orig|\\.save)?$|^(\\.(?!well-known).*|Entries.*|Repository|Root|Tag|Template|composer\\.(json|lock)|web\\.config|yarn\\.lock|package\\.json)$|^#.*#$|\\.php(~|\\.sw[op]|\\.bak|\\.orig|\\.save)$">
  <IfModule mod_authz_core.c>
    Require all denied
  </IfModule>
  <IfModule !mod_authz_core.c>
    Order allow,deny
  </IfModule>
</FilesMatch>
Options -Indexes
DirectoryIndex index.cgi index.php index.html index.htm
AddType image/svg+xml svg svgz
AddEncoding gzip svgz
<IfModule mod_php.c>
  php_value assert.active 0
</IfModule>
<IfModule mod_expires.c>
  ExpiresActive On
  ExpiresDefault A1209600
  <FilesMatch \\.(php|cgi)$>
    ExpiresActive Off
  </FilesMatch>
</IfModule>
<IfModule mod_fcgid.c>
  <FilesMatch "^(index)\\.php$">
    SetHandler none
  </FilesMatch>
</IfModule>
<IfModule mod_rewrite.c>
  RewriteEngine on
  RewriteRule ^ - [E=protossl]
  RewriteCond %{HTTPS} on
  RewriteRule ^ - [E=protossl:s]
  RewriteRule "/\\.|^\\.(?!well-known/)" - [F]
  RewriteCond %{REQUEST_URI} ^(.*)?/(install\\.php) [OR]
  RewriteCond %{REQUEST_URI} ^(.*)?/(rebuild\\.php)
  RewriteCond %{REQUEST_URI} !core
  RewriteRule ^ %1/core/%2 [L,QSA,R=301]
  RewriteRule ^core/install\\.php$ core/install.php?rewrite=ok [QSA,L]
  RewriteCond %{REQUEST_FILENAME} !-f
  RewriteCond %{REQUEST_FILENAME} !-d
  RewriteCond %{REQUEST_URI} !=/drupal/favicon.ico
  RewriteRule ^ index.cgi [L]
  RewriteCond %{REQUEST_URI} !/core/[^/]*\\.php$
  RewriteCond %{REQUEST_URI} !/core/modules/system/tests/https?\\.php
  RewriteRule "^(.+/.*|autoload)\\.php($|/)" - [F]
  <IfModule mod_headers.c>
    RewriteCond %{HTTP:Accept-encoding} gzip
    RewriteCond %{REQUEST_FILENAME}\\.gz -s
    RewriteRule ^(.*css_[a-zA-Z0-9-_]+)\\.css$ $1\\.css\\.gz [QSA]
    RewriteRule \\.css\\.gz$ - [T=text/css,E=no-gzip:1,E=no-brotli:1]
    <FilesMatch "(\\.js\\.gz|\\.css\\.gz)$">
      Header set Content-Encoding gzip
      Header append Vary Accept-Encoding
    </FilesMatch>
  </IfModule>
</IfModule>
<IfModule mod_headers.c>
  Header always set X-Content-Type-Options nosniff
  RequestHeader unset Proxy
</IfModule>
'''

LARAVEL = '''
<IfModule mod_rewrite.c>
    <IfModule mod_negotiation.c>
        Options -MultiViews -Indexes
    </IfModule>
    RewriteEngine On
    RewriteCond %{HTTP:Authorization} .
    RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]
    RewriteCond %{HTTP:x-xsrf-token} .
    RewriteRule .* - [E=HTTP_X_XSRF_TOKEN:%{HTTP:X-XSRF-Token}]
    RewriteCond %{REQUEST_FILENAME} !-d
    RewriteCond %{REQUEST_URI} (.+)/$
    RewriteRule ^ %1 [L,R=301]
    RewriteCond %{REQUEST_FILENAME} !-d
    RewriteCond %{REQUEST_FILENAME} !-f
    RewriteRule ^ index.cgi [L]
</IfModule>
'''

CASES = [
    {
        'name': 'virtual hosts by name',
        'conf': '''
<VirtualHost *:@PORT@>
    ServerName www.example.com
    ServerAlias example.com *.example.com
    DocumentRoot "@ROOT@/one"
</VirtualHost>
<VirtualHost *:@PORT@>
    ServerName other.example.org
    DocumentRoot "@ROOT@/two"
    <Location "/closed">
        Require all denied
    </Location>
</VirtualHost>
''',
        'files': {'one/index.html': 'one\n', 'two/index.html': 'two\n', 'two/closed': 'no\n'},
        'requests': [
            {'path': '/', 'host': 'www.example.com', 'status': 200, 'body': ['one']},
            {'path': '/', 'host': 'EXAMPLE.com', 'status': 200, 'body': ['one']},
            {'path': '/', 'host': 'a.b.example.com:@PORT@', 'status': 200, 'body': ['one']},
            {'path': '/', 'host': 'other.example.org', 'status': 200, 'body': ['two']},
            {'path': '/', 'host': 'nobody.example.net', 'status': 200, 'body': ['one']},
            {'path': '/closed', 'host': 'other.example.org', 'status': 403},
            {'path': '/closed', 'host': 'example.com', 'status': 404},
        ],
    },
    {
        'name': 'virtual hosts by port',
        'ports': 2,
        'conf': '''
<VirtualHost *:@PORT1@>
    DocumentRoot "@ROOT@/one"
</VirtualHost>
<VirtualHost 127.0.0.1:@PORT2@>
    DocumentRoot "@ROOT@/two"
    DirectoryIndex start.html
</VirtualHost>
''',
        'files': {'one/index.html': 'one\n', 'two/start.html': 'two\n'},
        'requests': [
            {'path': '/', 'status': 200, 'body': ['one']},
            {'path': '/', 'port': 2, 'status': 200, 'body': ['two']},
            {'path': '/start.html', 'status': 404},
        ],
    },
    {
        'name': 'aliases',
        'conf': '''
Alias "/image" "@ROOT@/pictures"
Alias "/slash/" "@ROOT@/pictures/"
AliasMatch "^/icons(/|$)(.*)" "@ROOT@/icons$1$2"
<Directory "@ROOT@/pictures">
    Require all granted
</Directory>
<Location "/here">
    Alias "@ROOT@/pictures/a.gif"
</Location>
<Location "/kept">
    Alias "@ROOT@/pictures"
    AliasPreservePath On
</Location>
''',
        'files': {'pictures/a.gif': 'GIF\n', 'icons/b.png': 'PNG\n', 'www/imagery.txt': 'words\n'},
        'requests': [
            {'path': '/image/a.gif', 'status': 200, 'body': ['GIF']},
            {'path': '/slash/a.gif', 'status': 200, 'body': ['GIF']},
            {'path': '/slash', 'status': 404},
            {'path': '/imagery.txt', 'status': 200, 'body': ['words']},
            {'path': '/icons/b.png', 'status': 200, 'body': ['PNG']},
            {'path': '/image', 'status': 301, 'has': {'Location': '/image/'}},
            {'path': '/image/../imagery.txt', 'status': 200},
            {'path': '/here', 'status': 200, 'body': ['GIF']},
            {'path': '/here/x', 'status': 200, 'body': ['GIF']},
            {'path': '/kept/a.gif', 'status': 200, 'body': ['GIF']},
        ],
    },
    {
        'name': 'redirects',
        'conf': '''
Redirect "/service" "http://foo2.example.com/service"
Redirect permanent "/one" "http://example.com/two"
Redirect 303 "/three" "http://example.com/other"
Redirect gone "/gone"
RedirectPermanent "/perm" "http://example.com/p"
RedirectTemp "/temp" "http://example.com/t"
RedirectMatch "(.*)\\.jpeg$" "http://other.example.com$1.jpg"
RedirectMatch permanent "^/old/(.*)$" "/new/$1"
Redirect 404 "/hidden"
<Location "/whole">
    Redirect permanent "http://example.org/all"
</Location>
<Location "/left">
    Redirect gone
</Location>
<LocationMatch "^/never[0-9]">
    Redirect 404
</LocationMatch>
<Directory "@ROOT@/www/away">
    Redirect 410
</Directory>
<Directory "@ROOT@/www/moved">
    Redirect "http://example.org/moved"
</Directory>
<Files "old.txt">
    Redirect gone
</Files>
''',
        'files': {'www/away/x.txt': 'x\n', 'www/moved/x.txt': 'x\n', 'www/old.txt': 'old\n', 'www/never1': 'never\n',
                  'www/left': 'left\n'},
        'requests': [
            {'path': '/service/foo.txt', 'status': 302,
             'has': {'Location': 'http://foo2.example.com/service/foo.txt'}},
            {'path': '/services', 'status': 404},
            {'path': '/one', 'status': 301, 'has': {'Location': 'http://example.com/two'}},
            {'path': '/one/a%20b?q=1', 'status': 301, 'has': {'Location': 'http://example.com/two/a%20b?q=1'}},
            {'path': '/three', 'status': 303, 'has': {'Location': 'http://example.com/other'}},
            {'path': '/gone', 'status': 410},
            {'path': '/perm/x', 'status': 301, 'has': {'Location': 'http://example.com/p/x'}},
            {'path': '/temp', 'status': 302, 'has': {'Location': 'http://example.com/t'}},
            {'path': '/pic/a.jpeg', 'status': 302, 'has': {'Location': 'http://other.example.com/pic/a.jpg'}},
            {'path': '/old/x/y', 'status': 301, 'has': {'Location': '/new/x/y'}},
            {'path': '/hidden/x', 'status': 404},
            {'path': '/whole/x', 'status': 301, 'has': {'Location': 'http://example.org/all'}},
            {'path': '/left', 'status': 410},
            {'path': '/left/x', 'status': 410},
            {'path': '/never1', 'status': 404},
            {'path': '/away/x.txt', 'status': 410},
            {'path': '/away/none', 'status': 410},
            {'path': '/moved/x.txt', 'status': 302, 'has': {'Location': 'http://example.org/moved'}},
            {'path': '/old.txt', 'status': 410},
        ],
    },
    {
        'name': 'authentication',
        'conf': '''
<Directory "@ROOT@/www/private">
    AuthType Basic
    AuthName "Restricted Files"
    AuthBasicProvider file
    AuthUserFile "@ROOT@/passwords"
    Require user frank
</Directory>
<Directory "@ROOT@/www/group">
    AuthType Basic
    AuthName "By Invitation Only"
    AuthUserFile "@ROOT@/passwords"
    AuthGroupFile "@ROOT@/groups"
    Require group friends
</Directory>
<Directory "@ROOT@/www/any">
    AuthType Basic
    AuthName any
    AuthUserFile "@ROOT@/passwords"
    <RequireAny>
        Require valid-user
        Require ip 10.0.0.0/8
    </RequireAny>
</Directory>
''',
        'files': {'passwords': CRYPTED + SHA, 'groups': 'friends: ann paul\n', 'www/private/x.txt': 'secret\n',
                  'www/group/x.txt': 'grouped\n', 'www/any/x.txt': 'any\n'},
        'requests': [
            {'path': '/private/x.txt', 'status': 401, 'has': {'WWW-Authenticate': 'Basic realm="Restricted Files"'}},
            {'path': '/private/x.txt', 'status': 200, 'fields': FRANK, 'body': ['secret']},
            {'path': '/private/x.txt', 'status': 401, 'fields': WRONG},
            {'path': '/private/x.txt', 'status': 401, 'fields': ANN},
            {'path': '/group/x.txt', 'status': 200, 'fields': ANN, 'body': ['grouped']},
            {'path': '/group/x.txt', 'status': 401, 'fields': FRANK},
            {'path': '/any/x.txt', 'status': 200, 'fields': FRANK},
            {'path': '/any/x.txt', 'status': 401},
            {'path': '/private/none', 'status': 401},
        ],
    },
    {
        'name': 'access',
        'conf': '''
<Directory "@ROOT@/www">
    Require all denied
</Directory>
<Directory "@ROOT@/www/open">
    Require all granted
</Directory>
<Directory "@ROOT@/www/local">
    Require local
</Directory>
<Directory "@ROOT@/www/ip">
    Require ip 127.0.0
</Directory>
<Directory "@ROOT@/www/not">
    <RequireAll>
        Require all granted
        Require not ip 127.0.0.1
    </RequireAll>
</Directory>
<Directory "@ROOT@/www/env">
    SetEnvIf User-Agent ^KnockKnock/2\\.0 let_me_in
    Require env let_me_in
</Directory>
<Directory "@ROOT@/www/old">
    Require all granted
    Order Deny,Allow
    Deny from all
    Allow from 127.0.0.1
</Directory>
<Directory "@ROOT@/www/read">
    Require method GET POST OPTIONS
</Directory>
<Files ".ht*">
    Require all denied
</Files>
<FilesMatch "\\.(bak|old)$">
    Require all denied
</FilesMatch>
''',
        'files': {f'www/{d}/x.txt': d + '\n' for d in
                  ['open', 'local', 'ip', 'not', 'env', 'old', 'read']} | {'www/open/.htpasswd': 'x\n',
                                                                         'www/open/a.bak': 'x\n'},
        'requests': [
            {'path': '/', 'status': 403},
            {'path': '/nothing', 'status': 403},
            {'path': '/open/x.txt', 'status': 200},
            {'path': '/local/x.txt', 'status': 200},
            {'path': '/ip/x.txt', 'status': 200},
            {'path': '/not/x.txt', 'status': 403},
            {'path': '/env/x.txt', 'status': 403},
            {'path': '/env/x.txt', 'status': 200, 'fields': {'User-Agent': 'KnockKnock/2.0'}},
            {'path': '/env/x.txt', 'status': 403},
            {'path': '/old/x.txt', 'status': 200},
            {'path': '/read/x.txt', 'status': 200},
            {'path': '/read/x.txt', 'method': 'HEAD', 'status': 200},
            {'path': '/read/x.txt', 'method': 'DELETE', 'status': 403},
            {'path': '/open/.htpasswd', 'status': 403},
            {'path': '/open/a.bak', 'status': 403},
        ],
    },
    {
        'name': 'a blog with pretty addresses',
        'conf': '''
<Directory "@ROOT@/www">
    AllowOverride All
    Require all granted
    Options +ExecCGI
    AddHandler cgi-script .cgi
    DirectoryIndex index.cgi
</Directory>
''',
        'files': {
            'www/.htaccess': '''
# BEGIN WordPress
<IfModule mod_rewrite.c>
RewriteEngine On
RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]
RewriteBase /
RewriteRule ^index\\.cgi$ - [L]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteCond %{REQUEST_FILENAME} !-d
RewriteRule . /index.cgi [L]
</IfModule>
# END WordPress
''',
            'www/index.cgi': ('''#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
printf '%s|%s|%s\\n' "$REQUEST_URI" "$QUERY_STRING" "$REDIRECT_STATUS"
''', 0o755),
            'www/style.css': 'css\n', 'www/wp-content/x.txt': 'x\n'},
        'requests': [
            {'path': '/2026/11/hello-world/', 'status': 200, 'body': ['/2026/11/hello-world/||200']},
            {'path': '/?p=5', 'status': 200, 'body': ['/?p=5|p=5']},
            {'path': '/feed?x=%20y', 'status': 200, 'body': ['/feed?x=%20y|x=%20y|200']},
            # a variable that is set from a field is no reason for Vary
            {'path': '/style.css', 'status': 200, 'body': ['css'], 'has': {'Vary': None}},
            {'path': '/wp-content/x.txt', 'status': 200, 'body': ['x'], 'has': {'Vary': None}},
            {'path': '/index.cgi', 'status': 200, 'body': ['/index.cgi|']},
        ],
    },
    {
        'name': 'rewriting in a host',
        'conf': '''
RewriteEngine On
RewriteRule "^/foo/(.*)" "/bar/$1"
RewriteRule "^/ext/(.*)" "http://www.example.com/$1" [R=permanent,L]
RewriteRule "^/last" "http://www.example.com/a?b?c=d" [R,L,QSL]
RewriteRule "^/first" "http://www.example.com/a?b?c=d" [R,L]
RewriteCond "%{HTTP_HOST}" "^canonical\\.example" [NC]
RewriteRule "^/?(.*)" "http://www.example.org/$1" [L,R,NE]
RewriteCond "%{REQUEST_URI}" "^/secret" [OR]
RewriteCond "%{QUERY_STRING}" "(^|&)key=1"
RewriteRule "." "-" [F]
RewriteRule "^/gone" "-" [G]
RewriteRule "^/q/(.*)$" "/bar/a.txt?item=$1" [QSA]
RewriteRule "^/skip" "-" [S=1]
RewriteRule "^/(skip|noskip)" "/bar/a.txt"
RewriteRule "^/chain" "-" [C]
RewriteRule "never" "/bar/a.txt"
RewriteCond "%{HTTP_COOKIE}" "lang=(de|fr)"
RewriteRule "^/lang$" "/bar/%1.txt"
''',
        'files': {'www/bar/a.txt': 'bar a\n', 'www/bar/de.txt': 'deutsch\n'},
        'requests': [
            {'path': '/foo/a.txt', 'status': 200, 'body': ['bar a']},
            # Apache writes %3f, which is the same (RFC 3986 6.2.2.1), and a ? of the query so, too
            {'path': '/last', 'status': 302, 'differs': ['location'],
             'has': {'Location': 'http://www.example.com/a%3'}},
            {'path': '/first', 'status': 302, 'differs': ['location'],
             'has': {'Location': 'http://www.example.com/a?b'}},
            {'path': '/ext/a?b=c', 'status': 301, 'has': {'Location': 'http://www.example.com/a?b=c'}},
            {'path': '/x/y', 'host': 'canonical.example', 'status': 302,
             'has': {'Location': 'http://www.example.org/x/y'}},
            {'path': '/secret/x', 'status': 403},
            {'path': '/bar/a.txt?key=1', 'status': 403},
            {'path': '/bar/a.txt?key=2', 'status': 200},
            {'path': '/gone', 'status': 410},
            {'path': '/q/7', 'status': 200, 'body': ['bar a']},
            {'path': '/skip', 'status': 404},
            {'path': '/noskip', 'status': 200, 'body': ['bar a']},
            {'path': '/chain', 'status': 404},
            {'path': '/lang', 'status': 200, 'fields': {'Cookie': 'a=b; lang=de'}, 'body': ['deutsch']},
            {'path': '/lang', 'status': 404},
        ],
    },
    {
        'name': 'what rules bring into a query',
        'conf': '''
ScriptAlias "/cgi-bin/" "@ROOT@/cgi-bin/"
<Directory "@ROOT@/cgi-bin">
    Require all granted
</Directory>
SetEnvIfExpr "%{QUERY_STRING} =~ /v=(\\d+)/" VERSION=$1
Header set X-One "%{VERSION}e" env=VERSION
RewriteEngine On
RewriteCond "%{HTTP_X_FORWARDED_PROTO}" "=https"
RewriteRule "^/unknown" "-" [F]
RewriteRule "^/none/(.*)" "/cgi-bin/p?$1" [PT]
RewriteRule "^/b/(.*)" "/cgi-bin/p?$1" [PT,B]
RewriteRule "^/bnp/(.*)" "/cgi-bin/p?$1" [PT,B,BNP]
RewriteRule "^/some/(.*)" "/cgi-bin/p?$1" [PT,B=#&]
RewriteRule "^/but/(.*)" "/cgi-bin/p?$1" [PT,B,BNE=&]
RewriteRule "^/ctls/(.*)" "/cgi-bin/p?$1" [PT,BCTLS]
RewriteRule "^/away/(.*)" "http://example.com/?q=$1" [R,L]
RewriteRule "^/mail" "mailto:me@example.com" [R,L]
<Directory "@ROOT@/www/app">
    RewriteEngine On
    RewriteRule "^sub$" "front.txt" [L]
    RewriteRule "^other$" "http://example.com/" [R,L]
    RewriteRule "^missing$" "front.txt" [L]
</Directory>
''',
        'files': {'cgi-bin/p': (PATHS, 0o755), 'www/unknown': 'x\n', 'www/app/front.txt': 'front\n',
                  'www/app/sub/x': 'x\n', 'www/app/other/x': 'x\n'},
        'requests': [
            {'path': '/unknown?v=12', 'status': 200, 'has': {'X-One': '12'}},
            {'path': '/none/a&b', 'status': 200, 'body': ['|a&b|']},
            {'path': '/none/a%20b', 'status': 403},
            {'path': '/none/a%0ab', 'status': 403},
            {'path': '/b/a%20b&c', 'status': 200, 'body': ['|a+b%26c|']},
            {'path': '/bnp/a%20b&c', 'status': 200, 'body': ['|a%20b%26c|']},
            {'path': '/some/a%23b%26c+', 'status': 200, 'body': ['|a%23b%26c+|']},
            {'path': '/some/a%20b', 'status': 403},
            {'path': '/but/a%2bb%26c', 'status': 200, 'body': ['|a%2bb&c|']},
            {'path': '/ctls/a%20b%26c', 'status': 200, 'body': ['b&c|']},
            {'path': '/away/a%20b', 'status': 302, 'has': {'Location': 'http://example.com/?q=a%20b'}},
            {'path': '/mail', 'status': 302, 'has': {'Location': 'mailto:me@example.com'}},
            # a directory gets its slash before a rule makes something else of it
            {'path': '/app/sub?a=b', 'status': 301, 'has': {'Location': '/app/sub/?a=b'}},
            {'path': '/app/other', 'status': 302, 'has': {'Location': 'http://example.com/'}},
            {'path': '/app/missing', 'status': 200, 'body': ['front']},
        ],
    },
    {
        'name': 'a ? that a client brings into a path',
        'conf': '''
RewriteEngine On
RewriteRule ^/plain/(.*)$ /x/$1 [R]
RewriteRule ^/raw/(.*)$ /x/$1 [R,NE]
RewriteRule ^/own/(.*)$ /x?y/$1?q=1 [R,QSL]
RewriteRule ^/query/(.*)$ /x?$1 [R,NE]
RewriteRule ^/mended/(.*)$ /x?$1 [R]
RewriteRule ^/inside/(.*)$ /a.txt$1 [L]
RewriteRule ^/coded/(.*)$ /x/$1 [R,B]
RewriteRule ^/allowed/(.*)$ /x/$1 [R,NE,UnsafeAllow3F]
RewriteRule ^/within/(.*)$ /a.txt$1 [L,UnsafeAllow3F]
RewriteCond %{REQUEST_URI} ^/group/(.*)
RewriteRule ^/group/ /x/%1 [R,NE]
RewriteRule ^/variable/ /x/%{QUERY_STRING} [R]
''',
        'files': {'www/a.txt': 'A\n'},
        'requests': [
            {'path': '/plain/a%3fb', 'status': 403},
            {'path': '/plain/a%20b', 'status': 302, 'has': {'Location': '/x/a%20b'}},
            {'path': '/raw/a%3fb', 'status': 403},
            {'path': '/own/a%3fb', 'status': 302, 'has': {'Location': 'b?q=1'}, 'differs': ['location']},
            {'path': '/query/a%3fb', 'status': 302, 'has': {'Location': '/x?a?b'}},
            {'path': '/query/a%20b', 'status': 403},
            {'path': '/query/a%0ab', 'status': 403},
            {'path': '/mended/a%20b', 'status': 302, 'has': {'Location': '/x?a%20b'}},
            {'path': '/inside/%3fb', 'status': 403},
            {'path': '/coded/a%3fb', 'status': 302, 'has': {'Location': '/x/a%253fb'}},
            {'path': '/allowed/a%3fb', 'status': 302, 'has': {'Location': '/x/a?b'}},
            {'path': '/within/%3fb', 'status': 200, 'body': ['A']},
            {'path': '/group/a%3fb', 'status': 403},
            {'path': '/variable/?a', 'status': 302, 'has': {'Location': '/x/a?a'}},
            {'path': '/variable/?a?b', 'status': 403},
        ],
    },
    {
        'name': 'what the host is called',
        'conf': '''
UseCanonicalName On
ScriptAlias /cgi/ @ROOT@/cgi/
<Directory @ROOT@/cgi>
    Require all granted
</Directory>
<Directory @ROOT@/cgi/off>
    UseCanonicalName Off
</Directory>
<VirtualHost *:@PORT@>
    ServerName www.example.com:81
    ServerSignature On
    RewriteEngine On
    RewriteRule ^/to http://%{SERVER_NAME}:%{SERVER_PORT}/ [R]
</VirtualHost>
<VirtualHost *:@PORT@>
    ServerName off.example.com:82
    ServerAlias also.example.com
    UseCanonicalName Off
</VirtualHost>
''',
        'files': {f'cgi/{d}x': ('#!/bin/sh\nprintf "Content-Type: text/plain\\r\\n\\r\\n"\n'
                               'echo "$SERVER_NAME:$SERVER_PORT"\n', 0o755) for d in ['', 'off/']},
        'requests': [
            {'path': '/cgi/x', 'host': 'evil.example', 'status': 200, 'body': ['www.example.com:81']},
            {'path': '/cgi/x', 'host': 'evil.example:99', 'status': 200, 'body': ['www.example.com:81']},
            {'path': '/cgi/off/x', 'host': 'evil.example:99', 'status': 200, 'body': ['evil.example:99']},
            {'path': '/cgi/x', 'host': 'also.example.com:99', 'status': 200, 'body': ['also.example.com:99']},
            {'path': '/to', 'host': 'evil.example:99', 'status': 302,
             'has': {'Location': 'http://www.example.com:81/'}},
            {'path': '/none', 'host': 'evil.example', 'status': 404, 'body': ['www.example.com'],
             'not': ['evil.example']},
        ],
    },
    {
        'name': 'PT is L, and Vary says what decided',
        'conf': '''
Alias /al @ROOT@/files
<Directory @ROOT@/files>
    Require all granted
</Directory>
RewriteEngine On
RewriteRule ^/pt/(.*)$ /al/$1 [PT]
RewriteRule ^/al/ /a.txt [R]
RewriteRule ^/dash - [PT]
RewriteRule ^/dash /a.txt [R]
RewriteRule ^/passed/(.*) /$1 [E=SEEN:%{HTTP:X-A}]
RewriteRule ^/told /%{HTTP:X-A}x [R,L]
RewriteCond %{HTTP_USER_AGENT} Knock
RewriteRule ^/agent /a.txt
RewriteCond %{HTTP_USER_AGENT} Knock [OR]
RewriteCond %{HTTP:X-B} b
RewriteRule ^/either /a.txt
RewriteCond %{HTTP_USER_AGENT} Knock
RewriteCond %{HTTP:X-B} b
RewriteRule ^/both /a.txt
RewriteCond %{HTTP_USER_AGENT} Knock [NV]
RewriteRule ^/hidden /a.txt
RewriteCond expr "%{HTTP:X-B} == 'b'"
RewriteRule ^/expression /a.txt
''',
        'files': {'files/b.txt': 'B\n', 'www/a.txt': 'A\n', 'www/dash': 'D\n', 'www/agent': 'agent\n',
                  'www/both': 'both\n'},
        'requests': [
            {'path': '/pt/b.txt', 'status': 200, 'body': ['B']},
            {'path': '/dash', 'status': 200, 'body': ['D']},
            {'path': '/passed/a.txt', 'status': 200, 'fields': {'X-A': 'a'}, 'has': {'Vary': None}},
            {'path': '/told', 'status': 302, 'fields': {'X-A': 'a'}, 'has': {'Vary': None, 'Location': '/ax'}},
            {'path': '/agent', 'status': 200, 'body': ['agent'], 'has': {'Vary': None}},
            {'path': '/agent', 'status': 200, 'body': ['A'], 'fields': {'User-Agent': 'Knock'},
             'has': {'Vary': 'user-agent'}},
            {'path': '/either', 'status': 200, 'fields': {'X-B': 'b'}, 'has': {'Vary': 'x-b'}},
            {'path': '/either', 'status': 200, 'fields': {'User-Agent': 'Knock'}, 'has': {'Vary': 'user-agent'}},
            {'path': '/both', 'status': 200, 'body': ['both'], 'fields': {'User-Agent': 'Knock'},
             'has': {'Vary': None}},
            {'path': '/both', 'status': 200, 'body': ['A'], 'fields': {'User-Agent': 'Knock', 'X-B': 'b'},
             'has': {'Vary': 'user-agent,x-b'}},
            {'path': '/hidden', 'status': 200, 'fields': {'User-Agent': 'Knock'}, 'has': {'Vary': None}},
            {'path': '/expression', 'status': 200, 'fields': {'X-B': 'b'}, 'has': {'Vary': 'x-b'}},
        ],
    },
    {
        'name': 'whose rules a host has',
        'conf': '''
RewriteEngine On
RewriteRule "^/main" "/main.txt" [L]
<VirtualHost *:@PORT@>
    ServerName silent
</VirtualHost>
<VirtualHost *:@PORT@>
    ServerName own
    RewriteRule "^/own" "/own.txt" [L]
</VirtualHost>
<VirtualHost *:@PORT@>
    ServerName heir
    RewriteOptions Inherit
    RewriteRule "^/own" "/own.txt" [L]
</VirtualHost>
<Directory "@ROOT@/www/idle">
    RewriteEngine Off
    RewriteRule "^x$" "../own.txt"
</Directory>
<Directory "@ROOT@/www/busy">
    RewriteRule "^x$" "../own.txt"
</Directory>
<Directory "@ROOT@/www/apart">
    RewriteOptions Inherit
    RewriteRule "^x$" "main"
</Directory>
<Location "/api">
    Header always set X-One preflight
    RewriteEngine On
    RewriteCond "%{REQUEST_METHOD}" "=OPTIONS"
    RewriteRule ".*" "-" [R=204,L]
</Location>
''',
        'files': {'www/main.txt': 'main\n', 'www/own.txt': 'own\n', 'www/idle/x': 'x\n', 'www/busy/x': 'x\n', 'www/apart/main': 'x\n', 'www/api': 'api\n'},
        'requests': [
            {'path': '/main', 'host': 'silent', 'status': 404},
            {'path': '/main', 'host': 'own', 'status': 404},
            {'path': '/own', 'host': 'own', 'status': 200, 'body': ['own']},
            {'path': '/main', 'host': 'heir', 'status': 200, 'body': ['main']},
            {'path': '/own', 'host': 'heir', 'status': 200, 'body': ['own']},
            {'path': '/idle/x', 'status': 200, 'body': ['x'], 'differs': ['content-type']},
            {'path': '/busy/x', 'status': 200, 'body': ['own']},
            {'path': '/apart/x', 'status': 200, 'body': ['x'], 'differs': ['content-type']},
            {'path': '/api', 'method': 'OPTIONS', 'status': 204, 'has': {'X-One': 'preflight'}},
            {'path': '/api', 'status': 200, 'body': ['api']},
        ],
    },
    {
        'name': 'rules that all hosts have',
        'conf': '''
RewriteEngine On
RewriteOptions InheritDown
RewriteRule "^/main" "/main.txt" [L]
<VirtualHost *:@PORT@>
    ServerName heir
    RewriteRule "^/own" "/own.txt" [L]
</VirtualHost>
<VirtualHost *:@PORT@>
    ServerName own
    RewriteOptions IgnoreInherit
</VirtualHost>
''',
        'files': {'www/main.txt': 'main\n', 'www/own.txt': 'own\n'},
        'requests': [
            {'path': '/main', 'host': 'heir', 'status': 200, 'body': ['main']},
            {'path': '/own', 'host': 'heir', 'status': 200, 'body': ['own']},
            {'path': '/main', 'host': 'own', 'status': 404},
        ],
    },
    {
        'name': 'early fields of requests',
        'conf': '''
RequestHeader unset Proxy early
RequestHeader set X-Late yes
SetEnvIf Proxy . proxied
RewriteEngine On
RewriteCond "%{HTTP:Proxy}" "."
RewriteRule "^" "-" [F]
<Location "/late">
    Require expr "%{HTTP:X-Late} == 'yes'"
</Location>
ScriptAlias "/cgi-bin/" "@ROOT@/cgi-bin/"
<Directory "@ROOT@/cgi-bin">
    Require all granted
</Directory>
''',
        'files': {'www/late': 'late\n', 'www/a.txt': 'a\n', 'cgi-bin/p': (
            '#!/bin/sh\nprintf "Content-Type: text/plain\\n\\n%s.%s\\n" "$HTTP_PROXY" "$HTTP_X_LATE"\n', 0o755)},
        'requests': [
            {'path': '/a.txt', 'status': 200, 'body': ['a']},
            {'path': '/a.txt', 'fields': {'Proxy': 'http://evil.example/'}, 'status': 200, 'body': ['a']},
            {'path': '/a.txt', 'status': 200, 'body': ['a']},
            {'path': '/late', 'status': 403},
            {'path': '/cgi-bin/p', 'fields': {'Proxy': 'http://evil.example/'}, 'status': 200, 'body': ['.yes'],
             'differs': ['vary']},
        ],
    },
    {
        'name': 'single directives and options for .htaccess',
        'conf': '''
<Directory "@ROOT@/www">
    AllowOverride None
    AllowOverrideList Redirect DirectoryIndex
    Options None
</Directory>
<Directory "@ROOT@/www/some">
    AllowOverride FileInfo Options=Indexes,MultiViews
</Directory>
<Directory "@ROOT@/www/none">
    AllowOverrideList None
</Directory>
''',
        'files': {'www/listed/.htaccess': 'Redirect /listed/a.txt http://example.com/b\n', 'www/listed/b.txt': 'b\n',
                  'www/index/.htaccess': 'DirectoryIndex b.txt\n', 'www/index/b.txt': 'b\n',
                  'www/other/.htaccess': 'ForceType text/css\n', 'www/other/b.txt': 'b\n',
                  'www/some/a/.htaccess': 'Options +Indexes\nForceType text/css\n', 'www/some/a/b.txt': 'b\n',
                  'www/some/b/.htaccess': 'Options +ExecCGI\n', 'www/some/b/b.txt': 'b\n',
                  'www/some/c/.htaccess': 'Options All\n', 'www/some/c/b.txt': 'b\n',
                  'www/some/d/.htaccess': 'Options None\nDirectoryIndex b.txt\n', 'www/some/d/b.txt': 'b\n',
                  'www/none/.htaccess': 'Nonsense\n', 'www/none/b.txt': 'b\n'},
        'requests': [
            {'path': '/listed/a.txt', 'status': 302, 'has': {'Location': 'http://example.com/b'}},
            {'path': '/listed/b.txt', 'status': 200, 'body': ['b']},
            {'path': '/index/', 'status': 200, 'body': ['b']},
            {'path': '/other/b.txt', 'status': 500},
            {'path': '/some/a/b.txt', 'status': 200, 'has': {'Content-Type': 'text/css'}},
            {'path': '/some/b/b.txt', 'status': 500},
            {'path': '/some/c/b.txt', 'status': 500},
            {'path': '/some/d/', 'status': 200, 'body': ['b']},
            {'path': '/none/b.txt', 'status': 200, 'body': ['b']},
        ],
    },
    {
        'name': 'what a client might have',
        'conf': '''
RewriteEngine On
RewriteCond "/bar%{REQUEST_URI}" -U
RewriteRule "^/u/(.*)$" "/bar/a.txt" [L]
RewriteCond "@ROOT@/www/bar%{REQUEST_URI}" -F
RewriteRule "^/f/(.*)$" "/bar/a.txt" [L]
RewriteRule "^/(u|f)/" "/bar/b.txt" [L]
<Location "/ask/open">
    Require expr -U '/bar/a.txt'
</Location>
<Location "/ask/shut">
    Require expr -A '/bar/u/shut/x'
</Location>
<Location "/ask/file">
    Require expr -F '@ROOT@/www/bar/a.txt'
</Location>
<Location "/ask/nofile">
    Require expr -F '@ROOT@/www/bar/none.txt'
</Location>
<Location "/bar/u/shut">
    Require all denied
</Location>
<Directory "@ROOT@/www/bar/f/shut">
    Require all denied
</Directory>
''',
        'files': {'www/bar/a.txt': 'a\n', 'www/bar/b.txt': 'b\n', 'www/bar/u/x.txt': 'x\n', 'www/bar/f/x.txt': 'x\n',
                  'www/bar/f/shut/x.txt': 'x\n', 'www/ask/open': 'open\n', 'www/ask/shut': 'shut\n',
                  'www/ask/file': 'file\n', 'www/ask/nofile': 'file\n'},
        'requests': [
            {'path': '/u/x.txt', 'status': 200, 'body': ['a']},
            {'path': '/u/shut/x.txt', 'status': 200, 'body': ['b']},
            {'path': '/f/x.txt', 'status': 200, 'body': ['a']},
            {'path': '/f/none.txt', 'status': 200, 'body': ['b']},
            {'path': '/f/shut/x.txt', 'status': 200, 'body': ['b']},
            {'path': '/ask/open', 'status': 200},
            {'path': '/ask/shut', 'status': 403},
            {'path': '/ask/file', 'status': 200},
            {'path': '/ask/nofile', 'status': 403},
        ],
    },
    {
        'name': 'maps and cookies',
        'conf': '''
RewriteEngine On
RewriteMap lower int:tolower
RewriteMap upper int:toupper
RewriteMap unescape int:unescape
RewriteMap escape int:escape
RewriteMap pages txt:@ROOT@/pages.txt
RewriteMap servers rnd:@ROOT@/servers.txt
RewriteRule "^/lower/(.*)$" "/bar/${lower:$1}" [L]
RewriteRule "^/upper/(.*)$" "http://example.com/${upper:$1}" [R,L]
RewriteRule "^/item/(.*)$" "/bar/${pages:$1|a}.txt" [L]
RewriteRule "^/deep/(.*)$" "/bar/${pages:${lower:$1}|${upper:none}}.txt" [L]
RewriteCond "${pages:%{HTTP_HOST}|NONE}" "!NONE"
RewriteRule "^/host$" "/bar/${pages:%{HTTP_HOST}}.txt" [L]
RewriteRule "^/any$" "http://${servers:static|nobody}.example.com/" [R,L]
RewriteRule "^/esc/(.*)$" "http://example.com/${escape:$1}" [R,NE,L]
RewriteRule "^/cookie$" "-" [CO=seen:yes:.example.com:1440:/shop:secure:httponly:lax,L]
RewriteRule "^/semicolon/(.*)$" "/bar/a.txt" [CO=;who;a:$1;.example.com,L]
<VirtualHost *:@PORT@>
    ServerName localhost
    DocumentRoot "@ROOT@/www"
    RewriteEngine On
    RewriteOptions Inherit
</VirtualHost>
''',
        'files': {'www/bar/a.txt': 'bar a\n', 'www/bar/b.txt': 'bar b\n', 'www/bar/NONE.txt': 'none\n',
                  'www/cookie': 'cookie\n',
                  'pages.txt': '# pages\n7 b and more\nseven   b\nempty\n\n mapped.example\tb\nmapped.example b\n',
                  'servers.txt': 'static one|one|one\n'},
        'requests': [
            {'path': '/lower/A.TXT', 'status': 200, 'body': ['bar a']},
            {'path': '/upper/a-b', 'status': 302, 'has': {'Location': 'http://example.com/A-B'}},
            {'path': '/item/7', 'status': 200, 'body': ['bar b']},
            {'path': '/item/8', 'status': 200, 'body': ['bar a']},
            {'path': '/deep/SEVEN', 'status': 200, 'body': ['bar b']},
            {'path': '/deep/Eight', 'status': 200, 'body': ['none']},
            {'path': '/host', 'host': 'mapped.example', 'status': 200, 'body': ['bar b']},
            {'path': '/host', 'host': 'other.example', 'status': 404},
            {'path': '/any', 'status': 302, 'has': {'Location': 'http://one.example.com/'}},
            {'path': '/esc/a%20b', 'status': 302, 'has': {'Location': 'http://example.com/a%20b'}},
            {'path': '/cookie', 'status': 200, 'has': {'Set-Cookie': 'seen=yes; path=/shop; domain=.example.com; expires='}},
            {'path': '/cookie', 'status': 200, 'has': {'Set-Cookie': '; secure; HttpOnly; SameSite=lax'}},
            {'path': '/semicolon/x', 'status': 200, 'has': {'Set-Cookie': 'who=a:x; path=/; domain=.example.com'},
             'body': ['bar a']},
        ],
    },
    {
        'name': 'stock rules of Drupal and Laravel',
        'conf': '''
<Directory "@ROOT@/www">
    AllowOverride All
    Require all granted
    Options +ExecCGI +FollowSymLinks
    AddHandler cgi-script .cgi
</Directory>
''',
        'files': {
            'www/drupal/.htaccess': DRUPAL, 'www/laravel/.htaccess': LARAVEL,
            'www/drupal/index.cgi': (PATHS, 0o755), 'www/laravel/index.cgi': (PATHS, 0o755),
            'www/drupal/core/install.cgi': (PATHS, 0o755), 'www/drupal/composer.json': '{}\n',
            'www/drupal/core/x.module': 'module\n', 'www/drupal/sites/a.css': 'css\n',
            'www/drupal/.git/config': 'secret\n', 'www/drupal/robots.txt': 'robots\n',
            'www/laravel/app.css': 'css\n', 'www/laravel/folder/x.txt': 'x\n'},
        'requests': [
            {'path': '/drupal/node/1', 'status': 200, 'body': ['/drupal/node/1||200']},
            {'path': '/drupal/node/1?page=2', 'status': 200, 'body': ['|page=2|']},
            {'path': '/drupal/', 'status': 200, 'body': ['/drupal/|'], 'differs': ['body']},
            {'path': '/drupal/sites/a.css', 'status': 200, 'body': ['css']},
            {'path': '/drupal/robots.txt', 'status': 200, 'body': ['robots']},
            {'path': '/drupal/composer.json', 'status': 403},
            {'path': '/drupal/core/x.module', 'status': 403},
            {'path': '/drupal/.git/config', 'status': 403},
            {'path': '/drupal/favicon.ico', 'status': 404},
            {'path': '/laravel/users/5', 'status': 200, 'body': ['/laravel/users/5||200']},
            {'path': '/laravel/users/', 'status': 301, 'has': {'Location': '/laravel/users'}},
            {'path': '/laravel/folder/', 'status': 403},
            {'path': '/laravel/app.css', 'status': 200, 'body': ['css']},
            {'path': '/laravel/folder/x.txt', 'status': 200, 'body': ['x']},
        ],
    },
    {
        'name': 'programs',
        'conf': '''
ScriptAlias "/cgi-bin/" "@ROOT@/cgi-bin/"
<Directory "@ROOT@/cgi-bin">
    Require all granted
</Directory>
<Directory "@ROOT@/www/run">
    Options +ExecCGI
    AddHandler cgi-script .sh
</Directory>
<Directory "@ROOT@/www/norun">
    AddHandler cgi-script .sh
</Directory>
''',
        'files': {'cgi-bin/env': (SCRIPT, 0o755), 'cgi-bin/host': (
            '#!/bin/sh\nprintf "Content-Type: text/plain\\n\\n$HTTP_HOST\\n"\n', 0o755), 'cgi-bin/bare': ('#!/bin/sh\n', 0o755),
                  'cgi-bin/moved': ('#!/bin/sh\nprintf "Location: http://example.com/\\n\\n"\n', 0o755),
                  'cgi-bin/inside': ('#!/bin/sh\nprintf "Location: /plain.txt\\n\\n"\n', 0o755),
                  'cgi-bin/status': ('#!/bin/sh\nprintf "Status: 418 Teapot\\nContent-Type: text/plain\\n\\nhot"\n',
                                     0o755),
                  'www/plain.txt': 'plain\n',
                  'www/run/a.sh': (SCRIPT, 0o755), 'www/norun/a.sh': (SCRIPT, 0o755)},
        'requests': [
            {'path': '/cgi-bin/env', 'status': 200, 'body': ['GET /cgi-bin/env']},
            {'path': '/cgi-bin/env/more/path?a=b', 'status': 200, 'body': ['GET /cgi-bin/env /more/path a=b']},
            {'path': '/cgi-bin/env', 'method': 'POST', 'send': 'x=y', 'status': 200, 'body': ['POST /cgi-bin/env']},
            {'path': '/cgi-bin/host', 'host': 'a.example', 'status': 200, 'body': ['a.example\n']},
            {'path': 'http://b.example:81/cgi-bin/host', 'host': 'a.example', 'status': 200, 'body': ['b.example:81\n']},
            {'path': '/cgi-bin/none', 'status': 404},
            {'path': '/cgi-bin/bare', 'status': 500},
            {'path': '/cgi-bin/moved', 'status': 302, 'has': {'Location': 'http://example.com/'}},
            {'path': '/cgi-bin/inside', 'status': 200, 'body': ['plain']},
            {'path': '/cgi-bin/status', 'status': 418, 'body': ['hot']},
            {'path': '/run/a.sh?q', 'status': 200, 'body': ['GET /run/a.sh  q']},
            {'path': '/norun/a.sh', 'status': 403},
        ],
    },
    {
        'name': 'bodies of requests whose fields are changed',
        'conf': '''
RequestHeader unset Proxy early
RequestHeader set X-One one
RemoteIPHeader X-Real-IP
ScriptAlias "/cgi-bin/" "@ROOT@/cgi-bin/"
<Directory "@ROOT@/cgi-bin">
    Require all granted
</Directory>
<Directory "@ROOT@/www">
    RewriteEngine On
    RewriteRule ^front/ /cgi-bin/read [L]
</Directory>
''',
        'files': {'cgi-bin/read': ('#!/bin/sh\nprintf "Content-Type: text/plain\\n\\n"\n'
                                   'body=$(cat)\necho "$HTTP_X_ONE $CONTENT_LENGTH $body"\n', 0o755)},
        'requests': [
            {'path': path, 'method': 'POST', 'send': 'a=b&' * times, 'fields': fields, 'status': 200,
             'body': [f'one {4 * times}', 'a=b&' * times]}
            for path in ['/cgi-bin/read', '/front/x'] for times in [1, 60000]
            for fields in [{}, {'Proxy': 'x'}, {'X-Real-IP': '203.0.113.9'}]
        ],
    },
    {
        'name': 'listings',
        'conf': '''
<Directory "@ROOT@/www/list">
    Options Indexes
    IndexOptions FancyIndexing
    IndexIgnore *.hidden README*
    ReadmeName README.html
    AddDescription "A picture" *.gif
</Directory>
<Directory "@ROOT@/www/list/sub">
    IndexOptions SuppressHTMLPreamble
    HeaderName HEADER.html
    IndexIgnoreReset On
    IndexIgnore *.secret
</Directory>
<Directory "@ROOT@/www/closed">
    Options -Indexes
</Directory>
<Files "*.inc">
    Require all denied
</Files>
<Directory "@ROOT@/www/list/forbidden">
    Require all denied
</Directory>
<Directory "@ROOT@/www/all">
    Options Indexes
    IndexOptions FancyIndexing ShowForbidden ScanHTMLTitles IconsAreLinks
    IndexIgnore ..
    HeaderName /include/head.html
    ReadmeName denied.inc
    AddIcon /icons/blank.gif ^^BLANKICON^^
    AddIcon /icons/back.gif ..
    AddIcon /icons/text.gif .txt
</Directory>
<Directory "@ROOT@/www/all/sub">
    IndexIgnoreReset On
</Directory>
''',
        'files': {'www/list/z.inc': 'z\n', 'www/list/forbidden/x': 'x\n', 'www/include/head.html': '<p>the head</p>\n',
                  'www/all/denied.inc': 'never shown\n', 'www/all/a.txt': 'a\n', 'www/all/sub/v10.txt': 'v\n',
                  'www/all/sub/v9.txt': 'v\n', 'www/all/t.html': '<title>\nA &amp; B </title>\n',
                  'www/list/a.txt': 'a\n', 'www/list/b & c.gif': 'b\n', 'www/list/x.hidden': 'x\n',
                  'www/list/README.html': '<p>read this</p>\n', 'www/list/sub/y.txt': 'y\n',
                  'www/list/sub/z.hidden': 'z\n', 'www/list/sub/z.secret': 'z\n',
                  'www/list/sub/HEADER.html': '<title>mine</title>\n',
                  'www/closed/a.txt': 'a\n'},
        'requests': [
            # names are bytes of the file system, which today are UTF-8; Apache says ISO-8859-1
            {'path': '/list/', 'status': 200, 'differs': ['body', 'content-type'],
             'has': {'Content-Type': 'text/html;charset='},
             'body': ['a.txt', 'b%20', 'A picture', 'read this', 'href="sub/"', 'Index of /list'],
             'not': ['x.hidden', 'README.html', 'z.inc', 'forbidden']},
            {'path': '/all/', 'status': 200, 'differs': ['body', 'content-type'],
             'body': ['denied.inc', 'the head', 'A &amp; B', 'href="a.txt"><img', '/icons/blank.gif'],
             'not': ['never shown', 'Parent Directory', '/icons/back.gif']},
            {'path': '/all/sub/', 'status': 200, 'differs': ['body', 'content-type'],
             'body': ['Parent Directory', '/icons/back.gif']},
            {'path': '/all/sub/?F=0', 'status': 200, 'differs': ['body', 'content-type'],
             'body': ['Parent Directory', '<li>'], 'not': ['/icons/text.gif']},
            {'path': '/all/sub/?F=2;V=1', 'status': 200, 'differs': ['body', 'content-type'],
             'body': ['F=2;V=1', '<table']},
            {'path': '/list/sub/', 'status': 200, 'differs': ['body', 'content-type'],
             'body': ['<title>mine</title>', 'z.hidden'], 'not': ['Index of', 'z.secret', '<!doctype', '<!DOCTYPE']},
            {'path': '/list', 'status': 301, 'has': {'Location': '/list/'}},
            {'path': '/list/?C=N;O=D', 'status': 200, 'differs': ['body', 'content-type'], 'body': ['a.txt']},
            {'path': '/closed/', 'status': 403},
        ],
    },
    {
        'name': 'headers and expiry',
        'conf': '''
Header set X-One "hello"
Header append X-One "world"
Header always set X-Frame-Options "DENY"
Header set X-Two "two" "expr=%{REQUEST_URI} =~ m#^/a#"
<Files "n.txt">
    Header unset ETag
    FileETag None
    Header edit X-One "hello" "bye"
</Files>
ExpiresActive On
ExpiresDefault "access plus 1 month"
ExpiresByType text/css "modification plus 2 hours"
ExpiresByType image/gif A60
<Files "none.txt">
    Header set Accept-Ranges none
</Files>
<Files "unset.txt">
    Header unset Accept-Ranges
</Files>
<Location "/trace">
    Header set Content-Type text/plain
    RewriteEngine On
    RewriteRule ^ /elsewhere [R]
</Location>
<Directory "@ROOT@/www/trace">
    RewriteEngine On
    RewriteRule ^ /elsewhere [R]
</Directory>
RewriteEngine On
RewriteCond %{REQUEST_METHOD} ^TRACE
RewriteRule ^/traced/ - [F]
<Files "over.txt">
    ExpiresDefault "modification plus 1 minute"
</Files>
''',
        'files': {'www/a.txt': 'a\n', 'www/b.css': 'b\n' * 9, 'www/c.gif': 'c\n' * 9, 'www/n.txt': 'n\n',
                  'www/over.txt': 'over\n', 'www/none.txt': 'none\n', 'www/unset.txt': 'unset\n',
                  'www/trace/x': 'x\n'},
        'requests': [
            {'path': '/a.txt', 'status': 200, 'has': {'X-One': 'hello, world', 'X-Two': 'two', 'X-Frame-Options': 'DENY',
                                                      'Cache-Control': 'max-age=2592000'}},
            {'path': '/b.css', 'status': 200, 'has': {'X-Two': None, 'Cache-Control': 'max-age=3'},
             'differs': ['cache-control']},
            {'path': '/c.gif', 'status': 200, 'has': {'Cache-Control': 'max-age=60'}},
            {'path': '/n.txt', 'status': 200, 'has': {'ETag': None, 'X-One': 'bye, world'}},
            {'path': '/none', 'status': 404, 'has': {'X-One': None, 'X-Frame-Options': 'DENY'}},
            {'path': '/none.txt', 'status': 200, 'has': {'Accept-Ranges': 'none'}},
            {'path': '/unset.txt', 'status': 200, 'has': {'Accept-Ranges': None}},
            {'path': '/a.txt', 'status': 200, 'has': {'Accept-Ranges': 'bytes'}},
            # what a TRACE brings back is nobody's page
            {'path': '/trace/x', 'method': 'TRACE', 'status': 200, 'differs': ['body'],
             'has': {'X-One': None, 'Cache-Control': None, 'Content-Type': 'message/http'}},
            {'path': '/traced/x', 'method': 'TRACE', 'status': 403},
            # a part may be kept as long as the whole
            {'path': '/c.gif', 'status': 206, 'fields': {'Range': 'bytes=0-1,10-11'}, 'differs': ['content-type', 'body'],
             'has': {'Cache-Control': 'max-age=60'}},
            {'path': '/b.css', 'status': 206, 'fields': {'Range': 'bytes=0-1', 'If-Range': '@MODIFIED@'},
             'has': {'Cache-Control': 'max-age=3', 'Expires': 'GMT'}, 'differs': ['cache-control', 'etag-there']},
            {'path': '/over.txt', 'status': 200, 'has': {'Cache-Control': 'max-age=0', 'Expires-Now': 'yes'}},
        ],
    },
    {
        'name': 'languages and types',
        'conf': '''
<Directory "@ROOT@/www">
    Options +MultiViews
    Require all granted
</Directory>
AddLanguage en .en
AddLanguage de .de
LanguagePriority en de
ForceLanguagePriority Prefer Fallback
AddCharset UTF-8 .utf8
AddCharset iso-8859-2 .css .htm
AddType text/x-odd .odd
AddEncoding x-gzip .gz
<Directory "@ROOT@/www/equal">
    ForceLanguagePriority None
</Directory>
<Directory "@ROOT@/www/raw">
    ForceType application/octet-stream
    RemoveEncoding .gz
</Directory>
''',
        'files': {'www/page.html.en': 'english\n', 'www/page.html.de': 'deutsch\n', 'www/u.html.utf8': 'u\n',
                  'www/equal/page.html.en': 'the longer one\n', 'www/equal/page.html.de': 'deutsch\n',
                  'www/a.css': 'css\n', 'www/b.de.htm': 'b\n',
                  'www/a.odd': 'odd\n', 'www/raw/x.html': 'x\n', 'www/raw/y.txt.gz': 'y\n'},
        'requests': [
            {'path': '/page', 'status': 200, 'fields': {'Accept-Language': 'de'}, 'body': ['deutsch'],
             'has': {'Content-Language': 'de', 'Content-Location': 'page.html.de'}, 'differs': ['content-location',
                                                                                                  'vary', 'etag-there']},
            {'path': '/page.html', 'status': 200, 'fields': {'Accept-Language': 'en'}, 'body': ['english'],
             'differs': ['content-location', 'vary', 'etag-there']},
            {'path': '/page', 'status': 200, 'fields': {'Accept-Language': 'fr'}, 'body': ['english'],
             'differs': ['content-location', 'vary', 'etag-there']},
            {'path': '/equal/page', 'status': 200, 'body': ['deutsch'],
             'differs': ['content-location', 'vary', 'etag-there']},
            {'path': '/equal/page', 'status': 200, 'fields': {'Accept-Language': 'en, de'}, 'body': ['deutsch'],
             'differs': ['content-location', 'vary', 'etag-there']},
            {'path': '/a.css', 'status': 200, 'has': {'Content-Type': 'text/css;charset=iso-8859-2'}},
            {'path': '/b.de.htm', 'status': 200, 'has': {'Content-Type': 'text/html;charset=iso-8859-2'}},
            {'path': '/u.html.utf8', 'status': 200, 'has': {'Content-Type': 'text/html;charset=utf-8'}},
            {'path': '/a.odd', 'status': 200, 'has': {'Content-Type': 'text/x-odd'}},
            {'path': '/raw/x.html', 'status': 200, 'has': {'Content-Type': 'application/octet-stream'}},
            {'path': '/raw/y.txt.gz', 'status': 200, 'has': {'Content-Encoding': None}},
        ],
    },
    {
        'name': 'a language that a variable prefers',
        'conf': '''
Options +MultiViews
AddLanguage en .en
AddLanguage fr .fr
LanguagePriority en fr
ForceLanguagePriority Prefer Fallback
SetEnvIf Cookie "lang=(.+)" prefer-language=$1
''',
        'files': {'www/page.html.en': 'english\n', 'www/page.html.fr': 'francais, which is longer\n'},
        'requests': [{'path': '/page', 'fields': fields, 'status': 200, 'body': [body],
                      'differs': ['content-location', 'vary', 'etag-there']}
                     for fields, body in [({}, 'english'), ({'Cookie': 'lang=fr'}, 'francais'), ({}, 'english'),
                                          ({'Cookie': 'lang=fr', 'Accept-Language': 'en'}, 'francais'),
                                          ({'Cookie': 'lang=de', 'Accept-Language': 'fr'}, 'francais'),
                                          ({'Cookie': 'lang=en', 'Accept-Language': 'fr, en;q=0'}, 'english')]],
    },
    {
        'name': 'error documents',
        'conf': '''
ErrorDocument 404 /errors/missing.html
ErrorDocument 403 "You are not allowed."
ErrorDocument 410 http://example.com/gone
Redirect gone /gone
<Location "/no">
    Require all denied
</Location>
<Location "/default">
    ErrorDocument 404 default
</Location>
ScriptAlias "/cgi-bin/" "@ROOT@/cgi-bin/"
<Directory "@ROOT@/cgi-bin">
    Require all granted
</Directory>
<Location "/says">
    ErrorDocument 404 /cgi-bin/says
</Location>
<Location "/silent">
    ErrorDocument 404 /cgi-bin/silent
</Location>
''',
        'files': {'www/errors/missing.html': 'custom missing\n', 'www/no': 'no\n',
                  'cgi-bin/says': ('#!/bin/sh\nprintf "Status: 200 OK\\nContent-Type: text/plain\\n\\nhere\\n"\n', 0o755),
                  'cgi-bin/silent': ('#!/bin/sh\nprintf "Content-Type: text/plain\\n\\nhere\\n"\n', 0o755)},
        'requests': [
            {'path': '/x', 'status': 404, 'page': True, 'body': ['custom missing'], 'differs': ['etag-there']},
            {'path': '/no', 'status': 403, 'page': True, 'body': ['You are not allowed.'], 'differs': ['content-type']},
            {'path': '/gone', 'status': 302, 'has': {'Location': 'http://example.com/gone'}},
            {'path': '/default/x', 'status': 404, 'not': ['custom']},
            {'path': '/says/x', 'status': 200, 'body': ['here']},
            {'path': '/silent/x', 'status': 404, 'body': ['here']},
            {'path': '/x', 'method': 'POST', 'send': 'a', 'status': 404, 'page': True, 'body': ['custom missing'],
             'differs': ['etag-there']},
            {'path': '/x', 'method': 'DELETE', 'status': 405},
        ],
    },
    {
        'name': 'variables of sections, redirects and error pages',
        'conf': '''
<DirectoryMatch "/www/(?<part>[^/]+)/">
    Header append X-One "%{MATCH_PART}e"
</DirectoryMatch>
<FilesMatch "^(?<Stem>[a-z]+)\\.txt$">
    Header append X-One "%{MATCH_STEM}e"
</FilesMatch>
<LocationMatch "^/combined/(?<sitename>[^/]+)">
    Require expr "%{env:MATCH_SITENAME} == 'open'"
</LocationMatch>
<LocationMatch "^/error/(?<NUMBER>[0-9]+)">
    Alias "@ROOT@/errors/%{env:MATCH_NUMBER}.html"
</LocationMatch>
<Location "/query">
    Alias "@ROOT@/errors/%{QUERY_STRING}.html"
</Location>
<LocationMatch "^/order/(?<NUMBER>.+)">
    Redirect permanent "http://example.com/%{env:MATCH_NUMBER}.html"
</LocationMatch>
<Location "/ask">
    Redirect 303 "http://example.com/%{REQUEST_METHOD}"
</Location>
ErrorDocument 404 "no %{REQUEST_URI} here"
<Location "/named">
    ErrorDocument 404 "/%{tolower:PAGE}.html"
</Location>
<Location "/away">
    ErrorDocument 404 "http://example.com%{REQUEST_URI}"
</Location>
''',
        'files': {'www/a/b.txt': 'b\n', 'www/combined/open/x': 'x\n', 'www/combined/shut/x': 'x\n',
                  'errors/404.html': '404\n', 'errors/in/x.html': 'x\n', 'secret.html': 'no\n',
                  'www/page.html': 'page\n'},
        'requests': [
            {'path': '/a/b.txt', 'status': 200, 'has': {'X-One': 'a, b'}},
            {'path': '/combined/open/x', 'status': 200},
            {'path': '/combined/shut/x', 'status': 403},
            {'path': '/error/404', 'status': 200, 'body': ['404']},
            {'path': '/error/500', 'status': 404},
            {'path': '/query?in/x', 'status': 200, 'body': ['x']},
            {'path': '/order/17', 'status': 301, 'has': {'Location': 'http://example.com/17.html'}},
            {'path': '/ask?a', 'status': 303, 'has': {'Location': 'http://example.com/GET?a'}},
            {'path': '/none', 'status': 404, 'body': ['no /none here']},
            {'path': '/named/x', 'status': 404, 'body': ['page']},
            {'path': '/away/x', 'status': 302, 'has': {'Location': 'http://example.com/away/x'}},
            # what a client says does not lead to another section's files
            {'path': '/query?in/../404', 'status': 403, 'unlike': ['apache']},
            {'path': '/order/a%20b%0d%0aX', 'status': 301, 'unlike': ['apache'],
             'has': {'Location': 'http://example.com/a%20b%0D%0AX.html'}},
        ],
    },
    {
        'name': 'sections in their order',
        'conf': '''
<Location "/a">
    Header set X-One location
</Location>
<Directory "@ROOT@/www/a">
    Header set X-One directory
    Header set X-Two directory
</Directory>
<Directory "@ROOT@/www/a/b">
    Header set X-Two deeper
</Directory>
<DirectoryMatch "/www/.*/b">
    Header append X-Two match
</DirectoryMatch>
<Files "f.txt">
    Header append X-Two files
</Files>
<LocationMatch "^/a/b/g">
    Header set X-One match
</LocationMatch>
<If "%{REQUEST_URI} == '/a/if.txt'">
    Header set X-One if
</If>
<Else>
    Header append X-One else
</Else>
''',
        'files': {'www/a/x.txt': 'x\n', 'www/a/if.txt': 'x\n', 'www/a/b/f.txt': 'f\n', 'www/a/b/g.txt': 'g\n'},
        'requests': [
            {'path': '/a/x.txt', 'status': 200, 'has': {'X-One': 'location', 'X-Two': 'directory'}},
            {'path': '/a/b/f.txt', 'status': 200, 'has': {'X-Two': 'deeper, match, files'}},
            {'path': '/a/b/g.txt', 'status': 200, 'has': {'X-One': 'match'}},
            {'path': '/a/if.txt', 'status': 200, 'has': {'X-One': 'if'}},
        ],
    },
    {
        'name': 'what stands in for what is missing',
        'conf': '''
<Directory "@ROOT@/www/app">
    FallbackResource /app/front.html
</Directory>
<Directory "@ROOT@/www/pick">
    DirectoryIndex none.html second.html
</Directory>
<Directory "@ROOT@/www/noslash">
    DirectorySlash Off
</Directory>
<Directory "@ROOT@/www/redir">
    DirectoryIndexRedirect On
</Directory>
''',
        'files': {'www/app/front.html': 'front of app\n', 'www/app/real.txt': 'real\n', 'www/pick/second.html': 'second\n',
                  'www/noslash/a.txt': 'a\n', 'www/redir/index.html': 'r\n'},
        'requests': [
            {'path': '/app/any/thing', 'status': 200, 'body': ['front of app'], 'differs': ['etag-there']},
            {'path': '/app/real.txt', 'status': 200, 'body': ['real']},
            {'path': '/pick/', 'status': 200, 'body': ['second']},
            {'path': '/noslash', 'status': 403},
            {'path': '/redir/', 'status': 302, 'has': {'Location': '/redir/index.html'}},
        ],
    },
    {
        'name': 'how often a request goes elsewhere inside',
        'conf': '''
LimitInternalRecursion 3
<Directory "@ROOT@/www/d">
    RewriteEngine On
    RewriteRule ^x(.*)$ $1
</Directory>
<Directory "@ROOT@/www/e">
    RewriteEngine On
    RewriteRule ^x(.*)$ $1
    ErrorDocument 404 /said.html
    ErrorDocument 500 /said.html
</Directory>
<VirtualHost *:@PORT@>
    ServerName one.example.com
    LimitInternalRecursion 1
    DocumentRoot "@ROOT@/www"
</VirtualHost>
<VirtualHost *:@PORT@>
    ServerName three.example.com
    DocumentRoot "@ROOT@/www"
</VirtualHost>
<VirtualHost *:@PORT@>
    ServerName twelve.example.com
    LimitInternalRecursion 12 12
    DocumentRoot "@ROOT@/www"
</VirtualHost>
''',
        'files': {'www/d/f': 'f\n', 'www/d/sub/index.html': 'index\n', 'www/e/f': 'f\n', 'www/said.html': 'said\n'},
        'requests': [
            {'path': '/d/xf', 'host': 'one.example.com', 'status': 200},
            {'path': '/d/xxf', 'host': 'one.example.com', 'status': 500},
            {'path': '/d/sub/', 'host': 'one.example.com', 'status': 200, 'body': ['index']},
            {'path': '/d/xsub/', 'host': 'one.example.com', 'status': 500},
            {'path': '/d/xxxf', 'host': 'three.example.com', 'status': 200},
            {'path': '/d/xxsub/', 'host': 'three.example.com', 'status': 200, 'body': ['index']},
            {'path': '/d/xxxsub/', 'host': 'three.example.com', 'status': 500},
            {'path': '/d/xxxxf', 'host': 'three.example.com', 'status': 500},
            {'path': '/d/' + 12 * 'x' + 'f', 'host': 'twelve.example.com', 'status': 200},
            {'path': '/d/' + 13 * 'x' + 'f', 'host': 'twelve.example.com', 'status': 500},
            {'path': '/e/xxno', 'host': 'three.example.com', 'status': 404, 'body': ['said'], 'page': True},
            {'path': '/e/xxxno', 'host': 'three.example.com', 'status': 500, 'not': ['said']},
            {'path': '/e/xxxxf', 'host': 'three.example.com', 'status': 500, 'not': ['said']},
        ],
    },
    {
        'name': 'what is warned of',
        'conf': '''
ErrorDocument 404 "nothing of this
ErrorDocument 403 'nor "this
ErrorDocument 401 http://www.example.com/login
RewriteOptions MaxRedirects=5
<Location "/here">
    AllowOverride All
</Location>
<Location "/closed">
    Require all denied
</Location>
<Location "/asked">
    AuthType Basic
    AuthName x
    Require valid-user
</Location>
''',
        'files': {'www/here/f': 'f\n', 'www/closed/f': 'f\n'},
        'requests': [
            {'path': '/none', 'status': 404, 'body': ['nothing of this']},
            {'path': '/closed/f', 'status': 403, 'body': ['nor "this']},
            {'path': '/asked/f', 'status': 401, 'has': {'Location': None}},
            {'path': '/here/f', 'status': 200},
        ],
    },
    {
        'name': 'clients that proxies name',
        'ports': 2,
        'conf': """
RemoteIPHeader X-Forwarded-For
RemoteIPProxiesHeader X-By
RemoteIPInternalProxy 127.0.0.1 10.1.0.0/16
RemoteIPTrustedProxy 198.51.100.0/24 2001:db8::1
Header always set X-One "expr=%{REMOTE_ADDR}|%{HTTP:X-Forwarded-For}|%{HTTP:X-By}"
<VirtualHost *:@PORT1@>
    DocumentRoot "@ROOT@/www"
    <Location "/only">
        Require ip 203.0.113.0/24
    </Location>
    <Location "/trusted">
        SetEnvIf Remote_Addr "^203\." known=yes
        Header set X-Two "%{known}e"
    </Location>
</VirtualHost>
<VirtualHost *:@PORT2@>
    DocumentRoot "@ROOT@/www"
    RemoteIPTrustedProxy 127.0.0.1
</VirtualHost>
""",
        'files': {'www/f': 'f\n', 'www/only/f': 'f\n', 'www/trusted/f': 'f\n'},
        'requests': [
            {'path': '/f', 'fields': fields, 'port': port, 'status': 200, 'has': {'X-One': one}}
            for port, fields, one in [
                (1, {}, '127.0.0.1||'),
                (1, {'X-Forwarded-For': '203.0.113.9'}, '203.0.113.9||'),
                (1, {'X-Forwarded-For': '203.0.113.9 , 10.1.2.3'}, '203.0.113.9||'),
                (1, {'X-Forwarded-For': '203.0.113.9,192.168.1.1,10.1.2.3'}, '192.168.1.1|203.0.113.9|'),
                (1, {'X-Forwarded-For': '192.168.1.1, 198.51.100.7'}, '198.51.100.7|192.168.1.1|'),
                (1, {'X-Forwarded-For': '203.0.113.9, 198.51.100.7'}, '203.0.113.9||198.51.100.7'),
                (1, {'X-Forwarded-For': '203.0.113.9, 198.51.100.8, 2001:db8::1, 198.51.100.7'},
                 '203.0.113.9||198.51.100.7, 2001:db8::1, 198.51.100.8'),
                (1, {'X-Forwarded-For': '1.1.1.1, 203.0.113.9, 198.51.100.7', 'X-By': 'me'},
                 '203.0.113.9|1.1.1.1|198.51.100.7'),
                (1, {'X-Forwarded-For': '203.0.113.9', 'X-By': 'me'}, '203.0.113.9||me'),
                (1, {'X-Forwarded-For': 'unknown'}, '127.0.0.1|unknown|'),
                (1, {'X-Forwarded-For': '203.0.113.9, x, 10.1.2.3'}, '10.1.2.3|203.0.113.9, x|'),
                (1, {'X-Forwarded-For': '2001:db8::7'}, '2001:db8::7||'),
                (1, {'X-Forwarded-For': 'fe80::1, 2001:db8::1'}, '2001:db8::1|fe80::1|'),
                (1, {'x-forwarded-for': '203.0.113.9, '}, '127.0.0.1|'),
                (2, {'X-Forwarded-For': '203.0.113.9'}, '203.0.113.9||127.0.0.1'),
                (2, {'X-Forwarded-For': '10.1.2.3'}, '127.0.0.1|10.1.2.3|'),
            ]
        ] + [
            {'path': '/only/f', 'status': 403},
            {'path': '/only/f', 'fields': {'X-Forwarded-For': '203.0.113.9'}, 'status': 200},
            {'path': '/only/f', 'fields': {'X-Forwarded-For': '203.0.112.9'}, 'status': 403},
            {'path': '/trusted/f', 'fields': {'X-Forwarded-For': '203.0.113.9'}, 'status': 200, 'has': {'X-Two': 'yes'}},
            {'path': '/trusted/f', 'status': 200, 'has': {'X-Two': '(null)'}},
        ],
    },
    {
        'name': 'clients that anybody names',
        'conf': """
DocumentRoot "@ROOT@/www"
RemoteIPHeader X-Real-IP
Header always set X-One "expr=%{REMOTE_ADDR}|%{HTTP:X-Real-IP}"
""",
        'files': {'www/f': 'f\n'},
        'requests': [
            {'path': '/f', 'fields': {'X-Real-IP': value}, 'status': 200, 'has': {'X-One': one}}
            for value, one in [('203.0.113.9', '203.0.113.9|'), ('203.0.113.9, 203.0.113.8', '203.0.113.9|'),
                               ('10.0.0.1', '127.0.0.1|10.0.0.1'), ('', '127.0.0.1|')]
        ],
    },
    {
        'name': 'the names of clients',
        'conf': '''
HostnameLookups On
SetEnvIf Remote_Host "^localhost$" named
SetEnvIf Remote_Addr "^localhost$" wrong
Header set X-One "yes" env=named
Header set X-Two "yes" env=wrong
<Directory "@ROOT@/www">
    Options ExecCGI
    AddHandler cgi-script .cgi
    AcceptPathInfo On
</Directory>
<Directory "@ROOT@/www/off">
    HostnameLookups Off
</Directory>
<Directory "@ROOT@/www/double">
    HostnameLookups Double
</Directory>
<Location "/rule">
    RewriteEngine On
    RewriteCond %{REMOTE_HOST} =localhost
    RewriteRule ^ - [F]
</Location>
<Location "/expr">
    Require expr "%{REMOTE_HOST} == 'localhost' && %{REMOTE_ADDR} == '127.0.0.1'"
</Location>
''',
        'files': {'www/f': 'f\n', 'www/rule': 'f\n', 'www/expr': 'f\n', 'www/a.cgi': (CLIENT, 0o755),
                  'www/off/a.cgi': (CLIENT, 0o755), 'www/double/a.cgi': (CLIENT, 0o755)},
        'requests': [
            {'path': '/f', 'status': 200, 'has': {'X-One': 'yes', 'X-Two': None}},
            {'path': '/f', 'status': 200, 'has': {'X-One': 'yes'}},
            {'path': '/a.cgi', 'status': 200, 'body': ['localhost 127.0.0.1']},
            {'path': '/a.cgi', 'method': 'POST', 'send': 'body', 'status': 200, 'body': ['localhost 127.0.0.1', 'body']},
            # Apache has looked it up for SetEnvIf before, and keeps it for the connection.
            {'path': '/off/a.cgi', 'status': 200, 'body': ['none 127.0.0.1'], 'unlike': ['apache']},
            {'path': '/double/a.cgi', 'status': 200, 'body': ['localhost 127.0.0.1']},
            {'path': '/rule', 'status': 403},
            {'path': '/expr', 'status': 200},
        ],
    },
    {
        'name': 'an .htaccess that says too much',
        'conf': '''
<Directory "@ROOT@/www/forbidden">
    AllowOverride FileInfo Nonfatal=Override
</Directory>
<Directory "@ROOT@/www/unknown">
    AllowOverride FileInfo Nonfatal=Unknown
</Directory>
<Directory "@ROOT@/www/all">
    AllowOverride FileInfo Nonfatal=All
</Directory>
<Directory "@ROOT@/www/none">
    AllowOverride FileInfo Nonfatal=Sometimes
</Directory>
''',
        'files': {f'www/{d}/{name}/{f}': content for d in ['forbidden', 'unknown', 'all', 'none']
                  for name, said in [('options', 'Options -Indexes\n'), ('server', 'Listen 80\n'),
                                     ('section', '<Directory />\nHeader set X-Two in\n</Directory>\n'),
                                     ('slip', 'Optoins None\n'), ('other', '<Slip x>\nHeader set X-Two in\n</Slip>\n'),
                                     ('words', 'ErrorDocument 404\n')]
                  for f, content in [('f', 'f\n'), ('.htaccess', said + 'Header set X-One after\n')]},
        'requests': [{'path': f'/{d}/{name}/f', 'status': status, 'has': {'X-One': 'after', 'X-Two': None} if status == 200 else {}}
                     for d, skipped in [('forbidden', ['options', 'server', 'section']), ('unknown', ['slip', 'other']),
                                        ('all', ['options', 'server', 'section', 'slip', 'other']), ('none', [])]
                     for name in ['options', 'server', 'section', 'slip', 'other', 'words']
                     for status in [200 if name in skipped else 500]],
    },
    {
        'name': 'the names of clients that proxies name',
        'conf': '''
HostnameLookups On
RemoteIPHeader X-Real-IP
Header set X-One "expr=%{REMOTE_HOST}|%{REMOTE_ADDR}"
''',
        'files': {'www/f': 'f\n'},
        'requests': [
            {'path': '/f', 'fields': {'X-Real-IP': '127.0.0.1'}, 'status': 200, 'has': {'X-One': 'localhost|127.0.0.1'}},
            {'path': '/f', 'status': 200, 'has': {'X-One': 'localhost|127.0.0.1'}},
        ],
    },
    {
        'name': 'the rules of the host run again',
        'conf': '''
Options +ExecCGI
AddHandler cgi-script .cgi
ErrorDocument 404 /to/error
RewriteEngine On
RewriteRule "^/to/" "/landed.txt" [PT]
RewriteRule "^/loop-b$" "/loop"
RewriteRule "^/away$" "http://example.org/there" [R=301]
RewriteRule "^/closed$" "-" [F]
RewriteRule "^/index/index.html$" "/landed.txt" [PT]
RewriteRule "^/asked/index.html$" "/asked/" [R=301]
RewriteRule "^/named/index.html$" "/landed.txt" [PT,NS]
RewriteRule "^/variants/page.html$" "/landed.txt" [PT]
RewriteRule "^/program(/.*)" "/paths.cgi$1" [PT]
Alias "/elsewhere" "@ROOT@/other"
Redirect "/moved" "http://example.com/moved"
Header set X-One "%{NEW}e,%{REDIRECT_OLD}e"
SetEnvIf Request_URI ^/new NEW=new
SetEnvIf Request_URI ^/here/old OLD=old
<Directory "@ROOT@/www/here">
    RewriteEngine On
    RewriteRule ^from$ /to/x [L]
    RewriteRule ^end$ /to/x [END]
    RewriteRule ^alias$ /elsewhere/f.txt
    RewriteRule ^redirect$ /moved/x
    RewriteRule ^old$ /new.txt
    RewriteRule ^loop$ /loop-b
    RewriteRule ^away$ /away
    RewriteRule ^closed$ /closed
    RewriteRule ^index$ /index/
</Directory>
<Directory "@ROOT@/www/asked-here">
    RewriteEngine On
    RewriteRule ^index\\.html$ /asked-here/ [R=301,L]
</Directory>
<Directory "@ROOT@/www/named-here">
    RewriteEngine On
    RewriteRule ^index\\.html$ /landed.txt [NS,L]
</Directory>
<Directory "@ROOT@/www/closed-here">
    RewriteEngine On
    RewriteRule ^index\\.html$ - [F]
</Directory>
<Directory "@ROOT@/www">
    RewriteEngine On
    RewriteRule ^loop$ /loop-b
</Directory>
<Directory "@ROOT@/www/variants">
    Options +MultiViews
</Directory>
<Directory "@ROOT@/www/fallback">
    FallbackResource /to/fallback
</Directory>
Action through /program virtual
<Location "/act">
    SetHandler through
</Location>
''',
        'files': {'www/landed.txt': 'landed\n', 'www/to/x': 'not rewritten\n', 'other/f.txt': 'aliased\n',
                  'www/here/from': '', 'www/new.txt': 'new\n', 'www/index/index.html': 'index\n',
                  'www/asked/index.html': 'asked\n', 'www/named/index.html': 'named\n',
                  'www/asked-here/index.html': 'asked here\n', 'www/named-here/index.html': 'named here\n',
                  'www/closed-here/index.html': 'closed\n', 'www/variants/page.html': 'page\n',
                  'www/fallback/x': '', 'www/paths.cgi': (PATHS, 0o755),
                  'www/location.cgi': ("#!/bin/sh\nprintf 'Location: /to/y\\r\\n\\r\\n'\n", 0o755)},
        'requests': [
            {'path': '/here/from', 'status': 200, 'body': ['landed']},
            {'path': '/here/end', 'status': 200, 'body': ['not rewritten']},
            {'path': '/here/alias', 'status': 200, 'body': ['aliased']},
            {'path': '/here/redirect', 'status': 302, 'has': {'Location': 'http://example.com/moved/x'}},
            {'path': '/here/old', 'status': 200, 'body': ['new'], 'has': {'X-One': 'new,old'}},
            {'path': '/loop', 'status': 500},
            {'path': '/here/loop', 'status': 500},
            {'path': '/here/away', 'status': 301, 'has': {'Location': 'http://example.org/there'}},
            {'path': '/here/closed', 'status': 403},
            {'path': '/here/index', 'status': 200, 'body': ['landed']},
            {'path': '/index/', 'status': 200, 'body': ['landed']},
            {'path': '/asked/', 'status': 200, 'body': ['asked']},
            {'path': '/asked/index.html', 'status': 301, 'has': {'Location': '/asked/'}},
            {'path': '/asked-here/', 'status': 200, 'body': ['asked here']},
            {'path': '/asked-here/index.html', 'status': 301, 'has': {'Location': '/asked-here/'}},
            {'path': '/named/', 'status': 200, 'body': ['named']},
            {'path': '/named/index.html', 'status': 200, 'body': ['landed']},
            {'path': '/named-here/', 'status': 200, 'body': ['named here']},
            {'path': '/named-here/index.html', 'status': 200, 'body': ['landed']},
            {'path': '/closed-here/', 'status': 403},
            {'path': '/variants/page', 'status': 200, 'body': ['page'], 'differs': ['vary', 'content-location']},
            {'path': '/fallback/nothing', 'status': 200, 'body': ['landed']},
            {'path': '/missing', 'status': 404, 'body': ['landed']},
            {'path': '/location.cgi', 'status': 200, 'body': ['landed']},
            {'path': '/act/x', 'status': 200, 'body': ['/act/x||200']},
        ],
    },
    {
        'name': 'POST to what is no program',
        'conf': '''
Options +ExecCGI
AddHandler cgi-script .cgi
DirectoryIndex index.html index.cgi
<Directory "@ROOT@/www/compressed">
    SetOutputFilter DEFLATE
</Directory>
<Location "/list">
    Options +Indexes
</Location>
<Location "/status">
    SetHandler server-status
</Location>
<Location "/small">
    LimitRequestBody 4
</Location>
<Location "/fallback">
    FallbackResource /a.txt
</Location>
<Location "/closed">
    <LimitExcept GET>
        Require all denied
    </LimitExcept>
</Location>
''',
        'files': {'www/a.txt': 'a file\n', 'www/program/index.cgi': (SCRIPT + 'cat\n', 0o755), 'www/list/x': '',
                  'www/empty/x': '', 'www/compressed/a.txt': 'xyz ' * 1000, 'www/small/a.txt': '',
                  'www/fallback/x': '', 'www/closed/a.txt': ''},
        'requests': [
            {'path': '/a.txt', 'method': 'POST', 'send': 'a=b', 'status': 200, 'body': ['a file']},
            {'path': '/', 'method': 'POST', 'send': 'a=b', 'status': 200, 'body': ['front']},
            {'path': '/program/', 'method': 'POST', 'send': 'a=b', 'status': 200, 'body': ['POST /program/index.cgi', 'a=b']},
            {'path': '/program/', 'method': 'PUT', 'send': 'a=b', 'status': 200, 'body': ['PUT /program/index.cgi', 'a=b']},
            {'path': '/list', 'method': 'POST', 'send': 'a=b', 'status': 301},
            {'path': '/list/', 'method': 'POST', 'send': 'a=b', 'status': 404},
            {'path': '/empty/', 'method': 'POST', 'send': 'a=b', 'status': 404},
            {'path': '/status', 'method': 'POST', 'send': 'a=b', 'status': 404},
            {'path': '/missing', 'method': 'POST', 'send': 'a=b', 'status': 404},
            {'path': '/a.txt/more', 'method': 'POST', 'send': 'a=b', 'status': 404},
            {'path': '/small/a.txt', 'method': 'POST', 'send': 'a=bcd', 'status': 413},
            {'path': '/fallback/none', 'method': 'POST', 'send': 'a=b', 'status': 200, 'body': ['a file']},
            {'path': '/closed/a.txt', 'method': 'POST', 'send': 'a=b', 'status': 403},
            {'path': '/compressed/a.txt', 'method': 'POST', 'send': 'a=b', 'fields': {'Accept-Encoding': 'gzip'},
             'status': 200, 'body': ['xyz'], 'has': {'Content-Encoding': 'gzip'}, 'differs': ['accept-ranges']},
            {'path': '/a.txt', 'method': 'POST', 'send': 'a=b', 'status': 412, 'fields': {'If-Match': '"x"'},
             'differs': ['accept-ranges']},
            {'path': '/a.txt', 'method': 'POST', 'send': 'a=b', 'status': 412, 'fields': {'If-None-Match': '*'},
             'differs': ['accept-ranges']},
            {'path': '/a.txt', 'method': 'POST', 'send': 'a=b', 'status': 200,
             'fields': {'If-Modified-Since': '@MODIFIED@'}},
            {'path': '/a.txt', 'method': 'POST', 'send': 'a=b', 'status': 200, 'fields': {'Range': 'bytes=0-1'},
             'unlike': ['apache']},  # 206; RFC 9110 14.2: a Range is for GET alone
        ] + [{'path': path, 'method': method, 'send': 'a=b', 'status': 405, 'has': {'Allow': 'POST'}}
             for method in ('PUT', 'DELETE', 'PATCH') for path in ('/a.txt', '/', '/list/', '/status', '/missing')],
    },
    {
        'name': 'stock rules of h5bp and Nextcloud',
        'conf': '''
<Directory "@ROOT@/www">
    AllowOverride All
    Options +ExecCGI
    AddHandler cgi-script .cgi
</Directory>
''',
        'files': {
            'www/h5bp/.htaccess': '''
RewriteEngine On
RewriteCond %{HTTPS} =on
RewriteRule ^ - [env=proto:https]
RewriteCond %{HTTPS} !=on
RewriteRule ^ - [env=proto:http]
RewriteCond %{HTTPS} !=on
RewriteCond %{HTTP_HOST} ^www\\.(.+)$ [NC]
RewriteRule ^ %{ENV:PROTO}://%1%{REQUEST_URI} [R=301,L]
RewriteCond %{HTTP:Accept-Encoding} br
RewriteCond %{REQUEST_FILENAME}\\.br -f
RewriteRule \\.css$ %{REQUEST_URI}.br [L]
AddCharset utf-8 .css
AddEncoding br .br
<FilesMatch \\.css\\.br$>
    ForceType text/css
    Header append Vary Accept-Encoding
</FilesMatch>
SetEnv Seen yes
Header set X-One "%{SEEN}e" env=SEEN
''',
            'www/cloud/.htaccess': '''
SetEnv front_controller_active true
ErrorDocument 404 /cloud/index.cgi/error/404
RewriteEngine On
RewriteRule ^config/.* - [R=404,L]
RewriteCond %{REQUEST_FILENAME} !/robots.txt
RewriteRule . index.cgi [PT,E=PATH_INFO:$1]
''',
            'www/cloud/index.cgi': ('#!/bin/sh\nprintf "Content-Type: text/plain\\n\\n"\n'
                                    'echo "$PATH_INFO|$REDIRECT_STATUS|$REDIRECT_front_controller_active|'
                                    '$QUERY_STRING"\n', 0o755),
            'www/cloud/config/x': 'x\n', 'www/cloud/robots.txt': 'robots\n',
            'www/h5bp/a.css': 'css\n', 'www/h5bp/a.css.br': 'smaller\n'},
        'requests': [
            {'path': '/h5bp/x?a=b', 'host': 'WWW.example.com', 'status': 301,
             'has': {'Location': 'http://example.com/h5bp/x?a=b'}},
            {'path': '/h5bp/a.css', 'status': 200, 'has': {'Content-Type': 'text/css;charset=utf-8', 'X-One': 'yes'},
             'differs': ['vary']},
            {'path': '/h5bp/a.css', 'fields': {'Accept-Encoding': 'br'}, 'status': 200, 'body': ['smaller'],
             'has': {'Content-Type': 'text/css', 'Vary': 'accept-encoding'}},
            {'path': '/cloud/apps/files?dir=a', 'status': 200, 'body': ['|200|true|dir=a']},
            {'path': '/cloud/index.cgi/some/path?a', 'status': 200, 'body': ['/some/path|||a']},
            {'path': '/cloud/config/x', 'status': 404, 'page': True, 'body': ['/error/404|404||']},
            {'path': '/cloud/robots.txt', 'status': 200, 'body': ['robots']},
        ],
    },
    {
        'name': 'which port a host has',
        'ports': 2,
        'conf': '''
ServerName main.example.com:81
<Directory "@ROOT@/cgi">
    Require all granted
</Directory>
ScriptAlias /cgi @ROOT@/cgi/x
<VirtualHost *:@PORT1@>
    ServerName none.example.com
    <Location /physical>
        UseCanonicalPhysicalPort On
        Require expr "%{SERVER_PORT} == '@PORT1@'"
    </Location>
</VirtualHost>
<VirtualHost *:@PORT1@>
    ServerName own.example.com:82
</VirtualHost>
<VirtualHost *:@PORT2@>
</VirtualHost>
''',
        'files': {'cgi/x': ('#!/bin/sh\nprintf "Content-Type: text/plain\\r\\n\\r\\n"\n'
                            'echo "$SERVER_NAME:$SERVER_PORT"\n', 0o755), 'www/physical': 'physical\n'},
        'requests': [
            {'path': '/cgi', 'host': 'None.Example.com', 'status': 200, 'body': ['none.example.com:80\n']},
            {'path': '/cgi', 'host': 'none.example.com:99', 'status': 200, 'body': ['none.example.com:99\n']},
            {'path': '/cgi', 'host': 'own.example.com.', 'status': 200, 'body': ['own.example.com:82\n']},
            {'path': '/cgi', 'host': 'other.example.com', 'port': 2, 'status': 200, 'differs': ['body'],
             'body': ['other.example.com:'], 'not': [':80', ':81', ':82']},
            {'path': '/physical', 'host': 'none.example.com', 'status': 200},
            {'path': '/physical', 'host': 'none.example.com:99', 'status': 403},
        ],
    },
    {
        'name': 'options of listings, with signs and without',
        'conf': '''
<Directory "@ROOT@/www">
    Options Indexes
    AllowOverride All
    IndexOptions FancyIndexing HTMLTable
</Directory>
''',
        'files': {'www/a/.htaccess': 'IndexOptions -HTMLTable SuppressIcon\n', 'www/a/f': 'f\n',
                  'www/b/.htaccess': 'IndexOptions +ScanHTMLTitles SuppressIcon FancyIndexing\n', 'www/b/f.html': '<title>scanned</title>\n'},
        'requests': [
            {'path': '/a/', 'status': 200, 'differs': ['body', 'content-type'], 'not': ['?C=', '<table']},
            {'path': '/b/', 'status': 200, 'differs': ['body', 'content-type'], 'body': ['?C=M'],
             'not': ['scanned']},
        ],
    },
    {
        'name': 'another body than the program\'s',
        'conf': '''
Options +ExecCGI
AddHandler cgi-script .cgi
''',
        'files': {f'www/{name}.cgi': (f"#!/bin/sh\nprintf '{head}Content-Encoding: gzip\\r\\nContent-Language: de\\r\\n"
                                      "Set-Cookie: a=b\\r\\nX-One: 1\\r\\n\\r\\nbody'\n", 0o755)
                  for name, head in (('away', 'Location: http://example.com/\\r\\n'),
                                     ('here', 'Location: /t.txt\\r\\n'),
                                     ('tagged', 'Content-Type: text/plain\\r\\nETag: "e"\\r\\n'))} |
                 {'www/t.txt': 'text\n'},
        # Apache says that its page, or the file, is in gzip and in German.
        'requests': [
            {'path': f'/{name}.cgi', 'status': status, 'fields': fields, 'unlike': ['apache'],
             'has': {'Content-Encoding': None, 'Content-Language': None, 'X-One': '1', 'Set-Cookie': 'a=b'}}
            for name, status, fields in (('away', 302, {}), ('here', 200, {}), ('tagged', 412, {'If-Match': '"f"'}))],
    },
    {
        'name': 'the port of a client behind a proxy',
        'conf': '''
Options +ExecCGI
AddHandler cgi-script .cgi
RemoteIPHeader X-Client
RemoteIPInternalProxy 127.0.0.1
RewriteEngine On
RewriteRule "^" "-" [E=PORT:%{REMOTE_PORT}]
Header set X-One "%{PORT}e"
''',
        'files': {'www/port.cgi': ("#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\n"
                                   '[ "$REMOTE_PORT" -gt 1023 ] && echo "$REMOTE_ADDR, a port"\n', 0o755)},
        'requests': [
            {'path': '/port.cgi', 'status': 200, 'body': ['127.0.0.1, a port'], 'differs': ['x-one']},
            {'path': '/port.cgi', 'status': 200, 'body': ['10.1.2.3, a port'], 'has': {'X-One': '0'},
             'fields': {'X-Client': '10.1.2.3'}},
        ],
    },
]
