"""The option --shift: what is refused, and what the weights do."""

import re

import numpy as np
import polars as pl
import pytest

from credit_scoring.errors import SettingError
from credit_scoring.laboratory.simulation.shift import (
    parse_shifts,
    require_numbers,
    shifted_weights,
)


def test_sizes_are_read_by_feature():
    shifts = parse_shifts(["EXT_SOURCE_2:-0.5", "a:b:1"])
    assert shifts == {"EXT_SOURCE_2": -0.5, "a:b": 1.0}


@pytest.mark.parametrize(
    "text", ["EXT_SOURCE_2", "EXT_SOURCE_2:", ":1", "EXT_SOURCE_2:nan", "x:much"]
)
def test_text_without_feature_or_size_is_refused(text):
    with pytest.raises(SettingError, match=re.escape(f"--shift is {text}: expected FEATURE:SIZE")):
        parse_shifts([text])


def test_feature_may_be_named_once():
    with pytest.raises(SettingError, match="names AMT_CREDIT twice"):
        parse_shifts(["AMT_CREDIT:1", "AMT_CREDIT:2"])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("EXT_SORCE_2", r"which the model does not have \(did you mean EXT_SOURCE_2\?\)"),
        ("ORGANIZATION_TYPE", "a category: only a number has a mean"),
    ],
)
def test_only_numbers_of_the_model_can_move(population, name, message):
    with pytest.raises(SettingError, match=f"--shift names {name}, {message}"):
        require_numbers({name: 1.0}, population.table.catalogue)


def test_impossible_shift_names_the_largest_that_is_possible(population):
    with pytest.raises(SettingError, match="largest shift that is possible is") as error:
        shifted_weights(population.table, {"EXT_SOURCE_2": -2, "EXT_SOURCE_3": -4})
    largest = parse_shifts(re.findall(r"--shift (\S+:\S+)", str(error.value)))
    assert largest["EXT_SOURCE_3"] == pytest.approx(2 * largest["EXT_SOURCE_2"], abs=0.02)
    assert largest["EXT_SOURCE_2"] < -0.2
    shifted_weights(population.table, largest)


def test_constant_cannot_move(population):
    features = population.table.features.with_columns(pl.lit(1.0).alias("AMT_CREDIT"))
    table = type(population.table)(
        population.table.applicant, features, None, population.table.catalogue
    )
    with pytest.raises(SettingError, match="AMT_CREDIT, which has one value for all"):
        shifted_weights(table, {"AMT_CREDIT": 1.0})


def test_shift_of_whole_numbers_with_a_long_tail(population):
    weights = shifted_weights(population.table, {"AMT_CREDIT": 0.5, "DAYS_EMPLOYED": -0.3})
    column = population.table.features["AMT_CREDIT"].to_numpy().astype(float)
    assert (weights @ column - column.mean()) / column.std() == pytest.approx(0.5)
    assert np.all(weights > 0)
