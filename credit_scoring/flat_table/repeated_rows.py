"""Repeated rows of a lender's table: copies of a loan, which stay on one side of every split.

A join or an export that went wrong repeats rows. If a model is judged on copies of rows that it was
fitted to, its figures flatter. Rows of a coarse table, of few columns with few values, are equal by
chance: these are no copies.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.contracts.contract import Column, Table

MAX_DISTINCT_SHARE = 0.9  # of the rows: an excluded column with more identifies a row
CHANCE_SHARE = 0.1  # of the equal pairs: if chance explains more, the rows are no copies
MIN_LOANS = 50  # different ones of the rarer outcome; with fewer, a table is coarse
MANY = 0.01  # of the rows


@dataclass(frozen=True)
class RepeatedRows:
    """Rows that are equal but for what identifies them.

    `groups` (n,) numbers the loans: copies have the same number. `count` rows equal an earlier one.
    """

    groups: NDArray[np.int64]
    count: int

    @property
    def note(self) -> str:
        """The finding in words."""
        share = self.count / len(self.groups)
        urgency = "Warning" if share >= MANY else "Note"
        return (
            f"{urgency}: {self.count:,} of {len(self.groups):,} rows repeat an earlier row in "
            "everything but the identifier. Copies of a loan stay on one side of every split, but "
            "they count several times in the figures. If a join or an export repeated them, remove "
            "them and train again."
        )


def repeated_rows(frame: pl.DataFrame, table: Table) -> RepeatedRows | None:
    """The repeated rows of a table that its schema `table` describes; None without any."""
    names = [column.name for column in table.columns if _describes_loan(frame, column)]
    rows = frame.select(pl.nth(*(frame.columns.index(name) for name in names)))
    _, groups, sizes = np.unique(
        rows.hash_rows().to_numpy(), return_inverse=True, return_counts=True
    )
    count = len(groups) - len(sizes)
    if not count or _pairs_by_chance(rows) > CHANCE_SHARE * _pairs(sizes):
        return None
    loans = pl.DataFrame({"outcome": frame[table.target.name], "loan": groups}).unique()
    by_outcome = loans["outcome"].value_counts()["count"].to_numpy()
    if by_outcome.min() < MIN_LOANS:
        return None
    return RepeatedRows(groups.astype(np.int64), count)


def _describes_loan(frame: pl.DataFrame, column: Column) -> bool:
    """Whether copies of a loan agree in the column: it does not identify the row."""
    if column.name not in frame.columns or column.use == "key":
        return False
    values = frame[column.name]
    if values.dtype.is_nested() or values.dtype == pl.Object:
        return False
    is_known = column.use != "excluded"
    return is_known or values.n_unique() <= MAX_DISTINCT_SHARE * len(values)


def _pairs_by_chance(rows: pl.DataFrame) -> float:
    """The expected number of equal pairs of rows if the columns were independent."""
    all_pairs = _pairs(np.array([len(rows)]))
    sizes = (values.value_counts()["count"].to_numpy() for values in rows)
    return all_pairs * float(np.prod([_pairs(each) / all_pairs for each in sizes]))


def _pairs(sizes: NDArray[Any]) -> float:
    """The number of pairs within groups of these sizes."""
    return float((sizes.astype(np.float64) * (sizes - 1.0) / 2).sum())
