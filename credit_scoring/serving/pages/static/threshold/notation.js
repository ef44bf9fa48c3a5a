// Figures as the page shows them: the same texts as pages/notation.py makes.
import { fill, language, numberText } from "../shared.js";

const PERCENT = { en: "%", fr: "\u00a0%" };

export function number(value, decimals) {
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals, roundingMode: "halfEven" };
  return numberText(value, options);
}

export const percent = (share, decimals) => number(100 * share, decimals) + PERCENT[language];

export function show(name, value) {
  if (name === "cost") return number(value, 3);
  return name === "profit" ? number(value, 0) : percent(value, 1);
}

export function signed(name, value) {
  const isShare = name !== "cost" && name !== "profit";
  const scaled = isShare ? 100 * value : value;
  const sign = scaled > 0 ? "+" : scaled < 0 ? "−" : "";
  return sign + number(Math.abs(scaled), name === "cost" ? 3 : isShare ? 1 : 0);
}

/** The decimals, 0 to 2, that the labels of these ticks need. */
export function tickDecimals(ticks) {
  return [0, 1].find((digits) => ticks.every((tick) => Number.isInteger(tick * 10 ** digits))) ?? 2;
}

/** A value as a field shows it, with four significant digits. */
export function written(value) {
  const text = String(Number(value.toPrecision(4)));
  return language === "fr" ? text.replace(".", ",") : text;
}

const GROUPED = /^[1-9]\d{0,2},\d{3}$/;

/** The number in a field and the key of the words for what is wrong with it, as pages/threshold/choice.py reads it. */
export function readNumber(name, typed, [low, high]) {
  const isShare = name !== "ratio";
  const isPercent = isShare && typed.endsWith("%");
  const text = isPercent ? typed.slice(0, -1).trimEnd() : typed;
  if (!/^(\d{1,9}([.,]\d{1,20})?|[.,]\d{1,20})$/.test(text)) return [0, "not_a_number"];
  if (language === "en" && GROUPED.test(text)) return [0, "ambiguous"];
  const value = Number(text.replace(",", ".")) / (isPercent ? 100 : 1);
  if (isShare && !isPercent && value > high && value <= 100 * high) return [value, "per_cent"];
  return [value, value >= low && value <= high ? "" : "out_of_range"];
}

/** An estimate with its interval, as the nodes of a table's cell. */
export function cell(texts, text, low, high) {
  const interval = document.createElement("span");
  interval.className = "interval";
  interval.textContent = `(${fill(texts.range, { low, high })})`;
  return [`${text} `, interval];
}
