// What was typed, kept in this tab for Reload, Back and the other language: per model version and key.

import { byId } from "../shared.js";
import { fields } from "./applicant_form.js";
import { retype, valueOf } from "./controls.js";
import { applicantId, features, origin } from "./origin.js";
import { usesJson } from "./tabs.js";

const name = `draft ${byId("decide-page").dataset.draft}`;
const same = (value, other) => (value ?? null) === (other ?? null);

/** Keeps the applicant as it is now: where it comes from, and what differs from that. */
export function saveDraft() {
  const differing = fields.filter((field) => !same(valueOf(field), features()[field.name]));
  const values = Object.fromEntries(differing.map((field) => [field.name, valueOf(field) ?? null]));
  const draft = { origin: origin(), number: applicantId(), values, json: usesJson() ? byId("body").value : null };
  try {
    sessionStorage.setItem(name, JSON.stringify(draft));
  } catch { /* no storage: nothing is kept */ }
}

/** The kept applicant, or null. */
export function readDraft() {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null;
  }
}

/** Types the kept values into the fields; those that the kept applicant had at first are in them. */
export function retypeAll(values) {
  for (const field of fields) if (field.name in values) retype(field, values[field.name]);
}

document.querySelector(".signed-in")?.addEventListener("submit", () => sessionStorage.removeItem(name));
