"""The objective of the search: out-of-fold log-loss, on the training rows only."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np

from credit_scoring.progress import ReportProgress
from credit_scoring.training.cross_validation import ONE_THREAD, LearningTask
from credit_scoring.training.directions import monotone_params
from credit_scoring.training.feature_selection import category_positions, to_matrix
from credit_scoring.training.folds import Rows, Split, split_held_out, training_folds
from credit_scoring.training.metrics import Floats
from custom_threshold_model import CustomThresholdLGBM

# Parameters of the binning, which is done once for all trials.
BINNING_PARAMS = {"max_bin": 255, "feature_pre_filter": False}
MAX_ROUNDS = 3000
Select = Callable[[LearningTask, Rows], list[str]]


@dataclass(frozen=True)
class BinnedFold:
    """The training and validation rows of a fold in LightGBM's bins, with the selected features.

    `directions` are LightGBM's parameters that keep the features' directions.
    """

    training: lgb.Dataset
    validation: lgb.Dataset
    directions: Mapping[str, Any]


def bin_folds(task: LearningTask, select: Select, report: ReportProgress) -> list[BinnedFold]:
    """Return the folds of the training rows; `select` gives each fold's features.

    The rows that `train` holds out with the same seed are in none of them.
    """
    training, _ = split_held_out(task.target, task.seed, None, task.groups)
    splits = training_folds(task.target, training, task.seed, task.groups)
    folds = []
    for done, split in enumerate(splits, 1):
        folds.append(_bin_fold(task, split, select(task, split[0])))
        report(done, len(splits))
    return folds


def _bin_fold(task: LearningTask, split: Split, names: Sequence[str]) -> BinnedFold:
    fit_rows, fold_rows = split
    features = task.refitted(fit_rows).features.select(names)
    params: dict[str, Any] = {
        **BINNING_PARAMS, **ONE_THREAD, "verbosity": -1, "force_col_wise": True
    }  # fmt: skip
    training = lgb.Dataset(
        to_matrix(features[fit_rows]),
        task.target[fit_rows],
        categorical_feature=category_positions(features),
        params=params,
        free_raw_data=False,
    )
    validation = training.create_valid(
        to_matrix(features[fold_rows]), task.target[fold_rows], params=params
    )
    directions = monotone_params(names, task.catalogue)
    return BinnedFold(training.construct(), validation.construct(), directions)


def running_log_loss(
    folds: Sequence[BinnedFold], params: Mapping[str, Any], seed: int
) -> Iterator[float]:
    """Yield the mean log-loss over the first fold, the first two, and so on.

    Each is at the number of rounds that is best for all these folds, as in a fit of the estimator.
    """
    curves: list[Floats] = []
    for fold in folds:
        curves.append(_log_loss_by_round(fold, params, seed))
        longest = max(map(len, curves))
        padded = [np.pad(curve, (0, longest - len(curve)), mode="edge") for curve in curves]
        yield float(np.min(np.mean(padded, axis=0)))


def _log_loss_by_round(fold: BinnedFold, params: Mapping[str, Any], seed: int) -> Floats:
    """Return the log-loss after each round, until early stopping."""
    model = CustomThresholdLGBM(
        params={**params, **fold.directions, **BINNING_PARAMS, **ONE_THREAD}, random_state=seed
    )
    settings = {**model.lightgbm_params(), "num_iterations": MAX_ROUNDS}
    history: dict[str, Any] = {}
    record = lgb.record_evaluation(history)
    lgb.train(settings, fold.training, valid_sets=[fold.validation], callbacks=[record])
    return np.array(history["valid_0"]["binary_logloss"])
