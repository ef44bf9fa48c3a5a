// The decision: the answer of POST /predict/explain in words and on a scale.

import { byId, fill, language, percent, spaced } from "../shared.js";
import { clearExplanation, loadExplanation, tryValues } from "./explanation.js";
import { scaleOf } from "./scale.js";
import { texts } from "./texts.js";

const NAMED = 0.16; // of the scale: a narrower zone has no room for its name
const MEDIUM = 0.5; // of the limit: the medium risk begins

function drawScale(figure, { probability, threshold }) {
  const { end, at } = scaleOf(threshold);
  const words = { probability: percent(probability), threshold: percent(threshold) };
  const place = (selector, style, value) => { figure.querySelector(selector).style[style] = value; };
  const zones = { low: MEDIUM * threshold, medium: (1 - MEDIUM) * threshold, high: end - threshold };
  for (const [zone, width] of Object.entries(zones)) {
    place(`.zone.${zone}`, "width", at(width));
    place(`.zones .${zone}`, "width", at(width));
    place(`.zones .${zone}`, "visibility", width < NAMED * end ? "hidden" : "visible");
  }
  place(".mark", "left", at(probability));
  place(".value span", "left", `clamp(1.75rem, ${at(probability)}, 100% - 1.75rem)`);
  place(".limit", "left", `clamp(4.5rem, ${at(threshold)}, 100% - 5.5rem)`);
  figure.querySelector(".value span").textContent = words.probability;
  figure.querySelector(".limit").textContent = fill(texts.limit_mark, words);
  figure.querySelector(".from").textContent = percent(0);
  figure.querySelector(".to").textContent = end < 1 ? fill(texts.scale_end, { end: percent(end) }) : percent(1);
  figure.setAttribute("aria-label", fill(texts.bar, words));
}

function listItem(text, ...more) {
  const item = document.createElement("li");
  item.append(spaced(text[language]), ...more);
  return item;
}

function list(section, items) {
  section.hidden = !items.length;
  section.lastElementChild.replaceChildren(...items);
}

/** A suggestion, with a button that tries it in the what-if panel. */
function suggestion({ text, features }) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "link", textContent: texts.try_it });
  button.addEventListener("click", () => tryValues(features));
  return listItem(text, " ", button);
}

function showReasons(card, answer) {
  const { suggestions = [], text } = answer.what_would_change ?? {};
  const changes = suggestions.length || !text ? suggestions.map(suggestion) : [listItem(text)];
  list(card.querySelector(".reasons"), answer.principal_reasons.map((reason) => listItem(reason.text)));
  list(card.querySelector(".changes"), answer.score ? changes : []);
}

function fillCard(card, answer) {
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
  const record = card.querySelector(".record a"); // null if the visitor may not review
  if (record) Object.assign(record, { href: `decisions/${answer.decision_id}`, textContent: texts[`open_${verdict}`] });
  drawScale(card.querySelector(".scale-of-risk"), answer);
  showReasons(card, answer);
}

function bringIntoView() {
  const { top, bottom } = byId("result").getBoundingClientRect();
  const isSmall = matchMedia("(max-width: 56rem)").matches;
  if (isSmall || top < 0 || bottom < 0) byId("result").scrollIntoView({ block: "start" });
}

/** Shows an answer; `applicant` is what was sent: features or raw records. */
export function showDecision(answer, applicant) {
  const card = byId("decided").content.cloneNode(true);
  fillCard(card, answer);
  byId("empty").hidden = true;
  const decision = byId("decision");
  decision.className = answer.score ? "refused" : "accepted";
  decision.replaceChildren(card);
  bringIntoView();
  loadExplanation(applicant);
}

/** Says that the applicant has changed since the decision on the page. */
export function markStale() {
  const note = byId("decision").querySelector(".stale");
  if (!note) return;
  note.hidden = false;
  byId("decision").classList.add("is-stale");
  clearExplanation();
}
