/*
 * learn - the live drawing of the lessons: the processes of the server that serves this page
 *
 * Runs in:  the reader's browser, as a module; the page is complete without it
 * Owns:     what stands inside <figure class="live">; the numbers in <span class="pid-worker"> and its
 *           kin in the commands, and what copies these; the buttons with data-ask, those of the lab and
 *           of what was measured
 * Errors:   while the status cannot be had it says so, with the link that stood there, and asks again
 *           every three seconds
 */
/* SPDX-License-Identifier: Apache-2.0 */
const KINDS = { // letter of the scoreboard: class of manual.css
  '_': 'waiting', S: 'starting', R: 'reading', W: 'sending', K: 'kept', G: 'other', I: 'other', '.': 'empty',
};
const WORDS = {
  en: {
    parent: 'parent', slot: 'slot', generation: n => `generation ${n}`,
    letters: { '_': 'waiting', S: 'starting', R: 'reading', W: 'sending', K: 'keep-alive', G: 'finishing', I: 'leaving' },
    requests: n => n === 1 ? '1 request' : `${n} requests`,
    connections: n => n === 1 ? '1 connection' : `${n} connections`,
    memory: n => `${n} KiB of memory`,
    sums: (b, d, r) => `${b} born, ${d} ended, ${r} requests answered`,
    first: 'Watching. Whatever is born or ends here from now on is told below.',
    born: w => `${w.pid} was born into slot ${w.slot}`,
    died: d => `${d.pid} of slot ${d.slot} ${d.signal ? `was ended by signal ${d.signal}` : `exited with ${d.exit_code ?? 0}`} (${d.reason}), ${age(d.age)} old`,
    many: (n, m) => `meanwhile also ${n} born, ${m} ended`,
    failed: 'The status cannot be had just now; asking again. ',
    asked: (n, s, r) => `${n} answers in ${s} s: ${r} a second, as this browser sees it`,
    asking: 'asking…', lost: n => `, ${n} failed`,
    copy: 'Copy', copied: 'Copied',
    done: 'asked', refused: why => `refused: ${why}`, nothing: 'Nothing has been measured yet: run make lab.',
    plots: [['stevens.svg', 'CPU time of process control, by design'], ['stevens-percent.svg', 'the same beside the figures of Stevens, in percent'],
      ['children.svg', 'how many connections each child took']],
    designs: {}, // as they were measured
    columns: ['Design', 'process control, µs a connection', 's for 2500', 'Stevens, s for 2500', 'clock, s for 2500'],
    shares: 'Percent of the connections that each child took, the busiest first', child: 'Child',
  },
  zh: {
    parent: '父进程', slot: '槽位', generation: n => `第 ${n} 代`,
    letters: { '_': '等待连接', S: '启动中', R: '读请求', W: '发应答', K: '保持连接', G: '收尾', I: '离开' },
    requests: n => `${n} 个请求`,
    connections: n => `${n} 个连接`,
    memory: n => `内存 ${n} KiB`,
    sums: (b, d, r) => `出生 ${b}，结束 ${d}，应答 ${r} 个请求`,
    first: '正在观察。此后谁出生、谁结束，都记在下面。',
    born: w => `${w.pid} 诞生于槽位 ${w.slot}`,
    died: d => `槽位 ${d.slot} 的 ${d.pid} ${d.signal ? `被信号 ${d.signal} 终止` : `以退出码 ${d.exit_code ?? 0} 结束`}（${reasons[d.reason] ?? d.reason}），存活 ${age(d.age, ' 秒', ' 分钟')}`,
    many: (n, m) => `其间另有 ${n} 个进程出生，${m} 个结束`,
    failed: '暂时取不到状态，稍后再试。',
    asked: (n, s, r) => `${s} 秒内得到 ${n} 个应答：在这个浏览器看来每秒 ${r} 个`,
    asking: '请求中……', lost: n => `，${n} 个失败`,
    copy: '复制', copied: '已复制',
    done: '已请求', refused: why => `被拒绝：${why}`, nothing: '还没有测量结果：请先运行 make lab。',
    plots: [['stevens.svg', '各种设计的进程控制所用的 CPU 时间'], ['stevens-percent.svg', '与 Stevens 的数字并列，以百分比表示'],
      ['children.svg', '每个子进程接了多少连接']],
    designs: { iterative: '逐个服务，不 fork', fork: '每个客户端一个子进程', none: '预先 fork，不加锁', fcntl: '预先 fork，fcntl 锁', flock: '预先 fork，flock 锁',
      pthread: '预先 fork，互斥锁', dispatch: '预先 fork，传递描述符', event: '每个进程许多连接' },
    shares: '每个子进程接了百分之几的连接，最忙的在前', child: '子进程',
    columns: ['设计', '进程控制，每个连接（微秒）', '2500 个连接（秒）', 'Stevens 的 2500 个（秒）', '总耗时，2500 个（秒）'],
  },
};
const zh = document.documentElement.lang.startsWith('zh');
/* Why a process ended, in Chinese as the status page has it; where that cannot be had, its name. */
let reasons = {};
if (zh) import('/server-status?asset=sentences.zh.js').then(said => { reasons = said.reasons; }, () => {});
const words = WORDS[zh ? 'zh' : 'en'];
const figures = [...document.querySelectorAll('figure.live')];
const LINES = 6, GONE_MS = 1600, PERIOD_MS = 500, SHOWN = 48;

function age(seconds, s = ' s', min = ' min') {
  if (seconds < 10) return seconds.toFixed(seconds < 1 ? 3 : 1) + s;
  return seconds < 120 ? Math.round(seconds) + s : Math.round(seconds / 60) + min;
}

function make(name, kind, parent, text) {
  const element = document.createElement(name);
  if (kind) element.className = kind;
  if (text !== undefined) element.textContent = text;
  parent?.append(element);
  return element;
}

/* ---- one figure: a head, the parent, its workers, a few sentences ---- */

function build(figure) {
  const fallback = figure.innerHTML;
  figure.replaceChildren();
  const parent = make('p', 'parent', figure);
  const list = make('ul', 'workers', figure);
  const sums = make('p', 'sums', figure);
  const log = make('ol', 'events', figure);
  log.setAttribute('aria-live', 'polite');
  make('li', '', log, words.first);
  return { figure, fallback, parent, list, sums, log, cards: new Map(), built: true };
}

function card(view, w) {
  let c = view.cards.get(w.pid);
  if (!c) {
    const li = make('li', 'worker', view.list);
    c = { li, letter: make('span', 'state', li), name: make('b', '', li), text: make('span', 'what', li) };
    view.cards.set(w.pid, c);
    if (view.before) li.classList.add('new');
  }
  c.seen = true;
  c.letter.textContent = w.state;
  c.letter.className = `state ${KINDS[w.state] ?? 'other'}`;
  c.letter.title = words.letters[w.state] ?? w.state_name;
  c.name.textContent = w.pid;
  c.text.textContent = [`${words.slot} ${w.slot}`, words.letters[w.state] ?? w.state_name,
    words.requests(w.requests), words.connections(w.connections),
    words.memory(Math.round((w.pss ?? w.memory) / 1024))].join(' · ');
}

function bury(view) {
  for (const [pid, c] of view.cards) {
    if (c.seen) { c.seen = false; continue; }
    c.li.classList.add('gone');
    c.letter.textContent = '×';
    view.cards.delete(pid);
    setTimeout(() => c.li.remove(), GONE_MS);
  }
}

function say(view, text) {
  const li = make('li', '', null, text);
  view.log.prepend(li);
  while (view.log.children.length > LINES) view.log.lastChild.remove();
}

/* What happened since the last look, the earliest first. */
function tell(view, now) {
  const before = view.before;
  if (!before || before.server.pid !== now.server.pid) return;
  const known = new Set(before.workers.map(w => w.pid));
  const last = before.deaths[0]?.number ?? 0;
  const dead = now.deaths.filter(d => d.number > last && d.role === 'worker').reverse();
  const born = now.workers.filter(w => !known.has(w.pid));
  const unseen = now.totals.deaths - before.totals.deaths - dead.length;
  for (const d of dead.slice(-4)) say(view, words.died(d));
  for (const w of born.slice(0, 4)) say(view, words.born(w));
  const more = now.totals.births - before.totals.births - Math.min(born.length, 4);
  const ended = unseen + Math.max(0, dead.length - 4);
  if (more > 0 || ended > 0) say(view, words.many(Math.max(more, 0), ended));
}

function show(view, now) {
  const s = now.server;
  view.parent.textContent = `${words.parent} ${s.pid} · ${s.model} · ${s.start_method} · ${words.generation(s.generation)}`;
  for (const w of now.workers.slice(0, SHOWN)) card(view, w);
  bury(view);
  view.list.classList.toggle('few', now.workers.length < 9);
  view.sums.textContent = words.sums(now.totals.births, now.totals.deaths, now.totals.requests);
  tell(view, now);
  view.before = now;
}

/* ---- the commands of the page name the processes there really are ---- */

function fill(now) {
  const put = (name, text) => {
    for (const span of document.querySelectorAll(`.${name}`)) span.textContent = text;
  };
  const idle = now.workers.find(w => w.state === '_') ?? now.workers[0];
  if (idle) put('pid-worker', idle.pid);
  put('pid-parent', now.server.pid);
}

/* ---- twice a second ---- */

const views = figures.map(build);
let timer = 0;

async function look() {
  clearTimeout(timer);
  if (document.hidden || !views.length) return;
  let wait = PERIOD_MS;
  try {
    const answer = await fetch('/server-status?json', { cache: 'no-store' });
    if (!answer.ok) throw new Error(answer.status);
    const now = await answer.json();
    for (const view of views) {
      view.failed?.remove();
      view.failed = null;
      show(view, now);
    }
    fill(now);
  } catch {
    for (const view of views) {
      if (view.failed) continue;
      view.failed = make('div', 'failed', view.figure, words.failed);
      view.failed.insertAdjacentHTML('beforeend', view.fallback);
    }
    wait = 3000;
  }
  timer = setTimeout(look, wait);
}

/* ---- the lab: where LabControls is on, the status page has a token for this machine's browsers ---- */

const labs = [...document.querySelectorAll('.lab')];

async function post(button, token) {
  const output = button.parentElement.querySelector('output');
  let verb = button.dataset.lab;
  if (verb === 'kill') {
    const { workers } = await (await fetch('/server-status?json', { cache: 'no-store' })).json();
    verb += `&${(workers.find(w => w.state === '_') ?? workers[0])?.slot ?? 0}`;
  }
  const answer = await fetch(`/server-status?lab=${verb}`, { method: 'POST', headers: { 'X-Lab-Token': token } });
  output.textContent = answer.ok ? words.done : words.refused(answer.status);
}

async function openLab() {
  if (!labs.length) return;
  const answer = await fetch('/server-status', { cache: 'no-store' });
  const page = new DOMParser().parseFromString(answer.ok ? await answer.text() : '', 'text/html');
  const token = page.getElementById('lab')?.dataset.token;
  if (!token) return;
  for (const lab of labs) {
    lab.hidden = false;
    for (const button of lab.querySelectorAll('button'))
      button.addEventListener('click', () => post(button, token).catch(error => { button.parentElement.querySelector('output').textContent = words.refused(error); }));
  }
}
openLab().catch(() => {});

/* ---- what "make lab" measured, into the folder beside this file ---- */

async function showMeasured(button) {
  const place = button.parentElement.nextElementSibling;
  const base = new URL('measured/', import.meta.url);
  const answer = await fetch(new URL('measured.json', base), { cache: 'no-store' });
  const output = button.nextElementSibling;
  if (!answer.ok) {
    output.textContent = words.nothing;
    return;
  }
  const { designs, machine, languages = [] } = await answer.json();
  const table = document.createElement('table');
  const row = (parent, kind, cells) => {
    const tr = make('tr', '', parent);
    for (const [i, text] of cells.entries()) make(i ? kind : 'th', '', tr, text);
  };
  row(make('thead', '', table), 'th', words.columns);
  const body = make('tbody', '', table), shown = (n, digits) => n === null || n === undefined ? '' : n.toFixed(digits);
  for (const [key, d] of Object.entries(designs))
    row(body, 'td', [words.designs[key] ?? d.design, shown(d.control_us, 1), shown(d.control_s, 3), shown(d.his, 2), shown(d.clients_s, 2)]);
  /* Of a pool of as many children as his: the share of each. */
  const shares = document.createElement('table'), taken = [], most = Math.max(0, ...Object.values(designs).map(d => d.children?.length ?? 0));
  for (const [key, d] of Object.entries(designs)) {
    const name = words.designs[key] ?? d.design;
    if (most && d.children?.length === most) taken.push([name, d.children]);
  }
  row(make('thead', '', shares), 'th', [words.child, ...taken.map(([name]) => name)]);
  const lines = make('tbody', '', shares), sum = list => list.reduce((a, b) => a + b, 0) || 1;
  for (let i = 0; i < most; i++)
    row(lines, 'td', [String(i + 1), ...taken.map(([, list]) => shown(100 * list[i] / sum(list), 1))]);
  /* As wide as it needs to be; the keyboard moves it too. */
  const scroll = (child, name) => {
    const frame = make('div', 'scroll');
    frame.tabIndex = 0;
    frame.setAttribute('role', 'region');
    frame.setAttribute('aria-label', name);
    frame.append(child);
    return frame;
  };
  const images = words.plots.map(([name, alt]) => {
    const image = document.createElement('img');
    image.src = new URL(zh && languages.includes('zh') ? name.replace('.svg', '.zh.svg') : name, base);
    image.alt = alt;
    image.addEventListener('error', () => image.remove());
    return scroll(image, alt);
  });
  place.replaceChildren(scroll(table, words.plots[0][1]), ...most ? [make('p', '', undefined, words.shares), scroll(shares, words.shares)] : [], ...images);
  output.textContent = typeof machine === 'object' && machine ? Object.values(machine).slice(0, 3).join(', ') : '';
}

for (const button of document.querySelectorAll('button.measured')) {
  button.hidden = false;
  button.addEventListener('click', () => showMeasured(button));
}

/* ---- a burst of requests from this page, six at a time ---- */

async function ask(button) {
  const count = Number(button.dataset.ask), output = button.nextElementSibling;
  let left = count, failed = 0;
  button.disabled = true;
  output.textContent = words.asking;
  const begun = performance.now();
  const one = async () => {
    while (left-- > 0) {
      try {
        const answer = await fetch(`/favicon.svg?${Math.random()}`, { cache: 'no-store' });
        await answer.arrayBuffer();
      } catch { failed++; }
    }
  };
  await Promise.all(Array.from({ length: 6 }, one));
  const took = (performance.now() - begun) / 1000;
  output.textContent = words.asked(count - failed, took.toFixed(2), Math.round((count - failed) / took))
    + (failed ? words.lost(failed) : '');
  button.disabled = false;
}

for (const button of document.querySelectorAll('button[data-ask]')) {
  button.hidden = false;
  button.addEventListener('click', () => ask(button));
}

/* ---- commands can be copied, as they stand at that moment; browsers allow it on this machine, or with TLS ---- */

function copies(pre, n) {
  const box = document.createElement('div'), button = document.createElement('button');
  box.className = 'copied';
  pre.id ||= `command-${n}`;
  button.type = 'button';
  button.textContent = words.copy;
  button.setAttribute('aria-describedby', pre.id);
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(pre.textContent);
    button.textContent = words.copied;
    setTimeout(() => { button.textContent = words.copy; }, 1500);
  });
  pre.replaceWith(box);
  box.append(pre, button);
}
if (navigator.clipboard) for (const [n, pre] of document.querySelectorAll('pre:not(.source)').entries()) copies(pre, n);

for (const host of document.querySelectorAll('.host')) if (location.host) host.textContent = location.host;
for (const port of document.querySelectorAll('.port')) if (location.port) port.textContent = location.port;
document.addEventListener('visibilitychange', look);
look();
