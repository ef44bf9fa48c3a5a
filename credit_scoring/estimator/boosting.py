"""Boosting: LightGBM's parameters, the folds, and the fit with early stopping."""

import os
from difflib import get_close_matches
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from credit_scoring.estimator.labels import first_rows, rows_of_rarer_class
from credit_scoring.estimator.single_row import main_parameter_names
from credit_scoring.estimator.state import require
from credit_scoring.estimator.type_aliases import Floats, Progress

# fmt: off
# At a bagging_fraction of 0.5 or less, LightGBM copies the rows of each bag: twice the time.
DEFAULT_PARAMS: dict[str, Any] = {
    "num_iterations": 5000, "early_stopping_round": 100, "learning_rate": 0.05, "num_leaves": 4,
    "min_data_in_leaf": 40, "feature_fraction": 0.05, "bagging_fraction": 0.51, "bagging_freq": 1,
    "lambda_l2": 20.0, "extra_trees": True, "verbosity": -1,
}
# Calibration, TreeSHAP and repeatability depend on these. None: the estimator computes the value.
RESERVED_PARAMS: dict[str, Any] = {
    "objective": "binary", "metric": "binary_logloss", "boosting": "gbdt", "num_class": 1,
    "sigmoid": 1.0, "linear_tree": False, "deterministic": True, "force_col_wise": True,
    "force_row_wise": False, "seed": None, "categorical_feature": None,
}
# fmt: on


def merge_params(
    params: dict[str, Any] | None, seed: int, other_defaults: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Merge `params` over the defaults, each under LightGBM's main name.

    `other_defaults` replace some of DEFAULT_PARAMS.
    ValueError if a name is unknown, given twice or reserved for the estimator.
    """
    main_names = main_parameter_names()
    chosen: dict[str, Any] = {}
    for alias, value in (params or {}).items():
        name = _main_name(alias, main_names)
        is_free = name not in RESERVED_PARAMS or value == RESERVED_PARAMS[name]
        require(
            name not in chosen, f"params has {alias!r}: {name} is also given under another name"
        )
        require(
            is_free,
            f"params has {alias!r}: leave {name} to the estimator (the seed is random_state)",
        )
        chosen[name] = value
    fixed = {name: value for name, value in RESERVED_PARAMS.items() if value is not None}
    return {**DEFAULT_PARAMS, **(other_defaults or {}), **chosen, **fixed, "seed": seed}


def _main_name(alias: str, main_names: dict[str, str]) -> str:
    if alias in main_names or not main_names:
        return main_names.get(alias, alias)
    similar = get_close_matches(alias, sorted(main_names), n=1, cutoff=0.0)[0]
    raise ValueError(f"params has {alias!r}: LightGBM has no such parameter (similar: {similar})")


def deal_folds(
    target: Floats, n_splits: int, random_state: int, groups: NDArray[Any] | None = None
) -> NDArray[np.intp]:
    """Return each row's fold; the shuffled rows of each class are dealt in turn.

    Folds are therefore alike in size and default rate. Rows of one of the `groups` (n,), which
    have one target, share a fold.
    """
    if groups is not None:
        first, group = first_rows(groups)
        return deal_folds(target[first], n_splits, random_state)[group]
    rarer = rows_of_rarer_class(target)
    require(
        n_splits <= rarer,
        f"n_splits is {n_splits}: expected at most {rarer}, the rarer class's rows",
    )
    rng = np.random.default_rng(random_state)
    dealt = np.concatenate([rng.permutation(np.flatnonzero(target == label)) for label in (1, 0)])
    fold = np.empty(len(target), dtype=np.intp)
    fold[dealt] = np.arange(len(target)) % n_splits
    return fold


def fit_trees(
    data: lgb.Dataset,
    matrix: Floats,
    fold: NDArray[np.intp],
    params: dict[str, Any],
    progress: Progress,
) -> tuple[lgb.Booster, Floats]:
    """Return the booster fitted on all rows, and the out-of-fold raw scores (n,)."""
    splits = [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in np.unique(fold)]
    tree_params = dict(params)
    limit = int(tree_params.pop("num_iterations"))
    total = limit * (len(splits) + 1)

    def report(done: int, models: int) -> list[Any]:
        return [lambda env: progress(done + (env.iteration + 1) * models, total)]

    boosters, rounds = _cross_validate(tree_params, data, limit, splits, report(0, len(splits)))
    options = {"raw_score": True, "num_iteration": rounds, **thread_option(params)}
    raw_score = np.empty(len(matrix))
    for (_, held_out), booster in zip(splits, boosters, strict=True):
        raw_score[held_out] = booster.predict(matrix[held_out], **options)
    tree_params.pop("early_stopping_round")
    final = lgb.train(tree_params, data, rounds, callbacks=report(limit * len(splits), 1))
    progress(total, total)
    return final, raw_score


def _cross_validate(
    params: dict[str, Any], data: lgb.Dataset, limit: int, splits: list[Any], callbacks: list[Any]
) -> tuple[list[lgb.Booster], int]:
    """Return each fold's booster and the rounds with the lowest mean log-loss of all folds."""
    history: Any = lgb.cv(
        params, data, limit, folds=splits, return_cvbooster=True, callbacks=callbacks
    )
    rounds = 1 + int(np.argmin(history["valid binary_logloss-mean"]))
    return history["cvbooster"].boosters, rounds


def with_threads(params: dict[str, Any] | None, n_jobs: int | None) -> dict[str, Any]:
    """Return `params` with `n_jobs` threads; -1 is all processors, -2 all but one.

    ValueError if both give a number.
    """
    chosen = dict(params or {})
    if n_jobs is None:
        return chosen
    main_names = main_parameter_names()
    both = [alias for alias in chosen if main_names.get(alias, alias) == "num_threads"]
    require(not both, f"params has {both[:1]} and n_jobs is {n_jobs}: give one of them")
    return {**chosen, "num_threads": n_jobs if n_jobs > 0 else max(1, cpus() + 1 + n_jobs)}


def cpus() -> int:
    """Return the number of processors."""
    return os.cpu_count() or 1


def thread_option(params: dict[str, Any]) -> dict[str, Any]:
    """Return `num_threads` for a prediction, if `params` have it.

    LightGBM keeps one number for the whole process: a prediction with another number crashes a
    fit that runs at the same time.
    """
    return {name: params[name] for name in ("num_threads",) if name in params}
