"""bench_stevens - the table of W. Richard Stevens, UNIX Network Programming, volume 1, chapter 30, on this machine.

His designs are this server in its configurations. His clients: 5 processes, each of which makes 500 connections,
one after the other, and gets 4000 bytes on each; 15 children. His figure of merit: process control CPU time, what a
design needs beyond the iterative server, which does nothing but the work itself. What he measured over 2500
connections takes a millisecond or two today, so more connections are made and the time is scaled back to 2500.
SPDX-License-Identifier: Apache-2.0
"""

import json
import statistics
import time

import bench_plot
from bench_measure import cpu_seconds, fetch, load, loaded
from bench_report import machine
from bench_servers import cpus, start

CHILDREN, CLIENTS, HIS = 15, 5, 2500
POOL = f'''WorkerConnections 1
StartServers {CHILDREN}
MinSpareServers 1
MaxSpareServers {CHILDREN}
ServerLimit {CHILDREN}
MaxRequestWorkers {CHILDREN}
'''
EVENT = POOL.replace('WorkerConnections 1\n', 'WorkerConnections 4096\n').replace(str(CHILDREN), '{n}')

# key, name, his row and seconds in figure 30.1, configuration
DESIGNS = [
    ('iterative', 'iterative', 0, 0.0, 'WorkerConnections 1\n'),
    ('fork', 'one child\nper client', 1, 20.90, 'ProcessModel fork\nServerLimit 256\nMaxRequestWorkers 256\n'),
    ('none', 'preforked,\nno lock', 2, 1.80, POOL + 'AcceptMutex none\n'),
    ('fcntl', 'preforked,\nfcntl lock', 3, 2.07, POOL + 'AcceptMutex fcntl\n'),
    ('flock', 'preforked,\nflock', None, None, POOL + 'AcceptMutex flock\n'),
    ('pthread', 'preforked,\nmutex', 4, 1.75, POOL + 'AcceptMutex pthread\n'),
    ('dispatch', 'preforked,\npassing', 5, 2.58, POOL.replace('WorkerConnections 1\n', '') + 'ProcessModel dispatch\n'),
    ('event', 'many a\nworker', None, None, EVENT),
]


def status(server):
    return json.loads(fetch(server, '/server-status?json')[2])


def served(server):
    """pid -> requests it has answered; on fresh connections, so these are connections too."""
    return {w['pid']: w['requests'] for w in status(server).get('workers', [])}


def settle(server, children):
    """Waits, at most twenty seconds, until the pool is there."""
    end = time.monotonic() + 20
    while time.monotonic() < end and len(served(server)) < children:
        time.sleep(.05)


def one_run(bench, server, each):
    before_each = served(server)
    before = cpu_seconds(server.pid)
    started = time.monotonic()  # what comes before and after is short, and the same however many connections are made
    clients = [load(bench, server, ['/4000.bin'], 1, None, ['-n', each, '-H', 'Connection: close']) for _ in range(CLIENTS)]
    results = [loaded(c) for c in clients]
    took = time.monotonic() - started
    used = cpu_seconds(server.pid) - before
    after, looks = served(server), 1
    one_each = 'ProcessModel fork' in server.site['pool']  # they are gone, and tell no more
    while not one_each and looks < 200 and sum(after.values()) - sum(before_each.values()) < CLIENTS * each:
        time.sleep(.1)  # the parent has not heard of the last answers yet
        after, looks = served(server), looks + 1
    return {'cpu_us': 1e6 * used / (CLIENTS * each), 'seconds': took,
            'answered': sum(r['requests'] for r in results), 'errors': sum(r['errors'] for r in results),
            'wrong': sum(r['wrong'] for r in results), 'looks': looks,
            'children': sorted((n - before_each.get(p, 0) for p, n in after.items()), reverse=True)}


class Clock:
    """How long the runs take, design by design, and so how long those to come will; a short trial of each tells first."""

    def __init__(self, rounds, each):
        self.rounds, self.each, self.trial, self.took = rounds, each, {}, {}

    def tried(self, key, few, wall, seconds):
        """A trial of `few` connections a client: only its load grows with their number."""
        self.trial[key] = wall - seconds + seconds * self.each / few

    def ran(self, key, wall):
        self.took.setdefault(key, []).append(wall)

    def to_come(self):
        left = 0
        for key, guess in self.trial.items():
            took = self.took.get(key, [])
            left += (self.rounds - len(took)) * (statistics.mean(took) if took else guess)
        return left


def spoken(seconds):
    """As one says it: the nearest five seconds."""
    five = max(5, 5 * round(seconds / 5))
    return f'{five // 60} min {five % 60} s' if five >= 60 else f'{five} s'


def timed(bench, server, each):
    began = time.monotonic()
    return one_run(bench, server, each), time.monotonic() - began


def set_up(bench, up):
    root, n = bench.small(), max(2, len(cpus()[0]))
    for key, _, _, _, config in DESIGNS:
        site = {'root': root, 'status': True, 'single': key == 'iterative', 'pool': config.replace('{n}', str(n))}
        up[key] = start(bench, 'ours', site)
        settle(up[key], {'iterative': 1, 'fork': 0, 'event': n}.get(key, CHILDREN))


def rounds(bench, up, each):
    """Each design in turn, and a line for each; what it will take is said first, from a trial of a tenth."""
    clock, few, runs = Clock(bench.rounds, each), max(10, each // 10), {}
    for key, server in up.items():
        run, wall = timed(bench, server, few)
        clock.tried(key, few, wall, run['seconds'])
    print(f'  {bench.rounds} x {len(up)} runs of {CLIENTS * each:,} connections: about {spoken(clock.to_come())}', flush=True)
    for n in range(bench.rounds):
        for key, name, *_ in DESIGNS:
            run, wall = timed(bench, up[key], each)
            clock.ran(key, wall)
            runs.setdefault(key, []).append(run)
            left = clock.to_come()
            print(f'  round {n + 1} of {bench.rounds}, {" ".join(name.split())}: {wall:.1f} s' + (f', {spoken(left)} to go' if left else ''), flush=True)
    return runs


def measure(bench, each):
    """Every design in turn in every round, all of them up meanwhile: idle processes cost nothing."""
    up = {}
    try:
        set_up(bench, up)
        return rounds(bench, up, each)
    finally:
        for server in up.values():
            server.stop()


def rows(runs, each):
    """Medians, and the difference to the iterative server in microseconds and in seconds for his 2500."""
    base = statistics.median(r['cpu_us'] for r in runs['iterative'])
    out = {}
    for key, name, row, his, _ in DESIGNS:
        r = sorted(runs[key], key=lambda r: r['cpu_us'])[len(runs[key]) // 2]
        cpu = statistics.median(x['cpu_us'] for x in runs[key])
        out[key] = {'design': name.replace('\n', ' '), 'row': row, 'his': his, 'cpu_us': cpu, 'control_us': cpu - base,
                    'control_s': (cpu - base) * HIS / 1e6, 'clients_s': statistics.median(x['seconds'] for x in runs[key]) * HIS / (CLIENTS * each),
                    'errors': sum(x['errors'] for x in runs[key]), 'wrong': sum(x['wrong'] for x in runs[key]),
                    'answered': sum(x['answered'] for x in runs[key]), 'looks': r['looks'],
                    'children': [] if key in ('iterative', 'fork') else r['children']}
    return out


def percents(table):
    """Both tables on one scale: what one child per client costs is 100."""
    mine = table['fork']['control_us']
    return [[100 * v['control_us'] / mine if mine > 0 else None for v in table.values()],
            [100 * v['his'] / 20.90 if v['his'] is not None else None for v in table.values()]]


def shares(children):
    """In percent."""
    return [100 * n / max(sum(children), 1) for n in children]


# What the drawings say, for the readers of the Chinese lessons; names of locks and of programs stay.
CHINESE = {
    'iterative': '逐个服务', 'one child\nper client': '每客户端\n一个子进程', 'preforked,\nno lock': '预先 fork，\n不加锁', 'preforked,\nfcntl lock': '预先 fork，\nfcntl 锁',
    'preforked,\nflock': '预先 fork，\nflock 锁', 'preforked,\nmutex': '预先 fork，\n互斥锁', 'preforked,\npassing': '预先 fork，\n传递描述符', 'many a\nworker': '每进程\n许多连接',
    'Process control: CPU time beyond the iterative server': '进程控制：比逐个服务多用的 CPU 时间', 'us a connection, on this machine': '每个连接（微秒），在这台机器上',
    'Process control beside his figure 30.1: one child per client is 100': '进程控制，与他的图 30.1 并列：每客户端一个子进程为 100', 'percent': '百分比',
    'preforkd': 'preforkd', 'preforkd, here': 'preforkd，这里', 'Stevens 30.1': 'Stevens 30.1',
    'Which share of the connections each child took': '每个子进程接了多少连接', 'child, the busiest first': '子进程，最忙的在前', 'percent of the connections': '占连接的百分比',
    'no lock': '不加锁', 'fcntl lock': 'fcntl 锁', 'flock': 'flock 锁', 'mutex': '互斥锁', 'passing': '传递描述符', 'per client': '每客户端一个', 'worker': '许多连接',
}


def say(what):
    """In Chinese: the words of a title, of a list of names, or of names with their values."""
    if isinstance(what, dict):
        return {CHINESE[name]: values for name, values in what.items()}
    return [CHINESE[name] for name in what] if isinstance(what, list) else CHINESE[what]


def draw_both(bench, answer, name, how, words, series, **more):
    """The drawing, and its Chinese twin beside it, which the report does not show; the words are the first arguments of `how`."""
    bench.draw(answer, f'{name}.svg', how(*words, series, **more))
    (bench.to / f'{name}.zh.svg').write_text(how(*[say(w) for w in words], say(series), **more))


def distribution(table):
    """Which share each child took: a table, and the curves."""
    short = {d[0]: d[1].split('\n')[-1] for d in DESIGNS}
    mine = {short[k]: shares(v['children']) for k, v in table.items() if len(v['children']) == CHILDREN}
    columns = {n: (n, '{:.1f}') for n in mine}
    rows = [(str(i + 1), {n: s[i] for n, s in mine.items()}) for i in range(CHILDREN)]
    also = {'title': 'Which share of the connections each child took', 'first': 'child', 'columns': columns, 'rows': rows, 'notes': [], 'plots': [],
            'what': 'In percent, the busiest child first, in one run.'}
    return also, {n: list(enumerate(s, 1)) for n, s in mine.items()}


def connections(bench):
    """How many each client makes in a run."""
    return max(60, int((1000 if bench.seconds >= 1 else 400) * min(bench.seconds, 2)))


def estimate(bench):
    """Seconds, before anything is known of the machine: a connection takes some 500 us; starts, trials and ends."""
    return len(DESIGNS) * ((bench.rounds + .1) * CLIENTS * connections(bench) * 500e-6 + bench.rounds * .3 + 1)


def lab(bench):
    """The answer for the report; its files are those the lessons show."""
    each = connections(bench)
    table = rows(measure(bench, each), each)
    names = [d[1] for d in DESIGNS]
    columns = {'cpu_us': ('CPU us/conn', '{:.1f}'), 'control_us': ('control us/conn', '{:.1f}'), 'control_s': ('control s/2500', '{:.3f}'),
               'his': ('Stevens s', '{:.2f}'), 'clients_s': ('clock s/2500', '{:.2f}'), 'least': ('least/child', '{:,}'), 'most': ('most/child', '{:,}'),
               'errors': ('errors', '{}'), 'wrong': ('wrong', '{}')}
    shown = [(v['design'], {**v, 'least': v['children'][-1] if v['children'] else None, 'most': v['children'][0] if v['children'] else None})
             for v in table.values()]
    a = {'title': "Stevens's table: what process control costs", 'first': 'design', 'columns': columns, 'rows': shown, 'notes': [], 'plots': [],
         'what': f'{CLIENTS} client processes make {each} connections each, one after the other (he: 500), 4000 bytes on each, {CHILDREN} children; '
                 'CPU time beyond the iterative server\'s, his figure 30.1 beside it.'}
    draw_both(bench, a, 'stevens', bench_plot.grouped, ['Process control: CPU time beyond the iterative server', 'us a connection, on this machine', names],
              {'preforkd': [v['control_us'] for v in table.values()]})
    mine, his = percents(table)
    draw_both(bench, a, 'stevens-percent', bench_plot.grouped, ['Process control beside his figure 30.1: one child per client is 100', 'percent', names],
              {'preforkd, here': mine, 'Stevens 30.1': his})
    a['also'], shared = distribution(table)
    draw_both(bench, a, 'children', bench_plot.curves, [a['also']['title'], 'child, the busiest first', 'percent of the connections'], shared, log=False)
    (bench.to / 'measured.json').write_text(json.dumps({
        'schema': 1, 'machine': machine(bench.server), 'clients': CLIENTS, 'each': each, 'children': CHILDREN, 'bytes': 4000,
        'rounds': bench.rounds, 'languages': ['en', 'zh'], 'designs': table}, indent=1) + '\n')
    return a
