# faults - each call of a request fails in turn, once and for a while; the server comes back by itself
#
# Usage:  python3 faults.py PREFORKD LIBRARY, the library being that of faults.c; FAULTS_VERBOSE says each
# Checks: while a call fails, a client gets an answer, or its connection ends; nobody waits for ever, or spins.
#         Afterwards the server answers right, the worker is still the same one unless it had to end, it has
#         as many descriptors as before, and the error log has no more than a line a second of a kind
# Fails:  with 1 and one line for each fault
#
# SPDX-License-Identifier: Apache-2.0
import concurrent.futures
import errno
import mmap
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from chaos import children_of, fds_of, stat_of, text_of, until  # noqa: E402

LAYOUT = struct.Struct('32siiiii')
ALWAYS = -1
FILES = {'small': 100, 'other': 5000, 'big': 700001}
CONF = '''ServerRoot {root}
ServerName localhost
Listen 127.0.0.1:{port}
DocumentRoot {root}/www
PidFile {root}/pid
ControlSocket none
ErrorLog {root}/error.log
CustomLog {root}/access.log common
ProcessModel prefork
StartServers 1
MinSpareServers 1
MaxSpareServers 1
MaxRequestWorkers 1
WorkerConnections {connections}
KeepAliveKeeper Off
KeepAliveTimeout 1
RequestReadTimeout header=2 body=2
Timeout 2
{more}
<Directory {root}/www/list>
    Options Indexes
</Directory>
'''
# What fails, how; which of them may be for a while (what only says "again" is said once).
CALLS = (
    ('openat2', 'EMFILE ENFILE ENOMEM EIO', 'EINTR'),
    ('fstat', 'EIO ENOMEM', ''),
    ('pread', 'EIO', 'EINTR'),
    ('recv', 'ECONNRESET ENOMEM', 'EINTR EAGAIN'),
    ('send', 'ECONNRESET EPIPE ENOMEM', 'EINTR EAGAIN'),
    ('sendfile', 'EIO ECONNRESET ENOMEM', 'EINTR EAGAIN'),
    ('write', 'ENOSPC EIO EDQUOT', 'EINTR'),
    ('accept4', 'EMFILE ENFILE ENOMEM', 'ECONNABORTED EINTR EAGAIN'),
    ('epoll_wait', '', 'EINTR'),
    ('epoll_ctl', 'ENOMEM ENOSPC', ''),
    ('readdir', 'EIO ENOMEM', ''),
    ('shutdown', 'ENOTCONN', ''),
    ('malloc', 'ENOMEM', ''),
    ('realloc', 'ENOMEM', ''),
)
# A worker of one connection that waits by itself, for what its client sends and for room to write.
WAITS = (
    ('poll', 'ENOMEM', 'EINTR'),
)
# libev ends the process where it gets no memory, and cannot do otherwise.
MAY_END = ('realloc',)

faults = []


def fault(text):
    faults.append(text)
    print(f'faults: {text}', flush=True)


class Server:
    def __init__(self, program, library, connections, more):
        self.connections = connections
        self.slow = more != ''
        self.root = tempfile.mkdtemp(prefix='preforkd-faults-')
        os.chmod(self.root, 0o755)
        # Bound and never listening: nobody else gets the port, a server that sets SO_REUSEADDR still does.
        self.held = socket.socket()
        self.held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.held.bind(('127.0.0.1', 0))
        self.port = self.held.getsockname()[1]
        os.makedirs(f'{self.root}/www')
        self.bodies = {name: os.urandom(size) for name, size in FILES.items()}
        for name, body in self.bodies.items():
            with open(f'{self.root}/www/{name}', 'wb') as f:
                f.write(body)
            os.utime(f'{self.root}/www/{name}', (1600000000, 1600000000))
        os.makedirs(f'{self.root}/www/list')
        for name in 'abc':
            os.link(f'{self.root}/www/small', f'{self.root}/www/list/{name}')
        os.utime(f'{self.root}/www', (1600000000, 1600000000))
        with open(f'{self.root}/httpd.conf', 'w') as f:
            f.write(CONF.format(root=self.root, port=self.port, connections=connections, more=more))
            if os.geteuid() == 0:
                f.write('User nobody\nGroup nogroup\n')
        with open(f'{self.root}/told', 'w+b') as f:
            f.write(bytes(4096))
            f.flush()
            os.chmod(f'{self.root}/told', 0o666)
            self.told = mmap.mmap(f.fileno(), 4096)
        self.process = subprocess.Popen(
            [program, '-d', self.root, '-f', 'httpd.conf', '-D', 'FOREGROUND'], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
            env=dict(os.environ, LD_PRELOAD=library, FAULTS_FILE=f'{self.root}/told'))
        if not until(lambda: text_of(f'{self.root}/pid').strip() and self.answers()):
            raise RuntimeError(text_of(f'{self.root}/error.log') or 'the server does not start')
        self.bodies['list/'] = self.ask('list/').partition(b'\r\n\r\n')[2]

    def tell(self, call='', error=0, times=0, in_parent=False):
        """What failed so far is the answer."""
        hits = LAYOUT.unpack(self.told[:LAYOUT.size])[5]
        self.told[:LAYOUT.size] = LAYOUT.pack(call.encode(), error, in_parent, self.process.pid, times, 0)
        return hits

    def worker(self):
        found = [pid for pid, state in children_of(self.process.pid) if state != 'Z']
        return min(found) if found else 0

    def ask(self, name, patience=6):
        with socket.create_connection(('127.0.0.1', self.port), patience) as s:
            s.sendall(f'GET /{name} HTTP/1.1\r\n'.encode())
            if self.slow:
                time.sleep(0.05)
            s.sendall(b'Host: x\r\nConnection: close\r\n\r\n')
            data = b''
            while True:
                more = s.recv(262144)
                if not more:
                    return data
                data += more

    def get(self, name, patience=6):
        """'good'; the status; 'closed', 'reset'; 'waits'."""
        try:
            data = self.ask(name, patience)
        except TimeoutError:
            return 'waits'
        except OSError:
            return 'reset'
        head, _, body = data.partition(b'\r\n\r\n')
        if not body and not head:
            return 'closed'
        if head.startswith(b'HTTP/1.1 200 '):
            return 'good' if body == self.bodies[name] else 'cut' if self.bodies[name].startswith(body) else 'WRONG'
        return head.split()[1].decode() if head.startswith(b'HTTP/1.1 ') else 'WRONG'

    def files(self):
        """One that no worker has seen, one that it keeps, one that it sends from the file; and a directory."""
        new = f'new{len(self.bodies)}'
        os.link(f'{self.root}/www/small', f'{self.root}/www/{new}')
        self.bodies[new] = self.bodies['small']
        return [new, 'other', 'big', 'list/']

    def answers(self):
        return all(self.get(name) == 'good' for name in FILES)

    def stop(self):
        self.tell()
        self.process.terminate()
        try:
            return self.process.wait(20)
        finally:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except OSError:
                pass
            shutil.rmtree(self.root, ignore_errors=True)


def try_one(server, call, name, times):
    what = f'{call} {name} {"once" if times == 1 else "for a while"} (WorkerConnections {server.connections})'
    worker, before = server.worker(), len(fds_of(server.worker()))
    said = len(text_of(f'{server.root}/error.log'))
    began = time.monotonic()
    server.tell(call, getattr(errno, name), times)
    # Whose accept fails waits in the queue: that one is asked for no longer than it takes to see it.
    patience = 0.5 if call in ('accept4', 'epoll_ctl') and times == ALWAYS else 6
    got = [server.get(n, patience) for n in server.files()]
    hits = server.tell()
    took = time.monotonic() - began
    if os.environ.get('FAULTS_VERBOSE'):
        print(f'faults: {what}: {hits} failed, {" ".join(got)}, {took:.1f} s', flush=True)
    if 'WRONG' in got or ('waits' in got and patience > 1):
        fault(f'{what}: {got}')
    if server.slow and hits > 20 * (took + 1):
        fault(f'{what}: tried {hits} times in {took:.1f} s')
    if not until(server.answers, 10):
        fault(f'{what}: no answer afterwards')
    if server.worker() != worker and call not in MAY_END:
        fault(f'{what}: the worker is lost: {text_of(f"{server.root}/error.log")[said:]}')
    elif server.worker() == worker and not until(lambda: len(fds_of(worker)) <= before, 5):
        fault(f'{what}: the worker had {before} descriptors and has {len(fds_of(worker))}')
    lines = [re.sub(r'^\[[^]]*\]|\[client [^]]*\]|\d+', '', line)
             for line in text_of(f'{server.root}/error.log')[said:].split('\n') if ':error]' in line]
    for line in set(lines):
        if lines.count(line) > time.monotonic() - began + 2:
            fault(f'{what}: said {lines.count(line)} times in {time.monotonic() - began:.1f} s: {line}')
    return hits


def births(server):
    """No worker can be born for a while; and a restart meanwhile, whose look at the groups takes a process, goes on
    with those there are."""
    server.tell('fork', errno.EAGAIN, ALWAYS, True)
    os.kill(server.worker(), signal.SIGKILL)
    until(lambda: 'cannot start a worker' in text_of(f'{server.root}/error.log'), 5)
    os.kill(server.process.pid, signal.SIGUSR1)
    words = f'groups of User nobody: {os.strerror(errno.EAGAIN)}; they stay as they were'
    if os.geteuid() == 0 and not until(lambda: words in text_of(f'{server.root}/error.log'), 5):
        fault('fork: the reason why the groups are not found is not told')
    if not server.tell():
        fault('fork: the parent did not try')
    if not until(server.answers, 20):
        fault('fork: no worker afterwards')
    if 'was not taken' in text_of(f'{server.root}/error.log'):
        fault('fork: the restart was not taken')
    if stat_of(server.process.pid)[0] in ('', 'Z'):
        fault('fork: the parent is gone')


def try_all(connections, calls, more=''):
    only = os.environ.get('FAULTS_CALLS', '').split()
    total = 0
    server = Server(sys.argv[1], sys.argv[2], connections, more)
    try:
        for call, long, short in calls:
            if only and call not in only or connections == 1 and call.startswith('epoll'):
                continue
            hits = 0
            for name in (long + ' ' + short).split():
                for times in (1, ALWAYS) if name in long else (1,):
                    hits += try_one(server, call, name, times)
                    total += 1
            if not hits:
                fault(f'{call} is not called in a request (WorkerConnections {connections})')
        if not only and calls is CALLS:
            births(server)
        if server.process.poll() is not None:
            fault(f'the parent has ended: {server.process.poll()}')
    finally:
        code = server.stop()
    if code:
        fault(f'the parent ended with {code}')
    return total


def main():
    with concurrent.futures.ThreadPoolExecutor() as both:
        runs = [both.submit(try_all, 64, CALLS), both.submit(try_all, 1, CALLS),
                both.submit(try_all, 1, WAITS, 'ResponseWriteTimeout body=5')]
        total = sum(run.result() for run in runs)
    print(f'faults: {total} injected, {len(faults)} not borne')
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
