/*
 * tree.js - the processes: who is whose child, what each is at, births, deaths and reports
 *
 * Each slot is a place that stays; in it stands the cell of a process, known by its pid. A process
 * that is gone falls out of its place before the next one is born into it. Dots are reports on their
 * way up the socketpair, a few for many; a ring going down is a birth.
 */
/* SPDX-License-Identifier: Apache-2.0 */
const still = matchMedia("(prefers-reduced-motion: reduce)");
const RAILS = [10, 7, 5, 3]; /* above a cell, the more they are the nearer */
const FALL = 420, BIRTH = 380, REPORT = 650, PULSES = 14, PROGRAMS = 10;
const box = document.getElementById("tree"), roots = document.getElementById("roots");
const slots = document.getElementById("slots"), leaving = document.getElementById("leaving");
const cells = new Map(); /* pid to { el, slot, reports, cpu, when } */
let tools, say, wires, parent, pulses = 0, wired = "", first = true;
let crowd = 0, most = 0, busy = 0, measured = ""; /* how close they stand, for how many, and when there were so many */

const make = (tag, className, text) => {
  const el = document.createElement(tag);
  if (className) el.className = className;
  if (text !== undefined) el.textContent = text;
  return el;
};
const put = (el, text) => { if (el.textContent !== text) el.textContent = text; };

/* --- the processes that are in no slot --- */

function node(role, name, pid, explain) {
  let el = roots.querySelector(`[data-role="${role}"]`);
  if (!pid) {
    if (el) el.remove();
    return null;
  }
  if (!el) {
    el = make("button", `node ${role}`);
    el.type = "button";
    el.dataset.role = role;
    el.dataset.explain = explain;
    el.append(make("small"), make("b"));
    roots.append(el);
  }
  put(el.firstChild, name);
  put(el.querySelector("b"), String(pid));
  return el;
}

function starter({ programs, starter_silent }) {
  if (starter_silent > 2) return say`starter, still for ${starter_silent} s`;
  return programs ? say`starter, ${programs} CGI` : say`starter`;
}

/* A square for each program that runs, as far as there is room. */
function drawPrograms(el, count) {
  if (!el) return;
  const squares = el.querySelector(".programs") ?? el.appendChild(make("span", "programs"));
  while (squares.children.length > Math.min(count, PROGRAMS)) squares.lastChild.remove();
  while (squares.children.length < Math.min(count, PROGRAMS)) squares.append(make("span"));
}

function drawRoots({ server, pool }) {
  parent = node("parent", say`parent`, server.pid, "parent");
  node("forkserver", "forkserver", server.forkserver, "forkserver");
  node("status", say`status process`, server.status_process, "status");
  node("keeper", pool.connections_kept ? say`keeper, holds ${tools.count(pool.connections_kept)}` : say`keeper`, server.keeper, "keeper");
  drawPrograms(node("starter", starter(pool), server.starter, "starter"), pool.programs);
  node("before", say`parent before`, server.predecessor, "predecessor");
  node("after", say`parent to come`, server.successor, "successor");
}

/* --- room --- */

/* The box keeps its height, so that nothing below it moves: the more there are, the closer they stand.
 * Where the closest is not close enough, it takes at once what it needs when all places are taken, or half
 * as much again as now. */
function fit(places) {
  const count = slots.children.length + leaving.querySelectorAll("li").length, now = performance.now();
  const room = `${box.clientWidth} ${roots.offsetHeight}`, end = () => Math.max(...[slots, leaving].map((el) => el.offsetTop + el.offsetHeight));
  if (count > most * .6) busy = now;
  /* As many may need more room than before: who leaves stands in rows of their own. */
  if (room === measured && end() <= box.clientHeight && (count === most || count < most && now - busy < 1e4)) return;
  const kept = room === measured ? parseFloat(box.style.height) : 0;
  most = count;
  measured = room;
  box.style.height = "";
  crowd = -1;
  do {
    box.dataset.crowd = ++crowd;
    box.classList.toggle("close", crowd > 0);
    box.classList.toggle("closer", crowd > 1);
  } while (crowd < 3 && end() > box.clientHeight - 14);
  if (end() > box.clientHeight) box.style.height = `${kept > end() ? kept : end() * Math.max(1.05, Math.min(1.5, places / count))}px`;
}

/* --- where things are, within the box --- */

function place(el) {
  let x = 0, y = 0;
  for (let at = el; at && at !== box; at = at.offsetParent) {
    x += at.offsetLeft;
    y += at.offsetTop;
  }
  return { x, y, w: el.offsetWidth, h: el.offsetHeight };
}

/* From the parent down the trunk at the left, along the row, down to the child. */
function route(child) {
  const p = place(parent), c = place(child);
  const trunk = p.x + 8, rail = c.y - RAILS[crowd], x = c.x + Math.min(c.w / 2, 24);
  return `M${trunk} ${p.y + p.h} V${rail} H${x} V${c.y}`;
}

function drawWires() {
  const lis = [...box.querySelectorAll("li[data-slot]")].filter((li) => li.firstElementChild);
  const others = [...roots.children].filter((el) => el !== parent && !el.matches(".before"));
  const d = parent ? [...others, ...lis].map(route).join("") : "";
  if (d !== wired) wires.firstChild.setAttribute("d", wired = d);
}

function pulse(li, birth) {
  if (still.matches || document.hidden || pulses >= PULSES || !li.isConnected) return;
  const el = make("span", birth ? "pulse birth" : "pulse");
  el.style.offsetPath = `path("${route(li)}")`;
  box.append(el);
  pulses++;
  const ways = birth ? ["0%", "100%"] : ["100%", "0%"];
  const move = el.animate([{ offsetDistance: ways[0] }, { offsetDistance: ways[1] }],
    { duration: birth ? BIRTH : REPORT, easing: "ease-in-out" });
  move.onfinish = move.oncancel = () => { el.remove(); pulses--; };
}

/* --- cells --- */

function slotAt(host, slot) {
  let li = host.querySelector(`[data-slot="${slot}"]`);
  if (!li) {
    li = make("li");
    li.dataset.slot = slot;
    host.insertBefore(li, [...host.children].find((other) => +other.dataset.slot > slot) ?? null);
  }
  return li;
}

function slotOf(w, places) {
  const inPool = w.slot < places;
  let host = slots;
  if (!inPool) {
    host = leaving.querySelector("ol");
    if (!host) {
      leaving.append(make("h3", "", say`Of earlier generations, finishing what they have`), host = make("ol", "slots"));
    }
  }
  return slotAt(host, w.slot);
}

function birth(w) {
  const el = make("button", "cell");
  el.type = "button";
  el.tabIndex = -1; /* rove.js says whose turn it is */
  el.dataset.pid = w.pid;
  el.dataset.explain = "worker";
  const who = make("span", "who");
  who.append(make("b", "", String(w.pid)), make("span"));
  el.append(make("i", "S", "S"), who, make("span", "at"), make("span", "done"), make("span", "bar"));
  return el;
}

function appear(cell, li, delay) {
  if (first || still.matches) return;
  setTimeout(() => pulse(li, true), delay);
  cell.el.animate([{ opacity: 0, transform: "scale(.6)" }, { opacity: 0, transform: "scale(.6)", offset: .45 },
    { opacity: 1, transform: "none" }], { duration: BIRTH * 1.6, delay, fill: "backwards", easing: "ease-out" });
}

/* Says for a moment how it ended, and falls: an end in good order looks like none that failed. */
function fall(cell, death) {
  const { el } = cell;
  el.classList.add("dying");
  el.classList.toggle("bad", death?.failure === true);
  el.removeAttribute("data-pid");
  el.disabled = true;
  put(el.querySelector("i"), death?.failure ? "†" : "✓");
  put(el.querySelector(".at"), !death ? say`gone` : death.signal && death.failure ? say`signal ${death.signal}` : tools.speech.said.reasons?.[death.reason] ?? death.reason);
  if (still.matches) {
    setTimeout(() => el.remove(), FALL);
    return;
  }
  el.animate([{ opacity: 1, transform: "none" }, { opacity: 1, transform: "none", offset: .45 },
    { opacity: 0, transform: "translateY(2rem) rotate(3deg)" }], { duration: FALL, fill: "forwards", easing: "ease-in" })
    .onfinish = () => { el.remove(); drawWires(); };
}

/* From one place to another, as one can follow: after a restart the old make way for the new. */
function walk(cell, li) {
  const before = cell.el.getBoundingClientRect();
  li.append(cell.el);
  const after = cell.el.getBoundingClientRect();
  if (!still.matches)
    cell.el.animate([{ transform: `translate(${before.left - after.left}px, ${before.top - after.top}px)` },
      { transform: "none" }], { duration: 450, easing: "ease-in-out" });
}

const words = { starting: "is starting", ready: "waits", reading: "reads", writing: "answers", keepalive: "keeps alive",
  graceful: "finishes", idle_stop: "leaves" };

function fill(cell, w, now) {
  const { el } = cell, does = say({ raw: [words[w.state_name] ?? w.state_name] });
  const letter = el.firstChild;
  if (letter.textContent !== w.state) {
    letter.textContent = w.state;
    letter.className = w.state;
  }
  const stuck = tools.stuck(w);
  el.classList.toggle("held", stuck !== "");
  el.classList.toggle("left", w.state === "G" || w.state === "I");
  put(el.querySelector(".who span"), say`slot ${w.slot}`);
  put(el.querySelector(".at"), stuck ? stuck : w.busy && w.request ? w.request.replace(/ HTTP\/[\d.]+$/, "") : does);
  put(el.querySelector(".done"), say`${tools.count(w.connections)} conn, ${tools.count(w.requests)} req`);
  const cpu = w.cpu_user + w.cpu_system;
  if (now > cell.when) {
    const share = Math.min(1, Math.max(0, cpu - cell.cpu) * 1000 / (now - cell.when));
    el.querySelector(".bar").style.transform = `scaleX(${share.toFixed(3)})`;
  }
  if (now > cell.when + 200) {
    cell.cpu = cpu;
    cell.when = now;
  }
  const label = say`Worker ${w.pid}, slot ${w.slot}: ${stuck || does}`;
  if (el.getAttribute("aria-label") !== label) el.setAttribute("aria-label", label);
}

function drawWorkers({ workers, deaths, pool, server }) {
  const now = performance.now();
  const alive = new Set();
  for (const w of workers.values()) if (w.pid) alive.add(w.pid);
  const fell = new Set();
  for (const [pid, cell] of cells) {
    if (alive.has(pid)) continue;
    cells.delete(pid);
    fell.add(cell.slot);
    fall(cell, deaths.find((d) => d.pid === pid));
  }
  for (const w of workers.values()) {
    if (!w.pid) continue;
    const li = slotOf(w, pool.places);
    let cell = cells.get(w.pid);
    if (!cell) {
      cell = { el: birth(w), slot: w.slot, reports: w.reports, cpu: w.cpu_user + w.cpu_system, when: now };
      cells.set(w.pid, cell);
      if (server.model === "fork") {
        li.replaceChildren(cell.el); /* it has less time than the one before takes to fall */
        pulse(li, true);
      } else {
        li.append(cell.el);
        appear(cell, li, fell.has(w.slot) ? FALL * .6 : 0);
      }
    } else if (cell.slot !== w.slot) {
      cell.slot = w.slot;
      walk(cell, li);
    }
    fill(cell, w, now);
    /* A dot for a few of the reports that came since the last look. */
    const fresh = w.reports - cell.reports;
    cell.reports = w.reports;
    if (fresh > 0 && !first) setTimeout(() => pulse(li, false), Math.random() * 200);
  }
  const top = Math.max(...[...workers.values()].filter((w) => w.pid && w.slot < pool.places).map((w) => w.slot));
  for (let slot = 0; slot < top; slot++) slotAt(slots, slot); /* the free ones between */
  for (const li of [...slots.children]) if (+li.dataset.slot > top && !li.firstElementChild) li.remove();
  leaving.hidden = ![...workers.values()].some((w) => w.pid && w.slot >= pool.places);
  if (leaving.hidden && !leaving.querySelector(".dying")) leaving.replaceChildren();
  put(document.getElementById("tree-note"), server.model === "fork"
    ? say`The parent accepts; a child is born for every request.`
    : server.model === "dispatch" ? say`The parent accepts and passes each connection down; reports travel up.`
      : say`Generation ${server.generation}. Children are born downwards, reports travel up.`);
}

export const tree = {
  begin(given) {
    tools = given;
    ({ say } = tools);
    box.insertAdjacentHTML("beforeend", '<svg id="wires" aria-hidden="true"><path d=""/></svg>');
    wires = document.getElementById("wires");
    new ResizeObserver(drawWires).observe(box);
  },
  draw(state) {
    drawRoots(state);
    drawWorkers(state);
    fit(state.pool.places);
    drawWires();
    first = false;
  },
};
