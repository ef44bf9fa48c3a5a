"""What the manifest says of the data, and the truth where the data is a generated sample."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.errors import FeatureError
from credit_scoring.features.assemble import FeatureTable
from credit_scoring.features.definitions.side_table import KEY
from credit_scoring.tables.read_tables import source_files

TRUTH_FILE = "truth.parquet"


def true_probabilities(data: Path, table: FeatureTable) -> NDArray[np.float64] | None:
    """The true probabilities (n,) where `data` is a generated sample, else None."""
    path = data / TRUTH_FILE
    if not path.is_file():
        return None
    truth = pl.read_parquet(path, columns=[KEY, "probability"])
    return (
        table.applicant.to_frame()
        .join(truth, on=KEY, how="left", maintain_order="left")["probability"]
        .to_numpy()
    )


def target_of(table: FeatureTable, name: str) -> pl.Series:
    """The outcomes (n,) of the data called `name`; FeatureError where there are none, or one is neither 0 nor 1."""
    if table.target is None:
        raise FeatureError(
            f"{name} has no TARGET: known outcomes are needed, as application_train has"
        )
    unknown = len(table.target) - table.target.is_in([0, 1]).sum()
    if unknown:
        raise FeatureError(
            f"{table.target.name} is neither 0 nor 1 for {unknown} applicants: leave them out, or mend it"
        )
    return table.target.cast(pl.Int8)


def describe_dataset(data: Path, table: FeatureTable) -> dict[str, Any]:
    """Where the rows came from: the folder as it was given, SHA-256 over its files, how many, how bad."""
    target = target_of(table, str(data))
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
    for path in [data] if data.is_file() else source_files(data):
        with path.open("rb") as file:
            digest.update(
                f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode()
            )
    return digest.hexdigest()
