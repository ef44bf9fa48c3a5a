"""The reference of a model: its training applicants counted per bin, for monitoring.

`feature_reference` and `count_column` take any Polars column, so that two tables without a model
are compared by the same bins.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.bundle.reference import (
    SCORE_BINS,
    FeatureReference,
    Reference,
    ScoreReference,
    bin_counts,
    number_bin,
    score_bin,
)
from credit_scoring.training.cross_validation import LearningTask, Predictions
from credit_scoring.training.number_edges import number_edges


def reference_distribution(
    task: LearningTask, out_of_fold: Predictions, features: Sequence[ModelFeature]
) -> Reference:
    """Return the distributions of `features` over all applicants of the task, and of the scores.

    The scores are those of the applicants with out-of-fold predictions.
    """
    return Reference(
        applicants=len(task.target),
        features=tuple(
            feature_reference(task.features[feature.name], feature.feature.levels)
            for feature in features
        ),
        score=_score_reference(task, out_of_fold),
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
