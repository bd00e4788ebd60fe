/*
 * welcome - draws the parent and its workers as /server-status?json tells them
 *
 * Runs in:  the reader's browser, as a module; the page is complete without it
 * Owns:     the drawing and the numbers beside it
 * Errors:   while the status cannot be had, the hand-made drawing and a plain link stay; it asks
 *           again every five seconds
 */
/* SPDX-License-Identifier: Apache-2.0 */
const SVG = 'http://www.w3.org/2000/svg';
const STATES = { // letter of the scoreboard: class, word
  '_': ['waiting', 'waiting'], 'S': ['starting', 'starting'], 'R': ['reading', 'reading'],
  'W': ['sending', 'sending'], 'K': ['kept', 'keep-alive'], 'G': ['other', 'finishing'],
  'I': ['other', 'leaving'], '.': ['empty', 'empty'],
};
const MODELS = {
  prefork: 'Each worker accepts connections itself.',
  fork: 'The parent accepts, and forks a child for every request.',
  dispatch: 'The parent accepts, and passes each connection to an idle worker.',
};
const tree = document.getElementById('tree');
const numbers = document.getElementById('numbers');
const caption = document.getElementById('caption');
const still = matchMedia('(prefers-reduced-motion: reduce)');
const byHand = { drawing: tree.firstElementChild, caption: caption.innerHTML };

/* ---- the drawing: parent above, rows of workers below, all on one trunk ---- */

let drawn = null; // { svg, cells, count, width, workers }

function make(name, attributes, parent, text) {
  const element = document.createElementNS(SVG, name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

/* Width, height, gap and kind of a cell: the largest that needs few rows. Large ones hold a word and the pid. */
const SIZES = [[92, 76, 16, ''], [44, 40, 10, 'small'], [30, 28, 7, 'small'], [17, 20, 4, 'tiny']];

function measure(count, width) {
  for (const [w, h, gap, kind] of SIZES) {
    let columns = Math.max(1, Math.min(count, Math.floor((width + gap) / (w + gap))));
    if (columns > 1 && columns < count) columns -= columns % 2; // the trunk runs down the middle
    const rows = Math.ceil(count / columns);
    if (rows <= (kind ? 6 : 2) || kind === 'tiny') return { w, h, gap, kind, columns, rows, drop: kind ? 16 : 24 };
  }
}

function draw(workers, width) {
  const m = measure(workers.length, width);
  const middle = width / 2, top = 8, parentHeight = 46, first = top + parentHeight + 20;
  const aisle = m.rows > 1 ? Math.max(m.gap, 12) - m.gap : 0;
  const step = m.h + m.drop + (m.rows > 1 ? 10 : 0);
  const span = m.columns * (m.w + m.gap) - m.gap + aisle;
  const height = first + m.drop + (m.rows - 1) * step + m.h + 8;
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'drawing');
  svg.setAttribute('role', 'img');
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  const wire = make('path', { class: 'wire' }, svg);
  make('rect', { class: 'core', x: middle - 64, y: top, width: 128, height: parentHeight, rx: 9 }, svg);
  make('text', { class: 'mono on-core', x: middle, y: top + 28, 'text-anchor': 'middle' }, svg, 'parent');
  make('text', { class: 'small', x: middle - 78, y: top + 28, 'text-anchor': 'end' }, svg, 'commands ↓');
  make('text', { class: 'small', x: middle + 78, y: top + 28 }, svg, '↑ reports');
  let lines = `M${middle} ${top + parentHeight}V${first + (m.rows - 1) * step}`;
  const cells = Array.from(workers, (_, i) => {
    const column = i % m.columns, row = Math.floor(i / m.columns);
    const x = middle - span / 2 + column * (m.w + m.gap) + (column >= m.columns / 2 ? aisle : 0);
    const bus = first + row * step, y = bus + m.drop, center = x + m.w / 2;
    lines += `M${middle} ${bus}H${center}V${y}`;
    const g = make('g', {}, svg);
    make('title', {}, g);
    make('rect', { x, y, width: m.w, height: m.h, rx: m.kind === 'tiny' ? 3 : m.kind ? 6 : 9 }, g);
    make('text', { class: 'letter', x: center, y: y + (m.kind ? m.h / 2 + (m.kind === 'tiny' ? 4 : 5) : 27) }, g);
    if (!m.kind) make('text', { class: 'word', x: center, y: y + 47 }, g);
    if (!m.kind) make('text', { class: 'word pid', x: center, y: y + 65 }, g);
    return { g, letter: null, pid: null, slot: i, size: m.kind, path: [[center, y], [center, bus], [middle, bus], [middle, top + parentHeight]] };
  });
  wire.setAttribute('d', lines);
  tree.replaceChildren(svg);
  drawn = { svg, cells, count: workers.length, width };
}

/* A dot travels from a worker to the parent: that is what a report does. */
function report(cell) {
  const dot = make('circle', { class: 'report', r: 4 }, drawn.svg);
  const frames = cell.path.map(([x, y]) => ({ transform: `translate(${x}px, ${y}px)` }));
  dot.animate(frames, { duration: 600, easing: 'ease-in-out' }).finished.finally(() => dot.remove());
}

function renew(cell) {
  if (!still.matches) cell.g.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 900, easing: 'ease-out' });
}

/* `workers`: by slot, with holes where nobody is. */
function show(workers) {
  const width = Math.round(tree.clientWidth - 2 * parseFloat(getComputedStyle(tree).paddingLeft));
  if (!drawn || drawn.count !== workers.length || drawn.width !== width) draw(workers, width);
  drawn.workers = workers;
  let dots = 0;
  drawn.cells.forEach((cell, i) => {
    const letter = workers[i]?.state ?? '.', pid = workers[i]?.pid ?? '', [kind, word] = STATES[letter] || ['other', 'state ' + letter];
    if (cell.letter === letter && cell.pid === pid) return;
    cell.g.setAttribute('class', `cell ${kind} ${cell.size}`);
    cell.g.querySelector('title').textContent = `slot ${cell.slot}: ${word} ${pid}`;
    cell.g.querySelector('.letter').textContent = letter;
    for (const [name, text] of [['.word', word], ['.pid', pid]]) {
      const line = cell.g.querySelector(name);
      if (line) line.textContent = text;
    }
    if (cell.pid && pid && cell.pid !== pid) renew(cell);
    else if (cell.letter !== null && !still.matches && dots++ < 24) report(cell);
    [cell.letter, cell.pid] = [letter, pid];
  });
}

/* Another width is another drawing, not the same one in small. */
new ResizeObserver(() => { if (drawn) show(drawn.workers); }).observe(tree);

/* ---- the numbers ---- */

const number = new Intl.NumberFormat('en');
let before = null;

function span(seconds) {
  const d = Math.floor(seconds / 86400), h = Math.floor(seconds / 3600) % 24, m = Math.floor(seconds / 60) % 60;
  return d ? `${d} d ${h} h` : h ? `${h} h ${m} min` : m ? `${m} min ${seconds % 60} s` : `${seconds} s`;
}

function put(id, value) {
  document.getElementById(id).textContent = value;
}

function tell({ server, totals, pool }, now) {
  const total = totals.requests;
  put('requests', server.extended ? number.format(total) : 'not kept');
  if (before && total >= before.total) {
    const rate = (total - before.total) * 1000 / (now - before.now);
    put('rate', number.format(rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate)));
  }
  before = server.extended ? { total, now } : null;
  put('busy', pool.busy);
  put('idle', pool.idle);
  put('uptime', span(server.uptime));
  put('model', server.model);
}

/* ---- a worker to end: the text above has no pids; and what came of it ---- */

let dead = null; // the number of the last death of a worker that was told, or was there before

function choose({ workers, deaths }) {
  const worker = workers.find(w => w.state === '_') ?? workers[0];
  if (worker) put('victim', worker.pid);
  const last = deaths.find(d => d.role === 'worker');
  if (last?.signal && dead !== null && last.number > dead) {
    const next = workers.find(w => w.slot === last.slot && w.pid !== last.pid);
    put('happened', `${last.pid} ${last.words} (signal ${last.signal}).` + (next ? ` ${next.pid} stands in its place.` : ''));
    if (!next) return; // not yet: the next look may see it
  }
  dead = last?.number ?? 0;
}

/* ---- a burst of requests, six at a time ---- */

const button = document.getElementById('ask');

async function burst() {
  const begun = performance.now();
  let left = 500, failed = 0;
  button.disabled = true;
  put('asked', 'asking…');
  await Promise.all(Array.from({ length: 6 }, async () => {
    while (left-- > 0) {
      try {
        await (await fetch(`/favicon.svg?${left}`, { cache: 'no-store' })).arrayBuffer();
      } catch { failed++; }
    }
  }));
  const seconds = (performance.now() - begun) / 1000;
  put('asked', `${number.format(Math.round((500 - failed) / seconds))} a second` + (failed ? `, ${failed} failed` : ''));
  button.disabled = false;
}

button.hidden = false;
button.addEventListener('click', burst);

/* ---- once a second ---- */

let timer = 0;
const status = document.createElement('a'); // always the same one: it may have the focus
status.href = '/server-status';
status.textContent = 'Server status';

function say(text) {
  if (status.parentNode !== caption) caption.replaceChildren('', status);
  if (caption.firstChild.data !== text) caption.firstChild.data = text;
}

async function look() {
  clearTimeout(timer);
  if (document.hidden) return; // visibilitychange starts it again
  let wait = 1000;
  try {
    const answer = await fetch('/server-status?json', { cache: 'no-store' });
    if (!answer.ok) throw new Error(answer.status);
    const now = await answer.json(), { pool, server } = now;
    /* Those of an earlier generation have no slot any more: the status page shows them until they end. */
    const mine = now.workers.filter(w => w.slot < pool.places);
    const workers = Array.from({ length: Math.max(0, ...mine.map(w => w.slot)) + 1 });
    for (const w of mine) workers[w.slot] = w;
    const empty = pool.places - workers.length;
    show(workers);
    tell(now, performance.now());
    const text = `Live: ${pool.busy} busy, ${pool.idle} idle`
      + (empty > 0 ? `, ${number.format(empty)} more ${empty > 1 ? 'slots' : 'slot'} empty` : '') + '. '
      + (MODELS[server.model] ?? '');
    drawn.svg.setAttribute('aria-label', `The parent and ${mine.length} workers. ${text}`);
    say(text + ' This page asks once a second, so it sees itself. ');
    numbers.hidden = false;
    choose(now);
  } catch {
    drawn = before = null;
    tree.replaceChildren(byHand.drawing);
    caption.innerHTML = byHand.caption;
    numbers.hidden = true;
    wait = 5000;
  }
  timer = setTimeout(look, wait);
}

for (const host of document.querySelectorAll('.host')) if (location.host) host.textContent = location.host;
document.addEventListener('visibilitychange', look);
look();
