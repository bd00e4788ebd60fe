#!/bin/sh
# examples - each example prints what the tutorials print, but for pids and times
#
# Runs the programs in $EXAMPLES (src/examples of the build tree), makes every pid P1, P2 ... in the
# order of first sight and every time 0.00, and compares with what is written below. Where several
# processes print, what must come before what is checked instead of the whole order.
# SPDX-License-Identifier: Apache-2.0

examples=${EXAMPLES:-src/examples}
here=$(mktemp -d) || exit 99
trap 'rm -rf "$here"' EXIT
failures=0

fail() {
	echo "FAIL $1: $2"
	failures=$((failures + 1))
}

# Runs an example; its normalised output is in $here/out.
run() {
	if ! timeout 60 "$examples/$1" >"$here/raw" 2>"$here/err"; then
		fail "$1" "exit status"
	fi
	[ -s "$here/err" ] && fail "$1" "$(cat "$here/err")"
	awk '{
		line = ""
		while (match($0, /\([0-9]+\)|parent is [0-9]+|Parent process [0-9]+|to (read|write): [0-9]+/)) {
			found = substr($0, RSTART, RLENGTH)
			rest = substr($0, RSTART + RLENGTH)
			line = line substr($0, 1, RSTART - 1)
			match(found, /[0-9]+/)
			pid = substr(found, RSTART, RLENGTH)
			if (!seen[pid])
				seen[pid] = "P" ++count
			line = line substr(found, 1, RSTART - 1) seen[pid] substr(found, RSTART + RLENGTH)
			$0 = rest
		}
		print line $0
	}' "$here/raw" | sed 's/runs [0-9]*\.[0-9]* seconds/runs 0.00 seconds/' >"$here/out"
}

# The whole output, line for line.
same() {
	cat >"$here/want"
	run "$1"
	diff -u "$here/want" "$here/out" || fail "$1" "prints something else"
}

# The first line that matches comes before the first that matches the other.
before() {
	first=$(grep -n -m 1 -e "$2" "$here/out" | cut -d: -f1)
	second=$(grep -n -m 1 -e "$3" "$here/out" | cut -d: -f1)
	[ "${first:-999}" -lt "${second:-0}" ] || fail "$1" "'$2' is not before '$3'"
}

run fork_hello
sed 's/\([ (]\)P[0-9]\{1,\}/\1P/g' "$here/out" | sort >"$here/sorted"
diff -u - "$here/sorted" <<'END' || fail fork_hello "prints something else"
I (P) just created a child process (P).
I am child process (P) and my parent is P.
Process (P) start...
END
before fork_hello '^Process (P1) start' 'child process'
grep -q 'my parent is P1\.' "$here/out" || fail fork_hello "the child names another parent"

same process_hello <<'END'
Parent process P1.
Child process will start.
Run child process test (P2)...
Child process end.
END

# All four have begun before one of them is done, unless the machine lets one wait that long: then once more.
begun() {
	[ "$(sed '/^Task . runs/,$d' "$here/out" | grep -c '^Run task')" = 4 ]
}

for _ in 1 2 3 4 5 6 7 8 9 10; do
	run pool_tasks
	! begun || break
done
sed 's/(P[0-9]*)/(P)/' "$here/out" | sort >"$here/sorted"
diff -u - "$here/sorted" <<'END' || fail pool_tasks "prints something else"
All subprocesses done.
Parent process P1.
Run task 0 (P)...
Run task 1 (P)...
Run task 2 (P)...
Run task 3 (P)...
Run task 4 (P)...
Task 0 runs 0.00 seconds.
Task 1 runs 0.00 seconds.
Task 2 runs 0.00 seconds.
Task 3 runs 0.00 seconds.
Task 4 runs 0.00 seconds.
Waiting for all subprocesses done...
END
before pool_tasks '^Task . runs' '^Run task 4'
for task in 0 1 2 3; do
	before pool_tasks "^Run task $task" '^Task . runs'
done
[ "$(grep -c 'Run task . (P' "$here/out")" = 5 ] || fail pool_tasks "a task ran without a pid"
[ "$(grep -o '(P[0-9]*)' "$here/out" | sort -u | wc -l)" = 4 ] || fail pool_tasks "not four workers"
[ "$(tail -n 1 "$here/out")" = "All subprocesses done." ] || fail pool_tasks "did not wait"

same pool_map <<'END'
[1, 4, 9]
called back with [1, 4, 9, 16, 25, 36, 49, 64, 81, 100]
END

same subprocess_call <<'END'
$ uname -s
Linux
Exit code: 0
END
"$examples/subprocess_call" sh -c 'exit 7' | grep -qx 'Exit code: 7' || fail subprocess_call "exit code"
if "$examples/subprocess_call" /no/such/program >"$here/out" 2>&1; then
	fail subprocess_call "a missing program has an exit code"
fi
grep -q 'No such file' "$here/out" || fail subprocess_call "does not say what is missing"

same subprocess_communicate <<'END'
$ sh
the answer is 42
Exit code: 3
END

run queue_writer_reader
sed 's/: P[0-9]*/: P/' "$here/out" | sort >"$here/sorted"
diff -u - "$here/sorted" <<'END' || fail queue_writer_reader "prints something else"
Get A from queue.
Get B from queue.
Get C from queue.
Process to read: P
Process to write: P
Put A to queue...
Put B to queue...
Put C to queue...
END
for value in A B C; do
	before queue_writer_reader "^Put $value" "^Get $value"
done

same queue_join <<'END'
Working on 0
Finished 0
Working on 1
Finished 1
Working on 2
Finished 2
Working on 3
Finished 3
Working on 4
Finished 4
All work completed
END

same pipe_talk <<'END'
[42, None, 'hello']
The parent says: how are you
END

same start_methods <<'END'
fork: hello, exit code 0
spawn: hello, exit code 0
forkserver: hello, exit code 0
END

# The server: three requests on one connection, an old one, and a worker that is killed.
"$examples/prefork_server" 0 >"$here/server" &
server=$!
trap 'kill "$server" 2>"$here/err"; rm -rf "$here"' EXIT
python3 - "$here/server" "$server" <<'END' || fail prefork_server "does not serve"
import http.client, os, re, signal, socket, sys, time
end = time.monotonic() + 20
while not (found := re.search(r":(\d+)/", open(sys.argv[1]).read())):
    assert time.monotonic() < end
    time.sleep(0.01)
port = int(found[1])
connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
for _ in range(3):
    connection.request("GET", "/")
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, b"Hello, world!\n")
connection.close()
with socket.create_connection(("127.0.0.1", port), 20) as s:
    s.sendall(b"GET / HTTP/1.0\r\n\r\n")
    data = b""
    while part := s.recv(4096):
        data += part
assert data.endswith(b"\r\n\r\nHello, world!\n") and b"Connection: close" in data
children = lambda: open(f"/proc/{sys.argv[2]}/task/{sys.argv[2]}/children").read().split()
while len(before := children()) < 8:
    assert time.monotonic() < end
    time.sleep(0.01)
assert len(before) == 8
os.kill(int(before[0]), signal.SIGKILL)
while len(now := children()) < 8 or before[0] in now:
    assert time.monotonic() < end
    time.sleep(0.01)
END
kill -TERM "$server"
wait "$server" || fail prefork_server "exit status"
trap 'rm -rf "$here"' EXIT

[ "$failures" = 0 ] && echo "all examples print what they should"
exit "$((failures > 0))"
