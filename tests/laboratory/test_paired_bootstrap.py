"""Paired bootstrap: the same applicants for all models, and intervals equal to SciPy's."""

import numpy as np
import pytest
from scipy.stats import bootstrap
from sklearn.metrics import roc_auc_score

from credit_scoring.laboratory.paired_bootstrap import (
    bootstrap_metrics,
    is_significant,
    metric_difference,
    metric_interval,
)
from credit_scoring.training.cross_validation import Predictions
from credit_scoring.training.metrics import Costs, RankedOutcomes, metrics_with_intervals

ROWS = 400


def predict(seed, noise=0.5, rows=None, threshold=0.5):
    """The target (n,), and predictions that are worse with more noise."""
    rng = np.random.default_rng(0)
    risk = rng.standard_normal(ROWS)
    target = (rng.random(ROWS) < 1 / (1 + np.exp(1.5 - risk))).astype(np.int8)
    probability = 1 / (
        1 + np.exp(-risk - noise * np.random.default_rng(seed).standard_normal(ROWS))
    )
    rows = np.arange(ROWS) if rows is None else rows
    return target, Predictions(rows, probability[rows], probability[rows] >= threshold)


def cost_by_row(target, predictions):
    refused = predictions.refused
    cost = np.where(target[predictions.rows] == 1, 10.0 * ~refused, 1.0 * refused)
    return cost[np.argsort(predictions.rows)]


def test_difference_interval_equals_scipy():
    target, first = predict(1)
    _, second = predict(2, noise=1.5)
    samples = bootstrap_metrics({"first": first, "second": second}, target, Costs(), seed=0)
    cost = [cost_by_row(target, model) for model in (first, second)]
    differences = {
        name: metric_difference(samples["first"][name], samples["second"][name])
        for name in ("cost_per_applicant", "roc_auc")
    }

    def auc_gain(default, first, second):
        return roc_auc_score(default, first) - roc_auc_score(default, second)

    options = {
        "paired": True,
        "method": "percentile",
        "n_resamples": 600,
        "vectorized": False,
        "rng": 0,
    }
    references = {
        "cost_per_applicant": bootstrap(cost, lambda a, b: a.mean() - b.mean(), **options),
        "roc_auc": bootstrap((target, first.probability, second.probability), auc_gain, **options),
    }
    for name, reference in references.items():
        low, high = reference.confidence_interval
        tolerance = 0.2 * (high - low)
        assert differences[name]["low"] == pytest.approx(low, abs=tolerance)
        assert differences[name]["high"] == pytest.approx(high, abs=tolerance)
    assert differences["cost_per_applicant"]["value"] == pytest.approx(
        cost[0].mean() - cost[1].mean()
    )


def test_single_model_has_the_metrics_of_evaluation():
    target, first = predict(1)
    samples = bootstrap_metrics({"first": first}, target, Costs(), seed=0)["first"]
    alone = metrics_with_intervals(
        RankedOutcomes.of(target, first.probability, first.refused, Costs()), seed=1
    )
    assert metric_interval(samples["roc_auc"])["value"] == alone["roc_auc"]["value"]
    for name, expected in alone.items():
        assert metric_interval(samples[name]) == pytest.approx(expected, rel=0.08, abs=0.01), name


def test_difference_is_more_precise_than_metrics():
    target, first = predict(1, noise=0.3)
    _, second = predict(2, noise=0.3)
    samples = bootstrap_metrics({"first": first, "second": second}, target, Costs(), seed=0)
    single = metric_interval(samples["first"]["roc_auc"])
    difference = metric_difference(samples["first"]["roc_auc"], samples["second"]["roc_auc"])
    assert difference["high"] - difference["low"] < (single["high"] - single["low"]) / 2


def test_row_order_makes_no_difference():
    target, first = predict(1)
    _, shuffled = predict(1, rows=np.random.default_rng(3).permutation(ROWS))
    samples = bootstrap_metrics({"first": first, "again": shuffled}, target, Costs(), seed=0)
    for name, values in samples["first"].items():
        np.testing.assert_allclose(values, samples["again"][name], rtol=1e-12, err_msg=name)
        difference = metric_difference(values, values)
        assert difference == {"value": 0, "low": 0, "high": 0}
        assert not is_significant(difference)


def test_some_applicants_are_enough():
    target, first = predict(1, rows=np.arange(0, ROWS, 2))
    samples = bootstrap_metrics({"first": first}, target, Costs(), seed=0)["first"]
    assert samples["roc_auc"][0] == pytest.approx(roc_auc_score(target[::2], first.probability))
    assert np.isfinite(samples["roc_auc"]).all()


def test_different_applicants_are_refused():
    target, first = predict(1)
    _, second = predict(2, rows=np.arange(100))
    with pytest.raises(ValueError, match="of different applicants"):
        bootstrap_metrics({"first": first, "second": second}, target, Costs(), seed=0)


def test_much_worse_is_significant_and_repeatable():
    target, first = predict(1, noise=0.1)
    _, second = predict(2, noise=3)
    samples, again = (
        bootstrap_metrics({"a": first, "b": second}, target, Costs(), seed=5) for _ in range(2)
    )
    difference = metric_difference(samples["a"]["roc_auc"], samples["b"]["roc_auc"])
    assert is_significant(difference)
    assert difference["low"] > 0
    assert difference == metric_difference(again["a"]["roc_auc"], again["b"]["roc_auc"])


def test_progress_rises_to_the_total():
    target, first = predict(1)
    reports = []
    bootstrap_metrics({"first": first}, target, Costs(), 0, lambda *report: reports.append(report))
    assert reports[-1][0] == reports[-1][1]
    assert reports == sorted(reports)
