"""Predictions that the model did not learn from, with their outcomes: the only ones a threshold may be chosen on."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from credit_scoring.errors import FeatureError, TableError
from credit_scoring.flat_table.read_flat_table import read_flat, target_of
from credit_scoring.laboratory.score_dataset import (
    LabelledDataset,
    LoadedBundle,
    load_labelled,
    predict_dataset,
)
from credit_scoring.progress import ReportProgress
from credit_scoring.suggestions import did_you_mean
from credit_scoring.tables.read_tables import UNKEPT, Reading
from credit_scoring.training.cross_validation import ONE_THREAD, LearningTask, cross_validate
from credit_scoring.training.metrics import Floats

OUT_OF_FOLD = "refitted out of fold: the bundle learned from these very applicants"
UNSEEN = "the bundle's own: it has not seen these applicants"
TABLE = "a table of predictions"


@dataclass(frozen=True)
class Predictions:
    """What was said of n applicants and what happened.

    `default` (n,) 0 or 1, `probability` (n,) in [0, 1]. `exposure` (n,), in currency, is what is outstanding if the
    loan defaults; `margin` (n,) what a good loan earns, if that is known per loan. `source` says how they were made.
    """

    default: Floats
    probability: Floats
    source: str
    facts: dict[str, Any]
    exposure: Floats | None = None
    margin: Floats | None = None


@dataclass(frozen=True)
class Columns:
    """What the columns are called in a table of predictions, or in the data; exposure and margin are optional."""

    target: str = "target"
    probability: str = "probability"
    exposure: str | None = None
    margin: str | None = None

    @property
    def amounts(self) -> list[str]:
        """The columns with amounts that were named."""
        return [name for name in (self.exposure, self.margin) if name is not None]


def from_table(path: Path, columns: Columns) -> Predictions:
    """The predictions in a CSV or Parquet file; TableError names the column that is missing or wrong."""
    frame = read_flat(path)
    known = _require(frame, [columns.target, columns.probability, *columns.amounts], path)
    default = target_of(known, columns.target).to_numpy().astype(np.float64)
    probability = _numbers(known, columns.probability, path)
    largest = float(np.max(probability))
    if largest > 1:
        raise TableError(
            f"{path}: {columns.probability} reaches {largest:g}: expected probabilities, 0 to 1"
        )
    facts = {"source": str(path), "applicants": len(default), "defaults": int(default.sum())}
    return Predictions(default, probability, TABLE, facts, **_amounts(known, columns, path))


def from_bundle(
    opened: LoadedBundle,
    data: Path,
    columns: Columns,
    report: ReportProgress,
    reading: Reading = UNKEPT,
) -> Predictions:
    """What the bundle says of the applicants at `data`; where it learned from them, its recipe repeated out of fold.

    The recipe is its features, parameters, costs and seed. That selection has seen all of them, so figures of merit
    on these predictions flatter a little; the threshold is hardly touched by it.
    """
    (rows,) = load_labelled(data, opened, reading=reading, also=columns.amounts)
    seen = opened.was_trained_on(rows.facts)
    probability = (
        _out_of_fold(opened, rows, report) if seen else predict_dataset(opened, rows).probability
    )
    frame = _require(rows.table.features, columns.amounts, data)
    amounts = _amounts(frame, columns, data)
    source = OUT_OF_FOLD if seen else UNSEEN
    return Predictions(rows.target.astype(np.float64), probability, source, rows.facts, **amounts)


def _out_of_fold(opened: LoadedBundle, rows: LabelledDataset, report: ReportProgress) -> Floats:
    model = opened.bundle.model
    names = tuple(map(str, model.feature_names_in_))
    params = {name: value for name, value in (model.params or {}).items() if name not in ONE_THREAD}
    problem = LearningTask(
        rows.table.features.select(names), rows.target, rows.table.catalogue, opened.costs, model.random_state,
        params=params, chosen=names,
    )  # fmt: skip
    judged = cross_validate(problem, report)
    probability = np.empty(len(rows.target))
    probability[judged.rows] = judged.probability
    return probability


def _require(frame: pl.DataFrame, names: Collection[str], path: Path) -> pl.DataFrame:
    for name in names:
        if name not in frame.columns:
            raise TableError(f"{path} has no column {name}{did_you_mean(name, frame.columns)}: it has "
                             f"{', '.join(frame.columns[:8])}, …")  # fmt: skip
    return frame.select(*dict.fromkeys(names))


def _amounts(frame: pl.DataFrame, columns: Columns, path: Path) -> dict[str, Floats]:
    pairs = {"exposure": columns.exposure, "margin": columns.margin}
    return {part: _numbers(frame, name, path) for part, name in pairs.items() if name is not None}


def _numbers(frame: pl.DataFrame, name: str, path: Path) -> Floats:
    """A column (n,) of numbers from 0 on, none missing."""
    values = frame[name]
    if not values.dtype.is_numeric():
        raise TableError(
            f"{path}: {name} holds no numbers: name a column of amounts or probabilities"
        )
    wrong = values.null_count() + int((values < 0).sum())
    if wrong:
        raise FeatureError(
            f"{path}: {name} is missing or below 0 for {wrong} applicants: leave them out, or mend it"
        )
    return values.cast(pl.Float64).to_numpy()
