"""Tables and labels that cannot be used are refused with an error that names them."""

import math
from datetime import date

import numpy as np
import pandas as pd
import polars as pl
import pytest

from tests.estimator.small_model import ROWS, small_model


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
def test_labels_other_than_two_classes_are_refused(X, y, message):
    with pytest.raises(ValueError, match=message):
        small_model().fit(X, y)


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (np.zeros(ROWS), ValueError, "X is a ndarray of 1 dimensions: expected a table"),
        (pd.Series(np.zeros(ROWS)), ValueError, "X is a Series of 1 dimensions: expected a table"),
        (np.zeros((0, 3)), ValueError, r"X has 0 sample\(s\) \(shape=\(0, 3\)\) while"),
        (
            pl.DataFrame({"a": []}),
            ValueError,
            r"X has 0 sample\(s\) \(shape=\(0, 1\)\) while a minimum of 1 is required",
        ),
        (
            np.full((ROWS, 1), "a"),
            TypeError,
            "X is an array of <U1: expected numbers, or a data frame",
        ),
        (pd.DataFrame(np.zeros((ROWS, 2)), columns=["a", "a"]), ValueError, "(?s)unique.*'a'"),
        (
            pd.DataFrame(np.zeros((ROWS, 2)), columns=[0.5, "a"]),
            TypeError,
            r"X has the column names \[0.5, 'a'\]: expected text or whole numbers",
        ),
        (
            np.full((ROWS, 1), 1j),
            ValueError,
            "Complex data not supported: X is an array of complex numbers",
        ),
        (
            pl.DataFrame({"when": [date(2024, 1, 1)] * ROWS}),
            TypeError,
            "column when is Date: expected numbers",
        ),
        (pl.DataFrame({"list": [[1]] * ROWS}), TypeError, "column list is List"),
        (pd.DataFrame({"mixed": ["a", 1] * (ROWS // 2)}), TypeError, "column mixed is Object"),
        (
            pd.DataFrame({"c": pd.Categorical([(1,), (2,)] * (ROWS // 2))}),
            TypeError,
            r"column c has the levels \[\(1,\), \(2,\)\]: expected text or numbers",
        ),
        (pl.DataFrame({"debt": [math.inf] * ROWS}), ValueError, "column debt holds infinity"),
        (np.full((ROWS, 2), -math.inf), ValueError, "column x0, x1 holds infinity"),
    ],
)
def test_unusable_tables_are_refused_by_name(X, error, message, y):
    with pytest.raises(error, match=message):
        small_model().fit(X, y)
