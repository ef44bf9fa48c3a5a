"""How a side table becomes features, as data: groups of rows, columns derived on each row, what is aggregated."""

from dataclasses import dataclass

import narwhals.stable.v2 as nw

from credit_scoring.contracts.contract import Column, Table, contracts
from credit_scoring.features.formula.tree import Formula

KEY = "SK_ID_CURR"
ALL_STATISTICS = ("min", "max", "mean", "sum", "var")


@dataclass(frozen=True)
class Derived:
    """A column computed on each row of a side table before it is aggregated."""

    alias: str
    formula: Formula
    unit: str
    meaning: str
    minimum: float | None = None
    maximum: float | None = None

    @property
    def column(self) -> Column:
        """The derived column as a contract column, so that it is aggregated like any other."""
        return Column(
            name=self.alias, alias=self.alias, dtype="float32", nullable=True, meaning=self.meaning, unit=self.unit,
            minimum=self.minimum, maximum=self.maximum,
        )  # fmt: skip


@dataclass(frozen=True)
class Group:
    """Some rows of every applicant, and what is aggregated over them.

    All rows; or those whose category `column` is `level`; or those whose number `column` is `at_least` so much; or
    the `last` so many by `column` (rows that tie with the last of them count too, so that the order of the rows
    decides nothing). `numbers` and `shares` narrow the columns by alias (None: all), `statistics` what is taken.
    """

    name: str
    words: str
    column: str | None = None
    level: str | None = None
    at_least: float | None = None
    last: int | None = None
    numbers: tuple[str, ...] | None = None
    shares: tuple[str, ...] | None = None
    statistics: tuple[str, ...] = ALL_STATISTICS


@dataclass(frozen=True, eq=False)  # there is one of each: a cache need not look inside
class SideTable:
    """A side table's features: the columns `extra` are joined to it, `derived` computed on its rows."""

    name: str
    prefix: str
    derived: tuple[Derived, ...]
    groups: tuple[Group, ...]
    extra: tuple[Column, ...] = ()

    @property
    def contract(self) -> Table:
        """The contract of the source table."""
        return contracts()[self.name]

    def numbers(self, group: Group) -> tuple[Column, ...]:
        """The numeric columns to aggregate over a group: the table's own, the joined, the derived."""
        columns = (
            *self.contract.numbers,
            *self.extra,
            *(derived.column for derived in self.derived),
        )
        return tuple(c for c in columns if group.numbers is None or c.alias in group.numbers)

    def categories(self, group: Group) -> tuple[Column, ...]:
        """The category columns whose shares are taken over a group; the one that defines it is constant there."""
        columns = self.contract.categories
        wanted = tuple(c for c in columns if group.shares is None or c.alias in group.shares)
        return tuple(c for c in wanted if not (c.name == group.column and group.level))

    def condition(self, group: Group) -> nw.Expr | None:
        """Whether a row belongs to the group; None where every row does."""
        if group.column is None:
            return None
        if group.level is not None:
            return nw.col(group.column) == self.contract[group.column].levels.index(group.level)
        if group.last is not None:
            return nw.col(recency(group.column)) <= group.last
        return nw.col(group.column) >= group.at_least

    def recencies(self) -> list[nw.Expr]:
        """The columns that say how recent a row is among its applicant's: 1 for the latest, ties alike."""
        columns = dict.fromkeys(g.column for g in self.groups if g.last is not None and g.column)
        return [
            nw.col(column).rank("min", descending=True).over(KEY).alias(recency(column))
            for column in columns
        ]


def recency(column: str) -> str:
    """The name of the column with the recency by `column`."""
    return f"recency by {column}"


def last_months(months: int, numbers: tuple[str, ...], of: str) -> Group:
    """The last so many months of a monthly table."""
    return Group(
        f"last_{months}_months", f"the last {months} months of {of}", "MONTHS_BALANCE", at_least=-months,
        numbers=numbers, shares=(), statistics=("mean", "max"),
    )  # fmt: skip
