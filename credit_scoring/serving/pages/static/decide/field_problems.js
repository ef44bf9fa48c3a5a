// What is wrong with the value of a form field: a key of the texts' [wrong].

const isMissing = (value) => value === null || value === undefined;
const isChosen = (field) => ["level", "flag"].includes(field.dataset.kind);

/** Whether the server refuses a number because of its range; it accepts the marks of the source for "not known". */
function isOutside(field, value) {
  const { minimum = -Infinity, maximum = Infinity, exclusive, sentinel } = field.dataset;
  if (sentinel?.split(" ").map(Number).includes(value)) return false;
  return value < Number(minimum) || value > Number(maximum) || (exclusive && value === Number(minimum));
}

/** The problem that keeps the page from sending `value`, or null. */
export function problemOf(field, value) {
  if (isMissing(value)) return field.required ? "missing" : null;
  if (isChosen(field)) return null; // every option is valid
  if (typeof value !== "number") return field.dataset.kind === "duration" ? "not_a_duration" : "not_a_number";
  if (field.dataset.whole && !Number.isInteger(value)) return "not_whole";
  return isOutside(field, value) ? "out_of_range" : null;
}

/** The problem of a `value` that the server refused. */
export function refusalOf(field, value) {
  if (isMissing(value)) return "missing";
  if (isChosen(field)) return "not_in_list";
  if (typeof value !== "number") return "not_a_json_number";
  return problemOf(field, value) ?? "out_of_range";
}
