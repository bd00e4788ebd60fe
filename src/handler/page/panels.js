/*
 * panels.js - the numbers, the table of workers, deaths, limits and the log
 */
/* SPDX-License-Identifier: Apache-2.0 */
const id = (name) => document.getElementById(name);
const say = (...words) => tools.say(...words);
const put = (el, text) => { if (el && el.textContent !== text) el.textContent = text; };

/* --- how things are said --- */

function count(n) {
  if (n < 1000) return String(Math.round(n * 10) / 10 === Math.round(n) ? Math.round(n) : n.toFixed(1));
  if (n < 10000) return Math.round(n).toLocaleString("en");
  const units = ["k", "M", "G", "T"];
  let unit = -1;
  for (; n >= 999.5 && unit < 3; unit++) n /= 1000;
  return (n < 9.95 ? n.toFixed(2) : n < 99.5 ? n.toFixed(1) : Math.round(n)) + units[unit];
}

function bytes(n) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  for (; n >= 999.95 && unit < 4; unit++) n /= 1000;
  return `${unit ? n.toFixed(1) : n} ${units[unit]}`;
}

function time(s) {
  const us = s * 1e6, digits = (n) => n < 9.95 ? n.toFixed(1).replace(".0", "") : Math.round(n);
  return us < 1000 ? `${digits(us)} µs` : us < 1e6 ? `${digits(us / 1e3)} ms` : `${digits(s)} s`;
}

function age(s) {
  if (s < 120) return say`${s} s`;
  if (s < 7200) return say`${Math.floor(s / 60)} min`;
  return s < 172800 ? say`${Math.floor(s / 3600)} h` : say`${Math.floor(s / 86400)} days`;
}

const SILENT = 3; /* seconds without a sign of life that are worth a word, as in preforkctl top */

/* Why a worker does not go on; nothing where it does. */
function stuck(w) {
  return w.held ? say`held by SIGSTOP` : w.silent >= SILENT ? say`still for ${age(w.silent)}` : "";
}

let letters = null; /* of a state to its words */

/* What a worker is doing, in words. */
const doing = (w) => say({ raw: [letters.get(w.state) ?? w.state_name] });

export const tools = { count, bytes, time, age, stuck, doing };

/* --- the numbers at the top --- */

const tile = (name, big, small) => {
  put(id(`t-${name}`), big);
  put(id(`u-${name}`), small);
};

/* What share of one processor all workers had, over the last ten seconds. */
function processors(samples) {
  const some = samples.slice(-10);
  return some.length ? some.reduce((sum, s) => sum + s.cpu, 0) / some.length : 0;
}

function drawTiles({ server, totals, pool, listen_queue, samples, latency }) {
  const recent = [...samples].reverse().find((s) => s.p99 > 0) ?? latency;
  const some = samples.slice(-10);
  const requests = some.reduce((sum, s) => sum + s.requests, 0), cpu = some.reduce((sum, s) => sum + s.cpu, 0);
  tile("rate", count(pool.requests_per_second), say`${count(totals.requests)} in all`);
  tile("latency", latency.count ? time(recent.p50) : "-", latency.count ? `99 %: ${time(recent.p99)}` : say`no requests yet`);
  tile("cpu", `${Math.round(100 * processors(samples))} %`, requests ? say`${time(cpu / requests)} a request` : say`of one processor`);
  const memory = pool.pss ?? pool.memory;
  tile("memory", memory ? bytes(memory) : "-", pool.processes && memory ? say`${bytes(memory / pool.processes | 0)} each` : say`of all workers`);
  put(id("t-memory").previousElementSibling, pool.pss === null ? say`Own memory` : say`Memory, PSS`);
  tile("busy", String(pool.busy), say`${pool.idle} idle, of ${pool.places}`);
  tile("open", count(pool.connections), say`${count(pool.connections_idle)} of them idle` + (server.keeper ? say`, ${count(pool.connections_kept)} with the keeper` : ""));
  tile("queue", count(listen_queue.depth), say`room for ${count(listen_queue.limit)}`);
  tile("lives", count(totals.births), say`${count(totals.deaths)} gone, ${count(totals.crashes)} failed`);
  document.title = say`${pool.busy} busy, ${pool.idle} idle - server status`;
}

/* The server's own figure, and what passed here since: neither minds a clock that is set. */
let told = { uptime: 0, at: 0 };

function drawTop({ server }) {
  if (server.uptime !== told.uptime) told = { uptime: server.uptime, at: performance.now() };
  put(id("parent"), String(server.pid));
  put(id("model"), server.model);
  put(id("method"), server.start_method);
  put(id("generation"), String(server.generation));
  put(id("uptime"), age(told.uptime + Math.floor((performance.now() - told.at) / 1000)));
}

/* Those that hang while others go on: what to call out, and since when. */
function hanging(workers) {
  const all = [...workers.values()].filter((w) => !w.held && w.silent >= SILENT).sort((a, b) => b.silent - a.silent);
  return !all.length ? null : all.length === 1 ? [say`Nothing moves in worker ${all[0].pid}`, say` for ${age(all[0].silent)}.`]
    : [say`Nothing moves in ${all.length} workers`, say`, in ${all[0].pid} for ${age(all[0].silent)}.`];
}

/* One line that says what is wrong, worst first; or that nothing is. Its first part is called out to a
 * reader of screens, so numbers that change while it lasts stand in the second. */
function drawAlarm({ server, workers, pool, listen_queue }) {
  const all = [...workers.values()].filter((w) => w.pid), serve = all.filter((w) => !/[GI]/.test(w.state)); /* who leaves serves nobody new */
  const n = serve.length, held = serve.filter((w) => w.held).length, leaving = all.filter((w) => w.held).length - held;
  const wrong = held && held === n ? [say`Every worker is stopped by a signal (SIGSTOP)`, say`: nobody answers requests, ${listen_queue.depth} wait outside.`]
    : held ? [say`${held} of ${n} workers ${held === 1 ? "is" : "are"} stopped by a signal (SIGSTOP).`, ""]
      : leaving ? [say`Stopped by a signal (SIGSTOP) while leaving: ${leaving}.`, ""]
      : pool.births_wait ? [say`Workers die young`, say`, ${pool.young_deaths} in a row: births wait ${time(pool.births_wait)}.`]
        : hanging(workers) ?? (listen_queue.limit && listen_queue.depth * 2 > listen_queue.limit ? [say`The listen queue is filling`, say`: ${listen_queue.depth} of ${listen_queue.limit}.`]
          : n && serve.every((w) => w.busy) && all.filter((w) => w.slot < pool.places).length === pool.places && server.limits.worker_connections === 1
            ? ["", say`Every one of ${n} workers is busy: further clients wait outside.`]
            : null);
  const el = id("alarm"), [what, more] = wrong ?? ["", say`All is well.`];
  el.classList.toggle("calm", !wrong);
  put(el.firstChild, what);
  put(el.lastChild, more);
}

/* --- the table --- */

function row(slot) {
  const tr = document.createElement("tr");
  tr.dataset.row = slot;
  for (let i = 0; i < 11; i++) tr.append(document.createElement("td"));
  for (const i of [0, 1, 2, 4, 5, 6, 7, 8, 9]) tr.children[i].className = "r";
  tr.children[3].append(document.createElement("i"), "");
  return tr;
}

function stateCell(td, w) {
  const i = td.querySelector("i"), words = ` ${stuck(w) || doing(w)}`;
  if (i.textContent !== w.state) {
    i.textContent = w.state;
    i.className = w.state;
  }
  if (td.lastChild.nodeValue !== words) td.lastChild.nodeValue = words;
}

function drawRows({ workers, pool }) {
  const pss = pool.pss !== null; /* of every one, or of none */
  put(document.querySelector("#workers th:nth-child(10) > span"), pss ? "PSS" : say`Unshared`);
  const body = id("rows"), known = new Map([...body.children].map((tr) => [+tr.dataset.row, tr]));
  for (const [slot, tr] of known) if (!workers.has(slot)) tr.remove();
  for (const w of [...workers.values()].sort((a, b) => a.slot - b.slot)) {
    let tr = known.get(w.slot);
    if (!tr) {
      tr = row(w.slot);
      body.insertBefore(tr, [...body.children].find((other) => +other.dataset.row > w.slot) ?? null);
    }
    const values = [w.slot, w.generation, w.pid, null, w.connections, count(w.requests), bytes(w.bytes), age(w.age),
      `${(w.cpu_user + w.cpu_system).toFixed(2)} s`, (pss ? w.pss : w.memory) ? bytes(pss ? w.pss : w.memory) : "-", w.request];
    values.forEach((v, n) => { if (v !== null) put(tr.children[n], String(v)); });
    stateCell(tr.children[3], w);
  }
}

/* --- deaths, limits, the log --- */

function deathItem(d) {
  const li = document.createElement("li"), b = document.createElement("b"), worker = d.slot !== null;
  li.dataset.explain = "dead";
  li.dataset.death = d.number;
  li.tabIndex = -1; /* rove.js says whose turn it is */
  b.textContent = d.pid;
  if (d.failure) li.className = "bad";
  const lasted = d.age < 120 ? time(d.age) : age(Math.round(d.age)), requests = count(d.requests);
  li.append(`${new Date(d.time * 1000).toLocaleTimeString()} ${worker ? "" : `${d.role} `}`, b, (worker ? say` in slot ${d.slot}` : "") + " " + (tools.speech.said.reasons?.[d.reason] ?? d.words) +
    (d.signal ? say` (signal ${d.signal})` : "") + (d.age === 0 ? "" : say`, after ${lasted}`) +
    (!worker ? "" : d.requests === 1 ? say`, ${requests} request` : say`, ${requests} requests`) + (d.busy && d.request ? say`, in the middle of ${d.request}` : ""));
  return li;
}

/* Those that are there stay, so that a hand may rest on one while others come. */
function drawDeaths({ deaths }) {
  const list = id("deaths"), shown = +(list.dataset.last ?? 0), last = deaths[0]?.number ?? 0;
  if (last === shown && (!last || list.lang === tools.speech.language)) return;
  const anew = !shown || last < shown || list.lang !== tools.speech.language; /* the plain ones; another server's; in the other language */
  if (anew) list.replaceChildren();
  list.lang = tools.speech.language;
  list.prepend(...deaths.filter((d) => anew || d.number > shown).map(deathItem));
  while (list.children.length > deaths.length) list.lastChild.remove();
  list.dataset.last = last;
  list.removeAttribute("tabindex");
}

function drawLimits({ server }) {
  for (const dd of id("limits").querySelectorAll("dd")) {
    const v = server.limits[dd.dataset.limit];
    if (v !== undefined) put(dd, v === 0 && dd.dataset.zero ? dd.dataset.zero : v.toLocaleString("en"));
  }
}

function drawLog({ log }) {
  const list = id("log"), shown = +(list.dataset.last ?? 0);
  list.setAttribute("aria-live", shown ? "polite" : "off"); /* what was before is not read out */
  const fresh = log.filter((e) => e.number > shown);
  if (log.length && log[log.length - 1].number < shown) {
    list.replaceChildren(); /* another server */
    list.dataset.last = 0;
    return;
  }
  for (const e of fresh) {
    const li = document.createElement("li"), n = document.createElement("span"), words = document.createElement("span");
    n.textContent = e.number;
    words.textContent = e.words;
    if (e.failure) li.className = "bad";
    li.append(n, words);
    list.prepend(li);
    list.dataset.last = e.number;
  }
  while (list.children.length > 200) list.lastChild.remove();
}

export const panels = {
  begin() {
    letters = new Map([...document.querySelectorAll(".letters li")].map((li) => [li.querySelector("i").textContent, li.textContent.slice(1).trim()]));
  },
  draw(state) {
    drawTop(state);
    drawAlarm(state);
    drawTiles(state);
    drawRows(state);
    drawDeaths(state);
    drawLimits(state);
    drawLog(state);
  },
};
