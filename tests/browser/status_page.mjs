/*
 * status_page.mjs - what a browser shows of the status page, and what its switches do
 *
 * Checks, at StatusListen and in a worker: the page opens without an error, without a request to
 * another host, without anything moving while it loads; it weighs less than 100 KiB; text stands out
 * from its ground (WCAG AA); every control has a name and is reached by Tab; without JavaScript it
 * is a table; a worker that is killed goes and its replacement comes within a second; load moves the
 * plots and the letters, and nothing out of its place; births begin new rows of the tree and push
 * nothing down; who ends in good order does not look like who died; programs (CGI) show beside who
 * started them; the lab's switches change the model, and the page follows; with every worker stopped,
 * or one that hangs, it says so, and counts none that leaves; page, ?json and ?auto agree at a quiet
 * moment; all of it, but for the log, is in Chinese for who asks for that.
 */
/* SPDX-License-Identifier: Apache-2.0 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { contrast, fault, folder, json, keyboard, look, open, picture, pictures, rest, run, site, status, steady, wait } from "./browser.mjs";

const main = `${site}/server-status`;

const live = (page) => page.waitForFunction(() => document.getElementById("link").matches(".on") &&
  document.querySelectorAll(".cell[data-pid]").length > 0);

/* --- at rest --- */

async function atRest() {
  for (const [address, locale] of [[main, "en-US"], [status, "en-US"], [status, "zh-CN"]]) {
    const page = await open(address, { locale });
    await live(page);
    await page.waitForTimeout(600);
    await steady(page);
    if (page.weight > 100 * 1024 || page.weight < 10000) fault(`${address}: ${page.weight} bytes`);
    await page.context().close();
  }
  const plain = await open(status, { javaScriptEnabled: false });
  if (await plain.locator("#rows tr").count() !== 3) fault("without JavaScript: no row for each worker");
  if (await plain.locator("[tabindex]:not(.t, .deaths, #deaths, #log)").count()) fault("without JavaScript: Tab stops where nothing is explained");
  if (await plain.locator("#tree").isVisible()) fault("without JavaScript: an empty drawing");
  await plain.context().close();
}

/* Words that are no Chinese, but for names, commands, and what the server wrote. */
const latin = (page) => page.evaluate(() => {
  const names = /^(preforkd|stop|all|[\w.:]*\d[\w.:]*|prefork|fork|spawn|forkserver|dispatch|none|fcntl|flock|pthread|PID|CPU|PSS|JSON|English|CGI|SIGSTOP|Min|Max|(Start|Spare|Request|Server|Worker|Connections|Max|Min|Per|Child|Listen|Backlog|Graceful|Shutdown|Timeout|File|Cache|Size|Limit|Servers|Workers)+)$/;
  const found = new Set();
  for (let node, all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); (node = all.nextNode());)
    if (node.parentElement.checkVisibility() && !node.parentElement.closest("#log, .dying, h1, .facts > :first-child, .facts [title], #rows td:last-child"))
      for (const word of node.data.match(/[A-Za-z][\w.]{2,}/g) ?? []) if (!names.test(word)) found.add(`${word} of "${node.data.trim()}"`);
  for (const el of document.querySelectorAll("[aria-label]")) if (!/[\u4e00-\u9fff]/.test(el.ariaLabel) && el.checkVisibility()) found.add(el.ariaLabel);
  return [...found];
});

/* In Chinese for whose browser asks for it: labels, numbers with words, switches, the alarm; and in English again. */
async function chinese() {
  const page = await open(status, { locale: "zh-CN", viewport: { width: 1280, height: 1800 } });
  await live(page);
  await page.waitForTimeout(300);
  const check = async (when) => { for (const words of await latin(page)) fault(`in Chinese, ${when}, there is ${words}`); };
  const alarm = (pattern) => page.waitForFunction((words) => new RegExp(words).test(document.getElementById("alarm").textContent), pattern);
  await check("at rest");
  const free = await page.evaluate(() => {
    const tree = document.getElementById("tree"), li = document.createElement("li"), said = () => getComputedStyle(li, "::after").content, before = tree.className;
    document.getElementById("slots").append(li);
    const words = [said(), (tree.classList.add("closer"), said())];
    li.remove();
    tree.className = before;
    return words;
  });
  if (!/^"槽位/.test(free[0]) || free[1] !== '""') fault(`in Chinese a free place says ${free[0]}, and where there is no room for words ${free[1]}`);
  await alarm("^一切正常。$");
  if (pictures) await picture(page, "chinese");
  process.kill(Number(await pidOf(page, 1)), "SIGKILL");
  await page.waitForFunction(() => /被外来信号杀掉（信号 9）/.test(document.querySelector("#deaths li").textContent));
  await rest(); /* who is yet to be born is not stopped */
  await page.click('[data-ask="stop-all"]');
  await alarm("^工作进程全被信号停住（SIGSTOP）：没有人应答请求，\\d+ 个连接在外面等。$");
  await check("with all stopped");
  await page.click('[data-ask="continue-all"]');
  await alarm("^一切正常。$");
  await page.click('[data-ask="hang"]');
  await alarm("^工作进程 \\d+ 没有动静，已 \\d+ 秒。$");
  await page.click('[data-ask="kill"]');
  await alarm("^一切正常。$");
  await page.click("#language");
  await page.waitForFunction(() => document.documentElement.lang === "en" && document.getElementById("alarm").textContent === "All is well.");
  await page.waitForFunction(() => /was killed by a signal from outside \(signal 9\)/.test(document.querySelector("#deaths").textContent));
  const left = await page.evaluate(() => {
    for (const el of document.querySelectorAll(".dying, .said")) el.remove();
    return document.body.innerText.split("\n").filter((line) => /[\u4e00-\u9fff]/.test(line) && line !== "中文");
  });
  for (const words of left) fault(`in English there is ${words}`);
  await page.reload();
  await live(page);
  if (await page.getAttribute("html", "lang") !== "en") fault("the language that was chosen is forgotten");
  await page.context().close();
}

/* What is read out to somebody who does not see the page: nothing, while nothing happens. */
async function quiet() {
  const page = await open(status);
  await live(page);
  const heard = await page.evaluate(async () => {
    const said = new Set(), of = (node) => (node.nodeType === 1 ? node : node.parentElement)?.closest('output, [role="status"], [role="alert"], [aria-live]');
    new MutationObserver((list) => {
      for (const el of list.map(({ target }) => of(target))) if (el && el.ariaLive !== "off" && el.role !== "log") said.add(el.outerHTML.slice(0, 80));
    }).observe(document.body, { childList: true, characterData: true, subtree: true });
    await new Promise((go) => setTimeout(go, 2200));
    return [...said];
  });
  for (const words of heard) fault(`read out though nothing happens: ${words}`);
  await page.context().close();
}

/* Each child has a branch of its own, and no line runs behind a box as if it came out of it. */
async function wires() {
  for (const width of [1280, 390]) {
    const page = await open(status, { viewport: { width, height: 900 } });
    await live(page);
    await page.waitForSelector(".node.starter");
    /* Drawn in the next frame, or the one after. */
    const drawn = () => page.evaluate(() => {
      const path = document.querySelector("#wires path"), origin = document.getElementById("wires").getBoundingClientRect();
      const boxes = [...document.querySelectorAll(".node, .cell")], crossed = new Set();
      for (let at = 0; at < path.getTotalLength(); at += 2) {
        const { x, y } = path.getPointAtLength(at);
        for (const el of boxes) {
          const r = el.getBoundingClientRect();
          if (origin.x + x > r.left + 2 && origin.x + x < r.right - 2 && origin.y + y > r.top + 2 && origin.y + y < r.bottom - 2) crossed.add(el.textContent);
        }
      }
      return { branches: path.getAttribute("d").split("M").length - 1, children: boxes.length - 1, crossed: [...crossed] };
    });
    await wait("the branches", async () => {
      const { branches, children, crossed } = await drawn();
      return branches === children && !crossed.length;
    }, 20000).catch(() => {});
    const { branches, children, crossed } = await drawn();
    if (branches !== children) fault(`${width}: ${branches} branches to ${children} children`);
    for (const words of crossed) fault(`${width}: a line runs behind ${words}`);
    await page.context().close();
  }
}

/* What the Trace Event Format asks of each event, by its phase. */
function traceFault(e) {
  const whole = (n) => Number.isInteger(n) && n >= 0, allowed = { M: "name ph pid tid args", X: "name ph pid tid ts dur args", i: "name ph pid tid ts s args" }[e.ph];
  if (!allowed) return "the phase";
  for (const name of Object.keys(e)) if (!allowed.split(" ").includes(name)) return name;
  if (typeof e.name !== "string" || !e.name || !whole(e.pid) || !whole(e.tid) || typeof e.args !== "object") return "name, pid, tid or args";
  if (e.ph === "M") return /^(process|thread)_name$/.test(e.name) && typeof e.args.name === "string" ? "" : "metadata";
  return !whole(e.ts) ? "ts" : e.ph === "X" ? (whole(e.dur) ? "" : "dur") : "gpt".includes(e.s) ? "" : "the scope";
}

/* What happened, as a file. */
async function trace() {
  const page = await open(main);
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("text=Trace")]);
  const { traceEvents, ...rest } = JSON.parse(readFileSync(await file.path(), "utf8"));
  if (file.suggestedFilename() !== "preforkd-trace.json" || !traceEvents.some((e) => e.ph === "X") || Object.keys(rest).join() !== "displayTimeUnit")
    fault(`the trace: ${file.suggestedFilename()}, ${Object.keys(rest)}`);
  const named = new Set(traceEvents.filter((e) => e.name === "thread_name").map((e) => e.tid));
  for (const e of traceEvents) {
    const words = traceFault(e) || (named.has(e.tid) ? "" : "a track without a name");
    if (words) fault(`the trace: ${words} of ${JSON.stringify(e)}`);
  }
  const moments = traceEvents.filter((e) => e.ph === "i");
  moments.forEach((e, n) => { if (n && (e.ts < moments[n - 1].ts || e.args.number <= moments[n - 1].args.number)) fault(`the trace goes back at ${JSON.stringify(e)}`); });
  /* The spans of a track follow one another. */
  for (const tid of named) {
    const spans = traceEvents.filter((e) => e.ph === "X" && e.tid === tid).sort((a, b) => a.ts - b.ts);
    spans.forEach((e, n) => { if (n && e.ts < spans[n - 1].ts + spans[n - 1].dur) fault(`the trace: ${JSON.stringify(e)} begins within ${JSON.stringify(spans[n - 1])}`); });
  }
  await page.context().close();
}

async function colours() {
  for (const colorScheme of ["light", "dark"]) {
    const page = await open(status, { colorScheme });
    await live(page);
    await contrast(page, colorScheme);
    await page.context().close();
  }
}

/* Every control, and the sentence about a worker. */
async function keys() {
  const page = await open(status);
  await live(page);
  await keyboard(page);
  await page.locator(".cell[data-pid]").first().focus();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Tab");
  await page.waitForSelector("#tree:has(.cell:focus-visible) + #explain");
  if (!/^Worker \d+ in slot \d+ is a child of the parent/.test(await page.locator("#explain p").first().textContent()))
    fault("the sentence about a worker is another one");
  for (const [key, thing] of [["Enter", ".cell"], ["?", "[data-ask=grow]"]]) {
    await page.locator(thing).first().focus();
    await page.keyboard.press(key);
    if (!await page.evaluate(() => document.activeElement.matches("#explain .more *"))) fault(`${key} does not lead from ${thing} to what can be read on`);
    await page.keyboard.press("Escape");
    if (!await page.evaluate((of) => document.activeElement.matches(of), thing)) fault(`Escape does not lead back to ${thing}`);
    if (await page.locator("#explain").count()) fault("Escape leaves the sentence there, in a place that may get empty");
  }
  if (await page.textContent("#lab .said")) fault("? presses the button");

  /* Nothing lies over what is said of a worker, the plots no more than the lab. */
  await page.evaluate(() => { document.getElementById("lab").style.display = "none"; });
  await page.locator(".cell[data-pid]").first().focus();
  const over = await page.locator("#explain").evaluate((el) => {
    const r = el.getBoundingClientRect(), found = new Set();
    for (let y = r.top + 6; y < r.bottom - 6; y += 4) /* within the rounded corners */
      for (let x = r.left + 6; x < r.right - 6; x += 4) found.add(document.elementFromPoint(x, y));
    return [...found].filter((one) => one && !el.contains(one)).map((one) => one.outerHTML.slice(0, 80));
  });
  if (over.length) fault(`over what is said of a worker lies ${over[0]}`);
  await page.context().close();
}

/* Of things that are many Tab stops at one; arrows, Home and End lead to every other, and it is said so. */
async function arrows() {
  const page = await open(status);
  await live(page);
  const begin = () => page.evaluate(() => document.activeElement.dataset.first !== undefined);
  for (const group of [".facts", ".tiles", "#tree", ".plots", "#workers thead", ".letters", "#limits"]) {
    const things = page.locator(`${group} [data-explain]:not(:disabled)`), n = await things.count();
    const stops = page.locator(`${group} [data-explain]:not(:disabled):not([tabindex="-1"])`);
    if (n < 4 || await stops.count() !== 1) fault(`${group}: ${await stops.count()} Tab stops for ${n} things`);
    await things.first().evaluate((el) => { el.dataset.first = ""; });
    await stops.focus();
    await page.keyboard.press("End");
    const came = new Set();
    for (let i = 0; i < n; i++, await page.keyboard.press("ArrowLeft")) {
      came.add(await page.evaluate(() => document.activeElement.outerHTML));
      await page.waitForFunction((of) => document.activeElement.closest(of) && getComputedStyle(document.activeElement).outlineStyle !== "none", group);
      if (!/^Arrow keys lead to the others, Enter to:/.test(await page.textContent("#explain .more"))) fault(`${group}: nothing says that there are arrows`);
    }
    if (came.size !== n || !await begin()) fault(`${group}: the arrows come by ${came.size} of ${n}`);
    await page.keyboard.press("End");
    await page.keyboard.press("Home");
    if (!await begin()) fault(`${group}: Home does not lead to the first`);
    await things.first().evaluate((el) => { delete el.dataset.first; });
  }
  await upAndDown(page);
  await page.context().close();
}

/* What is drawn below is below for the keyboard too; who dies leaves the focus to its parent. */
async function upAndDown(page) {
  const at = () => page.evaluate(() => document.activeElement.dataset.explain ?? document.activeElement.tagName);
  await page.locator(".node.parent").focus();
  for (const [key, thing] of [["ArrowDown", "status"], ["ArrowDown", "worker"], ["ArrowUp", "status"], ["ArrowUp", "parent"], ["End", "worker"]]) {
    await page.keyboard.press(key);
    if (await at() !== thing) fault(`${key} leads to ${await at()}, not to ${thing}`);
  }
  const pid = await page.evaluate(() => document.activeElement.dataset.pid);
  process.kill(Number(pid), "SIGKILL");
  await page.waitForFunction(() => document.activeElement.matches(".node.parent") && document.querySelector("#explain p"));
  await page.waitForFunction((dead) => document.querySelectorAll("#slots .cell[data-pid]").length === 3 && !document.querySelector(`[data-pid="${dead}"]`), pid);
  /* Another death comes before the one that is looked at, which keeps its turn. */
  await page.locator("#deaths li").first().focus();
  const before = await page.evaluate(() => Number(document.activeElement.dataset.death));
  process.kill(Number(await pidOf(page, 0)), "SIGKILL");
  await page.waitForFunction((number) => document.querySelector("#deaths li").dataset.death > number, before);
  if (await page.locator('#deaths li[tabindex="0"]').count() !== 1) fault("not one Tab stop among the deaths");
  await page.keyboard.press("ArrowUp");
  if (!(await page.evaluate(() => document.activeElement.dataset.death) > before)) fault("an arrow does not lead to the death above");
  await page.waitForFunction(() => document.querySelectorAll("#slots .cell[data-pid]").length === 3);
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

/* Asks for load until the condition holds: it ends by itself after twenty seconds, in which a busy machine may not have
 * come that far. What has the number that is returned came before the last of it. */
async function loadUntil(ask, what, condition) {
  let from = (await look()).log.at(-1)?.number ?? 0;
  await ask();
  await wait(what, async () => {
    if (await condition()) return true;
    const over = (await json())?.log.findLast((e) => e.kind === "lab_ended" && e.number > from);
    if (!over) return false;
    from = over.number;
    await ask();
    return false;
  });
  return from;
}

/* Numbers that grow, lines that come, one that hangs and one that dies move nothing of what somebody reads. */
async function underLoad() {
  const bench = await open(status), ask = (verb) => bench.evaluate((v) => fetch(`?lab=${v}`, { method: "POST",
    headers: { "X-Lab-Token": document.getElementById("lab").dataset.token } }), verb);
  const pages = await Promise.all([[1280, 2200], [390, 4600]].map(([width, height]) => open(status, { viewport: { width, height } }))); /* all in view */
  await Promise.all([bench, ...pages].map(live));
  await bench.waitForTimeout(700);
  /* But the lists in which the latest stands at the top: they are meant to move, within their boxes. */
  for (const page of pages) await page.evaluate(() => { for (const el of document.querySelectorAll("#log, #deaths")) el.style.display = "none"; });
  await bench.waitForTimeout(200);
  for (const page of pages) await page.evaluate(() => { window.shifted = 0; window.movers.clear(); });
  const before = (await look()).totals;
  const from = await loadUntil(() => ask("load&64"), "load", async () => (await json())?.totals.requests > before.requests + 20000);
  await ask("hang&2");
  for (const page of pages) await page.waitForFunction(() => /^Nothing moves in worker/.test(document.getElementById("alarm").textContent));
  await ask("kill&2");
  await ask("load-end");
  await wait("the end of the load", async () => (await json())?.log.some((e) => e.kind === "lab_ended" && e.number > from));
  for (const page of pages) await page.waitForFunction(() => document.getElementById("alarm").textContent === "All is well.");
  for (const page of pages) {
    await steady(page, `under load, ${page.viewportSize().width} wide`, 0.001);
    await page.context().close();
  }
  await bench.context().close();
}

/* Births begin new rows, and restarts stand beside those before: what is below the tree stays, and all are within it. */
async function births() {
  const pages = await Promise.all([1280, 390].map((width) => open(status, { viewport: { width, height: 900 } })));
  await Promise.all(pages.map(live));
  /* The status process makes way for the next one at each restart: nobody may answer for a moment. */
  const ask = (verb) => wait(`asked to ${verb}`, () => pages[0].evaluate((v) => fetch(`?lab=${v}`, { method: "POST",
    headers: { "X-Lab-Token": document.getElementById("lab").dataset.token } }).then((answer) => answer.ok, () => false), verb));
  for (const page of pages) await page.evaluate(() => {
    window.tops = new Set();
    window.out = new Set();
    const look = () => {
      const tree = document.getElementById("tree").getBoundingClientRect();
      window.tops.add(document.querySelector(".plots").offsetTop);
      for (const li of document.querySelectorAll("#tree li")) if (li.getBoundingClientRect().bottom > tree.bottom) window.out.add(li.textContent);
      requestAnimationFrame(look);
    };
    look();
  });
  for (let n = 4; n <= 16; n += n < 7 ? 1 : 3) {
    for (let now = (await look()).server.limits.start_servers; now < n; now++) {
      await ask("grow");
      await wait("another worker", async () => (await json())?.server.limits.start_servers > now);
    }
    await Promise.all(pages.map((page) => page.waitForFunction((many) => document.querySelectorAll("#slots .cell[data-pid]").length >= many, n)));
  }
  if (pictures) await pages[0].screenshot({ path: `${pictures}/sixteen.png` });
  await ask("reset");
  for (const page of pages) {
    await page.waitForFunction(() => document.querySelectorAll(".cell[data-pid]").length === 3);
    const { tops, out } = await page.evaluate(() => ({ tops: [...window.tops], out: [...window.out] }));
    if (tops.length > 1) fault(`${page.viewportSize().width}: births move what is below the tree: ${tops}`);
    if (out.length) fault(`${page.viewportSize().width}: out of the tree's box: ${out[0]}`);
    await page.context().close();
  }
}

/* One hangs: the page says so, in words and in the drawing, until it is gone. */
async function hangs(page) {
  await page.click('[data-ask="hang"]');
  await page.waitForFunction(() => /^Nothing moves in worker \d+ for \d+ s\.$/.test(document.getElementById("alarm").textContent));
  if (!/^Nothing moves in worker \d+$/.test(await page.textContent("#alarm [role=alert]"))) fault("each second of it is called out");
  await page.waitForFunction(() => /^still for \d+ s$/.test(document.querySelector(".cell.held .at")?.textContent));
  if (pictures) await page.screenshot({ path: `${pictures}/hangs.png` });
  await page.click('[data-ask="kill"]');
  await page.waitForFunction(() => document.getElementById("alarm").textContent === "All is well." && !document.querySelector(".cell.held:not(.dying)"));
}

/* Behind a death stands what it had used; and another that comes leaves it there. */
async function dead(page) {
  const { starter } = (await look()).server;
  await page.locator("#deaths li", { hasText: "killed by a signal" }).first().hover();
  await page.waitForFunction(() => /Page faults/.test(document.querySelector("#deaths + #explain:not([hidden])")?.textContent));
  process.kill(starter, "SIGKILL");
  await page.waitForFunction((pid) => new RegExp(`starter ${pid} was killed by a signal from outside \\(signal 9\\)`).test(document.querySelector("#deaths li").textContent), starter);
  if (!await page.locator("#explain").isVisible()) fault("another death takes away what is said of the one before");
  if (pictures) await page.screenshot({ path: `${pictures}/death.png`, fullPage: true });
  await page.mouse.move(0, 0);
}

async function inMotion() {
  const page = await open(status);
  await live(page);
  let best = Infinity;
  for (let i = 0; i < 10 && best > 1000; i++) {
    /* After many that died young the next has to wait, and the machine may have other things to do now and then. */
    await wait("one that is no newborn", async () => (await json())?.workers.find((w) => w.slot === 1)?.age > 2);
    best = Math.min(best, await death(page));
  }
  if (best > 1000) fault(`a replacement appeared after ${best} ms`);
  await page.waitForFunction(() => /slot 1 is gone: worker \d+ was killed by a signal from outside \(signal 9\)/.test(document.getElementById("log").textContent));
  await page.waitForFunction(() => /killed by a signal/.test(document.getElementById("deaths").textContent));
  await dead(page);

  /* Load. */
  const before = await page.locator('[data-plot="rate"] .line').getAttribute("d");
  const press = () => page.click('[data-ask="load"] >> nth=0');
  await loadUntil(press, "letters of work", () => page.evaluate(() => /[RWK]/.test([...document.querySelectorAll(".cell i")].map((i) => i.textContent).join(""))));
  await loadUntil(press, "the rate", () => page.evaluate((d) => document.querySelector('[data-plot="rate"] .line').getAttribute("d") !== d &&
    parseFloat(document.getElementById("t-rate").textContent) > 10, before));
  if (pictures) await page.screenshot({ path: `${pictures}/load.png` });
  await page.click('[data-ask="load-end"]');
  await page.waitForFunction(() => /the load has ended/.test(document.getElementById("log").textContent));

  /* The switches. */
  for (const [value, model] of [["1", "fork"], ["2", "dispatch"], ["0", "prefork"]]) {
    await page.selectOption('[data-ask="model"]', value);
    await page.waitForFunction((m) => document.getElementById("model").textContent === m, model);
  }
  await page.waitForFunction(() => document.querySelectorAll("#slots .cell[data-pid]").length === 3);

  await hangs(page);

  /* Nobody answers but this page. */
  await rest(); /* who is yet to be born is not stopped */
  await page.click('[data-ask="stop-all"]');
  await page.waitForFunction(() => /^Every worker is stopped by a signal/.test(document.getElementById("alarm").textContent));
  await page.waitForFunction(() => document.querySelectorAll(".cell.held").length === 3);
  if (pictures) await page.screenshot({ path: `${pictures}/held.png` });
  await page.click('[data-ask="continue-all"]');
  await page.waitForFunction(() => document.getElementById("alarm").textContent === "All is well.");
  await page.context().close();
}

/* Asked at a worker, all of which are stopped: what to type is said, and it helps. */
async function held() {
  const page = await open(main);
  await live(page);
  await rest(); /* who is yet to be born is not stopped */
  await page.click('[data-ask="stop-all"]');
  const { server, workers } = await wait("all are held", async () => {
    const now = await json();
    return now?.pool.held === 3 && now;
  });
  await page.click('[data-ask="continue-all"]');
  await page.locator("#lab .said.bad", { hasText: `pkill -CONT -P ${server.pid}.` }).waitFor();
  for (const w of workers) process.kill(w.pid, "SIGCONT");
  await wait("nobody is held", async () => (await json())?.pool.held === 0);
  await page.context().close();
}

/* Of every cell that falls: its pid, and whether it is drawn as one that died. */
const watchFalls = () => {
  window.fallen = {};
  new MutationObserver((list) => {
    for (const { target: el } of list)
      if (el.matches(".dying")) window.fallen[el.querySelector("b").textContent] = el.matches(".bad") && el.querySelector("i").textContent === "†";
  }).observe(document.getElementById("tree"), { attributes: true, attributeFilter: ["class"], subtree: true });
};

/* One is killed, all are renewed: only the first looks like a death, in the drawing and in the plot. */
async function endings() {
  const page = await open(status);
  await live(page);
  await page.evaluate(watchFalls);
  const born = (await rest()).totals, victim = await pidOf(page, 0);
  process.kill(Number(victim), "SIGKILL");
  await page.waitForFunction((pid) => window.fallen[pid] === true, victim);
  await page.waitForFunction((pid) => (document.querySelector('#slots [data-slot="0"] .cell[data-pid]')?.dataset.pid ?? pid) !== pid, victim);
  const others = await Promise.all([0, 1, 2].map((slot) => pidOf(page, slot)));
  await page.click('[data-ask="graceful"]');
  await page.waitForFunction((pids) => pids.every((pid) => pid in window.fallen), others);
  const fallen = await page.evaluate(() => window.fallen);
  for (const pid of others) if (fallen[pid]) fault(`${pid} ended in good order and is drawn as a death`);
  const words = ` / ${born.deaths - born.crashes + 3} / ${born.crashes + 1} in all`;
  await page.waitForFunction((w) => document.querySelector('[data-plot="lives"] output').textContent.endsWith(w), words)
    .catch(() => fault(`the plot does not say${words}`));
  /* A second is summed up when it is over. */
  await wait("the samples", async () => {
    const samples = (await json())?.samples ?? [], of = (name) => samples.reduce((all, one) => all + one[name], 0);
    return of("crashes") >= 1 && of("deaths") - of("crashes") >= 3;
  });
  await page.context().close();
}

/* A page to which the server says `whole`, and nothing more. */
async function told(whole) {
  const page = await open(status);
  await page.route("**/?events", (route) => route.fulfill({ contentType: "text/event-stream", body: `event: snapshot\ndata: ${JSON.stringify(whole)}\n\n` }));
  await page.reload();
  await live(page);
  return page;
}

/* The alarm speaks of those who can take requests, and not of those who leave. */
async function alarms() {
  const G = { state: "G", state_name: "graceful", busy: true }, W = { state: "W", state_name: "writing", busy: true }, R = { state: "_", state_name: "ready", busy: false };
  const held = { held: true }, busy = (n) => `Every one of ${n} workers is busy: further clients wait outside.`;
  const none = ": nobody answers requests, 0 wait outside.", stopped = "stopped by a signal (SIGSTOP)";
  for (const [words, ...rows] of [
    ["All is well.", W, W, R, G], [busy(3), W, W, W, G], [busy(2), W, W, G], ["All is well.", W, W],
    [`1 of 3 workers is ${stopped}.`, { ...W, ...held }, W, W, G], [`Every worker is ${stopped}${none}`, { ...R, ...held }, { ...W, ...held }, G],
    [`Stopped by a signal (SIGSTOP) while leaving: 1.`, W, W, R, { ...G, ...held }],
  ]) {
    const whole = await look();
    whole.server.limits.worker_connections = 1;
    whole.listen_queue.depth = 0;
    whole.workers = rows.map((row, slot) => ({ ...whole.workers[0], held: false, silent: 0, slot, pid: 5000 + slot, ...row }));
    Object.assign(whole.pool, { places: 3, processes: rows.length, held: rows.filter((row) => row.held).length, busy: rows.filter((row) => row.busy).length });
    const page = await told(whole), said = await page.textContent("#alarm");
    if (said !== words) fault(`${rows.map((row) => row.state + (row.held ? "!" : "")).join("")}: the alarm says "${said}", not "${words}"`);
    await page.context().close();
  }
}

/* As many leave as places get empty: all of them are still within the tree's box. */
async function leavers() {
  const whole = await look(), page = await open(status), some = whole.workers[0];
  let said = 0, rows = [];
  await page.route("**/?events", (route) => {
    whole.workers = rows.map((slot) => ({ ...some, held: false, silent: 0, slot, pid: 5000 + 100 * said + slot }));
    route.fulfill({ contentType: "text/event-stream", body: `retry: 20\nevent: snapshot\ndata: ${JSON.stringify(whole)}\n\n` });
  });
  const show = async (pool, left) => {
    whole.pool.places = 16;
    rows = [...Array(pool).keys(), ...Array.from({ length: left }, (_, n) => 16 + n)];
    said++;
    await page.waitForFunction(([first, many]) => {
      const pids = [...document.querySelectorAll("#tree .cell[data-pid]:not(.dying)")].map((el) => Number(el.dataset.pid));
      return pids.length === many && pids.every((pid) => pid >= first && pid < first + 100);
    }, [5000 + 100 * said, rows.length]);
    return page.evaluate(() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(() => {
      const tree = document.getElementById("tree").getBoundingClientRect();
      go([...document.querySelectorAll("#tree li")].filter((li) => li.getBoundingClientRect().bottom > tree.bottom).map((li) => li.textContent));
    }))));
  };
  await page.reload();
  for (let many = 4; many <= 16; many += 3)
    for (let left = 0; left < many; left++) {
      const out = await show(many - left, left);
      if (out.length) fault(`${many - left} in the pool, ${left} leave: out of the tree's box: ${out}`);
    }
  await page.context().close();
}

/* What a server says that is rare: a clock that was set, a keeper that holds what no worker has, a limit that is none. */
async function rare() {
  const whole = await look();
  whole.now += 1e6;
  whole.server.uptime = 7;
  whole.server.keeper = 4711;
  Object.assign(whole.pool, { connections: 12, connections_idle: 11, connections_kept: 9, connections_kept_waiting: 1 });
  const page = await told(whole);
  await page.waitForSelector(".node.keeper");
  const shown = (id) => page.textContent(`#${id}`);
  if (!/^\d+ s$/.test(await shown("uptime"))) fault(`a clock that was set makes the uptime ${await shown("uptime")}`);
  if (await shown("u-open") !== "11 of them idle, 9 with the keeper") fault(`of the keeper's connections the page says: ${await shown("u-open")}`);
  if (!/^keeper, holds 9/.test(await page.textContent(".node.keeper"))) fault(`the keeper is called ${await page.textContent(".node.keeper")}`);
  for (const name of ["max_connections_per_child", "graceful_shutdown_timeout_seconds"])
    if (await page.textContent(`[data-limit="${name}"]`) !== "none") fault(`${name} is not none`);
  await page.keyboard.press("Tab");
  await page.locator(".node.keeper").focus();
  await page.locator("#explain dd", { hasText: "9 held here, 1 of them" }).waitFor();
  await page.context().close();
}

/* Three programs run: the starter has three squares, and then none. */
async function programs() {
  const page = await open(status);
  await live(page);
  const squares = (n) => page.waitForFunction((many) => document.querySelectorAll(".node.starter .programs span").length === many, n);
  await squares(0);
  const answers = [1, 2, 3].map(() => fetch(`${site}/cgi/wait`));
  await squares(3);
  if (!/^starter, 3 CGI\d+$/.test(await page.textContent(".node.starter"))) fault(`the starter says ${await page.textContent(".node.starter")}`);
  if (pictures) await page.screenshot({ path: `${pictures}/programs.png` });
  writeFileSync(`${folder}/go`, "");
  for (const answer of await Promise.all(answers)) if (await answer.text() !== "hello\n") fault("a program did not answer");
  await squares(0);
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

/* A child for every request: those that live are drawn, not only those that are gone; what is not known is no 0. */
async function oneshots() {
  const page = await open(status);
  await live(page);
  await page.selectOption('[data-ask="model"]', "fork");
  await page.waitForFunction(() => document.getElementById("model").textContent === "fork");
  await loadUntil(() => page.click('[data-ask="load"] >> nth=0'), "children that live", () => page.evaluate(() => [...document.querySelectorAll("#slots .cell[data-pid]")].some((el) =>
    getComputedStyle(el).opacity === "1" && el.parentElement.children.length === 1 && Number(document.getElementById("t-busy").textContent) > 0)));
  await page.waitForFunction(() => /, 1 request$/m.test(document.querySelector("#deaths li").textContent));
  if (/^0 B/.test(await page.textContent("#t-memory"))) fault("the children are said to have no memory");
  if (pictures) await page.screenshot({ path: `${pictures}/oneshots.png` });
  await page.click('[data-ask="reset"]');
  await page.waitForFunction(() => document.getElementById("model").textContent === "prefork");
  await page.waitForFunction(() => document.querySelectorAll("#slots .cell[data-pid]").length === 3);
  await page.context().close();
}

async function takePictures() {
  for (const width of [1280, 390]) {
    for (const colorScheme of ["light", "dark"]) {
      const page = await open(status, { colorScheme, viewport: { width, height: 900 } });
      await live(page);
      await page.waitForTimeout(500);
      await picture(page, `${width}-${colorScheme}`);
      await page.context().close();
    }
  }
}

await run(() => wait("three workers", async () => (await json())?.workers.length === 3),
  atRest, chinese, quiet, wires, colours, keys, arrows, underLoad, births, inMotion, held, endings, rare, alarms, leavers, programs, agreement, oneshots, trace, takePictures);
