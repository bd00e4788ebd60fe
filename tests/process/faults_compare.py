# faults_compare - the same faults done to nginx, Apache (prefork) and this server, and what was seen
#
# Usage:  python3 faults_compare.py PREFORKD [--html]; as root, for a disk that fills
# Prints: a table, a row for each fault; --html prints its rows, for the table of www/manual/security.html
# Needs:  nginx and apache2; what is missing has an empty column
#
# It is run by hand: what others do is no test of ours.
#
# SPDX-License-Identifier: Apache-2.0
import html
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from chaos import end_all, fds_of, stat_of, text_of, until  # noqa: E402

SIZE = 20 << 20
NGINX = '''worker_processes 2; daemon off; pid {root}/pid; error_log {root}/error.log; user {user} nogroup;
{bad}
events {{ worker_connections 512; }}
http {{ sendfile on; access_log {root}/disk/access.log; default_type text/plain;
server {{ listen 127.0.0.1:{port}; root {root}/www; }} }}
'''
APACHE = '''ServerRoot {root}
ServerName localhost
Listen 127.0.0.1:{port}
LoadModule mpm_prefork_module {modules}/mod_mpm_prefork.so
LoadModule authz_core_module {modules}/mod_authz_core.so
PidFile {root}/pid
DefaultRuntimeDir {root}
ErrorLog {root}/error.log
LogFormat "%h %t \\"%r\\" %>s %b" common
CustomLog {root}/disk/access.log common
DocumentRoot {root}/www
StartServers 2
MinSpareServers 2
MaxSpareServers 4
User {user}
Group nogroup
{bad}
'''
OURS = '''ServerRoot {root}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {root}/pid
ControlSocket none
ErrorLog {root}/error.log
CustomLog {root}/disk/access.log common
DocumentRoot {root}/www
StartServers 2
User {user}
Group nogroup
{bad}
'''
KINDS = {'nginx': (NGINX, signal.SIGHUP), 'apache': (APACHE, signal.SIGUSR1), 'ours': (OURS, signal.SIGUSR1)}


class Server:
    def __init__(self, kind, program):
        self.kind = kind
        self.conf, self.reload_signal = KINDS[kind]
        self.root = tempfile.mkdtemp(prefix='faults-compare-')
        os.chmod(self.root, 0o755)
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            self.port = s.getsockname()[1]
        for name in ('www', 'disk', 'logs'):
            os.makedirs(f'{self.root}/{name}')
        self.mounted = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=256k', 'faults', f'{self.root}/disk'],
                                      check=False).returncode == 0
        for name, size in (('small', 100), ('page', 40000), ('big', SIZE), ('cut', SIZE)):
            with open(f'{self.root}/www/{name}', 'wb') as f:
                f.write(b'x' * size)
        self.configure()
        self.arguments = {
            'nginx': [program, '-p', self.root, '-e', f'{self.root}/error.log', '-c', f'{self.root}/conf'],
            'apache': [program, '-f', f'{self.root}/conf', '-DFOREGROUND'],
            'ours': [program, '-d', self.root, '-f', 'conf', '-D', 'FOREGROUND']}[kind]
        self.start()

    def configure(self, bad=''):
        with open(f'{self.root}/conf', 'w') as f:
            f.write(self.conf.format(root=self.root, port=self.port, bad=bad, user='nobody',
                                     modules='/usr/lib/apache2/modules'))

    def start(self):
        with open(f'{self.root}/said', 'a') as said:
            self.process = subprocess.Popen(self.arguments, stdout=said, stderr=said, start_new_session=True)
        # Its own workers have to be there: those of another may answer for it.
        until(lambda: self.process.poll() is not None or self.workers() and self.get() == 'good', 10)
        time.sleep(0.3)
        return self.process.poll() is None and self.get() == 'good'

    def workers(self):
        found = []
        for name in os.listdir('/proc'):
            if name.isdigit() and stat_of(name)[1] == self.process.pid and stat_of(name)[0] != 'Z':
                found.append(int(name))
        return sorted(found)

    def open(self, name='small'):
        s = socket.create_connection(('127.0.0.1', self.port), 3)
        s.sendall(f'GET /{name} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'.encode())
        return s

    def get(self, name='small', patience=3):
        try:
            with self.open(name) as s:
                s.settimeout(patience)
                data = b''
                while more := s.recv(262144):
                    data += more
        except TimeoutError:
            return 'waits'
        except OSError:
            return 'reset'
        head, _, body = data.partition(b'\r\n\r\n')
        if not head:
            return 'closed'
        status = head.split()[1].decode()
        size = re.search(rb'(?i)content-length: (\d+)', head)
        if status != '200':
            return status
        return 'good' if size and len(body) == int(size[1]) else 'cut'

    def many(self, count, name='small', patience=3):
        """What came of so many new connections, each by itself, all at once."""
        got = []
        threads = [threading.Thread(target=lambda: got.append(self.get(name, patience))) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return ', '.join(f'{got.count(g)} {g}' for g in sorted(set(got)))

    def holder(self, s):
        """The worker that has this connection."""
        port = s.getsockname()[1]
        for line in text_of('/proc/net/tcp').split('\n')[1:]:
            f = line.split()
            if f and f[1].endswith(f':{self.port:04X}') and f[2].endswith(f':{port:04X}'):
                for pid in self.workers():
                    if f'socket:[{f[9]}]' in fds_of(pid):
                        return pid
        return 0

    def end(self):
        end_all(self.root)
        self.process.wait()
        if self.mounted:
            subprocess.run(['umount', '-l', f'{self.root}/disk'], check=False)
        shutil.rmtree(self.root, ignore_errors=True)


def slow(server, name='big'):
    """A download that has begun, and the worker that has it."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.connect(('127.0.0.1', server.port))
    s.sendall(f'GET /{name} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'.encode())
    s.recv(1000)
    return s, server.holder(s)


def drain(s):
    size = 0
    s.settimeout(5)
    try:
        while more := s.recv(1 << 20):
            size += len(more)
    except TimeoutError:
        return 'stands still'
    except OSError:
        return 'is reset'
    return 'is whole' if size > SIZE - 2000 else 'is cut short'


# ---- the faults: each returns what was seen ----

def killed(server):
    before = len(server.workers())
    s, pid = slow(server)
    os.kill(pid, signal.SIGKILL)
    began = time.monotonic()
    others = server.many(20)
    came = until(lambda: pid not in server.workers() and len(server.workers()) >= min(before, 2), 10)
    took = time.monotonic() - began
    logged = [line for line in text_of(f'{server.root}/error.log').split('\n') if str(pid) in line]
    names = any('/big' in line for line in logged)
    return (f'its download {drain(s)}; 20 others: {others}; ' +
            (f'replaced within {max(took, 0.1):.1f} s; ' if came else 'not replaced within 10 s; ') +
            ('logged with the request it was at' if names else 'logged' if logged else 'not logged'))


def stopped(server):
    pid = server.workers()[0]
    os.kill(pid, signal.SIGSTOP)
    got = server.many(40, patience=8)
    os.kill(pid, signal.SIGCONT)
    time.sleep(0.5)
    return f'40 new connections while it was stopped, 8 s of patience: {got}'


def no_descriptors(server):
    limited = 0
    for pid in server.workers():
        highest = max(int(n) for n in os.listdir(f'/proc/{pid}/fd'))
        child = os.fork()
        if child == 0:
            try:
                os.setgroups([])
                os.setgid(int(re.search(r'Gid:\t(\d+)', text_of(f'/proc/{pid}/status'))[1]))
                os.setuid(int(re.search(r'Uid:\t(\d+)', text_of(f'/proc/{pid}/status'))[1]))
                hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
                resource.prlimit(pid, resource.RLIMIT_NOFILE, (min(highest, 8), hard))
            except (OSError, TypeError):
                os._exit(1)
            os._exit(0)
        limited += os.waitpid(child, 0)[1] == 0
    said, began, before = len(text_of(f'{server.root}/error.log')), time.monotonic(), server.workers()
    got = server.many(20, 'page', 2)
    time.sleep(1)
    took = time.monotonic() - began
    lines = text_of(f'{server.root}/error.log')[said:].count('\n')
    lost = len(set(before) - set(server.workers()))
    return f'{limited} workers limited; 20 requests: {got}; {lines} lines of error log in {took:.1f} s; {lost} workers ended'


def full_disk(server):
    try:
        with open(f'{server.root}/disk/filler', 'wb', buffering=0) as f:
            while f.write(b'x' * 4096):
                pass
    except OSError:
        pass
    said = len(text_of(f'{server.root}/error.log'))
    for _ in range(5):  # more lines than the last page of the log has room for
        server.many(40)
    got = server.many(40)
    time.sleep(1.2)
    server.many(2)
    lines = text_of(f'{server.root}/error.log')[said:].count('\n')
    os.unlink(f'{server.root}/disk/filler')
    return f'the last 40 of 240 requests: {got}; {lines} lines of error log' + (' (says nothing of lost lines)' if not lines else '')


def broken_configuration(server):
    server.configure('NoSuchThing on;' if server.kind == 'nginx' else 'NoSuchThing On')
    before = server.workers()
    server.process.send_signal(server.reload_signal)
    time.sleep(1)
    alive = server.process.poll() is None
    return ('goes on with the old configuration' if alive else 'the server has ended') + \
        (', the same workers' if alive and server.workers() == before else '') + f'; afterwards: {server.many(5)}'


def reload_under_load(server):
    over, got, lock = threading.Event(), {}, threading.Lock()

    def fresh():
        while not over.is_set():
            result = server.get('page', 5)
            with lock:
                got[result] = got.get(result, 0) + 1
    threads = [threading.Thread(target=fresh) for _ in range(6)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        time.sleep(0.2)
        server.process.send_signal(server.reload_signal)
    time.sleep(0.3)
    over.set()
    for thread in threads:
        thread.join()
    return '10 reloads in 2 s, new connections: ' + ', '.join(f'{n} {what}' for what, n in sorted(got.items()))


def reason(server):
    lines = (text_of(f'{server.root}/said') + text_of(f'{server.root}/error.log')).strip().split('\n')
    return ([line for line in lines if 'bind' in line] or lines)[-1][-90:]


def parent_killed(server):
    workers = server.workers()
    s, _ = slow(server)
    server.process.kill()
    server.process.wait()
    began = time.monotonic()
    gone = until(lambda: not [w for w in workers if stat_of(w)[0] not in ('', 'Z')], 0.5)
    idle = len([w for w in workers if stat_of(w)[0] not in ('', 'Z')])
    still = server.get('small', 1)
    again = server.start()
    download = drain(s)
    left = until(lambda: not [w for w in workers if stat_of(w)[0] not in ('', 'Z')], 3)
    return (f'after half a second {idle} of {len(workers)} workers live (one has a download), a request: {still}; ' +
            ('a new start serves at once' if again else 'a new start fails: ' + reason(server)) +
            f'; the download {download}; ' +
            ('all old workers have ended then' if gone or left else
             f'old workers still live {time.monotonic() - began:.0f} s later'))


def truncated(server):
    s, pid = slow(server, 'cut')
    os.truncate(f'{server.root}/www/cut', 1 << 20)
    what = drain(s)
    time.sleep(0.2)
    return f'the download {what}; the worker ' + ('lives on' if pid in server.workers() else 'has ended') + \
        f'; afterwards: {server.many(5)}'


FAULTS = (
    ('A worker is killed (KILL) in the middle of a download', killed),
    ('One of the workers is stopped (STOP)', stopped),
    ('No worker has a descriptor left', no_descriptors),
    ('The disk of the access log is full', full_disk),
    ('A reload with a mistake in the configuration', broken_configuration),
    ('Reloads under load', reload_under_load),
    ('The parent is killed (KILL)', parent_killed),
    ('A file is truncated while it is sent', truncated),
)


def main():
    programs = {'nginx': shutil.which('nginx', path='/usr/sbin:/usr/bin'),
                'apache': shutil.which('apache2', path='/usr/sbin:/usr/bin'), 'ours': os.path.abspath(sys.argv[1])}
    rows = []
    for title, fault in FAULTS:
        seen = {}
        for kind, program in programs.items():
            if not program:
                continue
            server = Server(kind, program)
            try:
                seen[kind] = fault(server)
            except (OSError, RuntimeError, ValueError, IndexError) as error:
                seen[kind] = f'not tried: {error}'
            finally:
                server.end()
            if '--html' not in sys.argv:
                print(f'{title} | {kind} | {seen[kind]}', flush=True)
        rows.append((title, seen))
    if '--html' in sys.argv:
        for title, seen in rows:
            cells = ''.join(f'<td>{html.escape(seen.get(kind, ""))}</td>' for kind in KINDS)
            print(f'          <tr><th scope="row">{html.escape(title)}</th>{cells}</tr>')


if __name__ == '__main__':
    main()
