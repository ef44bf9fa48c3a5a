"""Folds, held-out rows and samples are stratified, complete and the same for the same seed."""

import numpy as np
import pytest

from credit_scoring.training.folds import (
    FOLDS,
    split_held_out,
    stratified_folds,
    stratified_sample,
    training_folds,
)
from tests.training.learning_tasks import make_task

TARGET = make_task(rows=600).target


def test_folds_cover_every_row_once():
    splits = stratified_folds(TARGET, 4, seed=0)
    assert sorted(np.concatenate([fold_rows for _, fold_rows in splits])) == list(range(600))
    assert all(not set(fit_rows) & set(fold_rows) for fit_rows, fold_rows in splits)
    assert np.ptp([TARGET[fold_rows].mean() for _, fold_rows in splits]) < 0.01


def test_training_folds_leave_out_held_out_rows():
    training, held_out = split_held_out(TARGET, seed=0)
    splits = training_folds(TARGET, training, seed=0)
    assert len(splits) == FOLDS
    predicted = np.concatenate([fold_rows for _, fold_rows in splits])
    assert np.array_equal(np.sort(predicted), training)
    assert not set(predicted) & set(held_out)


@pytest.mark.parametrize("seed", range(3))
def test_rows_of_a_group_stay_on_one_side(seed):
    """Every loan has one to four rows, in any order."""
    rng = np.random.default_rng(seed)
    groups = rng.permutation(np.repeat(np.arange(600), rng.integers(1, 5, 600)))
    target = TARGET[groups]
    training, held_out = split_held_out(target, seed, None, groups)
    splits = [
        (training, held_out),
        *stratified_folds(target, FOLDS, seed, groups),
        *training_folds(target, training, seed, groups),
    ]
    for fit_rows, other_rows in splits:
        assert not set(groups[fit_rows]) & set(groups[other_rows])
        assert abs(target[other_rows].mean() - target.mean()) < 0.06
    assert len(training) + len(held_out) == len(groups)
    parts = [other_rows for _, other_rows in splits[1 : 1 + FOLDS]]
    assert sorted(np.concatenate(parts)) == list(range(len(groups)))


def test_groups_of_one_row_split_as_rows_do():
    groups = np.arange(600)
    for one, other in zip(
        stratified_folds(TARGET, 4, 0), stratified_folds(TARGET, 4, 0, groups), strict=True
    ):
        assert all(map(np.array_equal, one, other))


def test_sample_keeps_the_default_rate():
    sample = stratified_sample(TARGET, 300, seed=0)
    assert len(set(sample)) == 300
    assert abs(TARGET[sample].mean() - TARGET.mean()) < 0.005
    assert np.array_equal(sample, stratified_sample(TARGET, 300, seed=0))
