"""The curves behind the pictures, cut by cut: what each threshold refuses, finds and costs."""

import numpy as np

from credit_scoring.training.metrics import Floats, RankedOutcomes

MOST_POINTS = 200


def metrics_by_threshold(outcomes: RankedOutcomes) -> dict[str, Floats]:
    """For every distinct probability as threshold, falling: false alarms, recall, precision, cost per applicant."""
    bad = np.cumsum(outcomes.default)[outcomes.last]
    good = outcomes.last + 1 - bad
    missed = outcomes.default.sum() - bad
    cost = outcomes.costs.false_negative * missed + outcomes.costs.false_positive * good
    return {
        "threshold": outcomes.probability[outcomes.last],
        "false_positive_rate": good / good[-1],
        "recall": bad / bad[-1],
        "precision": bad / (bad + good),
        "cost_per_applicant": cost / len(outcomes.default),
    }


def thin_curves(outcomes: RankedOutcomes) -> dict[str, list[float]]:
    """The same at no more than 200 cuts, the first and the last among them."""
    every = metrics_by_threshold(outcomes)
    count = len(every["threshold"])
    kept = np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(int))
    return {name: values[kept].tolist() for name, values in every.items()}
