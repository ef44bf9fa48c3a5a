"""Features that drift are found by their PSI between the halves of the period, and left out."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from credit_scoring.errors import FeatureError
from credit_scoring.laboratory.selection.drifting_features import (
    feature_drift,
    later_half,
    without_drifting,
)
from tests.training.learning_tasks import LEVELS, make_task

ROWS = 3000
MONTH = np.random.default_rng(1).integers(0, 10, ROWS)
DATES = pl.Series([date(2015, 1 + month, 1) for month in MONTH.tolist()])


def drifting_task():
    """`noise_0` rises over the months, `noise_1` is more often missing, `level` shifts."""
    task = make_task(rows=ROWS, noise=3)
    later = pl.Series(MONTH >= 5)
    columns = {
        "noise_0": pl.col("noise_0") + 0.2 * pl.Series(MONTH),
        "noise_1": pl.when(~later | (pl.Series(MONTH) % 2 == 0)).then("noise_1"),
        "level": pl.when(later).then(pl.lit("high")).otherwise("level").cast(pl.Enum(LEVELS)),
    }
    features = task.features.with_columns(
        **{name: values.cast(task.features.schema[name]) for name, values in columns.items()}
    )
    return type(task)(features, task.target, task.catalogue, task.costs, task.seed)


def test_psi_without_drift_is_about_0():
    drift = feature_drift(make_task(rows=ROWS, noise=40).features, DATES)
    assert abs(np.mean(list(drift.values()))) < 0.003
    assert max(drift.values()) < 0.02


def test_drifting_features_are_left_out_the_largest_first():
    task, drifting = without_drifting(drifting_task(), DATES, 0.1)
    assert sorted(drifting) == ["level", "noise_0", "noise_1"]
    assert list(drifting.values()) == sorted(drifting.values(), reverse=True)
    assert task.features.columns == [f.name for f in task.catalogue] == ["risk", "noise_2"]


def test_nothing_is_left_out_below_the_limit():
    task, drifting = without_drifting(drifting_task(), DATES, 100)
    assert (drifting, task.features.width) == ({}, 5)


def test_halves_are_split_between_days():
    days = [date(2015, 1, day) for day in (1, 2, 2, 2, 3, 3)]
    assert later_half(pl.Series(days)).tolist() == [False] * 4 + [True] * 2
    assert later_half(pl.Series(days[:4])).tolist() == [False, True, True, True]


def test_a_single_time_is_refused():
    message = "all loans were applied for on 2015-01-01: --max-drift needs different times"
    with pytest.raises(FeatureError, match=message):
        later_half(pl.Series([date(2015, 1, 1)] * 3))


def test_a_limit_that_leaves_nothing_is_refused():
    with pytest.raises(FeatureError, match="every feature has a PSI above -1: raise --max-drift"):
        without_drifting(make_task(rows=ROWS), DATES, -1)
