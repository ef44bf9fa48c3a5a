"""Texts of a lender's file are read by the schema; every scoring path knows all sentinels."""

import math

import polars as pl
import pytest

from credit_scoring.batch.validate_block import BlockValidator
from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.errors import RequestError
from credit_scoring.features.feature import Feature
from credit_scoring.scoring.row_encoder import RowEncoder
from credit_scoring.scoring.validation.feature_schema import RequestSchema

AMOUNT = Feature("amount", "loans", "amount", "currency", 0, 1e6, decimal=",", missing=("n.d.",))
DELAY = Feature("delay", "loans", "delay", "number", 0, 80, whole=True, sentinel=(-9, -8))
RATE = Feature("rate", "loans", "rate", "percent", 0, 100)
FEATURES = [ModelFeature(feature, "input", nullable=True) for feature in (AMOUNT, DELAY, RATE)]
FRAME = pl.DataFrame({"amount": ["1,5", "2"], "delay": ["3", "4"], "rate": ["5", "6.5"]})
REQUEST = {"amount": 1.5, "delay": 3, "rate": 5}


def validate(**cells):
    frame = FRAME.with_columns(**{name: pl.Series([cell, "1"]) for name, cell in cells.items()})
    return BlockValidator(FEATURES).validate(frame, pl.Series("row", [1, 2]))


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("amount", "1.234,5", 1234.5),
        ("amount", "1.234", 1234),
        ("amount", "1 234,5 €", 1234.5),
        ("amount", "8,3E-05", 8.3e-05),
        ("amount", "n.d.", None),
        ("amount", "#DIV/0!", None),
        ("amount", " (null) ", None),
        ("delay", "-9", -9),
        ("delay", "7.0", 7),
        ("rate", "12%", 12),
        ("rate", "12.5 %", 12.5),
        ("rate", "unknown", None),
    ],
)
def test_text_is_read_as_the_training_read_it(name, text, value):
    valid = validate(**{name: text})
    assert valid.rejected == []
    assert valid.features[name][0] == value


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("amount", "12O,5", 'amount is "12O,5"'),
        ("rate", "1.234,5", 'rate is "1.234,5"'),
        ("rate", "(5)", "rate is -5"),
        ("delay", "-7", "delay is -7"),
        ("delay", "n.v.", 'delay is "n.v."'),
    ],
)
def test_other_text_is_rejected(name, text, reason):
    (rejection,) = validate(**{name: text}).rejected
    assert rejection.reason.startswith(reason)


@pytest.mark.parametrize("code", [-9, -8])
def test_every_sentinel_of_a_request_is_missing(code):
    schema = RequestSchema(FEATURES)
    request = {**REQUEST, "delay": code}
    assert schema.validate(request) == request
    valid, numbers = schema.batch_validator.certainly_valid([request, REQUEST])
    assert valid == [True, True]
    assert numbers is not None
    encoder = RowEncoder(FEATURES, ["amount", "delay", "rate"])
    assert math.isnan(encoder.row(request)[1])
    assert math.isnan(encoder.matrix([request, REQUEST], numbers)[0][1])
    assert encoder.row(REQUEST)[1] == 3


def test_other_numbers_and_texts_of_files_are_no_marks_of_a_request():
    schema = RequestSchema(FEATURES)
    for wrong in ({"delay": -7}, {"amount": "n.d."}):
        with pytest.raises(RequestError):
            schema.validate({**REQUEST, **wrong})
        assert schema.batch_validator.certainly_valid([{**REQUEST, **wrong}])[0] == [False]


def test_manifest_keeps_the_marks():
    for feature in (AMOUNT, DELAY, RATE):
        assert Feature.from_dict(feature.as_dict()) == feature
    assert (AMOUNT.as_dict()["decimal"], DELAY.as_dict()["sentinel"]) == (",", [-9, -8])
    assert "decimal" not in RATE.as_dict()
