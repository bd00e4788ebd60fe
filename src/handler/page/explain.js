/*
 * explain.js - a sentence about whatever the pointer or the keyboard rests on
 *
 * Each thing with data-explain has a row in sentences.js, what it is, and one in things.js: links to the
 * lesson, to how it is built, to the directive that turns it and to the source that does it. Tab goes from group to group
 * (rove.js), and does not stop at the links of each thing: Enter leads to them, or ? where Enter presses
 * what is explained.
 */
/* SPDX-License-Identifier: Apache-2.0 */
const load = (name) => import(new URL(`?asset=${name}.js`, import.meta.url));
const { things, lessons, sections } = await load("things");
const bubble = document.createElement("div");
let tools, said, shown = null, home = null, entered = false, timer = 0, latest = null, manual = null;

/* --- what is said --- */

function link(text, href) {
  const a = document.createElement("a");
  a.href = href;
  a.textContent = text;
  return a;
}

function plain(text) {
  const span = document.createElement("span");
  span.textContent = text;
  return span;
}

function list(pairs) {
  const dl = document.createElement("dl");
  for (const [name, value] of pairs.filter((pair) => pair[1])) {
    const dt = document.createElement("dt"), dd = document.createElement("dd");
    dt.textContent = name;
    dd.textContent = value;
    dl.append(dt, dd);
  }
  return dl;
}

function facts(w) {
  const { count, bytes, time, age } = tools, { words } = said;
  return list([
    [words.age, `${age(w.age)}, ${words.generation(w.generation)}`],
    [words.connections, words.between(w.connections, w.connections_idle)],
    [words.requests, words.last(count(w.requests), time(w.last_duration))],
    [words.processor, words.modes(`${w.cpu_user.toFixed(2)} s`, `${w.cpu_system.toFixed(2)} s`)],
    [words.memory, words.sizes(w.memory ? bytes(w.memory) : "-", w.pss === null ? null : bytes(w.pss))],
    [words.reports, words.sofar(count(w.reports))],
    [words.request, w.request], [words.client, w.client],
  ]);
}

function usage(d) {
  const { count, bytes, time } = tools, { words } = said;
  return list([
    [words.born, String(d.generation)],
    [words.connections, d.connections && words.ended(d.connections)],
    [words.processor, words.modes(time(d.cpu_user), time(d.cpu_system))],
    [words.memory, words.most(bytes(d.memory))],
    [words.faults, words.kinds(count(d.minor_faults), count(d.major_faults))],
    [words.switches, words.ways(count(d.voluntary_switches), count(d.forced_switches))],
    [words.request, d.request], [words.client, d.client],
  ]);
}

const english = () => tools.speech.language === "en";

/* Whether Enter is its own business. */
const acts = (el) => el.matches("[data-ask], select");

/* How the keyboard comes to the links. */
function way(el) {
  const span = plain(el.matches(":focus-visible") ? said.words.way(acts(el) ? "?" : "Enter", tools.groupOf(el) !== null) : "");
  span.id = "explain-way";
  return span;
}

/* Where to read on, and last the source. */
function more(el) {
  const p = document.createElement("p"), [lesson, section, source, directive] = things[el.dataset.explain], [place, name] = `src/${source}`.split(" ");
  const { words } = said, chapter = manual && `${manual}learn/${english() ? "" : "zh/"}${lesson}-${lessons[lesson - 1]}.html`, where = words.place(name, place);
  p.className = "more";
  p.append(way(el));
  if (manual) p.append(link(words.lesson, chapter), link(words.built, `${manual}architecture.html#${sections[section]}`));
  if (directive) p.append(manual ? link(directive, `${manual}directives.html#${directive.toLowerCase()}`) : plain(directive));
  p.append(manual && !place.includes(":") ? link(where, `${chapter}#source-${name}`) : plain(where));
  const other = document.createElement("button");
  other.type = "button";
  other.textContent = words.other;
  other.lang = english() ? "zh-CN" : "en";
  other.addEventListener("click", async () => {
    await tools.speech.other();
    if (shown) compose(shown);
    bubble.querySelector("button")?.focus();
  });
  p.append(other);
  if (!entered) for (const one of p.querySelectorAll("a, button")) one.tabIndex = -1;
  return p;
}

function compose(el) {
  ({ said } = tools.speech);
  bubble.lang = tools.speech.language;
  const key = el.dataset.explain, p = document.createElement("p"), parts = [p];
  const w = el.dataset.pid && [...latest?.workers.values() ?? []].find((one) => one.pid === +el.dataset.pid);
  const d = el.dataset.death && latest?.deaths.find((one) => one.number === +el.dataset.death);
  p.id = "explained";
  p.textContent = d ? said.words.dead(d) : w ? said.words.worker(w, tools.doing(w), tools.stuck(w)) : said.things[key];
  if (w) parts.push(facts(w));
  if (d) parts.push(usage(d));
  if (key === "keeper" && latest) parts.push(list([[said.words.connections, said.words.kept(latest.pool.connections_kept, latest.pool.connections_kept_waiting)]]));
  bubble.replaceChildren(...parts, more(el));
}

/* --- when, and where --- */

function show(el) {
  clearTimeout(timer);
  if (shown === el) return;
  hide();
  shown = el;
  compose(el);
  home = tools.groupOf(el);
  (home ?? el.closest("label") ?? el).after(bubble); /* so that Tab goes on behind it */
  el.setAttribute("aria-describedby", "explained explain-way");
  const r = el.getBoundingClientRect(), b = bubble.getBoundingClientRect();
  bubble.style.left = `${Math.max(8, Math.min(r.left, document.body.clientWidth - b.width - 12))}px`;
  bubble.style.top = `${r.bottom + 6 + b.height < innerHeight ? r.bottom + 6 : Math.max(8, r.top - b.height - 6)}px`;
}

function hide() {
  clearTimeout(timer);
  shown?.removeAttribute("aria-describedby");
  shown = null;
  entered = false;
  bubble.remove();
}

/* From the thing to what can be read on, and back. */
function enter(el) {
  show(el);
  entered = true;
  compose(el);
  bubble.querySelector(".more a, .more button").focus();
}

function leave() {
  if (bubble.contains(document.activeElement)) (shown.isConnected && !shown.disabled ? shown : tools.stopOf(home))?.focus();
  hide();
}

function watchHands() {
  const target = (event) => event.target.closest?.("[data-explain]");
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch" || entered) return;
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
    if (bubble.contains(event.target) || !event.target.isConnected) return;
    /* Who clicks a switch wants what it does, not to have it explained; but a finger can say no other way. */
    if (el && (event.pointerType === "touch" ? !el.matches("select") : !acts(el))) show(el);
    else hide();
  });
  document.addEventListener("keydown", (event) => {
    const el = event.target;
    if (event.key === "Escape") leave();
    if (!el.matches("[data-explain]") || event.key !== "?" && (event.key !== "Enter" || acts(el))) return;
    event.preventDefault();
    enter(el);
  });
  document.addEventListener("scroll", () => { if (shown && !entered && !shown.matches(":focus-visible") && !bubble.contains(document.activeElement)) hide(); }, { passive: true });
}

/* Where the manual is: beside this page, or, from StatusListen, on the server's first port. */
function findManual({ server }) {
  const own = document.body.dataset.manual;
  if (!own) return null;
  const ports = server.listen.map((at) => at.slice(at.lastIndexOf(":") + 1));
  if (ports.includes(location.port || "80") || !ports.length || ports[0] === "0") return own;
  return `http://${location.hostname}:${ports[0]}${own}`;
}

export const explain = {
  begin(given) {
    tools = given;
    bubble.id = "explain";
    bubble.setAttribute("role", "note");
    for (const el of document.querySelectorAll("[data-explain]")) if (!el.matches("button, select, [tabindex]")) el.tabIndex = 0;
    watchHands();
  },
  draw(state) {
    latest = state;
    if (manual === null && (manual = findManual(state)))
      for (const a of document.querySelectorAll('.ways a[href^="/manual/"]')) a.href = a.getAttribute("href").replace("/manual/", manual);
    if (bubble.contains(document.activeElement)) return; /* somebody reads it */
    if (shown && (!shown.isConnected || shown.disabled)) hide();
    if (shown?.dataset.pid) compose(shown);
  },
};
