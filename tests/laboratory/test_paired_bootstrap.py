"""Paired bootstrap: the same applicants for all, and intervals as SciPy's."""

import numpy as np
import pytest
from scipy.stats import bootstrap
from sklearn.metrics import roc_auc_score

from credit_scoring.laboratory.paired_bootstrap import (
    bootstrap_metrics,
    difference,
    figure,
    is_significant,
)
from credit_scoring.training.cross_validation import Predictions
from credit_scoring.training.metrics import Costs, RankedOutcomes, metrics_with_intervals

ROWS = 400


def judged(seed, noise=0.5, rows=None, threshold=0.5):
    """Target (n,), and a judgement that is the worse the more noise it has."""
    rng = np.random.default_rng(0)
    risk = rng.standard_normal(ROWS)
    target = (rng.random(ROWS) < 1 / (1 + np.exp(1.5 - risk))).astype(np.int8)
    probability = 1 / (
        1 + np.exp(-risk - noise * np.random.default_rng(seed).standard_normal(ROWS))
    )
    rows = np.arange(ROWS) if rows is None else rows
    return target, Predictions(rows, probability[rows], probability[rows] >= threshold)


def costs_by_row(target, one):
    cost = np.where(target[one.rows] == 1, 10.0 * ~one.refused, 1.0 * one.refused)
    return cost[np.argsort(one.rows)]


def test_the_interval_of_a_difference_is_scipy_s():
    target, one = judged(1)
    _, other = judged(2, noise=1.5)
    drawn = bootstrap_metrics({"one": one, "other": other}, target, Costs(), seed=0)
    cost = [costs_by_row(target, each) for each in (one, other)]
    ours = {
        name: difference(drawn["one"][name], drawn["other"][name])
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
    theirs = {
        "cost_per_applicant": bootstrap(cost, lambda a, b: a.mean() - b.mean(), **options),
        "roc_auc": bootstrap((target, one.probability, other.probability), auc_gain, **options),
    }
    for name, reference in theirs.items():
        low, high = reference.confidence_interval
        tolerance = 0.2 * (high - low)
        assert ours[name]["low"] == pytest.approx(low, abs=tolerance)
        assert ours[name]["high"] == pytest.approx(high, abs=tolerance)
    assert ours["cost_per_applicant"]["value"] == pytest.approx(cost[0].mean() - cost[1].mean())


def test_one_model_s_figures_are_those_of_an_evaluation():
    target, one = judged(1)
    drawn = bootstrap_metrics({"one": one}, target, Costs(), seed=0)["one"]
    alone = metrics_with_intervals(
        RankedOutcomes.of(target, one.probability, one.refused, Costs()), seed=1
    )
    assert figure(drawn["roc_auc"])["value"] == alone["roc_auc"]["value"]
    for name, expected in alone.items():
        assert figure(drawn[name]) == pytest.approx(expected, rel=0.08, abs=0.01), name


def test_a_difference_is_known_better_than_the_figures():
    target, one = judged(1, noise=0.3)
    _, other = judged(2, noise=0.3)
    drawn = bootstrap_metrics({"one": one, "other": other}, target, Costs(), seed=0)
    single = figure(drawn["one"]["roc_auc"])
    pair = difference(drawn["one"]["roc_auc"], drawn["other"]["roc_auc"])
    assert pair["high"] - pair["low"] < (single["high"] - single["low"]) / 2


def test_a_model_does_not_differ_from_itself_whatever_the_order_of_its_rows():
    target, one = judged(1)
    _, shuffled = judged(1, rows=np.random.default_rng(3).permutation(ROWS))
    drawn = bootstrap_metrics({"one": one, "again": shuffled}, target, Costs(), seed=0)
    for name, values in drawn["one"].items():
        np.testing.assert_allclose(values, drawn["again"][name], rtol=1e-12, err_msg=name)
        found = difference(values, values)
        assert found == {"value": 0, "low": 0, "high": 0}
        assert not is_significant(found)


def test_some_of_the_applicants_may_have_been_judged():
    target, one = judged(1, rows=np.arange(0, ROWS, 2))
    drawn = bootstrap_metrics({"one": one}, target, Costs(), seed=0)["one"]
    assert drawn["roc_auc"][0] == pytest.approx(roc_auc_score(target[::2], one.probability))
    assert np.isfinite(drawn["roc_auc"]).all()


def test_other_applicants_are_refused():
    target, one = judged(1)
    _, other = judged(2, rows=np.arange(100))
    with pytest.raises(ValueError, match="judged different applicants"):
        bootstrap_metrics({"one": one, "other": other}, target, Costs(), seed=0)


def test_what_is_much_worse_differs_for_real_and_the_same_seed_says_the_same():
    target, one = judged(1, noise=0.1)
    _, other = judged(2, noise=3)
    drawn, again = (
        bootstrap_metrics({"a": one, "b": other}, target, Costs(), seed=5) for _ in range(2)
    )
    found = difference(drawn["a"]["roc_auc"], drawn["b"]["roc_auc"])
    assert is_significant(found)
    assert found["low"] > 0
    assert found == difference(again["a"]["roc_auc"], again["b"]["roc_auc"])


def test_progress_ends_whole():
    target, one = judged(1)
    heard = []
    bootstrap_metrics({"one": one}, target, Costs(), 0, lambda *pair: heard.append(pair))
    assert heard[-1][0] == heard[-1][1]
    assert heard == sorted(heard)
