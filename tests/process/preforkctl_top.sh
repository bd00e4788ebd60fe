#!/bin/sh
# preforkctl_top - the live table, in a terminal
#
# Usage:  preforkctl_top.sh
#         PREFORKD says which server is tried, and where preforkctl stands: in tools beside it.
# Needs:  python3, for a terminal; exits with 77 where there is none, or where top was built without
#         ncurses
# Checks: the first screen is there within a tenth of a second although every worker is stopped, and
#         says so; keys sort; the size of the terminal is kept to; q ends it; a server that goes away
#         is said on the screen; the terminal is left as it was.
# Fails:  with 1 and the screen
#
# SPDX-License-Identifier: Apache-2.0
set -u

command -v python3 >/dev/null || { echo "preforkctl_top.sh: no python3"; exit 77; }
server=${PREFORKD:-${TEST_BUILD:-.}/src/preforkd}
case $server in
/*) ;;
*) server=$PWD/$server ;;
esac
ctl=${server%/*}/tools/preforkctl
for program in "$server" "$ctl"; do
	[ -x "$program" ] || { echo "preforkctl_top.sh: $program is not built" >&2; exit 2; }
done
work=$(mktemp -d "${TMPDIR:-/tmp}/preforkd-top-XXXXXX") || exit 2
pid=
stop() {
	[ -z "$pid" ] || { kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; }
	rm -rf "$work"
}
trap stop EXIT
trap 'exit 2' HUP INT TERM
chmod 755 "$work"
mkdir "$work/htdocs"
mkdir "$work/logs" "$work/conf"
echo 'text/plain txt' >"$work/mime.types"
printf 'Listen 127.0.0.1:0\nDocumentRoot htdocs\nTypesConfig mime.types\nPidFile logs/pid\nErrorLog logs/log\n%s\n' \
	'MaxRequestWorkers 4
StartServers 4' >"$work/conf/httpd.conf"
"$server" -d "$work" -f conf/httpd.conf -D FOREGROUND >"$work/out" 2>&1 &
pid=$!

python3 - "$ctl" "$work" "$pid" <<'END'
import fcntl, os, pty, re, select, signal, struct, sys, termios, time

ctl, work, parent = sys.argv[1], sys.argv[2], int(sys.argv[3])
socket_path = work + '/logs/pid.sock'

class Screen:
    """What a terminal of the kind vt100 shows."""
    def __init__(self, width, height):
        self.w, self.h, self.x, self.y, self.buf = width, height, 0, 0, ''
        self.cells = [[' '] * width for _ in range(height)]
        self.top, self.bottom = 0, height - 1 # what scrolls

    def down(self):
        if self.y == self.bottom:
            self.cells.insert(self.bottom + 1, [' '] * self.w)
            del self.cells[self.top]
        else:
            self.y = min(self.y + 1, self.h - 1)

    def up(self):
        if self.y == self.top:
            del self.cells[self.bottom]
            self.cells.insert(self.top, [' '] * self.w)
        else:
            self.y = max(self.y - 1, 0)

    def feed(self, text):
        self.buf += text
        while self.buf:
            m = re.match(r'\x1b\[([?>]?)([\d;]*)([A-Za-z])', self.buf)
            if m:
                self.buf = self.buf[m.end():]
                if not m[1]:
                    self.control([int(n or 0) for n in m[2].split(';')], m[3])
                continue
            m = re.match(r'\x1b[()][A-Z0-9]|\x1b[=>78MD]|[\x0e\x0f\x00]', self.buf)
            if m:
                self.buf = self.buf[m.end():]
                if m[0] == '\x1bM':
                    self.up()
                elif m[0] == '\x1bD':
                    self.down()
            elif self.buf[0] == '\x1b' and len(self.buf) < 16:
                return # the rest of it comes later
            elif self.buf[0] == '\x1b':
                print('the terminal does not know %r' % self.buf[:16])
                sys.exit(1)
            else:
                self.put(self.buf[0])
                self.buf = self.buf[1:]

    def put(self, c):
        if c == '\r':
            self.x = 0
        elif c == '\n':
            self.down()
        elif c == '\b':
            self.x = max(self.x - 1, 0)
        elif c >= ' ':
            if self.x == self.w:
                self.x = 0
                self.down()
            self.cells[self.y][self.x] = c
            self.x += 1

    def control(self, n, what):
        a = n[0]
        if what in 'Hf':
            self.y, self.x = max(a, 1) - 1, max(n[1] if len(n) > 1 else 1, 1) - 1
        elif what in 'ABCD':
            by = max(a, 1)
            self.y += by * {'A': -1, 'B': 1}.get(what, 0)
            self.x += by * {'C': 1, 'D': -1}.get(what, 0)
        elif what == 'r':
            self.top, self.bottom = max(a, 1) - 1, (n[1] if len(n) > 1 and n[1] else self.h) - 1
            self.x = self.y = 0
        elif what == 'J':
            for y in range(self.h):
                for x in range(self.w):
                    if a == 2 or (a == 0 and (y, x) >= (self.y, self.x)) or (a == 1 and (y, x) <= (self.y, self.x)):
                        self.cells[y][x] = ' '
        elif what == 'K':
            for x in range(*{0: (self.x, self.w), 1: (0, self.x + 1), 2: (0, self.w)}[a]):
                self.cells[self.y][x] = ' '

    def text(self):
        return '\n'.join(''.join(row).rstrip() for row in self.cells)

class Top:
    def __init__(self, width, height, *more):
        self.screen = Screen(width, height)
        self.began = time.monotonic()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ['TERM'] = 'vt100'
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', height, width, 0, 0))
            os.execv(ctl, [ctl, '-s', socket_path, '-i', '0.2', *more, 'top'])
        self.all = ''

    def wait(self, what, condition, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition(self.screen.text()):
                return time.monotonic() - self.began
            if select.select([self.fd], [], [], 0.05)[0]:
                try:
                    text = os.read(self.fd, 65536).decode()
                except OSError:
                    text = ''
                if not text:
                    break
                self.all += text
                self.screen.feed(text)
        if condition(self.screen.text()):
            return time.monotonic() - self.began
        print('%s, but:\n%s\n' % (what, self.screen.text()))
        os.kill(self.pid, signal.SIGKILL)
        sys.exit(1)

    def key(self, key):
        os.write(self.fd, key.encode())

    def end(self):
        self.key('q')
        try:
            while True:
                self.all += os.read(self.fd, 65536).decode()
        except OSError:
            pass
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        if code != 0:
            print('top ended with %d\n%s' % (code, self.all))
            sys.exit(1)

def until(condition):
    end = time.monotonic() + 20
    while not condition():
        if time.monotonic() > end:
            print('gave up waiting')
            sys.exit(1)
        time.sleep(0.02)

def pids(screen):
    return [int(m[1]) for m in re.finditer(r'^ +\d+ +(\d+) ', screen, re.M)]

until(lambda: os.path.exists(socket_path))
workers = []
def count_workers():
    global workers
    out = os.popen("'%s' -s '%s' workers" % (ctl, socket_path)).read()
    workers = pids(out)
    return len(workers) == 4
until(count_workers)

# A look, with every worker stopped. The best of many counts: the machine has other things to do.
for pid in workers:
    os.kill(pid, signal.SIGSTOP)
best, end = 1000, time.monotonic() + 20
while best > 0.1 and time.monotonic() < end:
    top = Top(120, 24)
    best = min(best, top.wait('the workers are stopped', lambda s: s.count('stopped by a signal') >= 5 and 'q quit' in s))
    if 'ncurses' in top.screen.text():
        print('built without ncurses')
        sys.exit(77)
    top.end()
if best > 0.1:
    print('the first screen took %.3f s' % best)
    sys.exit(1)
for pid in workers:
    os.kill(pid, signal.SIGCONT)

# Keys.
top = Top(80, 20)
top.wait('the table is there', lambda s: len(pids(s)) == 4 and 'stopped by' not in s)
top.key('p')
top.wait('sorted by process', lambda s: pids(s) == sorted(workers))
top.key('R')
top.wait('and the other way round', lambda s: pids(s) == sorted(workers, reverse=True) and 'R reversed' in s)
lines = top.screen.text().split('\n')
if not lines[0].startswith('preforkd/') or not lines[8].startswith('SLOT ') or not lines[19].startswith('q quit'):
    print('the lines stand elsewhere:\n' + top.screen.text())
    sys.exit(1)
# Another size.
fcntl.ioctl(top.fd, termios.TIOCSWINSZ, struct.pack('HHHH', 11, 40, 0, 0))
top.screen = Screen(40, 11)
os.kill(top.pid, signal.SIGWINCH)
top.wait('it fits a small terminal', lambda s: 'q quit' in s.split('\n')[10] and 'more' in s.split('\n')[9])
fcntl.ioctl(top.fd, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 130, 0, 0))
top.screen = Screen(130, 24)
os.kill(top.pid, signal.SIGWINCH)
top.wait('and a large one', lambda s: 'CLIENT AND REQUEST' in s and len(pids(s)) == 4)
# A worker less, a worker more.
os.kill(workers[0], signal.SIGKILL)
top.wait('a worker is replaced', lambda s: len(pids(s)) == 4 and workers[0] not in pids(s))
# The server goes.
os.kill(parent, signal.SIGTERM)
top.wait('the server is gone', lambda s: 'no server runs' in s or 'closed the connection' in s)
top.end()
if '\x1b[?1l' not in top.all:
    print('the terminal was not given back: %r' % top.all[-80:])
    sys.exit(1)
END
code=$?
kill "$pid" 2>/dev/null
wait "$pid"
pid=
exit "$code"
