"""bench_questions - what is asked of the servers, one function a question.

Each takes the bench and gives an answer as bench_report wants it. The decorator says how many runs of
bench.seconds it takes for one server and one round, for the estimate at the beginning.
SPDX-License-Identifier: Apache-2.0
"""

import json
import re
import resource
import selectors
import socket
import subprocess
import sys
import threading
import time

import bench_plot
from bench_measure import (COLUMNS, compare, fetch, load, loaded, measured, medians, plain, side_by_side, sockets)
from bench_servers import find, free_port, start, tree

QUESTIONS = {}


def question(name, title, runs=1.0, extra=0.0):
    def put(function):
        QUESTIONS[name] = (function, title, runs, extra)
        return function
    return put


def answer(title, what, rows, columns=None, first=None):
    return {'title': title, 'what': what, 'rows': list(rows), 'columns': columns or COLUMNS, 'first': first,
            'notes': [], 'plots': []}


def ask(bench, name, what, site, run, check, columns=None, names=None, measures=None):
    """The usual answer: servers side by side, two panels of bars."""
    title = QUESTIONS[name][1]
    got = side_by_side(bench, site, run, check, names)
    a = answer(title, what, got.items(), columns)
    return picture(bench, name, a, measures)


def picture(bench, name, a, measures=None):
    measures = measures or {'rps': 'requests a second (more is better)', 'cpu_us': 'server CPU, us a request (less is better)'}
    rows = dict(a['rows'])
    panels = [(label, {n: v.get(key, float('nan')) for n, v in rows.items()}) for key, label in measures.items()]
    if rows:
        bench.draw(a, f'{name}.svg', bench_plot.bars(a['title'], list(rows), panels))
    return a


# ---- the works of compare.py ----

def yardstick(bench, name, work, columns=None):
    """The work by compare.py, which measures the floor of the machine as well; None where that is not to be had."""
    if not bench.compare or bench.seconds != int(bench.seconds):
        return None
    out = bench.dir / f'{work}.json'
    done = subprocess.run([sys.executable, bench.compare, '--ours', bench.server, '--work', work, '--rounds', str(bench.rounds),
                           '--seconds', str(int(bench.seconds)), '--json', str(out)], capture_output=True, text=True)
    try:
        rows = json.loads(out.read_text())[work]
    except (OSError, ValueError, KeyError):
        bench.note('compare.py gave nothing, so this was measured here: ' + (done.stderr.strip().split('\n')[-1] or str(done.returncode)))
        return None
    for server, r in rows.items():
        r['errors'] = r.pop('bad')
        unknown(server, r)
    what = f'Work {work} of compare.py.'
    for floor in [n for n in rows if n.startswith('limit')]:
        what = f'{what[:-1]}; {floor} is the least any server can do for an answer on this machine.'
    a = answer(QUESTIONS[name][1], what, rows.items(), {k: v for k, v in (columns or COLUMNS).items() if k != 'wrong'})
    return picture(bench, name, a)


def unknown(server, r):
    """busybox leaves its children to the kernel, which forgets their CPU time with them."""
    if server == 'busybox':
        r['cpu_us'] = float('nan')
    return r


@question('keepalive', 'Keep-alive: 1 KiB again and again over 64 connections', 1.6)
def keepalive(bench):
    a = yardstick(bench, 'keepalive', 'keepalive-1k')
    return a or ask(bench, 'keepalive', 'One file of 1 KiB, 64 connections that stay.', {'root': bench.small()},
                    lambda s: plain(bench, s), lambda s: compare(s, ['/1k.html']))


@question('keepalive-100k', 'Keep-alive: 100 KiB again and again over 64 connections', 1.2)
def keepalive_100k(bench):
    a = yardstick(bench, 'keepalive-100k', 'keepalive-100k')
    return a or ask(bench, 'keepalive-100k', 'One file of 100 KiB, 64 connections that stay.', {'root': bench.small()},
                    lambda s: plain(bench, s, '/page.html'), lambda s: compare(s, ['/page.html']))


@question('keepalive-10m', 'Keep-alive: 10 MiB again and again over 8 connections', 1.2)
def keepalive_10m(bench):
    a = yardstick(bench, 'keepalive-10m', 'keepalive-10m')
    return a or ask(bench, 'keepalive-10m', 'One file of 10 MiB, 8 connections that stay.', {'root': bench.small(big=True)},
                    lambda s: plain(bench, s, '/10m.bin', 8), lambda s: compare(s, ['/10m.bin']))


@question('close', 'A new connection for each request: 1 KiB, 64 clients', 1.6)
def close(bench):
    a = yardstick(bench, 'close', 'close-1k')
    return a or ask(bench, 'close', 'One file of 1 KiB, Connection: close.', {'root': bench.small()},
                    lambda s: plain(bench, s, headers=['Connection: close']), lambda s: compare(s, ['/1k.html']))


@question('pipeline', 'Sixteen requests in one piece', 1.6)
def pipeline(bench):
    a = yardstick(bench, 'pipeline', 'pipeline-16')
    return a or ask(bench, 'pipeline', 'One file of 1 KiB, 64 connections, 16 requests sent at a time.', {'root': bench.small()},
                    lambda s: measured(s, lambda: loaded(load(bench, s, ['/1k.html'], 64, None, ['-P', 16]))),
                    lambda s: compare(s, ['/1k.html']))


@question('logged-1k', 'With an access log: 1 KiB again and again over 64 connections')
def logged(bench):
    a = yardstick(bench, 'logged-1k', 'logged-1k')
    return a or ask(bench, 'logged-1k', 'One file of 1 KiB, 64 connections that stay, and a line of format combined for each request.',
                    {'root': bench.small(), 'log': True}, lambda s: plain(bench, s), lambda s: compare(s, ['/1k.html']))


class Crowd:
    """So many connections that ask once and then say nothing."""

    def __init__(self, port, count):
        self.sockets, self.lost = [], 0
        for _ in range(count):
            try:
                s = socket.create_connection(('127.0.0.1', port), 20)
                s.sendall(b'GET /1k.html HTTP/1.1\r\nHost: localhost\r\n\r\n')
                self.sockets.append(s)
            except OSError:
                self.lost += 1
        for s in list(self.sockets):
            try:
                answered = s.recv(1 << 16).startswith(b'HTTP/1.1 200')
            except OSError:
                answered = False
            if not answered:
                self.drop(s)

    def drop(self, s):
        self.lost += 1
        self.sockets.remove(s)
        s.close()

    def end(self):
        """How many were refused, not answered, or closed meanwhile."""
        for s in list(self.sockets):
            s.setblocking(False)
            try:
                while s.recv(1 << 16):
                    pass
                self.drop(s)
            except BlockingIOError:
                pass
            except OSError:
                self.drop(s)
        for s in self.sockets:
            s.close()
        return self.lost


@question('idle-5000', 'Beside 5000 idle connections: 1 KiB over 64 others', 1, 4)
def idle(bench):
    count = 5000 if bench.seconds >= 1 else 500

    def run(server):
        crowd = Crowd(server.port, count)
        r = plain(bench, server)
        r['idle_lost'] = crowd.end()
        return r

    columns = {**COLUMNS, 'idle_lost': ('idle lost', '{:.0f}')}
    a = yardstick(bench, 'idle-5000', 'idle-5000', columns)
    return a or ask(bench, 'idle-5000', f'One file of 1 KiB, 64 connections, while {count} have asked once and are kept. PSS is with all of them; '
                    'lost are those that were refused, or closed before the end.', {'root': bench.small()}, run,
                    lambda s: compare(s, ['/1k.html']), columns)


@question('fork-1k', 'A child for every request: 1 KiB, 16 clients')
def fork(bench):
    a = yardstick(bench, 'fork-1k', 'fork-1k')
    return a or ask(bench, 'fork-1k', 'One file of 1 KiB, Connection: close; ours with ProcessModel fork, beside others that fork for each request. '
                    'busybox does not wait for its children, so their CPU time is not known.',
                    {'root': bench.small(), 'pool': 'ProcessModel fork\nServerLimit 256\nMaxRequestWorkers 256'},
                    lambda s: unknown(s.name, plain(bench, s, connections=16, headers=['Connection: close'])), lambda s: compare(s, ['/1k.html']),
                    names=[n for n in bench.servers if n == 'ours'] + bench.forking)


@question('cgi', 'A program (CGI) for every request, 8 connections')
def cgi(bench):
    def check(server):
        status, _, body = fetch(server, '/cgi-bin/hello.cgi')
        return (status, body.strip()) != (200, b'hello')

    a = yardstick(bench, 'cgi', 'cgi')
    return a or ask(bench, 'cgi', 'A script of the shell that says hello; its own time is in the CPU time, and the same for all; that of busybox is not known.',
                    {'root': bench.small(), 'cgi': True}, lambda s: unknown(s.name, plain(bench, s, '/cgi-bin/hello.cgi', 8)), check,
                    names=[n for n in bench.servers if n in ('ours', 'apache', 'lighttpd')] + bench.forking)


@question('not-found', 'A file that is not there, over 64 connections')
def not_found(bench):
    # An answer 404 is a fault with the clients that are used; here any other would be one.
    def run(server):
        r = plain(bench, server, '/no/such/file')
        return {**r, 'errors': abs(r['requests'] - r['errors'] - r['wrong']), 'wrong': 0}

    a = yardstick(bench, 'not-found', 'not-found')
    for _, r in a['rows'] if a else []:
        r['errors'] = abs(r['n'] - r['errors'])
    return a or ask(bench, 'not-found', 'Answers with 404; any other counts as an error.', {'root': bench.small()}, run,
                    lambda s: fetch(s, '/no/such/file')[0] != 404)


# ---- what it lacks ----

@question('fairness', 'Small beside big: 1 KiB while 8 clients pull 10 MiB')
def fairness(bench):
    def run(server):
        def both():
            big = load(bench, server, ['/10m.bin'], 8, bench.seconds + .3)
            time.sleep(.15)
            r = loaded(load(bench, server, ['/1k.html'], 16))
            b = loaded(big)
            r['mib'] = b['bytes'] / b['seconds'] / (1 << 20)
            r['errors'] += b['errors']
            r['wrong'] += b['wrong']
            return r
        return measured(server, both)

    columns = {k: COLUMNS[k] for k in ('rps', 'p50', 'p99')}
    columns.update({'p999': ('p99.9 us', '{:,.0f}'), 'max': ('worst us', '{:,.0f}'), 'mib': ('big MiB/s', '{:,.0f}'),
                    'jain': ('fairness', '{:.3f}'), 'errors': COLUMNS['errors'], 'wrong': COLUMNS['wrong']})
    return ask(bench, 'fairness', '16 connections ask for 1 KiB, 8 for 10 MiB, at once. Fairness is Jain\'s index over the 16: '
               '1 when all of them got as many answers.', {'root': bench.small(big=True)}, run,
               lambda s: compare(s, ['/1k.html', '/10m.bin']), columns,
               measures={'p99': 'p99 of 1 KiB, us (less is better)', 'mib': 'the big ones meanwhile, MiB/s'})


def held_by(bench, server, count):
    """How many connections each worker has while count of them are asking; and what they were answered."""
    before = sockets(tree(server.pid)[1:])
    process = load(bench, server, ['/1k.html'], count, 2)
    held = []
    while process.poll() is None and sum(held) != count:
        time.sleep(.02)
        now = sockets(before)
        held = max(held, sorted((now[pid] - n for pid, n in before.items()), reverse=True)[:2], key=sum)
    process.terminate()
    return held, loaded(process)


@question('spread', 'Spread: 64 connections over 2 workers, ten times', 0, 6)
def spread(bench):
    site, shares, columns = {'root': bench.small()}, {}, {str(i): (str(i + 1), '{:.0f}') for i in range(10)}
    faults = {}
    for name in [n for n in bench.servers if n != 'h2o']:  # whose workers are threads
        server = start(bench, name, site)
        try:
            shares[name] = []
            faults[name] = {'errors': 0, 'wrong': 0}
            for _ in range(10):
                held, r = held_by(bench, server, 64)
                faults[name] = {k: v + r[k] for k, v in faults[name].items()}
                if len(held) == 2 and sum(held) == 64:
                    shares[name].append(100 * held[0] / 64)
                else:
                    bench.note(f'{name}: a run without all of its 64 connections: {held}')
        finally:
            server.stop()
    columns.update({'even': ('60:40 or better', '{}'), 'errors': COLUMNS['errors'], 'wrong': COLUMNS['wrong']})
    a = answer(QUESTIONS['spread'][1], 'Percent of the connections that the worker with more has, run by run, counted among the descriptors of each process. h2o has threads, not processes.',
               [(n, {**{str(i): v for i, v in enumerate(s)}, 'even': f'{sum(v <= 60 for v in s)} of {len(s)}', **faults[n]}) for n, s in shares.items()], columns)
    both = {n: [p for v in s for p in (v, 100 - v)] for n, s in shares.items()}
    bench.draw(a, 'spread.svg', bench_plot.dots(a['title'], 'percent of the connections, each worker in each run a dot', both, (40, 60)))
    return a


@question('cold', 'Many files: 10,000 of them, asked for by Zipf\'s law', 1, 6)
def cold(bench):
    site = {'root': bench.many(10000)}
    names = bench.paths(site['root'], 10000)
    return ask(bench, 'cold', '10,000 files of 2 KiB; file N is asked for with a weight of 1/N, 64 connections. Each server begins anew, with nothing in its caches.',
               site, lambda s: measured(s, lambda: loaded(load(bench, s, names, 64, None, ['-z', 1]))),
               lambda s: compare(s, ['/f1.html', '/f7777.html', '/f10000.html']))


@question('compressed', 'Compressed answers: 100 KiB of HTML, gzip at level 6')
def compressed(bench):
    zipped = ['Accept-Encoding: gzip']

    def check(server):
        status, head, _ = fetch(server, '/page.html', {'Accept-Encoding': 'gzip'})
        return (status != 200 or head.get('Content-Encoding') != 'gzip') + compare(server, ['/page.html'], {'Accept-Encoding': 'gzip'})

    return ask(bench, 'compressed', 'One page of 100 KiB, 16 connections. preforkd keeps what it has compressed; the others compress anew each time.',
               {'root': bench.small(), 'gzip': True}, lambda s: plain(bench, s, '/page.html', 16, zipped), check)


@question('autoindex', 'Listings: a folder of 100 files')
def autoindex(bench):
    root = bench.small()

    def check(server):
        status, _, body = fetch(server, '/folder/')
        return (status != 200) + sum(f'file-{i}.txt"'.encode() not in body for i in range(100))

    return ask(bench, 'autoindex', 'The listing of a folder of 100 files, 16 connections; each name has to be in it.', {'root': root, 'index': True},
               lambda s: plain(bench, s, '/folder/', 16), check)


@question('status', 'The status page under load', 3)
def status(bench):
    rows, site = {}, {'root': bench.small(), 'status': True}
    forms = {'?json': json.loads, '?auto': lambda b: re.search(rb'^Scoreboard: ', b, re.M).group(0), '': lambda b: b.index(b'</html>')}
    server = start(bench, 'ours', site)
    try:
        for form, read in forms.items():
            runs = []
            for _ in range(bench.rounds):
                beside = load(bench, server, ['/1k.html'], 32, bench.seconds + .4)
                r = plain(bench, server, '/server-status' + form, 4)
                b = loaded(beside)
                runs.append({**r, 'beside': b['rps'], 'wrong': b['wrong'], 'errors': r['errors'] + b['errors']})
                try:
                    read(fetch(server, '/server-status' + form)[2])
                except (ValueError, AttributeError):
                    runs[-1]['wrong'] += 1
            best = sorted(runs, key=lambda r: r['rps'])[len(runs) // 2]
            rows['/server-status' + form] = best
    finally:
        server.stop()
    columns = {'rps': ('status/s', '{:,.0f}'), 'p50': COLUMNS['p50'], 'p99': COLUMNS['p99'], 'beside': ('1 KiB beside, req/s', '{:,.0f}'),
               'errors': COLUMNS['errors'], 'wrong': COLUMNS['wrong']}
    a = answer(QUESTIONS['status'][1], '4 connections ask for the status as fast as they can while 32 ask for 1 KiB.', rows.items(), columns, 'form')
    return picture(bench, 'status', a, {'rps': 'answers a second', 'p99': 'p99, us'})


class Viewers:
    """So many who watch ?events at a port, and read what they are sent."""

    def __init__(self, count, port, path):
        self.sockets, self.bytes, self.over = selectors.DefaultSelector(), 0, False
        for _ in range(count):
            s = socket.create_connection(('127.0.0.1', port), 10)
            s.sendall(f'GET {path}?events HTTP/1.1\r\nHost: localhost\r\n\r\n'.encode())
            s.setblocking(False)
            self.sockets.register(s, selectors.EVENT_READ)
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        while not self.over:
            for key, _ in self.sockets.select(0.1):
                got = len(key.fileobj.recv(1 << 16))
                self.bytes += got
                if not got:
                    self.sockets.unregister(key.fileobj)

    def end(self):
        """How many were still sent something, and how much all were."""
        left = len(self.sockets.get_map())
        self.over = True
        self.thread.join()
        for key in list(self.sockets.get_map().values()):
            key.fileobj.close()
        return left, self.bytes


@question('viewers', 'Requests a second while 200 watch the status', 3)
def viewers(bench, count=200):
    port = free_port()
    rows, runs = {'nobody': (0, ''), 'at StatusListen': (port, '/'), 'at the server': (None, '/server-status')}, {}
    server = start(bench, 'ours', {'root': bench.small(), 'status': True, 'status_port': port})
    try:
        plain(bench, server, '/1k.html', 64)  # all files are known
        for n in range(bench.rounds):
            for name in list(rows)[n % 3:] + list(rows)[:n % 3]:
                at, path = rows[name]
                watching = Viewers(count if path else 0, at or server.port, path)
                r = plain(bench, server, '/1k.html', 64)
                left, r['event_bytes'] = watching.end()
                r['wrong'] += (count if path else 0) - left + compare(server, ['/1k.html'])
                runs.setdefault(name, []).append(r)
    finally:
        server.stop()
    for name in rows:
        for r, alone in zip(runs[name], runs['nobody']):
            r['share'] = 100 * r['rps'] / alone['rps'] if alone['rps'] else 0
    columns = {**COLUMNS, 'share': ('of nobody\'s, %', '{:.1f}'), 'event_bytes': ('bytes of events', '{:,.0f}')}
    a = answer(QUESTIONS['viewers'][1], f'64 connections ask for 1 KiB as fast as they can, while {count} clients watch ?events: in turn nobody, '
               'at StatusListen, and at the server itself; the share is that of the same round.', [(n, medians(runs[n])) for n in rows], columns, 'viewers')
    return picture(bench, 'viewers', a, {'share': 'of the requests a second with nobody watching, %', 'cpu_us': 'server CPU, us a request'})


@question('churn', 'Clients in turn: 10,000 that come, ask once and go', 0, 10)
def churn(bench):
    count = 10000 if bench.seconds >= 1 else 2000

    def run(server):
        r = measured(server, lambda: loaded(load(bench, server, ['/1k.html'], 64, None, ['-k', 1, '-n', count])))
        r['errors'] += abs(count - r['requests'])
        return r

    return ask(bench, 'churn', f'{count:,} clients, 64 at a time; each connects, asks for 1 KiB with keep-alive, reads it and closes.',
               {'root': bench.small()}, run, lambda s: compare(s, ['/1k.html']))


# ---- growth ----

def thin(bench, points):
    """At most bench.points of them, the first and the last among these."""
    if len(points) <= bench.points:
        return points
    step = (len(points) - 1) / max(bench.points - 1, 1)
    return [points[round(i * step)] for i in range(bench.points)]


def growth(bench, name, across, points, names, one):
    """one(server name, point) -> figures. Two plots: requests a second, and CPU for each."""
    title, rows = QUESTIONS[name][1], {}
    for x in thin(bench, points):
        for server in names:
            try:
                rows[server, x] = one(server, x)
            except RuntimeError as e:
                bench.note(str(e))
    a = answer(title, 'One run a point.', [(f'{s} {x:,}', v) for (s, x), v in rows.items()], first=f'server, {across}')
    for key, label in (('rps', 'requests a second'), ('cpu_us', 'server CPU, us a request')):
        series = {s: [(x, v[key]) for (n, x), v in rows.items() if n == s] for s in names}
        bench.draw(a, f'{name}-{key}.svg', bench_plot.curves(f'{title}: {label}', across, label, {s: p for s, p in series.items() if p}))
    return a


def once(bench, name, site, run, check):
    return side_by_side(bench, site, run, check, [name], 1)[name]


@question('connections', 'Growth: 1 to 4096 connections', 7)
def connections(bench):
    site = {'root': bench.small()}
    return growth(bench, 'connections', 'connections', [1, 4, 16, 64, 256, 1024, 4096], bench.servers,
                  lambda s, x: once(bench, s, site, lambda up: measured(up, lambda: loaded(load(bench, up, ['/1k.html'], x))),
                                    lambda up: compare(up, ['/1k.html'])))


@question('workers', 'Growth: 1 to 64 workers', 4.2)
def workers(bench):
    return growth(bench, 'workers', 'workers', [1, 2, 4, 8, 16, 32, 64], [n for n in bench.servers if n in ('ours', 'nginx', 'lighttpd')],
                  lambda s, x: once(bench, s, {'root': bench.small(), 'workers': x},
                                    lambda up: measured(up, lambda: loaded(load(bench, up, ['/1k.html'], 128))),
                                    lambda up: compare(up, ['/1k.html'])))


@question('hosts', 'Growth: 1 to 10,000 virtual hosts', 3, 10)
def hosts(bench):
    def one(name, count):
        site = {'root': bench.hosts(count), 'hosts': count}
        names = bench.dir / f'hosts-{count}'
        names.write_text(''.join(f'/1k.html\th{i}.test\n' for i in range(count)))
        return once(bench, name, site, lambda s: measured(s, lambda: loaded(load(bench, s, str(names), 64))), lambda s: 0)

    return growth(bench, 'hosts', 'virtual hosts, each asked in turn', [1, 10, 100, 1000, 10000],
                  [n for n in bench.servers if n in ('ours', 'nginx', 'apache')], one)


@question('files', 'Growth: 1 to 100,000 files', 6, 25)
def files(bench):
    def one(name, count):
        site = {'root': bench.many(count)}
        names = bench.paths(site['root'], count)
        return once(bench, name, site, lambda s: measured(s, lambda: loaded(load(bench, s, names, 64))),
                    lambda s: compare(s, ['/f1.html', f'/f{count}.html']))

    return growth(bench, 'files', 'files, each asked for in turn', [1, 10, 100, 1000, 10000, 100000], bench.servers, one)


def missing():
    return [] if find('wrk') else ['wrk is not here: our own client asks in its place']


def descriptors():
    """4096 connections need as many descriptors in the client."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    want = min(hard, 16384) if hard != resource.RLIM_INFINITY else 16384
    if soft < want:
        resource.setrlimit(resource.RLIMIT_NOFILE, (want, hard))
    return max(soft, want)
