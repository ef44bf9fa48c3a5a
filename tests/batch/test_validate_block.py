"""Rows of a file are accepted and rejected as requests are, in the same words."""

import datetime as dt

import polars as pl
import pytest

from credit_scoring.batch.validate_block import BlockValidator
from credit_scoring.errors import RequestError, TableError
from credit_scoring.scoring.validation.feature_schema import RequestSchema
from tests.batch.applicants import applicants, with_value
from tests.serving.small_bundle import EXAMPLE, features

VALIDATOR = BlockValidator(features())
SCHEMA = RequestSchema(features())
# What a file has in a row, and what a request would have in its place.
INVALID = {
    "too high": ("EXT_SOURCE_2", 57.0, 57),
    "a fraction": ("CNT_CHILDREN", 1.5, 1.5),
    "negative": ("AMT_CREDIT", -1.0, -1),
    "zero": ("AMT_CREDIT", 0.0, 0),
    "infinite": ("EXT_SOURCE_2", float("inf"), float("inf")),
    "missing": ("AMT_CREDIT", None, None),
    "unknown level": ("ORGANIZATION_TYPE", "Bnk", "Bnk"),
    "missing level": ("NAME_CONTRACT_TYPE", None, None),
}
INVALID_TEXT = {
    "a word": ("EXT_SOURCE_2", "half", "half"),
    "two points": ("AMT_CREDIT", "1.2.3", "1.2.3"),
    "too high": ("EXT_SOURCE_2", "57", 57),
    "infinite": ("EXT_SOURCE_2", "inf", "inf"),
    "empty": ("AMT_CREDIT", "", None),
}


def validate(frame):
    rows = pl.Series("row", range(1, len(frame) + 1), pl.Int64)
    return VALIDATOR.validate(frame, rows, frame["SK_ID_CURR"].cast(pl.String))


def request_message(name, value):
    with pytest.raises(RequestError) as caught:
        SCHEMA.validate({**EXAMPLE, name: value})
    return [error.message for error in caught.value.errors]


def test_all_valid_rows_are_unchanged():
    frame = applicants(50)
    valid = validate(frame)
    assert valid.is_valid.all()
    assert valid.rejected == []
    assert (
        valid.features.to_dicts()
        == frame.drop("SK_ID_CURR")
        .select(valid.features.columns)
        .cast(dict(valid.features.schema))
        .to_dicts()
    )


@pytest.mark.parametrize("case", INVALID)
def test_invalid_values_are_rejected_in_the_words_of_a_request(case):
    name, value, requested = INVALID[case]
    valid = validate(with_value(applicants(5), 3, **{name: value}))
    assert valid.is_valid.to_list() == [True, True, False, True, True]
    assert [(each.row, each.identifier, each.field) for each in valid.rejected] == [
        (3, "100004", name)
    ]
    assert [each.reason for each in valid.rejected] == request_message(name, requested)
    assert len(valid.features) == 4


@pytest.mark.parametrize("case", INVALID_TEXT)
def test_invalid_texts_are_rejected_in_the_words_of_a_request(case):
    name, text, requested = INVALID_TEXT[case]
    frame = with_value(applicants(5).cast(pl.String), 2, **{name: text})
    (rejection,) = validate(frame).rejected
    assert [rejection.reason] == request_message(name, requested)
    assert rejection.row == 2


@pytest.mark.parametrize("mark", ["", "NA", " nan ", "NULL", "?"])
def test_texts_for_no_value_are_missing(mark):
    valid = validate(with_value(applicants(5).cast(pl.String), 2, EXT_SOURCE_2=mark))
    assert valid.rejected == []
    assert valid.features["EXT_SOURCE_2"].is_null().to_list() == [False, True, False, False, False]


@pytest.mark.parametrize("text", [" 0.5 ", "+0.5", "5e-1", ".5"])
def test_other_notations_of_a_number_are_read(text):
    valid = validate(with_value(applicants(5).cast(pl.String), 2, EXT_SOURCE_2=text))
    assert valid.features["EXT_SOURCE_2"][1] == 0.5


def test_sentinels_are_accepted_as_a_request_accepts_them():
    valid = validate(with_value(applicants(5), 2, DAYS_EMPLOYED=365_243))
    assert valid.rejected == []
    assert valid.features["DAYS_EMPLOYED"][1] == 365_243


def test_every_error_of_a_row_is_named():
    frame = with_value(applicants(3), 2, EXT_SOURCE_2=57.0, AMT_CREDIT=-1.0)
    assert {each.field for each in validate(frame).rejected} == {"EXT_SOURCE_2", "AMT_CREDIT"}


def test_32_bit_numbers_keep_their_values_and_are_shown_with_their_shortest_digits():
    frame = with_value(applicants(5), 2, EXT_SOURCE_2=1.1).cast({"EXT_SOURCE_2": pl.Float32})
    (rejection,) = validate(frame).rejected
    assert rejection.reason == "EXT_SOURCE_2 is 1.1: expected a number from 0 to 1"


def test_a_column_of_dates_is_refused_as_a_whole():
    frame = applicants(2).with_columns(EXT_SOURCE_2=pl.lit(dt.date(2026, 1, 1)))
    with pytest.raises(TableError, match="EXT_SOURCE_2 holds Date: expected numbers"):
        validate(frame)


def test_decimal_commas():
    validator = BlockValidator(features(), decimal_comma=True)
    frame = with_value(applicants(3).cast(pl.String), 2, EXT_SOURCE_2="0,5")
    valid = validator.validate(frame, pl.Series("row", [1, 2, 3]))
    assert valid.features["EXT_SOURCE_2"][1] == 0.5
