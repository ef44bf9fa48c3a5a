// The JSON editor, and the step from one view of the applicant to the other.

import { byId, fill } from "../shared.js";
import { writeForm } from "./applicant_form.js";
import { saveDraft } from "./draft.js";
import { clearErrors, showErrors } from "./errors.js";
import { summarise } from "./history.js";
import { requestBody, setNumber, showOrigin } from "./origin.js";
import { select, tabs, usesJson } from "./tabs.js";
import { texts } from "./texts.js";

/** The applicant of the JSON editor: the features of its request body. */
export function readJson() {
  const body = JSON.parse(byId("body").value) ?? {};
  const { what_would_change: _changes, applicant_id: _id, ...features } = body.features ?? body;
  return features;
}

export const writeJson = () => { byId("body").value = JSON.stringify(requestBody(), null, 2); };

// Where the browser, which speaks its own language, stopped reading JSON.
function placeOf(error, text) {
  const position = /position (\d+)/.exec(error.message)?.[1] ?? text.length;
  const lines = text.slice(0, Number(position)).split("\n");
  return { line: lines.length, column: lines.at(-1).length + 1 };
}

function toForm() {
  if (!usesJson()) return true;
  try {
    writeForm(readJson());
    setNumber(JSON.parse(byId("body").value)?.applicant_id);
    summarise();
    showOrigin();
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
  saveDraft();
  tab.focus();
}

for (const tab of tabs) {
  tab.addEventListener("click", () => open(tab));
  tab.addEventListener("keydown", (event) => {
    if (["ArrowLeft", "ArrowRight"].includes(event.key)) open(tabs.find((other) => other !== tab));
  });
}
