"""Stratified folds, the held-out rows and stratified samples: the same rows for the same seed."""

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold, train_test_split

from credit_scoring.estimator.labels import first_rows

Rows = NDArray[np.intp]
Split = tuple[Rows, Rows]  # the rows to fit on, and the rows to predict
Target = NDArray[np.int8]
Groups = NDArray[np.int64]  # of each row; rows of one group have one outcome and share a side

FOLDS = 5
HELD_OUT_SHARE = 0.2
MIN_CLASS_ROWS = 50  # of the rarer outcome, to train on or to evaluate later applicants


def split_held_out(
    target: Target, seed: int, held_out_rows: Rows | None = None, groups: Groups | None = None
) -> Split:
    """Return the training rows and the rows that no choice may use, ascending.

    The latter are `held_out_rows`, or a random HELD_OUT_SHARE.
    """
    all_rows = np.arange(len(target))
    if held_out_rows is not None:
        return np.setdiff1d(all_rows, held_out_rows), np.sort(held_out_rows)
    if groups is not None:
        first, group = first_rows(groups)
        return _all_rows(split_held_out(target[first], seed), group)
    training, held_out = train_test_split(
        all_rows, test_size=HELD_OUT_SHARE, stratify=target, random_state=seed
    )
    return np.sort(training), np.sort(held_out)


def stratified_folds(
    target: Target, folds: int, seed: int, groups: Groups | None = None
) -> list[Split]:
    """Return one split per fold; folds are equal in default rate and cover every row once."""
    if groups is not None:
        first, group = first_rows(groups)
        return [_all_rows(split, group) for split in stratified_folds(target[first], folds, seed)]
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    return list(splitter.split(target, target))


def _all_rows(split: Split, group: Rows) -> Split:
    """Return the rows of a split of groups, ascending."""
    fit_rows, other_rows = (np.flatnonzero(np.isin(group, part)) for part in split)
    return fit_rows, other_rows


def training_folds(
    target: Target, training: Rows, seed: int, groups: Groups | None = None
) -> list[Split]:
    """Return the FOLDS splits of the training rows, as positions among all rows."""
    own_groups = None if groups is None else groups[training]
    splits = stratified_folds(target[training], FOLDS, seed, own_groups)
    return [(training[fit_rows], training[fold_rows]) for fit_rows, fold_rows in splits]


def stratified_sample(target: Target, size: int, seed: int) -> Rows:
    """Return `size` rows with the default rate of all rows, ascending."""
    all_rows = np.arange(len(target))
    sample, _ = train_test_split(all_rows, train_size=size, stratify=target, random_state=seed)
    return np.sort(sample)
