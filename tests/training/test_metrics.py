"""Metrics equal scikit-learn's, with weights and ties; intervals have their coverage."""

import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk
from sklearn.exceptions import UndefinedMetricWarning

from credit_scoring.training import metrics
from credit_scoring.training.metrics import (
    Costs,
    RankedOutcomes,
    compute_metrics,
    metrics_with_intervals,
)


def rank(default, probability, threshold=0.3, costs=None):
    probability = np.asarray(probability, dtype=np.float64)
    return RankedOutcomes.of(
        np.asarray(default), probability, probability >= threshold, costs or Costs()
    )


def compute(default, probability, weight, threshold=0.3):
    """Our metrics, with weights in the order of the rows."""
    order = np.argsort(-np.asarray(probability), kind="stable")
    return compute_metrics(
        rank(default, probability, threshold), np.asarray(weight, dtype=np.float64)[order]
    )


def scikit_learn_metrics(default, probability, weight, threshold=0.3):
    refused = np.asarray(probability) >= threshold
    options = {"sample_weight": weight}
    false_positive_rate, recall, _ = sk.roc_curve(default, probability, **options)
    true_negative, false_positive, false_negative, true_positive = sk.confusion_matrix(
        default, refused, labels=[0, 1], **options
    ).ravel()
    return {
        "roc_auc": sk.roc_auc_score(default, probability, **options),
        "gini": 2 * sk.roc_auc_score(default, probability, **options) - 1,
        "pr_auc": sk.average_precision_score(default, probability, **options),
        "ks": np.max(np.abs(recall - false_positive_rate)),
        "log_loss": sk.log_loss(
            default, np.clip(probability, 1e-15, 1 - 1e-15), labels=[0, 1], **options
        ),
        "brier": sk.brier_score_loss(default, probability, pos_label=1, **options),
        "recall": sk.recall_score(default, refused, **options),
        "precision": sk.precision_score(default, refused, zero_division=0, **options),
        "f1": sk.f1_score(default, refused, zero_division=0, **options),
        "true_negative": true_negative,
        "false_positive": false_positive,
        "false_negative": false_negative,
        "true_positive": true_positive,
        "cost_per_applicant": (10 * false_negative + false_positive) / sum(weight),
        "refused_share": (true_positive + false_positive) / sum(weight),
        "default_rate": (true_positive + false_negative) / sum(weight),
        "cost_accept_all": 10 * (true_positive + false_negative) / sum(weight),
        "cost_refuse_all": (true_negative + false_positive) / sum(weight),
    }


# Few distinct probabilities: ties within and between the classes.
ROWS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from([0.01, 0.1, 0.29, 0.3, 0.31, 0.7, 0.99]) | st.floats(0.001, 0.999),
        st.integers(0, 4),
    ),
    min_size=2,
    max_size=40,
)


@settings(max_examples=150)
@given(ROWS, st.booleans())
def test_metrics_equal_scikit_learn(rows, weighted):
    default, probability, weight = map(np.array, zip(*rows, strict=True))
    weight = weight if weighted else np.ones(len(rows), dtype=int)
    assume(0 < weight @ default < weight.sum())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        expected = scikit_learn_metrics(default, probability, weight)
    values = compute(default, probability, weight)
    assert values.keys() == expected.keys()
    assert values == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_a_weight_counts_as_repeated_rows():
    rng = np.random.default_rng(0)
    default, probability, weight = (
        rng.integers(0, 2, 50),
        rng.random(50).round(1),
        rng.integers(0, 4, 50),
    )
    repeated = [np.repeat(values, weight) for values in (default, probability)]
    assert compute(default, probability, weight) == pytest.approx(
        compute(*repeated, np.ones(weight.sum()))
    )


def test_row_order_does_not_matter():
    rng = np.random.default_rng(1)
    default, probability = rng.integers(0, 2, 200), rng.random(200).round(2)
    shuffled = rng.permutation(200)
    values = compute(default[shuffled], probability[shuffled], np.ones(200))
    assert values == pytest.approx(compute(default, probability, np.ones(200)), rel=1e-12)


@pytest.mark.parametrize("probability", [[0.0, 0.0, 1.0, 1.0], [1.0, 1.0, 0.0, 0.0]])
def test_certain_probabilities_have_finite_log_loss(probability):
    values = compute([0, 0, 1, 1], probability, np.ones(4))
    assert np.isfinite(values["log_loss"])
    assert values["roc_auc"] == probability[2]


def test_constant_probability_has_no_ranking():
    values = compute([0, 1, 0, 1], [0.2] * 4, np.ones(4))
    assert (values["roc_auc"], values["gini"], values["ks"], values["pr_auc"]) == (0.5, 0, 0, 0.5)


def test_costs_are_configurable():
    values = compute_metrics(rank([1, 1, 0, 0], [0.1, 0.9, 0.2, 0.8], 0.5, Costs(7, 2)), np.ones(4))
    assert values["cost_per_applicant"] == (7 + 2) / 4
    assert (values["cost_accept_all"], values["cost_refuse_all"]) == (7 * 2 / 4, 2 * 2 / 4)


class TestIntervals:
    def test_interval_contains_the_value(self):
        rng = np.random.default_rng(2)
        risk = rng.random(600) * 0.4
        intervals = metrics_with_intervals(rank((rng.random(600) < risk).astype(int), risk), seed=0)
        for name, interval in intervals.items():
            assert interval.keys() == {"value", "low", "high"}
            assert interval["low"] <= interval["value"] <= interval["high"], name
            assert name == "log_loss" or interval["low"] < interval["high"], name

    def test_value_is_of_the_rows_themselves(self):
        outcomes = rank([0, 1, 0, 1, 0], [0.1, 0.2, 0.3, 0.4, 0.5])
        intervals = metrics_with_intervals(outcomes, seed=0)
        assert {name: interval["value"] for name, interval in intervals.items()} == compute_metrics(
            outcomes, np.ones(5)
        )

    def test_intervals_depend_on_the_seed(self):
        rng = np.random.default_rng(3)
        outcomes = rank(rng.integers(0, 2, 100), rng.random(100))
        assert metrics_with_intervals(outcomes, seed=4) == metrics_with_intervals(outcomes, seed=4)
        assert metrics_with_intervals(outcomes, seed=4) != metrics_with_intervals(outcomes, seed=5)

    def test_two_defaulters_give_finite_intervals(self):
        """A bootstrap sample without defaulters has no AUC, and JSON has no NaN."""
        intervals = metrics_with_intervals(
            rank([1, 1, *[0] * 38], np.linspace(0.9, 0.1, 40)), seed=0
        )
        assert all(np.isfinite([*interval.values()]).all() for interval in intervals.values())

    def test_extra_metrics_use_the_same_samples(self):
        rng = np.random.default_rng(6)
        outcomes = rank(rng.integers(0, 2, 80), rng.random(80))

        def extra(weight):
            return {"again": compute_metrics(outcomes, weight)["roc_auc"]}

        intervals = metrics_with_intervals(outcomes, 0, extra)
        assert intervals["again"] == intervals["roc_auc"]

    @pytest.mark.parametrize("name", ["roc_auc", "cost_per_applicant", "brier"])
    def test_about_95_percent_cover_the_truth(self, name, monkeypatch):
        """The truth is the metric of a population 1,000 times as large.

        Of 80 trials, at least 68 cover it, with a probability of 1,999 in 2,000.
        """
        monkeypatch.setattr(metrics, "BOOTSTRAP_SAMPLES", 200)
        rng = np.random.default_rng(7)
        covered = 0
        trials = 80
        size = 300

        def draw(n):
            risk = rng.beta(1.5, 6, n)
            return rank((rng.random(n) < risk).astype(int), risk, 0.2)

        truth = compute_metrics(draw(300_000), np.ones(300_000))[name]
        for trial in range(trials):
            interval = metrics_with_intervals(draw(size), seed=trial)[name]
            covered += interval["low"] <= truth <= interval["high"]
        assert 68 <= covered <= trials
