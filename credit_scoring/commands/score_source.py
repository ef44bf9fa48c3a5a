"""What `score` reads: a flat table, or the source tables in a folder or zip."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from credit_scoring.errors import SettingError

if TYPE_CHECKING:
    from credit_scoring.batch.source import Source
    from credit_scoring.bundle.manifest import Manifest
    from credit_scoring.tables.read_tables import ReadOptions

MAX_NAMES = 10  # of ignored columns


def open_source(
    data: Path, folder: Path, manifest: "Manifest", identifier: str | None, options: "ReadOptions"
) -> "Source":
    """The applicants at `data`, for the bundle in `folder`: tables in a folder or a zip, or a file.

    A folder whose name ends in .parquet is one flat table, as Spark writes it.

    SettingError for another folder if the model is one of a flat table, or with an `identifier`.
    """
    from credit_scoring.batch.flat_file import FlatFile
    from credit_scoring.batch.source_tables import SourceTables

    is_flat_model = identifier is not None or _schema_file(folder).exists()
    is_file = data.is_file() or not (data.is_dir() or data.suffix == "")
    is_flat_file = is_file and (is_flat_model or data.suffix != ".zip")
    if is_flat_file or data.suffix == ".parquet":
        source = FlatFile(data, manifest.features, identifier or model_identifier(folder))
        _print_ignored(source.ignored_columns)
        return source
    if is_flat_model:
        raise SettingError(
            f"{data} is a folder of tables, which needs a model trained on such tables and "
            "no --id: give a CSV or Parquet file with one row per applicant"
        )
    return SourceTables(data, manifest, options)


def _print_ignored(names: Sequence[str]) -> None:
    if names:
        rest = [f"and {len(names) - MAX_NAMES:,} more"] * (len(names) > MAX_NAMES)
        listed = ", ".join([*names[:MAX_NAMES], *rest])
        typer.echo(f"Columns that the model does not request are ignored: {listed}.", err=True)


def _schema_file(folder: Path) -> Path:
    """The schema of the model's flat table; it does not exist for a model of tables."""
    from credit_scoring.training.train import SCHEMA_FILE

    return folder / SCHEMA_FILE


def model_identifier(folder: Path) -> str | None:
    """The column that identifies an applicant in the data of the model; None if it has none."""
    from credit_scoring.features.definitions.side_table import APPLICANT_KEY
    from credit_scoring.flat_table.schema_file import read_schema

    if not (schema := _schema_file(folder)).exists():
        return APPLICANT_KEY
    return next(iter(read_schema(schema).unique), None)
