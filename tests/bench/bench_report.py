"""bench_report - what was measured, as text, as a page and as JSON, with the machine it was measured on.

An answer is {'title', 'what', 'columns': {key: (head, format)}, 'rows': [(name, {key: value})], 'notes', 'plots'}, and
in 'also', where a second table belongs to it, another such.
SPDX-License-Identifier: Apache-2.0
"""

import datetime
import html
import json
import os
import platform
import re
import subprocess

from bench_servers import PROGRAMS, find


def first_line(argv):
    try:
        out = subprocess.run(argv, capture_output=True, text=True, timeout=10)
        return ((out.stdout + out.stderr).strip().split('\n') or [''])[0].strip()
    except (OSError, subprocess.TimeoutExpired):
        return 'cannot be run'


def machine(server):
    """What the figures belong to."""
    with open('/proc/cpuinfo') as f:
        model = re.search(r'^(?:model name|Hardware|cpu model)\s*:\s*(.*)', f.read(), re.M | re.I)
    with open('/proc/meminfo') as f:
        memory = int(f.readline().split()[1])
    out = {'date': datetime.datetime.now().astimezone().isoformat(timespec='seconds'),
           'kernel': f'{platform.system()} {platform.release()} {platform.machine()}',
           'cpu': model.group(1) if model else platform.processor() or 'unknown',
           'cpus': len(os.sched_getaffinity(0)), 'memory': f'{memory // 1024} MiB',
           'load before': ' '.join(f'{x:.2f}' for x in os.getloadavg()),
           'preforkd': first_line([server, '-v'])}
    for name, flag in (('nginx', '-v'), ('apache', '-v'), ('lighttpd', '-v'), ('h2o', '-v'), ('wrk', '-v')):
        program = find(PROGRAMS.get(name, name))
        if program:
            out[name] = first_line([program, flag])
    out['python'] = platform.python_version()
    return out


def cell(form, value):
    if value is None or value != value:
        return '-'
    return form.format(value) if not isinstance(value, str) else value


def as_text(answer):
    heads = ['server' if answer.get('first') is None else answer['first']] + [h for h, _ in answer['columns'].values()]
    rows = [[name] + [cell(f, values.get(k)) for k, (_, f) in answer['columns'].items()] for name, values in answer['rows']]
    widths = [max(len(r[i]) for r in [heads] + rows) for i in range(len(heads))]
    put = lambda r: '  ' + '  '.join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(r, widths)))
    lines = [f'{answer["title"]}', f'  {answer["what"]}', put(heads).rstrip()] + [put(r).rstrip() for r in rows]
    return '\n'.join(lines + [f'  note: {n}' for n in answer['notes']]) + '\n' + (as_text(answer['also']) if 'also' in answer else '')


def table_html(answer):
    e = html.escape
    head = ''.join(f'<th scope="col">{e(h)}</th>' for h in [answer.get('first') or 'server'] + [h for h, _ in answer['columns'].values()])
    body = ''.join(
        ("<tr class='ours'>" if row == 'ours' else '<tr>') + f'<th scope="row">{e(row)}</th>' +
        ''.join(f'<td>{e(cell(f, values.get(k)))}</td>' for k, (_, f) in answer['columns'].items()) + '</tr>\n'
        for row, values in answer['rows'])
    return f'<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n'


def as_html(name, answer):
    e, also = html.escape, answer.get('also')
    plots = ''.join(f'<p><img src="{e(p)}" alt="{e(answer["title"])}, drawn"></p>\n' for p in answer['plots'])
    notes = ''.join(f'<p class="note">{e(n)}</p>\n' for n in answer['notes'])
    more = f'<h3>{e(also["title"])}</h3>\n<p>{e(also["what"])}</p>\n{table_html(also)}' if also else ''
    return (f'<section id="{e(name)}">\n<h2>{e(answer["title"])}</h2>\n<p>{e(answer["what"])}</p>\n{plots}'
            f'{table_html(answer)}{notes}{more}</section>\n')


STYLE = '''body { max-width: 64rem; margin: 2rem auto; padding: 0 1rem; background: #fff; color: #1b2226;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif }
table { border-collapse: collapse; font-variant-numeric: tabular-nums } th, td { padding: .25rem .8rem; text-align: right }
th:first-child { text-align: left } thead th { border-bottom: 1px solid #55626a; color: #55626a; font-weight: 600 }
tbody tr { border-bottom: 1px solid #d3dce0 } .ours { background: #e8f3ef } .note { color: #55626a } img { max-width: 100% }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem } dt { color: #55626a } dd { margin: 0 }'''


def write(folder, facts, answers, done=True):
    """The whole report, anew after each question, so that a run that is broken off leaves what it had."""
    e = html.escape
    title = 'What preforkd costs, beside others' + ('' if done else ' (not yet complete)')
    say = 'Only ratios within one table count: servers took their turns in the same rounds, and other machines and other minutes differ.'
    text = [title, ''] + [f'{k:12s} {v}' for k, v in facts.items()] + ['', say, ''] + [as_text(a) for a in answers.values()]
    (folder / 'report.txt').write_text('\n'.join(text))
    page = ''.join(as_html(n, a) for n, a in answers.items())
    listed = ''.join(f'<dt>{e(k)}</dt><dd>{e(str(v))}</dd>\n' for k, v in facts.items())
    toc = ''.join(f'<li><a href="#{e(n)}">{e(a["title"])}</a></li>\n' for n, a in answers.items())
    (folder / 'index.html').write_text(
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{e(title)}</title>\n<style>{STYLE}</style>\n'
        f'</head>\n<body>\n<h1>{e(title)}</h1>\n<dl>\n{listed}</dl>\n<p>{e(say)}</p>\n<ul>\n{toc}</ul>\n{page}</body>\n</html>\n')
    plain = {n: {'title': a['title'], 'rows': {r: {k: (None if isinstance(v, float) and v != v else v) for k, v in values.items()}
                                               for r, values in a['rows']}, 'notes': a['notes'], 'plots': a['plots']}
             for n, a in answers.items()}
    (folder / 'report.json').write_text(json.dumps({'schema': 1, 'complete': done, 'machine': facts, 'questions': plain}, indent=1) + '\n')
