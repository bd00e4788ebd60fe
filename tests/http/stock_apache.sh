#!/bin/sh
# stock_apache - Debian's own configuration of Apache, as it lies in /etc/apache2
#
# Usage:  stock_apache.sh; TEST_BUILD says where preforkd was built, PREFORKD which server is tried
# Needs:  root (the configuration names a user), apache2 and python3; exits with 77 without them
# Checks: the configuration is read without a word; both servers, started with the variables of
#         envvars, give the same status, the same body and the same meaningful fields to the same
#         requests: the default site, icons, error pages, the status page's rules, what is hidden.
# Fails:  with 1 and one line for each difference
#
# The configuration is a copy in which only the port and the directories of logs and of the pid file
# differ, so that it runs beside others. What preforkd says of itself (Server) is left out, and so is the
# text of pages the servers make themselves.
# SPDX-License-Identifier: Apache-2.0
set -u

server=${PREFORKD:-${TEST_BUILD:-.}/src/preforkd}
[ "$(id -u)" = 0 ] || { echo "stock_apache.sh: not root"; exit 77; }
[ -f /etc/apache2/apache2.conf ] || { echo "stock_apache.sh: no /etc/apache2/apache2.conf"; exit 77; }
apache=$(command -v apache2 || command -v /usr/sbin/apache2) || { echo "stock_apache.sh: no apache2"; exit 77; }
command -v python3 >/dev/null || { echo "stock_apache.sh: no python3"; exit 77; }
[ -x "$server" ] || { echo "stock_apache.sh: $server is not built" >&2; exit 2; }
work=$(mktemp -d "${TMPDIR:-/tmp}/preforkd-stock-XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
chmod 755 "$work"

python3 - "$work" "$server" "$apache" <<'EOP'
import gzip, http.client, os, shutil, socket, subprocess, sys, time

work, preforkd, apache = sys.argv[1:]

held = []  # bound sockets that never listen: nobody else gets their ports, who sets SO_REUSEADDR still does

def free_port():
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(('127.0.0.1', 0))
    held.append(s)
    return s.getsockname()[1]

def environment(root):
    """What `set -a; . envvars` leaves, with the directories moved."""
    said = subprocess.run(['env', '-i', 'PATH=' + os.environ['PATH'], 'sh', '-c',
        'set -a; . /etc/apache2/envvars; env'], capture_output=True, text=True).stdout
    env = dict(line.split('=', 1) for line in said.splitlines() if '=' in line)
    env.update(APACHE_RUN_DIR=root, APACHE_LOCK_DIR=root, APACHE_LOG_DIR=root,
        APACHE_PID_FILE=root + '/pid')
    env.update({k: v for k, v in os.environ.items() if k.startswith(('ASAN_', 'UBSAN_'))})
    return env

def prepare(name, port):
    """A copy of the configuration with another port. Returns its directory."""
    root = f'{work}/{name}'
    shutil.copytree('/etc/apache2', root + '/conf', symlinks=True)
    os.chmod(root, 0o777)
    for file in ['ports.conf', 'sites-available/000-default.conf']:
        with open(f'{root}/conf/{file}') as f:
            text = f.read()
        with open(f'{root}/conf/{file}', 'w') as f:
            f.write(text.replace('Listen 80\n', f'Listen 127.0.0.1:{port}\n').replace('*:80>', f'*:{port}>'))
    return root

def start(name, command, port):
    root = f'{work}/{name}'
    process = subprocess.Popen(command, env=environment(root), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            socket.create_connection(('127.0.0.1', port), 1).close()
            return process
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
    process.kill()
    sys.exit(f'{name} does not start: {process.communicate()[0]}')

MEANINGFUL = ['Last-Modified', 'ETag', 'Accept-Ranges', 'Content-Length', 'Content-Type', 'Vary', 'Location',
    'Content-Encoding', 'Content-Range', 'Content-Language', 'Allow', 'WWW-Authenticate', 'Content-Location']

def ask(port, method, path, fields):
    c = http.client.HTTPConnection('127.0.0.1', port, timeout=20)
    c.request(method, path, headers={'Host': 'localhost', **fields})
    r = c.getresponse()
    body = r.read()
    got = {name: r.getheader(name) for name in MEANINGFUL}
    c.close()
    return r.status, got, body

REQUESTS = [
    ('GET', '/', {}), ('HEAD', '/', {}), ('GET', '/index.html', {}), ('HEAD', '/index.html', {}),
    ('GET', '/index.html?query', {}), ('GET', '/index.html/more', {}), ('GET', '//index.html', {}),
    ('GET', '/./index.html', {}), ('GET', '/%69ndex.html', {}), ('GET', '/index.nginx-debian.html', {}),
    ('GET', '/', {'Accept-Encoding': 'gzip'}), ('HEAD', '/', {'Accept-Encoding': 'gzip'}),
    ('GET', '/', {'If-None-Match': 'TAG'}), ('GET', '/', {'If-None-Match': '"none"'}), ('GET', '/', {'If-None-Match': '*'}),
    ('GET', '/', {'If-Modified-Since': 'DATE'}), ('GET', '/', {'If-Match': '"none"'}),
    ('GET', '/', {'Range': 'bytes=0-99'}), ('GET', '/', {'Range': 'bytes=-10'}), ('GET', '/', {'Range': 'bytes=99999999-'}),
    ('GET', '/none', {}), ('HEAD', '/none', {}), ('GET', '/none/', {}), ('GET', '/.htaccess', {}), ('GET', '/.htpasswd', {}),
    ('GET', '/.hidden', {}), ('GET', '/../etc/passwd', {}), ('GET', '/%2e%2e/etc/passwd', {}), ('GET', '/a%2fb', {}),
    ('GET', '/a%00', {}), ('GET', '/icons', {}), ('GET', '/icons/', {}), ('GET', '/icons/README', {}),
    ('GET', '/icons/ubuntu-logo.png', {}), ('GET', '/icons/folder.gif', {}), ('HEAD', '/icons/folder.png', {}),
    ('GET', '/icons/small/folder.gif', {}), ('GET', '/icons/small/', {}), ('GET', '/icons/none.gif', {}),
    ('GET', '/server-status', {}), ('GET', '/server-status?auto', {}), ('HEAD', '/server-status?auto', {}),
    ('GET', '/manual/', {}),
    ('OPTIONS', '/', {}), ('OPTIONS', '/none', {}), ('POST', '/', {'Content-Length': '0'}), ('PUT', '/new', {'Content-Length': '0'}),
    ('DELETE', '/', {}), ('TRACE', '/', {}), ('FOO', '/', {}), ('GET', '/', {'Accept-Language': 'de'}),
    ('GET', '/', {'Accept': 'image/png'}), ('GET', '/', {'Connection': 'close'}),
]

# What differs, and why. A difference that stands here and is gone is no fault.
#   fields of 304, 412 and 416          RFC 9110 15.4.5 asks for Vary in a 304 and 15.5.17 for Content-Range
#                                       in a 416, and for no others
#   Allow of 405 to TRACE and FOO       must be there (RFC 9110 15.5.6); FOO is 501, which has none
#   Accept-Ranges of what is compressed on the fly: there are no parts of it
#   charset and type of pages the servers make themselves: ours are UTF-8
#   /cgi-bin/                           mod_cgi is built in here and may be missing there: not asked
DOCUMENT = ['Last-Modified', 'ETag', 'Accept-Ranges', 'Content-Length', 'Content-Type', 'Vary', 'Content-Encoding',
    'Content-Range', 'Content-Language', 'Content-Location']
ALWAYS = ['WWW-Authenticate', 'Location']

def fields_of(method, path, status, got):
    names = list(ALWAYS)
    if method in ('GET', 'HEAD') and status in (200, 206) and not path.startswith('/server-status'):
        names += DOCUMENT
        if got['Content-Encoding']:
            names.remove('Accept-Ranges')
            names.remove('Content-Length')
    elif status == 304:
        names.append('ETag')
    return names

def methods(allow):
    return set((allow or '').replace(' ', '').split(','))

def compare(a, p, method, path):
    faults = []
    (sa, fa, ba), (sp, fp, bp) = a, p
    if sa != sp:
        return [f'status {sa} of apache, {sp} of preforkd']
    for name in fields_of(method, path, sa, fa):
        x, y = fa[name], fp[name]
        if name == 'Location' and x and y: # ours names no host
            x, y = ('/' + v.split('://')[-1].split('/', 1)[-1].lstrip('/') for v in (x, y))
        if x != y:
            faults.append(f'{name} {fa[name]!r} of apache, {fp[name]!r} of preforkd')
    if method not in ('TRACE', 'FOO') and methods(fa['Allow']) != methods(fp['Allow']):
        faults.append(f'Allow {fa["Allow"]!r} of apache, {fp["Allow"]!r} of preforkd')
    if method == 'GET' and sa in (200, 206) and not path.startswith('/server-status'):
        if unpacked(fa, ba) != unpacked(fp, bp):
            faults.append(f'bodies differ ({len(ba)} and {len(bp)} bytes)')
    return faults

def unpacked(fields, body):
    return gzip.decompress(body) if fields['Content-Encoding'] == 'gzip' else body

def run():
    ports = {'apache': free_port(), 'preforkd': free_port()}
    commands = {}
    for name, program in ('apache', apache), ('preforkd', preforkd):
        conf = prepare(name, ports[name]) + '/conf'
        commands[name] = [program, '-d', conf, '-f', conf + '/apache2.conf', '-D', 'FOREGROUND']
    faults = 0
    checked = subprocess.run(commands['preforkd'] + ['-t'], capture_output=True, text=True,
        env=environment(work + '/preforkd'))
    if checked.returncode or (checked.stdout + checked.stderr).strip() != 'Syntax OK':
        print('stock_apache.sh: preforkd -t says:', checked.stdout + checked.stderr)
        return 1
    servers = []
    try:
        for name in commands:
            servers.append(start(name, commands[name], ports[name]))
        status, fields, _ = ask(ports['apache'], 'GET', '/', {})
        if status != 200:
            print('stock_apache.sh: Apache has no default site here')
            return 77
        for method, path, extra in REQUESTS:
            extra = {k: {'TAG': fields['ETag'], 'DATE': fields['Last-Modified']}.get(v, v) for k, v in extra.items()}
            for turn in 'once', 'again':
                a = ask(ports['apache'], method, path, extra)
                p = ask(ports['preforkd'], method, path, extra)
                for fault in compare(a, p, method, path):
                    print(f'{method} {path} {extra or ""} ({turn}): {fault}')
                    faults += 1
        for name in 'error.log', 'access.log':
            if not os.path.exists(f'{work}/preforkd/{name}'):
                print(f'stock_apache.sh: preforkd wrote no {name}')
                faults += 1
    finally:
        for process in servers:
            process.terminate()
        for process in servers:
            process.wait(20)
    return 1 if faults else 0

sys.exit(run())
EOP
