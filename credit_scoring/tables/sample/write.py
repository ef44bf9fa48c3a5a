"""Writing the sample: parts block by block under a temporary folder, final names only when all is written."""

import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import polars as pl

Format = Literal["parquet", "csv", "zip"]
ARCHIVE = "home-credit-default-risk.zip"  # as Kaggle names it
TRUTH = "truth"  # always Parquet: it is no part of the set


class Writer:
    """Collects the blocks of each file under `folder`; `finish` makes the files, `names` lists them."""

    def __init__(self, folder: Path, file_format: Format) -> None:
        self.folder = folder
        self.file_format = file_format
        self.rows: dict[str, int] = {}

    def add(self, stem: str, frame: pl.DataFrame) -> None:
        """Append a block to the file `stem`."""
        part = len(list(self.folder.glob(f"{stem}.*.part"))) if self._is_parquet(stem) else 0
        if self._is_parquet(stem):
            frame.write_ipc(self.folder / f"{stem}.{part:06d}.part", compression="lz4")
        else:
            with (self.folder / f"{stem}.csv").open("ab") as file:
                frame.write_csv(file, include_header=stem not in self.rows)
        self.rows[stem] = self.rows.get(stem, 0) + frame.height

    def finish(self) -> list[Path]:
        """Make the files out of their parts and return their paths, still under `folder`."""
        files = [self._join(stem) for stem in self.rows if self._is_parquet(stem)]
        if self.file_format == "csv":
            files += [self.folder / f"{stem}.csv" for stem in self.rows if stem != TRUTH]
        return files + ([self._zip()] if self.file_format == "zip" else [])

    def _is_parquet(self, stem: str) -> bool:
        return self.file_format == "parquet" or stem == TRUTH

    def _join(self, stem: str) -> Path:
        file, parts = self.folder / f"{stem}.parquet", sorted(self.folder.glob(f"{stem}.*.part"))
        pl.scan_ipc(parts).sink_parquet(file, compression="zstd", compression_level=1)
        for part in parts:
            part.unlink()
        return file

    def _zip(self) -> Path:
        archive = self.folder / ARCHIVE
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
            for stem in self.rows:
                if stem != TRUTH:
                    target.write(self.folder / f"{stem}.csv", f"{stem}.csv")
                    (self.folder / f"{stem}.csv").unlink()
        return archive


@contextmanager
def writing(out: Path, file_format: Format) -> Iterator[Writer]:
    """A writer whose files appear in `out` only when the block ends well."""
    out.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".sample-", dir=out))
    try:
        writer = Writer(folder, file_format)
        yield writer
        for file in writer.finish():
            os.replace(file, out / file.name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
