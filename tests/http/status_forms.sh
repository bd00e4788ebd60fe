#!/bin/sh
# status_forms - the forms of the status: well-formed, as documented, and in agreement
#
# Usage:  status_forms.sh [SOURCE-DIRECTORY]; TEST_SOURCE when not given
#         PREFORKD says which server is tried; src/preforkd of TEST_BUILD when not said.
# Needs:  python3; exits with 77 where there is none. prometheus-apache-exporter is asked too, where
#         it is installed.
# Checks: ?json is JSON and has each member www/manual/status.html names and no other; the metrics are
#         OpenMetrics to a strict reader; ?auto has each field a real Apache's has; at a quiet moment
#         all of them agree with each other and with /proc; the deltas of ?events, applied to the
#         snapshot, are what ?json says; an exporter written for Apache reads ?auto.
# Fails:  with 1 and what is wrong
#
# SPDX-License-Identifier: Apache-2.0
set -u

command -v python3 >/dev/null || { echo "status_forms.sh: no python3"; exit 77; }
source=${1:-${TEST_SOURCE:-.}}
server=${PREFORKD:-${TEST_BUILD:-.}/src/preforkd}
case $server in
/*) ;;
*) server=$PWD/$server ;;
esac
[ -x "$server" ] || { echo "status_forms.sh: $server is not built" >&2; exit 2; }
work=$(mktemp -d "${TMPDIR:-/tmp}/preforkd-forms-XXXXXX") || exit 2
pid=
stop() {
	[ -z "$pid" ] || { kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; }
	rm -rf "$work"
}
trap stop EXIT
trap 'exit 2' HUP INT TERM
chmod 755 "$work"
mkdir "$work/logs" "$work/htdocs" "$work/conf"
echo hello >"$work/htdocs/hello.txt"
echo 'text/plain txt' >"$work/conf/mime.types"
cat >"$work/conf/httpd.conf" <<-END
	Listen 127.0.0.1:0
	StatusListen 127.0.0.1:0
	ServerName forms.example
	DocumentRoot htdocs
	TypesConfig conf/mime.types
	PidFile logs/pid
	ErrorLog logs/error.log
	LogLevel notice
	StartServers 3
	MaxRequestWorkers 3
	<Location "/server-status">
	SetHandler server-status
	</Location>
	<Location "/metrics">
	SetHandler server-metrics
	</Location>
END
"$server" -d "$work" -f conf/httpd.conf -D FOREGROUND >"$work/out" 2>&1 &
pid=$!

python3 - "$work" "$source/www/manual/status.html" "$pid" <<'END'
import glob, html, http.client, json, math, os, re, shutil, signal, socket, subprocess, sys, time

work, manual, parent = sys.argv[1], sys.argv[2], int(sys.argv[3])
faults = []

def fault(text):
    faults.append(text)
    print(text)

def wait_for(what, condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    print('gave up waiting for ' + what)
    print(read(work + '/out') + read(work + '/logs/error.log'))
    sys.exit(1)

def read(path):
    try:
        with open(path) as f:
            return f.read()
    except OSError:
        return ''

def find(path, pattern):
    m = re.search(pattern, read(path))
    return int(m[1]) if m else 0

port = wait_for('the server', lambda: find(work + '/out', r'http://localhost:(\d+)/'))
status_port = wait_for('its status', lambda: find(work + '/logs/error.log', r'the status is on http://127.0.0.1:(\d+)/'))

def get(path, at):
    c = http.client.HTTPConnection('127.0.0.1', at, timeout=20)
    c.request('GET', path)
    r = c.getresponse()
    body = r.read()
    c.close()
    if r.status != 200:
        fault('%s: status %d' % (path, r.status))
    return r, body

# ---- JSON, as documented ----

def strict(pairs):
    names = [n for n, _ in pairs]
    if len(set(names)) != len(names):
        fault('JSON: a member stands twice in %s' % names)
    return dict(pairs)

def no_constant(word):
    fault('JSON: %s is no number' % word)

def parse(text):
    return json.loads(text.decode('utf-8', 'strict'), object_pairs_hook=strict, parse_constant=no_constant)

# The tables of the manual, by the word above them.
page = read(manual)
page = page[page.index('<h2 id="json">'):page.index('<h2 id="events">')]
documented = {}
for title, rows in re.findall(r'<th scope="col">(\w+)</th><th scope="col">Meaning</th>.*?<tbody>(.*?)</tbody>', page, re.S):
    documented[title] = set()
    for row in re.findall(r'<th scope="row">(.*?)</th>', rows):
        documented[title].update(re.findall(r'<code>(\w+)</code>', row))
limits = set(re.search(r'names say: (.*?);', page)[1].split(', '))

NUMBER, TEXT, BOOL, LIST, MAP = (int, float), (str,), (bool,), (list,), (dict,)
NULL = (type(None),)
kinds = {
    'name': TEXT, 'version': TEXT, 'model': TEXT, 'start_method': TEXT, 'accept_mutex': TEXT, 'sandbox': TEXT, 'extended': BOOL, 'listen': LIST, 'load': LIST,
    'limits': MAP, 'deaths_by_reason': MAP, 'helper_deaths': MAP, 'helper_crashes': MAP, 'role': TEXT, 'states': MAP, 'buckets': LIST, 'state': TEXT, 'state_name': TEXT, 'busy': None,
    'client': TEXT, 'request': TEXT, 'host': TEXT, 'reason': TEXT, 'words': TEXT, 'failure': BOOL,
    'predecessor': NUMBER + NULL, 'successor': NUMBER + NULL, 'held': None, 'signal': NUMBER + NULL,
    'exit_code': NUMBER + NULL, 'status_process': NUMBER + NULL, 'forkserver': NUMBER + NULL, 'keeper': NUMBER + NULL,
    'starter': NUMBER + NULL, 'pss': NUMBER + NULL, 'pid': NUMBER + NULL, 'kind': TEXT,
}

def members(title, value, names):
    if set(value) != names:
        fault('%s: documented and missing %s, there and not documented %s' %
              (title, sorted(names - set(value)), sorted(set(value) - names)))
    for name, v in value.items():
        kind = kinds.get(name, NUMBER)
        if title == 'deaths' and name in ('slot', 'state_name') and value.get('role') != 'worker':
            kind = NULL
        if title == 'log' and name == 'slot' and value.get('kind', '').startswith('helper_'):
            kind = NULL
        if kind is not None and (not isinstance(v, kind) or (isinstance(v, bool) and kind != BOOL)):
            fault('%s: %s is %r' % (title, name, v))
        if isinstance(v, (int, float)) and not isinstance(v, bool) and (v < 0 or not math.isfinite(v)):
            fault('%s: %s is %r' % (title, name, v))

def check_schema(j):
    tops = {'schema', 'server', 'now', 'totals', 'pool', 'listen_queue', 'latency', 'workers', 'deaths', 'samples', 'log'}
    if set(j) != tops:
        fault('JSON: members %s' % sorted(set(j) ^ tops))
    for title in ('server', 'totals', 'pool', 'latency'):
        members(title, j[title], documented[title])
    for title in ('workers', 'deaths', 'samples', 'log'):
        for one in j[title]:
            members(title, one, documented[title])
    if set(j['listen_queue']) != {'depth', 'limit'}:
        fault('listen_queue: %s' % j['listen_queue'])
    said = j['server']['sandbox']
    if not said or 'Sandbox %s\n' % said not in read(work + '/logs/error.log'):
        fault('sandbox: %r is not what the log says' % said)
    if ('sandbox <b title="%s">%s</b>' % (said, said.split(':')[0])).encode() not in get('/server-status', port)[1]:
        fault('sandbox: not on the page')
    if set(j['server']['limits']) != limits:
        fault('limits: %s' % sorted(set(j['server']['limits']) ^ limits))
    bounds = [b['le'] for b in j['latency']['buckets']]
    if bounds[-1] is not None or bounds[:-1] != sorted(bounds[:-1]):
        fault('latency: bounds %s' % bounds)
    if sum(b['count'] for b in j['latency']['buckets']) != j['latency']['count']:
        fault('latency: the buckets do not add up')

# ---- OpenMetrics, strictly ----

NAME = r'[a-zA-Z_:][a-zA-Z0-9_:]*'
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"'
VALUE = r'[+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|Inf|NaN)'
SUFFIXES = {'counter': ['_total', '_created'], 'gauge': [''], 'info': ['_info'],
            'histogram': ['_bucket', '_count', '_sum', '_created']}

def open_metrics(text):
    families, samples, family = {}, {}, None
    if not text.endswith('# EOF\n'):
        fault('metrics: no # EOF at the end')
    lines = text.split('\n')[:-2]
    for line in lines:
        m = re.fullmatch(r'# (HELP|TYPE|UNIT) (%s) (.*)' % NAME, line)
        if m:
            what, name, rest = m.groups()
            if family != name:
                if name in families:
                    fault('metrics: %s is opened twice' % name)
                families[name], family = {'samples': []}, name
            f = families[name]
            if what in f:
                fault('metrics: %s %s twice' % (what, name))
            if f['samples']:
                fault('metrics: %s of %s after its samples' % (what, name))
            order = ['HELP', 'TYPE', 'UNIT']
            if any(o in f for o in order[order.index(what) + 1:]):
                fault('metrics: %s of %s is out of order' % (what, name))
            f[what] = rest
            if what == 'HELP' and not re.fullmatch(r'(?:[^"\\]|\\.)*', rest):
                fault('metrics: HELP of %s is not escaped' % name)
            if what == 'TYPE' and rest not in SUFFIXES:
                fault('metrics: %s has the type %s' % (name, rest))
            if what == 'UNIT' and not (rest in ('seconds', 'bytes') and name.endswith('_' + rest)):
                fault('metrics: %s has the unit %s' % (name, rest))
            continue
        m = re.fullmatch(r'(%s)(?:\{((?:%s(?:,(?=[a-z])|(?=\})))*)\})? (%s)' % (NAME, LABEL, VALUE), line)
        if not m:
            fault('metrics: no sample: %r' % line)
            continue
        name, value = m[1], m[m.lastindex]
        labels = dict(re.findall(LABEL, m[2] or ''))
        f = families.get(family)
        if not f or 'TYPE' not in f or 'HELP' not in f:
            fault('metrics: %s before its HELP and TYPE' % name)
            continue
        if name not in [family + s for s in SUFFIXES.get(f['TYPE'], [])]:
            fault('metrics: %s is no sample of the %s %s' % (name, f['TYPE'], family))
        if family.endswith('_total') or family.endswith('_info'):
            fault('metrics: the family is called %s' % family)
        key = (name, tuple(sorted(labels.items())))
        if key in samples:
            fault('metrics: %s %s twice' % key)
        samples[key] = float(value)
        f['samples'].append((name, labels, float(value)))
        if f['TYPE'] in ('counter', 'histogram') and float(value) < 0:
            fault('metrics: %s is below 0' % name)
    for name, f in families.items():
        for suffix in SUFFIXES.get(f.get('TYPE'), []):
            if suffix and name + suffix in families:
                fault('metrics: a sample of %s is called as the family %s' % (name, name + suffix))
        if f.get('TYPE') == 'info' and any(v != 1 for _, _, v in f['samples']):
            fault('metrics: %s is not 1' % name)
        if not f['samples']:
            fault('metrics: %s has no samples' % name)
        if f.get('TYPE') == 'histogram':
            buckets = [(s[1]['le'], s[2]) for s in f['samples'] if s[0].endswith('_bucket')]
            counts = [c for _, c in buckets]
            bounds = [math.inf if le == '+Inf' else float(le) for le, _ in buckets]
            if buckets[-1][0] != '+Inf' or bounds != sorted(set(bounds)) or counts != sorted(counts):
                fault('metrics: the buckets of %s are not cumulative' % name)
            if samples[(name + '_count', ())] != counts[-1] or (name + '_sum', ()) not in samples:
                fault('metrics: %s has no count or sum that fits' % name)
            for le, _ in buckets:
                if not re.search(r'[.eI]', le):
                    fault('metrics: %s is no canonical number' % le)
    return samples

# ---- Apache's text ----

# As a real Apache 2.4 writes them, in its order.
APACHE = ['ServerVersion', 'ServerMPM', 'Server Built', 'CurrentTime', 'RestartTime', 'ParentServerConfigGeneration',
          'ParentServerMPMGeneration', 'ServerUptimeSeconds', 'ServerUptime', 'Load1', 'Load5', 'Load15', 'Total Accesses',
          'Total kBytes', 'Total Duration', 'CPUUser', 'CPUSystem', 'CPUChildrenUser', 'CPUChildrenSystem', 'CPULoad',
          'Uptime', 'ReqPerSec', 'BytesPerSec', 'BytesPerReq', 'DurationPerReq', 'BusyWorkers', 'GracefulWorkers',
          'IdleWorkers', 'Processes', 'Stopping', 'ConnsTotal', 'ConnsAsyncWriting', 'ConnsAsyncKeepAlive',
          'ConnsAsyncClosing', 'Scoreboard']

def auto(text):
    lines = text.decode().split('\n')
    fields = dict(line.split(': ', 1) for line in lines[1:] if line)
    there = [line.split(': ', 1)[0] for line in lines[1:] if line]
    if [n for n in there if n in APACHE] != APACHE:
        fault('?auto: fields %s' % there)
    return fields

# ---- agreement ----

for i in range(200):
    get('/hello.txt', port)
one, _ = get('/server-status?json', port)
if one.getheader('Content-Type') != 'application/json':
    fault('?json is %s' % one.getheader('Content-Type'))

def looks():
    """All forms at one moment, which the counts in the first and the last of them prove to be one."""
    r1, j1 = get('/?json', status_port)
    first = parse(j1)
    # Reports come a little later, and a worker sees the end of a connection after its client does;
    # samples, latencies and memory are looked at once a second.
    if first['totals']['requests'] < 201 or first['pool']['connections'] or \
            any(w['connections'] for w in first['workers']) or first['latency']['count'] != first['totals']['requests'] or \
            not first['samples'] or not all(w['memory'] for w in first['workers']):
        return None
    r, a = get('/?auto', status_port)
    m_reply, m = get('/metrics', status_port)
    r2, j2 = get('/?json', status_port)
    last = parse(j2)
    for j in (first, last):
        for name in ('now', 'samples'):
            del j[name]
        for name in ('uptime', 'load'):
            del j['server'][name]
        del j['pool']['requests_per_second']
        for w in j['workers']:
            del w['age']
    if first != last:
        return None
    type_ = m_reply.getheader('Content-Type')
    if type_ != 'application/openmetrics-text; version=1.0.0; charset=utf-8':
        fault('the metrics are %s' % type_)
    return parse(j1), auto(a), open_metrics(m.decode('utf-8', 'strict'))

j, a, m = wait_for('a quiet moment', looks)
check_schema(j)

def same(what, *values):
    if any(abs(float(v) - float(values[0])) > 1e-6 for v in values):
        fault('%s: %s' % (what, values))

def metric(name, **labels):
    return m.get(('preforkd_' + name, tuple(sorted(labels.items()))), -1)

t, p = j['totals'], j['pool']
same('requests', t['requests'], a['Total Accesses'], metric('requests_total'), sum(w['requests'] for w in j['workers']))
same('bytes', t['bytes'], metric('response_body_bytes_total'))
same('kBytes', t['bytes'] // 1024, a['Total kBytes'])
same('duration', t['duration'], metric('request_duration_seconds_sum'))
same('milliseconds', math.floor(t['duration'] * 1000 + 1e-6), a['Total Duration'])
same('latencies', j['latency']['count'], metric('request_duration_seconds_count'), t['requests'])
same('connections taken', t['connections'], metric('connections_accepted_total'))
same('connections', p['connections'], a['ConnsTotal'], metric('connections', state='active') + metric('connections', state='idle'))
same('busy', p['busy'], a['BusyWorkers'], metric('workers_busy'))
same('idle', p['idle'], a['IdleWorkers'], metric('workers', state='ready'))
same('processes', p['processes'], a['Processes'], len(j['workers']), sum(p['states'].values()))
same('places', p['places'], len(a['Scoreboard']), metric('worker_places'), metric('configured_limit', directive='MaxRequestWorkers'))
same('CPU', round(t['cpu_user'], 2), a['CPUUser'], round(metric('cpu_seconds_total', mode='user'), 2))
same('generation', j['server']['generation'], a['ParentServerMPMGeneration'], metric('generation'))
same('deaths', t['deaths'], sum(t['deaths_by_reason'].values()))
same('queue', j['listen_queue']['depth'], metric('listen_queue_depth'))
for state, count in p['states'].items():
    same('workers ' + state, count, metric('workers', state=state))
if ''.join(w['state'] for w in j['workers']) != a['Scoreboard'].replace('.', ''):
    fault('letters: %s' % a['Scoreboard'])

# ---- /proc ----

def children(pid):
    found = []
    for path in glob.glob('/proc/[0-9]*/stat'):
        text = read(path)
        if text and int(text[text.rindex(')') + 2:].split()[1]) == pid:
            found.append(int(path.split('/')[2]))
    return found

workers = {pid for pid in children(parent) if read('/proc/%d/comm' % pid) not in ('preforkd-status\n', 'preforkd-cgi\n')}
if {w['pid'] for w in j['workers']} != workers or j['server']['pid'] != parent:
    fault('/proc has %s, the status %s' % (workers, [w['pid'] for w in j['workers']]))
tick = os.sysconf('SC_CLK_TCK')
for w in j['workers']:
    stat = read('/proc/%d/stat' % w['pid'])
    fields = stat[stat.rindex(')') + 2:].split()
    used = (int(fields[11]) + int(fields[12])) / tick
    if abs(used - w['cpu_user'] - w['cpu_system']) > 0.1:
        fault('worker %d used %.2f s, the status says %.2f' % (w['pid'], used, w['cpu_user'] + w['cpu_system']))
    if w['held'] is not False or w['connections'] != 0:
        fault('worker %d: held %s, %d connections' % (w['pid'], w['held'], w['connections']))
    resident, shared = [int(n) * os.sysconf('SC_PAGESIZE') for n in read('/proc/%d/statm' % w['pid']).split()[1:3]]
    if abs(resident - shared - w['memory']) > 1 << 20:
        fault('worker %d has %d bytes, the status says %d' % (w['pid'], resident - shared, w['memory']))

# ---- a worker's own answers ----

w = parse(get('/server-status?json', port)[1])
check_schema(w)
open_metrics(get('/metrics', port)[1].decode())
auto(get('/server-status?auto', port)[1])
if not any(x['request'].startswith('GET ') and x['client'] == '127.0.0.1' for x in w['workers']):
    fault('no request is named: %s' % [x['request'] for x in w['workers']])

# ---- events ----

def apply(state, delta):
    for name in ('now', 'totals', 'pool', 'listen_queue', 'latency', 'server'):
        if name in delta:
            state[name] = delta[name]
    rows = {x['slot']: x for x in state['workers']}
    rows.update({x['slot']: x for x in delta['workers']})
    for slot in delta['emptied']:
        rows.pop(slot, None)
    state['workers'] = [rows[slot] for slot in sorted(rows)]
    state['deaths'] = (delta['deaths'] + state['deaths'])[:64]
    state['samples'] = (state['samples'] + delta['samples'])[-300:]
    state['log'] = (state['log'] + delta['log'])[-256:]

class Events:
    def __init__(self):
        self.s = socket.create_connection(('127.0.0.1', status_port), timeout=20)
        self.s.sendall(b'GET /?events HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n')
        self.buf = b''
        while b'\r\n\r\n' not in self.buf:
            self.buf += self.s.recv(65536)
        head, self.buf = self.buf.split(b'\r\n\r\n', 1)
        if b'\r\nContent-Type: text/event-stream\r\n' not in head:
            fault('events: %s' % head)

    def next(self):
        while b'\n\n' not in self.buf:
            more = self.s.recv(65536)
            if not more:
                fault('events: the stream ended')
                sys.exit(1)
            self.buf += more
        event, self.buf = self.buf.split(b'\n\n', 1)
        fields = dict(line.split(': ', 1) for line in event.decode().split('\n'))
        return fields.get('event'), parse(fields['data'].encode()) if 'data' in fields else None

begin, count = time.monotonic(), 0
events = Events()
kind, state = events.next()
if kind != 'snapshot':
    fault('events: begins with %s' % kind)
check_schema(state)
victim = state['workers'][1]['pid']
os.kill(victim, signal.SIGKILL)
for i in range(50):
    get('/hello.txt', port)

def settled(x):
    """Without what changes by itself."""
    x = json.loads(json.dumps(x))
    for name in ('now', 'samples', 'schema'):
        x.pop(name, None)
    for name in ('uptime', 'load'):
        x['server'].pop(name)
    x['pool'].pop('requests_per_second')
    x['pool'].pop('births_wait')
    x['pool'].pop('young_deaths')
    for row in x['workers'] + [x['pool']]:
        for name in ('age', 'silent', 'memory', 'reported', 'cpu_user', 'cpu_system'):
            row.pop(name, None)
    for name in ('cpu_user', 'cpu_system'):
        x['totals'].pop(name)
    return x

end = time.monotonic() + 20
while time.monotonic() < end:
    kind, delta = events.next()
    if kind == 'delta':
        count += 1
        apply(state, delta)
    now = parse(get('/?json', status_port)[1])
    # One in whose place nobody is yet looks like a pool that shrank.
    if settled(now) == settled(state) and now['deaths'] and len(now['workers']) == 3:
        break
else:
    fault('events: %s\nis not\n%s' % (settled(state), settled(now)))
if count > (time.monotonic() - begin) * 4 + 2:
    fault('events: %d in %.1f s' % (count, time.monotonic() - begin))
if state['deaths'][0]['pid'] != victim or state['deaths'][0]['signal'] != 9:
    fault('events: the death is %s' % state['deaths'][0])
if victim in [x['pid'] for x in state['workers']] or len(state['workers']) != 3:
    fault('events: workers %s' % [x['pid'] for x in state['workers']])

# ---- what reads Apache ----

exporter = shutil.which('prometheus-apache-exporter')
if exporter:
    for flag in ('--telemetry.address=', '--web.listen-address='):
        s = socket.socket()
        s.bind(('127.0.0.1', 0))
        free = s.getsockname()[1]
        s.close()
        e = subprocess.Popen([exporter, '--scrape_uri=http://127.0.0.1:%d/server-status?auto' % port,
                              flag + '127.0.0.1:%d' % free], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seen = ''
        stop = time.monotonic() + 20
        while time.monotonic() < stop and e.poll() is None:
            try:
                seen = get('/metrics', free)[1].decode()
                break
            except OSError:
                time.sleep(0.05)
        e.terminate()
        e.wait()
        if seen:
            break
    values = dict(re.findall(r'^(apache_\S+) (\S+)$', seen, re.M))
    if values.get('apache_up') != '1' or float(values.get('apache_accesses_total', 0)) < 250 or \
            float(values.get('apache_workers{state="idle"}', -1)) < 1 or \
            'apache_connections{state="total"}' not in values:
        fault('prometheus-apache-exporter says %s' % values)

sys.exit(1 if faults else 0)
END
code=$?
kill "$pid" && wait "$pid" || { echo "status_forms.sh: the server did not end well"; code=1; }
pid=
exit "$code"
