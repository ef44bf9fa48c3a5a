"""The applicants of a simulation: the service's decision on each, and the risk of default."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.errors import FeatureError
from credit_scoring.estimator.type_aliases import Floats
from credit_scoring.features.assemble import FeatureTable
from credit_scoring.features.build_applicant_store import plain_rows
from credit_scoring.laboratory.score_dataset import LoadedBundle, load_labelled
from credit_scoring.progress import Progress, ReportProgress
from credit_scoring.sample.generate import TEST_SHARE, generate_sample
from credit_scoring.scoring.decision import Decision
from credit_scoring.scoring.rescorer import Incomparable, Rescorer, requested_names
from credit_scoring.tables.read_tables import UNCACHED, ReadOptions

FIRST_SEED = 1_000_000_000  # of generated populations: no sample for training has such a seed
MIN_GENERATED = 5_000  # applicants, for the weights of a shift
MAX_GENERATED = 50_000  # applicants; a longer simulation draws them again
CHUNK = 1000  # applicants scored together


@dataclass(frozen=True)
class Population:
    """Applicants that the service decides on, in the order of the rows of `table`.

    `default_probability` (applicants,) is the true one of generated applicants
    (`has_true_risk`); otherwise it is the known outcome, 0 or 1. `excluded` applicants of the data
    have a value that a request may not have.
    """

    table: FeatureTable
    applicant_ids: list[str]
    inputs: list[dict[str, Any]]
    decisions: list[Decision]
    default_probability: Floats
    has_true_risk: bool
    excluded: int
    in_sample: bool

    def __len__(self) -> int:
        return len(self.inputs)


def generate_population(
    loaded: LoadedBundle, applicants: int, seed: int, progress: Progress
) -> Population:
    """A population of about `applicants` from the sample generator.

    FeatureError if the model is one of a flat table.
    """
    if loaded.schema.exists():
        raise FeatureError(
            f"the model {loaded.version} was trained on a flat table, which cannot be generated: "
            "give a table of applicants with outcomes by --data"
        )
    number = min(max(applicants, MIN_GENERATED), MAX_GENERATED)
    with tempfile.TemporaryDirectory(prefix="simulate-") as folder:
        with progress.step(f"Generating {number:,} applicants") as report:
            generate_sample(
                folder,
                applicants=round(number / (1 - TEST_SHARE)),
                seed=FIRST_SEED + seed,
                progress=report,
            )
        return _decide_on(loaded, Path(folder), UNCACHED, progress, id_prefix="simulated-")


def read_population(
    loaded: LoadedBundle, data: Path, read_options: ReadOptions, progress: Progress
) -> Population:
    """The applicants at `data`, which have known outcomes; errors as of `load_labelled`."""
    return _decide_on(loaded, data, read_options, progress)


def _decide_on(
    loaded: LoadedBundle,
    data: Path,
    read_options: ReadOptions,
    progress: Progress,
    id_prefix: str = "",
) -> Population:
    with progress.step("Building features"):
        (dataset,) = load_labelled(data, loaded, read_options=read_options)
    names = [feature.name for feature in loaded.bundle.manifest.features if feature.is_requested]
    inputs = [dict(zip(names, row, strict=True)) for row in plain_rows(dataset.table, names)]
    with progress.step(f"Scoring {len(inputs):,} applicants") as report:
        results = _score(loaded, inputs, report)
    decided = np.array([isinstance(result, Decision) for result in results])
    _require_decided(results, data)
    truth = dataset.truth
    table = _rows_of(dataset.table, decided)
    return Population(
        table=table,
        applicant_ids=[f"{id_prefix}{applicant}" for applicant in table.applicant],
        inputs=[row for row, is_decided in zip(inputs, decided, strict=True) if is_decided],
        decisions=[result for result in results if isinstance(result, Decision)],
        default_probability=(dataset.target.astype(float) if truth is None else truth)[decided],
        has_true_risk=truth is not None,
        excluded=int((~decided).sum()),
        in_sample=loaded.was_trained_on(dataset.facts),
    )


def _score(
    loaded: LoadedBundle, inputs: list[dict[str, Any]], report: ReportProgress
) -> list[Decision | Incomparable]:
    digest = loaded.bundle.manifest.pickle["sha256"]
    rescorer = Rescorer(loaded.bundle, {digest: requested_names(loaded.bundle)})
    results: list[Decision | Incomparable] = []
    for start in range(0, len(inputs), CHUNK):
        chunk = inputs[start : start + CHUNK]
        results += rescorer.score(chunk, [digest] * len(chunk))
        report(len(results), len(inputs))
    return results


def _require_decided(results: Sequence[Decision | Incomparable], data: Path) -> None:
    """FeatureError if the service would refuse every request; it names the first reason."""
    obstacles = [result for result in results if isinstance(result, Incomparable)]
    if len(obstacles) == len(results):
        first = obstacles[0]
        raise FeatureError(
            f"{data} has no applicant that the service would decide on ({first.feature}: "
            f"{first.obstacle}): give other applicants"
        )


def _rows_of(table: FeatureTable, rows: NDArray[np.bool_]) -> FeatureTable:
    """The applicants of the table that `rows` selects."""
    selected = pl.Series(rows)
    features = table.features.filter(selected)
    return FeatureTable(table.applicant.filter(selected), features, None, table.catalogue)
