"""The reference of a model: its training applicants counted per bin, for monitoring and pages.

`feature_reference` and `count_column` take any Polars column, so that two tables without a model
are compared by the same bins.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.bundle.reference import (
    FIFTHS,
    SCORE_BINS,
    FeatureReference,
    Reference,
    RiskFifths,
    ScoreReference,
    bin_counts,
    number_bin,
    score_bin,
)
from credit_scoring.training.cross_validation import LearningTask, Predictions
from credit_scoring.training.number_edges import number_edges
from credit_scoring.training.threshold_curves import threshold_curve


def reference_distribution(
    task: LearningTask,
    out_of_fold: Predictions,
    features: Sequence[ModelFeature],
    thresholds: Iterable[float],
) -> Reference:
    """Return the distributions of `features` over all applicants of the task, and of the scores.

    The scores, the fifths of risk and the curve, which has these `thresholds` among others, are
    those of the applicants with out-of-fold predictions.
    """
    rows = [feature_reference(task.features[f.name], f.feature.levels) for f in features]
    return Reference(
        applicants=len(task.target),
        features=tuple(rows),
        score=_score_reference(task, out_of_fold),
        risk_fifths=_risk_fifths(task, out_of_fold, rows, features),
        threshold_curve=threshold_curve(task, out_of_fold, thresholds),
    )


def feature_reference(column: pl.Series, levels: Sequence[str] = ()) -> FeatureReference:
    """Return the bins of a column of numbers, or of a category with these levels."""
    edges = () if levels else number_edges(_as_numbers(column))
    return FeatureReference(column.name, edges, count_column(column, edges, levels))


def count_column(
    column: pl.Series, edges: Sequence[float], levels: Sequence[str] = ()
) -> tuple[int, ...]:
    """Return how many values of the column are in each bin; the last bin is for missing ones.

    A value that is not among the levels counts as missing.
    """
    if not levels:
        return bin_counts(number_bin(_as_numbers(column), edges), len(edges) + 2)
    values = column.cast(pl.String).value_counts(name="n")
    numbers = dict(values.iter_rows())
    known = [numbers.get(level, 0) for level in levels]
    return (*known, len(column) - sum(known))


def _as_numbers(column: pl.Series) -> NDArray[np.float32]:
    return column.cast(pl.Float32).to_numpy()


def _score_reference(task: LearningTask, predictions: Predictions) -> ScoreReference:
    bins = score_bin(predictions.probability)
    is_default = task.target[predictions.rows] == 1
    return ScoreReference(
        repaid=bin_counts(bins[~is_default], SCORE_BINS),
        default=bin_counts(bins[is_default], SCORE_BINS),
    )


def _risk_fifths(
    task: LearningTask,
    predictions: Predictions,
    rows: Sequence[FeatureReference],
    features: Sequence[ModelFeature],
) -> RiskFifths:
    edges = np.quantile(predictions.probability, np.arange(1, FIFTHS) / FIFTHS)
    fifth = np.searchsorted(edges, predictions.probability, side="right")
    groups = [task.features[predictions.rows[fifth == k]] for k in range(FIFTHS)]
    return RiskFifths(
        edges=tuple(edges.tolist()),
        counts=tuple(
            tuple(count_column(g[row.name], row.edges, f.feature.levels) for g in groups)
            for row, f in zip(rows, features, strict=True)
        ),
    )
