// The explanation below a decision: HTML of the server, loaded after the decision.

import { byId, fill, language, postJson } from "../shared.js";
import { startWhatIf } from "./what_if.js";

const box = byId("explanation");
const texts = JSON.parse(box.dataset.texts);
let round = 0; // of the decision that is explained: a late answer about an earlier one is dropped
let panel = null;

function note(text) {
  return Object.assign(document.createElement("p"), { className: "note", textContent: text });
}

async function fetchParts(applicant) {
  const { status, content } = await postJson(`explanation?lang=${language}`, applicant);
  if (status !== 200) throw new Error(content.detail);
  return content;
}

function show(html) {
  const parts = document.createElement("template");
  parts.innerHTML = html; // of this server's template, which escapes all values
  const warning = parts.content.querySelector(".far-outside"); // about the probability: it stands there
  if (warning) byId("decision").querySelector(".why").after(warning);
  box.replaceChildren(parts.content);
  const section = box.querySelector(".what-if");
  panel = section && startWhatIf(section);
}

/** Explains the decision on `applicant`: features or raw records. */
export async function loadExplanation(applicant) {
  round += 1;
  const own = round;
  box.classList.remove("is-stale");
  box.setAttribute("aria-busy", "true");
  try {
    const html = await fetchParts(applicant);
    if (own === round) show(html);
  } catch (error) {
    if (own === round) box.replaceChildren(note(fill(texts.failed, { reason: error.message })));
  }
  if (own === round) box.removeAttribute("aria-busy");
}

/** Dims the explanation: the applicant has changed since. */
export function clearExplanation() {
  box.classList.add("is-stale");
}

/** Tries the values of a suggestion in the what-if panel. */
export const tryValues = (features) => panel?.tryValues(features);
