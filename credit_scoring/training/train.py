"""The command `train`: read the data, build features, train, evaluate, write the bundle."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from credit_scoring.bundle.read_bundle import threshold_summary
from credit_scoring.bundle.write_bundle import require_bundle_folder, write_bundle
from credit_scoring.contracts.contract import Table, contracts
from credit_scoring.errors import FeatureError, SettingError
from credit_scoring.estimator.labels import rows_of_rarer_class
from credit_scoring.features.assemble import FeatureTable, fit_and_build_features
from credit_scoring.features.flat_features import flat_features
from credit_scoring.files import StrPath
from credit_scoring.flat_table.read_flat_table import read_flat_table
from credit_scoring.flat_table.schema_file import schema_text
from credit_scoring.flat_table.table_notes import table_warnings
from credit_scoring.progress import Progress
from credit_scoring.suggestions import did_you_mean
from credit_scoring.tables.read_tables import (
    UNCACHED,
    ReadOptions,
    explain_read_errors,
    read_tables,
)
from credit_scoring.training.bundle_files import build_bundle_files, gain_importance
from credit_scoring.training.cross_validation import LearningTask, TrainedModel, train_model
from credit_scoring.training.dataset_facts import (
    describe_dataset,
    require_outcomes,
    true_probabilities,
)
from credit_scoring.training.directions import with_kept_promises, without_directions
from credit_scoring.training.folds import FOLDS, HELD_OUT_SHARE, MIN_CLASS_ROWS
from credit_scoring.training.leakage_warnings import warn_about_leakage
from credit_scoring.training.metrics import Costs, Floats, Intervals
from credit_scoring.training.out_of_time import (
    application_dates,
    out_of_time_facts,
    out_of_time_in_words,
    rows_after,
)
from credit_scoring.training.overrides import NO_OVERRIDES, Overrides
from credit_scoring.training.plots import draw_plots
from credit_scoring.training.price_fit import PriceFit
from credit_scoring.training.training_metrics import evaluate_predictions, rank_outcomes

SCHEMA_FILE = "schema.toml"


@dataclass(frozen=True)
class TrainingOptions:
    """The choices of a training run.

    `allowed` names the prohibited or restricted attributes that the model may use; `made_by` is
    the command, for the manifest. The applicants after the day `holdout_after`, if any, are held
    out, instead of random ones. `directions`: whether the model keeps those of the features.
    """

    made_by: str
    seed: int = 0
    costs: Costs = field(default_factory=Costs)
    allowed: Collection[str] = ()
    holdout_after: date | None = None
    directions: bool = True
    overrides: Overrides = NO_OVERRIDES

    def settings(self) -> dict[str, Any]:
        """Return the choices as the manifest records them."""
        return {
            "seed": self.seed,
            "folds": FOLDS,
            "held_out_share": HELD_OUT_SHARE,
            "allowed_attributes": sorted(self.allowed),
            "directions": self.directions,
            **self.overrides.settings(),
        }

    def learning_task(self, table: FeatureTable) -> LearningTask:
        """Return the learning task on a feature table, with the overrides."""
        task = make_learning_task(
            table,
            costs=self.costs,
            seed=self.seed,
            allowed=self.allowed,
            directions=self.directions,
        )
        if self.holdout_after is not None:
            later = rows_after(application_dates(table), self.holdout_after, task.target)
            task = replace(task, held_out_rows=later)
        return self.overrides.apply(task, table.catalogue)


@dataclass(frozen=True)
class TrainingData:
    """The feature table, facts about its data for the manifest, and extra files for the bundle.

    `truth` (n,) holds the true probabilities of a generated sample. `notes` are what a person
    should know of the data.
    """

    table: FeatureTable
    facts: dict[str, Any]
    truth: Floats | None = None
    extra_files: Mapping[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrainingResult:
    """Metrics by set of predictions, the threshold with its interval, and the files written.

    `notes` qualify the metrics; the urgent ones begin with "Warning". `features` (n, k) is the
    model's view of the applicants, for plots.
    """

    metrics: dict[str, Intervals]
    threshold: dict[str, Any]
    files: dict[str, bytes]
    notes: tuple[str, ...] = ()
    features: pl.DataFrame = field(default_factory=pl.DataFrame)


def train_on_tables(
    data: StrPath,
    out: StrPath,
    options: TrainingOptions,
    progress: Progress,
    read_options: ReadOptions = UNCACHED,
) -> TrainingResult:
    """Train on the Home Credit tables at `data` and write the bundle to `out`, as the last step."""
    data = Path(data)
    out = Path(out)
    validate_allowed_attributes(options.allowed, contracts()["application"])
    require_bundle_folder(out)
    table, tables = build_checked_features(data, progress, read_options, options.seed)
    with progress.step(f"Hashing the files of {data}"):
        facts = {**describe_dataset(data, table), "tables": tables}
    training_data = TrainingData(table, facts, true_probabilities(data, table))
    return train_and_write_bundle(training_data, out, options, progress)


def build_checked_features(
    data: Path, progress: Progress, read_options: ReadOptions, seed: int
) -> tuple[FeatureTable, list[str]]:
    """Check the tables at `data` and build every feature; also the names of the tables, sorted.

    The price features are fitted to the tables by the seed.
    """
    with progress.step("Reading and checking the tables"):
        tables = read_tables(data, checked=True, **vars(read_options))
    with progress.step("Building features"), explain_read_errors(data, **vars(read_options)):
        return fit_and_build_features(tables, seed), sorted(tables)


def train_on_flat_table(
    data: StrPath,
    out: StrPath,
    schema: Table,
    options: TrainingOptions,
    progress: Progress,
    frame: pl.DataFrame | None = None,
) -> TrainingResult:
    """Train on the flat table at `data`, and write the bundle with its schema to `out`.

    `frame` is the table, if it was read already.
    """
    data = Path(data)
    out = Path(out)
    validate_allowed_attributes(options.allowed, schema)
    require_bundle_folder(out)
    with progress.step("Checking the table"):
        frame = read_flat_table(data) if frame is None else frame
        table = flat_features(frame, schema, str(data))
        facts = {**describe_dataset(data, table), "tables": [schema.name]}
    schema_file = {SCHEMA_FILE: schema_text(schema).encode()}
    notes = tuple(table_warnings(frame, schema))
    training_data = TrainingData(table, facts, extra_files=schema_file, notes=notes)
    return train_and_write_bundle(training_data, out, options, progress)


def train_and_write_bundle(
    data: TrainingData, out: Path, options: TrainingOptions, progress: Progress
) -> TrainingResult:
    """Train, evaluate and write the bundle."""
    task = options.learning_task(data.table)
    title = f"Training on {len(task.target):,} applicants, {len(task.catalogue):,} features"
    with progress.step(title) as report:
        trained = train_model(task, report)
    with progress.step("Evaluating"):
        result = _evaluate(task, trained, data, options)
    with progress.step(f"Writing {out}"):
        write_bundle(out, result.files)
    return result


def _evaluate(
    task: LearningTask, trained: TrainedModel, data: TrainingData, options: TrainingOptions
) -> TrainingResult:
    names = trained.model.feature_names_in_.tolist()
    metrics = {
        "out_of_fold": evaluate_predictions(task, trained.out_of_fold, data.truth),
        "held_out": evaluate_predictions(task, trained.held_out, data.truth),
    }
    settings = options.settings()
    notes = [*data.notes, *warn_about_leakage(task, names)]
    if options.holdout_after is not None:
        facts = out_of_time_facts(application_dates(data.table), options.holdout_after, metrics)
        share = facts["held_out"]["applicants"] / len(task.target)
        settings |= {"held_out_share": share, "out_of_time": facts}
        notes += out_of_time_in_words(facts, metrics)
    notes += options.overrides.notes(
        data.facts, options.seed, out_of_time=bool(options.holdout_after)
    )
    notes += _price_notes(task, names)
    if warning := trained.model.calibration_warning:
        notes.append(f"Warning: {warning}.")
    settings |= {"notes": notes} if notes else {}
    files = build_bundle_files(
        task, trained, metrics=metrics, data=data.facts, settings=settings, made_by=options.made_by
    )
    files |= _draw_plots(task, trained) | dict(data.extra_files)
    threshold = threshold_summary(trained.model)
    return TrainingResult(metrics, threshold, files, tuple(notes), task.features.select(names))


def _price_notes(task: LearningTask, names: Collection[str]) -> list[str]:
    """What to know of the term model, if the model uses it."""
    uses_price = any(feature.fitted and feature.name in names for feature in task.catalogue)
    return [task.price.facts().note] if task.price and uses_price else []


def _draw_plots(task: LearningTask, trained: TrainedModel) -> dict[str, bytes]:
    outcomes = {
        "out of fold": rank_outcomes(task, trained.out_of_fold),
        "held out": rank_outcomes(task, trained.held_out),
    }
    return draw_plots(outcomes, threshold_summary(trained.model), gain_importance(trained.model))


def validate_allowed_attributes(allowed: Collection[str], table: Table) -> None:
    """SettingError if a name is not a prohibited or restricted attribute."""
    sensitive = [column.name for column in table.columns if column.is_sensitive]
    expected = f"{', '.join(sensitive)} are" if sensitive else "the table has none"
    for name in allowed:
        if name not in sensitive:
            raise SettingError(
                f"{name} is not a prohibited or restricted attribute"
                f"{did_you_mean(name, sensitive)}: {expected}"
            )


def make_learning_task(
    table: FeatureTable,
    *,
    costs: Costs,
    seed: int,
    allowed: Collection[str],
    directions: bool = True,
) -> LearningTask:
    """Return the learning task on a feature table, with or without directions.

    Prohibited and restricted attributes, and features computed from them, are left out unless
    `allowed` names the attribute. FeatureError if an outcome is unknown or one class is too rare.
    """
    target = require_outcomes(table, "the application table")
    rarer = rows_of_rarer_class(target.to_numpy())
    if rarer < MIN_CLASS_ROWS:
        raise FeatureError(
            f"{target.name} has {rarer} rows of its rarer class: "
            f"training needs at least {MIN_CLASS_ROWS}"
        )
    sensitive = {f.name for f in table.catalogue if f.sensitive and not f.inputs}
    excluded = sensitive - set(allowed)
    usable = [f for f in table.catalogue if not excluded & {f.name, *f.inputs}]
    catalogue = (with_kept_promises if directions else without_directions)(usable)
    features = table.features.select(feature.name for feature in catalogue)
    price = PriceFit.of(table)
    return LearningTask(
        features, target.to_numpy(), catalogue, costs, seed, price=price, groups=table.groups
    )
