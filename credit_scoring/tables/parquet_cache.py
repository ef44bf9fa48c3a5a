"""Tables once read, kept as Parquet: found again while the file they came from is unchanged.

An entry is `<folder>/<source>/<state>.parquet`: the source is told by its absolute path, the state by its size,
its time of change, its contract and `FORMAT`. It is written under another name and takes its own when whole, so
that any number of processes may read and write at once, and one that is killed leaves nothing that is read.
"""

import hashlib
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import polars as pl

from credit_scoring.contracts.contract import Table
from credit_scoring.errors import TableError
from credit_scoring.tables.source_files import Source

log = logging.getLogger(__name__)
FORMAT = 1  # raise it when what is kept changes for the same file and contract
STALE_SECONDS = 3600  # an unfinished file this old was left by a process that is dead
DISK = ("IO error", "os error")  # Polars wraps what the disk says in errors of its own


class Cache:
    """Tables kept in `folder`. What goes wrong with it costs a warning and time, never a reading."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, source: Source, table: Table) -> pl.LazyFrame | None:
        """The table as it was kept, or None; a damaged entry is thrown away."""
        entry = self._entry(source, table)
        try:
            if not entry.is_file():
                return None
            frame = pl.scan_parquet(entry)
            frame.collect_schema()
        except (OSError, pl.exceptions.PolarsError):
            log.warning("%s is damaged: %s is read again", entry, source.name)
            self.forget(source, table)
            return None
        return frame

    def keep(self, source: Source, table: Table, frame: pl.LazyFrame) -> pl.LazyFrame | None:
        """Write the table and return it as it is kept; None where it cannot be. What the frame raises passes."""
        entry = self._entry(source, table)
        try:
            with _replacing(entry) as part:
                frame.sink_parquet(part, compression="zstd", compression_level=1)
                if entry != self._entry(source, table):
                    raise TableError(
                        f"{source.name} was changed while it was read: run this again when it is whole"
                    )
        except OSError as error:
            self._warn(source, error)
            return None
        except pl.exceptions.PolarsError as error:
            if not any(words in str(error) for words in DISK):
                raise
            self._warn(source, error)
            return None
        _tidy(entry)
        return pl.scan_parquet(entry)

    def damaged(self, source: Source, table: Table) -> bool:
        """Whether an entry is there that cannot be read to its end; it is thrown away."""
        kept = self.find(source, table)
        try:
            if kept is not None:
                kept.select(pl.all().hash().sum()).collect(engine="streaming")
        except (OSError, pl.exceptions.PolarsError):
            self.forget(source, table)
            return True
        return False

    def forget(self, source: Source, table: Table) -> None:
        """Throw the entry away, if there is one."""
        try:
            self._entry(source, table).unlink(missing_ok=True)
        except OSError as error:
            log.warning(
                "the cache cannot be changed (%s): give another with CREDIT_SCORING_CACHE_PATH",
                error,
            )

    def passed(self, sources: dict[str, Source], tables: dict[str, Table]) -> bool:
        """Whether these very files were found sound before, and what was read of them, and maybe mended, is kept."""
        kept = [(source, tables[name]) for name, source in sources.items() if not source.is_direct]
        try:
            if not all(self._entry(source, table).is_file() for source, table in kept):
                return False
            return self._mark(sources).read_text(encoding="utf-8") == _states(sources, tables)
        except OSError:
            return False

    def remember(self, sources: dict[str, Source], tables: dict[str, Table]) -> None:
        """Write down that these files were found sound."""
        try:
            with _replacing(self._mark(sources)) as part:
                part.write_text(_states(sources, tables), encoding="utf-8")
        except OSError as error:
            log.warning("the cache in %s cannot be written (%s): the files are checked again next time",
                        self.folder, error)  # fmt: skip

    def _entry(self, source: Source, table: Table) -> Path:
        path, member, *state = source.state
        return self.folder / _digest(path, member) / f"{_digest(*state, table, FORMAT)}.parquet"

    def _mark(self, sources: dict[str, Source]) -> Path:
        return (
            self.folder
            / f"{_digest(*sorted((name, *source.state[:2]) for name, source in sources.items()))}.sound"
        )

    def _warn(self, source: Source, error: Exception) -> None:
        reason = str(error).partition("\n")[0]
        log.warning(
            "%s is read without the cache in %s (%s): make room there, or set CREDIT_SCORING_CACHE_PATH to another "
            "folder or to off", source.name, self.folder, reason,
        )  # fmt: skip


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


def _states(sources: dict[str, Source], tables: dict[str, Table]) -> str:
    return _digest(
        *((name, source.state, tables[name]) for name, source in sorted(sources.items())), FORMAT
    )


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A file to write that takes the name `path` when the block ends well and is gone when it does not."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.parent / f".{path.name}.{os.getpid()}.{uuid4().hex}.part"
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _tidy(entry: Path) -> None:
    """Remove what was kept of the same file in other states, and what a killed process left."""
    for other in entry.parent.iterdir():
        try:
            unfinished = (
                other.name.endswith(".part") and time.time() - other.stat().st_mtime < STALE_SECONDS
            )
            if other != entry and not unfinished:
                other.unlink()
        except OSError:  # another process was faster, or the folder is not ours
            continue
