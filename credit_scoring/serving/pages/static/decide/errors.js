// Errors, next to their fields and in a box above the form.

import { byId, capitalise, fill, signInLink } from "../shared.js";
import { fields, textOf, valueOf } from "./applicant_form.js";
import { refusalOf } from "./field_problems.js";
import { usesJson } from "./tabs.js";
import { texts } from "./texts.js";

export function clearErrors() {
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

export function showErrors(title, errors = []) {
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

function showSessionEnded() {
  showErrors(texts.session_ended);
  byId("errors").append(signInLink(texts.to_sign_in));
}

export function showProblem(problem) {
  if (problem.status === 401) showSessionEnded();
  else if (problem.errors?.length) showFieldErrors(problem.errors);
  else showErrors(texts.problems[problem.status] || fill(texts.other_problem, problem) || problem.detail);
}

export function showFieldErrors(errors) {
  const count = errors.length;
  showErrors(fill(count === 1 ? texts.errors_one : texts.errors_many, { count }), errors);
}
