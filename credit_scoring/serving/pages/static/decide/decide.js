// The page: the form and the JSON editor edit one applicant, Decide sends it, the answer is shown in words.

import { byId, postJson } from "../shared.js";
import { form, ownErrors, readForm } from "./applicant_form.js";
import { saveDraft } from "./draft.js";
import { clearErrors, showErrors, showFieldErrors, showProblem } from "./errors.js";
import { summarise } from "./history.js";
import { readJson } from "./json_editor.js";
import { requestBody, showOrigin } from "./origin.js";
import { markStale, showDecision } from "./result.js";
import "./start.js";
import { usesJson } from "./tabs.js";
import { texts } from "./texts.js";

async function decide() {
  const own = usesJson() ? [] : ownErrors();
  if (own.length) {
    clearErrors();
    markStale();
    showFieldErrors(own);
    return;
  }
  const body = usesJson() ? byId("body").value : JSON.stringify(requestBody());
  const { status, content } = await postJson("predict/explain", body);
  clearErrors();
  if (status === 200) showDecision(content, usesJson() ? readJson() : readForm());
  else {
    markStale();
    showProblem(content);
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

form.addEventListener("input", () => { summarise(); showOrigin(); markStale(); saveDraft(); });

// Disabled until now: without these listeners the browser would reload the page, with the fields in its address.
for (const button of document.querySelectorAll("#find button, #submit")) button.disabled = false;
