#!/bin/sh
# lesson_commands - whoever copies the commands of the lessons gets what the lessons say
#
# Usage:  lesson_commands.sh; TEST_SOURCE is the tree, PREFORKD the server
# Needs:  python3, bash; exits with 77 where one is missing. Commands with a program that is missing
#         (ab, ss) are left out.
# Checks: each block of commands of each lesson, pasted whole into a shell in a tree like this one, with
#         the processes named that there are: a server that is started serves; every other command ends
#         with 0 and complains of nothing; what it prints shows what the lesson speaks of. Ports are others,
#         clients fewer and hurried. What make does is the business of other tests; that both languages
#         have the same commands, tests/lint/lessons.sh says.
# Fails:  with 1 and what is wrong
#
# SPDX-License-Identifier: Apache-2.0
set -u

for program in python3 bash curl pgrep; do
	command -v "$program" >/dev/null || { echo "lesson_commands: no $program"; exit 77; }
done
server=${PREFORKD:-${TEST_BUILD:-.}/src/preforkd}
[ -x "$server" ] || { echo "lesson_commands: $server is not built" >&2; exit 2; }
exec python3 - "$server" "${TEST_SOURCE:-.}" <<'END'
import atexit, glob, html, json, os, re, shutil, signal, socket, subprocess, sys, tempfile, time, urllib.request

server, source = map(os.path.abspath, sys.argv[1:])
here = tempfile.TemporaryDirectory(prefix='preforkd-lessons-')
os.chmod(here.name, 0o755)
for name in ('src', 'logs'):
    os.mkdir(f'{here.name}/{name}')
os.symlink(server, f'{here.name}/src/preforkd')
shutil.copytree(f'{source}/www', f'{here.name}/www')
subprocess.run(['chmod', '-R', 'a+rX', here.name])
os.chmod(f'{here.name}/logs', 0o777)
faults, running = [], []

def fault(words):
    faults.append(words)
    print(words)

held = [] # bound sockets that never listen: nobody else gets their ports, who sets SO_REUSEADDR still does

def free_port():
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(('127.0.0.1', 0))
    held.append(s)
    return s.getsockname()[1]

def wait(what, condition):
    end = time.monotonic() + 60
    while not (found := condition()):
        if time.monotonic() > end:
            raise SystemExit(f'gave up waiting: {what}')
        time.sleep(0.02)
    return found

def status(port):
    try:
        return json.load(urllib.request.urlopen(f'http://localhost:{port}/server-status?json', timeout=20))
    except OSError:
        return None

# A shell, in a group of its own, so that nothing it leaves behind stays.
def shell(text):
    p = subprocess.Popen(['bash'], cwd=here.name, text=True, start_new_session=True, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    p.stdin.write(text)
    p.stdin.close()
    running.append(p)
    return p

def end(p):
    try:
        os.killpg(p.pid, signal.SIGKILL)
    except OSError:
        pass # nobody is left
    p.wait()
    p.stdout.close()
    running.remove(p)

atexit.register(lambda: [end(p) for p in list(running)])

# As the page has them: blocks of lines, with what learn.js fills in.
def blocks(page):
    text = re.sub(r'(?s)<h2 id="read">.*', '', open(page).read())
    return re.findall(r'(?s)<pre><code>(.*?)</code></pre>', text)

# What happens to a worker that was named is its own business, and its end may take a while: another is named next.
def idle(port):
    return next((w['pid'] for w in (status(port) or {'workers': []})['workers'] if w['state'] == '_' and w['pid'] not in named), 0)

named = set()

def filled(block, port, main):
    now = wait(f'the status at port {port}', lambda: status(port))
    if 'class="pid-worker"' in block:
        named.add(worker := wait(f'an idle worker at port {port}', lambda: idle(port)))
        block = re.sub(r'<span class="pid-worker">[^<]*', str(worker), block)
    block = re.sub(r'<span class="pid-parent">[^<]*', str(now['server']['pid']), block)
    block = re.sub(r'<span class="host">[^<]*', f'localhost:{port}', block)
    block = re.sub(r'<span class="port">[^<]*', str(port), block)
    block = html.unescape(re.sub(r'<[^>]*>', '', block))
    for said, meant in (('8080', main), ('8081', second), ('8082', third)):
        block = block.replace(said, str(meant))
    return re.sub(r'sleep (15|8)\b', 'sleep 1', block).replace('-n 20000', '-n 200').replace('-n 3000', '-n 200')

# What is printed where it is more than that all went well: a piece of the command, and what is to be seen.
shows = [('kill -STOP', r'\bZs?\b.*defunct'), ('ps -o pid,ppid,stat', r'(?s)PPID.*\d+'), ('ps -o pid,ppid,args', r'preforkd'),
    ('ss -ltnp', r'LISTEN'), ('pgrep -fa', r'nobody is left$'), ('ab -n', r'Failed requests: +0\b'),
    ('for i in $(seq 12); do pkill', r'died young; the next is started in'), ('for c in', r'(?s)(WorkerConnections|ProcessModel).*per second')]

# What is wrong with it, or nothing.
def run(lesson, text):
    p = shell(text)
    try:
        out = p.stdout.read() if p.wait(timeout=60) is not None else ''
    except subprocess.TimeoutExpired:
        return f'{lesson}: does not end: {text}'
    finally:
        end(p)
    expected = next((pattern for piece, pattern in shows if piece in text), '')
    if p.returncode or re.search(r'not found|No such|rror:|cannot|refused', out) or not re.search(expected, out):
        return f'{lesson}: ended with {p.returncode}: {text}\n{out}'

second, third, main = free_port(), free_port(), free_port()
os.mkdir(f'{here.name}/conf')
shutil.copy(f'{source}/conf/mime.types', f'{here.name}/conf')
with open(f'{source}/conf/httpd.conf') as given, open(f'{here.name}/conf/httpd.conf', 'w') as conf:
    conf.write(re.sub('(?m)^Listen .*', f'Listen {main}', given.read()))
first = shell('exec src/preforkd -D FOREGROUND -d "$PWD" -f conf/httpd.conf\n') # as bootstrap run
for page in sorted(glob.glob(f'{source}/www/manual/learn/[1-8]-*.html')):
    lesson, other, done = os.path.basename(page), None, 0
    for block in blocks(page):
        port = second if other else main
        if re.match(r'src/preforkd(?!.*&amp;\n)', block): # it stays in the foreground until Ctrl-C
            if '\n' in block.replace('\\\n', ''):
                fault(f'{lesson}: waits for Ctrl-C in the middle: {block}')
            if other:
                end(other)
            wait('the port', lambda: status(second) is None)
            other = shell(filled(block, main, main) + '\n')
            wait(f'{lesson}: {block}', lambda: status(second) or other.poll() is not None)
            if other.poll() is not None:
                fault(f'{lesson}: does not serve: {block}\n{other.stdout.read()}')
            done += 1
            continue
        done += 1
        missing = [name for name in ('ab', 'ss') if re.search(rf'(^|\s){name} ', block) and not shutil.which(name)]
        if block.startswith('make ') or missing:
            continue
        # Who sleeps for a moment hopes that the machine has done something meanwhile; where it had not, once more.
        for _ in range(5 if 'sleep ' in block else 1):
            wrong = run(lesson, filled(block, port, main) + '\n')
            if not wrong:
                break
        else:
            fault(wrong)
    if other:
        end(other)
    if not done:
        fault(f'{lesson}: no command to try')
end(first)
sys.exit(1 if faults else 0)
END
