#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How many instructions of ours one request costs, and in which functions.

Seconds differ from machine to machine and from minute to minute; counts repeat. The server runs as
one process under valgrind's callgrind and answers the same requests twice, a few and many: what the
second run has more, divided by the requests it had more, is what one request costs. The kernel's
work is not in it.

  instructions.py SERVER            compares with instructions.txt; 1 where the path grew by over 5 %
  instructions.py SERVER --write    writes instructions.txt anew
  instructions.py SERVER --page F   puts the tables into the page F, between its markers
"""
import argparse, html, os, pathlib, platform, re, shutil, socket, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent
FIGURES = HERE / 'instructions.txt'
FEW, MANY = 300, 1300
GROWTH = 0.05
LOOKS = 5
NOBODY = 65534
SKIP = 77

HEAD = b' HTTP/1.1\r\nHost: localhost\r\n'
BROWSER = (b'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n'
           b'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n'
           b'Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n'
           b'Connection: keep-alive\r\nUpgrade-Insecure-Requests: 1\r\nSec-Fetch-Mode: navigate\r\n'
           b'Cookie: visit=#\r\n')
# A '#' is another digit each time: such a head is read anew, one without it is known already.
WORKS = {  # name: (what is sent, how many requests that is, a line of configuration, what it is)
    'keepalive': (b'GET /1k.html' + HEAD + b'\r\n', 1, '', 'a short head, a ready-made answer'),
    'new-head': (b'GET /1k.html?#' + HEAD + b'\r\n', 1, '', 'the same, but no head is like the one before'),
    'browser': (b'GET /1k.html' + HEAD + BROWSER + b'\r\n', 1, '', "browsers' heads, a ready-made answer"),
    'logged': (b'GET /1k.html?#' + HEAD + b'\r\n', 1, 'CustomLog access combined', 'that, and a line of the access log'),
    'pipeline': ((b'GET /1k.html' + HEAD + b'\r\n') * 16, 16, '', 'one of sixteen requests sent together'),
    'unchanged': (b'GET /1k.html' + HEAD + b'If-None-Match: *\r\n\r\n', 1, '', '304, all phases of a handler'),
    'not-found': (b'GET /none' + HEAD + b'\r\n', 1, '', '404, kept for its second'),
}
CONFIGURATION = '''ServerRoot {root}
ServerName localhost
DocumentRoot {root}/www
PidFile {root}/pid
ErrorLog {root}/error
Listen 127.0.0.1:{port}
MaxKeepAliveRequests 0
Sandbox Off
FileETag MTime Size
{more}
'''


def skip(why):
    print(f'skipped: {why}')
    sys.exit(SKIP)


held = []  # bound sockets that never listen: nobody else gets their ports, who sets SO_REUSEADDR still does


def free_port():
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(('127.0.0.1', 0))
    held.append(s)
    return s.getsockname()[1]


class Run:
    """The server under callgrind, from its start to its end."""

    def __init__(self, server, folder, more):
        self.folder, self.port = pathlib.Path(folder), free_port()
        www = self.folder / 'www'
        www.mkdir()
        (www / '1k.html').write_bytes(b'x' * 1024)
        os.utime(www / '1k.html', (1e9, 1e9))
        conf = self.folder / 'conf'
        conf.write_text(CONFIGURATION.format(root=self.folder, port=self.port, more=more))
        who = {}
        if os.geteuid() == 0:  # who stays root gives it up, and could not write the counts
            for path in [self.folder, *self.folder.iterdir()]:
                os.chown(path, NOBODY, NOBODY)
            who = dict(user=NOBODY, group=NOBODY, extra_groups=[])
        self.said = open(self.folder / 'said', 'wb')
        self.process = subprocess.Popen(
            ['valgrind', '--vgdb=no', '--tool=callgrind', f'--callgrind-out-file={folder}/counts.%p',
             str(server), '-X', '-f', str(conf)],
            env=dict(os.environ, LD_PRELOAD=str(shim)), stdout=self.said, stderr=self.said, **who)
        self.wait()

    def wait(self):
        until = time.monotonic() + 60
        while time.monotonic() < until and self.process.poll() is None:
            try:
                socket.create_connection(('127.0.0.1', self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        self.fail('the server does not come up')

    def fail(self, what):
        self.process.kill()
        sys.exit(f'{what}:\n' + (self.folder / 'said').read_text(errors='replace')[-2000:])

    def ask(self, what, count, times):
        with socket.create_connection(('127.0.0.1', self.port), 30) as s:
            for turn in range(times):
                s.sendall(what.replace(b'#', b'%d' % (turn % 10)))
                got, answers = b'', 0
                while answers < count:
                    more = s.recv(65536)
                    if not more:
                        self.fail('the connection ended')
                    got += more
                    answers, got = self.take(got, answers)

    @staticmethod
    def take(got, answers):
        while True:
            end = got.find(b'\r\n\r\n')
            if end < 0:
                return answers, got
            length = re.search(rb'\r\nContent-Length: (\d+)', got[:end])
            size = end + 4 + (0 if got.startswith(b'HTTP/1.1 304') or not length else int(length[1]))
            if len(got) < size:
                return answers, got
            answers, got = answers + 1, got[size:]

    def end(self):
        """The file of counts."""
        self.process.terminate()
        self.process.wait(60)
        self.said.close()
        counts = self.folder / f'counts.{self.process.pid}'
        if not counts.exists():
            self.fail('no counts')
        return counts


def total(counts):
    return int(re.search(r'^totals: (\d+)', counts.read_text(), re.M)[1])


def functions(counts):
    """Instructions by 'file:function', what is called not counted in."""
    out = subprocess.run(['callgrind_annotate', '--auto=no', '--threshold=100', str(counts)],
                         capture_output=True, text=True, check=True).stdout
    found = {}
    for number, name in re.findall(r'^\s*([\d,]+) \([ \d.]+%\)\s+(\S+:\S+)', out, re.M):
        found[name] = found.get(name, 0) + int(number.replace(',', ''))
    return found


def measure(server, work, times, take):
    what, count, more, _ = WORKS[work]
    with tempfile.TemporaryDirectory(prefix='preforkd-count-') as folder:
        os.chmod(folder, 0o755)
        run = Run(server, folder, more)
        run.ask(what, count, times // count)
        return take(run.end())


def requests_more(work):
    count = WORKS[work][1]
    return (MANY // count - FEW // count) * count


def by_function(server, work):
    few, many = (measure(server, work, times, functions) for times in (FEW, MANY))
    return {name: (n - few.get(name, 0)) / requests_more(work) for name, n in many.items()}


class Count:
    """Instructions a request, the least that were seen of few and of many: what a run has above them
    was done because a second went by or a client was late, and none of that belongs to a request."""

    def __init__(self, server, work):
        self.server, self.work = server, work
        self.few = self.many = float('inf')

    def look(self):
        self.few = min(self.few, measure(self.server, self.work, FEW, total))
        self.many = min(self.many, measure(self.server, self.work, MANY, total))
        return (self.many - self.few) / requests_more(self.work)


def compiler():
    return subprocess.run([os.environ.get('CC', 'gcc').split()[0], '-dumpversion'],
                          capture_output=True, text=True).stdout.split('.')[0].strip() + ' ' + platform.machine()


def read_figures():
    words = [line.split('#')[0].split() for line in FIGURES.read_text().splitlines()]
    return {w[0]: ' '.join(w[1:]) for w in words if w}


def write_figures(server):
    lines = ['# Instructions of the server for one request, as instructions.py counts them.',
             f'compiler {compiler()}']
    for work in WORKS:
        count = Count(server, work)
        lines.append(f'{work} {[count.look() for _ in range(LOOKS)][-1]:.0f}')
        print(lines[-1])
    FIGURES.write_text('\n'.join(lines) + '\n')


def compare(server):
    figures = read_figures()
    if figures.pop('compiler') != compiler():
        skip(f'the figures are those of another compiler; here it is {compiler()}')
    worse = 0
    for work, figure in figures.items():
        count = Count(server, work)
        for _ in range(LOOKS):
            now = count.look()
            change = now / float(figure) - 1
            if change <= GROWTH:
                break
        print(f'{work:10s} {figure:>6s} {now:8.0f} {100 * change:+6.1f} %')
        if change > GROWTH:
            worse += 1
            print(f'{work}: a request takes over {100 * GROWTH:.0f} % more instructions than it did; '
                  'where that is wanted, --write the new figures')
        elif change < -GROWTH:
            print(f'{work}: faster; --write the new figures, so that they are kept')
    return 1 if worse else 0


# ---- the page ----

PLACES = [  # what a file belongs to, in the order of a request's life
    ('wait and read', r'ev_|epoll|worker_event|clock_gettime|ev\.c'),
    ('scan the head', r'http_scan'),
    ('parse', r'http_parser|parse_url_char|http_parse\.c|http_request|http_meaning|http_field'),
    ('route', r'handler_|http_uri|config_|worker_cache'),
    ('respond', r'worker_respond|http_response|mempcpy'),
    ('send', r'worker_send'),
    ('log', r'worker_log|text_escape'),
    ('report', r'worker_report|wire_|os_address|put_v4'),
    ('steps of the connection', r'worker_'),
    ('buffers, copying, comparing', r''),
]


def place(name):
    return next(p for p, pattern in PLACES if re.search(pattern, name))


def short(name):
    path, _, function = name.partition(':')
    path = re.sub(r'^.*?/src/', 'src/', path)
    return function, path if path.startswith('src/') else 'library'


def table(rows, head):
    out = ['<table>', '<thead><tr>' + ''.join(f'<th scope="col">{html.escape(h)}</th>' for h in head) + '</tr></thead>', '<tbody>']
    for row in rows:
        out.append('<tr>' + ''.join(f'<td>{html.escape(str(c))}</td>' for c in row) + '</tr>')
    return '\n'.join(out + ['</tbody>', '</table>'])


def write_page(server, page):
    by = {name: n for name, n in by_function(server, 'logged').items() if n >= 1}
    all_of_it = sum(by.values())
    sums = {p: 0 for p, _ in PLACES}
    for name, n in by.items():
        sums[place(name)] += n
    parts = [table([(p, f'{n:.0f}', f'{100 * n / all_of_it:.0f} %') for p, n in sums.items()],
                   ['Part', 'Instructions', 'Share'])]
    top = sorted(by.items(), key=lambda item: -item[1])[:25]
    parts.append(table([(short(n)[0], short(n)[1], f'{c:.0f}') for n, c in top],
                       ['Function', 'File', 'Instructions']))
    parts.append(table([(w, WORKS[w][3], f'{float(n):.0f}') for w, n in read_figures().items() if w in WORKS],
                       ['Request', 'What it is', 'Instructions']))
    text = page.read_text()
    for name, part in zip(('parts', 'functions', 'requests'), parts):
        text = re.sub(rf'(<!-- {name} begin -->\n).*?(<!-- {name} end -->)',
                      lambda m: m[1] + part + '\n' + m[2], text, flags=re.S)
    page.write_text(text)


arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument('server', type=pathlib.Path)
arguments.add_argument('--write', action='store_true')
arguments.add_argument('--page', type=pathlib.Path)
o = arguments.parse_args()
for tool in 'valgrind', 'callgrind_annotate':
    if not shutil.which(tool):
        skip(f'{tool} is not there')
if platform.machine() != 'x86_64':
    skip('counted on x86_64 only')
if 'libasan' in subprocess.run(['ldd', str(o.server)], capture_output=True, text=True).stdout:
    skip('sanitizers have instructions of their own')
with tempfile.TemporaryDirectory(prefix='preforkd-shim-') as shim_folder:
    os.chmod(shim_folder, 0o755)
    shim = pathlib.Path(shim_folder) / 'openat2.so'
    subprocess.run([*os.environ.get('CC', 'gcc').split(), '-O2', '-shared', '-fPIC', '-o', str(shim),
                    str(HERE / 'openat2.c')], check=True)
    server = o.server.resolve()
    if o.write:
        write_figures(server)
    elif o.page:
        write_page(server, o.page)
    else:
        sys.exit(compare(server))
