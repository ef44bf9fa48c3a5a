// The summaries of the computed history: a few sentences per table, from the values in its fields.

import { fill } from "../shared.js";
import { valueOf } from "./controls.js";
import { RULES, sentence } from "./history_rules.js";
import { texts } from "./texts.js";

const isUnknown = (value) => value === null || value === undefined;
const isEmpty = (field) => isUnknown(valueOf(field)) || String(valueOf(field)) === field.dataset.empty;

function sentences(table, fields) {
  const words = texts.history[table];
  if (fields.every(isEmpty)) return [words.nothing];
  const values = Object.fromEntries(fields.map((field) => [field.name, valueOf(field)]));
  const known = (RULES[table] ?? []).filter((rule) => typeof values[rule.name] === "number");
  const said = known.map((rule) => sentence(rule, values[rule.name], words)).filter(Boolean);
  const filled = fields.filter((field) => !isUnknown(valueOf(field))).length;
  return said.length ? said : [fill(texts.history.known, { filled, count: fields.length })];
}

/** Writes the summary of every table. */
export function summarise() {
  for (const part of document.querySelectorAll("[data-table]")) {
    const fields = [...part.querySelectorAll("[name]")];
    part.querySelector(".sentences").textContent = sentences(part.dataset.table, fields).join(" ");
  }
}
