"""The curves by threshold equal scikit-learn's metrics, and thinning keeps their ends."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import precision_score, recall_score

from credit_scoring.features.feature import Feature
from credit_scoring.training.cross_validation import Predictions
from credit_scoring.training.threshold_curves import (
    EXPOSURE,
    MAX_POINTS,
    metrics_by_threshold,
    thin_curves,
    threshold_curve,
)
from tests.training.calibrated_outcomes import make_outcomes
from tests.training.learning_tasks import make_task


def test_metrics_are_of_refusing_from_the_threshold():
    outcomes = make_outcomes(rows=300)
    curves = metrics_by_threshold(outcomes)
    for place in (0, 100, len(curves["threshold"]) - 1):
        refused = outcomes.probability >= curves["threshold"][place]
        assert curves["recall"][place] == pytest.approx(recall_score(outcomes.default, refused))
        assert curves["precision"][place] == pytest.approx(
            precision_score(outcomes.default, refused)
        )
        good = outcomes.default == 0
        assert curves["false_positive_rate"][place] == pytest.approx(
            (good & refused).sum() / good.sum()
        )
        cost = 10 * (~good & ~refused).sum() + (good & refused).sum()
        assert curves["cost_per_applicant"][place] == pytest.approx(cost / 300)


def test_thin_curves_keep_both_ends():
    outcomes = make_outcomes()
    curves = metrics_by_threshold(outcomes)
    thinned = thin_curves(outcomes)
    assert {len(values) for values in thinned.values()} == {MAX_POINTS}
    for name, values in thinned.items():
        assert (values[0], values[-1]) == (curves[name][0], curves[name][-1])


@pytest.fixture(scope="module")
def task():
    return make_task(rows=6000)


@pytest.fixture(scope="module")
def predictions():
    """Of every second applicant."""
    probability = np.random.default_rng(0).beta(1, 8, 3000)
    return Predictions(np.arange(0, 6000, 2), probability, probability > 0.1)


def with_exposure(task, amounts, table="application"):
    """The task with a feature for the amount at risk."""
    features = task.features.with_columns(pl.Series(EXPOSURE, amounts, dtype=pl.Float32))
    return replace(
        task, features=features, catalogue=[*task.catalogue, Feature(EXPOSURE, table, "amount")]
    )


def test_the_curve_of_the_bundle_counts_both_errors(task, predictions):
    curve = threshold_curve(task, predictions, (0.123456789, 1 / 11))
    assert len(curve.thresholds) == pytest.approx(MAX_POINTS, abs=5)
    assert {0.0, 0.123456789, 1 / 11, 1.0} <= {*curve.thresholds}
    default = task.target[predictions.rows] == 1
    assert (curve.applicants, curve.defaults) == (3000, default.sum())
    for threshold, missed, refused in zip(
        curve.thresholds, curve.missed, curve.refused_good, strict=True
    ):
        is_refused = predictions.probability >= threshold
        assert (missed, refused) == ((default & ~is_refused).sum(), (~default & is_refused).sum())


def test_few_applicants_have_few_thresholds(task, predictions):
    few = Predictions(predictions.rows[:60], predictions.probability[:60], np.zeros(60, bool))
    assert len(threshold_curve(task, few, ()).thresholds) == 9


def test_the_curve_sums_the_exposure_that_each_threshold_accepts(task, predictions):
    amounts = np.random.default_rng(1).integers(1000, 9000, 6000) * 1.0
    curve = threshold_curve(with_exposure(task, amounts), predictions, ())
    default = task.target[predictions.rows] == 1
    exposure = amounts[predictions.rows]
    middle = len(curve.thresholds) // 2
    accepted = predictions.probability < curve.thresholds[middle]
    expected = {
        "accepted_good": exposure[accepted & ~default].sum(),
        "accepted_default": exposure[accepted & default].sum(),
        "accepted_good_squares": (exposure[accepted & ~default] ** 2).sum(),
        "accepted_default_squares": (exposure[accepted & default] ** 2).sum(),
    }
    sums = {name: values[middle] for name, values in vars(curve.exposure).items()}
    assert sums == pytest.approx(expected, rel=1e-4)
    assert all(value == float(f"{value:.5g}") for value in sums.values())


@pytest.mark.parametrize(
    "changes", [{}, {"table": "loans"}, {"missing": 4}], ids=["absent", "another table", "missing"]
)
def test_the_exposure_is_unknown(task, predictions, changes):
    if changes:
        amounts = [None if row == changes.get("missing") else 1.0 for row in range(6000)]
        task = with_exposure(task, amounts, changes.get("table", "application"))
    assert threshold_curve(task, predictions, ()).exposure is None
