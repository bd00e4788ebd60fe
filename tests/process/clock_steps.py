# clock_steps - the calendar is set forward and back under a server that works
#
# Usage:  python3 clock_steps.py PREFORKD LIBRARY, the library being that of clock.c
# Checks: in each model the calendar goes a day on, two back, another 399 back, and to where it was, while clients come
#         and others stay: each answer is right and none is lost; Date, Expires and the lines of both
#         logs follow within two seconds; nothing is said to be younger than the answer itself; conditions and a
#         changed file are answered right; nobody is hung up on early, or later than without a step;
#         nobody spins; the uptime counts on; a graceful restart works
# Fails:  with 1 and one line for each fault
#
# SPDX-License-Identifier: Apache-2.0
import calendar
import concurrent.futures
import email.utils
import json
import os
import re
import signal
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from chaos import children_of, text_of, until  # noqa: E402
from preloaded import Preloaded  # noqa: E402

DAY = 86400
STEPS = (DAY, -DAY, -400 * DAY, 0)
KEPT_S, HEAD_S = 4, 4
LATE_S = 12        # a machine that has much else to do
FOLLOWS_S, TURNS = 2, 5
SPIN = 0.15        # of a processor
POOL = '''ProcessModel prefork
StartServers 2
MinSpareServers 2
MaxSpareServers 2
MaxRequestWorkers 8
WorkerConnections {}'''
MODELS = {'event': POOL.format(64), 'classic': POOL.format(1), 'fork': 'ProcessModel fork\nMaxRequestWorkers 32'}
CONF = '''ServerRoot {root}
ServerName localhost
Listen 127.0.0.1:{port}
DocumentRoot {root}/www
PidFile {root}/pid
ControlSocket none
ErrorLog {root}/error.log
LogFormat "%t %{{sec}}t %>s %U" steps
CustomLog {root}/access.log steps
LogLevel notice
MaxKeepAliveRequests 0
KeepAliveTimeout {kept}
RequestReadTimeout header={head}
{model}
<Location /expires>
    ExpiresActive On
    ExpiresDefault "access plus 1 hour"
</Location>
<Location /server-status>
    SetHandler server-status
</Location>
'''
FILES = {'small': 300, 'expires': 200, 'big': 300001, 'young': 400}
LONG_AGO = 1600000000  # earlier than any of the calendars here

faults = []


BEGUN = time.monotonic()


def tell(text):
    if os.environ.get('CLOCK_VERBOSE'):
        print(f'{time.monotonic() - BEGUN:.1f} {text}', flush=True)


def fault(text):
    tell('')
    faults.append(text)
    print(f'clock_steps: {text}', flush=True)


def response(stream):
    """Status, fields and body of the next response; status 0: there is none."""
    line = stream.readline()
    if not line:
        return 0, {}, b''
    fields = {}
    for field in iter(stream.readline, b'\r\n'):
        if not field:
            return 0, {}, b''
        name, _, value = field.decode().partition(':')
        fields[name.lower()] = value.strip()
    status = int(line.split()[1])
    if status == 304:
        return status, fields, b''
    if 'chunked' in fields.get('transfer-encoding', ''):
        body = b''
        while size := int(stream.readline(), 16):
            body += stream.read(size)
            stream.readline()
        stream.readline()
        return status, fields, body
    return status, fields, stream.read(int(fields.get('content-length', -1)))


def moment(date):
    return calendar.timegm(email.utils.parsedate(date))


class Client:
    def __init__(self, port):
        self.socket = socket.create_connection(('127.0.0.1', port), 20)
        self.stream = self.socket.makefile('rb')

    def ask(self, name, *fields):
        self.send(name, *fields)
        return response(self.stream)

    def send(self, name, *fields, end='\r\n'):
        self.socket.sendall(f'GET /{name} HTTP/1.1\r\nHost: x\r\n{"".join(f + chr(13) + chr(10) for f in fields)}{end}'.encode())

    def close(self):
        self.stream.close()
        self.socket.close()


class Server(Preloaded):
    def __init__(self, program, library, model):
        self.model, self.offset, self.restarts = model, 0, False
        super().__init__('clock')
        self.bodies = {name: os.urandom(size) for name, size in FILES.items()}
        for name in self.bodies:
            self.write(name, LONG_AGO)
        self.write('young', time.time() - 3600)
        self.launch(program, library, 'CLOCK_FILE', CONF.format(
            root=self.root, port=self.port, model=MODELS[model], kept=KEPT_S, head=HEAD_S), TZ='UTC0')

    def write(self, name, when):
        """In one step: nobody sees half of it."""
        with open(f'{self.root}/www.new', 'wb') as f:
            f.write(self.bodies[name])
        os.utime(f'{self.root}/www.new', (when, when))
        os.rename(f'{self.root}/www.new', f'{self.root}/www/{name}')

    def step(self, offset):
        self.offset = offset
        self.told[:8] = struct.pack('q', offset)

    def asked(self):
        return struct.unpack('q', self.told[8:16])[0]

    def now(self):
        return time.time() + self.offset

    def is_now(self, seconds, late=FOLLOWS_S):
        return -late - 1 <= seconds - self.now() <= 1

    def answers(self):
        try:
            return self.get('small')[0] == 200
        except OSError:
            return False

    def get(self, name, *fields):
        client = Client(self.port)
        try:
            return client.ask(name, 'Connection: close', *fields)
        finally:
            client.close()

    def status(self):
        return json.loads(self.get('server-status?json')[2])

    def processes(self):
        return [self.process.pid] + [pid for pid, state in children_of(self.process.pid) if state != 'Z']

    def ticks(self):
        found = {}
        for pid in self.processes():
            fields = text_of(f'/proc/{pid}/stat').rpartition(')')[2].split()
            if len(fields) > 13:
                found[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')
        return found


class Load(threading.Thread):
    """Comes anew, and stays, all the time; each answer has to be there and right."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.answered, self.over, self.rests = server, 0, threading.Event(), threading.Event()
        self.resting, self.used = threading.Event(), 0

    def one(self, client, name, *fields):
        status, _, body = client.ask(name, *fields)
        if status != 200 or body != self.server.bodies[name]:
            fault(f'{self.server.model}, {self.server.offset}: {status} and {len(body)} bytes for {name}')
        self.answered += 1

    def again(self, kept):
        """On the connection that is there. A worker of many connections may close it when it leaves, and every worker
        one that was not used for long."""
        leaves = self.server.restarts and self.server.model == 'event'
        if kept and (leaves or time.monotonic() - self.used > KEPT_S / 2):
            kept.close()
            kept = None
        if leaves:
            return None
        kept = kept or Client(self.server.port)
        self.one(kept, 'small')
        self.used = time.monotonic()
        return kept

    def run(self):
        kept = None
        try:
            while not self.over.wait(0.03):
                if self.rests.is_set():
                    self.resting.set()
                    continue
                for name in 'small', 'big':
                    new = Client(self.server.port)
                    self.one(new, name, 'Connection: close')
                    new.close()
                if self.server.model == 'fork':
                    continue
                kept = self.again(kept)
        except OSError as e:
            fault(f'{self.server.model}, {self.server.offset}: a connection was lost: {e}')

    def pause(self, pauses):
        if pauses:
            self.resting.clear()
            self.rests.set()
            self.resting.wait(20)
        else:
            self.rests.clear()


def hung_up(client, begun, at_least, what, server):
    """Closed by the server, neither before its time nor long after it."""
    try:
        client.socket.settimeout(LATE_S)
        while client.socket.recv(4096):
            pass
    except TimeoutError:
        fault(f'{what}: not hung up on after {LATE_S} s')
    except ConnectionError:
        pass
    took = time.monotonic() - begun
    client.close()
    if took < at_least - 0.5:
        fault(f'{server.model}, {server.offset}: {what}: hung up on after {took:.1f} s')


def conditions(server, what):
    status, fields, body = server.get('small')
    since, tag = fields['last-modified'], fields['etag']
    for field, wanted in ((f'If-Modified-Since: {since}', 304), (f'If-None-Match: {tag}', 304),
                          (f'If-None-Match: "other"', 200), (f'If-Range: {tag}\r\nRange: bytes=0-9', 206),
                          (f'If-Modified-Since: {email.utils.formatdate(LONG_AGO - 1, usegmt=True)}', 200),
                          (f'If-Unmodified-Since: {email.utils.formatdate(LONG_AGO - 1, usegmt=True)}', 412)):
        status = server.get('small', field)[0]
        if status != wanted:
            fault(f'{what}: {status} for {field!r}')
    for _ in range(4):
        status, fields, body = server.get('young')
        if status != 200 or body != server.bodies['young']:
            fault(f'{what}: {status} for the young file')
        elif moment(fields['last-modified']) > moment(fields['date']):
            fault(f'{what}: changed at {fields["last-modified"]}, answered at {fields["date"]}')
    if not in_time(lambda: change(server), lambda: server.get('young')[2] == server.bodies['young'], FOLLOWS_S + 1):
        fault(f'{what}: a file that has changed is answered as it was')


def change(server):
    server.bodies['young'] = os.urandom(400)
    server.write('young', time.time() - 1800)


def in_time(begin, what, patience):
    """A machine that has much else to do may be late, but not each time."""
    for _ in range(TURNS):
        begin()
        if until(what, patience):
            return True
    return False


def dates(server, what):
    first = [server.offset]  # and from there a minute on each time
    if not in_time(lambda: server.step(first.pop() if first else server.offset + 60),
                   lambda: server.is_now(moment(server.get('small')[1]['date']), 0), FOLLOWS_S):
        fault(f'{what}: Date is {server.get("small")[1]["date"]}')
    for _ in range(4):
        fields = server.get('expires')[1]
        if moment(fields['expires']) - moment(fields['date']) not in (3599, 3600, 3601):
            fault(f'{what}: Expires {fields["expires"]} of {fields["date"]}')


def last_lines(server, what):
    """Of this request, and of all after it."""
    mark = f'no-{len(text_of(f"{server.root}/access.log"))}'
    asked = server.now()
    server.get(mark)
    if not until(lambda: mark in text_of(f'{server.root}/access.log')):
        fault(f'{what}: no line of a request')
        return
    over = server.now()
    line = [line for line in text_of(f'{server.root}/access.log').split('\n') if mark in line][0]
    day, second = re.match(r'\[([^]]+)\] (\d+)', line).groups()
    said = calendar.timegm(time.strptime(day, '%d/%b/%Y:%H:%M:%S +0000'))
    if said != int(second) or not asked - 2 <= said <= over + 1:
        fault(f'{what}: the log says {line}')


def restart(server, load, what):
    load.pause(True)
    server.restarts = True
    load.pause(False)
    before, size = server.status()['server']['generation'], len(text_of(f'{server.root}/error.log'))
    server.process.send_signal(signal.SIGUSR1)
    said = f'generation {before + 1} begins'
    if not until(lambda: said in text_of(f'{server.root}/error.log')[size:]):
        fault(f'{what}: no restart')
        return
    if not until(lambda: {w['generation'] for w in server.status()['workers'] if w['pid']} == {before + 1}):
        fault(f'{what}: {server.status()["workers"]} after a restart')
    server.restarts = False
    line = [line for line in text_of(f'{server.root}/error.log')[size:].split('\n') if said in line][0]
    day = re.match(r'\[\w+ (\w+ \d+ [\d:]+)[.\d]* (\d+)\]', line)
    when = calendar.timegm(time.strptime(' '.join(day.groups()), '%b %d %H:%M:%S %Y')) if day else 0
    if not server.is_now(when, LATE_S):
        fault(f'{what}: the error log says {line}')


def quiet(server, load, what):
    """With nobody there for a while, nobody works."""
    load.pause(True)
    time.sleep(0.2)
    before, begun, asked = server.ticks(), time.monotonic(), server.asked()
    time.sleep(1)
    took = time.monotonic() - begun
    for pid, used in server.ticks().items():
        if pid in before and used - before[pid] > SPIN * took:
            fault(f'{what}: process {pid} used {used - before[pid]:.2f} s of {took:.1f}')
    if server.asked() - asked > 1000 * took:
        fault(f'{what}: the calendar was looked at {server.asked() - asked} times in {took:.1f} s')
    load.pause(False)


def step(server, load, offset):
    what = f'{server.model}, from {server.offset} to {offset}'
    begun, before = time.monotonic(), server.status()['server']
    answered = load.answered
    for _ in range(8):
        server.get('young')  # and those who serve have it ready
    idle, silent, slow = (Client(server.port) for _ in range(3))
    used = [Client(server.port) for _ in range(2)]
    kept_at = time.monotonic()
    if server.model != 'fork':
        for client in used + [idle]:
            client.ask('small')
    half_at = time.monotonic()
    silent.send('small', end='')
    slow.send('small', end='')
    time.sleep(0.3)
    server.step(offset)
    if server.model != 'fork':
        for client in used:
            status, _, body = client.ask('small')
            if status != 200 or body != server.bodies['small']:
                fault(f'{what}: {status} on a connection that was kept')
            client.close()
    ends = [threading.Thread(target=hung_up, args=(silent, half_at, HEAD_S, 'half a head', server))]
    if server.model == 'fork':
        idle.close()
    else:
        ends.append(threading.Thread(target=hung_up, args=(idle, kept_at, KEPT_S, 'kept', server)))
    for thread in ends:
        thread.start()
    slow.socket.sendall(b'\r\n')
    if response(slow.stream)[0] != 200 and time.monotonic() - half_at < HEAD_S:
        fault(f'{what}: a head that came in two parts was not answered')
    slow.close()
    tell(f'{what}: dates')
    dates(server, what)
    tell(f'{what}: conditions')
    conditions(server, what)
    tell(f'{what}: last_lines')
    last_lines(server, what)
    after = server.status()['server']
    if not 0 <= after['uptime'] - before['uptime'] <= time.monotonic() - begun + 2:
        fault(f'{what}: the uptime went from {before["uptime"]} to {after["uptime"]}')
    tell(f'{what}: quiet')
    quiet(server, load, what)
    for thread in ends:
        thread.join()
    tell(f'{what}: restart')
    restart(server, load, what)
    if load.answered == answered:
        fault(f'{what}: the load was not answered')


def run(program, library, model):
    server = Server(program, library, model)
    load = Load(server)
    try:
        load.start()
        for offset in STEPS:
            step(server, load, offset)
    finally:
        load.over.set()
        load.join(30)
        asked, log = server.asked(), text_of(f'{server.root}/error.log')
        code = server.stop()
    if code or not asked:
        fault(f'{model}: the server ended with {code}, and looked at the calendar {asked} times')
    for line in log.split('\n'):
        if re.search(r':(warn|error|crit|alert|emerg)\]', line):
            fault(f'{model}: said {line}')
    return load.answered


def main():
    with concurrent.futures.ThreadPoolExecutor(len(MODELS)) as pool:
        runs = {model: pool.submit(run, sys.argv[1], sys.argv[2], model) for model in MODELS}
    answered = {model: future.result() for model, future in runs.items()}
    print(f'clock_steps: {len(STEPS)} steps in {len(MODELS)} models, answered '
          f'{", ".join(f"{count} ({model})" for model, count in answered.items())}: {len(faults)} faults')
    return 1 if faults else 0


sys.exit(main())
