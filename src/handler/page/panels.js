/*
 * panels.js - the numbers, the table of workers, deaths, limits, the log, and a sentence about each
 */
/* SPDX-License-Identifier: Apache-2.0 */
const id = (name) => document.getElementById(name);
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
  if (s < 120) return `${s} s`;
  if (s < 7200) return `${Math.floor(s / 60)} min`;
  return s < 172800 ? `${Math.floor(s / 3600)} h` : `${Math.floor(s / 86400)} days`;
}

const SILENT = 3; /* seconds without a sign of life that are worth a word, as in preforkctl top */

/* Why a worker does not go on; nothing where it does. */
function stuck(w) {
  return w.held ? "held by SIGSTOP" : w.silent >= SILENT ? `still for ${age(w.silent)}` : "";
}

const many = (n, one) => `${count(n)} ${one}${n === 1 ? "" : "s"}`;

export const tools = { count, bytes, time, age, stuck };

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

function drawTiles({ totals, pool, listen_queue, samples, latency }) {
  const recent = [...samples].reverse().find((s) => s.p99 > 0) ?? latency;
  const some = samples.slice(-10);
  const requests = some.reduce((sum, s) => sum + s.requests, 0), cpu = some.reduce((sum, s) => sum + s.cpu, 0);
  tile("rate", count(pool.requests_per_second), `${count(totals.requests)} in all`);
  tile("latency", latency.count ? time(recent.p50) : "-", latency.count ? `99 %: ${time(recent.p99)}` : "no requests yet");
  tile("cpu", `${Math.round(100 * processors(samples))} %`, requests ? `${time(cpu / requests)} a request` : "of one processor");
  const memory = pool.pss ?? pool.memory;
  tile("memory", memory ? bytes(memory) : "-", pool.processes && memory ? `${bytes(memory / pool.processes | 0)} each` : "of all workers");
  put(id("t-memory").previousElementSibling, pool.pss === null ? "Own memory" : "Memory, PSS");
  tile("busy", String(pool.busy), `${pool.idle} idle, of ${pool.places}`);
  tile("open", count(pool.connections), `${count(pool.connections_idle)} of them idle`);
  tile("queue", count(listen_queue.depth), `room for ${count(listen_queue.limit)}`);
  tile("lives", count(totals.births), `${count(totals.deaths)} gone, ${count(totals.crashes)} failed`);
  document.title = `${pool.busy} busy, ${pool.idle} idle - server status`;
}

function drawTop({ server, now }) {
  put(id("parent"), String(server.pid));
  put(id("model"), server.model);
  put(id("method"), server.start_method);
  put(id("generation"), String(server.generation));
  put(id("uptime"), age(Math.max(0, now - server.started)));
}

/* Those that hang while others go on. */
function hanging(workers) {
  const all = [...workers.values()].filter((w) => !w.held && w.silent >= SILENT).sort((a, b) => b.silent - a.silent);
  return !all.length ? "" : all.length === 1 ? `Nothing moves in worker ${all[0].pid} for ${age(all[0].silent)}.`
    : `Nothing moves in ${all.length} workers, in ${all[0].pid} for ${age(all[0].silent)}.`;
}

/* One line that says what is wrong, worst first; or that nothing is. */
function drawAlarm({ server, workers, pool, listen_queue }) {
  const all = pool.held && pool.held === pool.processes;
  const words = all ? `Every worker is stopped by a signal (SIGSTOP): nobody answers requests, ${listen_queue.depth} wait outside.`
    : pool.held ? `${pool.held} of ${pool.processes} workers ${pool.held === 1 ? "is" : "are"} stopped by a signal (SIGSTOP).`
      : pool.births_wait ? `${pool.young_deaths} workers in a row died young: births wait ${time(pool.births_wait)}.`
        : hanging(workers) || (listen_queue.limit && listen_queue.depth * 2 > listen_queue.limit ? `The listen queue is filling: ${listen_queue.depth} of ${listen_queue.limit}.`
          : pool.places && pool.busy === pool.places && server.limits.worker_connections === 1 ? `Every one of ${pool.places} workers is busy: further clients wait outside.`
            : "");
  const el = id("alarm");
  el.classList.toggle("calm", !words);
  put(el, words || "All is well.");
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

let letters = null;

function stateCell(td, w) {
  const i = td.querySelector("i"), words = ` ${letters.get(w.state) ?? w.state_name}${stuck(w) && `, ${stuck(w)}`}`;
  if (i.textContent !== w.state) {
    i.textContent = w.state;
    i.className = w.state;
  }
  if (td.lastChild.nodeValue !== words) td.lastChild.nodeValue = words;
}

function drawRows({ workers, pool }) {
  const pss = pool.pss !== null; /* of every one, or of none */
  put(document.querySelector("#workers th:nth-child(10)"), pss ? "PSS" : "Unshared");
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

function drawDeaths({ deaths }) {
  const mark = String(deaths[0]?.number), list = id("deaths");
  if (list.dataset.mark === mark) return;
  list.dataset.mark = mark;
  if (!deaths.length) return;
  list.replaceChildren(...deaths.map((d) => {
    const li = document.createElement("li"), b = document.createElement("b");
    b.textContent = d.pid;
    if (d.failure) li.className = "bad";
    li.append(`${new Date(d.time * 1000).toLocaleTimeString()} `, b, ` in slot ${d.slot} ${d.words}` +
      `${d.signal ? ` (signal ${d.signal})` : ""}, ${d.age === 0 ? "" : `after ${d.age < 120 ? time(d.age) : age(Math.round(d.age))}, `}${many(d.requests, "request")}` +
      `${d.busy && d.request ? `, in the middle of ${d.request}` : ""}`);
    return li;
  }));
}

function drawLimits({ server }) {
  for (const dd of id("limits").querySelectorAll("dd")) {
    const v = server.limits[dd.dataset.limit];
    if (v !== undefined) put(dd, v.toLocaleString("en"));
  }
}

function drawLog({ log }) {
  const list = id("log"), shown = +(list.dataset.last ?? 0);
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

/* --- a sentence about each thing --- */

/* key: [sentence, lesson, section of the architecture, the function that does it; with its line where
 * the lesson does not show it]; tests/lint/lessons.sh holds this against the tree */
const sentences = {
  rate: ["Requests answered a second, over the last ten; each worker counts its own and reports it.", "5-pipes", "request", "src/worker/worker_report.c worker_report"],
  latency: ["How long requests took from their first byte to the end of the answer, as the workers' own histograms say.", "5-pipes", "request", "src/parent/parent_status.c parent_status_reports"],
  cpu: ["Processor time of all workers, in user mode and in the kernel; 100 % is one processor.", "5-pipes", "processes", "src/worker/worker_report.c worker_report"],
  memory: ["What the workers take of memory: a page that several share counts a part for each (PSS). Where the parent may not look so closely, what each shares with nobody.", "1-fork", "processes", "src/mp/mp_fork.c mp_fork_start"],
  busy: ["Workers that have something to lose: reading, answering or keeping a connection.", "5-pipes", "processes", "src/worker/worker_report.c worker_report"],
  open: ["Connections the workers hold; those between two requests cost next to nothing.", "8-many-connections", "request", "src/worker/worker_event.c on_listener"],
  queue: ["Connections the kernel has made and no process has accepted yet; when the queue is full, clients are turned away.", "4-accept", "processes", "src/worker/worker_classic.c wait_in_turn"],
  lives: ["Children born since the start, and how many ended; the parent collects each, so none stays a zombie.", "6-death", "death", "src/mp/mp_reap.c mp_reap"],
  policy: ["The parent keeps the number of spare workers between MinSpareServers and MaxSpareServers: too few, it forks; too many, one leaves.", "3-pool", "processes", "src/parent/parent_policy.c parent_policy_tick"],
  parent: ["The parent listens, forks and learns. It serves nobody, so no request can harm it.", "6-death", "processes", "src/parent/parent_life.c table"],
  forkserver: ["A small process that forks the workers on request, so that they inherit nothing of the parent's memory.", "7-start-methods", "processes", "src/mp/mp_forkserver.c fork_for_parent"],
  status: ["The process behind StatusListen: it draws this page from the scoreboard even when every worker is stuck.", "5-pipes", "crosses", "src/parent/parent_status.c parent_status_reports"],
  keeper: ["It holds the connections whose clients say nothing, so that they cost no worker, and passes each on when it speaks.", "3-pool", "processes", "src/keeper/keeper_main.c:144 keeper_main"],
  starter: ["It starts programs (CGI) for the workers, which execute nothing themselves, and looks into the configuration before it does; each square is a program that runs.", "6-death", "processes", "src/starter/starter_main.c:183 starter_main"],
  predecessor: ["The parent from before an upgrade: it finishes what it has and serves nobody new.", "6-death", "graceful", "src/parent/parent_upgrade.c:235 parent_upgrade_tick"],
  successor: ["The parent that is taking over: an upgrade is on its way.", "6-death", "graceful", "src/parent/parent_heir.c:171 parent_heir_serves"],
  worker: ["A worker", "8-many-connections", "processes", "src/worker/worker_event.c wait_for"],
};
const bubble = document.createElement("div");
let shown = null, timer = 0, latest = null, manual = null;

function link(text, href) {
  const a = document.createElement("a");
  a.href = href;
  a.textContent = text;
  return a;
}

function facts(w, el) {
  const dl = document.createElement("dl");
  const put = (name, value) => {
    const dt = document.createElement("dt"), dd = document.createElement("dd");
    dt.textContent = name;
    dd.textContent = value;
    dl.append(dt, dd);
  };
  put("Age", `${age(w.age)}, generation ${w.generation}`);
  put("Connections", `${w.connections}, of these ${w.connections_idle} between requests`);
  put("Requests", `${count(w.requests)}, the last took ${time(w.last_duration)}`);
  put("Processor", `${w.cpu_user.toFixed(2)} s user, ${w.cpu_system.toFixed(2)} s system`);
  put("Memory", `${w.memory ? bytes(w.memory) : "-"} its own, ${w.pss === null ? "PSS not known" : `${bytes(w.pss)} PSS`}`);
  put("Reports", `${count(w.reports)} so far`);
  if (w.request) put("Request", w.request);
  if (w.client) put("Client", w.client);
  return dl;
}

function compose(el) {
  let [words, lesson, section, source] = sentences[el.dataset.explain];
  const parts = [], p = document.createElement("p");
  const w = el.dataset.pid && [...latest?.workers.values() ?? []].find((one) => one.pid === +el.dataset.pid);
  if (w) words = `Worker ${w.pid} in slot ${w.slot} is a child of the parent and ${w.held ? "is held by a signal" : `${letters.get(w.state) ?? w.state_name}${stuck(w) && `; ${stuck(w)}`}`}.`;
  p.textContent = words;
  parts.push(p);
  if (w) parts.push(facts(w));
  const more = document.createElement("p"), [place, name] = source.split(" ");
  more.className = "more";
  if (manual) more.append(link("The lesson", `${manual}learn/${lesson}.html`), link("How it is built", `${manual}architecture.html#${section}`));
  const where = `${name} in ${place}`;
  more.append(manual && !place.includes(":") ? link(where, `${manual}learn/${lesson}.html#source-${name}`) : where);
  parts.push(more);
  bubble.replaceChildren(...parts);
}

function show(el) {
  clearTimeout(timer);
  if (shown === el) return;
  hide();
  shown = el;
  compose(el);
  el.after(bubble); /* so that Tab goes on to its links */
  bubble.hidden = false;
  el.setAttribute("aria-describedby", "explain");
  const r = el.getBoundingClientRect(), b = bubble.getBoundingClientRect();
  bubble.style.left = `${Math.max(8, Math.min(r.left, innerWidth - b.width - 12))}px`;
  bubble.style.top = `${r.bottom + 6 + b.height < innerHeight ? r.bottom + 6 : Math.max(8, r.top - b.height - 6)}px`;
}

function hide() {
  clearTimeout(timer);
  shown?.removeAttribute("aria-describedby");
  shown = null;
  bubble.hidden = true;
}

function watchHands() {
  const target = (event) => event.target.closest?.("[data-explain]");
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const el = target(event);
    clearTimeout(timer);
    if (el && el !== shown) timer = setTimeout(() => show(el), shown ? 250 : 400);
    else if (!el && !bubble.contains(event.target)) timer = setTimeout(hide, 300);
  });
  document.addEventListener("focusin", (event) => {
    const el = target(event);
    if (el && el.matches(":focus-visible")) show(el);
    else if (!bubble.contains(event.target)) hide();
  });
  document.addEventListener("click", (event) => {
    const el = target(event);
    if (el) show(el);
    else if (!bubble.contains(event.target)) hide();
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  document.addEventListener("scroll", () => { if (shown && !shown.matches(":focus-visible")) hide(); }, { passive: true });
}

/* Where the manual is: beside this page, or, from StatusListen, on the server's first port. */
function findManual({ server }) {
  const own = document.body.dataset.manual;
  if (!own) return null;
  const ports = server.listen.map((at) => at.slice(at.lastIndexOf(":") + 1));
  if (ports.includes(location.port || "80") || !ports.length || ports[0] === "0") return own;
  return `http://${location.hostname}:${ports[0]}${own}`;
}

export const panels = {
  begin() {
    bubble.id = "explain";
    bubble.hidden = true;
    bubble.setAttribute("role", "note");
    document.body.append(bubble);
    letters = new Map([...document.querySelectorAll(".letters li")].map((li) => [li.querySelector("i").textContent, li.lastChild.nodeValue.trim()]));
    watchHands();
  },
  draw(state) {
    latest = state;
    if (manual === null && (manual = findManual(state)))
      for (const a of document.querySelectorAll('.ways a[href^="/manual/"]')) a.href = a.getAttribute("href").replace("/manual/", manual);
    drawTop(state);
    drawAlarm(state);
    drawTiles(state);
    drawRows(state);
    drawDeaths(state);
    drawLimits(state);
    drawLog(state);
    if (shown?.dataset.pid && !bubble.contains(document.activeElement)) compose(shown);
  },
};
