"""The profile of a table: rows, and per column the missing share and the range or levels seen."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from credit_scoring.contracts.contract import Column, Table

MOSTLY_MISSING = 0.5  # the share of missing values above which a column gets a remark


@dataclass(frozen=True)
class ColumnProfile:
    """One column: the share of missing values, the lowest and highest number or the levels."""

    column: Column
    missing: float
    low: float | None = None
    high: float | None = None
    levels: tuple[str, ...] = ()

    @property
    def unseen(self) -> list[str]:
        """The levels of the contract that no row has."""
        return [level for level in self.column.levels if level not in self.levels]

    @property
    def is_constant(self) -> bool:
        """Whether all values are the same, so that nothing can be learned from them."""
        if self.column.is_category:
            return len(self.levels) == 1
        return self.low is not None and self.low == self.high

    @property
    def remark(self) -> str:
        """Why the column needs a look; empty for most columns."""
        if self.missing == 1:
            return "without any value"
        if self.is_constant:
            return "one value only"
        return "mostly missing" if self.missing > MOSTLY_MISSING else ""


@dataclass(frozen=True)
class TableProfile:
    """One table: its rows, the number of parents or applicants they belong to, its columns."""

    rows: int
    owners: int | None
    columns: list[ColumnProfile]

    @property
    def missing(self) -> float:
        """The share of values that are missing."""
        return sum(column.missing for column in self.columns) / max(len(self.columns), 1)


def profile_table(frame: pl.LazyFrame, table: Table) -> TableProfile:
    """The profile of a table with contract dtypes, computed in one pass."""
    columns = [table[name] for name in frame.collect_schema().names()]
    owner = table.join.on if table.join else "".join(table.unique[:1])
    owners = pl.col(owner).n_unique() if owner in {c.name for c in columns} else pl.lit(None)
    summaries = frame.select(pl.len(), owners.alias("owners"), *map(_summary, columns))
    rows, owner_count, *values = summaries.collect(engine="streaming").row(0)
    profiles = [_profile(c, rows, summary) for c, summary in zip(columns, values, strict=True)]
    return TableProfile(rows, owner_count, profiles)


def _summary(column: Column) -> pl.Expr:
    values = pl.col(column.name)
    if column.is_category:
        summary = pl.struct(nulls=values.null_count(), codes=values.unique().implode())
    else:
        summary = pl.struct(nulls=values.null_count(), low=values.min(), high=values.max())
    return summary.alias(column.name)


def _profile(column: Column, rows: int, summary: dict[str, Any]) -> ColumnProfile:
    missing = summary["nulls"] / rows if rows else 1.0
    codes = sorted(set(summary.get("codes", ())) - {None})
    levels = tuple(column.levels[code] for code in codes)
    return ColumnProfile(column, missing, summary.get("low"), summary.get("high"), levels)
