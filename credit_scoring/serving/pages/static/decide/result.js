// The decision: the answer of POST /predict/explain in words and on a scale.

import { byId, fill, language, percent, spaced } from "../shared.js";
import { texts } from "./texts.js";

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

/** Shows an answer; `applicant` are the features that were sent. */
export function showDecision(answer, applicant) {
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

/** Says that the applicant has changed since the decision on the page. */
export function markStale() {
  const note = byId("decision").querySelector(".stale");
  if (!note) return;
  note.hidden = false;
  byId("decision").classList.add("is-stale");
}
