"""Reading the source tables by their contracts: from a folder of CSV or Parquet files, or from Kaggle's zip.

What comes out is the same whatever went in: contract dtypes, categories as their code among the contract's
levels (their order is the code), the source's marks for "no value" as missing.
"""

import logging
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
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
MOST_NAMED = 10  # columns, in a message
ENDINGS = (".parquet", ".csv", ".csv.gz")
# What a damaged file can raise; a zip with a password is a RuntimeError, an unknown compression its subclass.
DAMAGE = (pl.exceptions.PolarsError, OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)


def read_tables(path: Path, *, labelled: bool = True) -> dict[str, pl.LazyFrame]:
    """Every source table found at `path` (a folder or a zip), by contract name, as lazy frames.

    `labelled` picks the application file with TARGET, else the one without. A side table may be absent: the
    log says so and the result leaves it out. Raises TableError for a missing application table, an unreadable
    file or a missing column; what a lazy frame meets only when it is collected, see `breaches_named`.
    """
    found: dict[str, pl.LazyFrame] = {}
    for table in contracts().values():
        file = _file(path, _stem(table, labelled=labelled))
        if file is None:
            _say_absent(path, table, labelled=labelled)
        else:
            with _damage_named(file):
                found[table.name] = _by_contract(_scan(file, table), table, file, labelled=labelled)
    return found


@contextmanager
def breaches_named(path: Path, *, labelled: bool = True) -> Iterator[None]:
    """Around work that collects the frames of `read_tables(path)`.

    A value that breaks its contract becomes a TableError that names file, column and value: the files are read
    again, one by one, until the one at fault is found.
    """
    try:
        yield
    except pl.exceptions.PolarsError:
        for name, frame in read_tables(path, labelled=labelled).items():
            with _damage_named(_file(path, _stem(contracts()[name], labelled=labelled)) or path):
                frame.collect()
        raise


def source_files(path: Path) -> list[Path]:
    """The files at `path` that hold source tables, sorted by name."""
    if path.is_file():
        return [path]
    stems = {stem for table in contracts().values() for stem in (table.file, table.unlabelled_file) if stem}
    return sorted(file for stem in stems for ending in ENDINGS if (file := path / (stem + ending)).is_file())


def _stem(table: Table, *, labelled: bool) -> str:
    return table.file if labelled or table.unlabelled_file is None else table.unlabelled_file


def _say_absent(path: Path, table: Table, *, labelled: bool) -> None:
    stem = _stem(table, labelled=labelled)
    if table.name == "application":
        names = ", ".join(stem + ending for ending in ENDINGS)
        raise TableError(f"{path} holds no application table: expected one of {names}, or a zip with {stem}.csv")
    log.warning("%s holds no %s: its features are left out", path, stem)


@contextmanager
def _damage_named(file: Path) -> Iterator[None]:
    """Say which file it is that cannot be read."""
    try:
        yield
    except DAMAGE as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise TableError(f"{file} cannot be used ({reason}): mend it, or leave out a side table's file") from error


def _file(path: Path, stem: str) -> Path | None:
    """The file of the table `stem`, or None where there is none; of a member of a zip, zip/member."""
    if not path.exists():
        raise TableError(f"{path} does not exist: expected a folder of tables or a zip")
    if path.is_dir():
        return next((file for ending in ENDINGS if (file := path / (stem + ending)).is_file()), None)
    if not zipfile.is_zipfile(path):
        raise TableError(f"{path} is neither a folder nor a zip: give the folder of the tables or Kaggle's zip")
    with zipfile.ZipFile(path) as archive:
        return next((path / name for name in archive.namelist() if Path(name).name == stem + ".csv"), None)


def _scan(file: Path, table: Table) -> pl.LazyFrame:
    """The raw file as a lazy frame; a member of a zip is read at once, checked against its CRC."""
    if file.suffix == ".parquet":
        return pl.scan_parquet(file)
    if file.is_file():
        return pl.scan_csv(file, **_csv_options(table))
    archive_path = next(parent for parent in file.parents if parent.is_file())
    with zipfile.ZipFile(archive_path) as archive:
        content = archive.read(file.relative_to(archive_path).as_posix())
    return pl.read_csv(content, **_csv_options(table)).lazy()


def _csv_options(table: Table) -> dict[str, Any]:
    """No guessing: contract dtypes for the columns it knows, text for any other."""
    return {"schema_overrides": {c.name: _raw_dtype(c) for c in table.columns}, "infer_schema": False}


def _raw_dtype(column: Column) -> pl.DataType:
    """The dtype to parse as: it holds the source's own marks for "no value" too."""
    if column.is_category:
        return pl.Enum([*column.levels, *column.missing])
    return pl.Float32() if column.sentinel is not None else DTYPES[column.dtype]


def _by_contract(scan: pl.LazyFrame, table: Table, file: Path, *, labelled: bool) -> pl.LazyFrame:
    """`scan` with the contract's columns, in its order and dtypes."""
    columns = [c for c in table.columns if labelled or c.use != "target"]
    present = scan.collect_schema()
    missing = [c.name for c in columns if c.name not in present]
    if missing:
        more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
        raise TableError(
            f"{file} lacks {', '.join(missing[:MOST_NAMED])}{more}: add the column, or leave out a side table's file"
        )
    return scan.select(_clean(c, present[c.name]) for c in columns)


def _clean(column: Column, stored: pl.DataType) -> pl.Expr:
    value = pl.col(column.name)
    if column.is_category:
        enum = _raw_dtype(column)
        code = (value if stored == enum else value.cast(pl.String).cast(enum)).to_physical()
        kept = pl.when(code < len(column.levels)).then(code) if column.missing else code
        return kept.cast(pl.UInt8).alias(column.name)
    if column.dtype == "float32" or stored.is_float():
        value = value.cast(pl.Float64 if stored == pl.Float64 else pl.Float32)
        value = pl.when(value.is_finite()).then(value)  # pandas writes NaN for missing
    if column.sentinel is not None:
        value = pl.when(value != column.sentinel).then(value)
    return value.cast(DTYPES[column.dtype]).alias(column.name)
