"""Paired bootstrap: compares models on the same bootstrap samples of the same applicants.

The metrics of two models vary together from sample to sample, because a hard applicant is hard
for both. The interval of their difference is therefore far narrower than the intervals of the
metrics (Efron and Tibshirani 1993, An introduction to the bootstrap, ch. 16).
"""

from collections.abc import Mapping
from itertools import chain, islice

import numpy as np

from credit_scoring.progress import ReportProgress
from credit_scoring.training.cross_validation import Predictions
from credit_scoring.training.folds import Rows, Target
from credit_scoring.training.metrics import (
    BOOTSTRAP_SAMPLES,
    Costs,
    Floats,
    RankedOutcomes,
    bootstrap_weights,
    compute_metrics,
    with_interval,
)
from credit_scoring.training.parallel import ignore_progress

# Values (1 + BOOTSTRAP_SAMPLES,) by metric: on the applicants themselves, then on each sample.
MetricSamples = dict[str, Floats]


def bootstrap_metrics(
    predictions: Mapping[str, Predictions],
    target: Target,
    costs: Costs,
    seed: int,
    report: ReportProgress = ignore_progress,
) -> dict[str, MetricSamples]:
    """Return every metric of every model, on the same samples.

    `predictions` by model are of the same applicants, in any order of rows; otherwise ValueError.
    `target` (n,) holds every applicant's outcome.
    """
    rows = _common_rows(predictions)
    ranked = {name: _rank(model, target, costs) for name, model in predictions.items()}
    samples: dict[str, list[dict[str, float]]] = {name: [] for name in predictions}
    drawn_weights = bootstrap_weights(target[rows].astype(np.float64), seed)
    weights = chain([np.ones(len(rows))], islice(drawn_weights, BOOTSTRAP_SAMPLES))
    weight = np.zeros(len(target))
    for done, sample_weight in enumerate(weights):
        weight[rows] = sample_weight
        for name, (outcomes, ranked_rows) in ranked.items():
            samples[name].append(compute_metrics(outcomes, weight[ranked_rows]))
        report(done, BOOTSTRAP_SAMPLES)
    return {
        name: {metric: np.array([row[metric] for row in values]) for metric in values[0]}
        for name, values in samples.items()
    }


def _common_rows(predictions: Mapping[str, Predictions]) -> Rows:
    first, *others = (np.sort(model.rows) for model in predictions.values())
    if not all(np.array_equal(first, rows) for rows in others):
        raise ValueError(
            "the predictions are of different applicants: a paired comparison needs the same"
        )
    return first


def _rank(predictions: Predictions, target: Target, costs: Costs) -> tuple[RankedOutcomes, Rows]:
    """Return the ranked outcomes, and the applicants in their order."""
    outcomes = RankedOutcomes.of(
        target[predictions.rows], predictions.probability, predictions.refused, costs
    )
    return outcomes, predictions.rows[np.argsort(-predictions.probability, kind="stable")]


def metric_interval(samples: Floats) -> dict[str, float]:
    """Return a metric as `{"value", "low", "high"}`, with its 95 % interval."""
    return with_interval(float(samples[0]), samples[1:])


def metric_difference(samples: Floats, reference: Floats) -> dict[str, float]:
    """Return how much a metric exceeds the reference, with the difference's 95 % interval."""
    return metric_interval(samples - reference)


def is_significant(difference: Mapping[str, float]) -> bool:
    """Whether the interval of a difference excludes 0."""
    return difference["low"] > 0 or difference["high"] < 0


def format_interval(interval: Mapping[str, float]) -> str:
    """Return a metric for people: "0.4971 (0.4532 to 0.5417)"."""
    return f"{interval['value']:.4f} ({interval['low']:.4f} to {interval['high']:.4f})"
