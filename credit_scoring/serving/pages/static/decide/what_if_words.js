// A value of the what-if panel in words, as the server says them.

import { fill, numberText } from "../shared.js";

const DAYS_PER_YEAR = 365.25;
const DAYS_PER_MONTH = 30.4375;
const LARGE = 1000; // from here a number has no decimals

function number(value) {
  const digits = Math.abs(value) >= LARGE ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 };
  return numberText(value, digits);
}

function days(value, texts) {
  const size = Math.abs(value);
  if (size >= 2 * 365) return fill(texts.years, { value: number(Math.round((10 * size) / DAYS_PER_YEAR) / 10) });
  if (size >= 60) return fill(texts.months, { value: number(Math.round(size / DAYS_PER_MONTH)) });
  return fill(texts.days, { value: number(size) });
}

/** The words for `value` with the unit of a control; `sense`: a duration, or a date seen from the application. */
export function say(value, { unit, sense }, texts) {
  if (value === null) return texts.unknown;
  if (unit === "share") return numberText(value, { style: "percent", maximumFractionDigits: 1 });
  if (unit !== "days") return number(value);
  const size = days(value, texts);
  return sense === "date" && value ? fill(value < 0 ? texts.date_before : texts.date_after, { value: size }) : size;
}
