/*
 * lab.js - the switches of the lab, where LabControls is on
 *
 * Each asks the parent for one thing, by a POST that shows the token of this page; what comes of it
 * is seen in the drawing and in the log. A worker is chosen by its slot.
 */
/* SPDX-License-Identifier: Apache-2.0 */
const box = document.getElementById("lab");
let say, said, slot, parent, fields = {};

async function ask(verb, value) {
  const name = value === undefined ? verb : `${verb}&${value}`;
  said.className = "said";
  try {
    const answer = await fetch(`?lab=${name}`, { method: "POST", headers: { "X-Lab-Token": box.dataset.token },
      signal: AbortSignal.timeout(3000) });
    const words = answer.status === 202 ? say`Asked the parent: ${verb}${value === undefined ? "" : ` ${value}`}.`
      : answer.status === 403 ? say`Refused: this page is from before a restart. Load it again.`
        : say`Refused (${answer.status}).`;
    said.textContent = words;
    said.classList.toggle("bad", answer.status !== 202);
  } catch {
    said.textContent = say`Nobody answers: is the worker that was asked stopped itself? In a terminal: pkill -CONT -P ${parent}. The page of StatusListen always answers.`;
    said.classList.add("bad");
  }
}

function button(words, verb, value, hot) {
  const el = document.createElement("button");
  el.type = "button";
  el.className = hot ? "do hot" : "do";
  el.textContent = words;
  el.dataset.ask = verb;
  el.dataset.explain = `lab_${verb.replace("-", "_")}`;
  el.addEventListener("click", () => ask(verb, typeof value === "function" ? value() : value));
  return el;
}

function select(verb, options) {
  const el = document.createElement("select");
  el.dataset.ask = verb;
  el.dataset.explain = `lab_${verb}`;
  for (const [value, words] of options) el.append(new Option(words, value));
  el.addEventListener("change", () => ask(verb, el.value));
  return fields[verb] = el;
}

function group(name, ...rows) {
  const set = document.createElement("fieldset"), legend = document.createElement("legend");
  legend.textContent = name;
  set.append(legend);
  for (const row of rows) {
    const div = document.createElement("div");
    div.className = "row";
    div.append(...row);
    set.append(div);
  }
  return set;
}

const labelled = (words, el) => {
  const label = document.createElement("label");
  label.className = "row";
  label.append(words, el);
  return label;
};

function build() {
  slot = document.createElement("select");
  slot.dataset.explain = "lab_worker";
  const at = () => slot.value;
  said = document.createElement("p");
  said.className = "said";
  said.setAttribute("role", "status");
  box.append(
    group("To a worker", [labelled("Worker", slot)],
      [button("Kill", "kill", at, true), button("Stop", "stop", at), button("Continue", "continue", at), button("Hang", "hang", at, true)],
      [button("Stop all", "stop-all"), button("Continue all", "continue-all")]),
    group("Load, for 20 seconds", [button("8 clients", "load", 8), button("64 clients", "load", 64)],
      [button("32 slow clients", "slow", 32), button("End it", "load-end")]),
    group("Pool", [button("One more", "grow"), button("One less", "shrink"), button("Renew all", "graceful")],
      [labelled("Connections a worker", select("connections", [[1, "1: classic"], [4, "4"], [64, "64"], [4096, "4096: event loop"]]))],
      [button("Keeper", "keeper", 1), button("No keeper", "keeper", 0)]),
    group("Design, by a graceful restart",
      [labelled("Model", select("model", [[0, "prefork"], [1, "fork"], [2, "dispatch"]]))],
      [labelled("Born by", select("method", [[0, "fork"], [1, "spawn"], [2, "forkserver"]]))],
      [labelled("Mutex", select("mutex", [[0, "none"], [1, "fcntl"], [2, "flock"], [3, "pthread"]]))],
      [button("Back to the configuration", "reset")]),
    said);
}

/* What a switch shows is what the server says it is. */
function show(el, words) {
  const option = [...el.options].find((o) => o.text === words || o.value === words);
  if (option && document.activeElement !== el && el.value !== option.value) el.value = option.value;
}

export const lab = {
  begin(tools) {
    ({ say } = tools);
    if (box) build();
  },
  draw({ server, workers }) {
    if (!box) return;
    parent = server.pid;
    show(fields.model, server.model);
    show(fields.method, server.start_method);
    show(fields.connections, String(server.limits.worker_connections));
    show(fields.mutex, server.accept_mutex);
    const slots = [...workers.values()].filter((w) => w.pid).sort((a, b) => a.slot - b.slot);
    const mark = slots.map((w) => `${w.slot}:${w.pid}`).join();
    if (mark === slot.dataset.mark) return;
    slot.dataset.mark = mark;
    const before = slot.value;
    slot.replaceChildren(...slots.map((w) => new Option(`${w.slot} (${w.pid})`, w.slot)));
    if ([...slot.options].some((o) => o.value === before)) slot.value = before;
  },
};
