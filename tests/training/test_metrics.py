"""The figures equal scikit-learn's, with weights and ties; the intervals cover what they promise."""

import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk
from sklearn.exceptions import UndefinedMetricWarning

from credit_scoring.training import metrics
from credit_scoring.training.metrics import Costs, RankedOutcomes, figures, metrics_with_intervals


def outcomes(default, probability, threshold=0.3, costs=None):
    probability = np.asarray(probability, dtype=np.float64)
    return RankedOutcomes.of(
        np.asarray(default), probability, probability >= threshold, costs or Costs()
    )


def ours(default, probability, weight, threshold=0.3):
    """Our figures, with the weights in the order of the rows given."""
    order = np.argsort(-np.asarray(probability), kind="stable")
    return figures(
        outcomes(default, probability, threshold), np.asarray(weight, dtype=np.float64)[order]
    )


def theirs(default, probability, weight, threshold=0.3):
    refused = np.asarray(probability) >= threshold
    w = {"sample_weight": weight}
    false_alarm, recall, _ = sk.roc_curve(default, probability, **w)
    kept, alarms, missed, caught = sk.confusion_matrix(default, refused, labels=[0, 1], **w).ravel()
    return {
        "roc_auc": sk.roc_auc_score(default, probability, **w),
        "gini": 2 * sk.roc_auc_score(default, probability, **w) - 1,
        "pr_auc": sk.average_precision_score(default, probability, **w),
        "ks": np.max(np.abs(recall - false_alarm)),
        "log_loss": sk.log_loss(
            default, np.clip(probability, 1e-15, 1 - 1e-15), labels=[0, 1], **w
        ),
        "brier": sk.brier_score_loss(default, probability, pos_label=1, **w),
        "recall": sk.recall_score(default, refused, **w),
        "precision": sk.precision_score(default, refused, zero_division=0, **w),
        "f1": sk.f1_score(default, refused, zero_division=0, **w),
        "true_negative": kept,
        "false_positive": alarms,
        "false_negative": missed,
        "true_positive": caught,
        "cost_per_applicant": (10 * missed + alarms) / sum(weight),
        "refused_share": (caught + alarms) / sum(weight),
        "default_rate": (caught + missed) / sum(weight),
        "cost_accept_all": 10 * (caught + missed) / sum(weight),
        "cost_refuse_all": (kept + alarms) / sum(weight),
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


@settings(max_examples=150, deadline=None)
@given(ROWS, st.booleans())
def test_every_figure_equals_scikit_learn_s(rows, weighted):
    default, probability, weight = map(np.array, zip(*rows, strict=True))
    weight = weight if weighted else np.ones(len(rows), dtype=int)
    assume(0 < weight @ default < weight.sum())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        expected = theirs(default, probability, weight)
    found = ours(default, probability, weight)
    assert found.keys() == expected.keys()
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_a_weight_is_that_many_rows():
    rng = np.random.default_rng(0)
    default, probability, weight = (
        rng.integers(0, 2, 50),
        rng.random(50).round(1),
        rng.integers(0, 4, 50),
    )
    repeated = [np.repeat(values, weight) for values in (default, probability)]
    assert ours(default, probability, weight) == pytest.approx(
        ours(*repeated, np.ones(weight.sum()))
    )


def test_the_order_of_the_rows_does_not_matter():
    rng = np.random.default_rng(1)
    default, probability = rng.integers(0, 2, 200), rng.random(200).round(2)
    shuffled = rng.permutation(200)
    found = ours(default[shuffled], probability[shuffled], np.ones(200))
    assert found == pytest.approx(ours(default, probability, np.ones(200)), rel=1e-12)


@pytest.mark.parametrize("probability", [[0.0, 0.0, 1.0, 1.0], [1.0, 1.0, 0.0, 0.0]])
def test_certainties_have_a_finite_log_loss(probability):
    found = ours([0, 0, 1, 1], probability, np.ones(4))
    assert np.isfinite(found["log_loss"])
    assert found["roc_auc"] == probability[2]


def test_a_constant_probability_ranks_nobody():
    found = ours([0, 1, 0, 1], [0.2] * 4, np.ones(4))
    assert (found["roc_auc"], found["gini"], found["ks"], found["pr_auc"]) == (0.5, 0, 0, 0.5)


def test_costs_are_those_given():
    found = figures(outcomes([1, 1, 0, 0], [0.1, 0.9, 0.2, 0.8], 0.5, Costs(7, 2)), np.ones(4))
    assert found["cost_per_applicant"] == (7 + 2) / 4
    assert (found["cost_accept_all"], found["cost_refuse_all"]) == (7 * 2 / 4, 2 * 2 / 4)


class TestIntervals:
    def test_every_figure_has_one_that_brackets_it(self):
        rng = np.random.default_rng(2)
        risk = rng.random(600) * 0.4
        found = metrics_with_intervals(outcomes((rng.random(600) < risk).astype(int), risk), seed=0)
        for name, figure in found.items():
            assert figure.keys() == {"value", "low", "high"}
            assert figure["low"] <= figure["value"] <= figure["high"], name
            assert name == "log_loss" or figure["low"] < figure["high"], name

    def test_the_value_is_that_of_the_rows_themselves(self):
        made = outcomes([0, 1, 0, 1, 0], [0.1, 0.2, 0.3, 0.4, 0.5])
        found = metrics_with_intervals(made, seed=0)
        assert {name: figure["value"] for name, figure in found.items()} == figures(
            made, np.ones(5)
        )

    def test_the_same_seed_gives_the_same_and_another_another(self):
        rng = np.random.default_rng(3)
        made = outcomes(rng.integers(0, 2, 100), rng.random(100))
        assert metrics_with_intervals(made, seed=4) == metrics_with_intervals(made, seed=4)
        assert metrics_with_intervals(made, seed=4) != metrics_with_intervals(made, seed=5)

    def test_two_defaulters_are_enough_for_numbers(self):
        """A bootstrap sample without any would have no AUC, and not a number cannot be written down."""
        found = metrics_with_intervals(
            outcomes([1, 1, *[0] * 38], np.linspace(0.9, 0.1, 40)), seed=0
        )
        assert all(np.isfinite([*figure.values()]).all() for figure in found.values())

    def test_figures_of_the_caller_s_are_drawn_on_the_same_rows(self):
        rng = np.random.default_rng(6)
        made = outcomes(rng.integers(0, 2, 80), rng.random(80))
        again = {"again": lambda weight: figures(made, weight)["roc_auc"]}
        found = metrics_with_intervals(
            made, 0, lambda weight: {name: of(weight) for name, of in again.items()}
        )
        assert found["again"] == found["roc_auc"]

    @pytest.mark.parametrize("name", ["roc_auc", "cost_per_applicant", "brier"])
    def test_about_95_of_100_cover_the_truth(self, name, monkeypatch):
        """The truth: the figure on a population a thousand times as large. 80 trials: 68 or more but for 1 in 2,000."""
        monkeypatch.setattr(metrics, "REPLICATES", 200)
        rng, covered, trials, size = np.random.default_rng(7), 0, 80, 300

        def draw(n):
            risk = rng.beta(1.5, 6, n)
            return outcomes((rng.random(n) < risk).astype(int), risk, 0.2)

        truth = figures(draw(300_000), np.ones(300_000))[name]
        for trial in range(trials):
            figure = metrics_with_intervals(draw(size), seed=trial)[name]
            covered += figure["low"] <= truth <= figure["high"]
        assert 68 <= covered <= trials
