/*
 * say.js - in which language the page speaks
 *
 * English stands where it is said, and is the key to its Chinese in sentences.zh.js: {} is a value, {1}
 * one out of turn. Chinese is for who has a browser that asks for it, or asks for it here; what only one
 * language needs is not loaded for the other. The log stays as the parent wrote it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
const load = (name) => import(new URL(`?asset=${name}.js`, import.meta.url));
const KEPT = "preforkd-language"; /* across pages; some browsers keep nothing */
const was = new WeakMap(); /* what was put into Chinese here, to its English and what it is now */
let redraw;

function wanted() {
  try {
    return localStorage.getItem(KEPT) ?? navigator.language;
  } catch {
    return navigator.language;
  }
}

export const speech = {
  said: null, /* sentences.js, or sentences.zh.js */
  language: "en",
  async speak(language) {
    const zh = language.startsWith("zh") && await load("sentences.zh").catch(() => null);
    this.said = zh || await load("sentences");
    this.language = zh ? "zh-CN" : "en";
  },
  async other() {
    const language = this.language === "en" ? "zh-CN" : "en";
    try {
      localStorage.setItem(KEPT, language);
    } catch { /* for as long as the page is open */ }
    await this.speak(language);
    label();
    redraw();
  },
  begin(tools) {
    ({ redraw } = tools);
    document.getElementById("language").addEventListener("click", () => this.other());
    label();
  },
  draw() {},
};

const term = (english) => speech.said.labels?.[english] ?? english;

/* What is said by a template: say`${n} in all`. */
export function say({ raw }, ...values) {
  const key = raw.join("{}"), words = term(key);
  let next = 0;
  return words === key ? String.raw({ raw }, ...values) : words.replace(/\{(\d?)\}/g, (_, at) => values[at || next++]);
}

/* --- what stands there from the beginning --- */

function translate(owner, text, set) {
  const before = was.get(owner), english = before?.now === text ? before.english : text;
  const word = english.trim(), now = word && english.replace(word, () => term(word));
  if (now === text) return;
  was.set(owner, { english, now });
  set(now);
}

function label() {
  const { language } = speech, button = document.getElementById("language");
  document.documentElement.lang = language;
  for (let node, all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); (node = all.nextNode());)
    if (node.data.trim() && !node.parentElement.closest("#rows, #log")) translate(node, node.data, (now) => { node.data = now; });
  for (const el of document.querySelectorAll("[aria-label]")) translate(el, el.ariaLabel, (now) => { el.ariaLabel = now; });
  button.textContent = speech.said.words.other;
  button.lang = language === "en" ? "zh-CN" : "en";
  for (const a of document.querySelectorAll('.ways [href*="/learn/"]'))
    a.setAttribute("href", a.getAttribute("href").replace(/learn\/.*/, language === "en" ? "learn/" : "learn/zh/"));
}

await speech.speak(wanted());
