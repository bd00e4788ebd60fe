#!/bin/sh
# explain - the sentences of preforkd --explain
#
# Usage:  explain.sh
#         PREFORKD says which server is tried; src/preforkd of TEST_BUILD when not said.
# Checks: births, a death from outside with its replacement, those of helpers, a graceful restart and the stop are said
#         in numbered sentences, in order and without a gap; with model fork, of each second a few children with
#         their end, and how many the others were.
# Fails:  with 1 and what was said
#
# SPDX-License-Identifier: Apache-2.0
set -u

command -v python3 >/dev/null || { echo "explain.sh: no python3"; exit 77; }
server=${PREFORKD:-${TEST_BUILD:-.}/src/preforkd}
[ -x "$server" ] || { echo "explain.sh: $server is not built" >&2; exit 2; }
exec python3 - "$server" <<'END'
import atexit, os, re, signal, subprocess, sys, tempfile, time, urllib.request

server = os.path.abspath(sys.argv[1])

def run(more, act):
    with tempfile.TemporaryDirectory(prefix='preforkd-explain-') as work:
        os.chmod(work, 0o755)
        open(work + '/hello.txt', 'w').write('hello\n')
        out = open(work + '/said', 'w+')
        open(work + '/types', 'w').write('text/plain txt\n')
        open(work + '/conf', 'w').write('Listen 127.0.0.1:0\nDocumentRoot .\nTypesConfig types\nPidFile pid\nErrorLog log\n')
        p = subprocess.Popen([server, '-d', work, '-f', 'conf', '--explain'] + more,
                             stderr=out, stdout=out, stdin=subprocess.DEVNULL)
        atexit.register(p.kill)
        said = lambda: open(work + '/said').read()

        def wait(pattern, count=1):
            end = time.monotonic() + 20
            while time.monotonic() < end:
                found = re.findall(pattern, said())
                if len(found) >= count:
                    return found
                time.sleep(0.02)
            p.kill()
            print('gave up waiting for %s:\n%s' % (pattern, said()))
            sys.exit(1)
        act(p, wait)
        p.terminate()
        p.wait(20)
        text = said()
        numbers = [int(n) for n in re.findall(r'^(\d+)\. parent %d: ' % p.pid, text, re.M)]
        if numbers != list(range(1, len(numbers) + 1)) or not numbers or 'stops now' not in text:
            print('the numbers are not in order:\n' + text)
            sys.exit(1)

def pool(p, wait):
    wait(r'reports that it serves', 2)
    pid = int(wait(r'forked (\d+) into slot 1 ')[0])
    os.kill(pid, signal.SIGKILL)
    wait(r'slot 1 is gone: worker %d was killed by a signal from outside \(signal 9\); 0 requests served' % pid)
    wait(r'forked \d+ into slot 1 in \d+\.\d ms', 2)
    wait(r'reports that it serves', 3)
    p.send_signal(signal.SIGUSR1)
    wait(r'graceful restart: generation 1 begins, model prefork')
    wait(r'told worker \d+ in slot \d to leave: it finishes what it has', 2)
    wait(r'finished and was no longer needed', 2)

def helpers(p, wait):
    for role in 'keeper', 'status', 'starter', 'forkserver':
        pid = int(wait(r'started the %s, process (\d+)' % role)[0])
        os.kill(pid, signal.SIGKILL)
        wait(r'the %s, process %d, is gone: it was killed by a signal from outside \(signal 9\)' % (role, pid))
        wait(r'started the %s, process \d+' % role, 2)
    logger, end = 0, time.monotonic() + 20
    while not logger and time.monotonic() < end: # a child executes its program a while after it was born
        for child in open('/proc/%d/task/%d/children' % (p.pid, p.pid)).read().split():
            try:
                logger = int(child) if open('/proc/%s/comm' % child).read() == 'cat\n' else logger
            except OSError:
                pass # it has ended
    os.kill(logger, signal.SIGKILL)
    wait(r'the logger, process %d, is gone: it was killed by a signal from outside \(signal 9\)' % logger)
    wait(r'started the logger, process \d+')
    p.send_signal(signal.SIGUSR1)
    wait(r'the keeper, process \d+, is gone: it finished and was no longer needed')

def oneshots(p, wait):
    port = wait(r'http://localhost:(\d+)/')[0]
    begin = time.monotonic()
    for _ in range(500):
        urllib.request.urlopen('http://127.0.0.1:%s/hello.txt' % port, timeout=20).read()
    wait(r'forked \d+ children for as many connections, and collected \d+')
    born = wait(r'forked (\d+) into slot \d+ in ')
    wait(r'slot \d+ is gone: ', len(born))
    seconds = int(time.monotonic() - begin) + 2
    born, gone = wait(r'forked (\d+) into slot'), wait(r'is gone: worker (\d+) ')
    if len(born) > 2 * seconds or len(gone) > len(born) or set(gone) - set(born):
        p.kill()
        print('500 children in %d seconds: %d births and %d deaths are told' % (seconds, len(born), len(gone)))
        sys.exit(1)

run(['-c', 'StartServers 2'], pool)
run(['-c', 'WorkerConnections 1', '-c', 'KeepAliveKeeper On', '-c', 'StatusListen 127.0.0.1:0', '-c', 'StartMethod forkserver',
     '-c', 'ScriptAlias /cgi-bin/ .', '-c', 'CustomLog "|/bin/cat" common'], helpers)
run(['-c', 'ProcessModel fork'], oneshots)
END
