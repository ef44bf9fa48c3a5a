"""What a table holds, by column: missing shares, ranges, levels seen."""

from dataclasses import dataclass

import polars as pl

from credit_scoring.contracts.contract import Column, Table

MOSTLY = 0.5  # a column with more than this share missing is worth a look


@dataclass(frozen=True)
class ColumnFacts:
    """One column: the share without a value, the lowest and highest number, or the levels seen."""

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
        return (
            len(self.levels) == 1
            if self.column.is_category
            else self.low is not None and self.low == self.high
        )

    @property
    def remark(self) -> str:
        """Why the column is worth a look; nothing for most."""
        if self.missing == 1:
            return "without any value"
        if self.is_constant:
            return "one value only"
        return "mostly missing" if self.missing > MOSTLY else ""


@dataclass(frozen=True)
class TableFacts:
    """One table: its rows, how many different parents or applicants they belong to, its columns."""

    rows: int
    owners: int | None
    columns: list[ColumnFacts]

    @property
    def missing(self) -> float:
        """The share of values that are missing."""
        return sum(column.missing for column in self.columns) / max(len(self.columns), 1)


def table_facts(frame: pl.LazyFrame, table: Table) -> TableFacts:
    """The facts of a table with contract dtypes, in one pass."""
    columns = [table[name] for name in frame.collect_schema().names()]
    owner = table.join.on if table.join else "".join(table.unique[:1])
    owners = pl.col(owner).n_unique() if owner in {c.name for c in columns} else pl.lit(None)
    parts = [
        part.alias(f"{i} {j}")
        for i, column in enumerate(columns)
        for j, part in enumerate(_parts(column))
    ]
    found = frame.select(pl.len().alias("rows"), owners.alias("owners"), *parts).collect(
        engine="streaming"
    )
    row = found.row(0, named=True)
    facts = [
        _column_facts(c, row["rows"], row[f"{i} 0"], row[f"{i} 1"], row.get(f"{i} 2"))
        for i, c in enumerate(columns)
    ]
    return TableFacts(row["rows"], row["owners"], facts)


def _parts(column: Column) -> list[pl.Expr]:
    value = pl.col(column.name)
    spread = [value.unique().implode()] if column.is_category else [value.min(), value.max()]
    return [value.null_count(), *spread]


def _column_facts(
    column: Column, rows: int, nulls: int, first: float | list[int] | None, high: float | None
) -> ColumnFacts:
    missing = nulls / rows if rows else 1.0
    if isinstance(first, list):
        codes = sorted(code for code in first if code is not None)
        return ColumnFacts(column, missing, levels=tuple(column.levels[code] for code in codes))
    return ColumnFacts(column, missing, first, high)
