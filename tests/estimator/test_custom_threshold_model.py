"""CustomThresholdLGBM: fit, predictions, scikit-learn's conventions."""

import copy
import re
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.metrics import make_scorer, roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

import custom_threshold_model
from credit_scoring.estimator.threshold import optimal_threshold
from custom_threshold_model import CustomThresholdLGBM, NotFittedError
from tests.estimator.small_model import ROWS, SMALL_PARAMS, cost_at, small_model


def test_without_calibration_raw_scores_are_log_odds(X, y):
    plain = small_model(calibrate=False).fit(X, y)
    assert plain.calibration_ == (1.0, 0.0)
    np.testing.assert_allclose(plain.predict_proba(X)[:, 1], 1 / (1 + np.exp(-plain.raw_score(X))))


def test_out_of_fold_probability_ignores_its_own_row(X, y):
    shuffled = np.random.default_rng(3).permutation(y)
    unbridled = {
        "num_leaves": 63,
        "min_data_in_leaf": 1,
        "lambda_l2": 0.0,
        "extra_trees": False,
        "bagging_freq": 0,
    }
    overfitted = small_model(params={**SMALL_PARAMS, **unbridled, "early_stopping_round": 0})
    overfitted.fit(X, shuffled)
    assert roc_auc_score(shuffled, overfitted.predict_proba(X)[:, 1]) > 0.6
    assert abs(roc_auc_score(shuffled, overfitted.out_of_fold_probability_) - 0.5) < 0.06


def test_threshold_comes_from_out_of_fold_probabilities(model, y):
    probability = model.out_of_fold_probability_
    assert probability.mean() == pytest.approx(y.mean(), abs=0.005)
    assert model.threshold_ == model.theoretical_threshold == 1 / 11
    cheapest = optimal_threshold(y, probability, 10, 1)
    assert model.empirical_threshold_ == cheapest
    assert model.threshold_interval_[0] < cheapest < model.threshold_interval_[1]


def test_a_constant_table_scores_the_default_rate(y):
    flat = small_model().fit(np.ones((ROWS, 1)), y)
    np.testing.assert_allclose(flat.predict_proba(np.ones((2, 1)))[:, 1], y.mean(), rtol=0.05)


def test_a_failed_fit_changes_nothing(model, X):
    kept = copy.deepcopy(model)
    with pytest.raises(ValueError, match="y has 1 classes"):
        kept.fit(X.select("region"), np.zeros(ROWS))
    np.testing.assert_array_equal(kept.predict_proba(X), model.predict_proba(X))


def test_probabilities_are_pairs_that_sum_to_one(model, X):
    probability = model.predict_proba(X)
    assert probability.shape == (ROWS, 2)
    assert probability.dtype == np.float64
    np.testing.assert_allclose(probability.sum(axis=1), 1)
    np.testing.assert_array_equal(model.predict(X), model.refuses(probability[:, 1]).astype(int))


def test_score_is_minus_the_mean_cost(model, X, y):
    cost = cost_at(model.threshold_, y, model.predict_proba(X)[:, 1], 10, 1)
    assert model.score(X, y) == pytest.approx(-cost / ROWS)
    with pytest.raises(ValueError, match=r"y has other classes than \[0, 1\]"):
        model.score(X, y + 1)


def test_contributions_add_up_to_the_raw_score(model, X):
    contributions = model.explain(X)
    assert contributions.shape == (ROWS, 9)
    assert np.ptp(contributions[:, -1]) == 0
    np.testing.assert_allclose(contributions.sum(axis=1), model.raw_score(X), rtol=0, atol=1e-9)
    np.testing.assert_array_equal(model.matrix_explain(model.encode(X)), contributions)


@pytest.mark.parametrize(
    "matrix", [np.zeros(8), np.zeros((2, 7)), np.zeros((2, 8), dtype=np.float32)]
)
def test_a_matrix_of_another_shape_is_refused(model, matrix):
    with pytest.raises(ValueError, match=r"expected float64 \(n, 8\)"):
        model.matrix_probability(matrix)


@pytest.mark.parametrize(
    "use",
    [
        lambda m: m.predict([[1.0]]),
        lambda m: m.predict_proba([[1.0]]),
        lambda m: m.score([[1.0]], [1]),
        lambda m: m.explain([[1.0]]),
        lambda m: m.encode([[1.0]]),
        lambda m: m.refuses(0.5),
        lambda m: m.row_probability(np.zeros(1)),
        lambda m: m.row_explain(np.zeros(1)),
        lambda m: m.matrix_probability(np.zeros((1, 1))),
    ],
)
def test_use_before_fit_is_an_error(use):
    with pytest.raises(NotFittedError, match="not fitted yet: call fit"):
        use(CustomThresholdLGBM())


def mean_cost(y, predicted):
    return 10 * ((y == 1) & (predicted == 0)).mean() + ((y == 0) & (predicted == 1)).mean()


def test_clone_copies_only_the_parameters(model):
    copied = clone(model)
    assert copied.get_params() == model.get_params()
    with pytest.raises(Exception, match="not fitted"):
        check_is_fitted(copied)
    check_is_fitted(model)
    assert is_classifier(model)


def test_set_params_refuses_unknown_names():
    assert CustomThresholdLGBM().set_params(n_splits=4).n_splits == 4
    with pytest.raises(
        ValueError, match="cost is not a parameter: expected one of false_negative_cost, "
    ):
        CustomThresholdLGBM().set_params(cost=1)


def test_repr_shows_the_parameters():
    model = small_model(n_splits=4)
    assert eval(repr(model)).get_params() == model.get_params()  # noqa: S307


def test_cross_validation_scores_by_auc_and_cost(X, y):
    auc = cross_val_score(small_model(), X, y, cv=2, scoring="roc_auc")
    assert (auc > 0.7).all()
    cost = cross_val_score(
        small_model(), X, y, cv=2, scoring=make_scorer(mean_cost, greater_is_better=False)
    )
    np.testing.assert_allclose(cross_val_score(small_model(), X, y, cv=2), cost)


def test_grid_search_runs_in_two_processes(numbers):
    grid = {"false_negative_cost": np.array([5.0, 20.0])}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # joblib's own, on a machine short of cores
        search = GridSearchCV(small_model(), grid, cv=2, scoring="roc_auc", n_jobs=2).fit(*numbers)
    assert search.best_score_ > 0.7
    assert search.best_estimator_.false_negative_cost in grid["false_negative_cost"]


def test_a_pipeline_ends_with_the_estimator(numbers):
    matrix, y = numbers
    pipeline = make_pipeline(StandardScaler(), small_model()).fit(matrix, y)
    assert roc_auc_score(y, pipeline.predict_proba(matrix)[:, 1]) > 0.7
    assert clone(pipeline).fit(matrix, y).score(matrix, y) == pipeline.score(matrix, y)


def test_the_model_needs_three_libraries_only():
    """Of this project it imports the estimator only; scikit-learn when that asks for its tags."""
    model_file = Path(custom_threshold_model.__file__)
    files = [model_file, *(model_file.parent / "credit_scoring" / "estimator").glob("*.py")]
    sources = "".join(file.read_text(encoding="utf-8") for file in files)
    modules = set(re.findall(r"^ *(?:from|import) ([\w.]+)", sources, flags=re.MULTILINE))
    ours = {name for name in modules if name.startswith("credit_scoring")}
    libraries = {name.partition(".")[0] for name in modules - ours} - sys.stdlib_module_names
    assert libraries == {"lightgbm", "narwhals", "numpy", "sklearn"}
    assert all(name.startswith("credit_scoring.estimator") for name in ours)
