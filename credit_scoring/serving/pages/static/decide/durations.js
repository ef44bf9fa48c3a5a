// Ages and durations: the API counts days backwards from the application, people count years and months.

const MONTHS = 12;
const DAYS_PER_MONTH = 365.2425 / MONTHS; // of the Gregorian calendar

/** The days before the application, negative, of whole years and months. */
export function daysBefore(years, months) {
  return 0 - Math.round((MONTHS * years + months) * DAYS_PER_MONTH); // never -0
}

/** Years and months of days before the application; null for days after it. */
export function yearsAndMonths(days) {
  if (days > 0) return null;
  const months = Math.round(-days / DAYS_PER_MONTH);
  return { years: Math.floor(months / MONTHS), months: months % MONTHS };
}

const whole = (text, most) => (text === "" ? 0 : /^\d{1,3}$/.test(text) && Number(text) <= most ? Number(text) : NaN);

/** The days of typed years and months, either of which may be empty; null if they are not whole numbers. */
export function parseDuration(years, months) {
  const days = daysBefore(whole(years, 999), whole(months, MONTHS - 1));
  return Number.isNaN(days) ? null : days;
}
