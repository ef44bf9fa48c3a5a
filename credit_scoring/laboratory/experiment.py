"""An experiment of the laboratory: the learning task, facts about its data, and a fingerprint."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from credit_scoring.contracts.contract import contracts
from credit_scoring.errors import SettingError
from credit_scoring.estimator.labels import rows_of_rarer_class
from credit_scoring.laboratory.selection.drifting_features import without_drifting
from credit_scoring.progress import Progress
from credit_scoring.tables.read_tables import UNCACHED, ReadOptions
from credit_scoring.training.cross_validation import LearningTask
from credit_scoring.training.dataset_facts import describe_dataset
from credit_scoring.training.feature_selection import to_matrix
from credit_scoring.training.folds import MIN_CLASS_ROWS, Rows, stratified_sample
from credit_scoring.training.metrics import Costs
from credit_scoring.training.out_of_time import application_dates
from credit_scoring.training.train import (
    build_checked_features,
    make_learning_task,
    validate_allowed_attributes,
)

LIBRARIES = ("lightgbm", "scikit-learn", "imbalanced-learn", "xgboost-cpu", "xgboost", "catboost")
TRAINING_CODE = (  # what every result depends on; a package stands for all its modules
    "custom_threshold_model",
    "credit_scoring.estimator",
    "credit_scoring.laboratory.experiment",
    "credit_scoring.loan_price",
    "credit_scoring.training.cross_validation",
    "credit_scoring.training.feature_selection",
    "credit_scoring.training.folds",
    "credit_scoring.training.price_fit",
)
LARGE_FIELDS = ("features", "target", "catalogue", "price")  # of a learning task


@dataclass(frozen=True)
class Experiment:
    """A learning task, facts about its data, and the fingerprint of what results depend on."""

    task: LearningTask
    facts: dict[str, Any]
    fingerprint: str


def load_experiment(
    data: Path,
    *,
    seed: int,
    costs: Costs,
    allowed: Collection[str],
    progress: Progress,
    rows: int | None = None,
    read_options: ReadOptions = UNCACHED,
    max_drift: float | None = None,
) -> Experiment:
    """Read the tables at `data` and build the features; `rows` is the size of a sample, if any.

    Features with a larger PSI than `max_drift` between the halves of the period are left out.
    """
    validate_allowed_attributes(allowed, contracts()["application"])
    table, _ = build_checked_features(data, progress, read_options, seed)
    all_rows = make_learning_task(table, costs=costs, seed=seed, allowed=allowed)
    drifting: dict[str, float] = {}
    if max_drift is not None:
        all_rows, drifting = without_drifting(all_rows, application_dates(table), max_drift)
    task = sample_applicants(all_rows, rows)
    with progress.step(f"Hashing the files of {data} and the features"):
        source, fingerprint = describe_dataset(data, table), task_fingerprint(task)
    facts = {
        **source,
        "seed": seed,
        "costs": vars(costs),
        "allowed_attributes": sorted(allowed),
        "applicants": len(task.target),
        "defaults": int(task.target.sum()),
        **({} if max_drift is None else {"max_drift": max_drift, "drifting": drifting}),
    }
    return Experiment(task, facts, fingerprint)


def sample_applicants(task: LearningTask, rows: int | None) -> LearningTask:
    """Return the task on a sample of `rows` applicants with the same default rate, or on all."""
    if rows is None or rows >= len(task.target):
        return task
    sample = stratified_sample(task.target, rows, task.seed)
    target = task.target[sample]
    rarer = rows_of_rarer_class(target)
    if rarer < MIN_CLASS_ROWS:
        raise SettingError(
            f"--rows {rows} leaves {rarer} of the rarer class: "
            f"give more, {MIN_CLASS_ROWS} are needed"
        )
    price = task.price and task.price.of_rows(sample)
    groups = None if task.groups is None else task.groups[sample]
    return replace(task, features=task.features[sample], target=target, price=price, groups=groups)


def task_fingerprint(task: LearningTask) -> str:
    """Return the SHA-256 of the features, the target, all choices and the library versions."""
    digest = hashlib.sha256(task.target.tobytes())
    for column in task.features.iter_columns():
        digest.update(column.name.encode() + b"\0" + to_matrix(column.to_frame()).tobytes())
    names = sorted(field.name for field in fields(task) if field.name not in LARGE_FIELDS)
    choices = [(name, getattr(task, name)) for name in names]
    choices.append(("directions", [(f.name, f.direction) for f in task.catalogue if f.direction]))
    digest.update(repr((choices, [_installed_version(name) for name in LIBRARIES])).encode())
    return digest.hexdigest()


def _installed_version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""


def code_fingerprint(*modules: str) -> str:
    """Return the SHA-256 of the source of TRAINING_CODE and `modules`, given as import names."""
    digest = hashlib.sha256()
    for name in (*TRAINING_CODE, *modules):
        module = import_module(name)
        path = Path(str(module.__file__))
        for file in sorted(path.parent.glob("*.py")) if hasattr(module, "__path__") else [path]:
            digest.update(file.read_bytes())
    return digest.hexdigest()


def select_fold_features(task: LearningTask, rows: Rows) -> list[str]:
    """Return the features selected on the rows of a fold; a function of its own, to be cached."""
    return task.refitted(rows).select_together(rows)
