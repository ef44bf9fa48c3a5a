"""Predictions for applicants that the model was not fitted on, with outcomes and loan amounts.

A threshold may be chosen on such predictions only.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from credit_scoring.errors import FeatureError, TableError
from credit_scoring.flat_table.number_column import typed_fully
from credit_scoring.flat_table.read_flat_table import read_flat_table
from credit_scoring.flat_table.target import target_values
from credit_scoring.laboratory.score_dataset import (
    LabelledDataset,
    LoadedBundle,
    load_labelled,
    predict_dataset,
)
from credit_scoring.progress import ReportProgress
from credit_scoring.suggestions import did_you_mean
from credit_scoring.tables.read_tables import UNCACHED, ReadOptions
from credit_scoring.tables.table_errors import join_names
from credit_scoring.training.cross_validation import ONE_THREAD, LearningTask, cross_validate
from credit_scoring.training.metrics import Floats
from credit_scoring.training.price_fit import PriceFit

OUT_OF_FOLD = "out of fold, by models fitted again: the bundle was trained on these applicants"
UNSEEN = "the bundle's own: it was not trained on these applicants"
TABLE = "a table of predictions"


@dataclass(frozen=True)
class LabelledPredictions:
    """Predictions and outcomes of n applicants.

    `default` (n,) is 0 or 1, `probability` (n,) in [0, 1]. `exposure` (n,), in currency, is the
    amount outstanding if the loan defaults. `margin` (n,), in currency, is what a good loan earns.
    `source` says how the predictions were made.
    """

    default: Floats
    probability: Floats
    source: str
    facts: dict[str, Any]
    exposure: Floats | None = None
    margin: Floats | None = None


@dataclass(frozen=True)
class PredictionColumns:
    """The names of the columns in a table of predictions, or in the data; amounts are optional."""

    target: str = "target"
    probability: str = "probability"
    exposure: str | None = None
    margin: str | None = None

    @property
    def amounts(self) -> list[str]:
        """The columns of amounts that were named."""
        return [name for name in (self.exposure, self.margin) if name is not None]


def read_predictions(path: Path, columns: PredictionColumns) -> LabelledPredictions:
    """Read predictions from CSV or Parquet; TableError if a column is missing or invalid."""
    names = [columns.target, columns.probability, *columns.amounts]
    frame = _select(read_flat_table(path), names, path)
    default = target_values(frame, columns.target).to_numpy().astype(np.float64)
    probability = _non_negative(frame, columns.probability, path)
    largest = float(np.max(probability))
    if largest > 1:
        raise TableError(
            f"{path}: {columns.probability} reaches {largest:g}: expected probabilities, 0 to 1"
        )
    facts = {"source": str(path), "applicants": len(default), "defaults": int(default.sum())}
    amounts = _amounts(frame, columns, path)
    return LabelledPredictions(default, probability, TABLE, facts, **amounts)


def predict_with_bundle(
    loaded: LoadedBundle,
    data: Path,
    columns: PredictionColumns,
    report: ReportProgress,
    read_options: ReadOptions = UNCACHED,
) -> LabelledPredictions:
    """Predict the applicants at `data`; out of fold, if the bundle was trained on them.

    Out of fold, models are fitted with the bundle's features, parameters, costs and seed. The
    features were selected on all applicants, so metrics are slightly optimistic; the threshold is
    hardly affected.
    """
    (labelled,) = load_labelled(
        data, loaded, read_options=read_options, extra_columns=columns.amounts
    )
    trained_on = loaded.was_trained_on(labelled.facts)
    probability = (
        predict_out_of_fold(loaded, labelled, report)
        if trained_on
        else predict_dataset(loaded, labelled).probability
    )
    amounts = _amounts(_select(labelled.table.features, columns.amounts, data), columns, data)
    source = OUT_OF_FOLD if trained_on else UNSEEN
    default = labelled.target.astype(np.float64)
    return LabelledPredictions(default, probability, source, labelled.facts, **amounts)


def predict_out_of_fold(
    loaded: LoadedBundle, labelled: LabelledDataset, report: ReportProgress
) -> Floats:
    """Return probabilities (n,) by models fitted again, each on the other folds."""
    model = loaded.bundle.model
    names = tuple(map(str, model.feature_names_in_))
    params = {name: value for name, value in (model.params or {}).items() if name not in ONE_THREAD}
    task = LearningTask(
        labelled.table.features.select(names),
        labelled.target,
        [feature.feature for feature in loaded.bundle.manifest.features],
        loaded.costs,
        model.random_state,
        params=params,
        fixed_features=names,
        n_boosters=model.n_boosters,
        threshold=model.threshold,
        price=PriceFit.of(labelled.table),
        groups=labelled.table.groups,
    )
    predictions = cross_validate(task, report)
    probability = np.empty(len(labelled.target))
    probability[predictions.rows] = predictions.probability
    return probability


def _select(frame: pl.DataFrame, names: Collection[str], path: Path) -> pl.DataFrame:
    for name in names:
        if name not in frame.columns:
            raise TableError(
                f"{path} has no column {name}{did_you_mean(name, frame.columns)}: "
                f"it has {join_names(frame.columns)}"
            )
    return frame.select(*dict.fromkeys(names))


def _amounts(frame: pl.DataFrame, columns: PredictionColumns, path: Path) -> dict[str, Floats]:
    names = {"exposure": columns.exposure, "margin": columns.margin}
    return {
        amount: _non_negative(frame, name, path)
        for amount, name in names.items()
        if name is not None
    }


def _non_negative(frame: pl.DataFrame, name: str, path: Path) -> Floats:
    """The values (n,) of a column; an error if it is not numeric, or a value is missing or < 0."""
    values = typed_fully(frame[name])
    if not values.dtype.is_numeric():
        raise TableError(
            f"{path}: {name} is not numeric: name a column of amounts or probabilities"
        )
    invalid = values.null_count() + int((values < 0).sum())
    if invalid:
        raise FeatureError(
            f"{path}: {name} is missing or below 0 for {invalid} applicants: "
            "leave them out, or correct it"
        )
    return values.cast(pl.Float64).to_numpy()
