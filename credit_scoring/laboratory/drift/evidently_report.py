"""Evidently's own report on two tables, written in an environment of its own.

Evidently requires an older pandas and Plotly than the laboratory, and a gigabyte of disk.
"""

import json
import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from credit_scoring.errors import CreditScoringError
from credit_scoring.files import atomic_path
from credit_scoring.flat_table.scan_columns import ColumnTable
from credit_scoring.laboratory.drift.column_counts import ColumnCounts
from credit_scoring.laboratory.drift.table_pairs import TablePair

ENVIRONMENT = Path(__file__).parents[3] / ".venv-evidently"
CHILD = Path(__file__).with_name("evidently_child.py")
MAX_ROWS = 20_000  # of each table: Evidently's time grows with the rows
SEED = 0


class EvidentlyError(CreditScoringError):
    """Evidently is not installed, or failed."""

    title = "Evidently"


def require_evidently(environment: Path = ENVIRONMENT) -> Path:
    """The Python of Evidently's environment; EvidentlyError if there is none."""
    python = environment / "bin/python"
    if not (environment / "done").exists() or not python.exists():
        raise EvidentlyError(
            f"it is not installed in {environment}: make evidently installs it there (1 GB, about "
            "two minutes)"
        )
    return python


def write_evidently_report(
    pair: TablePair, columns: list[ColumnCounts], out: Path, python: Path
) -> None:
    """Write Evidently's report on the compared columns of a pair to an HTML file.

    Of more than MAX_ROWS rows a random sample is used. Evidently refuses columns without a value in
    one of the tables, so they are left out. EvidentlyError if Evidently fails.
    """
    full = [column for column in columns if any(column.reference[:-1]) and any(column.current[:-1])]
    names = {
        kind: [column.name for column in full if column.kind == kind]
        for kind in ("number", "category")
    }
    with TemporaryDirectory(prefix="credit-scoring-evidently-") as folder:
        files = [Path(folder) / "reference.parquet", Path(folder) / "current.parquet"]
        for table, file in zip((pair.reference, pair.current), files, strict=True):
            _sample(table, names).write_parquet(file)
        try:
            with atomic_path(out) as temporary:
                _run(
                    [str(python), "-I", str(CHILD), *map(str, files), json.dumps(names)], temporary
                )
        except OSError as error:
            raise EvidentlyError(f"{out} was not written ({error.strerror or error})") from error


def _sample(table: ColumnTable, names: dict[str, list[str]]) -> pl.DataFrame:
    """Rows of the table, in their order, with numbers as such and levels as texts."""
    rng = np.random.default_rng(SEED)
    size = min(table.rows, MAX_ROWS)
    rows = np.sort(rng.choice(table.rows, size, replace=False)).astype(np.uint32)
    types = {"number": pl.Float64, "category": pl.String}
    return pl.DataFrame(
        [
            table.column(name).gather(rows).cast(types[kind], strict=False)
            for kind, columns in names.items()
            for name in columns
        ]
    )


def _run(command: list[str], out: Path) -> None:
    """Run Evidently, without its telemetry; its last line of output explains a failure."""
    environment = {**os.environ, "DO_NOT_TRACK": "1"}
    result = subprocess.run(  # noqa: S603 - our own script, in an environment that make created
        [*command, str(out)], env=environment, capture_output=True, text=True, check=False
    )
    if result.returncode or not out.exists():
        lines = result.stderr.strip().splitlines() or [f"exit code {result.returncode}"]
        raise EvidentlyError(f"no report was written: {lines[-1][:300]}")
