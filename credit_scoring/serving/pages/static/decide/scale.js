// The scale of a probability next to the threshold, as pages/probability_scale.py draws it.

const LIMITS = 4; // times the threshold: the end of the scale

/** The end of the scale, and where a probability is on it: "45.2%"; at the end if it is beyond. */
export function scaleOf(threshold) {
  const end = threshold > 0 ? Math.min(LIMITS * threshold, 1) : 1;
  return { end, at: (probability) => `${Math.min((100 * probability) / end, 100)}%` };
}
