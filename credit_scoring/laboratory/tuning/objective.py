"""How a set of parameters is judged: its log-loss out of fold, on the training rows alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.laboratory.experiment import coded
from credit_scoring.laboratory.result_cache import Kept, key_of
from credit_scoring.progress import ReportProgress
from credit_scoring.training.cross_validation import (
    ONE_THREAD,
    LearningTask,
    Rows,
    split_held_out,
    task_folds,
)
from custom_threshold_model import CustomThresholdLGBM

# Decided while rows are put into bins, which is done once for all tries.
BINNED = {"max_bin": 255, "feature_pre_filter": False}
MOST_ROUNDS = 3000


@dataclass(frozen=True)
class Fold:
    """The rows to learn from and those to judge on, in LightGBM's bins, with the features selected on the former."""

    learn: lgb.Dataset
    judge: lgb.Dataset


def prepare(problem: LearningTask, kept: Kept, report: ReportProgress) -> list[Fold]:
    """The folds of the training rows, each with its own selection; what is selected is kept.

    The rows that `train` with the same seed holds out are in none of them.
    """
    training, _ = split_held_out(problem)
    splits = task_folds(problem, training)
    folds = []
    for done, (rows, others) in enumerate(splits):
        report(done, len(splits))
        folds.append(_fold(problem, rows, others, _selected(problem, rows, kept)))
    report(len(splits), len(splits))
    return folds


def _selected(problem: LearningTask, rows: Rows, kept: Kept) -> list[str]:
    if problem.chosen:
        return list(problem.chosen)
    name = f"selected-{key_of(rows=rows.tolist())}"
    return list(
        map(str, kept.once(name, lambda: {"names": np.array(problem.select(rows))})["names"])
    )


def _fold(problem: LearningTask, rows: Rows, others: Rows, names: list[str]) -> Fold:
    features = problem.features.select(names)
    categories = [i for i, dtype in enumerate(features.dtypes) if dtype == pl.Enum]
    params: dict[str, Any] = {**BINNED, **ONE_THREAD, "verbosity": -1, "force_col_wise": True}
    learn = lgb.Dataset(
        coded(features[rows]),
        problem.target[rows],
        categorical_feature=categories,
        params=params,
        free_raw_data=False,
    )
    judge = learn.create_valid(coded(features[others]), problem.target[others], params=params)
    return Fold(learn.construct(), judge.construct())


def log_losses(folds: list[Fold], params: Mapping[str, Any], seed: int) -> Iterator[float]:
    """The mean log-loss over the first fold, the first two, …, each at the number of rounds best for all of them.

    So does a fit stop its own folds.
    """
    curves: list[NDArray[np.float64]] = []
    for fold in folds:
        curves.append(_curve(fold, params, seed))
        longest = max(map(len, curves))
        padded = [np.pad(curve, (0, longest - len(curve)), mode="edge") for curve in curves]
        yield float(np.min(np.mean(padded, axis=0)))


def _curve(fold: Fold, params: Mapping[str, Any], seed: int) -> NDArray[np.float64]:
    """The log-loss after each round, until it has not fallen for as long as early stopping waits."""
    model = CustomThresholdLGBM(params={**params, **BINNED, **ONE_THREAD}, random_state=seed)
    settings = {**model.lightgbm_params(), "num_iterations": MOST_ROUNDS}
    history: dict[str, Any] = {}
    lgb.train(
        settings, fold.learn, valid_sets=[fold.judge], callbacks=[lgb.record_evaluation(history)]
    )
    return np.array(history["valid_0"]["binary_logloss"])
