"""The artefact: what it learns, refuses, answers and saves."""
# ruff: noqa: N802, N803, S301 - X as scikit-learn has it; the pickles are our own

import copy
import doctest
import gc
import math
import os
import pickle
import pickletools
import re
import subprocess
import sys
import threading
import warnings
import weakref
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone, is_classifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer, roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

import custom_threshold_model
from custom_threshold_model import (
    DEFAULT_PARAMS,
    CustomThresholdLGBM,
    NotFittedError,
    UnseenCategoryWarning,
    is_default_expected,
    optimal_threshold,
    threshold_interval,
)

HERE = Path(custom_threshold_model.__file__).parent
ROWS = 2000
INCOME_TYPES = ("Pensioner", "State servant", "Unemployed", "Working")
# One thread: threads that spin beside the other jobs of a small machine make a fit of 50 ms last a minute.
SMALL = {
    "num_iterations": 60,
    "early_stopping_round": 20,
    "learning_rate": 0.1,
    "num_leaves": 4,
    "feature_fraction": 0.8,
    "num_threads": 1,
}


def applicants(rows=ROWS, seed=0):
    """Five numbers with gaps, a boolean and two categories, and who defaults (about one in ten)."""
    rng = np.random.default_rng(seed)
    number = rng.normal(size=(rows, 5))
    income = rng.choice(
        INCOME_TYPES[1:], rows
    )  # nobody is a pensioner: a level of the contract alone
    log_odds = number[:, 0] + 0.5 * number[:, 1] + (income == "Working") - 3
    number[rng.random(number.shape) < 0.1] = np.nan
    frame = {f"number:{i} é": number[:, i] for i in range(5)}
    frame |= {
        "owns_car": rng.random(rows) < 0.5,
        "income type": income,
        "region": rng.choice(["n", "s"], rows),
    }
    return frame, (rng.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(int)


def as_polars(frame):
    return pl.DataFrame(frame).with_columns(pl.col("income type").cast(pl.Enum(INCOME_TYPES)))


def as_pandas(frame):
    income = pd.Categorical(frame["income type"], categories=INCOME_TYPES)
    return pd.DataFrame(frame).assign(**{"income type": income})


def small(**parameters):
    return CustomThresholdLGBM(**{"n_splits": 3, "params": SMALL, **parameters})


@pytest.fixture(scope="module")
def data():
    return applicants()


@pytest.fixture(scope="module")
def X(data):
    return as_polars(data[0])


@pytest.fixture(scope="module")
def y(data):
    return data[1]


@pytest.fixture(scope="module")
def model(X, y):
    return small().fit(X, y)


@pytest.fixture(scope="module")
def numbers():
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(ROWS, 4))
    return matrix, (rng.random(ROWS) < 1 / (1 + np.exp(2 - matrix[:, 0]))).astype(int)


# The threshold


def cost_at(threshold, y, probability, false_negative_cost, false_positive_cost):
    refused = is_default_expected(np.asarray(probability), threshold)
    defaulted = np.asarray(y) == 1
    return (
        false_negative_cost * (defaulted & ~refused).sum()
        + false_positive_cost * (~defaulted & refused).sum()
    )


rows = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 8)), min_size=1, max_size=30)


@settings(max_examples=150, deadline=None)
@given(rows, st.integers(1, 20), st.integers(1, 5), st.booleans())
def test_threshold_is_as_cheap_as_the_best_of_all_cuts_and_the_nearest_to_theory(
    rows, fn, fp, close
):
    y = [label for label, _ in rows]
    # Close: neighbours in floating point, between which no midpoint exists.
    probability = [0.3 + k * math.ulp(0.3) if close else k / 8 for _, k in rows]
    threshold = optimal_threshold(y, probability, fn, fp)
    ends = [0.0, *sorted(set(probability)), max(1.0, math.nextafter(max(probability), 2))]
    cuts = [m if (m := (a + b) / 2) > a else b for a, b in pairwise(ends)]
    costs = {cut: cost_at(cut, y, probability, fn, fp) for cut in cuts}
    best = min(costs.values())
    assert costs[threshold] == best
    theoretical = fp / (fp + fn)
    nearest = min(abs(cut - theoretical) for cut, cost in costs.items() if cost == best)
    assert abs(threshold - theoretical) == nearest


@pytest.mark.parametrize(
    ("y", "probability", "expected"),
    [
        ([1, 1], [0.2, 0.4], 0.1),
        ([0, 0], [0.2, 0.5], 0.75),
        ([0, 0], [0.2, 1.0], math.nextafter(1.0, 2)),
        ([1, 0], [0.0, 1.0], 0.0),
    ],
    ids=["refuse all", "accept all", "accept even a sure default", "refuse even a sure payer"],
)
def test_threshold_at_the_ends(y, probability, expected):
    assert optimal_threshold(y, probability, 10, 1) == expected


def test_threshold_counts_a_row_as_often_as_its_weight():
    y, probability, weight = [0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4], [1, 2, 30, 1]
    repeated = optimal_threshold(np.repeat(y, weight), np.repeat(probability, weight), 10, 1)
    assert optimal_threshold(y, probability, 10, 1, weight) == repeated
    assert optimal_threshold(y, probability, 10, 1) != repeated


@pytest.mark.parametrize(
    ("y", "probability", "message"),
    [
        ([0, 1], [0.1], "expected one length"),
        ([], [], "expected one length, above 0"),
        ([0, 2], [0.1, 0.2], "expected 1 for a default"),
        ([0, 1], [0.1, 1.2], "expected numbers from 0 to 1"),
        ([0, 1], [0.1, math.nan], "expected numbers from 0 to 1"),
    ],
)
def test_threshold_refuses_what_is_no_probability(y, probability, message):
    with pytest.raises(ValueError, match=message):
        optimal_threshold(y, probability, 10, 1)


@pytest.mark.parametrize(
    ("probability", "refused"),
    [(0.25, True), (math.nextafter(0.25, 0), False), (math.nextafter(0.25, 1), True)],
    ids=["at the threshold", "one ulp below", "one ulp above"],
)
def test_a_probability_that_reaches_the_threshold_is_refused(probability, refused):
    assert is_default_expected(probability, 0.25) is refused
    assert is_default_expected(np.array([probability]), 0.25).tolist() == [refused]


def test_threshold_of_calibrated_probabilities_is_one_in_eleven_within_its_interval():
    rng = np.random.default_rng(0)
    probability = 1 / (1 + np.exp(2.9 - 1.2 * rng.normal(size=40_000)))
    y = rng.random(40_000) < probability
    low, high = threshold_interval(y, probability, 10, 1)
    assert low < optimal_threshold(y, probability, 10, 1) < high
    assert low < 1 / 11 < high
    assert 0.005 < high - low < 0.05
    assert threshold_interval(y, probability, 10, 1) == (low, high)


# Calibration


@pytest.mark.parametrize("wrong", [(0.4, 1.5), (3.0, -0.7)])
def test_calibration_undoes_a_distorted_score(wrong):
    rng = np.random.default_rng(0)
    log_odds = rng.normal(-2.5, 1, 40_000)
    target = (rng.random(40_000) < 1 / (1 + np.exp(-log_odds))).astype(float)
    slope, intercept = custom_threshold_model._platt((log_odds - wrong[1]) / wrong[0], target)
    assert slope == pytest.approx(wrong[0], rel=0.05)
    assert intercept == pytest.approx(wrong[1], abs=0.1)


def test_calibration_agrees_with_logistic_regression(numbers):
    raw, y = numbers[0][:, 0], numbers[1].astype(float)
    reference = LogisticRegression(C=np.inf, tol=1e-10).fit(raw[:, None], y)
    expected = (reference.coef_[0, 0], reference.intercept_[0])
    assert custom_threshold_model._platt(raw, y) == pytest.approx(
        expected, rel=0.02
    )  # the smoothed targets


@pytest.mark.parametrize(
    "raw", [[-3.0, -2.0, -1.0, 0.0] * 5, [1.0] * 20], ids=["against the target", "constant"]
)
def test_calibration_never_turns_the_ranking_round(raw):
    assert custom_threshold_model._platt(np.array(raw), np.array([1.0, 1.0, 0.0, 0.0] * 5)) == (
        1.0,
        0.0,
    )


def test_calibration_of_separate_classes_stays_finite():
    raw = np.concatenate([np.linspace(-9, -8, 500), np.linspace(8, 9, 5)])
    slope, intercept = custom_threshold_model._platt(raw, (raw > 0).astype(float))
    assert 0 < slope < 10
    assert math.isfinite(intercept)


def test_without_calibration_the_raw_score_is_the_log_odds(X, y):
    plain = small(calibrate=False).fit(X, y)
    assert plain.calibration_ == (1.0, 0.0)
    np.testing.assert_allclose(plain.predict_proba(X)[:, 1], 1 / (1 + np.exp(-plain.raw_score(X))))


# Fitting


def test_out_of_fold_probability_is_blind_to_the_row_itself(X, y):
    shuffled = np.random.default_rng(3).permutation(y)
    unbridled = {
        "num_leaves": 63,
        "min_data_in_leaf": 1,
        "lambda_l2": 0.0,
        "extra_trees": False,
        "bagging_freq": 0,
    }
    overfitted = small(params={**SMALL, **unbridled, "early_stopping_round": 0})
    overfitted.fit(X, shuffled)
    assert roc_auc_score(shuffled, overfitted.predict_proba(X)[:, 1]) > 0.6
    assert abs(roc_auc_score(shuffled, overfitted.out_of_fold_probability_) - 0.5) < 0.06


def test_out_of_fold_probability_is_calibrated_and_fixes_the_threshold(model, y):
    probability = model.out_of_fold_probability_
    assert probability.mean() == pytest.approx(y.mean(), abs=0.005)
    assert model.threshold_ == optimal_threshold(y, probability, 10, 1)
    assert model.threshold_interval_[0] < model.threshold_ < model.threshold_interval_[1]
    assert model.theoretical_threshold == 1 / 11


def test_folds_share_the_rows_and_the_defaults_evenly(y):
    fold = custom_threshold_model._folds(y.astype(float), 3, 0)
    assert np.ptp(np.bincount(fold)) <= 1
    assert np.ptp(np.bincount(fold, weights=y)) <= 1
    assert (fold != custom_threshold_model._folds(y.astype(float), 3, 1)).any()


def test_folds_stop_together_at_the_best_mean_loss(model):
    assert 1 < model.best_iteration_ <= SMALL["num_iterations"]
    assert model.booster_.current_iteration() == model.best_iteration_


@pytest.mark.parametrize("params", [SMALL, {**SMALL, "num_iterations": 400, "learning_rate": 0.3}])
def test_progress_rises_to_its_total_even_when_stopped_early(numbers, params):
    seen = []
    small(params=params).fit(*numbers, progress=lambda done, total: seen.append((done, total)))
    done = [count for count, _ in seen]
    total = 4 * params["num_iterations"]  # three folds and the final fit
    assert done == sorted(done)
    assert {of for _, of in seen} == {total}
    assert done[-1] == total


@pytest.mark.parametrize("labels", [("paid", "unpaid"), (False, True), (1, 2), (-1.5, 0.5)])
def test_the_larger_of_any_two_labels_is_default(numbers, labels):
    matrix, y = numbers
    named = small().fit(matrix, np.array(labels)[y])
    expected = small().fit(matrix, y)
    assert named.classes_.tolist() == list(labels)
    assert set(named.predict(matrix)) == set(labels)
    np.testing.assert_array_equal(named.predict(matrix) == labels[1], expected.predict(matrix) == 1)
    assert named.score(matrix, np.array(labels)[y]) == expected.score(matrix, y)


def test_a_constant_table_is_scored_at_the_default_rate(y):
    flat = small().fit(np.ones((ROWS, 1)), y)
    np.testing.assert_allclose(flat.predict_proba(np.ones((2, 1)))[:, 1], y.mean(), rtol=0.05)


def test_a_failed_fit_leaves_the_model_as_it_was(model, X):
    kept = copy.deepcopy(model)
    with pytest.raises(ValueError, match="y has 1 classes"):
        kept.fit(X.select("region"), np.zeros(ROWS))
    np.testing.assert_array_equal(kept.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros(ROWS), r"y has 1 classes, \[0.0\]: expected exactly two"),
        (np.arange(ROWS) % 3, r"y has 3 classes, \[0, 1, 2\]: expected exactly two"),
        (np.where(np.arange(ROWS) % 2, np.nan, 1.0), r"y has missing labels \(nan\)"),
        (pl.Series([None, 0, 1, 1] * (ROWS // 4)), r"y has missing labels \(nan\)"),
        (pd.Series([None, "a", "b", "b"] * (ROWS // 4)), r"y has missing labels \((nan|None)\)"),
        (
            pd.Series([None, 0, 1, 1] * (ROWS // 4), dtype="Int64"),
            r"y has missing labels \((nan|<NA>)\)",
        ),
        (np.zeros(5), r"y has the shape \(5,\): expected \(2000,\)"),
        (np.zeros((ROWS, 2)), r"y has the shape \(2000, 2\): expected \(2000,\)"),
        ([1, 1, *[0] * (ROWS - 2)], "n_splits is 3: expected at most 2, the rarer class's rows"),
    ],
)
def test_labels_that_are_no_two_classes_are_refused(X, y, message):
    with pytest.raises(ValueError, match=message):
        small().fit(X, y)


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
        ({"n_splits": 1}, "n_splits is 1: expected a whole number from 2"),
        ({"n_splits": 2.5}, "n_splits is 2.5: expected a whole number from 2"),
        ({"random_state": None}, "random_state is None: expected a whole number from 0"),
        ({"random_state": True}, "random_state is True: expected a whole number from 0"),
        ({"params": ["num_leaves"]}, r"params is \['num_leaves'\]: expected None or a dictionary"),
        ({"params": {"leaves": 3}}, "params has 'leaves': LightGBM has no such parameter"),
        (
            {"params": {"n_estimators": 3, "num_trees": 3}},
            "num_iterations is given under another name too",
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
def test_bad_parameters_are_refused_by_fit_with_name_value_and_remedy(X, y, parameters, message):
    estimator = CustomThresholdLGBM(**parameters)  # the constructor only stores
    with pytest.raises(ValueError, match=message):
        estimator.fit(X, y)


def test_params_are_merged_over_the_defaults_under_their_main_names():
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
    known = custom_threshold_model._ConfigAliases._get_all_param_aliases()
    assert set(DEFAULT_PARAMS) <= set(known)


# Tables


def test_pandas_and_polars_give_the_same_model_and_answers(data, model, X, y):
    frame = as_pandas(data[0])
    assert pickle.dumps(small().fit(frame, pd.Series(y))) == pickle.dumps(model)
    np.testing.assert_array_equal(model.predict_proba(frame), model.predict_proba(X))


def test_numpy_pandas_and_polars_give_the_same_answers(numbers):
    matrix, y = numbers
    names = ["x0", "x1", "x2", "x3"]
    expected = small().fit(matrix, y)
    assert expected.feature_names_in_.tolist() == names
    for frame in (pd.DataFrame(matrix, columns=names), pl.DataFrame(matrix, schema=names)):
        np.testing.assert_array_equal(expected.predict_proba(frame), expected.predict_proba(matrix))
        np.testing.assert_array_equal(
            small().fit(frame, y).predict(frame), expected.predict(matrix)
        )


def test_levels_are_all_those_of_the_contract_else_those_present(model):
    assert model.categories_ == {"income type": INCOME_TYPES, "region": ("n", "s")}
    assert model.n_features_in_ == 8


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["b", None, "a"], dtype=object),
        pd.Series(["b", None, "a"], dtype="str"),
        pd.Series(["b", None, "a"], dtype="string"),
        pd.Series(["b", None, "a"], dtype="category"),
        pl.Series(["b", None, "a"]),
        pl.Series(["b", None, "a"], dtype=pl.Categorical),
        pl.Series(["b", None, "a"], dtype=pl.Enum(["a", "b"])),
    ],
    ids=lambda column: f"{type(column).__module__.split('.')[0]} {column.dtype}",
)
def test_every_kind_of_category_is_coded_alike(column):
    frame = {"c": column}
    table, names = custom_threshold_model._table(
        pd.DataFrame(frame) if isinstance(column, pd.Series) else pl.DataFrame(frame)
    )
    (series,) = table.iter_columns()
    assert custom_threshold_model._is_category(series)
    levels = custom_threshold_model._levels(series)
    assert levels == ("a", "b")
    codes = custom_threshold_model._encode(table, names, {"c": levels})
    np.testing.assert_array_equal(codes, [[1.0], [np.nan], [0.0]])


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([True, None, False], dtype="boolean"),
        pd.Series([1, None, 0], dtype="Int64"),
        pd.Series([1, None, 0], dtype="float32"),
        pl.Series([True, None, False]),
        pl.Series([1, None, 0], dtype=pl.Int8),
    ],
    ids=lambda column: f"{type(column).__module__.split('.')[0]} {column.dtype}",
)
def test_booleans_and_numbers_become_float64_and_nulls_nan(column):
    frame = (
        pd.DataFrame({"c": column})
        if isinstance(column, pd.Series)
        else pl.DataFrame({"c": column})
    )
    codes = custom_threshold_model._encode(*custom_threshold_model._table(frame), {})
    np.testing.assert_array_equal(codes, [[1.0], [np.nan], [0.0]])


def test_unseen_levels_are_scored_as_missing_and_reported(model, X):
    few = X.head(5)
    odd = few.with_columns(region=pl.Series(["n", "west", "west", None, "e"]))
    with pytest.warns(
        UnseenCategoryWarning, match=r"column region has levels .*: 'west' \(2\), 'e' \(1\)"
    ):
        codes = model.encode(odd)
    np.testing.assert_array_equal(codes[:, 7], [0.0, np.nan, np.nan, np.nan, np.nan])


def test_a_level_of_the_contract_absent_from_training_is_no_surprise(model, X):
    model.encode(
        X.head(2).with_columns(pl.lit("Pensioner").cast(pl.Enum(INCOME_TYPES)).alias("income type"))
    )


def test_a_column_all_missing_passes_for_a_number_or_a_category(model, X):
    empty = X.head(3).with_columns(
        pl.lit(None).alias("region"), pl.lit(None, pl.String).alias("owns_car")
    )
    codes = model.encode(empty)
    assert np.isnan(codes[:, [5, 7]]).all()


@pytest.mark.parametrize(
    ("columns", "diff"),
    [
        (["b", "c"], ["- a"]),
        (["a", "b", "c", "d"], ["+ d"]),
        (["d", "b", "c"], ["- a", "+ d"]),
        (
            ["a", "c", "b"],
            ["~ position 2: expected b, found c", "~ position 3: expected c, found b"],
        ),
        (
            ["c", "b"],
            ["- a", "~ position 2: expected b, found c", "~ position 3: expected c, found b"],
        ),
    ],
)
def test_columns_missing_unknown_or_out_of_order_are_refused_with_a_diff(numbers, columns, diff):
    matrix, y = numbers
    fitted = small().fit(pl.DataFrame(matrix[:, :3], schema=["a", "b", "c"]), y)
    frame = pd.DataFrame(np.zeros((2, len(columns))), columns=columns)
    with pytest.raises(ValueError, match="X has other columns than the model") as caught:
        fitted.predict_proba(frame)
    assert str(caught.value).splitlines()[1:] == diff


def test_an_array_for_named_columns_is_taken_by_position_with_a_warning(numbers):
    matrix, y = numbers
    fitted = small().fit(pl.DataFrame(matrix, schema=["a", "b", "c", "d"]), y)
    with pytest.warns(
        UserWarning, match="X does not have valid feature names, but CustomThresholdLGBM"
    ):
        codes = fitted.encode(matrix)
    np.testing.assert_array_equal(codes, matrix)
    with pytest.raises(ValueError, match="X has 3 columns: expected 4"):
        fitted.encode(matrix[:, :3])


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (np.zeros(ROWS), ValueError, "X is a ndarray of 1 dimensions: expected a table"),
        (pd.Series(np.zeros(ROWS)), ValueError, "X is a Series of 1 dimensions: expected a table"),
        (np.zeros((0, 3)), ValueError, r"X has the shape \(0, 3\): expected at least one row"),
        (
            pl.DataFrame({"a": []}),
            ValueError,
            r"X has the shape \(0, 1\): expected at least one row",
        ),
        (
            np.full((ROWS, 1), "a"),
            TypeError,
            "X is an array of <U1: expected numbers, or a data frame",
        ),
        (pd.DataFrame(np.zeros((ROWS, 2)), columns=["a", "a"]), ValueError, "(?s)unique.*'a'"),
        (
            pd.DataFrame(np.zeros((ROWS, 2))),
            TypeError,
            r"X has the column names \[0, 1\]: expected text",
        ),
        (
            pl.DataFrame({"when": [date(2024, 1, 1)] * ROWS}),
            TypeError,
            "column when is Date: expected numbers",
        ),
        (pl.DataFrame({"list": [[1]] * ROWS}), TypeError, "column list is List"),
        (pd.DataFrame({"mixed": ["a", 1] * (ROWS // 2)}), TypeError, "column mixed is Object"),
        (
            pd.DataFrame({"c": pd.Categorical([1, 2] * (ROWS // 2))}),
            TypeError,
            r"column c has the levels \[1, 2\]",
        ),
        (pl.DataFrame({"debt": [math.inf] * ROWS}), ValueError, "column debt holds infinity"),
        (np.full((ROWS, 2), -math.inf), ValueError, "column x0, x1 holds infinity"),
    ],
)
def test_tables_that_cannot_be_scored_are_refused_by_name(X, error, message, y):
    with pytest.raises(error, match=message):
        small().fit(X, y)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (
            pl.Series("region", [1.0, 2.0]),
            "column region was a category when fitted and is a number now",
        ),
        (
            pl.Series("owns_car", ["yes", "no"]),
            "column owns_car was a number when fitted and is a category now",
        ),
    ],
)
def test_a_column_that_changes_kind_is_refused(model, X, column, message):
    with pytest.raises(TypeError, match=message):
        model.predict(X.head(2).with_columns(column))


def test_an_array_cannot_stand_for_categories(model):
    with (
        pytest.warns(UserWarning, match="valid feature names"),
        pytest.raises(TypeError, match="income type"),
    ):
        model.predict(np.zeros((2, 8)))


# Answers


def test_one_row_is_scored_bit_for_bit_as_in_the_batch(model, X):
    matrix = model.encode(X)
    single = np.array([model.row_probability(row) for row in matrix])
    np.testing.assert_array_equal(single, model.predict_proba(X)[:, 1])
    np.testing.assert_array_equal(single, model.matrix_probability(matrix))
    np.testing.assert_array_equal(single[:7], model.matrix_probability(matrix[:7]))
    assert math.isfinite(model.row_probability(np.full(8, np.nan)))


def test_probabilities_are_float64_pairs_that_sum_to_one(model, X):
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


def test_one_row_is_explained_bit_for_bit_as_in_the_batch(model, X):
    matrix = model.encode(X)
    single = [model.row_explain(row) for row in matrix]  # none overwrites the one before it
    np.testing.assert_array_equal(single, model.explain(X))
    assert np.isfinite(model.row_explain(np.full(8, np.nan))).all()


@pytest.mark.parametrize(
    "matrix", [np.zeros(8), np.zeros((2, 7)), np.zeros((2, 8), dtype=np.float32)]
)
def test_a_matrix_of_another_shape_or_type_is_refused(model, matrix):
    with pytest.raises(ValueError, match=r"expected float64 \(n, 8\)"):
        model.matrix_probability(matrix)


@pytest.mark.parametrize("row", [np.zeros(7), np.zeros(1), np.zeros((1, 8)), np.float64(0)])
def test_a_row_of_another_shape_is_refused(model, row):
    for ask in (model.row_probability, model.row_explain):
        with pytest.raises(ValueError, match=r"row has the shape .*: expected \(8,\)"):
            ask(row)


def test_eight_threads_at_once_each_get_their_own_answers(model, X):
    matrix = model.encode(X)
    expected, explained = model.matrix_probability(matrix), model.matrix_explain(matrix)
    start = threading.Barrier(8)

    def hammer(seed):
        start.wait()
        order = np.random.default_rng(seed).permutation(len(matrix))
        alike = all(np.array_equal(model.row_explain(matrix[i]), explained[i]) for i in order)
        return alike and all(
            model.row_probability(matrix[i]) == expected[i] for i in np.tile(order, 2)
        )

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(hammer, range(8)))


def test_a_forked_process_scores_with_its_own_handle(model, X):
    row = model.encode(X.head(1))[0]
    expected, parents = model.row_probability(row), model._scorers.scorer
    explained = model.row_explain(row)
    child = os.fork()
    if child == 0:
        try:
            right = model.row_probability(row) == expected and model._scorers.scorer is not parents
            right = right and np.array_equal(model.row_explain(row), explained)
        finally:
            os._exit(0 if right else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_handle_is_freed_with_its_model(model, X, monkeypatch):
    freed = []
    library = custom_threshold_model._LIB
    watched = type("Watched", (), {"__getattr__": lambda _self, name: getattr(library, name)})()
    watched.LGBM_FastConfigFree = lambda handle: freed.append(library.LGBM_FastConfigFree(handle))
    monkeypatch.setattr(custom_threshold_model, "_LIB", watched)
    other = copy.deepcopy(model)
    other.row_probability(other.encode(X.head(1))[0])
    gone = weakref.ref(other._scorers.scorer)
    del other
    gc.collect()
    assert gone() is None
    assert freed == [0]


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
def test_use_before_fit_says_so(use):
    with pytest.raises(NotFittedError, match="not fitted yet: call fit"):
        use(CustomThresholdLGBM())


# Saving


def test_same_data_and_seed_give_the_same_bytes_and_another_seed_others(model, X, y):
    saved = pickle.dumps(model, protocol=4)
    assert pickle.dumps(small().fit(X, y), protocol=4) == saved
    assert pickle.dumps(small(random_state=1).fit(X, y), protocol=4) != saved
    assert pickle.dumps(pickle.loads(saved), protocol=4) == saved


def test_pickle_needs_one_global_and_no_call(model):
    saved = pickle.dumps(model, protocol=4)
    operations = list(pickletools.genops(saved))
    names = [operation.name for operation, _, _ in operations]
    assert names.count("STACK_GLOBAL") == 1
    assert not {"GLOBAL", "REDUCE", "INST", "OBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4"} & set(names)
    text = [argument for operation, argument, _ in operations if "UNICODE" in operation.name]
    assert text[:2] == ["custom_threshold_model", "CustomThresholdLGBM"]


def test_saved_state_is_built_in_types_even_from_numpy_parameters(numbers):
    odd = small(
        false_negative_cost=np.float64(10),
        n_splits=np.int64(3),
        params={**SMALL, "num_leaves": np.int64(4)},
    )
    assert custom_threshold_model._is_plain(odd.fit(*numbers).__getstate__())
    with pytest.raises(TypeError, match="cannot be saved"):
        pickle.dumps(CustomThresholdLGBM(params={"num_leaves": max}))


def test_round_trip_answers_bit_for_bit_and_forgets_the_training_rows(model, X):
    loaded = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(loaded.explain(X), model.explain(X))
    for name in (
        "threshold_",
        "threshold_interval_",
        "calibration_",
        "categories_",
        "best_iteration_",
    ):
        assert getattr(loaded, name) == getattr(model, name)
    np.testing.assert_array_equal(loaded.feature_names_in_, model.feature_names_in_)
    assert loaded.classes_.dtype == model.classes_.dtype
    assert not hasattr(loaded, "out_of_fold_probability_")


def test_unfitted_round_trip_keeps_even_parameters_that_fit_would_refuse():
    loaded = pickle.loads(pickle.dumps(CustomThresholdLGBM(n_splits=-7, params={"num_leaves": 3})))
    assert (
        loaded.get_params()
        == CustomThresholdLGBM(n_splits=-7, params={"num_leaves": 3}).get_params()
    )
    assert not loaded.__sklearn_is_fitted__()


LOAD_ELSEWHERE = """
import sys
for absent in ("sklearn", "pandas", "polars", "credit_scoring"):
    sys.modules[absent] = None
import pickle
import numpy as np
model = pickle.loads(open("model.pkl", "rb").read())
matrix = np.load("matrix.npy")
rows = np.array([model.row_probability(row) for row in matrix])
assert (rows == model.matrix_probability(matrix)).all()
np.save("answers.npy", rows)
assert sys.modules["sklearn"] is None
"""


def test_a_pickle_loads_without_scikit_learn_pandas_and_polars_and_answers_the_same(
    model, X, tmp_path
):
    matrix = model.encode(X)
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(model, protocol=4))
    np.save(tmp_path / "matrix.npy", matrix)
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    subprocess.run(
        [sys.executable, "-c", LOAD_ELSEWHERE],
        cwd=tmp_path,
        env=environment,
        check=True,
        timeout=60,
    )
    np.testing.assert_array_equal(np.load(tmp_path / "answers.npy"), model.predict_proba(X)[:, 1])


def test_the_module_names_neither_the_project_nor_heavy_libraries_at_its_top():
    source = Path(custom_threshold_model.__file__).read_text()
    imported = set(re.findall(r"^(?:from|import) (\w+)", source, flags=re.MULTILINE))
    assert imported - sys.stdlib_module_names == {"lightgbm", "narwhals", "numpy"}


class Text(str):
    """A subclass of a built-in type, which a state may not hold."""

    __slots__ = ()


def altered(state, path, value):
    state = copy.deepcopy(state)
    *parents, last = path
    target = state
    for key in parents:
        target = target[key]
    target[last] = value
    return state


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["format"], 2, "format is 2: expected 1; retrain, or load it with its version"),
        (["format"], True, "format is True: expected 1"),
        (["extra"], 1, "expected the keys format, params, fitted"),
        (["params", "extra"], 1, "params is .*: expected the constructor's parameters"),
        (["params"], None, "params is None: expected the constructor's parameters"),
        (
            ["params", "false_negative_cost"],
            -1.0,
            "false_negative_cost is -1.0: expected a number above 0",
        ),
        (["params", "false_negative_cost"], np.float64(10), "expected a state of dict, list"),
        (["params", "params"], {"num_leaves": (1,)}, "expected a state of dict, list"),
        (["fitted"], [], r"fitted is \[\]: expected None or what fit learned"),
        (["fitted", "extra"], 1, "expected the keys model, names"),
        (["fitted", "model"], 1, "model is 1: expected a LightGBM model as text"),
        (["fitted", "names"], ["a", "a"], "names is .*: expected distinct column names"),
        (["fitted", "names"], ["a", "b"], "names has 2 columns: expected the model's 8"),
        (["fitted", "names"], [Text("a")], "expected a state of dict, list"),
        (["fitted", "categories"], {"a": [1]}, "categories is .*: expected levels by column name"),
        (["fitted", "categories"], {"a": ["b"]}, "categories names other columns than names"),
        (
            ["fitted", "classes"],
            [1, 0],
            r"classes is \[1, 0\]: expected two labels in rising order",
        ),
        (["fitted", "classes"], [0, "1"], "classes is .*: expected two labels in rising order"),
        (["fitted", "threshold"], math.inf, "threshold is inf: expected a finite number"),
        (["fitted", "threshold"], 1, "threshold is 1: expected a finite number"),
        (["fitted", "threshold_interval"], [0.2, 0.1], "expected two finite numbers in order"),
        (["fitted", "threshold_interval"], [0.2], "expected two finite numbers in order"),
        (["fitted", "calibration"], [0.0, 1.0], "expected a slope above 0 and an intercept"),
        (["fitted", "calibration"], [1.0, math.nan], "expected a slope above 0 and an intercept"),
        (["fitted", "best_iteration"], 0, "best_iteration is 0: expected a whole number from 1"),
        (
            ["fitted", "best_iteration"],
            True,
            "best_iteration is True: expected a whole number from 1",
        ),
    ],
)
def test_a_state_with_anything_amiss_is_refused(model, path, value, message):
    state = altered(model.__getstate__(), path, value)
    with pytest.raises(ValueError, match=message):
        CustomThresholdLGBM.__new__(CustomThresholdLGBM).__setstate__(state)


# scikit-learn


def mean_cost(y, predicted):
    return 10 * ((y == 1) & (predicted == 0)).mean() + ((y == 0) & (predicted == 1)).mean()


def test_clone_copies_the_parameters_alone(model):
    copied = clone(model)
    assert copied.get_params() == model.get_params()
    with pytest.raises(Exception, match="not fitted"):
        check_is_fitted(copied)
    check_is_fitted(model)
    assert is_classifier(model)


def test_set_params_takes_known_names_alone():
    assert CustomThresholdLGBM().set_params(n_splits=4).n_splits == 4
    with pytest.raises(
        ValueError, match="cost is no parameter: expected one of false_negative_cost, "
    ):
        CustomThresholdLGBM().set_params(cost=1)


def test_repr_shows_the_parameters():
    assert eval(repr(small(n_splits=4))).get_params() == small(n_splits=4).get_params()  # noqa: S307


def test_cross_validation_scores_by_auc_by_cost_and_by_its_own_score(X, y):
    auc = cross_val_score(small(), X, y, cv=2, scoring="roc_auc")
    assert (auc > 0.7).all()
    cost = cross_val_score(
        small(), X, y, cv=2, scoring=make_scorer(mean_cost, greater_is_better=False)
    )
    np.testing.assert_allclose(cross_val_score(small(), X, y, cv=2), cost)


def test_grid_search_runs_in_two_processes(numbers):
    grid = {"false_negative_cost": np.array([5.0, 20.0])}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # joblib's own, on a machine short of cores
        search = GridSearchCV(small(), grid, cv=2, scoring="roc_auc", n_jobs=2).fit(*numbers)
    assert search.best_score_ > 0.7
    assert search.best_estimator_.false_negative_cost in grid["false_negative_cost"]


def test_pipeline_ends_with_it(numbers):
    matrix, y = numbers
    pipeline = make_pipeline(StandardScaler(), small()).fit(matrix, y)
    assert roc_auc_score(y, pipeline.predict_proba(matrix)[:, 1]) > 0.7
    assert clone(pipeline).fit(matrix, y).score(matrix, y) == pipeline.score(matrix, y)


def test_examples_in_docstrings_hold():
    result = doctest.testmod(custom_threshold_model)
    assert result.attempted > 0
    assert result.failed == 0
