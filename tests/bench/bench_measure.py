"""bench_measure - what a run is: load on a server, its own CPU time meanwhile, and whether the answers are right.

CPU time is the kernel's account of every process and thread of the server in nanoseconds (schedstat), and of
its children that have ended, in clock ticks (stat).
SPDX-License-Identifier: Apache-2.0
"""

import gzip
import http.client
import json
import os
import re
import statistics
import subprocess

from bench_servers import cpus, find, start, tree

COLUMNS = {  # name: (head, format)
    'rps': ('req/s', '{:,.0f}'), 'cpu_us': ('CPU us/req', '{:.1f}'), 'p50': ('p50 us', '{:,.0f}'),
    'p99': ('p99 us', '{:,.0f}'), 'errors': ('errors', '{:.0f}'), 'wrong': ('wrong', '{:.0f}'),
    'pss': ('PSS KiB', '{:,.0f}')}


def cpu_seconds(root):
    total = 0.0
    for pid in tree(root):
        try:
            with open(f'/proc/{pid}/stat') as f:
                fields = f.read().rsplit(')', 1)[1].split()
            total += (int(fields[13]) + int(fields[14])) / os.sysconf('SC_CLK_TCK')
            for task in os.listdir(f'/proc/{pid}/task'):
                with open(f'/proc/{pid}/task/{task}/schedstat') as f:
                    total += int(f.read().split()[0]) / 1e9
        except OSError:
            pass
    return total


def pss_kib(root):
    total = 0
    for pid in tree(root):
        try:
            with open(f'/proc/{pid}/smaps_rollup') as f:
                total += int(re.search(r'^Pss:\s+(\d+)', f.read(), re.M).group(1))
        except (OSError, AttributeError):
            pass
    return total


def sockets(workers):
    """Process -> how many sockets it holds, as the kernel has it."""
    held = {}
    for pid in workers:
        held[pid] = 0
        try:
            for fd in os.listdir(f'/proc/{pid}/fd'):
                try:
                    held[pid] += os.readlink(f'/proc/{pid}/fd/{fd}').startswith('socket:')
                except OSError:
                    pass
        except OSError:
            pass
    return held


# ---- load ----

def client(argv):
    where = cpus()[1]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            preexec_fn=lambda: os.sched_setaffinity(0, where))


def load(bench, server, paths, connections=64, seconds=None, more=(), root=True):
    """Starts our own client. paths: a list, or the name of a file with one."""
    if not isinstance(paths, str):
        name = bench.dir / f'paths-{abs(hash(tuple(paths)))}'
        if not name.exists():  # another client may be reading it
            name.write_text(''.join(p + '\n' for p in paths))
        paths = str(name)
    argv = [bench.load, '-p', str(server.port), '-f', paths, '-c', str(connections)]
    argv += ['-r', str(server.site['root'])] if root else []
    argv += ['-d', str(seconds or bench.seconds)] if '-n' not in more else []
    return client(argv + [str(m) for m in more])


def loaded(process):
    out, err = process.communicate()
    if process.returncode:
        raise RuntimeError(f'load: {err.strip()}')
    return json.loads(out)


def unit(word):
    number, name = re.match(r'([\d.]+)(us|ms|s|m)', word).groups()
    return float(number) * {'us': 1, 'ms': 1e3, 's': 1e6, 'm': 6e7}[name]


def wrk(bench, server, path, connections, headers=(), seconds=None):
    """One run of wrk; its figures in the form of load's."""
    argv = [find('wrk'), '-t1', f'-c{connections}', f'-d{int(seconds or bench.seconds)}s', '--latency',
            f'http://127.0.0.1:{server.port}{path}']
    for h in headers:
        argv += ['-H', h]
    out = client(argv).communicate()[0]
    number = lambda pattern: sum(float(n) for n in re.findall(pattern, out))
    at = dict(re.findall(r'^\s+(50|99)%\s+(\S+)', out, re.M))
    return {'requests': int(number(r'(\d+) requests in')), 'rps': number(r'Requests/sec:\s+([\d.]+)'), 'wrong': 0,
            'errors': number(r'(?:connect|read|write|timeout) (\d+)') + number(r'Non-2xx or 3xx responses: (\d+)'),
            'p50': unit(at.get('50', '0us')), 'p99': unit(at.get('99', '0us'))}


def measured(server, run):
    """run() with what it cost the server."""
    before = cpu_seconds(server.pid)
    r = run()
    used = cpu_seconds(server.pid) - before
    r['cpu_us'] = 1e6 * used / r['requests'] if r['requests'] else float('nan')
    r['cpu'] = used
    r['pss'] = pss_kib(server.pid)
    return r


def plain(bench, server, path='/1k.html', connections=64, headers=(), seconds=None):
    """The same document over and over: wrk where it is and the time is in whole seconds, else our own client."""
    seconds = seconds or bench.seconds
    if find('wrk') and seconds == int(seconds):
        return measured(server, lambda: wrk(bench, server, path, connections, headers, seconds))
    more = [w for h in headers for w in ('-H', h)]
    as_it_is = (server.site['root'] / path[1:]).is_file() and not headers and not path.startswith('/cgi-bin/')
    return measured(server, lambda: loaded(load(bench, server, [path], connections, seconds, more, root=as_it_is)))


# ---- are the answers right? ----

def fetch(server, path, headers=None):
    c = http.client.HTTPConnection('127.0.0.1', server.port, timeout=10)
    c.request('GET', path, headers={'Host': 'localhost', **(headers or {})})
    answer = c.getresponse()
    body = answer.read()
    c.close()
    return answer.status, answer.headers, body


def compare(server, paths, headers=None):
    """How many of the paths are not answered with the file of that name, byte for byte."""
    wrong = 0
    for path in paths:
        try:
            status, head, body = fetch(server, path, headers)
            if head.get('Content-Encoding') == 'gzip':
                body = gzip.decompress(body)
            wrong += status != 200 or body != (server.site['root'] / path[1:]).read_bytes()
        except (OSError, http.client.HTTPException):
            wrong += 1
    return wrong


def medians(runs):
    out = {k: statistics.median(r[k] for r in runs) for k in runs[0] if isinstance(runs[0][k], (int, float))}
    for k in ('errors', 'wrong'):
        out[k] = sum(r[k] for r in runs)
    return out


def side_by_side(bench, site, run, check, names=None, rounds=None):
    """Every server in turn in every round; check says how many answers are wrong. name -> medians."""
    up, runs = {}, {}
    try:
        for name in names or bench.servers:
            try:
                up[name] = start(bench, name, site)
            except RuntimeError as e:
                bench.note(str(e))
                continue
            bad = check(up[name])
            if bad:
                bench.note(f'{name}: {bad} answers are wrong before any load' + ('' if name == 'ours' else ': left out'))
                if name != 'ours':
                    up.pop(name).stop()
        for _ in range(rounds or bench.rounds):
            for name, server in up.items():
                r = run(server)
                r['wrong'] += check(server)
                runs.setdefault(name, []).append(r)
    finally:
        for server in up.values():
            server.stop()
    return {name: medians(r) for name, r in runs.items()}
