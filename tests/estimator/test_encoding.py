"""Tables of every kind become the matrix that the trees see."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest

from credit_scoring.estimator.encoding import (
    UnseenCategoryWarning,
    as_table,
    category_levels,
    encode_table,
)
from tests.estimator.small_model import INCOME_TYPES, as_pandas, small_model


def test_pandas_and_polars_fit_the_same_model(data, model, X, y):
    frame = as_pandas(data[0])
    assert pickle.dumps(small_model().fit(frame, pd.Series(y))) == pickle.dumps(model)
    np.testing.assert_array_equal(model.predict_proba(frame), model.predict_proba(X))


def test_numpy_pandas_and_polars_predict_the_same(numbers):
    matrix, y = numbers
    names = ["x0", "x1", "x2", "x3"]
    expected = small_model().fit(matrix, y)
    assert expected.feature_names_in_.tolist() == names
    for frame in (pd.DataFrame(matrix, columns=names), pl.DataFrame(matrix, schema=names)):
        np.testing.assert_array_equal(expected.predict_proba(frame), expected.predict_proba(matrix))
        np.testing.assert_array_equal(
            small_model().fit(frame, y).predict(frame), expected.predict(matrix)
        )


def test_declared_levels_come_before_present_ones(model):
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
def test_every_category_dtype_is_encoded_alike(column):
    frame = {"c": column}
    table, names = as_table(
        pd.DataFrame(frame) if isinstance(column, pd.Series) else pl.DataFrame(frame)
    )
    levels = category_levels(table, names)
    assert levels == {"c": ("a", "b")}
    codes = encode_table(table, names, levels)
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
def test_booleans_and_numbers_become_float64(column):
    frame = (
        pd.DataFrame({"c": column})
        if isinstance(column, pd.Series)
        else pl.DataFrame({"c": column})
    )
    codes = encode_table(*as_table(frame), {})
    np.testing.assert_array_equal(codes, [[1.0], [np.nan], [0.0]])


def test_unseen_levels_become_missing_with_a_warning(model, X):
    few = X.head(5)
    odd = few.with_columns(region=pl.Series(["n", "west", "west", None, "e"]))
    with pytest.warns(
        UnseenCategoryWarning, match=r"column region has levels .*: 'west' \(2\), 'e' \(1\)"
    ):
        codes = model.encode(odd)
    np.testing.assert_array_equal(codes[:, 7], [0.0, np.nan, np.nan, np.nan, np.nan])


def test_a_declared_level_absent_from_training_is_known(model, X):
    model.encode(
        X.head(2).with_columns(pl.lit("Pensioner").cast(pl.Enum(INCOME_TYPES)).alias("income type"))
    )


def test_a_column_without_values_fits_either_kind(model, X):
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
def test_other_columns_are_refused_with_a_diff(numbers, columns, diff):
    matrix, y = numbers
    fitted = small_model().fit(pl.DataFrame(matrix[:, :3], schema=["a", "b", "c"]), y)
    frame = pd.DataFrame(np.zeros((2, len(columns))), columns=columns)
    with pytest.raises(ValueError, match="X has other columns than the model") as caught:
        fitted.predict_proba(frame)
    assert str(caught.value).splitlines()[1:] == diff


def test_an_array_without_names_causes_a_warning(numbers):
    matrix, y = numbers
    fitted = small_model().fit(pl.DataFrame(matrix, schema=["a", "b", "c", "d"]), y)
    with pytest.warns(
        UserWarning, match="X does not have valid feature names, but CustomThresholdLGBM"
    ):
        codes = fitted.encode(matrix)
    np.testing.assert_array_equal(codes, matrix)
    with pytest.raises(ValueError, match=r"X has 3 features, but .* is expecting 4"):
        fitted.encode(matrix[:, :3])


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


def test_an_array_cannot_replace_categories(model):
    with (
        pytest.warns(UserWarning, match="valid feature names"),
        pytest.raises(TypeError, match="income type"),
    ):
        model.predict(np.zeros((2, 8)))
