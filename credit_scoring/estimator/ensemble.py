"""Several boosters with other seeds and columns, fitted in turn and merged into one model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from credit_scoring.estimator.boosting import fit_trees, merge_params, thread_option
from credit_scoring.estimator.merge_boosters import merge_boosters
from credit_scoring.estimator.shape_defaults import shape_defaults
from credit_scoring.estimator.state import require
from credit_scoring.estimator.type_aliases import Floats, Progress

SEED_STEP = 1_000_003  # between the seeds of two boosters
SEED_LIMIT = 2**31
COLUMN_PARAMS = ("monotone_constraints", "feature_contri", "max_bin_by_feature")


@dataclass(frozen=True)
class EncodedRows:
    """The rows to fit: `matrix` (n, k), `target` (n,), each row's fold, the category columns.

    `weight` (n,) is how much each row counts; None is once.
    """

    matrix: Floats
    target: Floats
    fold: NDArray[np.intp]
    categorical: Sequence[int]
    weight: Floats | None = None

    def dataset(self, columns: Sequence[int], params: dict[str, Any]) -> lgb.Dataset:
        """Return LightGBM's dataset of some columns, each under its name in the whole matrix."""
        names = [f"Column_{column}" for column in columns]
        categorical = [columns.index(column) for column in self.categorical if column in columns]
        return lgb.Dataset(
            self.matrix[:, columns], self.target, weight=self.weight, feature_name=names,
            categorical_feature=categorical, params=params,
        )  # fmt: skip


@dataclass(frozen=True)
class Ensemble:
    """The merged model's text, its number of trees, and the mean out-of-fold raw score (n,)."""

    model: str
    trees: int
    raw_score: Floats


def booster_seed(random_state: int, number: int) -> int:
    """Return the seed of a booster; that of the first is `random_state`."""
    return (random_state + number * SEED_STEP) % SEED_LIMIT


def ensemble_params(
    params: dict[str, Any] | None, random_state: int, n_boosters: int, rows: int, columns: int
) -> list[dict[str, Any]]:
    """Return each booster's LightGBM parameters; `params` override the defaults of all."""
    return [
        merge_params(
            params,
            booster_seed(random_state, number),
            shape_defaults(rows, columns, number, n_boosters),
        )
        for number in range(n_boosters)
    ]


def column_positions(
    columns: Sequence[Sequence[str]] | None, names: Sequence[str], n_boosters: int
) -> list[list[int]]:
    """Return the positions of each booster's columns, ascending; all columns by default.

    ValueError if the lists are not one per booster, or one is empty or names an unknown column.
    """
    if columns is None:
        return [list(range(len(names)))] * n_boosters
    require(len(columns) == n_boosters, f"columns has {len(columns)} lists: expected {n_boosters}")
    position = {name: index for index, name in enumerate(names)}
    for part in columns:
        unknown = [name for name in part if name not in position]
        require(not unknown, f"columns names {unknown[:1]}, which is not a column of X")
        require(part, "columns has an empty list: expected a column for each booster")
    return [sorted({position[name] for name in part}) for part in columns]


def fit_ensemble(
    rows: EncodedRows,
    params: Sequence[dict[str, Any]],
    columns: Sequence[Sequence[int]],
    progress: Progress,
) -> Ensemble:
    """Fit a booster per item of `params` on its columns; all have the same folds.

    `progress(done, total)` counts the boosting rounds of all boosters.
    """
    boosters: list[lgb.Booster] = []
    raw_scores: list[Floats] = []
    for number, (part_params, part_columns) in enumerate(zip(params, columns, strict=True)):
        chosen = _params_of_columns(part_params, part_columns, rows.matrix.shape[1])
        data = rows.dataset(part_columns, chosen)
        matrix = rows.matrix[:, part_columns]
        report = _share(progress, number, len(params))
        booster, raw_score = fit_trees(data, matrix, rows.fold, chosen, report)
        boosters.append(booster)
        raw_scores.append(raw_score)
    model = merge_boosters(boosters, rows.matrix, thread_option(params[0]))
    trees = sum(booster.current_iteration() for booster in boosters)
    return Ensemble(model, trees, np.mean(raw_scores, axis=0))


def _params_of_columns(
    params: dict[str, Any], columns: Sequence[int], width: int
) -> dict[str, Any]:
    """Return the parameters with the values of these columns, where LightGBM takes one each."""
    by_column = {name: list(params[name]) for name in COLUMN_PARAMS if params.get(name)}
    for name, values in by_column.items():
        require(len(values) == width, f"params has {len(values)} {name}: expected {width}")
    chosen = {name: [values[column] for column in columns] for name, values in by_column.items()}
    return {**params, **chosen}


def _share(progress: Progress, number: int, parts: int) -> Progress:
    """Return the progress of one of several equal parts."""
    return lambda done, total: progress(number * total + done, parts * total)
