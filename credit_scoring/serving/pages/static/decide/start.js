// The start: an applicant found by number, an example, or an empty form.

import { byId, fill, getJson } from "../shared.js";
import { form, unknownApplicant, writeForm } from "./applicant_form.js";
import { readDraft, retypeAll, saveDraft } from "./draft.js";
import { clearErrors, showProblem, showErrors } from "./errors.js";
import { summarise } from "./history.js";
import { writeJson } from "./json_editor.js";
import { features, setNumber, setOrigin, showOrigin } from "./origin.js";
import { markStale } from "./result.js";
import { select, tabs } from "./tabs.js";
import { texts } from "./texts.js";

const examples = JSON.parse(byId("decide-page").dataset.examples);
const chips = [...document.querySelectorAll(".chip")];

function open(source, chip) {
  setOrigin(source);
  restore();
  for (const each of chips) each.setAttribute("aria-pressed", String(each === chip));
}

/** Puts the applicant back as it was loaded. */
export function restore() {
  clearErrors();
  refuseNumber("");
  writeForm(features());
  writeJson();
  summarise();
  showOrigin();
  markStale();
  saveDraft();
}

const unknown = () => ({ name: document.querySelector("[data-table]") ? "new" : "blank", features: unknownApplicant() });

function choose(chip) {
  const example = examples.find(({ kind }) => kind === chip.dataset.kind);
  open(example ? { name: example.kind, features: example.features } : unknown(), chip);
}

// --- an applicant by number

const number = byId("applicant-number"); // null if the server has no stored applicants

function refuseNumber(message) {
  if (!number) return;
  const place = byId("e-applicant-number");
  place.textContent = message;
  place.hidden = !message;
  number.toggleAttribute("aria-invalid", Boolean(message));
  if (message) {
    number.setAttribute("aria-invalid", "true");
    number.focus();
  }
}

async function find(applicant) {
  if (!applicant) return refuseNumber(texts.find.empty);
  const { status, content } = await getJson(`applicants/${encodeURIComponent(applicant)}`);
  if (status === 200 && content.features) {
    open({ name: "stored", features: content.features, applicantId: content.applicant_id, madeAt: content.made_at });
  } else if (status === 404 || status === 200) refuseNumber(fill(texts.find.unknown, { applicant }));
  else if (status === 501) refuseNumber(texts.find.no_store);
  else showProblem(content);
}

byId("find")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await find(number.value.trim());
  } catch {
    showErrors(texts.unreachable);
  }
});

for (const chip of chips) chip.addEventListener("click", () => choose(chip));
byId("reset").addEventListener("click", restore);

/** Goes on with what was typed in this tab. */
function resume({ origin, number: typed, values, json }) {
  const chip = chips.find(({ dataset }) => dataset.kind === (origin.name === "blank" ? "new" : origin.name));
  open(origin, chip);
  if (origin.applicantId === undefined) setNumber(typed);
  retypeAll(values);
  writeJson();
  if (json !== null) {
    byId("body").value = json;
    select(tabs[1]);
  }
  summarise();
  showOrigin();
  saveDraft();
}

// --- what was typed before this script ran

const early = [...form.querySelectorAll("input, select")].filter(({ value }) => value).map((control) => [control, control.value]);

function retypeEarly() {
  for (const [control, text] of early) {
    control.value = text;
    control.dispatchEvent(new Event("input", { bubbles: true }));
  }
  summarise();
  showOrigin();
  saveDraft();
}

const draft = readDraft();
if (draft) resume(draft);
else choose(early.length ? chips.at(-1) : chips[0]); // the last one is the empty form
retypeEarly();
