// Errors, next to their fields and in a box above the form.

import { byId, capitalise, fill, signInLink } from "../shared.js";
import { fields } from "./applicant_form.js";
import { monthsOf, shownText, textOf, valueOf } from "./controls.js";
import { refusalOf } from "./field_problems.js";
import { usesJson } from "./tabs.js";
import { texts } from "./texts.js";

// A part of a field: "h" its hint, "e" its error.
const partOf = (field, part) => byId(field.id.replace("f", part));
const controlsOf = (field) => [field, monthsOf(field)].filter(Boolean);

export function clearErrors() {
  byId("errors").hidden = true;
  for (const field of fields) {
    partOf(field, "e").hidden = true;
    for (const control of controlsOf(field)) {
      control.removeAttribute("aria-invalid");
      control.setAttribute("aria-describedby", partOf(field, "h").id);
    }
  }
}

function rangeOf(field) {
  return (usesJson() ? field.dataset.range : field.dataset.shownRange ?? field.dataset.range) || texts.any_number;
}

function wording({ field: name, value, message, problem, text }) {
  const field = fields.find((each) => each.name === name);
  if (!field) return texts.other_error ? fill(texts.other_error, { field: name }) : message;
  const number = problem ? valueOf(field) : value;
  const words = {
    text: text ?? (usesJson() ? textOf(value) : shownText(field, value)),
    range: rangeOf(field),
    below: textOf(Math.floor(number)),
    above: textOf(Math.ceil(number)),
  };
  return fill(texts.wrong[problem ?? refusalOf(field, value)], words);
}

function markField(error) {
  const field = fields.find((each) => each.name === error.field);
  if (!field) return;
  const place = partOf(field, "e");
  place.textContent = capitalise(wording(error));
  place.hidden = false;
  for (const control of controlsOf(field)) {
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", `${partOf(field, "h").id} ${place.id}`);
  }
  for (let folded = field.closest("details"); folded; folded = folded.parentElement.closest("details")) folded.open = true;
}

function listItem(error) {
  const item = document.createElement("li");
  const field = fields.find((each) => each.name === error.field);
  const known = field && !usesJson();
  const line = known ? document.createElement("a") : item;
  const label = known ? capitalise(field.labels[0].textContent.trim()) : error.field;
  line.textContent = field ? fill(texts.named_error, { label, message: wording(error) }) : wording(error);
  if (known) {
    line.href = `#${field.id}`;
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

const wordsOf = ({ type, status }) => texts.problems[type?.split(":").pop()] || texts.problems[status] || texts.other_problem;

export function showProblem(problem) {
  if (problem.status === 401) showSessionEnded();
  else if (problem.errors?.length) showFieldErrors(problem.errors);
  else showErrors(fill(wordsOf(problem), problem) || problem.detail);
}

export function showFieldErrors(errors) {
  const count = errors.length;
  showErrors(fill(count === 1 ? texts.errors_one : texts.errors_many, { count }), errors);
}
