// The page: the form and the JSON editor edit one applicant, Decide sends it, the response is shown in words.

import { problemOf, refusalOf } from "./field_problems.js";
import { byId, capitalise, fill, language, percent, postJson, spaced } from "../shared.js";
import { formatNumber, parseNumber } from "./numbers.js";

const page = byId("decide-page");
const texts = JSON.parse(page.dataset.texts);
const example = JSON.parse(page.dataset.example);
const form = byId("decide");
const fields = [...form.querySelectorAll("[name]")];
const tabs = [byId("tab-form"), byId("tab-json")];

// --- the applicant, in the form and as JSON

function valueOf(field) {
  const text = field.options ? field.value : field.value.trim(); // a level keeps its spaces
  if (text === "") return null;
  return field.dataset.type === "number" ? parseNumber(text, language) ?? text : text;
}

function textOf(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return formatNumber(value, language);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

// The problems that show before anything is sent.
function ownErrors() {
  const found = fields.map((field) => ({ field: field.name, text: field.value.trim(), problem: problemOf(field, valueOf(field)) }));
  return found.filter(({ problem }) => problem);
}

let others = {}; // members of the JSON editor without a form field; sent too, so that the API names them in its refusal

function readForm() {
  const sent = fields.map((field) => [field.name, valueOf(field)]).filter(([, value]) => value !== null);
  return { ...Object.fromEntries(sent), ...others };
}

function writeForm(features) {
  const names = new Set(fields.map((field) => field.name));
  others = Object.fromEntries(Object.entries(features).filter(([name]) => !names.has(name)));
  for (const field of fields) {
    const value = textOf(features[field.name]);
    const options = field.options && [...field.options];
    if (options && !options.some((option) => option.value === value)) field.add(new Option(value, value));
    field.value = value;
    describeDays(field);
  }
}

function describeDays(field) {
  if (field.dataset.unit !== "days") return;
  const days = valueOf(field);
  const years = new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(Math.abs(days) / 365.25);
  const about = field.closest(".field").querySelector(".about");
  about.textContent = typeof days === "number" && Math.abs(days) >= 60 && Math.abs(days) < 40000 ? fill(texts.years, { years }) : "";
}

const usesJson = () => tabs[1].getAttribute("aria-selected") === "true";
const readJson = () => JSON.parse(byId("body").value);
const writeJson = () => { byId("body").value = JSON.stringify({ features: readForm() }, null, 2); };

// --- tabs

function select(tab) {
  for (const each of tabs) {
    const on = each === tab;
    each.setAttribute("aria-selected", String(on));
    each.tabIndex = on ? 0 : -1;
    byId(each.getAttribute("aria-controls")).hidden = !on;
  }
}

// Where the browser, which speaks its own language, stopped reading JSON.
function placeOf(error, text) {
  const position = /position (\d+)/.exec(error.message)?.[1] ?? text.length;
  const lines = text.slice(0, Number(position)).split("\n");
  return { line: lines.length, column: lines.at(-1).length + 1 };
}

function toForm() {
  if (!usesJson()) return true;
  try {
    const body = readJson() ?? {};
    const { what_would_change: _, ...features } = body.features ?? body;
    writeForm(features);
  } catch (error) {
    showErrors(fill(texts.bad_json, placeOf(error, byId("body").value)));
    return false;
  }
  return true;
}

function open(tab) {
  if (tab === tabs[1] && !usesJson()) writeJson();
  if (tab === tabs[0] && !toForm()) return;
  clearErrors();
  select(tab);
  tab.focus();
}

for (const tab of tabs) {
  tab.addEventListener("click", () => open(tab));
  tab.addEventListener("keydown", (event) => {
    if (["ArrowLeft", "ArrowRight"].includes(event.key)) open(tabs.find((other) => other !== tab));
  });
}

// --- errors, next to their fields and above the form

function clearErrors() {
  byId("errors").hidden = true;
  for (const field of fields) {
    field.removeAttribute("aria-invalid");
    field.setAttribute("aria-describedby", `h-${field.name}`);
    byId(`e-${field.name}`).hidden = true;
  }
}

function wording({ field: name, value, message, problem, text = textOf(value) }) {
  const field = fields.find((each) => each.name === name);
  if (!field) return texts.other_error ? fill(texts.other_error, { field: name }) : message;
  const number = problem ? valueOf(field) : value;
  const range = byId(`h-${name}`).querySelector(".range").textContent || texts.any_number;
  const words = { text, range, below: textOf(Math.floor(number)), above: textOf(Math.ceil(number)) };
  return fill(texts.wrong[problem ?? refusalOf(field, value)], words);
}

function markField(error) {
  const field = fields.find((each) => each.name === error.field);
  if (!field) return;
  const place = byId(`e-${field.name}`);
  place.textContent = capitalise(wording(error));
  place.hidden = false;
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", `h-${field.name} e-${field.name}`);
  const folded = field.closest("details");
  if (folded) folded.open = true;
}

function listItem(error) {
  const item = document.createElement("li");
  const field = byId(`f-${error.field}`);
  const known = field && !usesJson();
  const line = known ? document.createElement("a") : item;
  const label = known ? capitalise(field.labels[0].textContent.trim()) : error.field;
  line.textContent = field ? fill(texts.named_error, { label, message: wording(error) }) : wording(error);
  if (known) {
    line.href = `#f-${error.field}`;
    line.addEventListener("click", (event) => { event.preventDefault(); field.focus(); });
    item.append(line);
  }
  return item;
}

function showErrors(title, errors = []) {
  const head = document.createElement("p");
  head.textContent = title;
  const list = document.createElement("ul");
  list.append(...errors.map(listItem));
  const box = byId("errors");
  box.replaceChildren(head, ...(errors.length ? [list] : []));
  errors.forEach(markField);
  box.hidden = false;
  box.focus();
}

function showProblem(problem) {
  if (problem.errors?.length) showFieldErrors(problem.errors);
  else showErrors(texts.problems[problem.status] || fill(texts.other_problem, problem) || problem.detail);
}

function askForKey(status) {
  byId("asks-key").hidden = false;
  showErrors(status === 403 ? texts.key_scope : byId("key").value ? texts.key_wrong : texts.key_needed);
  byId("key").focus();
}

// --- the decision

function drawBar(figure, { probability, threshold }) {
  const end = Math.min(1, Math.max(3 * threshold, 1.2 * probability));
  const words = { probability: percent(probability), threshold: percent(threshold) };
  const at = (share) => `${(100 * share) / end}%`;
  figure.setAttribute("aria-label", fill(texts.bar, words));
  figure.querySelector(".fill").style.width = at(probability);
  figure.querySelector(".mark").style.left = at(threshold);
  const limit = figure.querySelector(".limit");
  limit.textContent = fill(texts.limit_mark, words);
  limit.style.left = `clamp(5.5rem, ${at(threshold)}, 100% - 6.5rem)`;
  figure.querySelector(".low").textContent = new Intl.NumberFormat(language, { style: "percent" }).format(0);
  figure.querySelector(".high").textContent = percent(end);
}

function listTexts(section, found) {
  section.hidden = !found.length;
  section.lastElementChild.replaceChildren(...found.map((text) => Object.assign(document.createElement("li"), { textContent: spaced(text[language]) })));
}

function showReasons(card, answer) {
  const { suggestions = [], text } = answer.what_would_change ?? {};
  const changes = suggestions.length || !text ? suggestions.map((each) => each.text) : [text];
  listTexts(card.querySelector(".reasons"), answer.principal_reasons.map((reason) => reason.text));
  listTexts(card.querySelector(".changes"), answer.score ? changes : []);
}

function showDecision(answer) {
  const card = byId("decided").content.cloneNode(true);
  const verdict = answer.score ? "refused" : "accepted";
  const words = { probability: percent(answer.probability), threshold: percent(answer.threshold) };
  card.querySelector(".verdict span").textContent = texts[verdict];
  card.querySelector(".verdict path").setAttribute("d", answer.score ? "M8 8l8 8M16 8l-8 8" : "M6.8 12.5l3.6 3.6 7-7.6");
  card.querySelector(".why").textContent = fill(texts[`${verdict}_why`], words);
  const shown = {
    ...answer,
    probability: words.probability,
    risk_level: texts.risk[answer.risk_level],
    answer: JSON.stringify(answer, null, 2),
  };
  for (const place of card.querySelectorAll("[data-is]")) place.textContent = shown[place.dataset.is];
  drawBar(card.querySelector(".bar"), answer);
  showReasons(card, answer);
  byId("empty").hidden = true;
  const decision = byId("decision");
  decision.className = verdict;
  decision.replaceChildren(card);
  if (matchMedia("(max-width: 56rem)").matches) byId("result").scrollIntoView({ block: "start" });
}

function markStale() {
  const note = byId("decision").querySelector(".stale");
  if (!note) return;
  note.hidden = false;
  byId("decision").classList.add("is-stale");
}

function showFieldErrors(errors) {
  const count = errors.length;
  showErrors(fill(count === 1 ? texts.errors_one : texts.errors_many, { count }), errors);
}

async function decide() {
  const own = usesJson() ? [] : ownErrors();
  if (own.length) {
    clearErrors();
    markStale();
    showFieldErrors(own);
    return;
  }
  const body = usesJson() ? byId("body").value : JSON.stringify({ features: readForm(), what_would_change: true });
  const { status, content } = await postJson("predict/explain", body, byId("key").value.trim());
  clearErrors();
  if (status === 200) showDecision(content);
  else {
    markStale();
    if ([401, 403].includes(status)) askForKey(status);
    else showProblem(content);
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = byId("submit");
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  button.textContent = texts.deciding;
  try {
    await decide();
  } catch {
    showErrors(texts.unreachable);
  }
  button.removeAttribute("aria-busy");
  button.textContent = texts.decide;
});

form.addEventListener("input", (event) => { describeDays(event.target); markStale(); });
byId("reset").addEventListener("click", () => { clearErrors(); writeForm(example); writeJson(); markStale(); });
writeForm(example);
