// The controls of the form: what stands in one, as text, and the value that it means.

import { byId, fill, language, numberText } from "../shared.js";
import { parseDuration, yearsAndMonths } from "./durations.js";
import { formatNumber, parseNumber } from "./numbers.js";
import { texts } from "./texts.js";

/** A value as text in the page's language. */
export function textOf(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return formatNumber(value, language);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export const monthsOf = (field) => byId(`${field.id}-months`);

const number = {
  read: (field) => field.value.trim(),
  write: (field, value) => { field.value = textOf(value); },
  parse: (text, field) => parseNumber(text, language, field.dataset.unit === "currency") ?? text,
};

const level = {
  // A level keeps its spaces.
  read: (field) => field.value,
  write(field, value) {
    const text = value ?? "";
    if (![...field.options].some((option) => option.value === String(text))) field.add(new Option(text, text));
    field.value = text;
  },
  parse: (text) => text,
};

const flag = { ...level, parse: number.parse };

const duration = {
  read(field) {
    const parts = [field.value.trim(), monthsOf(field).value.trim()];
    return parts.join("") ? parts.join(" ") : "";
  },
  write(field, value) {
    const typed = /^(.*) (.*)$/.exec(value); // what `read` gives if it means no value
    const parts = typeof value === "number" ? yearsAndMonths(value) : typed && { years: typed[1], months: typed[2] };
    field.value = parts?.years ?? "";
    monthsOf(field).value = parts?.months ?? "";
  },
  parse: (text) => parseDuration(...text.split(" ")) ?? text,
};

const KINDS = { number, level, flag, duration };
const kindOf = (field) => KINDS[field.dataset.kind];
const loaded = new Map(); // field → the text and the value that were loaded into it

/** Puts a value into a field. While its text stays as it is, the field means exactly this value. */
export function load(field, value) {
  kindOf(field).write(field, value);
  loaded.set(field, { text: rawText(field), value });
}

/** Types a value into a field: a change of what was loaded. */
export function retype(field, value) {
  kindOf(field).write(field, value);
  annotate(field);
}

export const isChanged = (field) => rawText(field) !== loaded.get(field).text;

const isExact = (field, value) => typeof value === "number" || ["level", "flag"].includes(field.dataset.kind);

/** The value of a field; null if it is empty, its text if that means no value. */
export function valueOf(field) {
  const text = rawText(field);
  const start = loaded.get(field);
  if (text === start.text && isExact(field, start.value)) return start.value;
  return text === "" ? null : kindOf(field).parse(text, field);
}

/** What stands in a field. */
export const rawText = (field) => kindOf(field).read(field);

/** A value as a person reads it in a field: a duration in years and months. */
export function shownText(field, value) {
  const parts = field.dataset.kind === "duration" && typeof value === "number" && yearsAndMonths(value);
  return parts ? fill(texts.duration, parts) : textOf(value);
}

/** Writes a typed number with the separators of the page's language. */
export function tidy(field) {
  if (field.dataset.kind !== "number") return;
  const value = valueOf(field);
  if (typeof value === "number") field.value = textOf(value);
}

/** The note next to a field: the days of a duration, or about how many years days are. */
export function annotate(field) {
  const note = field.closest(".field").querySelector(".about");
  if (note) note.textContent = NOTES[field.dataset.kind === "duration" ? "duration" : field.dataset.unit]?.(valueOf(field)) ?? "";
}

const NOTES = {
  duration: (days) => (typeof days === "number" ? fill(texts.days_before, { days: textOf(Math.abs(days)) }) : ""),
  days(days) {
    if (typeof days !== "number" || Math.abs(days) < 60 || Math.abs(days) > 40000) return "";
    const years = numberText(Math.abs(days) / 365.25, { maximumFractionDigits: 1 });
    return fill(texts.years, { years });
  },
};
