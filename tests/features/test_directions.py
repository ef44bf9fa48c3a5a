"""The stated directions: of existing features, and ratios that agree with their inputs."""

import tomllib

import numpy as np
import pytest

from credit_scoring.features.catalogue import SIDE_TABLES, describe_feature, full_catalogue
from credit_scoring.features.definitions.row_ratios import ratios_by_name
from credit_scoring.features.definitions.side_table import DEFINITIONS
from credit_scoring.features.formula.arrays import compute_on_arrays

ROWS = 10_000
FEATURES = {feature.name: feature for feature in full_catalogue()}
DIRECTED = {name: feature.direction for name, feature in FEATURES.items() if feature.direction}
AGREEING = [
    (ratio.feature.name, name)
    for ratio in ratios_by_name().values()
    for name in ratio.formula.columns
    if ratio.feature.direction and name in DIRECTED
]


def test_external_scores_lower_the_risk_and_delays_raise_it():
    assert DIRECTED["EXT_SOURCE_2"] == DIRECTED["application_external_score_mean"] == "down"
    assert DIRECTED["instalments_late_mean"] == DIRECTED["bureau_days_overdue_max"] == "up"


def test_only_numbers_have_a_direction():
    assert not [name for name in DIRECTED if FEATURES[name].levels]


@pytest.mark.parametrize("table", SIDE_TABLES)
def test_every_stated_direction_is_of_a_feature_of_the_table(table):
    text = (DEFINITIONS / f"{table}.toml").read_text(encoding="utf-8")
    for name, direction in tomllib.loads(text).get("directions", {}).items():
        assert FEATURES[name].table == table
        assert FEATURES[name].direction == direction


def test_a_statistic_does_not_inherit_a_direction():
    assert FEATURES["instalments_late_mean"].direction == "up"
    assert FEATURES["instalments_late_sum"].direction is None


@pytest.mark.parametrize(("ratio", "name"), AGREEING, ids=[f"{r}-{n}" for r, n in AGREEING])
def test_a_ratio_moves_the_risk_as_its_input_does(ratio, name):
    """If the input rises, the ratio may only move to where the input moves the risk."""
    formula = ratios_by_name()[ratio].formula
    rng = np.random.default_rng(0)
    columns = {column: draw(FEATURES[column], rng) for column in formula.columns}
    low, high = np.sort([columns[name], draw(FEATURES[name], rng)], axis=0)
    change = compute_on_arrays(formula, columns | {name: high}) - compute_on_arrays(
        formula, columns | {name: low}
    )
    sign = 1 if DIRECTED[name] == DIRECTED[ratio] else -1
    assert not (sign * change < 0).any()


def draw(feature, rng):
    """Values in the feature's range, or of an open range up to 100."""
    low = 0.0 if feature.minimum is None else feature.minimum
    high = 100.0 if feature.maximum is None else feature.maximum
    return rng.uniform(low, high, ROWS).astype(np.float32)


def test_the_catalogue_says_the_direction():
    assert "a higher value never raises the estimated risk" in describe_feature(
        FEATURES["EXT_SOURCE_2"]
    )
