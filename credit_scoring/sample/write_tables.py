"""Writing the sample: block by block under a temporary folder, final names only when all is written."""

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

Format = Literal["parquet", "csv", "zip"]
TRUTH = "truth"  # always Parquet: it is no part of the set


class Writer:
    """Collects the blocks of each file under `folder`; `finish` makes the files. `rows` counts by file."""

    def __init__(self, folder: Path, file_format: Format) -> None:
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
        """Make the files out of their blocks and return their paths, still under `folder`."""
        files = [self._join(stem) for stem in self.parts]
        tables = [self.folder / f"{stem}.csv" for stem in self.rows if stem not in self.parts]
        return files + ([self._zip(tables)] if self.file_format == "zip" else tables)

    def _is_parquet(self, stem: str) -> bool:
        return self.file_format == "parquet" or stem == TRUTH

    def _join(self, stem: str) -> Path:
        file, parts = self.folder / f"{stem}.parquet", self.parts[stem]
        pl.scan_ipc(parts).sink_parquet(
            file, compression="zstd", compression_level=1, maintain_order=True
        )
        for part in parts:
            part.unlink()
        return file

    def _zip(self, tables: list[Path]) -> Path:
        with zipfile.ZipFile(
            self.folder / ARCHIVE, "w", zipfile.ZIP_DEFLATED, compresslevel=1
        ) as archive:
            for table in tables:
                archive.write(table, table.name)
                table.unlink()
        return self.folder / ARCHIVE


@contextmanager
def writing(out: Path, file_format: Format) -> Iterator[Writer]:
    """A writer whose files appear in `out` only when the block ends well; an older sample there gives way."""
    _refuse_other_data(out)
    out.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".sample-", dir=out))
    try:
        writer = Writer(folder, file_format)
        yield writer
        made = [file.replace(out / file.name) for file in writer.finish()]
        for old in set(_tables_in(out)) - set(made):
            old.unlink()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _tables_in(out: Path) -> list[Path]:
    """The files in `out` that would be read as tables of the set."""
    stems = [
        stem
        for table in contracts().values()
        for stem in (table.file, table.unlabelled_file)
        if stem
    ]
    names = [f"{stem}{ending}" for stem in stems for ending in (".parquet", ".csv", ".csv.gz")]
    return [out / name for name in (*names, ARCHIVE) if (out / name).exists()]


def _refuse_other_data(out: Path) -> None:
    """Keep the sample from overwriting, or mixing with, tables that are none."""
    tables = _tables_in(out)
    if tables and not (out / f"{TRUTH}.parquet").exists():
        raise TableError(f"out is {out}, which holds {tables[0].name} but no {TRUTH}.parquet: those tables are no "
                         "sample and would be lost; give another folder")  # fmt: skip
