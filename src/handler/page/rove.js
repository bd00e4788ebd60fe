/*
 * rove.js - the keyboard among things that are many: one Tab stop for a group, arrows within it
 *
 * Tab comes to one thing of each group, the one that had the focus last; arrows go to what is drawn
 * beside it, above or below, Home and End to the first and the last. Who ends while the focus rests on
 * it leaves it to its parent, the first of the tree, and elsewhere to the next in its place.
 */
/* SPDX-License-Identifier: Apache-2.0 */
const GROUPS = ".facts, .tiles, #tree, .plots, #workers .t, .letters, #deaths, #limits";
const ITEMS = "[data-explain]:not(:disabled)";
const turns = new Map(); /* group to { el, at }: the one of its things that Tab comes to, and its place */

const groupOf = (el) => el.closest(GROUPS);
const itemsOf = (group) => [...group.querySelectorAll(ITEMS)];

/* Tab comes to this one, and to none of the others. */
function turn(group, el, items) {
  turns.set(group, { el, at: items.indexOf(el) });
  for (const one of items) {
    const stop = one === el ? 0 : -1;
    if (one.tabIndex !== stop || !one.hasAttribute("tabindex")) one.tabIndex = stop;
  }
}

/* What was born has no turn, and who had it may be gone; `had` had the focus before. */
function mend(group, had) {
  const items = itemsOf(group), { el = null, at = 0 } = turns.get(group) ?? {};
  if (!items.length) return;
  const lost = !items.includes(el), next = !lost ? el : group.id === "tree" ? items[0] : items[Math.min(at, items.length - 1)];
  turn(group, next, items);
  if (lost && el && had === el) next.focus({ preventScroll: true });
}

/* --- where an arrow leads --- */

const middle = (el) => {
  const r = el.getBoundingClientRect();
  return { x: r.left + r.width / 2, y: r.top + r.height / 2, top: r.top, bottom: r.bottom };
};

/* In the nearest row above or below, what is nearest; nothing where there is no such row. */
function across(items, from, down) {
  const at = middle(from);
  let best = null, least = Infinity;
  for (const one of items) {
    const to = middle(one), rows = down ? to.top - at.bottom : at.top - to.bottom;
    if (rows < -1 || one === from) continue;
    const far = Math.round(rows) * 1e5 + Math.abs(to.x - at.x);
    if (far < least) [best, least] = [one, far];
  }
  return best;
}

function target(key, items, from) {
  const at = items.indexOf(from);
  switch (key) {
    case "ArrowRight": return items[at + 1];
    case "ArrowLeft": return items[at - 1];
    case "ArrowDown": return across(items, from, true);
    case "ArrowUp": return across(items, from, false);
    case "Home": return items[0];
    case "End": return items.at(-1);
    default: return null;
  }
}

function onKey(event) {
  const from = event.target, group = from.matches(ITEMS) && groupOf(from);
  if (!group || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const to = target(event.key, itemsOf(group), from);
  if (!to) return;
  event.preventDefault();
  to.focus();
}

function onFocus({ target: el }) {
  const group = el.matches(ITEMS) && groupOf(el);
  if (group) turn(group, el, itemsOf(group));
}

export const rove = {
  begin(tools) {
    Object.assign(tools, { groupOf, stopOf: (group) => turns.get(group)?.el });
    document.addEventListener("keydown", onKey);
    document.addEventListener("focusin", onFocus);
    for (const group of document.querySelectorAll(GROUPS)) mend(group, null);
  },
  /* The first to be asked, and the last to do something: when all others have drawn. */
  draw() {
    const had = document.activeElement;
    queueMicrotask(() => { for (const group of document.querySelectorAll(GROUPS)) mend(group, had); });
  },
};
