// The form: the values of its fields as an applicant, and back.

import { byId } from "../shared.js";
import { annotate, isChanged, load, rawText, tidy, valueOf } from "./controls.js";
import { problemOf } from "./field_problems.js";

export const form = byId("decide");
export const fields = [...form.querySelectorAll("[name]")];
export const fieldOf = (element) => fields.find((field) => element.id === field.id || element.id === `${field.id}-months`);

/** The problems that show before anything is sent. */
export function ownErrors() {
  return fields
    .map((field) => ({ field: field.name, value: valueOf(field), problem: problemOf(field, valueOf(field)), text: rawText(field) }))
    .filter(({ problem }) => problem)
    .map((error) => (error.problem === "out_of_range" ? { ...error, text: undefined } : error)); // its value in words
}

let others = {}; // members of the JSON editor without a form field; sent too, so that the API names them in its refusal

export function readForm() {
  const sent = fields.map((field) => [field.name, valueOf(field)]).filter(([, value]) => value !== null && value !== undefined);
  return { ...Object.fromEntries(sent), ...others };
}

export function writeForm(features) {
  const names = new Set(fields.map((field) => field.name));
  others = Object.fromEntries(Object.entries(features).filter(([name]) => !names.has(name)));
  for (const field of fields) {
    load(field, features[field.name]);
    annotate(field);
  }
}

/** How many fields differ from the applicant that was loaded. */
export const changedCount = () => fields.filter(isChanged).length;

/** An applicant of whom nothing is known, without a history. */
export function unknownApplicant() {
  const known = fields.filter((field) => field.dataset.empty !== undefined);
  return Object.fromEntries(known.map((field) => [field.name, Number(field.dataset.empty)]));
}

form.addEventListener("change", (event) => {
  const field = fieldOf(event.target);
  if (field) tidy(field);
});
form.addEventListener("input", (event) => {
  const field = fieldOf(event.target);
  if (field) annotate(field);
});
