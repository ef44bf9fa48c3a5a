// Numbers as people write them: "450,000.5" on an English page, "450 000,5" on a French one.

const GROUPS = { en: "[,\\s\\u00a0\\u202f]", fr: "[\\s\\u00a0\\u202f]" };
const DECIMAL = { en: "\\.", fr: "[,.]" };
const SEPARATORS = { en: [",", "."], fr: ["\u202f", ","] }; // of thousands and of decimals, as the page writes them
const AMBIGUOUS = { en: /^[-+]?[1-9]\d{0,2}\.\d{3}$/, fr: /^[-+]?[1-9]\d{0,2}[.,]\d{3}$/ }; // thousands or decimals?

function pattern(language) {
  const grouped = `\\d{1,3}(?:${GROUPS[language]}\\d{3})+`;
  return new RegExp(`^[-+]?(?:(?:${grouped}|\\d+)(?:${DECIMAL[language]}\\d*)?|${DECIMAL[language]}\\d+)(?:e[-+]?\\d+)?$`, "i");
}

const PATTERNS = { en: pattern("en"), fr: pattern("fr") };

// In French "450,000" and "450.000" have two meanings; in English an amount of "450.000" does.
const isAmbiguous = (text, language, isAmount) => (language === "fr" || isAmount) && AMBIGUOUS[language].test(text);

/** The number that `typed` means in `language`; null if it is not a number there or has two meanings. */
export function parseNumber(typed, language, isAmount = false) {
  const text = typed.replace(/^\u2212/, "-"); // a minus sign copied from the page
  if (!PATTERNS[language].test(text) || isAmbiguous(text, language, isAmount)) return null;
  const number = Number(text.replace(new RegExp(GROUPS[language], "g"), "").replace(",", "."));
  return Number.isFinite(number) ? number : null;
}

/** A number with all its digits and grouped thousands, such that `parseNumber` reads it back. */
export function formatNumber(value, language) {
  const [thousands, decimal] = SEPARATORS[language];
  const [, sign, whole, rest] = /^(-?)(\d*)(.*)$/.exec(String(value));
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, thousands);
  const text = sign + grouped + rest.replace(".", decimal);
  return isAmbiguous(text, language, false) ? `${text}0` : text;
}
