"""The ranking puts informative features first, and recognises noise and duplicates."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr

from credit_scoring.errors import FeatureError
from credit_scoring.laboratory.selection.rank_features import DUPLICATE, KEPT, NOISE, rank_features
from credit_scoring.training.folds import stratified_folds
from tests.laboratory.selection_runs import EFFORT, task_with_duplicates
from tests.training.learning_tasks import make_task

ALIKE = {"risk", "cubed", "inverted"}


def all_rows(task):
    return np.arange(len(task.target))


@pytest.fixture(scope="module")
def task():
    return task_with_duplicates()


@pytest.fixture(scope="module")
def ranking(task):
    return rank_features(task, all_rows(task), EFFORT)


@pytest.fixture(scope="module")
def rows(ranking):
    """The ranking's rows by feature name, in order."""
    return {
        name: {key: ranking[key][place] for key in ranking}
        for place, name in enumerate(ranking["name"].tolist())
    }


def test_informative_features_come_first(rows):
    kept = [name for name, row in rows.items() if row["verdict"] == KEPT]
    assert kept[0] in ALIKE
    assert "level" in kept


def test_uninformative_features_are_noise(rows):
    verdicts = [row["verdict"] for name, row in rows.items() if name.startswith("noise")]
    assert verdicts.count(NOISE) >= 5


def test_best_of_duplicates_is_kept(task, rows):
    (best,) = [name for name in ALIKE if rows[name]["verdict"] != DUPLICATE]
    for name in ALIKE - {best}:
        assert rows[name]["twin"] == best
        both = task.features.select(name, best).drop_nulls()
        correlation = abs(spearmanr(both).statistic)
        assert rows[name]["correlation"] == pytest.approx(correlation, abs=0.01)


def test_constant_is_not_ranked(ranking):
    assert "constant" not in ranking["name"]


def test_permuting_noise_costs_little(ranking, rows):
    noise = [abs(row["permutation"]) for name, row in rows.items() if name.startswith("noise")]
    assert rows[ranking["name"][0]]["permutation"] > 5 * max(noise)


def test_verdict_compares_gain_with_shuffled_outcome(rows):
    for row in rows.values():
        if row["verdict"] != DUPLICATE:
            assert (row["gain"] > row["noise"]) == (row["verdict"] == KEPT)


def test_other_rows_change_nothing(task):
    fit_rows, other_rows = stratified_folds(task.target, 2, task.seed)[0]
    changed = np.isin(all_rows(task), other_rows)
    numbers = pl.col(pl.Float32)
    features = task.features.with_columns(
        pl.when(pl.Series(changed)).then(1e6).otherwise(numbers).cast(pl.Float32).name.keep()
    )
    target = np.where(changed, 1 - task.target, task.target).astype(np.int8)
    expected = rank_features(task, fit_rows, EFFORT)
    ranking = rank_features(replace(task, features=features, target=target), fit_rows, EFFORT)
    assert ranking.keys() == expected.keys()
    assert all(np.array_equal(ranking[name], expected[name]) for name in expected)


def test_only_constant_features_are_an_error():
    task = make_task(rows=300, noise=1)
    constant = task.features.with_columns(
        pl.col(pl.Float32) * 0.0, level=pl.lit("low", task.features["level"].dtype)
    )
    message = r"no feature predicts the outcome better .* in 300 rows: add rows or columns"
    with pytest.raises(FeatureError, match=message):
        rank_features(replace(task, features=constant), all_rows(task), EFFORT)
