/*
 * plots.js - the last five minutes, a point for each second
 *
 * Each plot is one SVG: lines, the rules behind them, and bounds where a directive sets one. Under a
 * pointer it says what was then; a reader of screens gets the present value in words.
 */
/* SPDX-License-Identifier: Apache-2.0 */
const SPANS = [60, 120, 300], TOP = 10, BOTTOM = 14, LEFT = 34, RIGHT = 4;
const figures = [...document.querySelectorAll("[data-plot]")];
let tools, say, last = null, drawn = "";

/* What each shows: lines by class, of a sample; how a value is said; and bounds. */
const kinds = {
  rate: {
    lines: { a: (s) => s.requests },
    tell: (v) => tools.count(v),
    now: (s, state) => [tools.count(state.pool.requests_per_second), say`over ten seconds`],
    area: true,
  },
  latency: {
    lines: { a: (s) => s.p50 || null, b: (s) => s.p90 || null, c: (s) => s.p99 || null },
    tell: (v) => tools.time(v),
    now: (s) => s.p99 ? [tools.time(s.p50), `99 % ${tools.time(s.p99)}`] : ["-", say`no requests`],
    log: true,
  },
  busy: {
    lines: { a: (s) => s.busy + s.idle ? 100 * s.busy / (s.busy + s.idle) : 0 },
    tell: (v) => `${Math.round(v)} %`,
    now: (s) => [`${s.busy + s.idle ? Math.round(100 * s.busy / (s.busy + s.idle)) : 0} %`, say`${s.busy} of ${s.busy + s.idle}`],
    most: 100, area: true,
  },
  queue: {
    lines: { c: (s) => s.queue },
    tell: (v) => tools.count(v),
    now: (s, state) => [tools.count(s.queue), say`room for ${tools.count(state.listen_queue.limit)}`],
    area: true,
  },
  policy: {
    lines: { a: (s) => s.spare, b: (s) => s.busy + s.idle },
    tell: (v) => tools.count(v),
    now: (s) => [say`${s.spare} spare`, say`of ${s.busy + s.idle} workers`],
    bounds: ({ server }) => server.model === "fork" ? [] : [["Min", server.limits.min_spare_servers], ["Max", server.limits.max_spare_servers]],
    step: true,
  },
  lives: {
    lines: { a: (s) => s.births, b: (s) => s.deaths - s.crashes, c: (s) => s.crashes },
    tell: (v) => tools.count(v),
    now: (s, { totals }) => [[s.births, s.deaths - s.crashes, s.crashes].map(tools.count).join(" / "),
      say`${[totals.births, totals.deaths - totals.crashes, totals.crashes].map(tools.count).join(" / ")} in all`],
    step: true,
  },
};

/* A little above the largest, a number one can read, and so is its half. */
function nice(v) {
  if (v <= 4) return 4;
  const unit = 10 ** Math.floor(Math.log10(v));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((m) => m * unit).find((n) => n >= v && n % 2 === 0);
}

function scale(kind, values, bounds) {
  const most = Math.max(0, ...values, ...bounds);
  if (!kind.log) {
    const top = kind.most ?? nice(most * 1.05);
    return { marks: [0, top / 2, top], at: (v) => v / top };
  }
  const some = values.filter((v) => v > 0);
  const low = Math.floor(Math.log10(Math.min(1e-3, ...some))), high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(1e-3, ...some))));
  const marks = [];
  for (let e = low; e <= high; e += Math.ceil((high - low) / 4)) marks.push(10 ** e);
  return { marks, at: (v) => (Math.log10(v) - low) / (high - low) };
}

const round = (n) => n.toFixed(1);

function path(samples, of, x, y, step) {
  let d = "", open = false, before = 0;
  for (const s of samples) {
    const v = of(s);
    if (v === null) {
      open = false;
      continue;
    }
    d += open ? (step ? `V${round(y(v))}H${round(x(s.time))}` : `L${round(x(s.time))} ${round(y(v))}`)
      : `M${round(x(s.time))} ${round(y(v))}`;
    open = true;
    before = x(s.time);
  }
  return [d, before];
}

function drawOne(figure, state) {
  const kind = kinds[figure.dataset.plot], canvas = figure.querySelector(".canvas");
  const w = canvas.clientWidth, h = canvas.clientHeight;
  if (!w || !state.samples.length) return;
  const samples = state.samples, end = samples[samples.length - 1].time;
  const bounds = (kind.bounds?.(state) ?? []).filter(([, v]) => v > 0);
  const lines = Object.entries(kind.lines);
  const values = lines.flatMap(([, of]) => samples.map(of)).filter((v) => v !== null);
  const { marks, at } = scale(kind, values, bounds.map(([, v]) => v));
  const span = SPANS.find((s) => s >= end - samples[0].time) ?? SPANS[2];
  const x = (t) => LEFT + (w - LEFT - RIGHT) * (1 - (end - t) / span);
  const y = (v) => TOP + (h - TOP - BOTTOM) * (1 - Math.min(1, Math.max(0, at(v))));
  const out = [];
  for (const m of marks)
    out.push(`<line class="rule" x1="${LEFT}" x2="${w - RIGHT}" y1="${round(y(m))}" y2="${round(y(m))}"/>`,
      `<text x="${LEFT - 6}" y="${round(y(m) + 3.5)}" text-anchor="end">${kind.tell(m)}</text>`);
  for (const part of [1, .5, 0]) {
    const s = span * part, anchor = part === 1 ? "start" : part ? "middle" : "end";
    out.push(`<text x="${round(x(end - s))}" y="${h - 1}" text-anchor="${anchor}">${!s ? say`now` : s < 60 || s % 60 ? say`-${s} s` : say`-${s / 60} min`}</text>`);
  }
  for (const [name, of] of lines) {
    const [d, right] = path(samples, of, x, y, kind.step);
    if (kind.area && d) out.push(`<path class="area" d="${d}L${round(right)} ${round(y(0))}L${round(x(samples[0].time))} ${round(y(0))}Z"/>`);
    out.push(`<path class="line ${name}" d="${d}"/>`);
  }
  const same = bounds.length === 2 && bounds[0][1] === bounds[1][1];
  for (const [name, v] of same ? [[`Min = Max`, bounds[0][1]]] : bounds)
    out.push(`<line class="bound" x1="${LEFT}" x2="${w - RIGHT}" y1="${round(y(v))}" y2="${round(y(v))}"/>`,
      `<text class="bound-name" x="${LEFT + 4}" y="${round(y(v) - 4)}">${name} ${v}</text>`);
  if (figure.pointed !== undefined) {
    const px = Math.min(w - RIGHT, Math.max(LEFT, figure.pointed));
    out.push(`<line class="hair" x1="${round(px)}" x2="${round(px)}" y1="${TOP}" y2="${h - BOTTOM}"/>`);
  }
  canvas.innerHTML = `<svg role="img" aria-label="" viewBox="0 0 ${w} ${h}">${out.join("")}</svg>`;
  tell(figure, kind, state, samples, w, end, span);
}

/* The present, or what was where the pointer is. */
function tell(figure, kind, state, samples, w, end, span) {
  let words = kind.now(samples[samples.length - 1], state);
  if (figure.pointed !== undefined) {
    const time = end - span * (1 - (figure.pointed - LEFT) / (w - LEFT - RIGHT));
    const s = samples.reduce((a, b) => Math.abs(b.time - time) < Math.abs(a.time - time) ? b : a);
    words = [Object.values(kind.lines).map((of) => of(s)).map((v) => v === null ? "-" : kind.tell(v)).join(" / "),
      new Date(s.time * 1000).toLocaleTimeString()];
  }
  const output = figure.querySelector("output"), small = document.createElement("small");
  small.textContent = words[1];
  output.replaceChildren(words[0], small);
  figure.querySelector("svg").setAttribute("aria-label", `${figure.querySelector("h3").textContent}: ${words.join(", ")}`);
}

export const plots = {
  begin(given) {
    tools = given;
    ({ say } = tools);
    const again = () => { drawn = ""; if (last) plots.draw(last); };
    new ResizeObserver(again).observe(document.querySelector(".plots"));
    for (const figure of figures) {
      const canvas = figure.querySelector(".canvas");
      canvas.addEventListener("pointermove", (event) => {
        figure.pointed = event.clientX - canvas.getBoundingClientRect().left;
        if (last) drawOne(figure, last);
      });
      canvas.addEventListener("pointerleave", () => {
        figure.pointed = undefined;
        if (last) drawOne(figure, last);
      });
    }
  },
  draw(state) {
    last = state;
    const newest = state.samples[state.samples.length - 1];
    const mark = `${newest?.time} ${state.samples.length} ${state.server.generation} ${tools.speech.language}`;
    if (mark === drawn) return;
    drawn = mark;
    for (const figure of figures) drawOne(figure, state);
  },
};
