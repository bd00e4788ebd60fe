#!/bin/sh
# access_apache - access control lets in whom Debian's Apache lets in
#
# Usage:  access_apache.sh
#         TEST_BUILD says where preforkd was built, PREFORKD which server is tried.
# Needs:  apache2 with Debian's modules, and python3; exits with 77 where they are not there
# Checks: for each configuration of a table, the same status, the same WWW-Authenticate and, where a
#         document is sent, the same document, for a handful of requests, asked twice
# Fails:  with 1 and the differences
#
# Both servers run on ports of their own, from a directory of their own, and are ended here.
# SPDX-License-Identifier: Apache-2.0
set -u

server=${PREFORKD:-${TEST_BUILD:-.}/src/preforkd}
apache=$(command -v apache2 || command -v /usr/sbin/apache2) || { echo "access_apache.sh: no apache2"; exit 77; }
command -v python3 >/dev/null || { echo "access_apache.sh: no python3"; exit 77; }
modules=/usr/lib/apache2/modules
for module in mpm_prefork authz_core authz_host authz_user authz_groupfile access_compat authn_core \
	authn_file auth_basic setenvif env dir mime; do
	[ -e "$modules/mod_$module.so" ] || { echo "access_apache.sh: no mod_$module"; exit 77; }
done
[ -x "$server" ] || { echo "access_apache.sh: $server is not built" >&2; exit 2; }
work=$(mktemp -d "${TMPDIR:-/tmp}/preforkd-access-XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
chmod 755 "$work"

python3 - "$work" "$server" "$apache" "$modules" <<'EOP'
import base64, os, socket, subprocess, sys, time

work, server, apache, modules = sys.argv[1:]

# alice "secret" by bcrypt, bob "builder" by SHA-1, carol "pw" by MD5
USERS = '''alice:$2y$04$0QLb1x38b04K3Jyhz9vXSOqbLBF7/UGHh8xgGZ7L7s1tpOJ.gmL.K
bob:{SHA}9SMYoF5RilWWASry7TjeaKwmpGg=
carol:$apr1$ZanCg1c9$2k9iRsP0yzcfMb8r1Hkni.
'''
GROUPS = 'staff: alice carol\n# a comment\nteam: bob\n'

BASIC = 'AuthType Basic\nAuthName "a realm"\nAuthUserFile @W/users\nAuthGroupFile @W/groups\n'
F, P = 'GET @U/f.txt', 'POST @U/f.txt'
H, S = 'HEAD @U/f.txt', 'GET @U/sub/f.txt'
ALICE, BOB, CAROL = F + ' alice:secret', F + ' bob:builder', F + ' carol:pw'
WRONG, NOBODY = F + ' alice:wrong', F + ' nobody:x'

def inner(lines):
    return '</Directory>\n<Directory @D/sub>\n' + lines

# What stands in a directory, and the requests: method, path, then user:password or a field.
CASES = [
    (BASIC + '<Limit POST>\nRequire valid-user\n</Limit>', [F, P, ALICE]),
    ('<Limit POST>\nRequire all denied\n</Limit>', [F, P, H]),
    ('<Limit POST>\nRequire all denied\n</Limit>\nRequire ip 10.0.0.0/8', [F, P]),
    ('<Limit POST>\nRequire all granted\n</Limit>\nRequire ip 10.0.0.0/8', [F]),
    ('<RequireAll>\n<Limit POST>\nRequire all denied\n</Limit>\nRequire all granted\n</RequireAll>', [F, P]),
    ('<RequireAll>\n<Limit POST>\nRequire all granted\n</Limit>\nRequire all denied\n</RequireAll>', [F, P]),
    ('<LimitExcept GET>\nRequire all denied\n</LimitExcept>', [F, P, H, 'OPTIONS @U/f.txt', 'TRACE @U/f.txt']),
    ('Require all denied', [F, H, P, 'OPTIONS @U/f.txt', 'TRACE @U/f.txt', 'GET @U/none', 'GET @U', 'GET @U/']),
    (BASIC + 'Require valid-user', [F, ALICE, BOB, CAROL, WRONG, NOBODY, F + ' alice', F + ' :x',
        F + ' Authorization: Basic !!', F + ' Authorization: Digest x', F + ' Authorization: basic Ym9iOmJ1aWxkZXI=']),
    (BASIC + 'Require user bob', [F, ALICE, BOB]),
    (BASIC + 'Require user alice "bob"', [CAROL, BOB]),
    (BASIC + 'Require user %{REQUEST_METHOD} bob', [ALICE, BOB]),
    (BASIC + 'Require group staff', [F, ALICE, BOB, CAROL]),
    (BASIC + 'Require user bob\nRequire group staff', [ALICE, BOB]),
    (BASIC + 'AuthGroupFile @W/none\nRequire group staff', [ALICE]),
    (BASIC + 'Require all denied', [F, ALICE]),
    (BASIC + 'Require all granted', [F, WRONG]),
    (BASIC + 'Require ip 10\nRequire valid-user', [F, ALICE]),
    (BASIC + 'Require ip 127\nRequire valid-user', [F, WRONG]),
    (BASIC + '<RequireAll>\nRequire ip 10\nRequire valid-user\n</RequireAll>', [F, ALICE]),
    (BASIC + '<RequireAll>\nRequire ip 127\nRequire valid-user\n</RequireAll>', [F, ALICE]),
    (BASIC + '<RequireAll>\nRequire valid-user\nRequire not user bob\n</RequireAll>', [F, ALICE, BOB]),
    ('<RequireAll>\nRequire all granted\n<RequireNone>\nRequire ip 127\n</RequireNone>\n</RequireAll>', [F]),
    ('<RequireAll>\nRequire all granted\n<RequireNone>\nRequire ip 128\nRequire ip 10\n</RequireNone>\n</RequireAll>', [F]),
    ('<RequireAll>\n<RequireAny>\nRequire ip 10\nRequire local\n</RequireAny>\nRequire method GET\n</RequireAll>', [F, P]),
    (BASIC + '<RequireAll>\nRequire all granted\n<RequireNone>\nRequire user bob\n</RequireNone>\n</RequireAll>', [F, ALICE, BOB]),
    ('Require valid-user', [F, ALICE]),
    ('AuthType None\nRequire valid-user', [F]),
    ('AuthType Basic\nRequire valid-user', [F, ALICE]),
    ('AuthType Basic\nAuthName x\nRequire valid-user', [F, ALICE]),
    ('AuthType Basic\nAuthName x\nAuthUserFile @W/none\nRequire valid-user', [F, ALICE]),
    (BASIC, [F, WRONG]),
    (BASIC + 'AuthBasicAuthoritative Off\nRequire valid-user', [F, ALICE, WRONG, NOBODY]),
    (BASIC + 'AuthzSendForbiddenOnFailure On\nRequire user bob', [F, ALICE, BOB]),
    ('AuthType Basic\nAuthName "a\\"b"\nAuthUserFile @W/users\nRequire valid-user', [F]),
    ('AuthType Basic\nAuthName "%{REQUEST_URI} x"\nAuthUserFile @W/users\nRequire valid-user', [F]),
    (BASIC + 'Satisfy Any\nOrder allow,deny\nDeny from all', [F]),
    (BASIC + 'Satisfy Any\nOrder allow,deny\nDeny from all\nRequire valid-user', [F, ALICE, WRONG]),
    (BASIC + 'Satisfy Any\nOrder allow,deny\nAllow from 127\nRequire valid-user', [F, WRONG]),
    (BASIC + 'Satisfy All\nOrder allow,deny\nAllow from 127\nRequire valid-user', [F, ALICE]),
    (BASIC + 'Order allow,deny\nDeny from 127\nRequire valid-user', [F, ALICE]),
    (BASIC + '<Limit POST>\nSatisfy Any\nDeny from all\n</Limit>\nRequire valid-user', [F, P]),
    ('Order allow,deny', [F]), ('Order deny,allow', [F]), ('Deny from all', [F]), ('Allow from 10', [F]),
    ('Order allow,deny\nAllow from all', [F]), ('Order allow,deny\nAllow from all\nDeny from 127.0.0', [F]),
    ('Order mutual-failure\nAllow from 127', [F]), ('Order mutual-failure\nDeny from 10', [F]),
    ('Order deny,allow\nDeny from all\nAllow from 127.0.0.1', [F]),
    ('Order deny,allow\nDeny from all\nAllow from 127.0.0.0/255.0.0.0', [F]),
    ('Order deny,allow\n<Limit POST>\nDeny from all\n</Limit>', [F, P]),
    ('<Limit POST>\nOrder allow,deny\n</Limit>', [F, P]),
    ('Deny from all\n' + inner('Satisfy Any'), [F, S]),
    ('Order allow,deny\nAllow from 10\n' + inner('AuthType None'), [F, S]),
    ('Require all denied\n' + inner('AuthMerging Off'), [F, S]),
    ('Require all denied\n' + inner('AuthMerging And'), [S]),
    ('Require all denied\n' + inner('Require all granted'), [S]),
    ('Require all denied\n' + inner('AuthMerging And\nRequire all granted'), [S]),
    ('Require all denied\n' + inner('AuthMerging Or\nRequire all granted'), [S]),
    ('Require ip 127\n' + inner('AuthMerging And\nRequire ip 10'), [S]),
    ('Require ip 127\n' + inner('AuthMerging And\nRequire local'), [S]),
    ('AuthMerging Or\nRequire ip 127\n' + inner('Require ip 10'), [S]),
    (BASIC + 'ErrorDocument 401 @U/401.html\nRequire valid-user', [F, WRONG]),
    ('ErrorDocument 403 @U/403.html\nRequire all denied', [F]),
    ('Require method GET', [F, H, P]), ('Require method HEAD', [F, H, P]), ('Require method POST PUT', [F]),
    ('SetEnvIf X-A ^b ok\nRequire env ok', [F, F + ' X-A: bc']),
    ('SetEnvIf X-A ^b ok\nOrder deny,allow\nDeny from all\nAllow from env=ok', [F, F + ' X-A: bc']),
    ('SetEnvIf X-A ^b ok\nOrder allow,deny\nAllow from env=!ok', [F, F + ' X-A: bc']),
    ('SetEnvIf Remote_Addr ^127 a\nSetEnvIf Server_Addr ^127 s\n<RequireAll>\nRequire env a\nRequire env s\n</RequireAll>', [F]),
    ('SetEnvIf Request_Protocol "HTTP/1.1" a\nSetEnvIf a 1 b\nSetEnvIf b . !a\n<RequireAll>\nRequire env b\nRequire not env a\n</RequireAll>', [F]),
    ('SetEnvIf X-Z ^$ none\nRequire env none', [F, F + ' X-Z: 1']),
    ('SetEnvIf ^X- yes x\nRequire env x', [F, F + ' X-Z: yes', F + ' X-Z: yes\r\nX-Y: no']),
    ('SetEnvIf X-Z yes ok\nRequire env ok', [F + ' X-Z: no\r\nX-Z: yes', F + ' X-Z: yes\r\nX-Z: no']),
    ('SetEnvIf X-Z (.*)-(.*) v=$2\nSetEnvIf v ^b$ ok\nRequire env ok', [F + ' X-Z: a-b', F + ' X-Z: b-a']),
    ('SetEnvIf X-Z YES a\nSetEnvIfNoCase X-Z YES b\n<RequireAll>\nRequire env b\nRequire not env a\n</RequireAll>', [F + ' X-Z: yes']),
    ('BrowserMatch Fox ok\nRequire env ok', [F, F + ' User-Agent: a Fox']),
    ('SetEnvIfExpr "%{REQUEST_METHOD} == \'GET\'" ok\nRequire env ok', [F, P]),
    ('SetEnvIfExpr "%{REQUEST_URI} =~ m#/(c)[0-9]#" ok=$1\nSetEnvIf ok ^c got\nRequire env got', [F]),
    ('SetEnv ok 1\nRequire env ok', [F]),
    ('Require expr %{REQUEST_METHOD} == "GET"', [F, P]),
    ('Require expr "%{HTTP:X-A} == \'b c\'"', [F, F + ' X-A: b c']),
    (BASIC + 'Require expr %{REMOTE_USER} == "alice"', [F, ALICE, BOB]),
    ('Require expr %{REMOTE_USER} == "alice"', [F]),
    ('<If "%{REQUEST_METHOD} == \'POST\'">\nRequire all denied\n</If>\n<Else>\nRequire all granted\n</Else>', [F, P]),
    ('<If "%{HTTP:X-A} == \'1\'">\nRequire all denied\n</If>\n<ElseIf "%{HTTP:X-A} == \'2\'">\n' + BASIC +
        'Require valid-user\n</ElseIf>', [F, F + ' X-A: 1', F + ' X-A: 2']),
    ('<Files f.txt>\nRequire all denied\n</Files>', [F, 'GET @U/401.html', S]),
]

def configuration(head):
    text = head + '<Directory />\nRequire all granted\nAllowOverride None\n</Directory>\n'
    for number, (lines, _) in enumerate(CASES):
        directory = '%s/htdocs/c%d' % (work, number)
        text += ('<Directory @D>\n' + lines + '\n</Directory>\n').replace('@D', directory).replace(
            '@U', '/c%d' % number).replace('@W', work)
    return text

def write(name, text):
    path = work + '/' + name
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as f:
        f.write(text)
    os.chmod(path, 0o644)

def start(name, head, arguments):
    for attempt in range(10):
        port = 20000 + (os.getpid() * 7 + attempt * 613 + len(name) * 97) % 20000
        write(name + '.conf', configuration(head % {'port': port, 'w': work}))
        process = subprocess.Popen(arguments + ['-d', work, '-f', '%s/%s.conf' % (work, name)],
            stdout=subprocess.DEVNULL, stderr=open('%s/%s.err' % (work, name), 'w'))
        for _ in range(1200):
            time.sleep(0.05)
            if process.poll() is not None:
                break
            if os.path.exists('%s/%s.pid' % (work, name)):
                try:
                    socket.create_connection(('127.0.0.1', port), 5).close()
                    return process, port
                except OSError:
                    pass
        if process.poll() is None:
            process.terminate()
            process.wait()
    print(name, 'does not start:', open('%s/%s.err' % (work, name)).read())
    sys.exit(1)

def ask(port, case, request):
    method, path, *rest = request.split(' ', 2)
    fields = 'Content-Length: 0\r\n' if method == 'POST' else ''
    if rest and ' ' in rest[0]:
        fields += rest[0] + '\r\n'
    elif rest:
        fields += 'Authorization: Basic %s\r\n' % base64.b64encode(rest[0].encode()).decode()
    with socket.create_connection(('127.0.0.1', port), 20) as s:
        s.sendall(('%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n' %
            (method, path.replace('@U', '/c%d' % case), fields)).encode())
        data = b''
        while True:
            piece = s.recv(65536)
            if not piece:
                break
            data += piece
    head, _, body = data.decode('latin-1').partition('\r\n\r\n')
    status = head.split(' ')[1] if ' ' in head else 'nothing'
    challenge = [line for line in head.split('\r\n') if line.lower().startswith('www-authenticate:')]
    document = body if 'own words' in body or (status == '200' and method == 'GET') else ''
    return status, challenge, document

for case in range(len(CASES)):
    for name in ('f.txt', 'sub/f.txt', '401.html', '403.html'):
        write('htdocs/c%d/%s' % (case, name), 'own words of %s\n' % name)
write('users', USERS)
write('groups', GROUPS)
write('mime.types', 'text/html html\ntext/plain txt\n')
for directory, _, _ in os.walk(work):
    os.chmod(directory, 0o755)

common = 'ServerName localhost\nListen 127.0.0.1:%(port)d\nDocumentRoot %(w)s/htdocs\nTypesConfig %(w)s/mime.types\n'
loads = ''.join('LoadModule %s_module %s/mod_%s.so\n' % (m, modules, m) for m in (
    'mpm_prefork authz_core authz_host authz_user authz_groupfile access_compat authn_core authn_file '
    'auth_basic setenvif env dir mime').split())
root = 'User nobody\nGroup nogroup\n' if os.getuid() == 0 else ''
theirs, their_port = start('apache', loads + common + root + 'ErrorLog %(w)s/apache.log\nPidFile %(w)s/apache.pid\n',
    [apache, '-X'])
ours, our_port = start('preforkd', common + root + 'ErrorLog %(w)s/preforkd.log\nPidFile %(w)s/preforkd.pid\n'
    'StartServers 1\n', [server, '-DFOREGROUND'])
asked = differ = 0
try:
    for case, (lines, requests) in enumerate(CASES):
        for request in requests * 2:
            a, b = ask(their_port, case, request), ask(our_port, case, request)
            asked += 1
            if a != b:
                differ += 1
                print('%s\n\t%s\n\tapache2  %s\n\tpreforkd %s' % (lines, request, a, b))
finally:
    for process in (theirs, ours):
        process.terminate()
        process.wait()
print('%d requests over %d configurations, %d differ' % (asked, len(CASES), differ))
sys.exit(1 if differ else 0)
EOP
