#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is the memory of parent and workers the same after millions of requests?

The server answers requests of mixed kinds, pipelined on kept connections and one a connection, in
ten rounds. After each round the memory (PSS), the descriptors and the children of every process are
looked at: from the first tenth to the last they may not grow.

  soak.py SERVER [--requests N] [--connections N]

The processes' memory must not have grown by more than a twentieth and 256 KiB, which is what a cache
that fills itself takes; a leak of one byte a request shows from 300,000 requests on. Pages of files are
not counted where the kernel tells them apart: their share grows when another server of the same program
ends.
"""
import argparse, os, pathlib, re, shutil, signal, socket, subprocess, sys, tempfile, time

ROUNDS = 10
MORE_SHARE, MORE_KIB = 0.05, 256
BATCH = 16
CONFIGURATION = '''ServerRoot {root}
ServerName localhost
DocumentRoot {root}/www
PidFile {root}/pid
ErrorLog {root}/error
CustomLog {root}/access combined
Listen 127.0.0.1:{port}
StartServers 2
MinSpareServers 1
MaxSpareServers 2
ServerLimit 2
MaxRequestWorkers 2
MaxKeepAliveRequests 0
AddOutputFilterByType DEFLATE text/plain
<Location /server-status>
	SetHandler server-status
</Location>
<Directory {root}/www>
	Options Indexes FollowSymLinks
	Require all granted
</Directory>
RewriteEngine On
RewriteRule ^/old/(.*)$ /new/$1 [R=302]
SetEnvIf User-Agent wrk tool
Header set X-Tool yes env=tool
{more}
'''
CLOSING = '/1k.html'
KINDS = [  # path, fields
    ('/1k.html', {}), ('/1k.html', {'If-None-Match': '*'}), ('/1k.html', {'Range': 'bytes=1-10,20-30'}),
    ('/text.txt', {'Accept-Encoding': 'gzip'}), ('/text.txt', {'Accept-Encoding': 'identity'}),
    ('/none-%d', {}), ('/dir', {}), ('/dir/', {}), ('/old/thing', {}), ('/big.bin', {'Range': 'bytes=0-99'}),
    ('/server-status?auto', {}), ('/1k.html?%d', {}), ('/%%2e%%2e/x', {}), ('/1k.html', {'Range': 'bytes=9999-'}),
]


held = []  # bound sockets that never listen: nobody else gets their ports, who sets SO_REUSEADDR still does


def free_port():
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(('127.0.0.1', 0))
    held.append(s)
    return s.getsockname()[1]


def lua():
    """A script for wrk: batches of requests of all kinds, some of them never the same twice."""
    lines = ['local n = 0', 'local kinds = {']
    for path, fields in KINDS:
        more = ''.join(f'{k}: {v}\\r\\n' for k, v in fields.items())
        lines.append(f'  {{"GET {path} HTTP/1.1\\r\\nHost: localhost\\r\\nUser-Agent: wrk\\r\\n{more}\\r\\n", {str("%d" in path).lower()}}},')
    lines += ['}', 'request = function()', '  local batch = {}', f'  for i = 1, {BATCH} do',
              '    n = n + 1', '    local kind = kinds[n % #kinds + 1]',
              '    batch[i] = kind[2] and string.format(kind[1], n % 5000) or string.gsub(kind[1], "%%%%", "%%")',
              '  end', '  return table.concat(batch)', 'end']
    return '\n'.join(lines) + '\n'


def children(pid):
    found = []
    for entry in os.listdir('/proc'):
        if entry.isdigit():
            try:
                fields = open(f'/proc/{entry}/stat').read().rsplit(')', 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == pid:
                found.append(int(entry))
    return sorted(found)


def pss_kib(pid):
    kib = {name: int(n) for name, n in re.findall(r'^Pss(_Anon|_Shmem|):\s+(\d+)', open(f'/proc/{pid}/smaps_rollup').read(), re.M)}
    return kib['_Anon'] + kib['_Shmem'] if '_Anon' in kib else kib['']


def look(parent):
    """{pid: (KiB, descriptors)} of the parent and its children."""
    return {pid: (pss_kib(pid), len(os.listdir(f'/proc/{pid}/fd'))) for pid in [parent, *children(parent)]}


def drive(port, requests, connections, script):
    """Returns how many were answered."""
    done = 0
    while done < requests:
        out = subprocess.run(['wrk', '-t1', '-c32', '-d1s', '--timeout', '60s', '-s', script, f'http://127.0.0.1:{port}/'],
                             capture_output=True, text=True, check=True).stdout
        errors = re.search(r'Socket errors: (.*)', out)
        if errors:
            sys.exit(f'wrk: {errors[1]}')
        done += int(re.search(r'(\d+) requests in', out)[1])
    for _ in range(connections):
        with socket.create_connection(('127.0.0.1', port), 10) as s:
            s.sendall(f'GET {CLOSING} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'.encode())
            got = b''
            while more := s.recv(65536):
                got += more
        if not got.startswith(b'HTTP/1.1 200') or not got.endswith(b'x'):
            sys.exit(f'an answer is not whole: {got[:80]!r}')
    return done + connections


def settle(parent, descriptors):
    """Until connections that have ended are closed; at most twenty seconds."""
    until = time.monotonic() + 20
    while (now := look(parent)) and time.monotonic() < until:
        if descriptors is None or all(n <= descriptors.get(pid, n) for pid, (_, n) in now.items()):
            break
        time.sleep(0.05)
    return now


def soak(server, root, requests, connections, more):
    port, www = free_port(), root / 'www'
    (www / 'dir').mkdir(parents=True)
    for name, body in ('1k.html', b'x' * 1024), ('text.txt', b'some words, again and again ' * 200), ('big.bin', b'b' * 300000):
        (www / name).write_bytes(body)
        os.utime(www / name, (1e9, 1e9))
    for i in range(20):
        (www / 'dir' / f'{i}.txt').write_text(str(i))
    (root / 'conf').write_text(CONFIGURATION.format(root=root, port=port, more=more))
    (root / 'mix.lua').write_text(lua())
    for path in [root, www, www / 'dir']:
        path.chmod(0o755)
    process = subprocess.Popen([server, '-D', 'FOREGROUND', '-f', root / 'conf'],
                               stdout=subprocess.DEVNULL, stderr=sys.stderr)
    try:
        while process.poll() is None:
            try:
                socket.create_connection(('127.0.0.1', port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        first = None
        total = 0
        for i in range(ROUNDS):
            total += drive(port, requests // ROUNDS, connections // ROUNDS, root / 'mix.lua')
            (root / 'access').write_bytes(b'')  # or the disk is what runs full
            now = settle(process.pid, {pid: n for pid, (_, n) in first.items()} if first else None)
            print(f'{total:9d} requests: ' + ', '.join(
                f'{"parent" if pid == process.pid else pid} {kib} KiB {fds} fds' for pid, (kib, fds) in now.items()), flush=True)
            first = first or now
        return judge(first, now)
    finally:
        process.terminate()
        process.wait(20)


def judge(first, last):
    faults = []
    if first.keys() != last.keys():
        faults.append(f'processes came and went: {sorted(first)} are now {sorted(last)}')
    for pid in first.keys() & last.keys():
        if last[pid][0] > first[pid][0] * (1 + MORE_SHARE) + MORE_KIB:
            faults.append(f'process {pid} grew from {first[pid][0]} KiB to {last[pid][0]} KiB')
        if last[pid][1] > first[pid][1]:
            faults.append(f'process {pid} had {first[pid][1]} descriptors, and has {last[pid][1]}')
    print('\n'.join(faults) or 'flat')
    return 1 if faults else 0


arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument('server')
arguments.add_argument('--requests', type=int, default=10_000_000)
arguments.add_argument('--connections', type=int, default=100_000)
arguments.add_argument('--more', default='', help='further lines of configuration')
o = arguments.parse_args()
if not shutil.which('wrk'):
    print('skipped: wrk is not there')
    sys.exit(77)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the server ends with it
with tempfile.TemporaryDirectory(prefix='preforkd-soak-') as folder:
    sys.exit(soak(o.server, pathlib.Path(folder), o.requests, o.connections, o.more))
