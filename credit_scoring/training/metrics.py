"""Metrics of a credit model on labelled applicants, each with its 95 % bootstrap interval.

The probabilities are sorted once. A bootstrap sample is a weight per row (how often it was drawn),
so a sample costs a few cumulative sums. The values equal scikit-learn's.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit_scoring.estimator.threshold import cost_per_applicant

Floats = NDArray[np.float64]
MetricsOfWeight = Callable[[Floats], dict[str, float]]  # from row weights (n,)
Intervals = dict[str, dict[str, float]]  # "value", "low" and "high" by metric
BOOTSTRAP_SAMPLES = 500
TINY = 1e-15  # keeps logarithms and ratios finite


@dataclass(frozen=True)
class Costs:
    """The cost of accepting a defaulter (false negative) and of refusing a good applicant."""

    false_negative: float = 10.0
    false_positive: float = 1.0

    @property
    def pair(self) -> tuple[float, float]:
        """Both costs, in the order of their definition."""
        return self.false_negative, self.false_positive


@dataclass(frozen=True)
class RankedOutcomes:
    """Outcomes and predictions of n applicants, sorted by falling probability.

    `default` (n,) is 0 or 1, `probability` (n,) is in [0, 1], `refused` (n,) is the decision.
    `last` holds the index of the last row of each distinct probability.
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
        """Sort n rows."""
        order = np.argsort(-probability, kind="stable")
        ranked = probability[order]
        last = np.flatnonzero(np.diff(ranked, append=-1.0))
        return cls(default[order].astype(np.float64), ranked, refused[order], last, costs)


def compute_metrics(outcomes: RankedOutcomes, weight: Floats) -> dict[str, float]:
    """Return every metric; `weight` (n,) says how often each row counts."""
    return {
        **ranking_metrics(outcomes, weight),
        **_probability_metrics(outcomes, weight),
        **_decision_metrics(outcomes, weight),
    }


def ranking_metrics(outcomes: RankedOutcomes, weight: Floats) -> dict[str, float]:
    """Return AUC, Gini, PR AUC and the KS statistic: metrics of the order alone."""
    defaulters = np.cumsum(weight * outcomes.default)[outcomes.last]
    good = np.cumsum(weight)[outcomes.last] - defaulters
    recall = defaulters / defaulters[-1]
    false_alarm = good / good[-1]
    area = float(
        np.trapezoid(np.concatenate(([0.0], recall)), np.concatenate(([0.0], false_alarm)))
    )
    precision = defaulters / np.maximum(defaulters + good, TINY)
    return {
        "roc_auc": area,
        "gini": 2 * area - 1,
        "pr_auc": float(np.sum(np.diff(recall, prepend=0.0) * precision)),
        "ks": float(np.max(np.abs(recall - false_alarm))),
    }


def _probability_metrics(outcomes: RankedOutcomes, weight: Floats) -> dict[str, float]:
    probability = np.clip(outcomes.probability, TINY, 1 - TINY)
    loss = -np.log(np.where(outcomes.default == 1, probability, 1 - probability))
    squared_error = (outcomes.probability - outcomes.default) ** 2
    return {
        "log_loss": float(np.average(loss, weights=weight)),
        "brier": float(np.average(squared_error, weights=weight)),
    }


def _decision_metrics(outcomes: RankedOutcomes, weight: Floats) -> dict[str, float]:
    default = outcomes.default == 1
    refused = outcomes.refused
    costs = outcomes.costs
    true_positive = float(weight @ (default & refused))
    false_negative = float(weight @ (default & ~refused))
    false_positive = float(weight @ (~default & refused))
    true_negative = float(weight @ (~default & ~refused))
    defaulters = true_positive + false_negative
    total = defaulters + false_positive + true_negative
    errors = false_positive + false_negative
    return {
        "recall": true_positive / defaulters,
        "precision": true_positive / max(true_positive + false_positive, TINY),
        "f1": 2 * true_positive / max(2 * true_positive + errors, TINY),
        "cost_per_applicant": cost_per_applicant(
            false_negative, false_positive, total, *costs.pair
        ),
        "refused_share": (true_positive + false_positive) / total,
        "default_rate": defaulters / total,
        "true_positive": true_positive,
        "false_negative": false_negative,
        "false_positive": false_positive,
        "true_negative": true_negative,
        "cost_accept_all": costs.false_negative * defaulters / total,
        "cost_refuse_all": costs.false_positive * (false_positive + true_negative) / total,
    }


def metrics_with_intervals(
    outcomes: RankedOutcomes, seed: int, extra_metrics: MetricsOfWeight | None = None
) -> Intervals:
    """Return every metric as `{"value", "low", "high"}`: 95 % percentile intervals by bootstrap.

    `extra_metrics` adds the caller's metrics; its row weights are in the order of `outcomes`.
    """

    def all_metrics(weight: Floats) -> dict[str, float]:
        extra = extra_metrics(weight) if extra_metrics else {}
        return {**compute_metrics(outcomes, weight), **extra}

    values = all_metrics(np.ones(len(outcomes.default)))
    weights = islice(bootstrap_weights(outcomes.default, seed), BOOTSTRAP_SAMPLES)
    samples = [all_metrics(weight) for weight in weights]
    return {
        name: with_interval(value, [sample[name] for sample in samples])
        for name, value in values.items()
    }


def bootstrap_weights(default: Floats, seed: int) -> Iterator[Floats]:
    """Yield row weights (n,) of bootstrap samples; skip samples of one class: they have no AUC."""
    rng = np.random.default_rng(seed)
    n = len(default)
    while True:
        weight = np.bincount(rng.integers(0, n, n), minlength=n).astype(np.float64)
        if 0 < weight @ default < n:
            yield weight


def with_interval(value: float, samples: Sequence[float] | Floats) -> dict[str, float]:
    """Return a value and its 95 % percentile interval over bootstrap samples."""
    low, high = np.quantile(samples, [0.025, 0.975])
    return {"value": value, "low": float(low), "high": float(high)}
