/*
 * search - the search box over the manual
 *
 * Runs in:  the reader's browser, as a module; without scripts the box is not shown
 * Owns:     <form class="search"> in the header, and the list of results below it
 * Errors:   where the index cannot be had it says so
 *
 * The index, search-index.json beside this file, is made when the server is built and read when the box is
 * first used. All words must be found; what is found in a heading stands first. Keys: "/" goes to the
 * box, the arrows through the results, Enter to the first of them, Escape back.
 */
/* SPDX-License-Identifier: Apache-2.0 */
const form = document.querySelector('form.search');
const box = form.querySelector('input');
const zh = document.documentElement.lang.startsWith('zh');
const base = new URL('.', import.meta.url);
const MOST = 12, AROUND = 60;
const WORDS = zh ? {
  none: what => `没有找到“${what}”`, some: n => `找到 ${n} 处`, more: (m, n) => `找到 ${n} 处，这里是前 ${m} 处`,
  missing: '搜索索引还没有：它在构建服务器时生成。', list: '搜索结果',
} : {
  none: what => `Nothing found for "${what}"`, some: n => n === 1 ? '1 place found' : `${n} places found`,
  more: (m, n) => `${n} places found; the first ${m}`,
  missing: 'There is no search index: it is made when the server is built.', list: 'Search results',
};

const panel = document.createElement('div');
panel.className = 'results';
panel.hidden = true;
const told = document.createElement('p');
told.setAttribute('role', 'status');
const list = document.createElement('ol');
list.setAttribute('aria-label', WORDS.list);
panel.append(told, list);
form.append(panel);

let index = null; // the entries, or a promise of them

async function load() {
  const answer = await fetch(new URL('search-index.json', base));
  if (!answer.ok) throw new Error(answer.status);
  const entries = await answer.json();
  return entries.filter(([, , , , lang]) => zh || !lang.startsWith('zh')) // Chinese readers get both
    .map(([url, page, heading, text, lang]) => ({ url, page, heading, text, lang,
      low: { page: page.toLowerCase(), heading: heading.toLowerCase(), text: text.toLowerCase() } }));
}

/* How well an entry fits: 0 where a word is missing. */
function fit(entry, words) {
  let score = 0;
  for (const word of words) {
    const { page, heading, text } = entry.low;
    let one = 0;
    if (heading === word) one += 200;
    else if (heading.startsWith(word)) one += 60;
    else if (heading.includes(word)) one += 40;
    if (page.includes(word)) one += 8;
    const at = text.indexOf(word);
    if (at >= 0) one += 3 + (at < 200 ? 2 : 0);
    if (!one) return 0;
    score += one;
  }
  return score + (zh && entry.lang.startsWith('zh') ? 100 : 0) - (entry.url.startsWith('conformance') ? 30 : 0);
}

/* The text around the first word that is found in it, with every word marked. */
function excerpt(entry, words, into) {
  const { text, low } = entry;
  const found = words.map(word => low.text.indexOf(word)).filter(at => at >= 0);
  const from = Math.max(0, (found.length ? Math.min(...found) : 0) - AROUND);
  const start = from ? text.indexOf(' ', from) + 1 || from : 0;
  const end = start + 3 * AROUND < text.length ? text.lastIndexOf(' ', start + 3 * AROUND) : text.length;
  const piece = text.slice(start, end > start + AROUND ? end : start + 3 * AROUND);
  const lower = piece.toLowerCase();
  let at = 0;
  const next = from => words.map(word => [lower.indexOf(word, from), word.length])
    .filter(([place]) => place >= 0).sort((a, b) => a[0] - b[0])[0];
  if (start) into.append('… ');
  for (let hit; (hit = next(at)); at = hit[0] + hit[1]) {
    into.append(piece.slice(at, hit[0]));
    const mark = document.createElement('mark');
    mark.textContent = piece.slice(hit[0], hit[0] + hit[1]);
    into.append(mark);
  }
  into.append(piece.slice(at) + (start + piece.length < text.length ? ' …' : ''));
}

function show(found, words, what) {
  told.textContent = !found.length ? WORDS.none(what)
    : found.length > MOST ? WORDS.more(MOST, found.length) : WORDS.some(found.length);
  list.replaceChildren(...found.slice(0, MOST).map(({ entry }) => {
    const item = document.createElement('li');
    const link = document.createElement('a');
    link.href = new URL(entry.url, base);
    const title = document.createElement('b');
    title.textContent = entry.heading;
    link.append(title);
    if (entry.page !== entry.heading) {
      const page = document.createElement('span');
      page.textContent = ` ${entry.page}`;
      link.append(page);
    }
    const text = document.createElement('small');
    excerpt(entry, words, text);
    link.append(text);
    item.append(link);
    return item;
  }));
  panel.hidden = false;
}

async function search() {
  const what = box.value.trim();
  const words = what.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) {
    panel.hidden = true;
    return;
  }
  try {
    index ??= load();
    const entries = await index;
    if (what !== box.value.trim()) return; // typed on meanwhile
    const found = entries.map(entry => ({ entry, score: fit(entry, words) })).filter(f => f.score > 0);
    found.sort((a, b) => b.score - a.score);
    show(found, words, what);
  } catch {
    index = null;
    told.textContent = WORDS.missing;
    list.replaceChildren();
    panel.hidden = false;
  }
}

function move(step) {
  const stops = [box, ...list.querySelectorAll('a')];
  const at = stops.indexOf(document.activeElement);
  stops[(at + step + stops.length) % stops.length].focus();
}

let leaving = false; // the focus that comes back to the box is not asked for results

function leave() {
  leaving = true;
  box.focus();
  leaving = false;
  panel.hidden = true;
}

box.addEventListener('input', search);
box.addEventListener('focus', () => { if (!leaving) search(); });
form.addEventListener('submit', event => {
  event.preventDefault();
  list.querySelector('a')?.click();
});
form.addEventListener('keydown', event => {
  if (event.key === 'Escape') leave();
  else if (event.key === 'ArrowDown' && !panel.hidden) move(1);
  else if (event.key === 'ArrowUp' && !panel.hidden) move(-1);
  else return;
  event.preventDefault();
});
form.addEventListener('focusout', event => { if (!form.contains(event.relatedTarget)) panel.hidden = true; });
panel.addEventListener('mousedown', event => { if (!event.target.closest('a')) event.preventDefault(); });
document.addEventListener('keydown', event => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
  event.preventDefault();
  box.focus();
});
