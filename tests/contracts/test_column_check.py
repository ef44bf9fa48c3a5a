"""The check of a column: every engine agrees with the check of one value."""

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
import pytest

from credit_scoring.contracts.column_check import (
    in_range,
    is_known_level,
    is_whole,
    null_if_sentinel,
)
from credit_scoring.contracts.contract import contracts
from credit_scoring.contracts.scalar_check import is_valid, missing_marks
from credit_scoring.features.feature import Feature

NUMBERS = [-1.0, 0.0, 1e-10, 1.0, 2.9999999999, 1.5, 2.0, 5.0, 5.5, 99.0, 1e30, -1e30, 1e31]
TEXTS = ["M", "F", "m", "XNA", ""]
GENDER = contracts()["application"]["CODE_GENDER"]
FEATURES = [
    Feature("value", "loans", "A rating.", minimum=1, maximum=5, whole=True, sentinel=99),
    Feature("value", "loans", "A score.", minimum=0),
    Feature("value", "loans", "A balance."),
    Feature("value", "loans", "An amount.", minimum=0, exclusive_minimum=True),
]


def validity(values, feature):
    """Whether values without marks obey the range, and are whole if they must be."""
    return in_range(values, feature) & (is_whole(values) | (not feature.whole))


@pytest.mark.parametrize("feature", FEATURES)
def test_range_and_wholeness_agree_with_the_scalar_check(feature):
    expected = [is_valid(value, feature) for value in NUMBERS]
    frame = pl.DataFrame({"value": NUMBERS})
    narwhals_frame = nw.from_native(frame)
    assert validity(np.array(NUMBERS), feature).tolist() == expected
    assert frame.select(validity(pl.col("value"), feature))["value"].to_list() == expected
    assert narwhals_frame.select(validity(nw.col("value"), feature))["value"].to_list() == expected


@pytest.mark.parametrize("feature", FEATURES)
def test_sentinel_becomes_null_in_every_engine(feature):
    expected = [None if value in missing_marks(feature) else value for value in NUMBERS]
    frame = pl.DataFrame({"value": NUMBERS})
    assert (
        frame.select(null_if_sentinel(pl.col("value"), feature, pl.when))["value"].to_list()
        == expected
    )
    narwhals_values = null_if_sentinel(nw.col("value"), feature, nw.when)
    assert nw.from_native(frame).select(narwhals_values)["value"].to_list() == expected


def test_known_levels_are_levels_and_marks_in_every_engine():
    expected = [text in missing_marks(GENDER) or is_valid(text, GENDER) for text in TEXTS]
    frame = pl.DataFrame({"value": TEXTS})
    assert frame.select(is_known_level(pl.col("value"), GENDER))["value"].to_list() == expected
    assert (
        nw.from_native(frame).select(is_known_level(nw.col("value"), GENDER))["value"].to_list()
        == expected
    )


def test_nan_is_out_of_range_and_null_stays_null():
    values = pl.Series([float("nan"), float("inf"), None])
    assert in_range(values, FEATURES[2]).to_list() == [False, False, None]
    assert in_range(np.array([np.nan]), FEATURES[2]).tolist() == [False]
