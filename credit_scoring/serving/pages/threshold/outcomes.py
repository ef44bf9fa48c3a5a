"""Outcomes of refusing from a threshold, each with its 95 % interval, from a bundle's counts.

static/threshold/outcomes.js computes the same figures; a test compares them. Costs and profits are
per applicant. An average's interval is normal, with the variance of the applicants; a share's is
Wilson's. Differences compare two thresholds on the same applicants: only those between the two
contribute.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from credit_scoring.bundle.threshold_curve import ThresholdCurve
from credit_scoring.confidence_interval import Estimate

Figures = dict[str, Estimate | None]  # None if no applicant defines it
FIGURES = (
    "accepted_share",
    "missed_share",
    "refused_good_share",
    "accepted_default_rate",
    "cost",
    "profit",
)


@dataclass(frozen=True)
class Terms:
    """What errors cost and loans earn.

    Accepting a defaulter costs `ratio` times refusing a good applicant, which costs `unit`.
    `margin` is earned by a good loan and `lgd` is lost by a default, as shares of the exposure.
    """

    ratio: float
    unit: float
    margin: float
    lgd: float

    @property
    def theoretical(self) -> float:
        """The cheapest threshold if the probabilities are calibrated perfectly."""
        return 1 / (1 + self.ratio)


def average(total: float, squares: float, number: int) -> Estimate:
    """The average of `number` values with this sum and this sum of squares."""
    mean = total / number
    variance = max(squares / number - mean**2, 0.0)
    return Estimate.normal(mean, math.sqrt(variance / number))


def outcomes(curve: ThresholdCurve, index: int, terms: Terms) -> Figures:
    """The figures of the threshold at `index`."""
    good = curve.applicants - curve.defaults
    missed, refused_good = curve.missed[index], curve.refused_good[index]
    accepted = missed + good - refused_good
    return {
        "accepted_share": Estimate.share(accepted, curve.applicants),
        "missed_share": Estimate.share(missed, curve.defaults),
        "refused_good_share": Estimate.share(refused_good, good) if good else None,
        "accepted_default_rate": Estimate.share(missed, accepted) if accepted else None,
        "cost": _cost(curve, missed, refused_good, terms),
        "profit": _profit(curve, _exposure(curve, index), terms),
    }


def changes(curve: ThresholdCurve, index: int, other: int, terms: Terms) -> Figures:
    """The figures of the threshold at `index` less those of the one at `other`.

    One applicant more of each
    outcome is counted in the variance: where few or none lie between the thresholds, their own
    variance says too little.
    """
    good = curve.applicants - curve.defaults
    missed = curve.missed[index] - curve.missed[other]
    refused_good = curve.refused_good[index] - curve.refused_good[other]
    accepted = missed - refused_good
    here, there = _exposure(curve, index), _exposure(curve, other)
    exposure = here and there and {name: here[name] - there[name] for name in here}
    return {
        "accepted_share": average(accepted, abs(accepted) + 1, curve.applicants),
        "missed_share": average(missed, abs(missed) + 1, curve.defaults),
        "refused_good_share": average(refused_good, abs(refused_good) + 1, good) if good else None,
        "accepted_default_rate": _rate_change(curve, index, other),
        "cost": _cost(curve, missed, refused_good, terms, further=1),
        "profit": _profit(curve, exposure, terms, further=1),
    }


def _rate_change(curve: ThresholdCurve, index: int, other: int) -> Estimate | None:
    """The change of the default rate of the accepted, by the delta method.

    The applicants accepted at the lower threshold are accepted at both, and count in both rates.
    """
    good = curve.applicants - curve.defaults
    pairs = [(curve.missed[at], good - curve.refused_good[at]) for at in (index, other)]
    if not all(map(sum, pairs)):
        return None
    (here, there), (low, high) = [(m / (m + g), m + g) for m, g in pairs], sorted(pairs, key=sum)
    rate, size = high[0] / sum(high), sum(high)
    default = (1 - here[0]) / here[1] - (1 - there[0]) / there[1]
    repaid = here[0] / here[1] - there[0] / there[1]
    variance = low[0] * default**2 + low[1] * repaid**2
    variance += (high[0] - low[0] + 1) * ((1 - rate) / size) ** 2
    variance += (high[1] - low[1] + 1) * (rate / size) ** 2
    return Estimate.normal(here[0] - there[0], math.sqrt(variance))


def _cost(
    curve: ThresholdCurve, missed: int, refused_good: int, terms: Terms, further: int = 0
) -> Estimate:
    """The cost per applicant; `further` applicants of each outcome count in the variance."""
    total = terms.unit * (terms.ratio * missed + refused_good)
    squares = terms.ratio**2 * (abs(missed) + further) + abs(refused_good) + further
    return average(total, terms.unit**2 * squares, curve.applicants)


def _profit(
    curve: ThresholdCurve, exposure: Mapping[str, float] | None, terms: Terms, further: int = 0
) -> Estimate | None:
    """The profit per applicant; `further` average loans of each outcome count in the variance."""
    if not exposure or curve.exposure is None:
        return None
    total = terms.margin * exposure["good"] - terms.lgd * exposure["default"]
    good = curve.applicants - curve.defaults
    average_good = curve.exposure.accepted_good_squares[-1] / max(good, 1)
    average_default = curve.exposure.accepted_default_squares[-1] / curve.defaults
    squares = terms.margin**2 * (abs(exposure["good_squares"]) + further * average_good)
    squares += terms.lgd**2 * (abs(exposure["default_squares"]) + further * average_default)
    return average(total, squares, curve.applicants)


def _exposure(curve: ThresholdCurve, index: int) -> dict[str, float] | None:
    """The sums over the accepted applicants, by outcome; None if the exposure is not known."""
    sums = curve.exposure
    if sums is None:
        return None
    return {
        "good": sums.accepted_good[index],
        "default": sums.accepted_default[index],
        "good_squares": sums.accepted_good_squares[index],
        "default_squares": sums.accepted_default_squares[index],
    }


def nearest(curve: ThresholdCurve, threshold: float) -> int:
    """The index of the nearest threshold; of two equally near ones the lower."""
    distances = [abs(value - threshold) for value in curve.thresholds]
    return distances.index(min(distances))


def cheapest(curve: ThresholdCurve, terms: Terms) -> int:
    """The index of the threshold with the lowest cost; of equally cheap ones the lowest."""
    pairs = zip(curve.missed, curve.refused_good, strict=True)
    costs = [terms.ratio * missed + refused_good for missed, refused_good in pairs]
    return costs.index(min(costs))
