"""Decision rates by group of applicants, and the differences between groups.

Sources: Regulation B, 12 CFR 1002; the four-fifths rule, 29 CFR 1607.4(D); Hardt, Price and Srebro
(2016), Equality of opportunity in supervised learning. The values equal fairlearn's; every one has
a 95 % bootstrap interval. The favourable outcome is to be accepted.
"""

from collections.abc import Callable, Mapping
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit_scoring.laboratory.fairness.groups import ApplicantGroups
from credit_scoring.laboratory.paired_bootstrap import metric_interval
from credit_scoring.training.cross_validation import Predictions
from credit_scoring.training.folds import Target
from credit_scoring.training.metrics import BOOTSTRAP_SAMPLES, Floats, bootstrap_weights

MIN_APPLICANTS = 100  # a smaller group is flagged as small
MIN_CLASS_APPLICANTS = 20  # defaulters, and good applicants
RATES = {
    "selection_rate": "Accepted",
    "false_positive_rate": "Good refused (FPR)",
    "false_negative_rate": "Defaulters accepted (FNR)",
    "default_rate": "Defaulted",
    "predicted_rate": "Predicted",
    "calibration_ratio": "Defaulted / predicted",
}
ERRORS = {
    "false_positive": "good applicants are refused",
    "false_negative": "defaulters are accepted",
}
Interval = dict[str, Any]  # value, low, high, and what else is known of the value
Samples = Mapping[str, Floats]  # (1 + samples, groups) by rate; the first row is the data itself


def compute_group_metrics(
    groups: ApplicantGroups, target: Target, predictions: Predictions, seed: int
) -> dict[str, Any]:
    """Every group's rates and the differences between groups, each with its interval.

    `target` (n,) and `predictions` are in the order of `groups`.
    """
    drawn_weights = islice(bootstrap_weights(target.astype(np.float64), seed), BOOTSTRAP_SAMPLES)
    weights = chain([np.ones(len(target))], drawn_weights)
    draws = [_weighted_rates(groups, target, predictions, weight) for weight in weights]
    samples = {name: np.array([draw[name] for draw in draws]) for name in draws[0]}
    applicants = samples.pop("applicants")[0]
    defaults = samples.pop("defaults")[0]
    rarer_class = np.minimum(defaults, applicants - defaults)
    small = (applicants < MIN_APPLICANTS) | (rarer_class < MIN_CLASS_APPLICANTS)
    rows = [
        {
            "group": name,
            "applicants": int(applicants[i]),
            "defaults": int(defaults[i]),
            "small": bool(small[i]),
            **{rate: _interval(values[:, i]) for rate, values in samples.items()},
        }
        for i, name in enumerate(groups.names)
    ]
    large_names = [name for name, is_small in zip(groups.names, small, strict=True) if not is_small]
    large_samples = {rate: values[:, ~small] for rate, values in samples.items()}
    return {
        "attribute": groups.attribute,
        "groups": rows,
        **_group_differences(samples, groups.names),
        "without_small_groups": _group_differences(large_samples, large_names),
    }


def _weighted_rates(
    groups: ApplicantGroups, target: Target, predictions: Predictions, weight: Floats
) -> dict[str, Floats]:
    """The rates (groups,) with row weights (n,); NaN if a rate's denominator is 0."""
    default = target == 1
    refused = predictions.refused

    def total(values: NDArray[Any]) -> Floats:
        return np.bincount(groups.codes, weight * values, minlength=len(groups.names))

    applicants = total(np.ones(len(target)))
    defaults = total(default)
    predicted = total(predictions.probability)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "applicants": applicants,
            "defaults": defaults,
            "selection_rate": total(~refused) / applicants,
            "false_positive_rate": total(refused & ~default) / (applicants - defaults),
            "false_negative_rate": total(~refused & default) / defaults,
            "default_rate": defaults / applicants,
            "predicted_rate": predicted / applicants,
            "calibration_ratio": defaults / predicted,
        }


def _group_differences(samples: Samples, names: list[str]) -> dict[str, Interval | None]:
    """The lowest acceptance rate over the highest, and the largest differences in error rates.

    The two groups are chosen on the data and kept in every bootstrap sample: the largest difference
    of each sample would exceed 0 even if all groups were alike.
    """
    gaps = {error: _contrast(samples[f"{error}_rate"], names, np.subtract) for error in ERRORS}
    defined = [{**gap, "error": error} for error, gap in gaps.items() if gap]
    ratio = _contrast(samples["selection_rate"], names, lambda high, low: low / high)
    return {
        "four_fifths_ratio": ratio,
        **{f"{error}_gap": gap for error, gap in gaps.items()},
        "equalised_odds_difference": max(defined, key=lambda gap: gap["value"], default=None),
    }


def _contrast(
    rates: Floats, names: list[str], compare: Callable[[Floats, Floats], Floats]
) -> Interval | None:
    """Compare the highest group's rates (samples,) with the lowest's; names both groups."""
    if not names or np.isnan(rates[0]).all():
        return None
    high = int(np.nanargmax(rates[0]))
    low = int(np.nanargmin(rates[0]))
    with np.errstate(divide="ignore", invalid="ignore"):
        interval = _interval(compare(rates[:, high], rates[:, low]))
    return interval and {**interval, "highest": names[high], "lowest": names[low]}


def _interval(values: Floats) -> Interval | None:
    """The value and its interval over the samples that define it; None if the data do not."""
    defined = values[np.isfinite(values)]
    if not np.isfinite(values[0]) or len(defined) == 1:
        return None
    return metric_interval(defined)
