"""Which differences between models are real: figures on the same applicants, and the same bootstrap samples of them.

Two models' figures swing together from sample to sample, for a hard applicant is hard for both; the interval of
their difference is therefore far narrower than the intervals of the figures (Efron and Tibshirani 1993, ch. 16).
"""

from collections.abc import Callable, Mapping
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from credit_scoring.training.cross_validation import Predictions
from credit_scoring.training.metrics import (
    REPLICATES,
    Costs,
    Floats,
    RankedOutcomes,
    bootstrap_weights,
    figures,
    interval,
)

Drawn = dict[str, Floats]


def bootstrap_metrics(
    judged: Mapping[str, Predictions],
    target: NDArray[np.int8],
    costs: Costs,
    seed: int,
    report: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, Drawn]:
    """Every figure (1 + REPLICATES,) of every model: on the applicants as they are, then sample by sample.

    `judged` are several models' judgements of the same applicants, in any order of rows; else ValueError. `target`
    (n,) holds every applicant's outcome.
    """
    rows = _same_rows(judged)
    sorted_once = {name: _sorted(one, target, costs) for name, one in judged.items()}
    values: dict[str, list[dict[str, float]]] = {name: [] for name in judged}
    samples = islice(bootstrap_weights(target[rows].astype(np.float64), seed), REPLICATES)
    weight = np.zeros(len(target))
    for done, drawn in enumerate((np.ones(len(rows)), *samples)):
        weight[rows] = drawn
        for name, (outcomes, order) in sorted_once.items():
            values[name].append(figures(outcomes, weight[order]))
        report(done, REPLICATES)
    return {
        name: {key: np.array([row[key] for row in found]) for key in found[0]}
        for name, found in values.items()
    }


def _same_rows(judged: Mapping[str, Predictions]) -> NDArray[np.intp]:
    """The applicants judged, sorted."""
    rows = [np.sort(one.rows) for one in judged.values()]
    if not all(np.array_equal(rows[0], other) for other in rows[1:]):
        raise ValueError(
            "the models judged different applicants: a paired comparison wants the same"
        )
    return rows[0]


def _sorted(
    judged: Predictions, target: NDArray[np.int8], costs: Costs
) -> tuple[RankedOutcomes, NDArray[np.intp]]:
    """The outcomes, which are sorted by probability, and the applicants in that order."""
    order = np.argsort(-judged.probability, kind="stable")
    return RankedOutcomes.of(
        target[judged.rows], judged.probability, judged.refused, costs
    ), judged.rows[order]


def figure(drawn: Floats) -> dict[str, float]:
    """A drawn figure as `{"value", "low", "high"}`, its 95 % interval."""
    return interval(float(drawn[0]), drawn[1:])


def difference(one: Floats, other: Floats) -> dict[str, float]:
    """How much greater `one` is than `other`, with the 95 % interval of the difference."""
    return figure(one - other)


def is_significant(difference: Mapping[str, float]) -> bool:
    """Whether the interval of a difference leaves out 0."""
    return difference["low"] > 0 or difference["high"] < 0
