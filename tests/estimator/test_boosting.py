"""LightGBM's parameters, folds, early stopping and progress."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from credit_scoring.estimator import single_row
from credit_scoring.estimator.boosting import (
    DEFAULT_PARAMS,
    RESERVED_PARAMS,
    deal_folds,
    merge_params,
)
from credit_scoring.estimator.single_row import main_parameter_names
from custom_threshold_model import CustomThresholdLGBM
from tests.estimator.small_model import SMALL_PARAMS, small_model


def test_folds_have_equal_sizes_and_defaults(y):
    fold = deal_folds(y.astype(float), 3, 0)
    assert np.ptp(np.bincount(fold)) <= 1
    assert np.ptp(np.bincount(fold, weights=y)) <= 1
    assert (fold != deal_folds(y.astype(float), 3, 1)).any()


def test_copies_of_a_row_share_a_fold(y):
    target = np.repeat(y, 3).astype(float)
    groups = np.repeat(np.arange(len(y)), 3)
    fold = deal_folds(target, 5, 0, groups).reshape(-1, 3)
    assert (fold == fold[:, :1]).all()
    np.testing.assert_array_equal(fold[:, 0], deal_folds(np.asarray(y, float), 5, 0))


@pytest.mark.parametrize(
    ("groups", "problem"),
    [
        (np.zeros(3), r"groups has the shape \(3,\): expected \(\d+,\), a group per row"),
        (None, "groups has a group with rows of both classes"),
    ],
    ids=["of another length", "with both classes"],
)
def test_groups_that_are_not_copies_are_refused(X, y, groups, problem):
    groups = np.zeros(len(y)) if groups is None else groups
    with pytest.raises(ValueError, match=problem):
        CustomThresholdLGBM().fit(X, y, groups=groups)


def test_folds_stop_at_the_same_round(X, y):
    model = small_model(n_boosters=1).fit(X, y)
    assert 1 < model.best_iteration_ <= SMALL_PARAMS["num_iterations"]
    assert model.booster_.current_iteration() == model.best_iteration_


@pytest.mark.parametrize(
    "params", [SMALL_PARAMS, {**SMALL_PARAMS, "num_iterations": 400, "learning_rate": 0.3}]
)
def test_progress_reaches_its_total(numbers, params):
    """Early stopping included."""
    seen = []
    small_model(params=params, n_boosters=2).fit(
        *numbers, progress=lambda done, total: seen.append((done, total))
    )
    done = [count for count, _ in seen]
    total = 2 * 4 * params["num_iterations"]  # two boosters: three folds and the final fit
    assert done == sorted(done)
    assert {of for _, of in seen} == {total}
    assert done[-1] == total


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"false_negative_cost": -1}, "false_negative_cost is -1: expected a number above 0"),
        ({"false_positive_cost": 0}, "false_positive_cost is 0: expected a number above 0"),
        (
            {"false_positive_cost": math.inf},
            "false_positive_cost is inf: expected a number above 0",
        ),
        (
            {"false_negative_cost": math.nan},
            "false_negative_cost is nan: expected a number above 0",
        ),
        ({"false_negative_cost": "10"}, "false_negative_cost is '10': expected a number above 0"),
        ({"calibrate": 1}, "calibrate is 1: expected True or False"),
        ({"threshold": 0.5}, "threshold is 0.5: expected None or one of expected_cost, empirical"),
        ({"n_boosters": 0}, "n_boosters is 0: expected a whole number from 1 to 100"),
        ({"n_splits": 1}, "n_splits is 1: expected a whole number from 2"),
        ({"n_splits": 2.5}, "n_splits is 2.5: expected a whole number from 2"),
        ({"random_state": None}, "random_state is None: expected a whole number from 0"),
        ({"random_state": True}, "random_state is True: expected a whole number from 0"),
        ({"params": ["num_leaves"]}, r"params is \['num_leaves'\]: expected None or a dictionary"),
        ({"params": {"leaves": 3}}, "params has 'leaves': LightGBM has no such parameter"),
        (
            {"params": {"n_estimators": 3, "num_trees": 3}},
            "num_iterations is also given under another name",
        ),
        (
            {"params": {"objective": "regression"}},
            "params has 'objective': leave objective to the estimator",
        ),
        ({"params": {"app": "xentropy"}}, "params has 'app': leave objective to the estimator"),
        ({"params": {"metrics": "auc"}}, "leave metric to the estimator"),
        ({"params": {"num_class": 3}}, "leave num_class to the estimator"),
        ({"params": {"deterministic": False}}, "leave deterministic to the estimator"),
        ({"params": {"boosting_type": "dart"}}, "leave boosting to the estimator"),
        ({"params": {"linear_tree": True}}, "leave linear_tree to the estimator"),
        (
            {"params": {"random_seed": 3}},
            r"leave seed to the estimator \(the seed is random_state\)",
        ),
    ],
)
def test_invalid_parameters_are_refused_by_fit(X, y, parameters, message):
    estimator = CustomThresholdLGBM(**parameters)  # the constructor only stores
    with pytest.raises(ValueError, match=message):
        estimator.fit(X, y)


def test_params_are_merged_under_main_names():
    params = CustomThresholdLGBM(
        params={"n_estimators": 7, "objective": "binary"}
    ).lightgbm_params()
    assert params["num_iterations"] == 7
    assert "n_estimators" not in params
    assert {
        **params,
        "num_iterations": DEFAULT_PARAMS["num_iterations"],
    }.items() >= DEFAULT_PARAMS.items()


def test_default_params_use_main_names():
    main_names = set(main_parameter_names().values())
    assert {*DEFAULT_PARAMS, *RESERVED_PARAMS} <= main_names


def test_an_unknown_parameter_gets_a_suggestion():
    with pytest.raises(
        ValueError, match=r"'num_leafs': .* no such parameter \(similar: num_leaf\)"
    ):
        merge_params({"num_leafs": 3}, seed=0)


def test_without_the_alias_table_names_are_accepted(monkeypatch):
    monkeypatch.setattr(single_row, "basic", SimpleNamespace())
    assert main_parameter_names() == {}
    params = merge_params({"num_leaves": 3, "n_estimators": 7}, seed=0)
    assert params["num_leaves"] == 3
    assert params["n_estimators"] == 7
    with pytest.raises(ValueError, match="leave objective to the estimator"):
        merge_params({"objective": "regression"}, seed=0)
