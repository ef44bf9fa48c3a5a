"""One file with a row per applicant as a source of blocks for scoring."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import polars as pl

from credit_scoring.batch.csv_rows import CsvRows
from credit_scoring.batch.rejections import Rejection
from credit_scoring.batch.source import Block
from credit_scoring.batch.source_state import require_unchanged, source_state
from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.contracts.contract import Column
from credit_scoring.errors import TableError
from credit_scoring.flat_table.cells import scan_cells, scan_parquet
from credit_scoring.flat_table.table_file import explain_unreadable, require_rows, table_file
from credit_scoring.suggestions import did_you_mean

MOST_LINES = 20  # of an error
UNFINISHED = "_temporary"  # in a folder that Spark has not finished
PART_ROWS = 50_000  # rows of a part: some 200 MB of memory for a hundred features


class FlatFile:
    """The applicants in the file at `path`, whose columns are the requested `features` and the id.

    A folder of Parquet files, as Spark writes it, is one file. TableError if the file cannot be
    read, or if a column is missing.
    """

    part_rows = PART_ROWS

    def __init__(
        self, path: Path, features: Sequence[ModelFeature], identifier: str | None
    ) -> None:
        self.path = path
        self._file = None if path.is_dir() else table_file(path)
        self._files = _parquet_files(path) if path.is_dir() else [path]
        self.name = path.name
        self.identifier = identifier
        self._requested = [feature for feature in features if feature.is_requested]
        self._names = [feature.name for feature in self._requested]
        is_text = self._file is not None and self._file.kind == "text"
        expected = [*map(_column, self._requested)]
        self._csv = CsvRows(self._file, expected) if self._file and is_text else None
        self._require_columns()
        require_rows(1 if self._csv else self._row_count, path)
        self.state = source_state(self._files)

    @property
    def decimal_comma(self) -> bool:
        """Whether the file writes numbers as 12,5."""
        return self._csv is not None and self._csv.decimal_comma

    @property
    def ignored_columns(self) -> list[str]:
        """The columns that are not read; derived features among them are computed again."""
        used = {*self._names, self.identifier}
        return [name for name in self._columns if name not in used]

    def estimated_rows(self, rows_read: int) -> int:
        """The number of rows; for a CSV file an estimate from the part that was read."""
        if self._csv is None:
            return self._row_count
        return round(rows_read / self._csv.share_read) if self._csv.share_read else 0

    def blocks(self, size: int, first: int, _scratch: Path | None = None) -> Iterator[Block]:
        """The blocks of `size` rows, from block `first` on."""
        read = self._csv_blocks if self._csv else self._parquet_blocks
        for block in read(size, first):
            require_unchanged(self.path, self._files, self.state)
            yield block

    def _parquet_blocks(self, size: int, first: int) -> Iterator[Block]:
        scan = self._frame.select(self._selected)
        for start in range(first * size, self._row_count, size):
            with explain_unreadable(self.path):
                frame = scan.slice(start, size).collect()
            rows = pl.Series("row", range(start + 1, start + len(frame) + 1), pl.Int64)
            yield self._block(frame, rows, [])

    def _csv_blocks(self, size: int, first: int) -> Iterator[Block]:
        if self._csv is not None:
            for block in self._csv.blocks(size, self._selected, first):
                yield self._block(block.frame, block.rows, block.rejected)

    def _block(self, frame: pl.DataFrame, rows: pl.Series, rejected: list[Rejection]) -> Block:
        identifiers = None if self.identifier is None else frame[self.identifier]
        return Block(frame.select(self._names), rows, identifiers, rejected)

    @property
    def _selected(self) -> list[str]:
        extra = self.identifier is not None and self.identifier not in self._names
        return [*self._names, *[str(self.identifier)] * extra]

    @cached_property
    def _columns(self) -> list[str]:
        if self._csv is not None:
            return self._csv.columns
        return self._frame.collect_schema().names()

    @cached_property
    def _frame(self) -> pl.LazyFrame:
        """The rows of a file that is not text."""
        with explain_unreadable(self.path):
            if self._file is None:
                return scan_parquet(self._files, self.path)
            if self._file.kind == "parquet":
                return scan_parquet(self._file.parquet(), self.path)
            return scan_cells(self._file)

    @cached_property
    def _row_count(self) -> int:
        with explain_unreadable(self.path):
            return int(self._frame.select(pl.len()).collect().item())

    def _require_columns(self) -> None:
        """TableError with all columns that are missing, each with the most similar one."""
        present = {*self._columns}
        others = [name for name in self._columns if name not in self._names]
        lines = [
            f"{name} is not in the file{did_you_mean(name, others)}"
            for name in self._names
            if name not in present
        ]
        if self.identifier is not None and self.identifier not in present:
            hint = did_you_mean(self.identifier, others)
            lines.append(f"{self.identifier}, the identifier, is not in the file{hint}: use --id")
        if lines:
            rest = [f"and {len(lines) - MOST_LINES} more"] * (len(lines) > MOST_LINES)
            listing = "\n  ".join([*lines[:MOST_LINES], *rest])
            raise TableError(
                f"{self.path} does not have the columns that the model requests:\n  {listing}\n"
                "Add them, empty where a value is not known, or rename a column."
            )


def _parquet_files(folder: Path) -> list[Path]:
    """The files of a table that Spark wrote; their order is that of their rows."""
    if (folder / UNFINISHED).exists():
        raise TableError(f"{folder} is not complete, its job failed or still runs: write it again")
    files = sorted(file for file in folder.glob("*.parquet") if file.name[0] not in "._")
    if not files:
        raise TableError(f"{folder} has no Parquet files: give a file, or a folder with some")
    return files


def _column(feature: ModelFeature) -> Column:
    """A requested feature as a column of a contract, to detect how a CSV file writes numbers."""
    constraints = feature.feature
    dtype = "category" if constraints.levels else "int32" if constraints.whole else "float32"
    return Column(feature.name, feature.name, dtype, feature.nullable, constraints.meaning)  # type: ignore[arg-type]
