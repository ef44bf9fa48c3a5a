"""Writes the sample block by block to a temporary folder, then renames all files together."""

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import polars as pl

from credit_scoring.contracts.contract import contracts
from credit_scoring.errors import TableError
from credit_scoring.tables.source_files import ARCHIVE

FileFormat = Literal["parquet", "csv", "zip"]
TRUTH = "truth"  # always Parquet: it does not belong to the set


class SampleWriter:
    """Collects the blocks of each file in `folder`; `finish` makes the files.

    `rows` counts the rows by file.
    """

    def __init__(self, folder: Path, file_format: FileFormat) -> None:
        self.folder = folder
        self.file_format = file_format
        self.rows: dict[str, int] = {}
        self.parts: dict[str, list[Path]] = {}

    def add(self, stem: str, frame: pl.DataFrame) -> None:
        """Append a block to the file `stem`."""
        if self._is_parquet(stem):
            parts = self.parts.setdefault(stem, [])
            parts.append(self.folder / f"{stem}.{len(parts)}.part")
            frame.write_ipc(parts[-1], compression="lz4")
        else:
            with (self.folder / f"{stem}.csv").open("ab") as file:
                frame.write_csv(file, include_header=stem not in self.rows)
        self.rows[stem] = self.rows.get(stem, 0) + frame.height

    def finish(self) -> list[Path]:
        """Make the files from their blocks and return their paths, still in `folder`."""
        files = [self._join_parts(stem) for stem in self.parts]
        tables = [self.folder / f"{stem}.csv" for stem in self.rows if stem not in self.parts]
        return files + ([self._zip(tables)] if self.file_format == "zip" else tables)

    def _is_parquet(self, stem: str) -> bool:
        return self.file_format == "parquet" or stem == TRUTH

    def _join_parts(self, stem: str) -> Path:
        file = self.folder / f"{stem}.parquet"
        parts = pl.scan_ipc(self.parts[stem], glob=False)
        parts.sink_parquet(file, compression="zstd", compression_level=1, maintain_order=True)
        for part in self.parts[stem]:
            part.unlink()
        return file

    def _zip(self, tables: list[Path]) -> Path:
        path = self.folder / ARCHIVE
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for table in tables:
                archive.write(table, table.name)
                table.unlink()
        return path


@contextmanager
def sample_writer(out: Path, file_format: FileFormat) -> Iterator[SampleWriter]:
    """A writer whose files appear in `out` when the block ends without an error.

    They replace an older sample there. Raises TableError if `out` holds other tables.
    """
    _require_no_other_tables(out)
    out.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".sample-", dir=out))
    try:
        writer = SampleWriter(folder, file_format)
        yield writer
        written = [file.replace(out / file.name) for file in writer.finish()]
        for old_file in set(_tables_in(out)) - set(written):
            old_file.unlink()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _tables_in(out: Path) -> list[Path]:
    """The files in `out` that would be read as tables of the set."""
    tables = contracts().values()
    stems = [stem for table in tables for stem in (table.file, table.unlabelled_file) if stem]
    names = [f"{stem}{ending}" for stem in stems for ending in (".parquet", ".csv", ".csv.gz")]
    return [out / name for name in (*names, ARCHIVE) if (out / name).exists()]


def _require_no_other_tables(out: Path) -> None:
    """Keep the sample from overwriting, or mixing with, tables that are not a sample."""
    tables = _tables_in(out)
    if tables and not (out / f"{TRUTH}.parquet").exists():
        raise TableError(
            f"out is {out}, which holds {tables[0].name} but no {TRUTH}.parquet: those tables are "
            "not a sample and would be lost; give another folder"
        )
