// The what-if panel: asks the model again as a slider moves. The latest values win, and at most one
// request is under way, so that a fast hand does not flood the server.

import { fill, percent, postJson } from "../shared.js";
import { scaleOf } from "./scale.js";
import { say } from "./what_if_words.js";

const INTERVAL = 150; // ms between two requests
const QUIET = 700; // ms without an answer before the last one is read out
const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Calls `ask` with the latest values: `request(values)` replaces values that still wait. */
function latestOnly(ask) {
  let waiting = null;
  let busy = false;
  async function run() {
    if (busy) return;
    busy = true;
    while (waiting) {
      const values = waiting;
      waiting = null;
      await ask(values);
      await wait(INTERVAL);
    }
    busy = false;
  }
  return {
    request(values) { waiting = values; run(); },
    cancel() { waiting = null; },
  };
}

// The application counts a duration in days backwards; its slider counts forwards.
const sign = (input) => (input.dataset.sense === "duration" ? -1 : 1);

function valueOf(input) {
  if (input.value === "") return null;
  return input.dataset.type === "number" ? sign(input) * Number(input.value) : input.value;
}

class Panel {
  constructor(section) {
    this.section = section;
    this.features = JSON.parse(section.dataset.features);
    this.before = JSON.parse(section.dataset.before);
    this.texts = JSON.parse(section.dataset.texts);
    this.changes = new Map();
    this.asker = latestOnly((changes) => this.ask(changes));
    for (const control of section.querySelectorAll(".control")) this.listen(control);
    this.find(".reset").addEventListener("click", () => this.reset());
    this.find(".further")?.addEventListener("change", (event) => this.reveal(event.target));
    this.draw(this.before);
  }

  find(selector) { return this.section.querySelector(selector); }

  control(name) { return this.section.querySelector(`.control[data-name="${CSS.escape(name)}"]`); }

  listen(control) {
    const input = control.querySelector("input, select");
    control.initial = { text: control.querySelector("output")?.textContent, value: input.value };
    input.addEventListener("input", () => {
      this.change(control, valueOf(input));
      this.update();
    });
  }

  change(control, value) {
    const name = control.dataset.name;
    const original = this.features[name] ?? null;
    if (value === original) this.changes.delete(name);
    else this.changes.set(name, value);
    this.showValue(control, value, value !== original);
  }

  showValue(control, value, isChanged) {
    control.classList.toggle("is-changed", isChanged);
    const output = control.querySelector("output");
    const input = control.querySelector("input, select");
    if (!output) return;
    const text = isChanged ? say(value, input.dataset, this.texts) : control.initial.text;
    output.textContent = isChanged ? `${text} (${fill(this.texts.changed, { value: control.initial.text })})` : text;
    input.setAttribute("aria-valuetext", text);
  }

  update() {
    this.find(".reset").disabled = !this.changes.size;
    if (this.changes.size) this.asker.request(new Map(this.changes));
    else this.clear();
  }

  async ask(changes) {
    try {
      const body = { features: this.features, overrides: Object.fromEntries(changes) };
      const { status, content } = await postJson("what-if", body);
      if (!this.changes.size) return; // the application was restored meanwhile
      if (status === 200) this.show(content);
      else this.fail(content.detail);
    } catch {
      this.fail(this.texts.unreachable);
    }
  }

  show(answer) {
    const shown = {
      probability: percent(answer.probability),
      credit_score: answer.credit_score,
      decision: this.texts.outcomes[answer.decision],
    };
    for (const cell of this.section.querySelectorAll("[data-is]")) cell.textContent = shown[cell.dataset.is];
    this.section.dataset.outcome = answer.decision;
    this.draw(answer);
    const sentence = answer.score ? this.texts.refused : this.texts.accepted;
    this.readOut(fill(sentence, { probability: shown.probability, before: percent(this.before.probability) }));
  }

  /** Only the last answer of a movement is read out. */
  readOut(text) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.find(".answer").textContent = text; }, QUIET);
  }

  fail(reason) {
    this.clear();
    this.find(".answer").textContent = fill(this.texts.failed, { reason });
  }

  clear() {
    this.asker.cancel();
    clearTimeout(this.timer);
    for (const cell of this.section.querySelectorAll("[data-is]")) cell.textContent = "–";
    this.find(".answer").textContent = "";
    delete this.section.dataset.outcome;
    this.draw(this.before);
  }

  draw({ probability, threshold }) {
    const { at } = scaleOf(threshold);
    const place = (selector, ...names) => (share) => names.forEach((name) => this.find(selector).setAttribute(name, at(share)));
    place(".scale-of-two .limit", "x1", "x2")(threshold);
    place(".scale-of-two .before", "cx")(this.before.probability);
    place(".scale-of-two .after", "cx")(probability);
    place(".from-to", "x1")(this.before.probability);
    place(".from-to", "x2")(probability);
  }

  reveal(list) {
    const control = this.control(list.value);
    list.querySelector(`option[value="${CSS.escape(list.value)}"]`).hidden = true;
    list.value = "";
    control.hidden = false;
    control.querySelector("input, select").focus();
  }

  set(name, value) {
    const control = this.control(name);
    if (!control) return;
    control.hidden = false;
    const input = control.querySelector("input, select");
    input.value = value === null ? "" : input.dataset.type === "number" ? sign(input) * value : value;
    this.change(control, value);
  }

  reset() {
    for (const control of this.section.querySelectorAll(".control")) {
      control.querySelector("input, select").value = control.initial.value;
      this.change(control, this.features[control.dataset.name] ?? null);
    }
    this.update();
    this.find(".control:not([hidden]) :is(input, select)")?.focus();
  }

  /** Sets the values of a suggestion and shows the panel. */
  tryValues(features) {
    this.reset();
    for (const [name, value] of Object.entries(features)) this.set(name, value);
    this.update();
    this.section.scrollIntoView({ block: "nearest" });
    this.control(Object.keys(features)[0])?.querySelector("input, select").focus({ preventScroll: true });
  }
}

/** Starts a panel; null if it has no controls. */
export function startWhatIf(section) {
  return section.querySelector(".controls") ? new Panel(section) : null;
}
