"""The command `train`, whole: read, features, procedure, evaluation, bundle."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.bundle.write_bundle import check_place, write_bundle
from credit_scoring.contracts.contract import Table, contracts
from credit_scoring.errors import FeatureError, SettingError
from credit_scoring.features.assemble import FeatureTable, build_features
from credit_scoring.features.flat_features import flat_features
from credit_scoring.flat_table.read_flat_table import read_flat
from credit_scoring.flat_table.schema_file import schema_text
from credit_scoring.progress import Progress
from credit_scoring.suggestions import did_you_mean
from credit_scoring.tables.read_tables import UNKEPT, Reading, breaches_named, read_tables
from credit_scoring.training.bundle_files import bundle_files, importance_of, threshold_facts
from credit_scoring.training.cross_validation import FOLDS, HELD_OUT, LearningTask, Trained, train
from credit_scoring.training.dataset_facts import describe_dataset, target_of, true_probabilities
from credit_scoring.training.leakage_warnings import warn_about_leakage
from credit_scoring.training.metrics import Costs
from credit_scoring.training.overrides import NOTHING, Given
from credit_scoring.training.plots import draw_plots
from credit_scoring.training.training_metrics import evaluate, outcomes

MIN_CLASS_ROWS = 50
SCHEMA_FILE = "schema.toml"


@dataclass(frozen=True)
class Result:
    """What a training run leaves: figures by part, the threshold with its interval, the files written.

    `notes` are what a reader of the figures has to know; the urgent ones begin with "Warning". `features` (n, those
    of the model) are the applicants as the model saw them, for pictures.
    """

    metrics: dict[str, dict[str, dict[str, float]]]
    threshold: dict[str, float]
    files: dict[str, bytes]
    notes: tuple[str, ...] = ()
    features: pl.DataFrame = field(default_factory=pl.DataFrame)


def run(  # noqa: PLR0913 - each is a choice of the command
    data: Path, out: Path, *, seed: int, costs: Costs, allowed: Collection[str], made_by: str, progress: Progress,
    reading: Reading = UNKEPT, given: Given = NOTHING,
) -> Result:  # fmt: skip
    """Train on the tables at `data` and leave the bundle in `out`; until the last step `out` is untouched."""
    validate_allowed_attributes(allowed, contracts()["application"])
    check_place(out)
    with progress.step("Reading and checking the tables"):
        tables = read_tables(data, checked=True, **vars(reading))
    with progress.step("Building features"), breaches_named(data, **vars(reading)):
        table = build_features(tables)
        facts = {**describe_dataset(data, table), "tables": sorted(tables)}
    task = Task(
        table,
        facts,
        out,
        seed=seed,
        costs=costs,
        allowed=tuple(allowed),
        made_by=made_by,
        given=given,
    )
    return train_and_write_bundle(task, progress, truth=true_probabilities(data, table))


def train_on_flat_table(  # noqa: PLR0913 - each is a choice of the command
    data: Path, out: Path, schema: Table, *, seed: int, costs: Costs, allowed: Collection[str], made_by: str,
    progress: Progress, given: Given = NOTHING,
) -> Result:  # fmt: skip
    """Train on the flat table at `data` by its `schema`, and leave the bundle, the schema with it, in `out`."""
    validate_allowed_attributes(allowed, schema)
    check_place(out)
    with progress.step("Reading the table"):
        table = flat_features(read_flat(data), schema, str(data))
        facts = {**describe_dataset(data, table), "tables": [schema.name]}
    task = Task(
        table,
        facts,
        out,
        seed=seed,
        costs=costs,
        allowed=tuple(allowed),
        made_by=made_by,
        given=given,
    )
    return train_and_write_bundle(task, progress, extra={SCHEMA_FILE: schema_text(schema).encode()})


@dataclass(frozen=True)
class Task:
    """What to train on, how, and where the bundle goes. `facts` describe the data for the manifest."""

    table: FeatureTable
    facts: dict[str, Any]
    out: Path
    seed: int
    costs: Costs
    allowed: tuple[str, ...]
    made_by: str
    given: Given = NOTHING

    @property
    def settings(self) -> dict[str, Any]:
        """The choices, as the manifest tells them."""
        return {
            "seed": self.seed, "folds": FOLDS, "held_out_share": HELD_OUT, "allowed_attributes": sorted(self.allowed),
            **self.given.settings(),
        }  # fmt: skip

    def problem(self) -> LearningTask:
        """What the model may learn from, with what was given."""
        free = make_learning_task(
            self.table, costs=self.costs, seed=self.seed, allowed=self.allowed
        )
        return self.given.applied(free, self.table.catalogue)


def train_and_write_bundle(
    task: Task,
    progress: Progress,
    *,
    truth: NDArray[np.float64] | None = None,
    extra: Mapping[str, bytes] | None = None,
) -> Result:
    """Train, evaluate and write the bundle, with the files `extra`."""
    problem = task.problem()
    title = f"Training on {len(problem.target):,} applicants, {len(problem.catalogue):,} features"
    with progress.step(title) as report:
        trained = train(problem, report)
    with progress.step("Evaluating"):
        metrics = _metrics(problem, trained, truth)
        notes = warn_about_leakage(
            problem, trained.model.feature_names_in_.tolist()
        ) + task.given.notes(task.facts, task.seed)
        settings = {**task.settings, **({"notes": notes} if notes else {})}
        files = bundle_files(
            problem,
            trained,
            metrics=metrics,
            data=task.facts,
            settings=settings,
            made_by=task.made_by,
        )
        files |= _pictures(problem, trained) | dict(extra or {})
    with progress.step(f"Writing {task.out}"):
        write_bundle(task.out, files)
    features = problem.features.select(trained.model.feature_names_in_.tolist())
    return Result(metrics, threshold_facts(trained.model), files, tuple(notes), features)


def validate_allowed_attributes(allowed: Collection[str], table: Table) -> None:
    """Refuse a name that is no prohibited or restricted attribute: letting it in would change nothing."""
    sensitive = [column.name for column in table.columns if column.is_sensitive]
    for name in allowed:
        if name not in sensitive:
            known = f"{', '.join(sensitive)} are" if sensitive else "the table has none"
            raise SettingError(
                f"{name} is no prohibited or restricted attribute{did_you_mean(name, sensitive)}: {known}"
            )


def make_learning_task(
    table: FeatureTable, *, costs: Costs, seed: int, allowed: Collection[str]
) -> LearningTask:
    """What the model may learn from: no prohibited or restricted attribute unless it is `allowed`."""
    target = target_of(table, "the application table")
    rarer = int(min(target.sum(), len(target) - target.sum()))
    if rarer < MIN_CLASS_ROWS:
        raise FeatureError(
            f"{target.name} has {rarer} rows of its rarer class: training needs at least {MIN_CLASS_ROWS}"
        )
    barred = {f.name for f in table.catalogue if f.sensitive and not f.inputs} - set(allowed)
    catalogue = [f for f in table.catalogue if not barred & {f.name, *f.inputs}]
    return LearningTask(
        table.features.select(f.name for f in catalogue), target.to_numpy(), catalogue, costs, seed
    )


def _metrics(
    problem: LearningTask, trained: Trained, truth: NDArray[np.float64] | None
) -> dict[str, Any]:
    parts = {"out_of_fold": trained.out_of_fold, "held_out": trained.held_out}
    return {name: evaluate(problem, judged, truth) for name, judged in parts.items()}


def _pictures(problem: LearningTask, trained: Trained) -> dict[str, bytes]:
    parts = {"out of fold": trained.out_of_fold, "held out": trained.held_out}
    drawn = {name: outcomes(problem, judged) for name, judged in parts.items()}
    return draw_plots(drawn, threshold_facts(trained.model), importance_of(trained.model))
