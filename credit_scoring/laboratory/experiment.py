"""What the commands of the laboratory share: from data to a problem, its fingerprint, work side by side."""

import hashlib
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import numpy as np
import polars as pl
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold, train_test_split

from credit_scoring.contracts.contract import contracts
from credit_scoring.errors import CreditScoringError, SettingError
from credit_scoring.features.assemble import build_features
from credit_scoring.laboratory.result_cache import Arrays
from credit_scoring.progress import Progress, ReportProgress
from credit_scoring.tables.read_tables import UNKEPT, Reading, breaches_named, read_tables
from credit_scoring.training.cross_validation import LearningTask, Predictions, Rows
from credit_scoring.training.dataset_facts import describe_dataset
from credit_scoring.training.metrics import Costs
from credit_scoring.training.train import (
    MIN_CLASS_ROWS,
    make_learning_task,
    validate_allowed_attributes,
)

Split = tuple[Rows, Rows]
WATCH_SECONDS = 1.0
LIBRARIES = ("lightgbm", "scikit-learn", "imbalanced-learn", "xgboost-cpu", "xgboost", "catboost")


@dataclass(frozen=True)
class Study:
    """What is studied: the problem, facts of the data for people, and a fingerprint of all that results rest on."""

    problem: LearningTask
    facts: dict[str, Any]
    fingerprint: str


def load_experiment(
    data: Path, *, seed: int, costs: Costs, allowed: Collection[str], progress: Progress, rows: int | None = None,
    reading: Reading = UNKEPT,
) -> Study:  # fmt: skip
    """Read the tables at `data` and build the features; with `rows`, of that many applicants drawn by the seed."""
    validate_allowed_attributes(allowed, contracts()["application"])
    with progress.step("Reading and checking the tables"):
        tables = read_tables(data, checked=True, **vars(reading))
    with progress.step("Building features"), breaches_named(data, **vars(reading)):
        table = build_features(tables)
    problem = drawn(make_learning_task(table, costs=costs, seed=seed, allowed=allowed), rows)
    facts = {
        **describe_dataset(data, table),
        "seed": seed,
        "costs": vars(costs),
        "allowed_attributes": sorted(allowed),
    }
    facts |= {"applicants": len(problem.target), "defaults": int(problem.target.sum())}
    return Study(problem, facts, task_fingerprint(problem))


def drawn(problem: LearningTask, rows: int | None) -> LearningTask:
    """The problem on `rows` applicants, as many of them in default as among all; all where there are no more."""
    if rows is None or rows >= len(problem.target):
        return problem
    every = np.arange(len(problem.target))
    kept, _ = train_test_split(
        every, train_size=rows, stratify=problem.target, random_state=problem.seed
    )
    kept.sort()
    rarer = int(min(problem.target[kept].sum(), (1 - problem.target[kept]).sum()))
    if rarer < MIN_CLASS_ROWS:
        raise SettingError(
            f"--rows {rows} leaves {rarer} of the rarer class: give more, {MIN_CLASS_ROWS} are needed"
        )
    return replace(problem, features=problem.features[kept], target=problem.target[kept])


def task_fingerprint(problem: LearningTask) -> str:
    """SHA-256 over the features' values, the target, every choice in the problem and the libraries' versions."""
    digest = hashlib.sha256(problem.target.tobytes())
    for column in problem.features.iter_columns():
        digest.update(column.name.encode() + b"\0" + coded(column.to_frame()).tobytes())
    choices = {field.name: getattr(problem, field.name) for field in fields(problem)}
    for large in ("features", "target", "catalogue"):
        del choices[large]
    digest.update(repr((sorted(choices.items()), [_version(name) for name in LIBRARIES])).encode())
    return digest.hexdigest()


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""


def code_fingerprint(*modules: ModuleType) -> str:
    """SHA-256 over the modules' source: a result made by other code is not this code's."""
    digest = hashlib.sha256()
    for module in modules:
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()


def coded(features: pl.DataFrame) -> NDArray[np.float32]:
    """The features (n, k) as numbers: a category by its code among the contract's levels, missing as NaN."""
    return features.select(pl.all().to_physical().cast(pl.Float32)).to_numpy()


def splits_of(problem: LearningTask, folds: int) -> list[Split]:
    """Every applicant in one of `folds` parts alike in default rate: per part the rows to learn from, and the part."""
    splitter = StratifiedKFold(folds, shuffle=True, random_state=problem.seed)
    return list(splitter.split(np.zeros(len(problem.target)), problem.target))


def together(splits: Sequence[Split], found: Sequence[Arrays]) -> Predictions:
    """One judgement of all applicants, each by the model that had not seen it, from those of the parts."""
    rows = np.concatenate([others for _, others in splits])
    return Predictions(
        rows,
        *(np.concatenate([part[name] for part in found]) for name in ("probability", "refused")),
    )


def side_by_side(
    work: Iterable[Callable[[], object]], report: ReportProgress, *, jobs: int | None = None,
    by: Literal["threads", "processes"] = "processes",
) -> None:  # fmt: skip
    """Do all the work, `jobs` pieces at a time (as many as there are cores), each with one thread.

    Pieces keep their results themselves: one that has ended is not lost when another fails or all are stopped.
    RuntimeError tells what went wrong in another process, for its own error may not travel.
    """
    pieces, jobs = list(work), jobs or os.cpu_count() or 1
    apart = by == "processes" and jobs > 1
    backend, do = ("loky", partial(_done_apart, os.getpid())) if apart else ("threading", _done)
    pool = Parallel(n_jobs=jobs, backend=backend, batch_size=1, return_as="generator_unordered")
    for done, _ in enumerate(pool(delayed(do)(piece) for piece in pieces), 1):
        report(done, len(pieces))


def _done(piece: Callable[[], object]) -> None:
    piece()


def _done_apart(command: int, piece: Callable[[], object]) -> None:
    """Do a piece of work in a process of its own, for the process `command`."""
    _end_with(command)
    try:
        piece()
    except CreditScoringError:
        raise
    except Exception:  # noqa: BLE001 - of whatever kind, its words must arrive
        raise RuntimeError(traceback.format_exc()) from None


@cache
def _end_with(command: int) -> None:
    """See to it that this process ends with the command, even a killed one, and leaves Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == command:
            time.sleep(WATCH_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
