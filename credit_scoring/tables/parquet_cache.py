"""A cache of tables as Parquet files, valid while the file they were read from is unchanged.

An entry is `<folder>/<source>/<state>.parquet`. The source is identified by its absolute path; the
state by its size, modification time, contract and `FORMAT`. Writes are atomic, so that several
processes may read and write, and a killed process leaves nothing that is read.
"""

import hashlib
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from credit_scoring.contracts.contract import Table
from credit_scoring.errors import TableError
from credit_scoring.files import atomic_path
from credit_scoring.tables.source_files import SourceFile
from credit_scoring.tables.table_errors import first_line

log = logging.getLogger(__name__)
FORMAT = 1  # increase it if an entry changes for the same file and contract
STALE_AFTER = 3600  # seconds; a temporary file this old was left by a dead process
NOT_CACHED = (
    "%s is read without the cache in %s (%s): make room there, or set "
    "CREDIT_SCORING_CACHE_PATH to another folder or to off"
)
DISK_ERRORS = ("IO error", "os error")  # in Polars' messages about the disk


class ParquetCache:
    """The tables cached in `folder`. A failure of the cache costs a warning and time, no more."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, source: SourceFile, table: Table) -> pl.LazyFrame | None:
        """The cached table, or None; a damaged entry is removed."""
        entry = self._entry(source, table)
        try:
            if not entry.is_file():
                return None
            frame = pl.scan_parquet(entry, glob=False)
            frame.collect_schema()
        except (OSError, pl.exceptions.PolarsError):
            log.warning("%s is damaged: %s is read again", entry, source.name)
            self.remove(source, table)
            return None
        return frame

    def store(self, source: SourceFile, table: Table, frame: pl.LazyFrame) -> pl.LazyFrame | None:
        """Write the table and return the cached frame; None if it cannot be written.

        Errors of the frame itself are raised.
        """
        entry = self._entry(source, table)
        try:
            with _temporary_path(entry) as temporary:
                frame.sink_parquet(temporary, compression="zstd", compression_level=1)
                self._require_unchanged(source, table, entry)
        except (OSError, pl.exceptions.PolarsError) as error:
            if not (isinstance(error, OSError) or any(text in str(error) for text in DISK_ERRORS)):
                raise
            log.warning(NOT_CACHED, source.name, self.folder, first_line(error))
            return None
        _remove_outdated(entry)
        return pl.scan_parquet(entry, glob=False)

    def remove_if_damaged(self, source: SourceFile, table: Table) -> bool:
        """Whether there is an entry that cannot be read to its end; it is removed."""
        frame = self.find(source, table)
        try:
            if frame is not None:
                frame.select(pl.all().hash().sum()).collect(engine="streaming")
        except (OSError, pl.exceptions.PolarsError):
            self.remove(source, table)
            return True
        return False

    def remove(self, source: SourceFile, table: Table) -> None:
        """Remove the entry, if there is one."""
        try:
            self._entry(source, table).unlink(missing_ok=True)
        except OSError as error:
            log.warning(
                "the cache cannot be changed (%s): give another with CREDIT_SCORING_CACHE_PATH",
                error,
            )

    def passed_checks(self, sources: dict[str, SourceFile], tables: dict[str, Table]) -> bool:
        """Whether the same files passed every check before, and their entries still exist."""
        copied = [
            (source, tables[name]) for name, source in sources.items() if not source.is_parquet_file
        ]
        try:
            if not all(self._entry(source, table).is_file() for source, table in copied):
                return False
            return self._marker(sources).read_text(encoding="utf-8") == _state(sources, tables)
        except OSError:
            return False

    def record_passed(self, sources: dict[str, SourceFile], tables: dict[str, Table]) -> None:
        """Record that these files passed every check."""
        try:
            with _temporary_path(self._marker(sources)) as temporary:
                temporary.write_text(_state(sources, tables), encoding="utf-8")
        except OSError as error:
            log.warning(
                "the cache in %s cannot be written (%s): the files are checked again next time",
                self.folder, error,
            )  # fmt: skip

    def _entry(self, source: SourceFile, table: Table) -> Path:
        path, member, *state = source.state
        return self.folder / _digest(path, member) / f"{_digest(*state, table, FORMAT)}.parquet"

    def _require_unchanged(self, source: SourceFile, table: Table, entry: Path) -> None:
        if entry != self._entry(source, table):
            raise TableError(
                f"{source.name} was changed while it was read: run this again when it is complete"
            )

    def _marker(self, sources: dict[str, SourceFile]) -> Path:
        files = sorted((name, *source.state[:2]) for name, source in sources.items())
        return self.folder / f"{_digest(*files)}.sound"


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


def _state(sources: dict[str, SourceFile], tables: dict[str, Table]) -> str:
    files = ((name, source.state, tables[name]) for name, source in sorted(sources.items()))
    return _digest(*files, FORMAT)


@contextmanager
def _temporary_path(path: Path) -> Iterator[Path]:
    """A temporary path that is renamed to `path`, in a folder that only its owner may read."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with atomic_path(path, durable=False) as temporary:
        yield temporary


def _remove_outdated(entry: Path) -> None:
    """Remove entries of other states of the file, and temporary files of dead processes."""
    for path in entry.parent.iterdir():
        try:
            is_recent = time.time() - path.stat().st_mtime < STALE_AFTER
            if path != entry and not (path.suffix == ".tmp" and is_recent):
                path.unlink()
        except OSError:  # another process was faster, or the folder is not ours
            continue
