"""Feature selection keeps the informative features and limits the inputs of a request."""

import dataclasses

import numpy as np
import polars as pl
import pytest

from credit_scoring.training import feature_selection
from credit_scoring.training.feature_selection import (
    MAX_INPUTS,
    select_by_gain,
    to_matrix,
    within_common_limit,
)
from tests.training.learning_tasks import make_feature, make_task


def select(task, **changes):
    task = dataclasses.replace(task, **changes)
    return select_by_gain(task.features, task.target, task.catalogue, [task.seed])[0]


def inputs_of(names, catalogue):
    return {source for feature in catalogue if feature.name in names for source in feature.sources}


def test_informative_features_are_kept():
    assert {"risk", "level"} <= set(select(make_task(noise=3)))


def test_names_are_in_catalogue_order():
    task = make_task()
    names = select(task)
    assert names == [feature.name for feature in task.catalogue if feature.name in names]


def test_constant_features_are_dropped():
    task = make_task(noise=2)
    constant = task.features.with_columns(noise_0=1.0)
    assert "noise_0" not in select(task, features=constant)


@pytest.mark.parametrize(("columns", "share"), [(2, 1.0), (20, 0.25), (100, 0.05), (300, 0.05)])
def test_a_tree_of_a_narrow_table_sees_five_columns(columns, share):
    assert feature_selection.ranking_params(columns)["feature_fraction"] == share


def test_at_most_125_inputs_are_needed():
    assert MAX_INPUTS == 125
    task = make_task(rows=600, noise=300)
    inputs = inputs_of(select(task), task.catalogue)
    assert MAX_INPUTS / 2 < len(inputs) <= MAX_INPUTS


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_inputs_of_ratios_count(monkeypatch, limit):
    monkeypatch.setattr(feature_selection, "MAX_INPUTS", limit)
    task = make_task(noise=4)
    inputs = {"risk": ("a", "b", "c"), "level": ("c",), "noise_0": ("a", "b")}
    catalogue = [
        dataclasses.replace(feature, inputs=inputs.get(feature.name, ()))
        for feature in task.catalogue
    ]
    names = select(task, catalogue=catalogue)
    assert 0 < len(inputs_of(names, catalogue)) <= limit
    assert ("risk" in names) <= (limit >= 3)


def test_a_ratio_of_selected_inputs_is_free(monkeypatch):
    monkeypatch.setattr(feature_selection, "MAX_INPUTS", 2)
    task = make_task(noise=0)
    ratio = task.features.with_columns(
        both=task.features["risk"] * 2 + task.features["level"].to_physical()
    )
    catalogue = [*task.catalogue, make_feature("both", inputs=("risk", "level"))]
    assert set(select(task, features=ratio, catalogue=catalogue)) == {"risk", "level", "both"}


def test_other_rows_do_not_influence_selection():
    task = make_task()
    half = np.arange(300)
    target = task.target.copy()
    target[300:] = 1 - target[300:]
    assert task.select(half) == dataclasses.replace(task, target=target).select(half)


def test_each_booster_has_its_own_features_within_the_limit_together():
    task = make_task(rows=600, noise=300)
    lists = task.select(np.arange(600))
    assert len(lists) == task.n_boosters
    assert len({tuple(names) for names in lists}) == task.n_boosters
    inputs = inputs_of({name for names in lists for name in names}, task.catalogue)
    assert MAX_INPUTS / 2 < len(inputs) <= MAX_INPUTS
    assert inputs_of(set(task.select_together(np.arange(600))), task.catalogue) == inputs


def test_boosters_that_cannot_have_own_features_share_those_of_the_first():
    """One input in all, and three rankings that begin with other features."""
    rankings = [[make_feature(name)] for name in ("a", "b", "c")]
    assert within_common_limit(rankings, 1) == [["a"], ["a"], ["a"]]
    assert within_common_limit(rankings, 3) == [["a"], ["b"], ["c"]]


def test_same_seed_selects_the_same():
    assert select(make_task(noise=40)) == select(make_task(noise=40))


def test_matrix_codes_levels_in_contract_order():
    frame = pl.DataFrame(
        {"x": [1.5, None, 3.0], "level": ["a", "b", None]},
        schema={"x": pl.Float32, "level": pl.Enum(["b", "a"])},
    )
    expected = np.array([[1.5, 1], [np.nan, 0], [3, np.nan]], np.float32)
    np.testing.assert_array_equal(to_matrix(frame), expected)
