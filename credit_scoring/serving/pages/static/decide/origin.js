// Where the applicant in the form comes from: an example, the store of applicants, or nowhere.

import { byId, fill, language } from "../shared.js";
import { changedCount, readForm } from "./applicant_form.js";
import { texts } from "./texts.js";

let source = { name: "blank" };
export const origin = () => source;

const number = byId("own-number");

/** The applicant in the form; a stored one has its number already. */
export function setOrigin(start) {
  source = start;
  number.value = "";
  byId("own-number-part").hidden = source.applicantId !== undefined;
}

export const features = () => source.features;
export const applicantId = () => source.applicantId ?? (number.value.trim() || undefined);

/** Takes the number of a request body over, unless the applicant is a stored one. */
export const setNumber = (typed) => { number.value = typeof typed === "string" ? typed : ""; };

/** The body of POST /predict/explain for the applicant in the form. */
export function requestBody() {
  return { features: readForm(), what_would_change: true, applicant_id: applicantId() };
}

const LOCALES = { en: "en-GB", fr: "fr" }; // as notation.py writes dates

function words() {
  const format = new Intl.DateTimeFormat(LOCALES[language], { dateStyle: "long", timeZone: "UTC" });
  const day = source.madeAt && format.format(new Date(source.madeAt));
  return fill(texts.origin[source.name], { applicant: source.applicantId, day });
}

/** Says where the applicant comes from, and how many values have changed since. */
export function showOrigin() {
  const count = changedCount();
  const changes = count ? fill(texts.origin[count === 1 ? "changed_one" : "changed_many"], { count }) : "";
  byId("origin").textContent = [words(), changes].filter(Boolean).join(" ");
  byId("reset").hidden = !count;
}
