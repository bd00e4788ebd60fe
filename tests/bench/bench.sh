#!/bin/sh
# bench - the bench itself: short runs, and whether what it writes holds together
#
# Usage:  bench.sh [SOURCE-DIRECTORY]; TEST_SOURCE when not given
#         PREFORKD says which server is asked; TEST_BUILD where tests/bench/load was built
# Needs:  python3; exits with 77 where there is none
# Checks: how long the lab takes is said before and while it runs; table, page, JSON and plots are there and well-formed, name the same servers and the same
#         numbers; as many answers came as were asked for, each of them right; the children of Stevens's
#         designs have answered, together, what the clients got. Nothing is said of speed: a machine that
#         does other things as well would make that a matter of luck.
# Fails:  with 1 and what is wrong
#
# SPDX-License-Identifier: Apache-2.0
set -u

command -v python3 >/dev/null || { echo "bench.sh: no python3"; exit 77; }
source=${1:-${TEST_SOURCE:-.}}
build=${TEST_BUILD:-.}
PREFORKD=${PREFORKD:-$build/src/preforkd}
LOAD=$build/tests/bench/load
for program in "$PREFORKD" "$LOAD"; do
	[ -x "$program" ] || { echo "bench.sh: $program is not built" >&2; exit 2; }
done
export PREFORKD LOAD
to=$(mktemp -d "${TMPDIR:-/tmp}/preforkd-benched-XXXXXX") || exit 2
trap 'rm -rf "$to"' EXIT

questions=churn,fairness,viewers,keepalive-100k,keepalive-10m,logged-1k,idle-5000,fork-1k,cgi,not-found,stevens
python3 "$source/tests/bench/bench.py" SECONDS=0.3 ROUNDS=1 POINTS=2 SERVERS=ours QUESTIONS="$questions" \
	TO="$to" COMPARE=none >"$to/said" 2>&1 || { cat "$to/said"; exit 1; }

python3 - "$to" "$questions" "$source/tests/bench" <<'PYTHON'
import html.parser, json, pathlib, re, sys
import xml.etree.ElementTree as xml

to, faults = pathlib.Path(sys.argv[1]), []


def fault_unless(good, words):
    if not good:
        faults.append(words)


report = json.loads((to / 'report.json').read_text())
text, page = (to / 'report.txt').read_text(), (to / 'index.html').read_text()
fault_unless(report['complete'], 'the report is not complete')
for fact in ('kernel', 'cpu', 'cpus', 'date', 'preforkd'):
    fault_unless(report['machine'].get(fact), f'the report does not say its {fact}')
fault_unless(list(report['questions']) == sys.argv[2].split(','), f'asked: {list(report["questions"])}')


class Balanced(html.parser.HTMLParser):
    open, images = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in ('meta', 'img', 'br', 'link'):
            self.open.append(tag)
        if tag == 'img':
            self.images.append(dict(attrs)['src'])

    def handle_endtag(self, tag):
        fault_unless(self.open and self.open.pop() == tag, f'index.html: </{tag}> closes something else')


reader = Balanced()
reader.feed(page)
fault_unless(not reader.open, f'index.html: never closed: {reader.open}')
drawn = [p for q in report['questions'].values() for p in q['plots']]
fault_unless(reader.images == drawn, f'index.html shows {reader.images}, the JSON names {drawn}')
for name in drawn:
    root = xml.parse(to / name).getroot()
    fault_unless(root.tag.endswith('}svg') and root.find('{*}title').text, f'{name}: no drawing, or without a title')
    fault_unless('nan' not in (to / name).read_text(), f'{name}: a number that is none')

for name, question in report['questions'].items():
    fault_unless(question['rows'], f'{name}: no rows')
    for row, values in question['rows'].items():
        fault_unless(row in text and row in page, f'{name}: {row} is not in the table')
        fault_unless(not values['errors'] and not values['wrong'], f'{name}: {row}: {values["errors"]} errors, {values["wrong"]} wrong')
churn = report['questions']['churn']['rows']['ours']
fault_unless(churn['requests'] == 2000, f'churn: {churn["requests"]} of 2000 clients were answered')
lost = report['questions']['idle-5000']['rows']['ours']['idle_lost']
fault_unless(not lost, f'idle-5000: {lost} idle connections were lost')

lab = json.loads((to / 'measured.json').read_text())
wanted = lab['clients'] * lab['each']
for name, design in lab['designs'].items():
    fault_unless(design['answered'] == wanted * lab['rounds'], f'{name}: {design["answered"]} answers, not {wanted}')
    # looking at these numbers is a request too
    if design['children']:
        fault_unless(0 <= sum(design['children']) - wanted <= design['looks'] + 1, f'{name}: its children say {sum(design["children"])}, not {wanted}')
    if len(design['children']) > 1 and name != 'event':
        fault_unless(len(design['children']) == lab['children'], f'{name}: {len(design["children"])} children')
for words in ('Which share of the connections each child took',):
    for where, written in (('report.txt', text), ('index.html', page), ('children.svg', (to / 'children.svg').read_text())):
        fault_unless(words in written, f'{where}: "{words}" is not there')

# How long it takes is said before, from a trial, and then by a line for each run.
said = (to / 'said').read_text()
steps = re.findall(r'^  round 1 of 1, (.*): [\d.]+ s(?:, (?:\d+ min )?\d+ s to go)?$', said, re.M)
fault_unless(steps == [d['design'] for d in lab['designs'].values()], f'a line for each step: {steps}')
fault_unless(re.search(r'^  1 x 8 runs of \d+ connections: about (\d+ min )?\d+ s$', said, re.M), 'the lab does not say how long it takes')
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[3])
import bench_stevens
clock = bench_stevens.Clock(3, 1000)
clock.tried('one', 100, 1.5, 1)  # half a second is the same each time, one second is a tenth
fault_unless(clock.to_come() == 3 * (.5 + 10), f'from the trial: {clock.to_come()}')
clock.ran('one', 20)
fault_unless(clock.to_come() == 2 * 20, f'from what was seen: {clock.to_come()}')
fault_unless([bench_stevens.spoken(s) for s in (1, 44, 58, 133)] == ['5 s', '45 s', '1 min 0 s', '2 min 15 s'], 'spoken()')
print('\n'.join(faults), end='\n' if faults else '')
sys.exit(bool(faults))
PYTHON
status=$?
[ "$status" -eq 0 ] || cat "$to/said"
exit "$status"
