"""The command `train`, whole: read, features, procedure, evaluation, bundle."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.bundle.write import check_place, write_bundle
from credit_scoring.errors import FeatureError, SettingError, nearest
from credit_scoring.features.assemble import FeatureTable, build_features
from credit_scoring.features.side_table import KEY
from credit_scoring.progress import Progress
from credit_scoring.tables.contract import contracts
from credit_scoring.tables.read import breaches_named, read_tables, source_files
from credit_scoring.training.describe import bundle_files, threshold_facts
from credit_scoring.training.evaluate import evaluate, outcomes
from credit_scoring.training.metrics import Costs
from credit_scoring.training.plots import draw
from credit_scoring.training.procedure import FOLDS, HELD_OUT, Problem, Trained, train

FEWEST_OF_A_CLASS = 50
TRUTH_FILE = "truth.parquet"


@dataclass(frozen=True)
class Result:
    """What a training run leaves: figures by part, the threshold with its interval, the files written."""

    metrics: dict[str, dict[str, dict[str, float]]]
    threshold: dict[str, float]
    files: dict[str, bytes]


def run(
    data: Path, out: Path, *, seed: int, costs: Costs, allowed: Collection[str], made_by: str, progress: Progress
) -> Result:
    """Train on the tables at `data` and leave the bundle in `out`; until the last step `out` is untouched."""
    check_allowed(allowed)
    check_place(out)
    with progress.step("Reading the tables and building features"), breaches_named(data):
        tables = read_tables(data)
        table = build_features(tables)
    problem = problem_of(table, costs=costs, seed=seed, allowed=allowed)
    with progress.step(
        f"Training on {len(problem.target):,} applicants, {len(problem.catalogue):,} features"
    ) as report:
        trained = train(problem, report)
    with progress.step("Evaluating"):
        metrics = _metrics(problem, trained, true_probability(data, table))
        facts = {**data_facts(data, table), "tables": sorted(tables)}
        settings = {"seed": seed, "folds": FOLDS, "held_out_share": HELD_OUT, "allowed_attributes": sorted(allowed)}
        files = bundle_files(problem, trained, metrics=metrics, data=facts, settings=settings, made_by=made_by)
        files |= _pictures(problem, trained)
    with progress.step(f"Writing {out}"):
        write_bundle(out, files)
    return Result(metrics, threshold_facts(trained.model), files)


def check_allowed(allowed: Collection[str]) -> None:
    """Refuse a name that is no prohibited or restricted attribute: letting it in would change nothing."""
    sensitive = [column.name for column in contracts()["application"].columns if column.is_sensitive]
    for name in allowed:
        if name not in sensitive:
            known = ", ".join(sensitive)
            raise SettingError(
                f"{name} is no prohibited or restricted attribute{nearest(name, sensitive)}: {known} are"
            )


def problem_of(table: FeatureTable, *, costs: Costs, seed: int, allowed: Collection[str]) -> Problem:
    """What the model may learn from: no prohibited or restricted attribute unless it is `allowed`."""
    if table.target is None:
        raise FeatureError("the application table has no TARGET: training needs application_train")
    target = table.target.to_numpy()
    rarer = int(min(target.sum(), len(target) - target.sum()))
    if rarer < FEWEST_OF_A_CLASS:
        raise FeatureError(f"TARGET has {rarer} rows of its rarer class: training needs at least {FEWEST_OF_A_CLASS}")
    catalogue = [f for f in table.catalogue if f.sensitive is None or set(f.sources) & attributes() <= set(allowed)]
    return Problem(table.features.select(f.name for f in catalogue), target, catalogue, costs, seed)


def attributes() -> set[str]:
    """The prohibited and restricted attributes."""
    return {column.name for column in contracts()["application"].columns if column.is_sensitive}


def true_probability(data: Path, table: FeatureTable) -> NDArray[np.float64] | None:
    """The true probabilities (n,) where `data` is a generated sample, else None."""
    path = data / TRUTH_FILE
    if not path.is_file():
        return None
    truth = pl.read_parquet(path, columns=[KEY, "probability"])
    return table.applicant.to_frame().join(truth, on=KEY, how="left", maintain_order="left")["probability"].to_numpy()


def data_facts(data: Path, table: FeatureTable) -> dict[str, Any]:
    """Where the rows came from: the folder as it was given, SHA-256 over its files, how many, how bad."""
    target = table.target if table.target is not None else pl.Series([0])
    return {
        "source": str(data),
        "generated_sample": (data / TRUTH_FILE).is_file(),
        "fingerprint": fingerprint(data),
        "applicants": len(target),
        "defaults": int(target.sum()),
    }


def fingerprint(data: Path) -> str:
    """SHA-256 over the names and contents of the source files."""
    digest = hashlib.sha256()
    for path in source_files(data):
        with path.open("rb") as file:
            digest.update(f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()


def _metrics(problem: Problem, trained: Trained, truth: NDArray[np.float64] | None) -> dict[str, Any]:
    parts = {"out_of_fold": trained.out_of_fold, "held_out": trained.held_out}
    return {name: evaluate(problem, judged, truth) for name, judged in parts.items()}


def _pictures(problem: Problem, trained: Trained) -> dict[str, bytes]:
    parts = {"out of fold": trained.out_of_fold, "held out": trained.held_out}
    gain = trained.model.booster_.feature_importance("gain")
    importance = dict(zip(map(str, trained.model.feature_names_in_), (gain / gain.sum()).tolist(), strict=True))
    drawn = {name: outcomes(problem, judged) for name, judged in parts.items()}
    return draw(drawn, threshold_facts(trained.model), importance)
