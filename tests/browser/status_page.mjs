/*
 * status_page.mjs - what a browser shows of the status page, and what its switches do
 *
 * Checks, at StatusListen and in a worker: the page opens without an error, without a request to
 * another host, without anything moving while it loads; it weighs less than 100 KiB; text stands out
 * from its ground (WCAG AA); every control has a name and is reached by Tab; without JavaScript it is
 * a table; a worker that is killed goes and its replacement comes within a second; load moves the
 * plots and the letters; the lab's switches change the model, and the page follows; with every worker
 * stopped it says so; page, ?json and ?auto agree at a quiet moment.
 */
/* SPDX-License-Identifier: Apache-2.0 */
import { existsSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [modules, executablePath, work, pictures] = process.argv.slice(2);
const { chromium } = await import(pathToFileURL(`${modules}/index.mjs`));
const faults = [];
const fault = (words) => { faults.push(words); console.log(words); };
const read = (name) => existsSync(`${work}/${name}`) ? readFileSync(`${work}/${name}`, "utf8") : "";

async function wait(what, condition, ms = 20000) {
  const end = Date.now() + ms;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (Date.now() > end) throw new Error(`gave up waiting: ${what}`);
    await new Promise((go) => setTimeout(go, 20));
  }
}

const port = async (file, pattern) => (await wait(`${pattern}`, () => read(file).match(pattern)))[1];
const main = `http://127.0.0.1:${await port("out", /localhost:(\d+)\//)}/server-status`;
const status = `http://127.0.0.1:${await port("log", /the status is on http:\/\/127.0.0.1:(\d+)\//)}/`;
const json = async () => {
  try {
    return await (await fetch(`${status}?json`)).json();
  } catch {
    return null; /* one status process takes over from the other */
  }
};

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

async function open(address, more = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...more });
  const page = await context.newPage();
  page.weight = 0;
  page.on("console", (m) => {
    /* While one status process takes over from the other nobody may answer for a moment. */
    if (m.type() === "error" && !/ERR_(CONNECTION|EMPTY|INCOMPLETE|NETWORK)/.test(m.text())) fault(`console: ${m.text()}`);
  });
  page.on("pageerror", (e) => fault(`script: ${e.message}`));
  page.on("request", (r) => {
    const url = new URL(r.url());
    if (url.protocol !== "data:" && url.host !== new URL(address).host) fault(`a request to ${r.url()}`);
  });
  page.on("response", (r) => { page.weight += Number(r.headers()["content-length"] ?? 0); });
  await page.addInitScript(() => {
    window.shifted = 0;
    new PerformanceObserver((list) => {
      for (const e of list.getEntries()) if (!e.hadRecentInput) window.shifted += e.value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(address);
  return page;
}

const live = (page) => page.waitForFunction(() => document.getElementById("link").textContent === "live" &&
  document.querySelectorAll(".cell[data-pid]").length > 0);

/* --- at rest --- */

async function atRest() {
  for (const address of [main, status]) {
    const page = await open(address);
    await live(page);
    await page.waitForTimeout(600);
    const shifted = await page.evaluate(() => window.shifted);
    if (shifted > 0.02) fault(`${address}: things move while it loads: ${shifted}`);
    if (page.weight > 100 * 1024 || page.weight < 10000) fault(`${address}: ${page.weight} bytes`);
    await page.context().close();
  }
  const plain = await open(status, { javaScriptEnabled: false });
  if (await plain.locator("#rows tr").count() !== 3) fault("without JavaScript: no row for each worker");
  if (await plain.locator("#tree").isVisible()) fault("without JavaScript: an empty drawing");
  await plain.context().close();
}

/* Text against its ground, by the formula of WCAG 2, in both schemes. */
async function contrast() {
  for (const colorScheme of ["light", "dark"]) {
    const page = await open(status, { colorScheme });
    await live(page);
    const bad = await page.evaluate(() => {
      const parse = (c) => (c.match(/[\d.]+/g) ?? []).map(Number);
      const part = (v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
      const light = ([r, g, b]) => .2126 * part(r) + .7152 * part(g) + .0722 * part(b);
      const ground = (el) => {
        for (; el; el = el.parentElement) {
          const c = parse(getComputedStyle(el).backgroundColor);
          if (c.length === 3 || c[3] === 1) return c;
        }
        return [255, 255, 255];
      };
      const found = new Set();
      for (const el of document.querySelectorAll("body *")) {
        const own = [...el.childNodes].some((n) => n.nodeType === 3 && n.nodeValue.trim());
        const r = el.getBoundingClientRect();
        if (!own || !r.width || el.closest("script, style, .skip, [hidden]")) continue;
        const style = getComputedStyle(el), a = light(parse(el instanceof SVGElement ? style.fill : style.color)), b = light(ground(el));
        const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
        if (ratio < 4.5) found.add(`${el.tagName}.${el.getAttribute("class")} ${ratio.toFixed(2)}`);
      }
      return [...found];
    });
    for (const words of bad) fault(`${colorScheme}: too little contrast: ${words}`);
    await page.context().close();
  }
}

/* Every control has a name, and Tab comes by it. */
async function keyboard() {
  const page = await open(status);
  await live(page);
  const wanted = await page.evaluate(() => {
    const all = [...document.querySelectorAll("a[href], button:not(:disabled), select, [tabindex='0']")].filter((el) => el.offsetParent && !el.closest("#explain"));
    all.forEach((el, n) => { el.dataset.tested = n; });
    return all.map((el) => ({ name: el.getAttribute("aria-label") || el.getAttribute("aria-labelledby") || el.textContent.trim(), tag: el.outerHTML.slice(0, 60) }));
  });
  for (const { name, tag } of wanted) if (!name) fault(`a control without a name: ${tag}`);
  const came = new Set();
  for (let i = 0; i < wanted.length * 3 + 20 && came.size < wanted.length; i++) {
    await page.keyboard.press("Tab");
    came.add(await page.evaluate(() => document.activeElement?.dataset?.tested));
    came.delete(undefined);
  }
  if (came.size < wanted.length) fault(`Tab comes by ${came.size} of ${wanted.length} controls`);
  await page.locator(".cell[data-pid]").first().focus();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Tab");
  await page.waitForSelector("#explain:not([hidden])");
  if (!/^Worker \d+ in slot \d+ is a child of the parent/.test(await page.locator("#explain p").first().textContent()))
    fault("the sentence about a worker is another one");
  await page.keyboard.press("Escape");
  if (await page.locator("#explain").isVisible()) fault("Escape leaves the sentence open");
  await page.context().close();
}

/* --- in motion --- */

const pidOf = (page, slot) => page.locator(`#slots [data-slot="${slot}"] .cell[data-pid]`).getAttribute("data-pid");

/* Milliseconds from the kill to the replacement on the screen. */
async function death(page) {
  const before = await pidOf(page, 1);
  await page.evaluate((pid) => {
    window.replaced = new Promise((go) => {
      const look = () => {
        const now = document.querySelector('#slots [data-slot="1"] .cell[data-pid]')?.dataset.pid;
        if (now && now !== pid) go(Date.now());
        else requestAnimationFrame(look);
      };
      look();
    });
  }, before);
  const began = Date.now();
  process.kill(Number(before), "SIGKILL");
  return await page.evaluate(() => window.replaced) - began;
}

async function inMotion() {
  const page = await open(status);
  await live(page);
  let best = Infinity;
  for (let i = 0; i < 3 && best > 1000; i++) best = Math.min(best, await death(page));
  if (best > 1000) fault(`a replacement appeared after ${best} ms`);
  await page.waitForFunction(() => /slot 1 is gone: worker \d+ was killed by a signal from outside \(signal 9\)/.test(document.getElementById("log").textContent));
  await page.waitForFunction(() => /killed by a signal/.test(document.getElementById("deaths").textContent));

  /* Load. */
  const before = await page.locator('[data-plot="rate"] .line').getAttribute("d");
  await page.click('[data-ask="load"] >> nth=0');
  await page.waitForFunction(() => /[RWK]/.test([...document.querySelectorAll(".cell i")].map((i) => i.textContent).join("")));
  await page.waitForFunction((d) => document.querySelector('[data-plot="rate"] .line').getAttribute("d") !== d &&
    parseFloat(document.getElementById("t-rate").textContent) > 10, before);
  if (pictures) await page.screenshot({ path: `${pictures}/load.png` });
  await page.click('[data-ask="load-end"]');
  await page.waitForFunction(() => /the load has ended/.test(document.getElementById("log").textContent));

  /* The switches. */
  for (const [value, model] of [["1", "fork"], ["2", "dispatch"], ["0", "prefork"]]) {
    await page.selectOption('[data-ask="model"]', value);
    await page.waitForFunction((m) => document.getElementById("model").textContent === m, model, { timeout: 20000 });
  }
  await page.waitForFunction(() => document.querySelectorAll("#slots .cell[data-pid]").length === 3);

  /* Nobody answers but this page. */
  await page.click('[data-ask="stop-all"]');
  await page.waitForFunction(() => /^Every worker is stopped by a signal/.test(document.getElementById("alarm").textContent));
  await page.waitForFunction(() => document.querySelectorAll(".cell.held").length === 3);
  if (pictures) await page.screenshot({ path: `${pictures}/held.png` });
  await page.click('[data-ask="continue-all"]');
  await page.waitForFunction(() => document.getElementById("alarm").textContent === "All is well.");
  await page.context().close();
}

/* --- agreement --- */

async function agreement() {
  const page = await open(status);
  await live(page);
  let words = "";
  const same = async () => {
    const j = await json(), auto = await (await fetch(`${status}?auto`)).text();
    if (!j) return false;
    const field = (name) => Number(auto.match(new RegExp(`^${name}: (.*)$`, "m"))[1]);
    const shown = await page.evaluate(() => ({
      busy: document.getElementById("t-busy").textContent, open: document.getElementById("t-open").textContent,
      born: document.getElementById("t-lives").textContent, parent: document.getElementById("parent").textContent,
      pids: [...document.querySelectorAll("#rows tr")].map((tr) => tr.children[2].textContent).join(),
      requests: [...document.querySelectorAll("#rows tr")].map((tr) => tr.children[5].textContent).join(),
    }));
    words = JSON.stringify({ shown, pool: j.pool, totals: j.totals.births, pids: j.workers.map((w) => [w.pid, w.pss]) });
    return shown.busy === String(j.pool.busy) && field("BusyWorkers") === j.pool.busy && field("Total Accesses") === j.totals.requests &&
      field("ConnsTotal") === j.pool.connections && shown.open === String(j.pool.connections) && shown.born === String(j.totals.births) &&
      shown.parent === String(j.server.pid) && shown.pids === j.workers.map((w) => w.pid).join() &&
      j.workers.every((w) => existsSync(`/proc/${w.pid}`)) && j.workers.every((w) => (w.pss || w.memory) > 0 && w.pss < 1e9);
  };
  await wait("page, JSON, text and /proc agree", same).catch((e) => fault(`${e.message}: ${words}`));
  await page.context().close();
}

async function takePictures() {
  for (const width of [1280, 390]) {
    for (const colorScheme of ["light", "dark"]) {
      const page = await open(status, { colorScheme, viewport: { width, height: 900 } });
      await live(page);
      await page.waitForTimeout(500);
      if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) fault(`${width}: wider than the screen`);
      if (pictures) await page.screenshot({ path: `${pictures}/${width}-${colorScheme}.png`, fullPage: true });
      await page.context().close();
    }
  }
}

try {
  await wait("three workers", async () => (await json())?.workers.length === 3);
  for (const part of [atRest, contrast, keyboard, inMotion, agreement, takePictures]) await part();
} catch (e) {
  fault(e.stack);
} finally {
  await browser.close();
}
process.exit(faults.length ? 1 : 0);
