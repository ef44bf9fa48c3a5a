"""Selection: the useful features, and a request that stays short."""

import dataclasses

import numpy as np
import pytest

from credit_scoring.training import feature_selection as module
from credit_scoring.training.feature_selection import MAX_INPUTS, select
from tests.training.learning_tasks import feature, problem


def selected(task, **changes):
    task = dataclasses.replace(task, **changes)
    return select(task.features, task.target, task.catalogue, task.seed)


def test_what_tells_the_risk_is_kept():
    assert {"risk", "level"} <= set(selected(problem(noise=3)))


def test_names_stand_in_catalogue_order():
    task = problem()
    names = selected(task)
    assert names == [f.name for f in task.catalogue if f.name in names]


def test_a_constant_tells_nothing_and_is_left_out():
    task = problem(noise=2)
    constant = task.features.with_columns(noise_0=1.0)
    assert "noise_0" not in selected(task, features=constant)


def test_at_most_125_inputs_are_asked_for():
    assert MAX_INPUTS == 125
    task = problem(rows=600, noise=300)
    names = selected(task)
    asked = {source for f in task.catalogue if f.name in names for source in f.sources}
    assert len(asked) <= MAX_INPUTS
    assert len(asked) > MAX_INPUTS / 2


@pytest.mark.parametrize("most", [1, 2, 3, 5])
def test_the_inputs_of_ratios_count(monkeypatch, most):
    monkeypatch.setattr(module, "MAX_INPUTS", most)
    task = problem(noise=4)
    inputs = {"risk": ("a", "b", "c"), "level": ("c",), "noise_0": ("a", "b")}
    catalogue = [dataclasses.replace(f, inputs=inputs.get(f.name, ())) for f in task.catalogue]
    names = selected(task, catalogue=catalogue)
    asked = {source for f in catalogue if f.name in names for source in f.sources}
    assert 0 < len(asked) <= most
    assert ("risk" in names) <= (most >= 3)


def test_a_ratio_whose_inputs_are_asked_for_anyway_costs_nothing(monkeypatch):
    monkeypatch.setattr(module, "MAX_INPUTS", 2)
    task = problem(noise=0)
    ratio = task.features.with_columns(
        both=task.features["risk"] * 2 + task.features["level"].to_physical()
    )
    catalogue = [*task.catalogue, feature("both", inputs=("risk", "level"))]
    assert set(selected(task, features=ratio, catalogue=catalogue)) == {"risk", "level", "both"}


def test_only_the_rows_given_decide():
    task = problem()
    half = np.arange(300)
    other = task.target.copy()
    other[300:] = 1 - other[300:]
    assert task.select(half) == dataclasses.replace(task, target=other).select(half)


def test_the_same_seed_selects_the_same():
    assert selected(problem(noise=40)) == selected(problem(noise=40))
