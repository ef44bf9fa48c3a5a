// The form: the values of its fields as an applicant, and back.

import { byId, fill, language } from "../shared.js";
import { problemOf } from "./field_problems.js";
import { formatNumber, parseNumber } from "./numbers.js";
import { texts } from "./texts.js";

export const form = byId("decide");
export const fields = [...form.querySelectorAll("[name]")];

export function valueOf(field) {
  const text = field.options ? field.value : field.value.trim(); // a level keeps its spaces
  if (text === "") return null;
  return field.dataset.type === "number" ? parseNumber(text, language) ?? text : text;
}

export function textOf(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return formatNumber(value, language);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

// The problems that show before anything is sent.
export function ownErrors() {
  const found = fields.map((field) => ({ field: field.name, text: field.value.trim(), problem: problemOf(field, valueOf(field)) }));
  return found.filter(({ problem }) => problem);
}

let others = {}; // members of the JSON editor without a form field; sent too, so that the API names them in its refusal

export function readForm() {
  const sent = fields.map((field) => [field.name, valueOf(field)]).filter(([, value]) => value !== null);
  return { ...Object.fromEntries(sent), ...others };
}

export function writeForm(features) {
  const names = new Set(fields.map((field) => field.name));
  others = Object.fromEntries(Object.entries(features).filter(([name]) => !names.has(name)));
  for (const field of fields) {
    const value = textOf(features[field.name]);
    const options = field.options && [...field.options];
    if (options && !options.some((option) => option.value === value)) field.add(new Option(value, value));
    field.value = value;
    describeDays(field);
  }
}

export function describeDays(field) {
  if (field.dataset.unit !== "days") return;
  const days = valueOf(field);
  const years = new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(Math.abs(days) / 365.25);
  const about = field.closest(".field").querySelector(".about");
  about.textContent = typeof days === "number" && Math.abs(days) >= 60 && Math.abs(days) < 40000 ? fill(texts.years, { years }) : "";
}
