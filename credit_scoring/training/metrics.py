"""What a model is worth, each figure with its 95 % bootstrap interval.

The scores are sorted once; a bootstrap sample is a weight (how often it was drawn) per row, so every replicate
costs a few cumulative sums. The values equal scikit-learn's (a test compares them).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
REPLICATES = 500
TINY = 1e-15


@dataclass(frozen=True)
class Costs:
    """What a mistake costs: accepting a defaulter (false negative), refusing a good applicant (false positive)."""

    false_negative: float = 10.0
    false_positive: float = 1.0


@dataclass(frozen=True)
class RankedOutcomes:
    """What happened to n applicants and what the model said, sorted by falling probability.

    `default` (n,) 0 or 1, `probability` (n,) in [0, 1], `refused` (n,) bool: the decisions taken. `last` holds the
    index of the last row of each distinct probability.
    """

    default: Floats
    probability: Floats
    refused: NDArray[np.bool_]
    last: NDArray[np.intp]
    costs: Costs

    @classmethod
    def of(
        cls, default: NDArray[Any], probability: Floats, refused: NDArray[np.bool_], costs: Costs
    ) -> "RankedOutcomes":
        """Sort n rows into outcomes."""
        order = np.argsort(-probability, kind="stable")
        ranked = probability[order]
        last = np.flatnonzero(np.diff(ranked, append=-1.0))
        return cls(default[order].astype(np.float64), ranked, refused[order], last, costs)


def figures(outcomes: RankedOutcomes, weight: Floats) -> dict[str, float]:
    """Every figure on the rows as often as `weight` (n,) says."""
    return {
        **_ranking(outcomes, weight),
        **_probabilities(outcomes, weight),
        **_decisions(outcomes, weight),
    }


def _ranking(outcomes: RankedOutcomes, weight: Floats) -> dict[str, float]:
    bad = np.cumsum(weight * outcomes.default)[outcomes.last]
    good = np.cumsum(weight)[outcomes.last] - bad
    recall, false_alarm = bad / bad[-1], good / good[-1]
    area = float(
        np.trapezoid(np.concatenate(([0.0], recall)), np.concatenate(([0.0], false_alarm)))
    )
    precision = bad / np.maximum(bad + good, TINY)
    return {
        "roc_auc": area,
        "gini": 2 * area - 1,
        "pr_auc": float(np.sum(np.diff(recall, prepend=0.0) * precision)),
        "ks": float(np.max(np.abs(recall - false_alarm))),
    }


def _probabilities(outcomes: RankedOutcomes, weight: Floats) -> dict[str, float]:
    probability = np.clip(outcomes.probability, TINY, 1 - TINY)
    loss = -np.log(np.where(outcomes.default == 1, probability, 1 - probability))
    error = (outcomes.probability - outcomes.default) ** 2
    return {
        "log_loss": float(np.average(loss, weights=weight)),
        "brier": float(np.average(error, weights=weight)),
    }


def _decisions(outcomes: RankedOutcomes, weight: Floats) -> dict[str, float]:
    default, refused, costs = outcomes.default == 1, outcomes.refused, outcomes.costs
    caught, missed = float(weight @ (default & refused)), float(weight @ (default & ~refused))
    alarms, kept = float(weight @ (~default & refused)), float(weight @ (~default & ~refused))
    total = caught + missed + alarms + kept
    precision, recall = caught / max(caught + alarms, TINY), caught / (caught + missed)
    return {
        "recall": recall,
        "precision": precision,
        "f1": 2 * caught / max(2 * caught + alarms + missed, TINY),
        "cost_per_applicant": (costs.false_negative * missed + costs.false_positive * alarms)
        / total,
        "refused_share": (caught + alarms) / total,
        "default_rate": (caught + missed) / total,
        "true_positive": caught,
        "false_negative": missed,
        "false_positive": alarms,
        "true_negative": kept,
        "cost_accept_all": costs.false_negative * (caught + missed) / total,
        "cost_refuse_all": costs.false_positive * (alarms + kept) / total,
    }


def metrics_with_intervals(
    outcomes: RankedOutcomes, seed: int, extra: Callable[[Floats], dict[str, float]] | None = None
) -> dict[str, dict[str, float]]:
    """Every figure as `{"value", "low", "high"}`: a 95 % percentile interval over bootstrap samples of the rows.

    `extra` adds figures of the caller's, from the row weights in the order of `outcomes`.
    """

    def all_of(weight: Floats) -> dict[str, float]:
        return {**figures(outcomes, weight), **(extra(weight) if extra else {})}

    value = all_of(np.ones(len(outcomes.default)))
    drawn = [
        all_of(weight) for weight in islice(bootstrap_weights(outcomes.default, seed), REPLICATES)
    ]
    return {name: interval(value[name], [row[name] for row in drawn]) for name in value}


def bootstrap_weights(default: Floats, seed: int) -> Iterator[Floats]:
    """Row weights (n,) of bootstrap samples; one without both classes, which has no AUC, is drawn again."""
    rng, n = np.random.default_rng(seed), len(default)
    while True:
        weight = np.bincount(rng.integers(0, n, n), minlength=n).astype(np.float64)
        if 0 < weight @ default < n:
            yield weight


def interval(value: float, drawn: Sequence[float] | Floats) -> dict[str, float]:
    """A figure and its 95 % percentile interval over the values `drawn` on bootstrap samples."""
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {"value": value, "low": float(low), "high": float(high)}
