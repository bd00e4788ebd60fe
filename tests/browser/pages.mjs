/*
 * pages.mjs - what a browser makes of the welcome page, the manual and the lessons
 *
 * Checks: every page opens without an error, without a request to another host, without anything
 * moving while it loads, and its text stands out from its ground (WCAG AA) in both schemes; every
 * control of a page of each kind is reached by Tab and shows it; the search box finds, and leads
 * there; the status page leads from each thing to its source; the welcome page and each lesson, in
 * both languages, name the processes there are; each button of each experiment does what it says:
 * the event log has it, the server is switched, and the page follows; every command of a lesson can be
 * copied; a page fits into a screen of 390 pixels.
 */
/* SPDX-License-Identifier: Apache-2.0 */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { contrast, fault, fits, folder, json, keyboard, look, open, picture, pictures, run, site, status, steady, wait } from "./browser.mjs";

const names = readdirSync(`${folder}/www`, { recursive: true }).filter((name) => name.endsWith(".html")).sort();
const lessons = names.filter((name) => /learn\/(zh\/)?[1-8]-/.test(name));
const long = process.env.BROWSER_LONG; /* every page of the manual; else some of each kind */
const at = (name) => `${site}/${name}`;

async function everyPage() {
  if (names.length < 50 || lessons.length !== 16) fault(`${names.length} pages, ${lessons.length} lessons`);
  const left = names.filter((name) => long || /learn|^index|manual\/(index|architecture|directives|process-models|status|mp\/mp_pool)\.html/.test(name));
  const some = async () => {
    for (let name; (name = left.pop());) {
      const page = await open(at(name), { colorScheme: "light" });
      await page.waitForTimeout(100);
      await steady(page);
      await page.addStyleTag({ content: "* { transition: none !important }" });
      await contrast(page, "light");
      await page.emulateMedia({ colorScheme: "dark" });
      await contrast(page, "dark");
      await page.setViewportSize({ width: 390, height: 844 });
      await fits(page);
      await page.context().close();
    }
  };
  await Promise.all([some(), some(), some(), some()]);
}

/* A lesson's drawing comes to life in the room that its words had, on a small screen too. */
async function comesToLife() {
  const left = [...lessons];
  const some = async () => {
    for (let name; (name = left.pop());) {
      const page = await open(at(name), { viewport: { width: 390, height: 844 } });
      await page.waitForSelector("figure.live .worker");
      await steady(page);
      if (/bootstrap/.test(await page.textContent("figure.live"))) fault(`${name}: a drawing that is alive says how to make it so`);
      await page.context().close();
    }
  };
  await Promise.all([some(), some(), some(), some()]);
}

async function keys() {
  for (const name of ["index.html", "manual/index.html", "manual/process-models.html", "manual/learn/index.html",
    "manual/learn/3-pool.html", "manual/learn/zh/8-many-connections.html"]) {
    const page = await open(at(name));
    if (/[1-8]-/.test(name)) await page.waitForSelector(".lab:not([hidden])");
    if (/^index/.test(name)) await page.waitForSelector("#tree .pid"); /* what stood there before had a link */
    await keyboard(page);
    await page.context().close();
  }
}

async function search() {
  for (const [name, words, target] of [["index.html", "MaxRequestWorkers", /directives\.html#maxrequestworkers$/],
    ["manual/learn/zh/1-fork.html", "僵尸", /learn\/zh\/6-death\.html/]]) {
    const page = await open(at(name));
    await page.keyboard.press("/");
    await page.keyboard.type(words);
    await page.waitForSelector(".results:not([hidden]) a");
    await contrast(page, "light");
    await page.keyboard.press("Enter");
    await page.waitForURL(target);
    await page.context().close();
  }
}

async function welcome() {
  const page = await open(at("index.html"));
  const pids = async () => (await look()).workers.map((w) => String(w.pid));
  const shown = () => page.textContent("#victim");
  const victim = await wait("the pid of a worker", async () => (await pids()).includes(await shown()) && shown());
  /* Who is in no slot is not what the page speaks of. */
  const { status_process } = (await look()).server;
  process.kill(status_process, "SIGKILL");
  await wait("its death", async () => (await json())?.deaths[0]?.role === "status");
  for (let i = 0; i < 2; i++) await page.waitForResponse(/\?json$/);
  if (await page.textContent("#happened")) fault(`of the status process the welcome page says: ${await page.textContent("#happened")}`);
  process.kill(Number(victim), "SIGKILL");
  await wait("the next one's", async () => await shown() !== victim && (await pids()).includes(await shown()));
  await page.waitForFunction((pid) => new RegExp(`^${pid} was killed by a signal.* \\(signal 9\\)\\. \\d+ stands in its place\\.$`)
    .test(document.getElementById("happened").textContent), victim);
  /* Without the server it is drawn by hand; both can be read on a phone. */
  await page.setViewportSize({ width: 390, height: 844 });
  await fits(page);
  const plain = await open(at("index.html"), { javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
  await plain.locator("#tree .by-hand").waitFor();
  await fits(plain);
  await plain.context().close();
  const drawn = await page.locator("#tree .pid").allTextContents();
  if (drawn.length !== 3 || drawn.includes(victim)) fault(`the welcome page draws ${drawn}`);
  await page.click("#ask");
  await page.waitForFunction(() => /^[\d,]+ a second$/.test(document.getElementById("asked").textContent));
  await page.context().close();
}

/* What the status page says of each thing has links that lead somewhere, and ends in its source. */
async function sources() {
  const page = await open(`${site}/server-status`);
  await page.waitForSelector(".cell[data-pid]");
  const things = await page.locator("[data-explain]").count();
  const seen = new Set(), explained = new Set();
  for (let i = 0; i < things; i++) {
    const thing = page.locator("[data-explain]").nth(i);
    if (!await thing.isVisible()) continue;
    await page.keyboard.press("Tab");
    await thing.focus();
    await page.locator("#explain:not([hidden])").waitFor();
    if (await page.locator("#explain").evaluate((el) => el.querySelector("p").offsetWidth < el.clientWidth - 40)) fault("a sentence does not have the room of its bubble");
    const key = await thing.getAttribute("data-explain"), source = page.locator("#explain .more");
    if (await source.locator("a").count() < 2) fault(`${key}: no link to a lesson and to how it is built`);
    for (const a of await source.locator("a").all()) seen.add(await a.evaluate((el) => el.href));
    if (!/\w+ in src\/\S+\.c(:\d+)?中文$/.test(await source.textContent())) fault(`${key}: the source is said to be ${await source.textContent()}`);
    const box = await page.locator("#explain").evaluate((el) => [el.getBoundingClientRect(), document.body.clientWidth]);
    if (box[0].left < 0 || box[0].right > box[1]) fault(`${key}: the sentence stands beside the screen`);
    if (explained.has(key)) continue;
    explained.add(key);
    await contrast(page, "light");
  }
  for (const key of ["max_request_workers", "file_cache_bytes", "state_ready", "col_memory", "lab_kill", "lab_mutex", "lab_worker", "model", "log"])
    if (!explained.has(key)) fault(`nothing explains ${key}`);
  if (![...seen].some((href) => href.endsWith("/manual/directives.html#maxrequestworkers"))) fault("MaxRequestWorkers does not lead to its row");
  if (seen.size < 40) fault(`only ${seen.size} places are named`);
  const other = await open(status); /* whose process has to find the manual itself */
  await other.waitForSelector('.ways a[href$="/manual/learn/"]');
  await other.locator("#tree .parent").focus();
  await other.locator('#explain .more a[href$="6-death.html"]').waitFor();
  await other.context().close();
  for (const href of seen) {
    const [, there, , id] = href.match(/\/([^/#]*)(#(.*))?$/), answer = await fetch(href);
    if (!answer.ok || id && !(await answer.text()).includes(` id="${id}"`)) fault(`${there} has no ${id}`);
  }
  await page.context().close();
}

/* Who reads Chinese is told in Chinese, and led to the Chinese lesson; who would rather not, says so. */
async function explainsInChinese() {
  const page = await open(`${site}/server-status`, { locale: "zh-CN", viewport: { width: 390, height: 844 } });
  await page.waitForSelector(".cell[data-pid]");
  const said = page.locator("#explain p").first();
  for (const [thing, words] of [["[data-explain=queue] >> nth=0", /^内核已经建立/], [".cell[data-pid] >> nth=0", /^槽位 \d+ 的工作进程/], ["[data-explain=lab_hang]", /^工作进程陷入死循环/]]) {
    await page.keyboard.press("Tab");
    await page.locator(thing).focus();
    await page.waitForFunction((source) => new RegExp(source).test(document.querySelector("#explain p")?.textContent), words.source);
  }
  if (await page.getAttribute("#explain", "lang") !== "zh-CN") fault("what is said in Chinese does not say so");
  await page.locator('#explain .more a[href*="/learn/zh/"]').first().waitFor();
  await page.click("#explain button");
  await page.waitForFunction(() => /^The worker runs in an endless loop/.test(document.querySelector("#explain p")?.textContent));
  await page.reload();
  await page.waitForSelector(".cell[data-pid]");
  await page.keyboard.press("Tab");
  await page.locator("[data-explain=queue]").first().focus();
  await page.waitForFunction(() => /^Connections the kernel/.test(document.querySelector("#explain p")?.textContent));
  await page.context().close();
}

/* --- the experiments --- */

const said = async (words) => (await json())?.log.some((e) => words.test(e.words));
const server = async (member) => (await json())?.server[member];
const limit = async (member) => (await json())?.server.limits[member];
const drawn = (page, words) => page.locator("figure.live .parent", { hasText: words }).waitFor();

/* What each button is to do; what is said of it in the log; how the page follows. */
const effects = {
  "kill": async (page, before) => {
    await wait("a worker is gone", async () => (await json())?.totals.births > before.totals.births && said(/sends SIGKILL to the worker/));
    await page.locator("figure.live .events li", { hasText: /signal 9 \(killed\)|信号 9 终止（被外来信号杀掉）/ }).first().waitFor();
  },
  "graceful": async (page, before) => {
    await wait("the next generation", async () => await server("generation") > before.server.generation);
    await drawn(page, new RegExp(` (generation )?(第 )?${before.server.generation + 1}\\b`));
  },
  "model": async (page, before, n) => {
    const name = ["prefork", "fork", "dispatch"][n];
    await wait(`model ${name}`, async () => await server("model") === name);
    await drawn(page, `· ${name} ·`);
  },
  "method": async (page, before, n) => {
    const name = ["fork", "spawn", "forkserver"][n];
    await wait(`method ${name}`, async () => await server("start_method") === name);
    await drawn(page, `· ${name} ·`);
  },
  "connections": async (page, before, n) => {
    await wait(`WorkerConnections ${n}`, async () => await limit("worker_connections") === n);
    await drawn(page, String((await look()).server.generation));
  },
  "mutex": async (page, before, n) => {
    await wait("AcceptMutex", async () => await server("accept_mutex") === ["none", "fcntl", "flock", "pthread"][n]);
  },
  "keeper": async (page, before, on) => {
    await wait("the keeper", async () => (await server("keeper") !== null) === Boolean(on));
  },
  "load": async (page, before) => {
    await wait("load", async () => (await json())?.totals.requests > before.totals.requests + 1000);
    await page.waitForFunction((n) => Number(document.querySelector(".live .sums").textContent.match(/\d+(?=\D*$)/)) > n, before.totals.requests + 500);
  },
  "slow": async (page, before, n) => {
    await wait(`${n} slow clients`, async () => (await json())?.pool.connections >= n);
    await page.waitForFunction((m) => document.querySelectorAll(".live .worker:not(.gone)").length >= m, Math.min(n, 12));
  },
  "load-end": async () => {
    await wait("its end", async () => said(/the load has ended/) && (await json())?.pool.connections < 8);
  },
  "reset": async (page) => {
    await wait("as configured", async () => await server("model") === "prefork" && await server("start_method") === "fork" &&
      await server("accept_mutex") === "none" && await limit("worker_connections") === 4096);
    await drawn(page, "prefork · fork ·");
  },
};

async function press(page, button) {
  const verb = await button.getAttribute("data-lab"), [name, value] = verb.split("&");
  const before = await look(), output = page.locator(".lab output");
  const last = before.log.at(-1)?.number ?? 0;
  await output.evaluate((el) => { el.textContent = ""; });
  await button.click();
  await page.waitForFunction(() => document.querySelector(".lab output").textContent);
  if (!/^(asked|已请求)$/.test(await output.textContent())) throw new Error(`${page.url()}: ${verb}: ${await output.textContent()}`);
  await wait(`${verb} in the log`, async () => (await json())?.log.some((e) => e.number > last && e.kind === "lab"));
  await effects[name](page, before, Number(value)).catch((e) => { throw new Error(`${page.url()}: ${verb}: ${e.message}`); });
}

async function experiments() {
  for (const name of lessons) {
    const page = await open(at(name));
    await page.waitForSelector(".lab:not([hidden])");
    await page.waitForFunction(() => document.querySelectorAll("figure.live .worker").length >= 3);
    const pids = (await look()).workers.map((w) => String(w.pid)), parent = String((await look()).server.pid);
    for (const span of await page.locator(".pid-worker").allTextContents()) if (!pids.includes(span)) fault(`${name}: ${span} is no worker`);
    for (const span of await page.locator(".pid-parent").allTextContents()) if (span !== parent) fault(`${name}: ${span} is not the parent`);
    for (const button of await page.locator("button[data-ask]").all()) {
      await button.click();
      await page.waitForFunction(() => /^(300 answers in|[\d.]+ 秒内得到 300 个)/.test(document.querySelector("button[data-ask] + output").textContent));
    }
    for (const button of await page.locator("button.measured").all()) {
      await button.click();
      await page.waitForFunction(() => /make lab/.test(document.querySelector("button.measured + output").textContent));
    }
    const buttons = await page.locator(".lab button").all();
    if (!buttons.length) fault(`${name}: no experiment`);
    for (const button of buttons) await press(page, button);
    await page.context().close();
  }
}

/* Every command of a lesson can be copied, with the processes there are, and the same in both languages. */
async function copies() {
  const both = [];
  for (const name of lessons) {
    const page = await open(at(name));
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.waitForSelector("figure.live .worker");
    const parent = String((await look()).server.pid), pids = (await look()).workers.map((w) => String(w.pid)), all = [];
    for (const button of await page.locator(".copied > button").all()) {
      /* It says so for a moment, in which a busy machine may not look. */
      await button.evaluate((el) => new MutationObserver(() => { el.said ||= /^(Copied|已复制)$/.test(el.textContent); }).observe(el, { childList: true }));
      await button.click();
      await page.waitForFunction((el) => el.said, await button.elementHandle());
      const words = await page.evaluate(() => navigator.clipboard.readText());
      if (/WORKER|PARENT|进程/.test(words.replace(/.*echo.*/g, ""))) fault(`${name}: copied are words in place of a number: ${words}`);
      if (await button.evaluate((el) => {
        const range = document.createRange(), own = el.getBoundingClientRect(), scrolls = el.previousElementSibling.getBoundingClientRect();
        range.selectNodeContents(el.previousElementSibling);
        return [...range.getClientRects()].some((r) => Math.min(r.right, scrolls.right) > own.left && r.bottom > own.top && r.top < own.bottom);
      })) fault(`${name}: what copies lies over ${words}`);
      all.push(words.replace(/echo .*/g, "").replace(/\d+/g, (n) => n === parent || pids.includes(n) ? "PID" : n));
    }
    const commands = await page.locator("pre:not(.source)").count();
    if (commands < 4 || all.length !== commands) fault(`${name}: ${all.length} of ${commands} commands can be copied`);
    both.push(all.join("\n"));
    await page.context().close();
  }
  for (let n = 0; n < 8; n++) if (both[n] !== both[n + 8]) fault(`${lessons[n + 8]}: copies other commands than ${lessons[n]}`);
}

/* What make lab wrote is shown in the reader's language. */
async function measured() {
  const folderOf = `${folder}/www/manual/learn/measured`, row = (design, control_us) => ({ design, control_us, control_s: 1, his: null, clients_s: 2 });
  mkdirSync(folderOf);
  writeFileSync(`${folderOf}/measured.json`, JSON.stringify({ machine: { date: "today" }, languages: ["en", "zh"], designs: {
    iterative: row("iterative", 0), fork: row("one child per client", 500.25),
    none: { ...row("preforked, no lock", 20), children: [30, 10] } } }));
  for (const name of ["stevens", "stevens.zh", "stevens-percent", "stevens-percent.zh", "children", "children.zh"])
    writeFileSync(`${folderOf}/${name}.svg`, '<svg xmlns="http://www.w3.org/2000/svg" width="850" height="400"></svg>');
  for (const [zh, words] of [["", "one child per client"], ["zh/", "每个客户端一个子进程"]]) {
    const page = await open(at(`manual/learn/${zh}8-many-connections.html`));
    await page.click("button.measured");
    await page.locator(".measured-here th, .measured-here td", { hasText: words }).waitFor();
    if (await page.locator(".measured-here tbody tr").count() !== 5 || !/500\.3/.test(await page.textContent(".measured-here"))) fault(`${zh}: other measurements`);
    const shares = await page.locator(".measured-here table").last().locator("tbody tr").allTextContents();
    if (shares.join() !== "175.0,225.0") fault(`${zh}: other shares of the children: ${shares}`);
    await page.waitForFunction(() => [...document.querySelectorAll(".measured-here img")].filter((i) => i.naturalWidth === 850 && i.width <= i.parentElement.clientWidth).length === 3);
    const drawn = (await page.locator(".measured-here img").evaluateAll((all) => all.map((i) => i.src.replace(/.*\//, "")))).join();
    if (drawn !== (zh ? "stevens.zh.svg,stevens-percent.zh.svg,children.zh.svg" : "stevens.svg,stevens-percent.svg,children.svg")) fault(`${zh}: draws ${drawn}`);
    await contrast(page, "light");
    await page.setViewportSize({ width: 390, height: 844 });
    await fits(page);
    await page.context().close();
  }
}

async function takePictures() {
  for (const width of pictures ? [1280, 390] : [])
    for (const colorScheme of ["light", "dark"])
      for (const [name, short] of [["index.html", "welcome"], ["manual/index.html", "manual"], ["manual/learn/3-pool.html", "lesson"],
        ["manual/learn/zh/index.html", "zh"], ["manual/status.html", "status"]]) {
        const page = await open(at(name), { colorScheme, viewport: { width, height: 900 } });
        await page.waitForTimeout(300);
        await picture(page, `${short}-${width}-${colorScheme}`);
        await page.context().close();
      }
}

await run(() => wait("three workers", async () => (await json())?.workers.length === 3),
  everyPage, comesToLife, keys, search, welcome, sources, explainsInChinese, copies, experiments, measured, takePictures);
