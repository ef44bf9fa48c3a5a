"""Reading the source tables by their contracts: from a folder of CSV or Parquet files, or from Kaggle's zip.

What comes out is the same whatever went in: contract dtypes, categories as their code among the contract's
levels (their order is the code), the source's marks for "no value" as missing.
"""

import logging
import zipfile
from pathlib import Path
from typing import Any

import polars as pl

from credit_scoring.errors import TableError
from credit_scoring.tables.contract import Column, Table, contracts

log = logging.getLogger(__name__)
DTYPES: dict[str, pl.DataType] = {
    "int8": pl.Int8(),
    "int16": pl.Int16(),
    "int32": pl.Int32(),
    "float32": pl.Float32(),
    "category": pl.UInt8(),
}
ENDINGS = (".parquet", ".csv", ".csv.gz")


def read_tables(path: Path, *, labelled: bool = True) -> dict[str, pl.LazyFrame]:
    """Every source table found at `path` (a folder or a zip), by contract name, as lazy frames.

    `labelled` picks the application file with TARGET, else the one without. A side table may be absent: the
    log says so and the result leaves it out. Raises TableError for a missing application table, an unreadable
    file, a missing column or an unknown level.
    """
    found: dict[str, pl.LazyFrame] = {}
    for table in contracts().values():
        stem = table.file if labelled or table.unlabelled_file is None else table.unlabelled_file
        scan = _scan(path, stem, table)
        if scan is None:
            _say_absent(path, stem, table)
        else:
            found[table.name] = _by_contract(scan, table, stem, labelled=labelled)
    return found


def source_files(path: Path) -> list[Path]:
    """The files at `path` that hold source tables, sorted by name."""
    if path.is_file():
        return [path]
    stems = {stem for table in contracts().values() for stem in (table.file, table.unlabelled_file) if stem}
    return sorted(file for stem in stems for ending in ENDINGS if (file := path / (stem + ending)).is_file())


def _say_absent(path: Path, stem: str, table: Table) -> None:
    if table.name == "application":
        names = ", ".join(stem + ending for ending in ENDINGS)
        raise TableError(f"{path} holds no application table: expected one of {names}, or a zip with it")
    log.warning("%s holds no %s: its features are left out", path, stem)


def _scan(path: Path, stem: str, table: Table) -> pl.LazyFrame | None:
    """The raw file as a lazy frame, or None where there is none."""
    if not path.exists():
        raise TableError(f"{path} does not exist: expected a folder of tables or a zip")
    if path.is_file():
        return _scan_zip(path, stem, table)
    for ending in ENDINGS:
        file = path / (stem + ending)
        if file.exists():
            return pl.scan_parquet(file) if ending == ".parquet" else pl.scan_csv(file, **_csv_options(table))
    return None


def _scan_zip(path: Path, stem: str, table: Table) -> pl.LazyFrame | None:
    if not zipfile.is_zipfile(path):
        raise TableError(f"{path} is neither a folder nor a zip: give the folder of the tables or Kaggle's zip")
    with zipfile.ZipFile(path) as archive:
        member = next((name for name in archive.namelist() if Path(name).name == stem + ".csv"), None)
        if member is None:
            return None
        with archive.open(member) as file:
            return pl.read_csv(file, **_csv_options(table)).lazy()


def _csv_options(table: Table) -> dict[str, Any]:
    """No guessing: contract dtypes for the columns it knows, text for any other."""
    return {"schema_overrides": {c.name: _raw_dtype(c) for c in table.columns}, "infer_schema": False}


def _raw_dtype(column: Column) -> pl.DataType:
    """The dtype to parse as: it holds the source's own marks for "no value" too."""
    if column.is_category:
        return pl.Enum([*column.levels, *column.missing])
    return pl.Float32() if column.sentinel is not None else DTYPES[column.dtype]


def _by_contract(scan: pl.LazyFrame, table: Table, stem: str, *, labelled: bool) -> pl.LazyFrame:
    """`scan` with the contract's columns, in its order and dtypes."""
    columns = [c for c in table.columns if labelled or c.use != "target"]
    present = scan.collect_schema()
    missing = [c.name for c in columns if c.name not in present]
    if missing:
        raise TableError(f"{stem} lacks {', '.join(missing)}: add the column, or leave out the whole file")
    return scan.select(_clean(c, present[c.name]) for c in columns)


def _clean(column: Column, stored: pl.DataType) -> pl.Expr:
    value = pl.col(column.name)
    if column.is_category:
        enum = _raw_dtype(column)
        code = (value if stored == enum else value.cast(pl.String).cast(enum)).to_physical()
        kept = pl.when(code < len(column.levels)).then(code) if column.missing else code
        return kept.cast(pl.UInt8).alias(column.name)
    if column.sentinel is not None:
        value = pl.when(value != column.sentinel).then(value)
    return value.cast(DTYPES[column.dtype]).alias(column.name)
