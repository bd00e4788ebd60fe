# faults - each call of a request fails in turn, once and for a while; the server comes back by itself
#
# Usage:  python3 faults.py PREFORKD LIBRARY, the library being that of faults.c; FAULTS_VERBOSE says each
# Checks: while a call fails, of a request, of a program's or of a birth, in who serves or in the parent, a client
#         gets an answer, or its connection ends; nobody waits for ever, or spins, or closes a descriptor twice.
#         Afterwards the server answers right, the worker is still the same one unless it had to end, it has
#         as many descriptors as before, and the error log has no more than a line a second of a kind
# Fails:  with 1 and one line for each fault
#
# SPDX-License-Identifier: Apache-2.0
import concurrent.futures
import errno
import os
import re
import signal
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from chaos import children_of, fds_of, stat_of, text_of, until  # noqa: E402
from preloaded import Preloaded  # noqa: E402

LAYOUT = struct.Struct('32siiiiii')
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
{model}
KeepAliveKeeper Off
KeepAliveTimeout 1
RequestReadTimeout header=2 body=2
Timeout 2
{more}
ScriptAlias /cgi-bin/ {root}/cgi-bin/
<Directory {root}/www/list>
    Options Indexes
</Directory>
<Directory {root}/www/own>
    Options SymLinksIfOwnerMatch
</Directory>
'''
POOL = '''ProcessModel prefork
StartServers 1
MinSpareServers 1
MaxSpareServers 1
MaxRequestWorkers 1
WorkerConnections {}'''
MODELS = {'event': POOL.format(64), 'classic': POOL.format(1), 'fork': 'ProcessModel fork\nMaxRequestWorkers 8'}
PROGRAM = '''#!/bin/sh
printf 'Content-Type: text/plain\\n\\n'
exec cat - "$0"
'''
ENDS = '''#!/bin/sh
printf 'Content-Type: text/plain\\n\\nbegun'
while [ ! -e {root}/go ]; do sleep 0.02; done
'''
LOOK_S = 2.5
PATIENCE_S = 20  # with a server whose own is 2 s, on a machine that has much else to do
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
    ('openat', 'EMFILE ENFILE ENOMEM EIO', 'EINTR'),
    ('close', 'EIO EINTR', ''),
)
# A worker of one connection that waits by itself, for what its client sends and for room to write.
WAITS = (
    ('poll', 'ENOMEM', 'EINTR'),
)
# A child for each request: what its parent does for it, and what it does itself.
PARENT = (
    ('accept4', 'EMFILE ENFILE ENOMEM', 'ECONNABORTED EINTR EAGAIN'),
    ('fork', 'EAGAIN ENOMEM', ''),
    ('close', 'EIO EINTR', ''),
)
CHILD = (
    ('openat2', 'EMFILE ENOMEM', 'EINTR'),
    ('recv', 'ECONNRESET ENOMEM', 'EINTR EAGAIN'),
    ('send', 'ECONNRESET ENOMEM', 'EINTR EAGAIN'),
    ('close', 'EIO EINTR', ''),
    ('malloc', 'ENOMEM', ''),
)
# A program: in the worker who asks for it and in the process that starts it.
PROGRAMS = (
    ('getsockopt', 'ENOBUFS', ''),
    ('pipe2', 'EMFILE ENFILE', ''),
    ('socketpair', 'EMFILE ENFILE ENOBUFS', ''),
    ('sendmsg', 'ENOBUFS ENOMEM ETOOMANYREFS EPIPE', 'EINTR EAGAIN'),
    ('recvmsg', 'ENOMEM', 'EINTR EAGAIN'),
    ('ioctl', 'EIO', ''),
    ('read', 'EIO', 'EINTR EAGAIN'),
    ('write', 'EPIPE', 'EINTR EAGAIN'),
    ('close', 'EIO EINTR', ''),
    ('getsockname', 'ENOBUFS', ''),
    ('clone', 'EAGAIN ENOMEM', ''),
    ('epoll_ctl', 'ENOMEM ENOSPC', ''),
)
# What a birth takes, in the parent and in who is born.
BIRTHS = (
    ('fork', 'EAGAIN ENOMEM', True),
    ('socketpair', 'EMFILE ENOBUFS', True),
    ('close', 'EIO EINTR', True),
    ('epoll_create1', 'EMFILE ENOMEM', False),
    ('eventfd', 'EMFILE ENOMEM', False),
    ('fcntl', 'EMFILE', False),
    ('mmap', 'ENOMEM', False),
    ('close', 'EIO EINTR', False),
)
# By who has no way to the starter yet; one that has is served by it for half a second.
FIRST = ('getsockopt', 'socketpair')
# libev ends the process where it gets no memory, and cannot do otherwise.
MAY_END = ('realloc',)

faults = []


def fault(text):
    faults.append(text)
    print(f'faults: {text}', flush=True)


class Server(Preloaded):
    def __init__(self, program, library, model, more):
        self.model = model
        self.slow = more != ''
        super().__init__('faults')
        self.bodies = {name: os.urandom(size) for name, size in FILES.items()}
        for name, body in self.bodies.items():
            with open(f'{self.root}/www/{name}', 'wb') as f:
                f.write(body)
            os.utime(f'{self.root}/www/{name}', (1600000000, 1600000000))
        os.makedirs(f'{self.root}/www/list')
        for name in 'abc':
            os.link(f'{self.root}/www/small', f'{self.root}/www/list/{name}')
        os.makedirs(f'{self.root}/www/own')
        os.symlink('../small', f'{self.root}/www/own/link')
        self.bodies['own/link'] = self.bodies['small']
        os.utime(f'{self.root}/www', (1600000000, 1600000000))
        os.makedirs(f'{self.root}/cgi-bin')
        with open(f'{self.root}/cgi-bin/echo', 'w') as f:
            f.write(PROGRAM)
        os.chmod(f'{self.root}/cgi-bin/echo', 0o755)
        self.bodies['cgi-bin/echo'] = b'x' * 100 + PROGRAM.encode()
        self.launch(program, library, 'FAULTS_FILE',
                    CONF.format(root=self.root, port=self.port, model=MODELS[model], more=more))
        self.bodies['list/'] = self.ask('list/').partition(b'\r\n\r\n')[2]

    def tell(self, call='', error=0, times=0, in_parent=False):
        """What failed so far is the answer."""
        hits, repeated = LAYOUT.unpack(self.told[:LAYOUT.size])[5:]
        self.told[:LAYOUT.size] = LAYOUT.pack(call.encode(), error, in_parent, self.process.pid, times, 0, 0)
        if repeated:
            fault(f'{self.model}: {repeated} descriptors were closed twice')
        return hits

    def hits(self):
        return LAYOUT.unpack(self.told[:LAYOUT.size])[5]

    def workers(self):
        return [pid for pid, state in children_of(self.process.pid) if state != 'Z' and
                text_of(f'/proc/{pid}/comm').strip() not in ('preforkd-cgi', 'preforkd-keeper')]

    def worker(self):
        """Who serves; 0: nobody, or a child for each request."""
        found = self.workers()
        return min(found) if found and self.model != 'fork' else 0

    def is_alone(self):
        return len(self.workers()) == 1

    def holder(self):
        """Whose descriptors are counted."""
        return self.worker() or self.process.pid

    def ask(self, name, patience=PATIENCE_S):
        with socket.create_connection(('127.0.0.1', self.port), patience) as s:
            body = b'x' * 100 if name.startswith('cgi-bin/') else b''
            way = ('POST', '1.0') if body else ('GET', '1.1')  # a program's answer comes without chunks then
            s.sendall(f'{way[0]} /{name} HTTP/{way[1]}\r\nContent-Length: {len(body)}\r\n'.encode())
            if self.slow:
                time.sleep(0.05)
            s.sendall(b'Host: x\r\nConnection: close\r\n\r\n' + body)
            data = b''
            while True:
                more = s.recv(262144)
                if not more:
                    return data
                data += more

    def get(self, name, patience=PATIENCE_S):
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
        if name.startswith('cgi-bin/') and body == PROGRAM.encode():
            return 'unheard'  # the program's own answer to a body that it did not get
        if head.startswith(b'HTTP/1.1 200 '):
            return 'good' if body == self.bodies[name] else 'cut' if self.bodies[name].startswith(body) else 'WRONG'
        return head.split()[1].decode() if head.startswith(b'HTTP/1.1 ') else 'WRONG'

    def files(self):
        """One that no worker has seen, one that it keeps, one that it sends from the file; a directory, and a link."""
        new = f'new{len(self.bodies)}'
        os.link(f'{self.root}/www/small', f'{self.root}/www/{new}')
        self.bodies[new] = self.bodies['small']
        return [new, 'other', 'big', 'list/', 'own/link']

    def answers(self):
        return all(self.get(name) == 'good' for name in FILES)

    def expect_end(self):
        if self.process.poll() is not None:
            fault(f'the parent has ended: {self.process.poll()}')
        code = self.stop()
        if code:
            fault(f'the parent ended with {code}')

    def stop(self):
        self.tell()
        return super().stop()


def try_one(server, call, name, times, files, in_parent):
    what = f'{call} {name} {"once" if times == 1 else "for a while"} ({server.model}{", parent" * in_parent})'
    worker, before = server.worker(), len(fds_of(server.holder()))
    said = len(text_of(f'{server.root}/error.log'))
    began = time.monotonic()
    server.tell(call, getattr(errno, name), times, in_parent)
    # Whose accept fails, or whose birth, waits in the queue: that one is asked for no longer than it takes to see it.
    patience = 0.5 if call in ('accept4', 'epoll_ctl', 'fork') and times == ALWAYS else PATIENCE_S
    got = [server.get(n, patience) for n in files]
    hits = server.tell()
    took = time.monotonic() - began
    if os.environ.get('FAULTS_VERBOSE'):
        print(f'faults: {what}: {hits} failed, {" ".join(got)}, {took:.1f} s', flush=True)
    if 'WRONG' in got or ('waits' in got and patience > 1) or ('unheard' in got and call != 'write'):
        fault(f'{what}: {got}')
    if hits > (20 if server.slow or in_parent else 40) * (took + 1):
        fault(f'{what}: tried {hits} times in {took:.1f} s')
    if not until(lambda: server.answers() and server.get(files[0]) == 'good', PATIENCE_S):
        fault(f'{what}: no answer afterwards')
    if server.worker() != worker and call not in MAY_END:
        fault(f'{what}: the worker is lost: {text_of(f"{server.root}/error.log")[said:]}')
    elif not files[0].startswith('cgi-bin/') and server.worker() == worker:
        keeps_none(server, what, before)
    is_quiet(server, what, said, began)
    return hits


def keeps_none(server, what, before):
    if not until(lambda: len(fds_of(server.holder())) <= before, PATIENCE_S):
        fault(f'{what}: there were {before} descriptors and are {fds_of(server.holder())}')


def is_quiet(server, what, said, began, free=2):
    """No more than a line a second of a kind."""
    lines = [re.sub(r'^\[[^]]*\]|\[client [^]]*\]|\d+', '', line)
             for line in text_of(f'{server.root}/error.log')[said:].split('\n') if ':error]' in line]
    for line in set(lines):
        if lines.count(line) > time.monotonic() - began + free:
            fault(f'{what}: said {lines.count(line)} times in {time.monotonic() - began:.1f} s: {line}')


def bear_one(server, call, name, times, in_parent):
    """A worker is killed while the next one cannot be born, or cannot begin."""
    what = f'{call} {name} {"once" if times == 1 else "for a while"} (birth, {"parent" if in_parent else "child"})'
    said, before = len(text_of(f'{server.root}/error.log')), len(fds_of(server.process.pid))
    began, old = time.monotonic(), server.worker()
    server.tell(call, getattr(errno, name), times, in_parent)
    os.kill(old, signal.SIGKILL)
    until(lambda: server.hits() >= (1 if times == 1 else 2) or server.worker() not in (0, old) and server.answers(), 20)
    hits = server.tell()
    took = time.monotonic() - began
    if os.environ.get('FAULTS_VERBOSE'):
        print(f'faults: {what}: {hits} failed, {took:.1f} s', flush=True)
    if stat_of(server.process.pid)[0] in ('', 'Z'):
        raise RuntimeError(f'{what}: the parent is gone: {text_of(f"{server.root}/error.log")[said:]}')
    if not until(server.answers, 20):
        fault(f'{what}: no worker afterwards: {text_of(f"{server.root}/error.log")[said:]}')
    # One that ends well: those that died young are forgotten, and the next row need not wait for its birth.
    old = server.worker()
    os.kill(server.process.pid, signal.SIGUSR1)
    if not until(lambda: server.worker() not in (0, old) and server.is_alone() and server.answers(), 20):
        fault(f'{what}: no restart afterwards: {text_of(f"{server.root}/error.log")[said:]}')
    if not until(lambda: len(fds_of(server.process.pid)) <= before, PATIENCE_S):
        fault(f'{what}: the parent had {before} descriptors and has {fds_of(server.process.pid)}')
    is_quiet(server, what, said, began, 6)  # each death is told, and four in a row are replaced at once
    return hits


def no_births(server):
    """No worker can be born for a while; and a restart meanwhile, whose look at the groups takes a process, goes on
    with those there are."""
    server.tell('fork', errno.EAGAIN, ALWAYS, True)
    os.kill(server.worker(), signal.SIGKILL)
    until(lambda: 'cannot start a worker' in text_of(f'{server.root}/error.log'), PATIENCE_S)
    os.kill(server.process.pid, signal.SIGUSR1)
    words = f'groups of User nobody: {os.strerror(errno.EAGAIN)}; they stay as they were'
    if os.geteuid() == 0 and not until(lambda: words in text_of(f'{server.root}/error.log'), PATIENCE_S):
        fault('fork: the reason why the groups are not found is not told')
    if not server.tell():
        fault('fork: the parent did not try')
    if not until(server.answers, 20):
        fault('fork: no worker afterwards')
    if 'was not taken' in text_of(f'{server.root}/error.log'):
        fault('fork: the restart was not taken')
    if stat_of(server.process.pid)[0] in ('', 'Z'):
        fault('fork: the parent is gone')


def ends_unseen(server):
    """A program ends after its worker has read what there was, and before it looks whether the program still is: the
    end of its output is in the pipe then, and nobody keeps that open."""
    path = f'{server.root}/cgi-bin/ends'
    with open(path, 'w') as f:
        f.write(ENDS.format(root=server.root))
    os.chmod(path, 0o755)
    with socket.create_connection(('127.0.0.1', server.port), PATIENCE_S) as s:
        s.sendall(b'GET /cgi-bin/ends HTTP/1.0\r\n\r\n')
        data = b''
        while b'begun' not in data:
            data += s.recv(4096)
        server.tell('read', errno.EAGAIN, ALWAYS)
        open(f'{server.root}/go', 'w').close()
        time.sleep(LOOK_S)  # which is when a worker looks, and nothing else tells of it
        server.tell()
        while more := s.recv(4096):
            data += more
    if not data.endswith(b'\r\n\r\nbegun') or 'keeps its output' in text_of(f'{server.root}/error.log'):
        fault(f'a program that ends unseen: {data[-20:]}: {text_of(f"{server.root}/error.log")[-300:]}')


def wanted(call):
    only = os.environ.get('FAULTS_CALLS', '').split()
    return not only or call in only


def served(model, more, *rows):
    """Rows: a table, whether in the parent, and what is asked for (None: files)."""
    total = 0
    server = Server(sys.argv[1], sys.argv[2], model, more)
    before = len(fds_of(server.holder()))
    try:
        for calls, in_parent, asked in rows:
            for call, long, short in calls:
                if not wanted(call) or model == 'classic' and call.startswith('epoll'):
                    continue
                hits = 0
                for name in (long + ' ' + short).split():
                    for times in (1, ALWAYS) if name in long else (1,):
                        if call in FIRST:
                            keeps_none(server, f'before {call} ({model})', before)
                        hits += try_one(server, call, name, times, asked or server.files(), in_parent)
                        total += 1
                if not hits:
                    fault(f'{call} is not called in a request ({model})')
        # The ways to the process that starts programs are kept for a moment, so all of these are looked at once.
        keeps_none(server, f'in the end ({model})', before)
        if rows[0][0] is CALLS and wanted('fork'):
            no_births(server)
            total += 1
        if rows[0][0] is PROGRAMS and wanted('read'):
            ends_unseen(server)
            total += 1
    finally:
        server.expect_end()
    return total


def born():
    total = 0
    server = Server(sys.argv[1], sys.argv[2], 'event', '')
    try:
        for call, names, in_parent in BIRTHS:
            hits = 0
            for name in names.split() if wanted(call) else ():
                for times in (1, ALWAYS) if names.startswith(name) else (1,):
                    hits += bear_one(server, call, name, times, in_parent)
                    total += 1
            if not hits and wanted(call):
                fault(f'{call} is not called in a birth')
    finally:
        server.expect_end()
    return total


def main():
    program = ['cgi-bin/echo'] * 2
    with concurrent.futures.ThreadPoolExecutor() as both:
        runs = [both.submit(served, 'event', '', (CALLS, False, None)),
                both.submit(served, 'classic', '', (CALLS, False, None)),
                both.submit(served, 'classic', 'ResponseWriteTimeout body=5', (WAITS, False, None)),
                both.submit(served, 'fork', '', (PARENT, True, ['small']), (CHILD, False, None)),
                both.submit(served, 'event', '', (PROGRAMS, False, program)),
                both.submit(born)]
        total = sum(run.result() for run in runs)
    print(f'faults: {total} injected, {len(faults)} not borne')
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
