"""Facts about the training data: source, fingerprint, counts, and the known outcomes.

For a generated sample also the true probabilities.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.errors import FeatureError
from credit_scoring.features.assemble import FeatureTable
from credit_scoring.features.definitions.side_table import APPLICANT_KEY
from credit_scoring.tables.read_tables import source_files
from credit_scoring.training.out_of_time import application_dates, period

TRUTH_FILE = "truth.parquet"


def true_probabilities(data: Path, table: FeatureTable) -> NDArray[np.float64] | None:
    """Return the true probabilities of default (n,) of a generated sample; None for other data."""
    path = data / TRUTH_FILE
    if not path.is_file():
        return None
    truth = pl.read_parquet(path, glob=False, columns=[APPLICANT_KEY, "probability"])
    applicants = table.applicant.to_frame()
    matched = applicants.join(truth, on=APPLICANT_KEY, how="left", maintain_order="left")
    return matched["probability"].to_numpy()


def require_outcomes(table: FeatureTable, source: str) -> pl.Series:
    """Return the outcomes (n,) of the data `source`: 1 for default, else 0.

    FeatureError if there are none, or if a value is neither 0 nor 1.
    """
    if table.target is None:
        raise FeatureError(
            f"{source} has no TARGET: known outcomes are needed, as application_train has"
        )
    invalid = len(table.target) - table.target.is_in([0, 1]).sum()
    if invalid:
        raise FeatureError(
            f"{table.target.name} is neither 0 nor 1 for {invalid} applicants: "
            "leave them out, or correct it"
        )
    return table.target.cast(pl.Int8)


def describe_dataset(data: Path, table: FeatureTable) -> dict[str, Any]:
    """Return the source of the rows, the fingerprint of its files, the counts and the period."""
    target = require_outcomes(table, str(data))
    return {
        "source": str(data),
        "generated_sample": (data / TRUTH_FILE).is_file(),
        "fingerprint": fingerprint_files(data),
        "applicants": len(target),
        "defaults": int(target.sum()),
        **({} if table.time is None else {"period": period(application_dates(table))}),
    }


def fingerprint_files(data: Path) -> str:
    """Return the SHA-256 of the names and contents of the source files."""
    digest = hashlib.sha256()
    for path in [data] if data.is_file() else source_files(data):
        with path.open("rb") as file:
            content_digest = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.name} {content_digest}\n".encode())
    return digest.hexdigest()
