"""The reference that training writes: bins of columns, and scores by outcome."""

import numpy as np
import polars as pl
import pytest

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.bundle.reference import SCORE_BINS, score_bin
from credit_scoring.training.cross_validation import Predictions
from credit_scoring.training.reference_distribution import (
    count_column,
    feature_reference,
    reference_distribution,
)
from tests.training.learning_tasks import make_task

LEVELS = ("a", "b", "c")


@pytest.mark.parametrize("dtype", [pl.Float32, pl.Float64, pl.Int32, pl.UInt8], ids=str)
def test_a_column_of_any_number_type_has_the_same_bins(dtype):
    column = pl.Series("children", [0] * 20 + [1] * 30 + [None] * 5, dtype=dtype)
    row = feature_reference(column)
    assert (row.name, row.edges, row.counts) == ("children", (1.0,), (20, 30, 5))


def test_a_boolean_has_a_bin_for_false_and_for_true():
    column = pl.Series("owner", [True] * 12 + [False] * 15 + [None])
    assert feature_reference(column).counts == (15, 12, 1)


@pytest.mark.parametrize("dtype", [pl.String, pl.Enum(LEVELS), pl.Categorical], ids=str)
def test_a_category_has_a_bin_per_level_and_one_for_missing(dtype):
    column = pl.Series("kind", ["c", "a", "c", None], dtype=dtype)
    row = feature_reference(column, LEVELS)
    assert (row.edges, row.counts) == ((), (1, 0, 2, 1))


def test_an_unknown_level_counts_as_missing():
    assert count_column(pl.Series(["a", "new", None]), (), LEVELS) == (1, 0, 0, 2)


def test_another_column_is_counted_in_the_bins_of_the_first():
    row = feature_reference(pl.Series("n", [0] * 20 + [1] * 20))
    assert count_column(pl.Series("n", [-5.0, 0.0, 0.99, 1.0, 70.0, None]), row.edges) == (3, 2, 1)


def test_the_reference_counts_all_applicants_and_the_scores_out_of_fold():
    task = make_task(rows=600)
    features = [ModelFeature(feature, "input", nullable=True) for feature in task.catalogue]
    rows = np.arange(0, 600, 2)
    probability = np.linspace(0.01, 0.99, 300)
    predictions = Predictions(rows, probability, probability > 0.5)
    reference = reference_distribution(task, predictions, features)
    assert reference.applicants == 600
    assert [row.name for row in reference.features] == [f.name for f in features]
    assert {sum(row.counts) for row in reference.features} == {600}
    defaults = np.bincount(score_bin(probability[task.target[rows] == 1]), minlength=SCORE_BINS)
    assert reference.score.default == tuple(defaults.tolist())
    assert sum(reference.score.repaid) == 300 - defaults.sum()


def test_the_trained_bundle_has_a_reference(bundle):
    """It has every input, ratio input and derived feature, and no value of one applicant."""
    reference = bundle.manifest.reference
    assert [row.name for row in reference.features] == [f.name for f in bundle.manifest.features]
    scored = sum(reference.score.repaid) + sum(reference.score.default)
    held_out = sum(
        bundle.manifest.metrics["held_out"][name]["value"]
        for name in ("true_positive", "false_negative", "false_positive", "true_negative")
    )
    assert scored == reference.applicants - held_out
