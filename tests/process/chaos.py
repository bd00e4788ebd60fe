# chaos - a server to which everything happens, and not a request is lost that was not in a killed worker
#
# Usage:  python3 chaos.py PREFORKD
#         CHAOS_SECONDS: how long (60); CHAOS_SEED: what happens, and when (from the clock, and printed);
#         CHAOS_MODEL: prefork or dispatch; CHAOS_EVENTS: only these, by name; CHAOS_VERBOSE: each is said;
#         CHAOS_WORKER_CONNECTIONS: 1 makes every pool a classic one
# Checks: while workers and the keeper are killed, stopped and continued, the pool is resized, the
#         configuration changed, the program upgraded, descriptors run out, logs are rotated, their disk
#         is full and their files may not grow: each request is answered right, or its connection was
#         inside a worker or a keeper that was killed, whose death is on record; answers and log lines match one to one; in the end there is no zombie, no stray
#         process, no leaked descriptor, and the status answers
# Fails:  with 1 and one line for each fault
#
# Who was inside is no guess: a victim is stopped before it is killed, and its sockets are read.
#
# SPDX-License-Identifier: Apache-2.0
import ctypes
import http.client
import json
import os
import random
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
from chaos_load import BODIES, FAILED, GOOD, PATIENCE, REFUSED, UNKNOWN, Client  # noqa: E402

POOLS = (
    (2, 2, 2, 2, 64), (4, 4, 4, 4, 64), (1, 1, 1, 1, 256), (3, 2, 8, 40, 1), (2, 1, 3, 20, 64), (12, 6, 12, 24, 1),
)
if os.environ.get('CHAOS_WORKER_CONNECTIONS'):
    POOLS = tuple(pool[:4] + (int(os.environ['CHAOS_WORKER_CONNECTIONS']),) for pool in POOLS)
CONF = '''ServerRoot {root}
ServerName localhost
Listen 127.0.0.1:{port}
DocumentRoot {root}/www
PidFile {root}/pid
ControlSocket none
ErrorLog {root}/logs/error.log
LogFormat "%P %{{remote}}p %>s %q" chaos
CustomLog {root}/logs/access.log chaos
CustomLog {root}/disk/access.log chaos
MaxKeepAliveRequests 0
ProcessModel {model}
StartServers {pool[0]}
MinSpareServers {pool[1]}
MaxSpareServers {pool[2]}
MaxRequestWorkers {pool[3]}
WorkerConnections {pool[4]}
KeepAliveTimeout {timeout}
<Location /server-status>
SetHandler server-status
</Location>
'''
# What the server may say at error or above about what is done to it.
EXPECTED = re.compile(r'was killed by signal 9|died young|cannot accept connections: Too many|cannot write the log .*: (No space|File too large)|'
                      r'the keeper ended \(signal 9\)|has not moved for \d+ seconds, and connections wait|reached MaxRequestWorkers|'
                      r'Service Unavailable \(503\): |'  # where the line before had said why within the second
                      r'cannot (open .*|take a (connection|listener) that was passed on): Too many open files')

faults = []


def fault(text):
    faults.append(text)
    print(f'chaos: {text}', flush=True)


def until(what, patience=PATIENCE, pause=0.02):
    end = time.monotonic() + patience
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def text_of(path):
    try:
        with open(path, errors='replace') as f:
            return f.read()
    except OSError:
        return ''


def stat_of(pid):
    """State and parent of a process; ('', 0): it is gone."""
    fields = text_of(f'/proc/{pid}/stat').rpartition(')')[2].split()
    return (fields[0], int(fields[1])) if fields else ('', 0)


def children_of(parent):
    found = [(int(name), stat_of(name)) for name in os.listdir('/proc') if name.isdigit()]
    return [(pid, state) for pid, (state, above) in found if above == parent]


def reap():
    """Parents that ended are ours, since the test takes in orphans."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def fds_of(pid):
    names = []
    for name in os.listdir(f'/proc/{pid}/fd'):
        try:
            names.append(os.readlink(f'/proc/{pid}/fd/{name}'))
        except OSError:
            pass
    return names


def connections_now():
    """By another program: here each page of the table would have to wait until the clients' threads let it."""
    return subprocess.run(['cat', '/proc/net/tcp'], stdout=subprocess.PIPE, text=True, check=True).stdout


class Server:
    def __init__(self, program, model):
        self.program, self.model = program, model
        self.root = tempfile.mkdtemp(prefix='preforkd-chaos-')
        os.chmod(self.root, 0o755)
        # Bound and never listening: nobody else gets the port, a server that sets SO_REUSEADDR still does.
        self.held = socket.socket()
        self.held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.held.bind(('127.0.0.1', 0))
        self.port = self.held.getsockname()[1]
        for name in ('www/f', 'logs', 'disk'):
            os.makedirs(f'{self.root}/{name}')
        for size, body in BODIES.items():
            with open(f'{self.root}/www/f/{size}', 'wb') as f:
                f.write(body)
            os.utime(f'{self.root}/www/f/{size}', (1600000000, 1600000000))
        self.has_disk = os.geteuid() == 0 and subprocess.run(
            ['mount', '-t', 'tmpfs', '-o', 'size=4m', 'chaos', f'{self.root}/disk'],
            stderr=subprocess.DEVNULL).returncode == 0
        self.pool, self.timeout, self.rotated = POOLS[0], 10, 0
        self.configure()
        self.start()

    def configure(self):
        text = CONF.format(root=self.root, port=self.port, model=self.model, pool=self.pool, timeout=self.timeout)
        if os.geteuid() == 0:
            text += 'User nobody\nGroup nogroup\n'
        with open(f'{self.root}/httpd.conf.new', 'w') as f:
            f.write(text)
        os.rename(f'{self.root}/httpd.conf.new', f'{self.root}/httpd.conf')

    def start(self):
        self.process = subprocess.Popen(
            [self.program, '-d', self.root, '-f', 'httpd.conf', '-D', 'FOREGROUND'],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        if not until(lambda: self.pid()):
            raise RuntimeError(text_of(f'{self.root}/logs/error.log') or 'the server does not start')
        until(self.is_settled)

    def pid(self):
        return int(text_of(f'{self.root}/pid').strip() or 0)

    def status(self):
        """Asked again when the worker that was to answer is gone."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return self.ask_status()
            except (OSError, http.client.HTTPException, ValueError):
                if time.monotonic() > end:
                    raise

    def ask_status(self):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=PATIENCE)
        try:
            connection.request('GET', '/server-status?json')
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def workers(self):
        return sorted(w['pid'] for w in self.status()['workers'] if w['state'] != '.')

    def is_settled(self):
        """The pool has the size it starts with, nobody leaves or begins, and no connection is open."""
        status = self.status()
        pool = status['pool']
        start, _, most_spare = self.pool[:3]  # one more may have been born while who asks was served
        return (status['server']['pid'] == self.pid() and start <= pool['processes'] <= max(start, most_spare) and
                pool['leaving'] == 0 and pool['states']['starting'] == 0 and pool['connections'] <= 1)

    def generation(self):
        return self.status()['server']['generation']

    def signal(self, number):
        os.kill(self.pid(), number)


class Chaos:
    """The events, by name. Each knows how long it has to wait for what it did."""

    def __init__(self, server, seed):
        self.server, self.random = server, random.Random(f'{seed} events')
        self.kills = []  # pid, ports inside, stopped at, killed at
        self.events = []  # name, from, to
        self.clock = time.time() - time.monotonic()
        self.short = []  # when a worker had no descriptors: from, to
        self.full = []  # when a worker could write no log: from, to
        self.counts = {}
        self.threads = []
        self.doomed, self.lock = set(), threading.Lock()  # who is to move no more
        self.still = {}  # since when who stands still does

    def victim(self, choice):
        workers = self.server.workers()
        return workers[int(choice * len(workers))] if workers else 0

    def ports_inside(self, pid):
        inodes = {name[8:-1] for name in fds_of(pid) if name.startswith('socket:[')}
        mine = re.compile(rf'\d: \w+:{self.server.port:04X} \w+:(\w+) (?!06|0A).*')  # not waiting, not listening
        passed, named = self.server.model == 'dispatch', {'0'}
        if passed:  # what waits in the pipe of a worker is in nobody's table
            for other in [self.server.pid()] + [child for child, _ in children_of(self.server.pid())]:
                named |= {name[8:-1] for name in fds_of(other) if name.startswith('socket:[')}
        # Twice, since it is read in pieces, while connections come and go.
        found = [(m[0].split()[9], int(m[1], 16)) for _ in range(2) for m in mine.finditer(connections_now())]
        return {port for inode, port in found if inode in inodes or (passed and inode not in named)}

    def later(self, seconds, what, *arguments):
        thread = threading.Timer(seconds, what, arguments)
        thread.start()
        self.threads.append(thread)

    def logs(self):
        return ''.join(text_of(f'{self.server.root}/logs/{n}') for n in os.listdir(f'{self.server.root}/logs')
                       if n.startswith('error'))

    def is_recorded(self, pid):
        return any(d['pid'] == pid and d['signal'] == 9 for d in self.server.status()['deaths'])

    def kill(self, choice, _):
        pid = self.victim(choice)
        if self.end(pid) and not until(lambda: self.is_recorded(pid)):
            # Its parent may have handed over meanwhile: then the log alone has it.
            if f'worker {pid} in slot' not in self.logs():
                fault(f'the death of worker {pid} is not on record')

    def keeper(self, choice, amount):
        """Stands still, or is killed; there is none but in classic pools."""
        pid = self.server.status()['server']['keeper'] or 0
        if pid == 0:
            return
        if choice < 0.5:
            self.stand_still(pid, amount)
            return
        said = self.logs().count('the keeper ended (signal 9)')
        if self.end(pid) and not until(lambda: self.logs().count('the keeper ended (signal 9)') > said):
            fault(f'the death of the keeper {pid} is not on record')

    def end(self, pid):
        """Kills it, and knows what was inside; False: it had ended by itself."""
        parent = self.server.pid()
        passes = self.server.model == 'dispatch'
        with self.lock:  # one that stood still already is not to go on behind our back
            self.doomed.add(pid)
        try:
            stopped = self.moved_last(pid)
            for other in [parent] * passes + [pid]:  # who passes connections on must not meanwhile
                os.kill(other, signal.SIGSTOP)
                until(lambda: stat_of(other)[0] in ('T', 'Z', ''))
            ports = self.ports_inside(pid)
            os.kill(pid, signal.SIGKILL)
            if passes:  # until it is gone for good its pipe takes connections yet
                until(lambda: stat_of(pid)[0] in ('Z', ''))
        except OSError:  # it ended by itself meanwhile
            return False
        finally:
            self.doomed.discard(pid)
            if passes:
                self.go_on(parent)
        self.kills.append((pid, ports, stopped, time.monotonic()))
        return True

    def stop(self, choice, amount):
        self.stand_still(self.victim(choice), amount)

    def moved_last(self, pid):
        """Now, or when it was stopped: it may have answered then, and not yet written its line of the log."""
        now = time.monotonic()
        return self.still.get(pid, now) if stat_of(pid)[0] == 'T' else now

    def stand_still(self, pid, amount):
        since = self.moved_last(pid)
        try:
            os.kill(pid, signal.SIGSTOP)
        except OSError:
            return
        self.still[pid] = since
        self.later(0.1 + amount, self.go_on, pid)

    def go_on(self, pid):
        with self.lock:
            if pid in self.doomed:
                return
            try:
                os.kill(pid, signal.SIGCONT)
            except OSError:
                pass

    def reload(self, choice, amount):
        self.server.timeout = 5 + int(choice * 10)
        self.restart(amount)

    def resize(self, choice, amount):
        self.server.pool = POOLS[int(choice * len(POOLS))]
        self.restart(amount)

    def restart(self, amount):
        """Half of the time the next event falls into the middle of it."""
        self.server.configure()
        goal = self.server.generation() + 1
        self.server.signal(signal.SIGUSR1)
        if amount < 0.5 and not until(lambda: self.server.generation() >= goal):
            fault('a graceful restart does not come')

    def rotate(self, _, amount):
        self.server.rotated += 1
        for name in ('access.log', 'error.log'):
            log = f'{self.server.root}/logs/{name}'
            if os.path.exists(log):  # the last rotation may not be through yet
                os.rename(log, f'{log}.{self.server.rotated}')
        self.restart(amount)

    def upgrade(self, _choice, _amount):
        old = self.server.pid()
        os.kill(old, signal.SIGUSR2)
        if not until(lambda: self.server.pid() not in (0, old)):
            fault('nobody takes over in an upgrade')
        # Another signal before it serves would be refused: so says the manual.
        until(lambda: self.server.status()['server']['pid'] != old)

    def limit(self, pid, what, to):
        """By a process of the worker's user, since even root may not be allowed to; was it done?"""
        child = os.fork()
        if child == 0:
            try:
                if os.geteuid() == 0:
                    status = text_of(f'/proc/{pid}/status')
                    os.setgroups([])
                    os.setgid(int(re.search(r'Gid:\t(\d+)', status)[1]))
                    os.setuid(int(re.search(r'Uid:\t(\d+)', status)[1]))
                hard = resource.prlimit(pid, what)[1]
                resource.prlimit(pid, what, (to if to else hard, hard))
            except (OSError, TypeError, ValueError):
                os._exit(1)
            os._exit(0)
        return os.waitpid(child, 0)[1] == 0

    def descriptors(self, choice, amount):
        pid = self.victim(choice)
        began = time.monotonic()
        try:
            highest = max(int(n) for n in os.listdir(f'/proc/{pid}/fd'))
        except (OSError, ValueError):
            return
        if self.limit(pid, resource.RLIMIT_NOFILE, min(highest, 8 + int(amount * 8))):
            self.short.append([began, time.monotonic() + PATIENCE])
            time.sleep(0.2 + amount / 2)
            self.limit(pid, resource.RLIMIT_NOFILE, 0)
            self.short[-1][1] = time.monotonic() + 0.1

    def growth(self, choice, amount):
        """The files of one worker may not grow (RLIMIT_FSIZE): what it would log meanwhile is lost."""
        pid = self.victim(choice)
        log = f'{self.server.root}/logs/access.log'
        if not os.path.exists(log):
            return
        began = self.moved_last(pid)
        if self.limit(pid, resource.RLIMIT_FSIZE, max(1, os.path.getsize(log))):
            self.full.append([began, time.monotonic() + PATIENCE])
            time.sleep(0.1 + amount / 4)
            self.limit(pid, resource.RLIMIT_FSIZE, 0)
            self.full[-1][1] = time.monotonic() + 0.5

    def disk(self, _, amount):
        if not self.server.has_disk:
            return
        try:
            with open(f'{self.server.root}/disk/filler', 'wb') as f:
                while True:
                    f.write(b'x' * 512)
                    f.flush()
        except OSError:
            pass
        time.sleep(0.2 + amount)
        os.unlink(f'{self.server.root}/disk/filler')
        os.truncate(f'{self.server.root}/disk/access.log', 0)

    def run(self, seconds, names):
        weights = {'kill': 6, 'stop': 3, 'reload': 3, 'resize': 3, 'rotate': 2, 'upgrade': 2, 'descriptors': 3,
                   'disk': 1, 'growth': 1, 'keeper': 3}
        weights = {name: weight for name, weight in weights.items() if not names or name in names}
        end = time.monotonic() + seconds
        while time.monotonic() < end and not faults:
            # Drawn all at once, so that the list is the seed's whatever becomes of an event.
            name = self.random.choices(list(weights), list(weights.values()))[0]
            pause, choice, amount = self.random.random() * 0.4, self.random.random(), self.random.random()
            time.sleep(pause)
            began = time.monotonic()
            getattr(self, name)(choice, amount)
            self.counts[name] = self.counts.get(name, 0) + 1
            self.events.append((name, began, time.monotonic()))
            if os.environ.get('CHAOS_VERBOSE'):
                print(f'{time.strftime("%H:%M:%S", time.gmtime())} chaos: {name} {choice:.3f} {amount:.3f} took {time.monotonic() - began:.2f} s', flush=True)
            reap()
        for thread in self.threads:
            thread.join()


# ---- what is judged ----

def judge_clients(clients, chaos):
    """Failed: those whose connection was inside who was killed. Refused, or closed while
    they were idle: while a worker had no descriptors."""
    def around(begun, done):
        return ', '.join(name for name, a, b in chaos.events if a <= done and begun - 1 <= b) or 'nothing'

    for client in clients:
        for text in client.bad[:10]:
            fault(text)
        for number, why in client.failures:
            port, begun, done = client.port[number], client.begun[number], client.done[number]
            # A client may say on a connection what nobody can read any more. And where a worker has no
            # descriptors an idle one gives way to a file: that ends no request that was heard.
            gave_way = number in client.unheard and any(a <= done and begun <= b for a, b in chaos.short)
            if not gave_way and not any(port in ports and client.opened[number] <= killed and stopped <= done
                                        for _, ports, stopped, killed in chaos.kills):
                fault(f'{client.kind} request {number} failed ({why}) {done - begun:.3f} s after it was sent, '
                      f'{begun - client.opened[number]:.3f} s after its connection from port {port} began, at '
                      f'{time.strftime("%H:%M:%S", time.gmtime(chaos.clock + done))}, and was in nobody who was killed; '
                      f'then, or a second before: {around(begun, done)}')
        for number, state in enumerate(client.state):
            if state == REFUSED and not any(a <= client.done[number] and client.begun[number] <= b
                                            for a, b in chaos.short):
                fault(f'{client.kind} request {number} was refused while there were descriptors')
            if state == UNKNOWN:
                fault(f'{client.kind} request {number} has no end')


def judge_log(server, clients, chaos):
    """Each answer has one line; a line may be missing where its worker was killed before it wrote."""
    lines = [bytearray(len(c.state)) for c in clients]
    for name in os.listdir(f'{server.root}/logs'):
        if not name.startswith('access.log'):
            continue
        with open(f'{server.root}/logs/{name}') as f:
            for line in f:
                found = re.fullmatch(r'\d+ \d+ \d+ \?n=(\d+)\.(\d+)\n', line)
                if found:
                    lines[int(found[1])][int(found[2])] += 1
                elif not re.fullmatch(r'\d+ \d+ (\d+ \?json|408 |400 )\n', line):
                    fault(f'a line of the log is no line: {line!r}')
    unlogged = 0
    for client, logged in zip(clients, lines):
        for number, count in enumerate(logged):
            if count > 1 or (count == 0 and client.state[number] in (GOOD, REFUSED) and not any(
                    client.begun[number] <= killed and stopped <= client.done[number] + 0.5
                    for _, _, stopped, killed in chaos.kills) and not any(
                    a <= client.done[number] + 0.5 and client.begun[number] <= b for a, b in chaos.full)):
                fault(f'{client.kind} request {number} has {count} lines in the log')
            unlogged += count == 0 and client.state[number] == GOOD
    return unlogged


def judge_error_log(server):
    for name in sorted(os.listdir(f'{server.root}/logs')):
        if not name.startswith('error.log'):
            continue
        rates = {}
        for line in text_of(f'{server.root}/logs/{name}').split('\n'):
            found = re.match(r'\[(.{19}).*\[pid (\d+)\].* cannot (accept|open|take|write) ', line)
            if found:
                rates[found.groups()] = rates.get(found.groups(), 0) + 1
                if rates[found.groups()] == 4:  # one for each log, and where seconds of two clocks meet another
                    fault(f'said more than once a second: {line}')
            if re.search(r':(warn|error|crit|alert|emerg)\]', line) and not EXPECTED.search(line):
                fault(f'unexpected: {line}')


def settle(server, pool):
    server.pool, server.timeout = pool, 10
    server.configure()
    goal = server.generation() + 1
    server.signal(signal.SIGUSR1)
    # Who asks so often that each worker is asked again before it has reported hears of his own connections.
    if not until(lambda: server.generation() >= goal and server.is_settled(), 2 * PATIENCE, 0.25):
        fault(f'the pool does not come back: {server.status()["pool"]}')


def settled_fds(server):
    """The parent keeps the listeners of the largest pool it had, since closing one would reset who waits at
    it, and the keeper's pair of a classic pool; that is no leak."""
    settle(server, POOLS[1])
    settle(server, POOLS[3])
    settle(server, POOLS[0])
    return fds_of(server.pid())


def judge_end(server, before):
    """Back to the pool of the beginning, everything is as it was."""
    settle(server, POOLS[0])
    pid = server.pid()
    if not until(lambda: reap() or len(fds_of(pid)) <= len(before)):
        fault(f'the parent had {len(before)} descriptors and has {len(fds_of(pid))}: {before} {fds_of(pid)}')
    for child, state in children_of(pid):
        if state == 'Z' and not until(lambda child=child: stat_of(child)[0] != 'Z'):
            fault(f'process {child} is a zombie of {pid}')
    others = [child for child, _ in children_of(os.getpid()) if child != pid]  # parents that handed over
    if not until(lambda: reap() or not any(stat_of(child)[0] for child in others)):
        fault(f'processes {others} were left over')
    server.signal(signal.SIGTERM)
    if not until(lambda: stat_of(pid)[0] in ('Z', '')):
        fault('the server does not stop')
    reap()
    if server.port and [c for c, _ in children_of(os.getpid())]:
        fault(f'the server left {children_of(os.getpid())}')


def end_all(root):
    """Every process that has this directory in its command line."""
    for name in os.listdir('/proc'):
        if name.isdigit() and int(name) != os.getpid() and root in text_of(f'/proc/{name}/cmdline'):
            try:
                os.kill(int(name), signal.SIGKILL)
            except OSError:
                pass


def clean(server):
    end_all(server.root)
    if server.has_disk:
        subprocess.run(['umount', '-l', f'{server.root}/disk'], check=False)
    shutil.rmtree(server.root, ignore_errors=True)


def main():
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: who upgrades leaves an orphan
    sys.setswitchinterval(0.0005)  # who was stopped to be killed must not wait for the clients
    seed = int(os.environ.get('CHAOS_SEED') or time.time_ns() // 1000000 % 1000000)
    seconds = float(os.environ.get('CHAOS_SECONDS') or 60)
    model = os.environ.get('CHAOS_MODEL') or 'prefork'
    print(f'chaos: CHAOS_SEED={seed} CHAOS_SECONDS={seconds:g} CHAOS_MODEL={model}', flush=True)
    server = Server(sys.argv[1], model)
    try:
        if not server.has_disk:
            print('chaos: skipped: no disk is filled, since none may be mounted')
        before = settled_fds(server)
        chaos = Chaos(server, seed)
        clients = [Client(kind, i, server.port, seed) for i, kind in enumerate(('kept', 'fresh', 'pipelined'))]
        for client in clients:
            client.start()
        began = time.monotonic()
        chaos.run(seconds, (os.environ.get('CHAOS_EVENTS') or '').split())
        for client in clients:
            client.over = True
        for client in clients:
            client.join(2 * PATIENCE)
        took = time.monotonic() - began
        judge_clients(clients, chaos)
        judge_end(server, before)
        unlogged = judge_log(server, clients, chaos)
        judge_error_log(server)
        good, failed, refused = (sum(c.count(s) for c in clients) for s in (GOOD, FAILED, REFUSED))
        for c in clients:
            print(f'chaos: {c.kind}: {c.count(GOOD)} good, {c.count(FAILED)} failed, {c.count(REFUSED)} refused, '
                  f'{c.again} asked again, {c.connections} connections, longest {c.longest:.2f} s')
        print(f'chaos: {took:.0f} s, {good} good, {failed} failed inside {len(chaos.kills)} killed processes, {refused} '
              f'refused for want of descriptors, {unlogged} answered by a worker killed before its log line or unable to write it; '
              + ', '.join(f'{n} {c}' for n, c in sorted(chaos.counts.items())))
        if faults and os.environ.get('CHAOS_VERBOSE'):
            for name in sorted(os.listdir(f'{server.root}/logs')):
                if name.startswith('error'):
                    print(f'---- {name}\n{text_of(f"{server.root}/logs/{name}")}')
    finally:
        clean(server)
    if faults:
        print(f'chaos: {len(faults)} faults; the same again: CHAOS_SEED={seed} CHAOS_SECONDS={seconds:g} '
              f'CHAOS_MODEL={model}')
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
