/*
 * status.js - keeps what the server says and has every part of the page draw it
 *
 * The stream of ?events begins with the whole (snapshot) and goes on with what changed (delta); see
 * the manual, status.html. A server that ends the stream after the snapshot is asked again by
 * EventSource itself, so all parts draw from the state alone and find out themselves what is new.
 */
/* SPDX-License-Identifier: Apache-2.0 */
/* The address of a module is the page's own with another query, which only import() can name. */
const load = (name) => import(new URL(`?asset=${name}.js`, import.meta.url));
const [{ panels, tools }, { rove }, { tree }, { plots }, { lab }, { explain }, { speech, say }] =
  await Promise.all(["panels", "rove", "tree", "plots", "lab", "explain", "say"].map(load));

const MOST = { deaths: 64, samples: 300, log: 256 };
const parts = [rove, panels, tree, plots, lab, explain, speech];
let state = null;
let waiting = false;

function draw() {
  waiting = false;
  if (!state) return;
  tell(kind);
  for (const part of parts) part.draw(state);
}

/* At most once a frame; a page that nobody looks at draws nothing. */
function soon() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(draw);
}

function take(whole) {
  state = { ...whole, workers: new Map(whole.workers.map((w) => [w.slot, w])), log: whole.log ?? [] };
  soon();
}

function change(delta) {
  if (!state) return;
  const { workers, emptied, deaths, samples, log, ...sums } = delta;
  Object.assign(state, sums);
  for (const slot of emptied) state.workers.delete(slot);
  for (const w of workers) state.workers.set(w.slot, w);
  state.deaths = [...deaths, ...state.deaths].slice(0, MOST.deaths);
  state.samples = [...state.samples, ...samples].slice(-MOST.samples);
  if (log) state.log = [...state.log, ...log].slice(-MOST.log);
  soon();
}

const link = document.getElementById("link");
let lost = 0, kind = "on"; /* of the link */

const heard = { on: () => say`live`, off: () => say`no answer` };

function tell(now) {
  const words = heard[kind = now]();
  if (link.textContent !== words) link.textContent = words;
  link.className = `live ${kind}`;
}

function connect() {
  const source = new EventSource("?events");
  source.addEventListener("snapshot", (event) => {
    clearTimeout(lost);
    tell("on");
    take(JSON.parse(event.data));
  });
  source.addEventListener("delta", (event) => change(JSON.parse(event.data)));
  /* A classic worker ends its answer by right: only silence for longer is worth a word. */
  source.addEventListener("error", () => {
    clearTimeout(lost);
    lost = setTimeout(() => tell("off"), 5000);
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  });
}

Object.assign(tools, { speech, say, redraw: soon });
for (const part of parts) part.begin(tools);
connect();
