// The page about the threshold: slider, dragging and fields change the figures without a request.
import { byId, fill } from "../shared.js";
import { cell, number, percent, readNumber, show, signed, written } from "./notation.js";
import { changes, cheapest, nearest, outcomes, theoretical } from "./outcomes.js";
import { Picture } from "./pictures.js";

const page = byId("threshold-page");
const texts = JSON.parse(page.dataset.texts);
const { curve, own, index, terms, limits, ratio } = JSON.parse(page.dataset.page);
const state = { index, terms: { ...terms } };
const pictures = [...page.querySelectorAll("figure.drag")].map((figure) => new Picture(figure, curve, texts));
const slider = byId("slider");
const ratioSlider = byId("ratio-slider");
const field = (name) => byId(name);
const threshold = () => curve.thresholds[state.index];

function choose(position) {
  state.index = position;
  field("threshold").value = written(threshold());
  clearProblem("threshold");
  showChoice();
}

function showChoice() {
  pictures.forEach((picture) => picture.drawMarks(state.index, own, state.terms));
  slider.value = state.index;
  const text = percent(threshold(), 2);
  const here = outcomes(curve, state.index, state.terms);
  byId("slider-value").textContent = text;
  slider.setAttribute("aria-valuetext", fill(texts.choose.slider_value, { threshold: text, accepted: show("accepted_share", here.accepted_share.value) }));
  showFigures(here);
  keepAddress();
}

function showFigures(here) {
  const there = outcomes(curve, own, state.terms);
  const difference = changes(curve, state.index, own, state.terms);
  const head = page.querySelector("[data-head=chosen]");
  head.textContent = fill(texts.table.chosen, { threshold: percent(threshold(), 2) });
  for (const cell of page.querySelectorAll("[data-of=chosen]")) cell.dataset.label = head.textContent; // on a phone
  for (const row of page.querySelectorAll("[data-figure]")) {
    const name = row.dataset.figure;
    const put = (of, content) => row.querySelector(`[data-of=${of}]`).replaceChildren(...content);
    put("chosen", estimateCell(name, here[name]));
    put("own", estimateCell(name, there[name]));
    put("change", changeCell(name, difference[name]));
  }
  const [missed, refusedGood] = [curve.missed[state.index], curve.refused_good[state.index]];
  byId("outcome").textContent = fill(texts.words.outcome, {
    threshold: percent(threshold(), 2), accepted: show("accepted_share", here.accepted_share.value), missed: number(missed, 0),
    defaults: number(curve.defaults, 0), refused_good: number(refusedGood, 0), good: number(curve.applicants - curve.defaults, 0),
  });
  const isCheapest = state.index !== own && state.index === cheapest(curve, state.terms);
  byId("verdict").textContent = verdict(difference.cost) + (isCheapest ? ` ${texts.words.cheapest}` : "");
}

function estimateCell(name, e) {
  return e ? cell(texts, show(name, e.value), show(name, e.low), show(name, e.high)) : [texts.unknown];
}

function changeCell(name, e) {
  if (!e || state.index === own) return ["–"];
  const value = signed(name, e.value);
  const text = name === "cost" || name === "profit" ? value : fill(texts.table.points, { value });
  return cell(texts, text, signed(name, e.low), signed(name, e.high));
}

function verdict(cost) {
  const said = (value) => show("cost", value);
  if (state.index === own) return texts.words.same;
  if (cost.high < 0) return fill(texts.words.cheaper, { difference: said(-cost.value), low: said(-cost.high), high: said(-cost.low) });
  if (cost.low > 0) return fill(texts.words.dearer, { difference: said(cost.value), low: said(cost.low), high: said(cost.high) });
  const [change, low, high] = [cost.value, cost.low, cost.high].map((value) => signed("cost", value));
  return fill(texts.words.chance, { change, low, high });
}

/** The terms have changed: the curves, the presets and the commands follow. */
function showTerms() {
  pictures.forEach((picture) => picture.drawLines(state.terms));
  const places = { own, theoretical: nearest(curve, theoretical(state.terms)), cheapest: cheapest(curve, state.terms) };
  for (const [name, position] of Object.entries(places)) {
    const preset = page.querySelector(`[data-preset=${name}]`);
    const isOne = places.theoretical === own; // the model's own threshold is the theoretical one
    const value = name === "theoretical" ? theoretical(state.terms) : curve.thresholds[position];
    preset.hidden = name === "theoretical" && isOne;
    preset.textContent = fill(name === "own" && isOne ? texts.choose.own_theoretical : texts.choose[name], { threshold: percent(value, 2) });
    preset.dataset.index = position;
  }
  const commands = byId("commands");
  commands.textContent = commands.textContent.replace(/--false-negative-cost \S+/g, `--false-negative-cost ${state.terms.ratio}`);
  showChoice();
}

function keepAddress() {
  const query = new URLSearchParams(location.search);
  query.set("threshold", String(threshold()));
  for (const name of ["ratio", "margin", "lgd"]) {
    if (state.terms[name] === (name === "ratio" ? ratio : terms[name]) && !query.has(name)) continue;
    query.set(name, String(state.terms[name]));
  }
  history.replaceState(null, "", `?${query}`);
  for (const link of document.querySelectorAll(".languages a")) {
    const other = new URLSearchParams(query);
    other.set("lang", link.hreflang);
    link.href = `?${other}`;
  }
}

function clearProblem(name) {
  field(name).removeAttribute("aria-invalid");
  byId(`${name}-error`).hidden = true;
}

function readField(name) {
  const text = field(name).value.trim();
  const [value, problem] = readNumber(name, text, limits[name]);
  if (!problem) {
    clearProblem(name);
    return value;
  }
  const [low, high] = limits[name].map((bound) => written(bound));
  field(name).setAttribute("aria-invalid", "true");
  byId(`${name}-error`).textContent = fill(texts.choose[problem], { text, low, high, share: problem === "per_cent" ? written(value / 100) : "" });
  byId(`${name}-error`).hidden = false;
  return null;
}

function onField(name) {
  const value = readField(name);
  if (value === null) return false;
  if (name === "threshold") {
    state.index = nearest(curve, value);
    showChoice();
  } else {
    state.terms[name] = value;
    if (name === "ratio") ratioSlider.value = value;
    showTerms();
  }
  return true;
}

slider.addEventListener("input", () => choose(Number(slider.value)));
ratioSlider.addEventListener("input", () => {
  field("ratio").value = ratioSlider.value;
  onField("ratio");
});
pictures.forEach((picture) => picture.onDrag((value) => choose(nearest(curve, value))));
for (const preset of page.querySelectorAll("[data-preset]")) {
  preset.addEventListener("click", (event) => {
    event.preventDefault();
    choose(Number(preset.dataset.index));
  });
}
const fields = ["threshold", "ratio", "margin", "lgd"].filter(field);
fields.forEach((name) => field(name).addEventListener("change", () => onField(name)));
byId("choice").addEventListener("submit", (event) => {
  event.preventDefault();
  const wrong = fields.filter((name) => !onField(name));
  if (wrong.length) field(wrong[0]).focus();
});

byId("sliders").hidden = ratioSlider.hidden = byId("drag-hint").hidden = false;
page.classList.add("live");
byId("threshold-errors")?.focus();
if (!byId("threshold-errors")) showTerms();
else pictures.forEach((picture) => picture.drawLines(state.terms));
