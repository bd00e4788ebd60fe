#!/usr/bin/env python3
"""bench - how this server stands beside others, question by question.

Usage: bench.py [--lab] [NAME=VALUE]...  ("make bench", "make lab" call it, with the same names)
  QUESTIONS  which, comma-separated; all of them when not said, or "list" to see them
  SECONDS    a run (2; less than 1 is for trying out)      ROUNDS  how often each server has its turn (3)
  POINTS     of a growth curve, at most (7)                TO      the folder for the report (bench-report)
  SERVERS    which, of those installed: ours,nginx,apache,lighttpd,h2o; for fork-1k and cgi also busybox,mini-httpd
  PREFORKD, LOAD   the programs, as built                  COMPARE  another yardstick, run where it is
Writes index.html, report.txt, report.json and a plot or two a question into TO, after each question.
Exits with 1 when an answer was wrong, a request of ours failed, or a question could not be asked.
SPDX-License-Identifier: Apache-2.0
"""

import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import bench_questions
import bench_report
import bench_servers
import bench_stevens

SOURCE = pathlib.Path(__file__).resolve().parents[2]


class Bench:
    """What a question needs: programs, times, document roots, and where its plots go."""

    def __init__(self, settings):
        get = lambda name, default: settings.get(name) or os.environ.get(name) or default
        self.seconds, self.rounds, self.points = float(get('SECONDS', '2')), int(get('ROUNDS', '3')), int(get('POINTS', '7'))
        self.to = pathlib.Path(get('TO', 'bench-report')).resolve()
        self.server = str(pathlib.Path(get('PREFORKD', 'src/preforkd')).resolve())
        self.load = str(pathlib.Path(get('LOAD', 'tests/bench/load')).resolve())
        self.compare = get('COMPARE', str(SOURCE.parent / 'shared' / 'bench' / 'compare.py'))
        if not os.path.isfile(self.compare):
            self.compare = None
        forking = bench_servers.peers(bench_servers.FORKING)
        have = ['ours'] + bench_servers.peers()
        wanted = get('SERVERS', ','.join(have + forking)).split(',')
        self.servers = [s for s in have if s in wanted]
        self.forking = [s for s in forking if s in wanted]
        self.questions = get('QUESTIONS', ','.join([*bench_questions.QUESTIONS, 'stevens'])).split(',')
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix='preforkd-bench-'))
        self.dir.chmod(0o755)
        self.notes, self.count = [], 0

    def note(self, words):
        self.notes.append(words)

    def folder(self, name):
        self.count += 1
        folder = self.dir / f'{name}-{self.count}'
        folder.mkdir()
        return folder

    def draw(self, answer, name, svg):
        (self.to / name).write_text(svg)
        answer['plots'].append(name)

    # ---- document roots, made when first asked for ----

    def root(self, name, fill):
        folder = self.dir / 'roots' / name
        if not folder.exists():
            folder.mkdir(parents=True)
            fill(folder)
            self.age(folder)
        return folder

    @staticmethod
    def age(folder):
        """An hour old: a file of this very second may still be written, and a server is right not to keep it."""
        then = time.time() - 3600
        for where, _, names in os.walk(folder):
            for name in names:
                os.utime(os.path.join(where, name), (then, then))

    def small(self, big=False):
        def fill(folder):
            (folder / '1k.html').write_bytes((b'<!doctype html><title>1k</title>' + b'x' * 1024)[:1024])
            (folder / '4000.bin').write_bytes(bytes(i % 251 for i in range(4000)))
            words = [f'word{(i * 7919) % 1009}' for i in range(30000)]
            (folder / 'page.html').write_bytes(('<!doctype html><title>page</title>' + ' '.join(words)).encode()[:102400])
            (folder / 'folder').mkdir()
            for i in range(100):
                (folder / 'folder' / f'file-{i}.txt').write_text(f'{i}\n')
            (folder / 'cgi-bin').mkdir()
            (folder / 'cgi-bin' / 'hello.cgi').write_text('#!/bin/sh\necho Content-Type: text/plain\necho\necho hello\n')
            (folder / 'cgi-bin' / 'hello.cgi').chmod(0o755)
        folder = self.root('small', fill)
        if big and not (folder / '10m.bin').exists():
            (folder / '10m.bin').write_bytes(os.urandom(10 << 20))
            self.age(folder)
        return folder

    def many(self, count):
        def fill(folder):
            size = 2048 if count <= 10000 else 256
            for i in range(1, count + 1):
                (folder / f'f{i}.html').write_bytes((f'<!doctype html><title>{i}</title>' + f'{i:08} ' * 256).encode()[:size])
        return self.root(f'many-{count}', fill)

    def paths(self, root, count):
        name = root.parent / f'{root.name}.paths'
        if not name.exists():
            name.write_text(''.join(f'/f{i}.html\n' for i in range(1, count + 1)))
        return str(name)

    def hosts(self, count):
        def fill(folder):
            for i in range(count):
                (folder / f'h{i}.test').mkdir()
                (folder / f'h{i}.test' / '1k.html').write_bytes((f'<!doctype html>host {i} ' + 'x' * 1024).encode()[:1024])
        return self.root(f'hosts-{count}', fill)

    # ---- how long it will take ----

    def estimate(self):
        total = 0
        for name in self.questions:
            if name == 'stevens':
                total += bench_stevens.estimate(self)
                continue
            runs, extra = bench_questions.QUESTIONS[name][2:]
            grows = runs >= 3 and name not in ('status', 'viewers')
            servers = 1 if name in ('status', 'viewers') else 3 if name in ('workers', 'hosts', 'fork-1k') else len(self.servers)
            times = runs * min(self.points, 7) / 7 if grows else runs * self.rounds
            total += times * servers * (self.seconds + .6) + extra * (0.3 if self.seconds < 1 else 1)
        return total


def settings_of(words):
    out = {}
    for word in words:
        name, sign, value = word.partition('=')
        if not sign or name != name.upper():
            raise SystemExit(__doc__)
        out[name] = value
    return out


def ask_all(bench, pages):
    """The questions in their order; False when something was wrong. Without pages: only the plots and the table."""
    facts, answers, good = bench_report.machine(bench.server), {}, True
    for name in bench.questions:
        began, bench.notes = time.monotonic(), []
        title = "Stevens's table" if name == 'stevens' else bench_questions.QUESTIONS[name][1]
        print(f'\n{name}: {title}', flush=True)
        try:
            answer = bench_stevens.lab(bench) if name == 'stevens' else bench_questions.QUESTIONS[name][0](bench)
        except (RuntimeError, OSError, KeyError) as e:
            print(f'  could not be asked: {type(e).__name__}: {e}', *bench.notes, sep='\n  ', flush=True)
            good = False
            continue
        answer['notes'] += bench.notes
        mine = [v for n, v in answer['rows'] if name in ('stevens', 'status', 'viewers') or n.startswith('ours')]
        for v in mine:
            if v.get('errors') or v.get('wrong'):
                good = False
        answers[name] = answer
        print(bench_report.as_text(answer).split('\n', 1)[1], f'  ({time.monotonic() - began:.0f} s)', sep='', flush=True)
        if pages:
            bench_report.write(bench.to, facts, answers, name == bench.questions[-1])
    return good


def announce(bench, lab):
    """What comes, and how long it takes; the lab, which asks nobody else, tries that first and says it then."""
    if lab:
        print(f"bench: Stevens's table, with a short trial of each design first; what is measured goes to {bench.to}", flush=True)
        return
    print(f'bench: {", ".join(bench.questions)}; about {bench_stevens.spoken(bench.estimate())}; report in {bench.to}')
    print('bench: beside ' + (', '.join(bench.servers[1:]) or 'nobody: no peer is installed'))
    for line in bench_questions.missing():
        print(f'bench: {line}')


def main():
    words = sys.argv[1:]
    settings = settings_of([w for w in words if w != '--lab'])
    if '--lab' in words:
        settings['QUESTIONS'] = 'stevens'
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the servers end with us
    bench = Bench(settings)
    try:
        if bench.questions == ['list']:
            for name, (_, title, _, _) in bench_questions.QUESTIONS.items():
                print(f'{name:14s} {title}')
            print("stevens        Stevens's table")
            return 0
        unknown = [q for q in bench.questions if q not in bench_questions.QUESTIONS and q != 'stevens']
        if unknown:
            raise SystemExit(f'bench: no such question: {", ".join(unknown)}; QUESTIONS=list says which there are')
        for program in (bench.server, bench.load):
            if not os.access(program, os.X_OK):
                raise SystemExit(f'bench: {program} is not built')
        bench.to.mkdir(parents=True, exist_ok=True)
        bench_questions.descriptors()
        announce(bench, '--lab' in words)
        return 0 if ask_all(bench, '--lab' not in words) else 1
    finally:
        shutil.rmtree(bench.dir, ignore_errors=True)


if __name__ == '__main__':
    sys.exit(main())
