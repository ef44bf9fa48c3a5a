// Outcomes of refusing from a threshold: the same figures as pages/threshold/outcomes.py computes.

const Z = 1.959963984540054; // of a two-sided 95 % interval

function normal(value, standardError) {
  return { value, low: value - Z * standardError, high: value + Z * standardError };
}

/** The share `count` of n > 0, with its Wilson interval. */
export function share(count, n) {
  const value = count / n;
  const scale = 1 + Z ** 2 / n;
  const centre = (value + Z ** 2 / (2 * n)) / scale;
  const deviation = Math.sqrt((value * (1 - value)) / n + Z ** 2 / (4 * n ** 2));
  const halfWidth = (Z * deviation) / scale;
  return { value, low: Math.max(centre - halfWidth, 0), high: Math.min(centre + halfWidth, 1) };
}

/** The average of n values with this sum and this sum of squares. */
export function average(total, squares, n) {
  const mean = total / n;
  const variance = Math.max(squares / n - mean ** 2, 0);
  return normal(mean, Math.sqrt(variance / n));
}

export const theoretical = (terms) => 1 / (1 + terms.ratio);

/** The figures of the threshold at `index`; null if nobody defines one. */
export function outcomes(curve, index, terms) {
  const good = curve.applicants - curve.defaults;
  const [missed, refusedGood] = [curve.missed[index], curve.refused_good[index]];
  const accepted = missed + good - refusedGood;
  return {
    accepted_share: share(accepted, curve.applicants),
    missed_share: share(missed, curve.defaults),
    refused_good_share: good ? share(refusedGood, good) : null,
    accepted_default_rate: accepted ? share(missed, accepted) : null,
    cost: cost(curve, missed, refusedGood, terms),
    profit: profit(curve, exposure(curve, index), terms),
  };
}

/** The figures of the threshold at `index` less those of the one at `other`. */
export function changes(curve, index, other, terms) {
  const good = curve.applicants - curve.defaults;
  const missed = curve.missed[index] - curve.missed[other];
  const refusedGood = curve.refused_good[index] - curve.refused_good[other];
  const accepted = missed - refusedGood;
  const [here, there] = [exposure(curve, index), exposure(curve, other)];
  const difference = here && Object.fromEntries(Object.keys(here).map((name) => [name, here[name] - there[name]]));
  return {
    accepted_share: average(accepted, Math.abs(accepted) + 1, curve.applicants),
    missed_share: average(missed, Math.abs(missed) + 1, curve.defaults),
    refused_good_share: good ? average(refusedGood, Math.abs(refusedGood) + 1, good) : null,
    accepted_default_rate: rateChange(curve, index, other),
    cost: cost(curve, missed, refusedGood, terms, 1),
    profit: profit(curve, difference, terms, 1),
  };
}

/** The change of the default rate of the accepted; the lower threshold's accepted count in both rates. */
function rateChange(curve, index, other) {
  const good = curve.applicants - curve.defaults;
  const pairs = [index, other].map((at) => {
    const [defaults, repaid] = [curve.missed[at], good - curve.refused_good[at]];
    return { defaults, repaid, size: defaults + repaid, rate: defaults / (defaults + repaid) };
  });
  if (pairs.some((pair) => !pair.size)) return null;
  const [here, there] = pairs;
  const [low, high] = here.size <= there.size ? [here, there] : [there, here];
  const inDefault = (1 - here.rate) / here.size - (1 - there.rate) / there.size;
  const inRepaid = here.rate / here.size - there.rate / there.size;
  const variance =
    low.defaults * inDefault ** 2 +
    low.repaid * inRepaid ** 2 +
    (high.defaults - low.defaults + 1) * ((1 - high.rate) / high.size) ** 2 +
    (high.repaid - low.repaid + 1) * (high.rate / high.size) ** 2;
  return normal(here.rate - there.rate, Math.sqrt(variance));
}

// `further` applicants of each outcome count in the variance.
function cost(curve, missed, refusedGood, terms, further = 0) {
  const total = terms.unit * (terms.ratio * missed + refusedGood);
  const squares = terms.ratio ** 2 * (Math.abs(missed) + further) + Math.abs(refusedGood) + further;
  return average(total, terms.unit ** 2 * squares, curve.applicants);
}

function profit(curve, sums, terms, further = 0) {
  if (!sums) return null;
  const total = terms.margin * sums.good - terms.lgd * sums.default;
  const good = curve.applicants - curve.defaults;
  const averageGood = curve.exposure.accepted_good_squares.at(-1) / Math.max(good, 1);
  const averageDefault = curve.exposure.accepted_default_squares.at(-1) / curve.defaults;
  const squares =
    terms.margin ** 2 * (Math.abs(sums.good_squares) + further * averageGood) +
    terms.lgd ** 2 * (Math.abs(sums.default_squares) + further * averageDefault);
  return average(total, squares, curve.applicants);
}

function exposure(curve, index) {
  const sums = curve.exposure;
  return sums && {
    good: sums.accepted_good[index],
    default: sums.accepted_default[index],
    good_squares: sums.accepted_good_squares[index],
    default_squares: sums.accepted_default_squares[index],
  };
}

/** The index of the nearest threshold; of two equally near ones the lower. */
export function nearest(curve, threshold) {
  const distances = curve.thresholds.map((value) => Math.abs(value - threshold));
  return distances.indexOf(Math.min(...distances));
}

/** The index of the threshold with the lowest cost; of equally cheap ones the lowest. */
export function cheapest(curve, terms) {
  const costs = curve.missed.map((missed, index) => terms.ratio * missed + curve.refused_good[index]);
  return costs.indexOf(Math.min(...costs));
}
