# log_programs - what is written to the logs gets there: programs that read them, hosts, rotation
#
# Usage:  python3 log_programs.py PREFORKD [TEST PROGRAM...]
# Checks: every request has one line, whoever dies, restarts or rotates meanwhile. The loggers of these
#         tests take a line only to write it, so that what is lost was lost by the server.
# Fails:  with 1 and one line for each fault
#
# SPDX-License-Identifier: Apache-2.0
import glob
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from apache import Server, free_ports, make_site  # noqa: E402

PATIENCE = 20

# Reads whole lines as they come; told to end, it ends between two of them. Its first argument is its
# log; where it runs stands in LOG.pid, one line for each start.
LOGGER = '''#!/usr/bin/env python3
import os, signal, sys
over = False
def end(*_):
    global over
    over = True
signal.signal(signal.SIGTERM, end)
with open(sys.argv[1] + '.pid', 'a') as f:
    f.write(f'{os.getpid()}\\n')
out = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
signal.siginterrupt(signal.SIGTERM, True)
while not over:
    try:
        block = os.read(0, 4096)
    except InterruptedError:
        continue
    if not block:
        break
    while block:
        block = block[os.write(out, block):]
'''

faults = 0


def fault(name, text):
    global faults
    faults += 1
    print(f'{name}: {text}')


def until(what, patience=PATIENCE):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.02)
    return bool(what())


def text_of(path):
    try:
        with open(path, errors='replace') as f:
            return f.read()
    except FileNotFoundError:
        return ''


def marks(paths):
    """The numbers of the requests that have a line."""
    found = []
    for path in paths:
        found += [line.split('n=')[1].split()[0] for line in text_of(path).split('\n') if 'n=' in line]
    return sorted(found)


def is_alive(pid):
    try:
        with open(f'/proc/{pid}/stat') as f:
            return f.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except (FileNotFoundError, ProcessLookupError):
        return False


class Site:
    """A server with a configuration of its own, which counts what it is asked."""

    def __init__(self, name, program, conf):
        self.name, self.asked, self.lock = name, [], threading.Lock()
        self.root = tempfile.mkdtemp(prefix='log-programs-')
        make_site(self.root, {'logs/.keep': '', 'www/hello.txt': 'hello\n', 'logger': (LOGGER, 0o755)})
        os.chmod(self.root, 0o777)
        self.port = free_ports(1)[0]
        conf = f'DocumentRoot {self.root}/www\nControlSocket {self.root}/control\n' + conf.replace(
            '@ROOT@', self.root).replace('@PORT@', str(self.port))
        self.server = Server('preforkd', program, None, self.root, conf, [self.port])
        self.over, self.threads, self.failed = False, [], []

    def ask(self, connection=None, host='localhost', path='/hello.txt', status=200):
        with self.lock:
            number = f'{len(self.asked):06}'
            self.asked.append(number)
        own = connection or http.client.HTTPConnection('127.0.0.1', self.port, timeout=PATIENCE)
        try:
            own.request('GET', f'{path}?n={number}', headers={'Host': host})
            answer = own.getresponse()
            answer.read()
        finally:
            if not connection:
                own.close()
        if answer.status != status:
            self.failed.append(f'{answer.status} for {path}')

    def keep_asking(self):
        while not self.over:
            try:
                self.ask()
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(repr(error))
                return

    def load(self):
        self.threads = [threading.Thread(target=self.keep_asking) for _ in range(4)]
        for thread in self.threads:
            thread.start()

    def await_more(self, count):
        goal = len(self.asked) + count
        until(lambda: len(self.asked) >= goal or self.failed)

    def rest(self):
        self.over = True
        for thread in self.threads:
            thread.join()
        for text in self.failed[:3]:
            fault(self.name, text)

    def expect_all(self, pattern):
        want = sorted(self.asked)
        until(lambda: marks(glob.glob(pattern)) == want)
        got = marks(glob.glob(pattern))
        if got != want:
            fault(self.name, f'{len(want)} requests, {len(got)} lines in {pattern}, '
                  f'{len(set(want) - set(got))} without one, {len(got) - len(set(got))} with two: '
                  f'{sorted(set(want) ^ set(got))[:9]}; {self.error_log()[-2000:]}')

    def loggers(self, name):
        return [int(pid) for pid in text_of(f'{self.root}/{name}.pid').split()]

    def error_log(self):
        return text_of(self.server.log)

    def end(self, *loggers):
        self.server.stop()
        if self.server.process.returncode != 0:
            fault(self.name, f'the server ended with {self.server.process.returncode}')
        for name in loggers:
            pids = self.loggers(name)
            if not pids:
                fault(self.name, f'the logger of {name} never ran')
            if not until(lambda: not any(is_alive(pid) for pid in pids)):
                fault(self.name, f'a logger of {name} is left')

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)


FORMAT = '"%h \\"%r\\" %>s"'


def a_program_that_dies(program):
    """Killed while there is nothing to lose, and told to end under load: it is started again."""
    site = Site('a program that dies', program,
                f'CustomLog "|@ROOT@/logger @ROOT@/one" {FORMAT}\nCustomLog "||@ROOT@/logger \'@ROOT@/two\'" {FORMAT}\n'
                f'CustomLog "|$exec @ROOT@/logger \\"@ROOT@/three\\"" {FORMAT}\n')
    names = ['one', 'two', 'three']
    for name in names:
        until(lambda: site.loggers(name))
    site.ask()
    for name in names:
        site.expect_all(f'{site.root}/{name}')
        os.kill(site.loggers(name)[0], signal.SIGKILL)
        until(lambda: not is_alive(site.loggers(name)[0]))
    for _ in range(5):  # while nobody reads
        site.ask()
    for name in names:
        if not until(lambda: len(site.loggers(name)) == 2):
            fault(site.name, f'{name} is not started again')
    site.load()
    for turn in range(2):
        site.await_more(200)
        for name in names:
            os.kill(site.loggers(name)[-1], signal.SIGTERM)
        for name in names:
            if not until(lambda: len(site.loggers(name)) == 3 + turn):
                fault(site.name, f'{name} is not started again under load')
    site.rest()
    for name in names:
        site.expect_all(f'{site.root}/{name}')
    if not until(lambda: site.error_log().count('is started again') == 9):
        fault(site.name, 'the error log does not say how often: ' + site.error_log())
    site.end(*names)
    site.remove()


def restarts(program):
    """Each generation has loggers of its own, and hands over without losing a line."""
    site = Site('restarts', program, f'CustomLog "|@ROOT@/logger @ROOT@/log" {FORMAT}\n')
    site.load()
    for turn in range(3):
        site.await_more(150)
        os.kill(site.server.process.pid, signal.SIGUSR1)
        if not until(lambda: len(site.loggers('log')) == 2 + turn):
            fault(site.name, 'no logger for the new generation')
    site.await_more(150)
    site.rest()
    site.expect_all(f'{site.root}/log')
    if not until(lambda: sum(is_alive(pid) for pid in site.loggers('log')) == 1):
        fault(site.name, 'loggers of generations that are gone are left')
    site.end('log')
    site.remove()


def stops(program):
    """A graceful stop under load: the last line gets there, then the logger ends."""
    site = Site('stops', program, f'CustomLog "|@ROOT@/logger @ROOT@/log" {FORMAT}\n')
    connection = http.client.HTTPConnection('127.0.0.1', site.port, timeout=PATIENCE)
    for _ in range(100):
        site.ask(connection)
    os.kill(site.server.process.pid, signal.SIGWINCH)
    connection.close()
    try:
        site.server.process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        fault(site.name, 'a graceful stop does not end')
    site.end('log')
    site.expect_all(f'{site.root}/log')
    site.remove()


def a_program_that_is_missing(program):
    """The start says which, and fails."""
    try:
        site = Site('a program that is missing', program, 'CustomLog "|@ROOT@/none" "%h"\n')
        site.end()
        fault(site.name, 'the server starts')
    except RuntimeError as error:
        if '/none' not in str(error):
            fault('a program that is missing', f'not named: {error}')


def errors_to_a_program(program):
    """ErrorLog to a program: what is denied gets there, from workers of before and after."""
    site = Site('errors to a program', program,
                'ErrorLog "|@ROOT@/logger @ROOT@/errors"\n<Location /no>\nRequire all denied\n</Location>\n')
    for _ in range(3):
        site.ask(path='/no', status=403)
    os.kill(site.server.process.pid, signal.SIGUSR1)
    until(lambda: len(site.loggers('errors')) == 2)
    site.ask(path='/no', status=403)
    if not until(lambda: text_of(f'{site.root}/errors').count('client denied by server configuration') == 4):
        fault(site.name, text_of(f'{site.root}/errors'))
    site.end('errors')
    if site.failed:
        fault(site.name, site.failed[0])
    site.remove()


def rotatelogs(program, rotate):
    """Apache's own: a new file every second."""
    site = Site('rotatelogs', program, f'CustomLog "|{rotate} @ROOT@/log.%s 1" {FORMAT}\n')
    site.load()
    until(lambda: len(glob.glob(f'{site.root}/log.*')) >= 3 or site.failed)
    site.rest()
    site.end()
    site.expect_all(f'{site.root}/log.*')
    site.remove()


def hosts(program):
    """Logs of a host are its own; without any, its requests are in the main server's."""
    site = Site('hosts', program, f'''
CustomLog @ROOT@/main {FORMAT}
GlobalLog @ROOT@/all {FORMAT}
<VirtualHost *:@PORT@>
    ServerName one.example
    DocumentRoot @ROOT@/www
    ErrorLog @ROOT@/one.errors
    CustomLog @ROOT@/one {FORMAT}
    CustomLog @ROOT@/one.missing {FORMAT} "expr=%{{REQUEST_STATUS}} == 404"
    LogLevel info
</VirtualHost>
<VirtualHost *:@PORT@>
    ServerName two.example
    DocumentRoot @ROOT@/www
</VirtualHost>
''')
    for host in ('one.example', 'two.example', 'one.example'):
        site.ask(host=host)
    site.ask(host='one.example', path='/none', status=404)
    site.ask(host='two.example', path='/none', status=404)
    site.end()
    for name, want in (('one', '000000 000002 000003'), ('one.missing', '000003'), ('main', '000001 000004'),
                       ('all', '000000 000001 000002 000003 000004')):
        got = ' '.join(marks([f'{site.root}/{name}']))
        if got != want:
            fault(site.name, f'{name} has requests {got}, not {want}')
    if 'File does not exist' not in text_of(f'{site.root}/one.errors') or 'File does not' in site.error_log():
        fault(site.name, 'LogLevel and ErrorLog of a host do not hold for it alone')
    site.remove()


def steps_of_rewriting(program):
    """LogLevel rewrite:trace3 tells each step, of each request, where it was asked for."""
    site = Site('steps of rewriting', program, '''
LogLevel rewrite:trace3
RewriteEngine On
RewriteCond %{REQUEST_METHOD} =GET
RewriteRule ^/old(.*)$ /hello$1
<Directory @ROOT@/www/quiet>
    LogLevel rewrite:warn
    RewriteEngine On
    RewriteRule ^none$ x
</Directory>
''')
    for path in ('/old.txt', '/hello.txt', '/hello.txt', '/quiet/none'):
        site.ask(path=path, status=404 if 'quiet' in path else 200)
    site.end()
    want = ["trace2 init rewrite engine with requested uri /old.txt",
            "trace3 applying pattern '^/old(.*)$' to uri '/old.txt'",
            "trace2 rewrite '/old.txt' -> '/hello.txt'",
            "trace2 local path result: /hello.txt", "trace1 go-ahead with /hello.txt [OK]"]
    for path in ('/hello.txt', '/hello.txt', '/quiet/none'):
        want += [f'trace2 init rewrite engine with requested uri {path}',
                 f"trace3 applying pattern '^/old(.*)$' to uri '{path}'", f'trace1 pass through {path}']
    got = [f'{level} {said}' for level, said in re.findall(
        r'\[rewrite:(\w+)\].* \[client 127.0.0.1:\d+\] 127.0.0.1 - - \[localhost/sid#0\]\[rid#[-\w]+/initial\] (.*)',
        site.error_log())]
    if got != want or site.error_log().count('[rewrite:') != len(want):
        fault(site.name, f'{got} where {want} was expected; {site.error_log()}')
    site.remove()


def decisions_of_access(program):
    """LogLevel authz_core:debug tells what each Require came to, of each request."""
    site = Site('decisions of access', program, '''
LogLevel authz_core:debug
<Directory @ROOT@/www>
    Require all granted
</Directory>
<Location /no>
    <RequireAll>
        Require all granted
        Require not ip 127.0.0.1
    </RequireAll>
</Location>
''')
    for path in ('/hello.txt', '/hello.txt', '/no'):
        site.ask(path=path, status=403 if path == '/no' else 200)
    site.end()
    got = re.findall(r'\[authz_core:debug\] .*authorization result of (.*)', site.error_log())
    want = ['Require all granted: granted', '<RequireAny>: granted'] * 2
    want += ['Require all granted: granted', 'Require not ip 127.0.0.1: denied', '<RequireAll>: denied',
             '<RequireAny>: denied']
    if got != want or 'client denied by server configuration' not in site.error_log():
        fault(site.name, f'{got} where {want} was expected; {site.error_log()}')
    site.remove()


def buffered(program):
    """BufferedLogs: lines wait, but not for ever, and not beyond the end."""
    site = Site('buffered', program, f'BufferedLogs On\nCustomLog @ROOT@/log {FORMAT}\n')
    for _ in range(20):
        site.ask()
    site.expect_all(f'{site.root}/log')
    for _ in range(20):
        site.ask()
    site.end()
    site.expect_all(f'{site.root}/log')
    site.remove()


def rotated(program, logrotate, stanza, control):
    """logrotate with our stanza, under load: what is not in the new file is in the old ones."""
    site = Site('logrotate', program, f'ErrorLog @ROOT@/logs/error.log\nCustomLog @ROOT@/logs/access.log {FORMAT}\n')
    site.load()
    with open(stanza) as f:
        lines = f.read().split('\n')
    where = [i for i, line in enumerate(lines) if line.endswith('*.log {')]
    ask = [i for i, line in enumerate(lines) if 'preforkctl' in line and not line.strip().startswith('#')]
    if len(where) != 1 or len(ask) != 1:
        fault(site.name, 'the stanza has another form')
        site.rest()
        site.end()
        return
    lines[where[0]] = f'{site.root}/logs/*.log {{'
    words = lines[ask[0]].split()
    words[0] = f'{control} -f {site.root}/preforkd.conf -d {site.root}'
    lines[ask[0]] = ' '.join(words)
    with open(f'{site.root}/stanza', 'w') as f:
        f.write('\n'.join(lines).replace('delaycompress', 'nocompress'))
    for turn in range(3):
        site.await_more(150)
        said = subprocess.run([logrotate, '-f', '-s', f'{site.root}/state', f'{site.root}/stanza'],
                              capture_output=True, text=True)
        if said.returncode:
            fault(site.name, said.stderr)
        if not until(lambda: text_of(f'{site.root}/logs/access.log')):
            fault(site.name, f'nothing is written to the new file of turn {turn}')
    site.rest()
    site.expect_all(f'{site.root}/logs/access.log*')
    if len(glob.glob(f'{site.root}/logs/access.log*')) != 4:
        fault(site.name, f"{glob.glob(site.root + '/logs/*')}")
    site.end()
    site.remove()


def read_by_goaccess(program, goaccess):
    """A combined log of all kinds of requests has no line that goaccess does not know."""
    site = Site('goaccess', program, '''
Options +Indexes
LogFormat "%h %l %u %t \\"%r\\" %>s %b \\"%{Referer}i\\" \\"%{User-Agent}i\\"" combined
LogFormat "%v:%p %h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\"%{User-Agent}i\\"" vhost_combined
CustomLog @ROOT@/log combined
CustomLog @ROOT@/vhost vhost_combined
''')
    agents = ['Mozilla/5.0 (X11; rv:109.0) Gecko/20100101 Firefox/115.0', 'curl/8.0', '', 'a "b" \\ c', '-']
    asked = 0
    paths = ('/', '/hello.txt', '/hello.txt?a=b&c="d"', '/none', '/%20%e4?x', '/../x', '/%00')
    for path in paths:
        for method in ('GET', 'HEAD', 'POST', 'OPTIONS', 'DELETE'):
            for agent in agents:
                for more in ({}, {'Referer': 'http://a.example/?q="x"'}, {'Range': 'bytes=0-1'},
                             {'If-Modified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT'}):
                    connection = http.client.HTTPConnection('127.0.0.1', site.port, timeout=PATIENCE)
                    connection.request(method, path, headers={'User-Agent': agent, **more})
                    connection.getresponse().read()
                    connection.close()
                    asked += 1
    site.end()
    for log, form in (('log', 'COMBINED'), ('vhost', 'VCOMBINED')):
        report = f'{site.root}/{log}.json'
        said = subprocess.run([goaccess, f'{site.root}/{log}', f'--log-format={form}', '--no-global-config', '-o',
                               report, f'--invalid-requests={report}.invalid'], capture_output=True, text=True)
        if said.returncode or not os.path.exists(report):
            fault(site.name, f'it says {said.stderr}')
            continue
        with open(report, errors='replace') as f:
            general = json.load(f)['general']
        if (general['total_requests'], general['valid_requests'], general['failed_requests']) != (asked, asked, 0):
            fault(site.name, f'{form}: {general} of {asked} requests: {text_of(report + ".invalid")[:600]}')
    site.remove()


def main():
    program = os.path.abspath(sys.argv[1])
    tests = [a_program_that_dies, restarts, stops, a_program_that_is_missing, errors_to_a_program, hosts, steps_of_rewriting,
             decisions_of_access, buffered]
    calls = [(test, (program,)) for test in tests]
    if len(sys.argv) > 2:
        calls = [(globals()[sys.argv[2]], (program, *sys.argv[3:]))]
    only = os.environ.get('CASE')
    for test, arguments in calls:
        if only and only not in test.__name__:
            continue
        begun = time.monotonic()
        try:
            test(*arguments)
        except (RuntimeError, OSError, http.client.HTTPException) as error:
            fault(test.__name__, repr(error))
        if os.environ.get('VERBOSE'):
            print(f'{test.__name__}: {time.monotonic() - begun:.1f} s')
    print(f'{len(calls)} tests, {faults} faults')
    return 1 if faults else 0


if __name__ == '__main__':
    sys.stdout.reconfigure(line_buffering=True)
    sys.exit(main())
