"""bench_plot - plots as SVG: bars beside each other, and curves over a logarithmic axis.

Light paper, or dark where the reader's is; axes with ticks and units, a legend, and a description for those who
cannot see them. Colours are those of Okabe and Ito, which colour-blind readers can tell apart; the server of this tree has always the first.
SPDX-License-Identifier: Apache-2.0
"""

import html
import math

INK, SOFT, GRID, PAPER = '#1b2226', '#55626a', '#d3dce0', '#fbfcfd'
OURS, FLOOR = '#0a6a56', '#9aa5ab'
PEERS = ['#0072b2', '#d55e00', '#cc79a7', '#e69f00', '#56b4e9', '#7a6f00']
DARK = {INK: '#e4eaec', SOFT: '#9fb0b8', GRID: '#2f3b41', PAPER: '#12181b', OURS: '#5fd0b0'}
FONT = 'font-family="system-ui, -apple-system, Segoe UI, Roboto, Noto Sans, sans-serif"'


def text(x, y, what, size=12, colour=INK, anchor='start', more=''):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}"{more}>'
            f'{html.escape(str(what))}</text>')


def line(x1, y1, x2, y2, colour=GRID, width=1.0):
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{colour}" stroke-width="{width}"/>'


def page(width, height, title, parts):
    """One drawing; the title is its first line, and what is read aloud."""
    return '\n'.join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" {FONT}>',
        f'<title>{html.escape(title)}</title>',
        '<style>@media (prefers-color-scheme: dark) { '
        + ' '.join(f'[fill="{a}"] {{ fill: {b} }} [stroke="{a}"] {{ stroke: {b} }}' for a, b in DARK.items()) + ' }</style>',
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
        text(20, 28, title, 15, INK, more=' font-weight="600"'), *parts, '</svg>', ''])


def short(value):
    """A number for an axis: 1200000 is 1.2M."""
    if value == 0:
        return '0'
    for size, letter in ((1e6, 'M'), (1e3, 'k')):
        if abs(value) >= size:
            return f'{value / size:.3g}{letter}'
    return f'{value:.3g}'


def ticks(most, wanted=4):
    """Round values from 0 to at least most."""
    if most <= 0:
        return [0, 1]
    step = 10 ** math.floor(math.log10(most / wanted))
    for factor in (1, 2, 2.5, 5, 10):
        if most / (step * factor) <= wanted:
            step *= factor
            break
    return [i * step for i in range(math.ceil(most / step - 1e-9) + 1)]


def colours(names):
    """name -> colour: ours green, the floor grey, the others in the order they come."""
    out, peers = {}, 0
    for name in names:
        if name.startswith(('ours', 'preforkd')):
            out[name] = OURS
        elif name.startswith(('limit', 'Stevens')):
            out[name] = FLOOR
        else:
            out[name] = PEERS[peers % len(PEERS)]
            peers += 1
    return out


def shown(name):
    return 'preforkd' + name[4:] if name.startswith('ours') else name


def legend(x, y, entries, width=800):
    """A row of coloured squares with their names."""
    parts, at = [], x
    for name, colour in entries.items():
        name = shown(name)
        wide = 26 + 7.2 * len(name) + 5 * sum(c > '\u2e80' for c in name)  # a Chinese character is as wide as it is high
        if at + wide > width and at > x:
            at, y = x, y + 18
        parts.append(f'<rect x="{at}" y="{y - 10}" width="11" height="11" rx="2" fill="{colour}"/>')
        parts.append(text(at + 16, y, name, 12, SOFT))
        at += wide
    return parts


def panel(x, y, width, label, rows, paint):
    """Horizontal bars of one measure: rows are (name, value)."""
    scale = ticks(max([v for _, v in rows if v == v] or [0]))
    per = (width - 70) / scale[-1]
    high = 26 * len(rows)
    parts = [text(x, y - 10, label, 12, SOFT)]
    for t in scale:
        parts += [line(x + t * per, y, x + t * per, y + high),
                  text(x + t * per, y + high + 16, short(t), 11, SOFT, 'middle')]
    for i, (name, value) in enumerate(rows):
        if value != value:
            parts.append(text(x + 4, y + 26 * i + 17, 'none', 11, SOFT))
            continue
        parts.append(f'<rect x="{x:.1f}" y="{y + 26 * i + 4}" width="{max(value * per, 0.5):.1f}" height="18" rx="2" '
                     f'fill="{paint[name]}"/>')
        parts.append(text(x + value * per + 5, y + 26 * i + 17, f'{value:,.0f}' if value >= 100 else f'{value:.3g}', 11))
    parts.append(line(x, y, x, y + high, SOFT))
    return parts


def bars(title, names, measures):
    """measures: [(label with unit, {name: value})]; one panel each, side by side, the names once."""
    paint = colours(names)
    left, top = 30 + 7.4 * max(len(shown(n)) for n in names), 92
    width = 340
    total = int(left + len(measures) * (width + 20) + 10)
    height = top + 26 * len(names) + 40
    kinds = {'preforkd': OURS}
    if any(n.startswith('limit') for n in names):
        kinds['the floor of the machine'] = FLOOR
    kinds.update({n: paint[n] for n in names if paint[n] not in (OURS, FLOOR)})
    parts = legend(20, 52, kinds, total)
    for i, name in enumerate(names):
        parts.append(text(left - 10, top + 26 * i + 17, shown(name), 12, INK, 'end',
                          ' font-weight="600"' if paint[name] == OURS else ''))
    for i, (label, values) in enumerate(measures):
        rows = [(n, values.get(n, float('nan'))) for n in names]
        parts += panel(left + i * (width + 20), top, width, label, rows, paint)
    return page(total, height, title, parts)


def grouped(title, label, groups, series):
    """Vertical bars: for each of groups one bar of each series, {name: [value, ...]}."""
    paint = colours(list(series))
    each, left, top, high = max(96, 30 * len(series) + 40), 62, 84, 240
    width = max(left + each * len(groups) + 20, 420)
    scale = ticks(max([v for s in series.values() for v in s if v is not None and v == v] + [0]))
    parts = legend(20, 52, paint, width) + [text(left - 40, top - 10, label, 12, SOFT)]
    for t in scale:
        y = top + high - high * t / scale[-1]
        parts += [line(left, y, width - 20, y), text(left - 6, y + 4, short(t), 11, SOFT, 'end')]
    wide = (each - 24) / len(series)
    for g, name in enumerate(groups):
        for i, (one, values) in enumerate(series.items()):
            if values[g] is None or values[g] != values[g]:
                continue
            h = high * max(values[g], 0) / scale[-1]
            x = left + each * g + 12 + wide * i
            parts.append(f'<rect x="{x:.1f}" y="{top + high - h:.1f}" width="{wide - 3:.1f}" height="{h:.1f}" rx="2" '
                         f'fill="{paint[one]}"/>')
            parts.append(text(x + wide / 2 - 1, top + high - h - 4, f'{values[g]:.3g}', 10, INK, 'middle'))
        for i, word in enumerate(name.split('\n')):
            parts.append(text(left + each * (g + .5), top + high + 18 + 14 * i, word, 11, INK, 'middle'))
    parts.append(line(left, top + high, width - 20, top + high, SOFT))
    return page(width, top + high + 62, title, parts)


def dots(title, label, rows, band):
    """rows: {name: [value, ...]}, a line of dots each, on an axis of percent; what lies in the band is as it should be."""
    paint = colours(list(rows))
    left, top, wide = 40 + 7.4 * max(len(shown(n)) for n in rows), 66, 560
    high = 34 * len(rows)
    at = lambda v: left + wide * v / 100
    parts = [f'<rect x="{at(band[0]):.1f}" y="{top}" width="{at(band[1]) - at(band[0]):.1f}" height="{high}" fill="#e3f1ec"/>',
             text(at(sum(band) / 2), top - 8, f'{band[0]} to {band[1]}', 11, SOFT, 'middle')]
    for t in range(0, 101, 10):
        parts += [line(at(t), top, at(t), top + high), text(at(t), top + high + 17, t, 11, SOFT, 'middle')]
    for i, (name, values) in enumerate(rows.items()):
        y = top + 34 * i + 17
        parts += [text(left - 10, y + 4, shown(name), 12, INK, 'end'), line(left, y, left + wide, y)]
        seen = {}
        for v in values:
            if v == v:  # the same value again: a little below
                seen[v] = seen.get(v, -1) + 1
                parts.append(f'<circle cx="{at(v):.1f}" cy="{y - 5 + 5 * seen[v] % 15:.1f}" r="5" fill="{paint[name]}" fill-opacity=".6"/>')
    parts.append(text(left + wide / 2, top + high + 40, label, 12, SOFT, 'middle'))
    return page(int(left + wide + 30), top + high + 56, title, parts)


def curves(title, across, label, series, log=True):
    """series: {name: [(x, y), ...]}; x on a logarithmic axis unless told, y from zero."""
    paint = colours(list(series))
    left, top, wide, high = 66, 96, 560, 260
    points = [p for s in series.values() for p in s if p[1] == p[1]] or [(1, 0)]
    low, most = min(p[0] for p in points), max(max(p[0] for p in points), 2 * min(p[0] for p in points))
    scale = ticks(max(p[1] for p in points))
    at = lambda x: left + wide * (math.log(x / low) / math.log(most / low) if log else (x - low) / (most - low))
    up = lambda y: top + high - high * y / scale[-1]
    parts = legend(20, 52, paint, left + wide) + [text(24, top - 12, label, 12, SOFT)]
    for t in scale:
        parts += [line(left, up(t), left + wide, up(t)), text(left - 6, up(t) + 4, short(t), 11, SOFT, 'end')]
    for x in sorted({p[0] for p in points}):
        parts += [line(at(x), top + high, at(x), top + high + 5, SOFT), text(at(x), top + high + 20, short(x), 11, SOFT, 'middle')]
    for name in reversed(list(series)):
        line_of = [(at(x), up(y)) for x, y in series[name] if y == y]
        if not line_of:
            continue
        parts.append('<polyline points="' + ' '.join(f'{x:.1f},{y:.1f}' for x, y in line_of) +
                     f'" fill="none" stroke="{paint[name]}" stroke-width="{3 if paint[name] == OURS else 2}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2" fill="{paint[name]}"/>' for x, y in line_of]
    parts += [line(left, top + high, left + wide, top + high, SOFT),
              text(left + wide / 2, top + high + 42, across, 12, SOFT, 'middle')]
    return page(left + wide + 40, top + high + 58, title, parts)
