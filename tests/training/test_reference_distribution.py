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


@pytest.fixture(scope="module")
def task():
    return make_task(rows=600)


@pytest.fixture(scope="module")
def predictions():
    """Of every second applicant, rising."""
    probability = np.linspace(0.01, 0.99, 300)
    return Predictions(np.arange(0, 600, 2), probability, probability > 0.5)


@pytest.fixture(scope="module")
def reference(task, predictions):
    features = [ModelFeature(feature, "input", nullable=True) for feature in task.catalogue]
    return reference_distribution(task, predictions, features, (0.123456789, 0.5))


def test_the_reference_counts_all_applicants_and_the_scores_out_of_fold(
    task, predictions, reference
):
    assert reference.applicants == 600
    assert [row.name for row in reference.features] == [f.name for f in task.catalogue]
    assert {sum(row.counts) for row in reference.features} == {600}
    is_default = task.target[predictions.rows] == 1
    defaults = np.bincount(score_bin(predictions.probability[is_default]), minlength=SCORE_BINS)
    assert reference.score.default == tuple(defaults.tolist())
    assert sum(reference.score.repaid) == 300 - defaults.sum()


def test_similar_applicants_are_those_of_the_same_fifth_of_the_score(task, reference):
    """The scores rise with the row, so the first fifth has every second of the first 120 rows."""
    fifths = reference.risk_fifths
    assert fifths.edges == pytest.approx([0.206, 0.402, 0.598, 0.794])
    for row, feature, counts in zip(reference.features, task.catalogue, fifths.counts, strict=True):
        first = task.features[feature.name].gather(range(0, 120, 2))
        assert counts[0] == count_column(first, row.edges, feature.levels)
        assert [sum(part) for part in counts] == [60] * 5


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
