"""External sort: a long table as runs on disk, each sorted by a key, to read ranges of keys.

Memory is bounded by one run, whatever the number of rows; a range reads its rows of each run.
"""

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from credit_scoring.errors import SettingError
from credit_scoring.tables.table_errors import first_line

RUN_BYTES = 1 << 28  # of a run in memory; half as large ones are twice as many to read from
BATCH_ROWS = 1 << 15  # of a file; a range reads up to as many rows too many at either end
MEASURED_ROWS = 64  # of nulls, to measure the size of a row


@dataclass
class SortedRuns:
    """Rows by ranges of `key`: range i is from `limits[i]` to below `limits[i + 1]`.

    The last range has no upper limit. Rows below the first limit are left out. `runs` are the
    files in `folder`, each with the first row of every range and its number of rows.
    """

    folder: Path
    key: str
    limits: pl.Series
    schema: pl.Schema
    runs: list[tuple[Path, list[int]]] = field(default_factory=list)

    def add(self, rows: pl.DataFrame) -> None:
        """Write `rows` as a run. SettingError if the disk has no room for it."""
        rows = rows if rows[self.key].is_sorted() else rows.sort(self.key, maintain_order=True)
        path = self.folder / f"{len(self.runs)}.arrow"
        try:
            rows.write_ipc(path, compression="lz4", record_batch_size=BATCH_ROWS)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise SettingError(
                f"{self.folder} cannot hold the sorted rows ({first_line(error)}): make room "
                "there, or set TMPDIR to another folder"
            ) from error
        starts = rows[self.key].search_sorted(self.limits, side="left").to_list()
        self.runs.append((path, [*starts, len(rows)]))

    def rows(self, number: int) -> pl.LazyFrame:
        """The rows of a range."""
        slices = [
            pl.scan_ipc(path, glob=False).slice(starts[number], starts[number + 1] - starts[number])
            for path, starts in self.runs
            if starts[number] < starts[number + 1]
        ]
        return pl.concat([pl.LazyFrame(schema=self.schema), *slices])


def new_runs(folder: Path, key: str, limits: pl.Series, schema: pl.Schema) -> SortedRuns:
    """Runs without rows, in a new folder."""
    folder.mkdir(parents=True)
    return SortedRuns(folder, key, limits, schema)


def sort_into_runs(frame: pl.LazyFrame, folder: Path, key: str, limits: pl.Series) -> SortedRuns:
    """The rows of `frame` by ranges of `key`, read in one pass."""
    runs = new_runs(folder, key, limits, frame.collect_schema())
    batches = frame.filter(pl.col(key) >= limits[0]).collect_batches(
        chunk_size=_rows_per_run(runs.schema), maintain_order=True, engine="streaming"
    )
    for batch in batches:
        runs.add(batch)
    return runs


def _rows_per_run(schema: pl.Schema) -> int:
    nulls = schema.to_frame().clear(MEASURED_ROWS)
    return max(1, int(RUN_BYTES * MEASURED_ROWS / nulls.estimated_size()))
