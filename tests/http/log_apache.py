# log_apache - the same requests, logged by preforkd and by Apache, line by line
#
# Usage:  python3 log_apache.py PREFORKD APACHE2 MODULES-DIRECTORY
# Checks: both servers write one log for each row of FORMATS while the same bytes are sent to them; what
#         stands in the lines has to be the same, or for times, numbers of processes and the like, of
#         the same form. %I, %O and %S have to be the bytes that went over the socket. And the steps of
#         rewriting (LogLevel rewrite:trace8) have to be told in Apache's words.
# Fails:  with 1 and one line for each difference
#
# SPDX-License-Identifier: Apache-2.0
import os
import re
import shutil
import socket
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from apache import Server, free_ports, make_site  # noqa: E402

DAY = r'\[\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]'

# Format (what follows it in the CustomLog too), and the form of each line; None: equal to Apache's.
FORMATS = [
    ('"%h %l %u \\"%r\\" %>s %b"', None),
    ('"%h %l %u %t \\"%r\\" %>s %b \\"%{Referer}i\\" \\"%{User-Agent}i\\""', None),
    ('"%a %A %p %v %V %m %U %q %H %f"', None),
    ('"%{c}a %{c}h %{canonical}p"', None),
    ('"%s %>s %<s %{X-None}i %{X-None}o %%"', None),
    ('"%!200,304,302{Referer}i|%200,301{User-Agent}i|%404U|%!404>U"', None),
    ('"%{User-Agent}i|%{Referer}i|%{X-Twice}i|%{Cookie}i"', None),
    ('"%{b}C|%{a}C|%{none}C"', None),
    ('"%{agent}e|%{fixed}e|%{none}e|%{note}n"', None),
    ('"%{X-Said}o|%{Location}o|%{Content-Length}o|%{Content-Type}o|%{Connection}o"', None),
    ('"tab\\tand\\nend \\"quoted\\" back\\\\slash %m"', None),
    ('"%r|%>r|%<r|%U|%>U|%<U|%>m|%>q"', None),
    ('"%B %k %X"', None),
    ('"%m %U" env=agent', None),
    ('"%m %U" env=!agent', None),
    ('"%m %U" "expr=%{REQUEST_STATUS} -ge 400"', None),
    ('"%m %U" "expr=%{HTTP_USER_AGENT} =~ /one/ && %{REQUEST_URI} != \'/\'"', None),
    ('"%u %{REMOTE_USER}e"', None),
    ('"%R"', None),
    ('%U', None),
    ('common', None),
    ('"%t"', DAY),
    ('"%{%Y-%m-%d}t"', r'\d{4}-\d\d-\d\d'),
    ('"%{sec}t %{msec}t %{usec}t %{msec_frac}t %{usec_frac}t"', r'\d{10} \d{13} \d{16} \d{3} \d{6}'),
    ('"%{begin:%H:%M:%S}t %{end:%T}t %{end:sec}t %{begin:msec_frac}t"',
     r'\d\d:\d\d:\d\d \d\d:\d\d:\d\d \d{10} \d{3}'),
    ('"%D %T %{s}T %{ms}T %{us}T"', r'\d+ \d+ \d+ \d+ \d+'),
    ('"%P %{pid}P %{hextid}P"', r'\d+ \d+ [0-9a-f]+'),
    ('"%{local}p %{remote}p"', r'\d+ \d+'),
    ('"%I %O %S"', 'BYTES'),
    ('"%^FB"', r'-|\d+'),
    ('"%a %h %{c}a %{X-Forwarded-For}o"', None),
    ('"%!400,404s|%404>s|%!200>U|%200<U|%200,206{User-Agent}i"', None),
    ('"%{REDIRECT_STATUS}e|%{SERVER_NAME}e|%{none}n"', None),
    ('"%{Host}i|%{host}i|%{Set-Cookie}o|%{Accept-Ranges}o|%{Keep-Alive}o"', None),
    ('"%s" env=fixed', None),
    ('"%m %U" env=before', None),
    ('"%m %U" env=!before', None),
    ('"%s" "expr=-n %{HTTP_COOKIE}"', None),
    ('"%s" "expr=reqenv(\'agent\') == \'seen\'"', None),
    ('"%s" "expr=%{REQUEST_STATUS} -in {\'200\', \'206\'}"', None),
]

CONF = '''
DocumentRoot "@ROOT@/www"
LogFormat "%h %l %u \\"%r\\" %>s %b" common
UseCanonicalName Off
RemoteIPHeader X-Forwarded-For
RemoteIPInternalProxy 127.0.0.1
LogIOTrackTTFB On
Header set X-Said "said \\"so\\""
SetEnvIf User-Agent . agent=seen
SetEnvIf User-Agent "^$" !agent
SetEnv fixed "a value"
SetEnvIf Request_URI "^/(missing/|cgi-bin)" before
ErrorDocument 404 /missing.html
Redirect /moved http://example.com/there
RewriteEngine On
RewriteRule ^/old/(.*) /$1
ScriptAlias /cgi-bin/ "@ROOT@/cgi-bin/"
<Directory "@ROOT@/www">
    Options FollowSymLinks
    Require all granted
</Directory>
<Directory "@ROOT@/cgi-bin">
    Require all granted
</Directory>
<Directory "@ROOT@/www/private">
    AuthType Basic
    AuthName "private"
    AuthUserFile "@ROOT@/passwords"
    Require valid-user
</Directory>
'''

FILES = {
    'www/hello.txt': 'hello\n', 'www/missing.html': '<p>missing</p>\n', 'www/private/a.txt': 'a\n',
    'www/sp ace.txt': 'space\n', 'www/empty.txt': '', 'www/sub/index.html': 'sub\n',
    'passwords': 'frank:$apr1$abcdefgh$GQVaHFsauSKl0cgw4bVFJ/\n',
    'cgi-bin/inside': ('#!/bin/sh\nprintf "Location: /hello.txt\\n\\n"\n', 0o755),
}


# Redirects and refusals have pages of the server's own, so these lines are not compared where the size
# of the body is in them; nor the file of /sub, which we call a directory, with a slash, at once.
OWN_PAGES = ('/moved', '/private', '/sub ')
SIZES = ('%b', '%B', '{Content-Length}o', '%f')


def get(path, *fields, method='GET', body='', version='1.1'):
    head = [f'{method} {path} HTTP/{version}', 'Host: Asked.Example:8080', 'Connection: close', *fields]
    return ('\r\n'.join(head) + '\r\n\r\n' + body).encode('latin-1')


REQUESTS = [
    get('/'),
    get('/hello.txt', 'User-Agent: one', 'Referer: http://a.example/?x=y&z'),
    get('/hello.txt?a=b&c=%20d', 'User-Agent: Mozilla/5.0 (X11; "Linux") \\n'),
    get('/sp%20ace.txt', 'User-Agent: tab\there', 'Referer: \xe9\xff'),
    get('/empty.txt', 'Cookie: a=1; b=two words; c=3', 'X-Twice: one', 'X-Twice: two'),
    get('/hello.txt', method='HEAD'),
    get('/missing/thing?q', 'User-Agent: one', 'Referer: "'),
    get('/moved/x?y=z'),
    get('/private/a.txt'),
    get('/private/a.txt', 'Authorization: Basic ZnJhbms6c2VzYW1l'),
    get('/private/a.txt', 'Authorization: Basic ZnJhbms6b3Blbg=='),
    get('/cgi-bin/inside', 'Cookie: b="quoted"'),
    get('/old/hello.txt'),
    get('/sub'),
    get('/sub/'),
    get('/sub/?list'),
    get('/hello.txt', version='1.0'),
    get('/hello.txt', 'Range: bytes=1-2'),
    get('/hello.txt', 'X-Forwarded-For: 203.0.113.9, 198.51.100.7'),
    get('/private/a.txt', 'X-Forwarded-For: 2001:db8::7', 'Authorization: Basic ZnJhbms6b3Blbg=='),
    get('/hello.txt'),
]


# The steps of rewriting, as LogLevel rewrite:trace8 has them told.
TRACED = '''
DocumentRoot "@ROOT@/www"
UseCanonicalName Off
LogLevel rewrite:trace8
RewriteEngine On
RewriteMap up int:toupper
RewriteMap words txt:@ROOT@/words
RewriteCond %{HTTP_HOST} ^nohost$ [NC,OR]
RewriteCond %{REQUEST_METHOD} =POST
RewriteRule ^/never$ /x
RewriteCond %{REQUEST_METHOD} !=POST [NC]
RewriteCond %{HTTP_HOST} .
RewriteCond %{DOCUMENT_ROOT}/hello.txt -f
RewriteCond %{QUERY_STRING} "<zzz"
RewriteRule ^/one/(.*)$ /$1?q=1 [L,QSA,E=foo:bar$1,E=!gone,CO=ck:v:x.example]
RewriteRule ^/away(.*)$ http://other.example/a$1 [R=301,L]
RewriteRule ^/far(.*)$ http://other.example/a$1 [L]
RewriteRule ^/forbidden - [F]
RewriteRule ^/gone - [G]
RewriteRule ^/map/(.*)$ /${up:$1}-${words:$1|none}
RewriteRule ^/type$ /hello.txt [T=text/x-a,H=default-handler]
RewriteRule ^/drop$ /hello.txt [QSD]
RewriteRule ^/cookie$ - [CO=a:b:.x.example]
RewriteCond expr "%{REQUEST_URI} == '/ex'"
RewriteRule ^/ex$ /hello.txt [C]
RewriteRule ^/none /xx
RewriteRule !^/(.*)$ /hellox.txt
RewriteRule ^/end$ /sub/index.html [END]
<Directory "@ROOT@/www">
    Options FollowSymLinks
    AllowOverride All
    Require all granted
</Directory>
<Directory "@ROOT@/www/quiet">
    LogLevel rewrite:warn
    RewriteEngine On
    RewriteRule x x
</Directory>
'''
RULES = '''RewriteEngine On
RewriteRule ^no/(.*) /x [L]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteRule ^old(.*)$ a.txt$1 [L,QSA]
RewriteRule ^go$ http://other.example/new.txt [R,L]
RewriteRule ^self(.*)$ self$1
'''
TRACED_FILES = {'www/hello.txt': 'hello\n', 'www/sub/index.html': 'sub\n', 'www/sub/a.txt': 'a\n',
                'www/sub/.htaccess': RULES, 'www/quiet/a.txt': 'a\n', 'words': 'a one\nb two\n'}
STEPS = ['/hello.txt', '/never', '/one/hello.txt?z=1', '/away/x%20y', '/far/b', '/forbidden', '/gone', '/map/a', '/map/b',
         '/map/c', '/type', '/drop?x', '/cookie', '/ex', '/none', '/sub/a.txt', '/sub/old?x=1', '/sub/oldx',
         '/sub/old/info', '/sub/go', '/sub/selfx', '/sub/no/a', '/quiet/a.txt', '/hello.txt']
# What Apache tells of files where we go on with paths, and of its own insides.
INSIDES = re.compile(r'setting lastsub|prefixed with document_root|cache lookup|prefix_stat|force filename|copying |'
                     r'Evaluation of|strip document_root|trying to replace|(initial|subreq)/redir#|go-ahead')


def send(port, request):
    """Returns how many bytes came back."""
    with socket.create_connection(('127.0.0.1', port), 20) as s:
        s.sendall(request)
        got = 0
        while True:
            piece = s.recv(65536)
            if not piece:
                return got
            got += len(piece)


def lines_of(kind, program, modules):
    root = tempfile.mkdtemp(prefix='log-apache-')
    try:
        make_site(root, FILES)
        port = free_ports(1)[0]
        conf = CONF.replace('@ROOT@', root)
        for i, (form, _) in enumerate(FORMATS):
            conf += f'CustomLog {root}/{kind}.{i} {form}\n'
        server = Server(kind, program, modules, root, conf, [port])
        logs = [f'{root}/{kind}.{i}' for i in range(len(FORMATS))]
        try:
            # The look whether it is up came and went without a request; what was logged of it does not count.
            for log in logs:
                open(log, 'a').close()
            before = [os.path.getsize(log) for log in logs]
            bytes_of = [(len(r), send(port, r)) for r in REQUESTS]
        finally:
            server.stop()
        found = []
        for log, size in zip(logs, before):
            with open(log, encoding='latin-1') as f:
                f.seek(size)
                text = f.read()
            found.append(text.replace(root, 'ROOT').replace(str(port), 'PORT').split('\n')[:-1])
        return found, bytes_of
    finally:
        if not os.environ.get('KEEP'):
            shutil.rmtree(root, ignore_errors=True)


def steps_of(kind, program, modules):
    """The lines about rewriting, for each request those that it has, whatever their order."""
    root = tempfile.mkdtemp(prefix='log-apache-')
    try:
        make_site(root, TRACED_FILES)
        port = free_ports(1)[0]
        server = Server(kind, program, modules, root, TRACED.replace('@ROOT@', root), [port])
        try:
            found = []
            for path in STEPS:
                before = os.path.getsize(server.log)
                send(port, get(path))
                with open(server.log) as f:
                    f.seek(before)
                    text = f.read().replace(root, 'ROOT')
                steps = re.findall(r'\[(rewrite:trace\d)\].*?\[client .*?\] 127.0.0.1 - - '
                                   r'\[asked.example/sid#\S+\]\[rid#[-\w]+/(.*)', text, re.I)
                if kind == 'preforkd' and len(steps) != text.count('[rewrite:trace'):
                    found.append([f'of another form: {text}'])
                    continue
                found.append(sorted(f'{level} {said}' for level, said in steps if not INSIDES.search(said)))
            return found
        finally:
            server.stop()
    finally:
        shutil.rmtree(root, ignore_errors=True)


def judge_steps(ours, theirs):
    for path, mine, their in zip(STEPS, ours, theirs):
        # Apache has no name for the input of an expression, and changes the key of int:toupper in place.
        their = [re.sub(r"map=up key=(\w+)", lambda m: 'map=up key=' + m[1].lower(), line.replace("input='(null)'", "input='expr'"))
                 for line in their]
        if sorted(their) != mine:
            yield f'{path}: only preforkd: {[x for x in mine if x not in their]}, only apache: {[x for x in their if x not in mine]}'


def judge(form, want, ours, theirs, bytes_of):
    """Yields what is wrong with the lines of one format."""
    if want == 'BYTES':
        for who, lines, sizes in (('preforkd', ours, bytes_of[0]), ('apache', theirs, bytes_of[1])):
            told = [f'{i} {o} {i + o}' for i, o in sizes]
            if lines != told:
                yield f'{who}: {[x for x in zip(lines, told) if x[0] != x[1]]}'
    elif want:
        for who, lines in (('preforkd', ours), ('apache', theirs)):
            if len(lines) != len(REQUESTS):
                yield f'{who}: {len(lines)} lines for {len(REQUESTS)} requests'
            for line in lines:
                if not re.fullmatch(want, line.replace('PORT', '1')):
                    yield f'{who}: {line!r} is of another form than {want}'
    else:
        stamp = re.compile(DAY)
        ours, theirs = [[stamp.sub('[TIME]', line) for line in lines] for lines in (ours, theirs)]
        if len(ours) != len(theirs):
            yield f'{len(ours)} lines where Apache writes {len(theirs)}'
        own = [any(p.encode() in r.split(b'HTTP')[0] for p in OWN_PAGES) for r in REQUESTS]
        sized = len(ours) == len(REQUESTS) and (form == 'common' or any(s in form for s in SIZES))
        for i, (mine, line) in enumerate(zip(ours, theirs)):
            if mine != line and not (sized and own[i]):
                yield f'{mine!r} where Apache writes {line!r}'


def main():
    preforkd, apache, modules = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3]
    ours, our_bytes = lines_of('preforkd', preforkd, None)
    theirs, their_bytes = lines_of('apache', apache, modules)
    faults = compared = 0
    for i, (form, want) in enumerate(FORMATS):
        compared += len(theirs[i])
        for fault in judge(form, want, ours[i], theirs[i], (our_bytes, their_bytes)):
            print(f'{form}: {fault}')
            faults += 1
    steps = [steps_of('preforkd', preforkd, None), steps_of('apache', apache, modules)]
    for fault in judge_steps(*steps):
        print(fault)
        faults += 1
    print(f'{compared} lines in {len(FORMATS)} formats, {sum(map(len, steps[1]))} steps of rewriting, {faults} faults')
    return 1 if faults or compared < len(REQUESTS) or not all(steps[1][:-2]) else 0


if __name__ == '__main__':
    sys.exit(main())
