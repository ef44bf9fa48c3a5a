// The sentences that sum up a table of the applicant's history: a feature, and the text for its value.

import { fill, numberText } from "../shared.js";

const format = (value) => numberText(value, { maximumFractionDigits: 0 });
const percent = (value) => numberText(value, { style: "percent", maximumFractionDigits: value < 0.1 ? 1 : 0 });
const plural = (value) => (value === 0 ? "none" : value === 1 ? "one" : "many");

const count = (name, text) => ({ name, text, state: (value) => plural(Math.round(value)), words: (value) => ({ count: format(value) }) });
const amount = (name, text) => ({ name, text, state: (value) => (value > 0 ? "some" : "none"), words: (value) => ({ amount: format(value) }) });
const share = (name, text) => ({
  name,
  text,
  state: (value) => (value <= 0 ? "none" : value >= 1 ? "all" : "some"),
  words: (value) => ({ share: percent(value) }),
});

/** By table; a sentence of a feature that the model does not have, or whose value is unknown, is left out. */
export const RULES = {
  bureau: [
    count("bureau_count", "count"),
    amount("bureau_credit_sum", "credit"),
    amount("bureau_debt_sum", "debt"),
    share("bureau_was_overdue_mean", "overdue"),
  ],
  previous_application: [
    count("previous_count", "count"),
    count("previous_refused_count", "refused"),
    share("previous_status_canceled_share", "cancelled"),
  ],
  installments_payments: [
    count("instalments_count", "count"),
    share("instalments_late_mean", "late"),
    count("instalments_days_late_max", "latest"),
    share("instalments_last_5_late_mean", "last"),
    share("instalments_short_mean", "short"),
  ],
  pos_cash_balance: [
    count("pos_count", "months"),
    share("pos_past_due_mean", "past_due"),
    share("pos_last_3_months_past_due_mean", "recent"),
  ],
  credit_card_balance: [
    count("card_count", "months"),
    share("card_utilisation_mean", "used"),
    share("card_utilisation_max", "most"),
    share("card_past_due_mean", "past_due"),
  ],
};

/** The sentence of a rule for a value; "" if the texts have none. */
export const sentence = (rule, value, texts) => fill(texts[`${rule.text}_${rule.state(value)}`] ?? "", rule.words(value));
