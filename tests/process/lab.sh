#!/bin/sh
# lab - the switches of the status page do what they say, for who may use them
#
# Usage:  lab.sh
#         PREFORKD says which server is tried; preforkctl stands in tools beside it.
# Needs:  python3; exits with 77 where there is none
# Checks: the token is in the page of a visitor from this machine and nowhere without LabControls; an
#         ask without it is refused; kill, hang, stop and continue reach the worker that is meant; with
#         every worker stopped StatusListen answers within a tenth of a second and says so; the models,
#         start methods and WorkerConnections are switched while requests are answered, and switched
#         back; the pool grows and shrinks; load and slow clients come and end; preforkctl load counts.
# Fails:  with 1 and what is wrong
#
# SPDX-License-Identifier: Apache-2.0
set -u

command -v python3 >/dev/null || { echo "lab.sh: no python3"; exit 77; }
server=${PREFORKD:-${TEST_BUILD:-.}/src/preforkd}
[ -x "$server" ] || { echo "lab.sh: $server is not built" >&2; exit 2; }
exec python3 - "$server" <<'END'
import atexit, http.client, json, os, re, signal, subprocess, sys, tempfile, time

server = os.path.abspath(sys.argv[1])
ctl = os.path.dirname(server) + '/tools/preforkctl'
work = tempfile.TemporaryDirectory(prefix='preforkd-lab-')
os.chmod(work.name, 0o755)
open(work.name + '/index.html', 'w').write('hello\n')
out = open(work.name + '/said', 'w')
open(work.name + '/types', 'w').write('text/html html\n')
open(work.name + '/conf', 'w').write('''Listen 127.0.0.1:0
StatusListen 127.0.0.1:0
LabControls On
DocumentRoot .
TypesConfig types
PidFile pid
ErrorLog log
LogLevel notice
StartServers 3
WorkerTimeout 3
''')
p = subprocess.Popen([server, '-d', work.name, '-f', 'conf', '--explain'], stderr=out, stdout=out, stdin=subprocess.DEVNULL)

def said():
    return ''.join(open(work.name + name).read() for name in ('/said', '/log') if os.path.exists(work.name + name))

# Those that took over are nobody's children here.
def end_all():
    for pid in map(int, re.findall(r'started as process (\d+)', said())):
        try:
            if work.name in open('/proc/%d/cmdline' % pid).read():
                os.kill(pid, signal.SIGKILL)
        except OSError:
            pass # it is gone

atexit.register(end_all)

def fail(words):
    print(words + '\n' + said())
    sys.exit(1)

def wait(what, condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    fail('gave up waiting: ' + what)

def port_of(pattern):
    return int(wait(pattern, lambda: re.search(pattern, said()))[1])

main = port_of(r'on http://localhost:(\d+)/')
status = port_of(r'the status is on http://127.0.0.1:(\d+)/')

def talk(method, port, path, fields={}):
    c = http.client.HTTPConnection('127.0.0.1', port, timeout=10)
    c.request(method, path, headers=fields)
    r = c.getresponse()
    body = r.read().decode()
    c.close()
    return r.status, body

def look():
    return json.loads(talk('GET', status, '/?json')[1])

def token(port, path):
    found = re.search(r'data-token="(\w{32})"', talk('GET', port, path)[1])
    if not found:
        fail('no token in the page')
    return found[1]

secret = wait('the lab', lambda: token(status, '/'))
if re.search('data-token', talk('GET', status, '/', {'X-Forwarded-For': '192.0.2.1'})[1]):
    fail('the token is given to a proxy')

def ask(what, expect=202, **other):
    fields = {'Origin': 'http://127.0.0.1:%d' % status, 'X-Lab-Token': secret}
    fields.update(other)
    got = talk('POST', status, '/?lab=' + what, fields)[0]
    if got != expect:
        fail('%s: %d, not %d' % (what, got, expect))

def workers():
    return {w['slot']: w for w in look()['workers'] if w['generation'] == look()['server']['generation']}

wait('three workers', lambda: len(workers()) == 3)
ask('kill&0', 403, **{'X-Lab-Token': 'x'})
ask('kill&0', 403, Origin='http://127.0.0.1:1')
ask('nothing', 400)

# One worker.
pid = workers()[1]['pid']
ask('kill&1')
wait('another worker in slot 1', lambda: 1 in workers() and workers()[1]['pid'] != pid)
ask('stop&0')
wait('it is held', lambda: workers()[0]['held'])
ask('continue&0')
wait('it goes on', lambda: not workers()[0]['held'])
pid = workers()[2]['pid']
ask('hang&2')
wait('the watchdog ended it', lambda: any(d['pid'] == pid and d['reason'] == 'stuck' for d in look()['deaths']))
wait('three workers again', lambda: len(workers()) == 3)

# All of them: the status process answers all the same.
ask('stop-all')
wait('all are held', lambda: look()['pool']['held'] == 3)
def at_once(): # now and then, at least: the machine has other things to do
    began = time.monotonic()
    body = talk('GET', status, '/')[1]
    took = time.monotonic() - began
    if 'Every worker is stopped by a signal' not in body:
        fail('the page does not say that all are held')
    return took <= 0.1

wait('StatusListen answers within a tenth of a second', at_once)
ask('continue-all')
wait('all go on', lambda: look()['pool']['held'] == 0)

# Other designs, under requests.
def served():
    for i in range(5):
        if talk('GET', main, '/index.html') != (200, 'hello\n'):
            fail('a request went wrong')

def steady():
    def there():
        try:
            return look()['server']
        except (OSError, ValueError, http.client.HTTPException):
            return False
    return wait('the status', there)

def switched(what, member, value):
    before = steady()['generation']
    try:
        ask(what)
    except (OSError, http.client.HTTPException):
        # One status process takes over from the other: was it heard?
        if steady()['generation'] == before:
            ask(what)
    def there():
        try:
            s = look()['server']
        except (OSError, ValueError, http.client.HTTPException):
            return False # one status process takes over from the other
        return (s if member in s else s['limits'])[member] == value
    wait(what, there)
    served()

for n, model in ((1, 'fork'), (2, 'dispatch'), (0, 'prefork')):
    switched('model&%d' % n, 'model', model)
for n, method in ((1, 'spawn'), (2, 'forkserver')):
    switched('method&%d' % n, 'start_method', method)
forkserver = wait('the forkserver', lambda: look()['server']['forkserver'])
switched('reset', 'start_method', 'fork')
wait('the end of the forkserver', lambda: not os.path.exists('/proc/%d' % forkserver))
switched('connections&1', 'worker_connections', 1)
switched('mutex&2', 'accept_mutex', 'flock')
wait('a keeper', lambda: steady()['keeper'])
switched('keeper&0', 'keeper', None)
switched('keeper&1', 'worker_connections', 1)
wait('a keeper again', lambda: steady()['keeper'])
switched('reset', 'worker_connections', 4096)
switched('grow', 'start_servers', 4)
wait('four workers', lambda: len(workers()) == 4)
switched('shrink', 'start_servers', 3)

# Another program takes over, and goes on with what was switched, until it is switched back.
switched('model&2', 'model', 'dispatch')
switched('connections&1', 'worker_connections', 1)
os.kill(p.pid, signal.SIGUSR2)
wait('the status of the successor', lambda: steady()['pid'] != p.pid)
p.wait(20) # it drains
successor = steady()['pid']
if steady()['model'] != 'dispatch' or steady()['limits']['worker_connections'] != 1:
    fail('the successor knows nothing of what was switched')
secret = wait('the lab', lambda: token(status, '/'))
switched('reset', 'model', 'prefork')
wait('three workers', lambda: len(workers()) == 3)

# Load.
before = look()['totals']['requests']
ask('load&8')
wait('requests', lambda: look()['totals']['requests'] > before + 1000)
ask('load-end')
wait('its end', lambda: any(e['kind'] == 'lab_ended' for e in look()['log']))
ask('slow&8')
wait('slow clients', lambda: look()['pool']['connections'] >= 8)
ask('load-end')
wait('none of them', lambda: look()['pool']['connections'] == 0)
done = subprocess.run([ctl, 'load', '-n', '500', '-c', '4', 'http://localhost:%d/index.html' % main],
                      capture_output=True, text=True, timeout=60)
if done.returncode or not done.stdout.startswith('500 good, 0 refused, 0 broken in '):
    fail('preforkctl load: %d %s%s' % (done.returncode, done.stdout, done.stderr))
for words in (['-n', '0', 'localhost:1'], ['-c', '9999', 'localhost:1'], ['example.org:80'], []):
    if subprocess.run([ctl, 'load'] + words, capture_output=True, timeout=60).returncode != 2:
        fail('preforkctl load %s is taken' % words)

os.kill(successor, signal.SIGTERM)
wait('its end', lambda: not os.path.exists('/proc/%d' % successor) or open('/proc/%d/stat' % successor).read().rsplit(')', 1)[1].split()[0] == 'Z')
END
