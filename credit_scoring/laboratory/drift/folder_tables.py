"""The tables of a folder like Home Credit's, with the rows of its own applicants only.

The side tables of the competition hold the histories of the train and of the test applicants, in
the same files. Each side of a comparison keeps the rows that belong to its application table.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

from credit_scoring.contracts.contract import Table, contracts
from credit_scoring.flat_table.scan_columns import ColumnTable
from credit_scoring.tables.read_tables import ReadOptions, explain_read_errors, read_tables
from credit_scoring.tables.source_files import TableLocation, file_stem
from credit_scoring.tables.table_set import APPLICATION

OWNER = "SK_ID_CURR"  # the applicant of a row
Frames = dict[str, pl.LazyFrame]


@dataclass(frozen=True)
class FolderTables:
    """The source tables at `path`, and whether its application table has the target."""

    path: Path
    labelled: bool
    frames: Frames
    options: ReadOptions

    @classmethod
    def open(
        cls, path: Path, options: ReadOptions, *, prefer_unlabelled: bool = False
    ) -> "FolderTables":
        """Open the tables: with application_train if there is one, else with application_test.

        `prefer_unlabelled` prefers application_test. Raises TableError without either.
        """
        location = TableLocation(path)
        application = contracts()[APPLICATION]
        present = {
            labelled
            for labelled in (True, False)
            if location.find(file_stem(application, labelled=labelled)) is not None
        }
        labelled = (not prefer_unlabelled) if len(present) > 1 else present != {False}
        frames = read_tables(
            path, labelled=labelled, cache=options.cache, ignore_unknown=options.ignore_unknown
        )
        return cls(path, labelled, frames, options)

    @property
    def names(self) -> list[str]:
        """The tables whose rows belong to known applicants, by contract name."""
        return [name for name in self.frames if self._parents_exist(name)]

    def _parents_exist(self, name: str) -> bool:
        join = contracts()[name].join
        return join is None or (join.table in self.frames and self._parents_exist(join.table))

    def keys(self, name: str) -> frozenset[str]:
        """The columns that are not compared: those that identify or link rows, and the time."""
        columns = contracts()[name].columns
        return frozenset(c.name for c in columns if c.use in ("key", "time")) | {OWNER}

    def target(self, name: str) -> str | None:
        """The target column of a table, if it has one."""
        return next((c.name for c in contracts()[name].columns if c.use == "target"), None)

    def prepare(self, name: str, scratch: Path) -> tuple[ColumnTable, float]:
        """The table with the rows of its applicants, copied to `scratch`; and its effective rows.

        The rows of one applicant resemble each other. At worst they say the same, and the table is
        worth as many independent rows as Kish's effective sample size (1965, Survey Sampling):
        the square of the number of rows, over the sum of the squares by applicant.
        """
        scratch.mkdir(exist_ok=True)
        copy = scratch / f"{name}.parquet"
        with explain_read_errors(
            self.path, labelled=self.labelled, cache=self.options.cache,
            ignore_unknown=self.options.ignore_unknown,
        ):  # fmt: skip
            self._owned(name).sink_parquet(copy)
        frame = pl.scan_parquet(copy, glob=False)
        by_owner = frame.group_by(OWNER).len("n").select(pl.col("n").cast(pl.Float64))
        sums = by_owner.select(pl.sum("n").alias("rows"), (pl.col("n") ** 2).sum().alias("squares"))
        rows, squares = sums.collect(engine="streaming").row(0)
        table = contracts()[name]
        names = [c for c in frame.collect_schema().names() if c in table.by_name]
        label = str(self.path / file_stem(table, labelled=self.labelled))
        convert = partial(_codes_to_levels, table)
        effective = rows**2 / max(squares, 1.0)
        return ColumnTable(label, frame, tuple(names), int(rows), convert), effective

    def _owned(self, name: str) -> pl.LazyFrame:
        """The rows whose parent is known, with the applicant of each."""
        frame, join = self.frames[name], contracts()[name].join
        if join is None:
            return frame
        parents = self._owned(join.table)
        if join.on == OWNER:
            return frame.join(parents.select(OWNER), on=OWNER, how="semi")
        return frame.join(parents.select(join.on, OWNER), on=join.on, how="inner")


def _codes_to_levels(table: Table, values: pl.Series) -> pl.Series:
    """The levels of a category, given as codes; numbers stay as they are."""
    column = table[values.name]
    if not column.is_category:
        return values
    levels = pl.Series(values.name, column.levels, dtype=pl.String)
    return levels.gather(values.cast(pl.UInt32))
