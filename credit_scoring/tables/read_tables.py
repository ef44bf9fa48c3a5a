"""Reads the source tables by their contracts, from a folder of CSV or Parquet files or a zip.

The result does not depend on the format of the files: contract dtypes, categories as the code of
their level, and the sentinel values as missing. docs/data.md has the details.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from credit_scoring.contracts.contract import contracts
from credit_scoring.errors import TableError
from credit_scoring.files import StrPath
from credit_scoring.tables.parquet_cache import ParquetCache
from credit_scoring.tables.source_files import TableLocation, file_stem, file_stems
from credit_scoring.tables.table_errors import raise_problems
from credit_scoring.tables.table_set import TableSet, open_table_set

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReadOptions:
    """How to read: the cache folder (None: no cache), and whether to ignore unknown columns."""

    cache: StrPath | None = None
    ignore_unknown: bool = False


UNCACHED = ReadOptions()


def read_tables(
    path: StrPath,
    *,
    labelled: bool | None = True,
    cache: StrPath | None = None,
    checked: bool = False,
    ignore_unknown: bool = False,
) -> dict[str, pl.LazyFrame]:
    """Every source table at `path` (a folder or a zip), by contract name, as lazy frames.

    `labelled` selects the application file with TARGET, else the one without; None takes the
    applicants of both files, TARGET missing where it is not known. A side table may be absent: the
    log says so and the result does not contain it. `cache` is a folder for Parquet copies of what
    is read from CSV or a zip. `checked` first validates every value, key and parent.
    `ignore_unknown` skips columns that no contract has. Raises one TableError with every problem.
    Without `checked`, the values of a CSV are validated only when a frame is collected: see
    `explain_read_errors`.
    """
    path = Path(path)
    tables = open_table_set(
        path, labelled=labelled, cache=cache, checked=checked, ignore_unknown=ignore_unknown
    )
    for name in tables.absent:
        stem = file_stem(contracts()[name], labelled=tables.labelled)
        log.warning("%s holds no %s: its features are left out", path, stem)
    raise_problems(path, tables.problems)
    return tables.frames


@contextmanager
def explain_read_errors(
    path: StrPath,
    *,
    labelled: bool | None = True,
    cache: StrPath | None = None,
    ignore_unknown: bool = False,
) -> Iterator[None]:
    """Wrap work that collects the frames of `read_tables(path)`.

    A value that breaks its contract raises a TableError that names file, column and value: the
    files are read again with every check. A damaged cache is named and removed.
    """
    path = Path(path)
    try:
        yield
    except pl.exceptions.PolarsError as error:
        tables = open_table_set(
            path, labelled=labelled, checked=True, ignore_unknown=ignore_unknown
        )
        raise_problems(path, tables.problems)
        if cache is not None and _remove_damaged(ParquetCache(Path(cache)), tables):
            raise TableError(
                f"tables cached in {cache} were damaged and are removed: run this again"
            ) from error
        raise


def _remove_damaged(cache: ParquetCache, tables: TableSet) -> list[str]:
    """The tables whose entry in the cache was damaged; the entries are removed."""
    return [
        name
        for name, opened in tables.opened.items()
        if cache.remove_if_damaged(opened.source, opened.table)
    ]


def source_files(path: StrPath) -> list[Path]:
    """The files at `path` that hold source tables, sorted by name."""
    location = TableLocation(Path(path))
    if not location.root.is_dir():
        return [location.root]
    files = (location.find(stem) for stem in file_stems())
    return sorted(file.path for file in files if file is not None)
