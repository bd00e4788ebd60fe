# apache - configurations as people have them, before preforkd and before Apache
#
# Usage:  python3 apache.py PREFORKD [APACHE2 MODULES-DIRECTORY]
# Checks: for each case of apache_cases.py, apache_answers.py and apache_moves.py a server is started on its
#         configuration and asked; each answer has to be the one that is written there. With Apache's program
#         named, Apache is asked the same, and has to agree in status, in the fields that mean something, and
#         in the body.
# Fails:  with 1 and one line for each answer that is another one
#
# SPDX-License-Identifier: Apache-2.0
import email.utils
import glob
import gzip
import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import apache_answers  # noqa: E402
import apache_cases  # noqa: E402
import apache_moves  # noqa: E402

CASES = apache_cases.CASES + apache_answers.CASES + apache_moves.CASES

# Fields in which both have to agree, where Apache's answer is no error page of its own.
FIELDS = ['location', 'expires-now', 'content-type', 'content-encoding', 'content-language', 'content-location',
          'www-authenticate', 'cache-control', 'vary', 'etag-there', 'accept-ranges', 'x-one', 'x-two', 'x-frame-options']

# Modules a stock Apache has compiled in or loads; the rest by what the cases use.
MODULES = ['mpm_prefork', 'authn_core', 'authn_file', 'authz_core', 'authz_host', 'authz_user',
           'authz_groupfile', 'auth_basic', 'access_compat', 'alias', 'autoindex', 'cgi', 'actions', 'dir',
           'env', 'expires', 'headers', 'mime', 'negotiation', 'rewrite', 'setenvif', 'deflate', 'filter',
           'status', 'remoteip', 'log_config', 'logio', 'unixd', 'reqtimeout']


OLD = int(time.time()) - 3600  # when the files were made; @MODIFIED@ in fields of requests


class Server:
    def __init__(self, kind, program, modules, root, conf, ports):
        self.kind, self.root = kind, root
        self.log = os.path.join(root, kind + '.err')
        path = os.path.join(root, kind + '.conf')
        head = f'ServerRoot {root}\nServerName localhost\nPidFile {root}/{kind}.pid\nErrorLog {self.log}\n'
        head += ''.join(f'Listen 127.0.0.1:{p}\n' for p in ports)
        if kind == 'apache':
            for m in MODULES:
                if os.path.exists(f'{modules}/mod_{m}.so'):
                    head += f'LoadModule {m}_module {modules}/mod_{m}.so\n'
            head += f'TypesConfig {root}/mime.types\nMutex file:{root}\nDefaultRuntimeDir {root}\n'
        else:
            head += f'TypesConfig {root}/mime.types\nControlSocket none\nStartServers 1\n'
        if os.geteuid() == 0:
            head += 'User nobody\nGroup nogroup\n'
        with open(path, 'w') as f:
            f.write(head + conf)
        args = [program, '-f', path, '-DFOREGROUND'] if kind == 'apache' else [program, '-f', path, '-d', root,
                                                                               '-D', 'FOREGROUND']
        with open(self.log + '.start', 'w') as said:  # Apache ends its whole process group
            self.process = subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                socket.create_connection(('127.0.0.1', ports[0]), 1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.02)
        raise RuntimeError(f'{kind} did not start: ' + open(self.log + '.start').read()[-500:])

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def seconds(date):
    return email.utils.parsedate_to_datetime(date).timestamp()


def ask(port, request):
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=20)
    host = request.get('host', 'localhost').replace('@PORT@', str(port))
    fields = {'Host': host, 'Connection': 'close'}
    fields.update(request.get('fields', {}))
    try:
        connection.putrequest(request.get('method', 'GET'), request['path'], skip_host=True,
                              skip_accept_encoding=True)
        body = request.get('send', '').encode()
        if body:
            fields['Content-Length'] = str(len(body))
        for name, value in fields.items():
            connection.putheader(name, value.replace('@MODIFIED@', email.utils.formatdate(OLD, usegmt=True)))
        connection.endheaders(body or None)
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    found = {'reason': answer.reason}
    for name, value in answer.getheaders():
        name = name.lower()
        found[name] = found[name] + ', ' + value if name in found else value
    if 'etag' in found:
        found['etag-there'] = 'yes'
    if 'expires' in found and abs(seconds(found['expires']) - seconds(found['date'])) < 3:
        found['expires-now'] = 'yes'
    if 'location' in found:
        base = f"http://{fields['Host']}{urllib.parse.urlsplit(request['path']).path}"
        found['location'] = urllib.parse.urljoin(base, found['location'])
    if 'vary' in found:
        found['vary'] = ','.join(sorted(v.strip().lower() for v in found['vary'].split(',')))
    if 'content-type' in found:
        found['content-type'] = found['content-type'].replace('; ', ';').lower()
    if found.get('content-encoding') == 'gzip' and content[:1] == b'\x1f':
        content = gzip.decompress(content)
    return answer.status, found, content.decode('utf-8', 'replace')


def check(case, request, answer, who):
    status, found, body = answer
    faults = []
    if found['reason'] != request.get('reason', found['reason']):
        faults.append(f"{found['reason']!r} instead of {request['reason']!r}")
    if status != request['status']:
        faults.append(f"status {status} instead of {request['status']}")
    for name, value in request.get('has', {}).items():
        mine = found.get(name.lower())
        if value is None and mine is not None:
            faults.append(f'{name}: {mine}, which should not be there')
        elif value is not None and value not in (mine or ''):
            faults.append(f'{name}: {mine} does not hold {value}')
    for text in request.get('body', []):
        if text not in body:
            faults.append(f'the body does not hold {text!r}: {body[:100]!r}')
    for text in request.get('not', []):
        if text in body:
            faults.append(f'the body holds {text!r}')
    for fault in faults:
        where = request.get('host', '') + request['path']
        print(f"{case['name']}: {who}: {request.get('method', 'GET')} {where}: {fault}")
    return len(faults)


def compare(case, request, ours, theirs):
    faults = 0
    if ours[0] != theirs[0]:
        return 0  # one of them failed above
    error_page = ours[0] >= 300 and not request.get('page')
    for name in FIELDS:
        if name in request.get('differs', []) or (error_page and name in ('content-type', 'content-language', 'vary',
                                                                          'etag-there')):
            continue
        a, b = ours[1].get(name), theirs[1].get(name)
        if a != b:
            print(f"{case['name']}: {request['path']}: {name}: {a} where Apache says {b}")
            faults += 1
    if not error_page and 'body' not in request.get('differs', []) and ours[2] != theirs[2]:
        print(f"{case['name']}: {request['path']}: another body than Apache's: {ours[2][:80]!r}, {theirs[2][:80]!r}")
        faults += 1
    return faults


held = []  # bound sockets that never listen: nobody else gets their ports, who sets SO_REUSEADDR still does


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(('127.0.0.1', 0))
    held.extend(sockets)
    return [s.getsockname()[1] for s in sockets]


def make_site(root, files):
    os.chmod(root, 0o755)
    files = dict(files)
    files.setdefault('www/index.html', '<p>front</p>\n')
    for name, content in files.items():
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        mode = 0o644
        if isinstance(content, tuple):
            content, mode = content
        with open(path, 'w') as f:
            f.write(content.replace('@ROOT@', root))
        os.chmod(path, mode)
        os.utime(path, (OLD, OLD))
    with open(os.path.join(root, 'mime.types'), 'w') as f:
        f.write('text/html html htm\ntext/plain txt\ntext/css css\nimage/png png\nimage/gif gif\n'
                'application/javascript js\napplication/pdf pdf\n')


def run(case, programs):
    answers, faults = {}, 0
    for kind, program, modules in programs:
        root = tempfile.mkdtemp(prefix='apache-case-')
        try:
            make_site(root, case.get('files', {}))
            ports = free_ports(case.get('ports', 1))
            conf = case['conf'].replace('@ROOT@', root)
            for i, port in enumerate(ports):
                conf = conf.replace(f'@PORT{i + 1}@', str(port)).replace('@PORT@', str(ports[0]))
            if 'DocumentRoot' not in conf.split('<VirtualHost')[0]:
                conf = f'DocumentRoot {root}/www\n' + conf
            server = Server(kind, program, modules, root, conf, ports)
            try:
                answers[kind] = [ask(ports[r.get('port', 1) - 1], r) for r in case['requests']]
            finally:
                server.stop()
            for answer in answers[kind]:
                for name, value in answer[1].items():
                    for i, port in enumerate(ports):
                        value = value.replace(f':{port}', f':PORT{i + 1}')
                    answer[1][name] = value.replace(root, 'ROOT')
        finally:
            if not os.environ.get('KEEP'):
                shutil.rmtree(root, ignore_errors=True)
        for request, answer in zip(case['requests'], answers[kind]):
            if kind not in request.get('unlike', []):
                faults += check(case, request, answer, kind)
    if len(programs) > 1:
        for request, ours, theirs in zip(case['requests'], answers['preforkd'], answers['apache']):
            if not request.get('unlike'):
                faults += compare(case, request, ours, theirs)
    return faults


def main():
    programs = [('preforkd', os.path.abspath(sys.argv[1]), None)]
    if len(sys.argv) > 3:
        programs.append(('apache', sys.argv[2], sys.argv[3]))
    only = os.environ.get('CASE')
    faults = asked = 0
    for case in CASES:
        if only and only not in case['name']:
            continue
        begun = time.time()
        try:
            faults += run(case, programs)
        except (RuntimeError, OSError, http.client.HTTPException) as error:
            print(f"{case['name']}: {error}")
            faults += 1
        asked += len(case['requests'])
        if os.environ.get('VERBOSE'):
            print(f"{case['name']}: {time.time() - begun:.1f} s")
    print(f'{asked} requests in {len(CASES)} configurations, {faults} faults')
    return 1 if faults else 0


if __name__ == '__main__':
    sys.stdout.reconfigure(line_buffering=True)
    sys.exit(main())
