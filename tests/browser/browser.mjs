/*
 * browser.mjs - what the tests in a browser have in common: the browser, faults, waiting, the basics
 * every page keeps to
 *
 * Owns:    the browser, until end()
 * Errors:  fault() writes one down; end() exits with 1 where there are any
 */
/* SPDX-License-Identifier: Apache-2.0 */
import { existsSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [modules, executablePath, work, shots] = process.argv.slice(2);
const { chromium } = await import(pathToFileURL(`${modules}/index.mjs`));
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const faults = [];
const PATIENCE = 120000; /* a machine may have much else to do; what is there at once is found at once */

export const pictures = shots;
export const folder = work;
export const fault = (words) => { faults.push(words); console.log(words); };
export const read = (name) => existsSync(`${work}/${name}`) ? readFileSync(`${work}/${name}`, "utf8") : "";

export async function wait(what, condition, ms = PATIENCE) {
  const end = Date.now() + ms;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (Date.now() > end) throw new Error(`gave up waiting: ${what}`);
    await new Promise((go) => setTimeout(go, 20));
  }
}

const port = async (file, pattern) => (await wait(`${pattern}`, () => read(file).match(pattern)))[1];
export const site = `http://127.0.0.1:${await port("out", /localhost:(\d+)\//)}`;
export const status = `http://127.0.0.1:${await port("log", /the status is on http:\/\/127.0.0.1:(\d+)\//)}/`;

/* What ?json says; null while one status process takes over from the other. */
export async function json() {
  try {
    return await (await fetch(`${status}?json`)).json();
  } catch {
    return null;
  }
}

/* The same, once somebody answers. */
export const look = () => wait("the status", json);

/* Nobody begins, leaves or is still to be buried: what is counted stays as it is. */
export const rest = () => wait("a pool at rest", async () => {
  const now = await json();
  return now && now.pool.leaving === 0 && now.pool.states.starting === 0 && now.workers.length === now.server.limits.start_servers && now;
});

/* A page in a browser of its own, which minds errors, other hosts, weight and what moves. */
export async function open(address, more = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...more });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  page.weight = 0;
  page.on("console", (m) => {
    /* While one process takes over from the other nobody may answer for a moment; and "make lab" has measured nothing. */
    if (m.type() === "error" && !/ERR_(CONNECTION|EMPTY|INCOMPLETE|NETWORK)/.test(m.text()) && !/measured\.json$/.test(m.location().url)) fault(`${page.url()}: console: ${m.text()}`);
  });
  page.on("pageerror", (e) => fault(`${page.url()}: script: ${e.message}`));
  page.on("request", (r) => {
    const url = new URL(r.url());
    if (url.protocol !== "data:" && url.host !== new URL(address).host) fault(`${page.url()}: a request to ${r.url()}`);
  });
  page.on("response", (r) => { page.weight += Number(r.headers()["content-length"] ?? 0); });
  await page.addInitScript(() => {
    window.shifted = 0;
    window.movers = new Set();
    new PerformanceObserver((list) => {
      for (const e of list.getEntries()) {
        if (e.hadRecentInput) continue;
        window.shifted += e.value;
        for (const { node } of e.sources) window.movers.add((node?.nodeType === 1 ? node : node?.parentElement)?.outerHTML.slice(0, 60));
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(address);
  return page;
}

/* Nothing moved while it loaded, or since it was forgotten. */
export async function steady(page, when = "while it loads", most = 0.02) {
  const { shifted, movers } = await page.evaluate(() => ({ shifted: window.shifted, movers: [...window.movers] }));
  if (shifted > most) fault(`${page.url()}: things move ${when}: ${shifted}, ${movers.slice(0, 4).join(" ")}`);
}

/* Text against its ground, by the formula of WCAG 2. */
export async function contrast(page, colorScheme) {
  const bad = await page.evaluate(() => {
    const parse = (c) => (c.match(/[\d.]+/g) ?? []).map(Number);
    const part = (v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
    const light = ([r, g, b]) => .2126 * part(r) + .7152 * part(g) + .0722 * part(b);
    /* The last shape of a drawing that was painted where the text stands. */
    const shape = (el) => {
      const at = el.getBoundingClientRect(), x = at.left + at.width / 2, y = at.top + at.height / 2;
      for (const one of [...el.ownerSVGElement.querySelectorAll("rect, circle, ellipse, polygon")].reverse()) {
        const r = one.getBoundingClientRect(), c = parse(getComputedStyle(one).fill);
        if (x > r.left && x < r.right && y > r.top && y < r.bottom && (c.length === 3 || c[3] === 1)) return c;
      }
      return null;
    };
    const ground = (el) => {
      if (el.ownerSVGElement) {
        const c = shape(el);
        if (c) return c;
      }
      for (; el; el = el.parentElement) {
        const c = parse(getComputedStyle(el).backgroundColor);
        if (c.length === 3 || c[3] === 1) return c;
      }
      return [255, 255, 255];
    };
    const faint = (el) => {
      let all = 1;
      for (; el; el = el.parentElement) all *= Number(getComputedStyle(el).opacity);
      return all;
    };
    const found = new Set();
    const own = (el) => [...el.childNodes].some((n) => n.nodeType === 3 && n.nodeValue.trim());
    const see = (el, style, words) => {
      const front = parse(el instanceof SVGElement ? style.fill : style.color), back = ground(el);
      const share = (front[3] ?? 1) * faint(el), mixed = [0, 1, 2].map((i) => share * front[i] + (1 - share) * back[i]);
      const a = light(mixed), b = light(back), ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
      if (ratio < 4.5) found.add(`${el.tagName}.${el.getAttribute("class")} ${words} ${ratio.toFixed(2)}`);
    };
    for (const el of document.querySelectorAll("body *")) {
      const r = el.getBoundingClientRect();
      if (!r.width || el.closest("script, style, title, .skip, [hidden], .gone, .dying, :disabled")) continue;
      if (own(el)) see(el, getComputedStyle(el), el.textContent.trim().slice(0, 20));
      if (el.placeholder) see(el, getComputedStyle(el, "::placeholder"), "placeholder");
    }
    return [...found];
  });
  for (const words of bad) fault(`${page.url()}: ${colorScheme}: too little contrast: ${words}`);
}

/* Every control has a name, Tab comes by it, and it shows that it has the focus. */
export async function keyboard(page) {
  const wanted = await page.evaluate(() => {
    const all = [...document.querySelectorAll("a[href], button:not(:disabled), select, input, [tabindex='0']")].filter((el) => el.offsetParent && el.tabIndex >= 0 && !el.closest("#explain"));
    all.forEach((el, n) => { el.dataset.tested = n; });
    return all.map((el) => ({ name: el.getAttribute("aria-label") || el.getAttribute("aria-labelledby") || el.textContent.trim(), tag: el.outerHTML.slice(0, 60) }));
  });
  for (const { name, tag } of wanted) if (!name) fault(`${page.url()}: a control without a name: ${tag}`);
  const came = new Set();
  for (let i = 0; i < wanted.length + 20 && came.size < wanted.length; i++) { /* what is explained is no detour */
    await page.keyboard.press("Tab");
    const { tested, seen } = await page.evaluate(() => {
      const el = document.activeElement, style = el && getComputedStyle(el), r = el?.getBoundingClientRect();
      return { tested: el?.dataset?.tested, seen: style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 &&
        r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth };
    });
    if (tested === undefined) continue;
    if (!seen && !came.has(tested)) fault(`${page.url()}: does not show its focus: ${wanted[tested].tag}`);
    came.add(tested);
  }
  if (came.size < wanted.length)
    fault(`${page.url()}: Tab comes by ${came.size} of ${wanted.length} controls, not by ${wanted.find((_, n) => !came.has(String(n))).tag}`);
}

/* Nothing is wider than the screen, and what stands in a drawing can still be read. */
export async function fits(page) {
  if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) fault(`${page.url()}: wider than the screen`);
  const least = () => page.evaluate(() => Math.min(...[...document.querySelectorAll("svg.drawing text")].map((t) => parseFloat(getComputedStyle(t).fontSize) * t.getScreenCTM().a)));
  /* It may be drawn anew for this screen, in the next frame. */
  await wait("text that can be read", async () => await least() >= 11)
    .catch(async () => fault(`${page.url()}: text of ${(await least()).toFixed(1)} pixels in a drawing`));
}

/* A picture of the whole page, where somebody wants to look. */
export async function picture(page, name) {
  await fits(page);
  if (pictures) await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
}

/* The parts of a test in turn; the last call. */
export async function run(...parts) {
  try {
    for (const part of parts) await part();
  } catch (e) {
    fault(e.stack);
  } finally {
    await browser.close();
  }
  process.exit(faults.length ? 1 : 0);
}
