"""The business-cost scorer: minus the cost per applicant, by scikit-learn's conventions."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn import config_context
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer
from sklearn.model_selection import (
    GridSearchCV,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_val_score,
)

from credit_scoring import business_cost_scorer
from credit_scoring.cost_scorer import business_cost
from credit_scoring.estimator.threshold import optimal_threshold
from custom_threshold_model import CustomThresholdLGBM
from tests.server_process import ROOT

ROWS = 400
FEW_TREES = {"num_iterations": 10, "num_threads": 1}


def plain_cost(y, refused, weight, false_negative_cost, false_positive_cost):
    """The cost per applicant, added up one by one."""
    total = 0.0
    for default, is_refused, row_weight in zip(y, refused, weight, strict=True):
        if default and not is_refused:
            total += row_weight * false_negative_cost
        if is_refused and not default:
            total += row_weight * false_positive_cost
    return total / sum(weight)


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(0).normal(size=(ROWS, 3))


@pytest.fixture(scope="module")
def y(rows):
    noise = np.random.default_rng(1).normal(size=ROWS)
    return (rows[:, 0] + noise > 1.3).astype(int)


@pytest.fixture(scope="module")
def weight():
    return np.random.default_rng(2).uniform(0.1, 3, ROWS)


@pytest.mark.parametrize("costs", [(10, 1), (1, 3), (0.5, 0.25)])
def test_it_equals_a_plain_computation(rows, y, weight, costs):
    scorer = business_cost_scorer(false_negative_cost=costs[0], false_positive_cost=costs[1])
    model = LogisticRegression().fit(rows, y)
    refused = model.predict(rows)
    assert scorer(model, rows, y) == pytest.approx(-plain_cost(y, refused, np.ones(ROWS), *costs))
    weighted = scorer(model, rows, y, sample_weight=weight)
    assert weighted == pytest.approx(-plain_cost(y, refused, weight, *costs))


def test_the_default_costs_are_the_projects(rows, y):
    model = CustomThresholdLGBM(params=FEW_TREES).fit(rows, y)
    assert business_cost_scorer()(model, rows, y) == pytest.approx(model.score(rows, y))


def test_greater_is_better(y):
    perfect, worst = business_cost(y, y), business_cost(y, 1 - y)
    assert 0 == perfect < worst
    assert "greater_is_better=False" in repr(business_cost_scorer())


def test_it_scores_every_fold(rows, y):
    scores = cross_val_score(LogisticRegression(), rows, y, scoring=business_cost_scorer(), cv=4)
    assert scores.shape == (4,)
    assert (scores < 0).all()


def test_a_grid_search_takes_the_cheapest_candidate(rows, y):
    """In two processes, so the scorer is pickled."""
    search = GridSearchCV(
        DummyClassifier(strategy="constant"),
        {"constant": [0, 1]},
        scoring=business_cost_scorer(false_negative_cost=100),
        n_jobs=2,
    ).fit(rows, y)
    assert search.best_params_ == {"constant": 1}
    assert search.best_score_ == pytest.approx(-(1 - y.mean()), abs=0.01)


def test_a_tuned_threshold_costs_as_little_as_the_exact_one(rows, y):
    scorer = business_cost_scorer(false_negative_cost=5)
    model = LogisticRegression()
    tuned = TunedThresholdClassifierCV(model, scoring=scorer, cv=5, thresholds=500).fit(rows, y)
    probability = cross_val_predict(model, rows, y, cv=5, method="predict_proba")[:, 1]
    exact = optimal_threshold(y, probability, 5, 1)
    least, found = (
        plain_cost(y, probability >= threshold, np.ones(ROWS), 5, 1)
        for threshold in (exact, tuned.best_threshold_)
    )
    assert -tuned.best_score_ == pytest.approx(found, rel=0.1)
    assert least <= found < 1.1 * least
    assert tuned.best_threshold_ < 0.5


def test_text_labels_need_pos_label(rows, y):
    text = np.where(y == 1, "bad", "good")
    scorer = business_cost_scorer(pos_label="bad")
    model = LogisticRegression().fit(rows, text)
    numbers = LogisticRegression().fit(rows, y)
    assert scorer(model, rows, text) == pytest.approx(
        business_cost_scorer()(numbers, rows, y), rel=0.1
    )
    tuned = TunedThresholdClassifierCV(model, scoring=scorer).fit(rows, text)
    assert scorer(tuned, rows, text) > scorer(model, rows, text)
    with pytest.raises(ValueError, match=r"pos_label=1 is not a valid label"):  # scikit-learn's
        business_cost_scorer()(model, rows, text)


@pytest.mark.parametrize("labels", [["bad", "good"], [1, 2, 3], [0, 2]])
def test_labels_other_than_two_are_refused(labels):
    with pytest.raises(ValueError, match=r"y has the labels \[.*\]: expected two, one of them pos"):
        business_cost(labels, labels)


@pytest.mark.parametrize(("label", "cost"), [(0, 0), (1, 0), (-1, 0)])
def test_one_class_alone_is_accepted(label, cost):
    """As in a small fold."""
    assert business_cost([label, label], [label, label]) == cost


def test_sample_weights_are_routed_to_it(rows, y, weight):
    with config_context(enable_metadata_routing=True):
        scorer = business_cost_scorer().set_score_request(sample_weight=True)
        options = {"scoring": scorer, "cv": 2}
        weighted = cross_val_score(
            DummyClassifier().set_fit_request(sample_weight=True),
            rows,
            y,
            params={"sample_weight": weight},
            **options,
        )
    assert weighted.mean() == pytest.approx(-10 * np.average(y, weights=weight), rel=0.05)


@pytest.mark.parametrize("cost", [0, -1, float("nan"), float("inf"), "10", None, True])
@pytest.mark.parametrize("name", ["false_negative_cost", "false_positive_cost"])
def test_an_invalid_cost_is_named(name, cost):
    with pytest.raises(ValueError, match=rf"{name} is .*: expected a number above 0"):
        business_cost_scorer(**{name: cost})


def test_it_is_a_scorer_of_scikit_learn():
    scorer = business_cost_scorer(false_negative_cost=7)
    assert type(scorer) is type(get_scorer("precision"))


def test_importing_the_package_stays_light():
    """The web process has no scikit-learn; an unknown name is an AttributeError as usual."""
    code = """
import sys, credit_scoring
assert not {"sklearn", "numpy", "polars"} & {*sys.modules}
assert not hasattr(credit_scoring, "cost_score")
assert "business_cost_scorer" in credit_scoring.__all__
credit_scoring.business_cost_scorer
assert "sklearn" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
