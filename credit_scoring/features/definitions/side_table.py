"""A side table's features as data: groups of rows, columns derived on each row, statistics."""

from dataclasses import dataclass

from credit_scoring.contracts.contract import Column, Table, contracts
from credit_scoring.features.formula.tree import Formula

APPLICANT_KEY = "SK_ID_CURR"
ALL_STATISTICS = ("min", "max", "mean", "sum", "var")


def number_column(
    alias: str, unit: str, meaning: str, minimum: float | None, maximum: float | None
) -> Column:
    """A column of numbers that the source does not have, as a contract column."""
    return Column(
        name=alias,
        alias=alias,
        dtype="float32",
        nullable=True,
        meaning=meaning,
        unit=unit,
        minimum=minimum,
        maximum=maximum,
    )


@dataclass(frozen=True)
class DerivedColumn:
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
        return number_column(self.alias, self.unit, self.meaning, self.minimum, self.maximum)


@dataclass(frozen=True)
class RowGroup:
    """Some rows of every applicant, and what is aggregated over them.

    With no `column`, all rows. Otherwise the rows whose category `column` is `level`, the rows
    whose number `column` is `at_least` that, or the `last` that many rows by `column`. Rows that
    tie with the last of these belong too, so that the order of the rows does not matter.
    `numbers` and `shares` limit the columns by alias (None: all), `statistics` what is computed.
    `words` name the rows in the catalogue.
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


@dataclass(frozen=True, eq=False)  # one instance per table: caches compare by identity
class SideTable:
    """A side table's features: `extra` columns are joined to it, `derived` computed on its rows."""

    name: str
    prefix: str
    derived: tuple[DerivedColumn, ...]
    groups: tuple[RowGroup, ...]
    extra: tuple[Column, ...] = ()

    @property
    def contract(self) -> Table:
        """The contract of the source table."""
        return contracts()[self.name]

    def numbers(self, group: RowGroup) -> tuple[Column, ...]:
        """The numeric columns to aggregate over a group: the table's, the joined, the derived."""
        derived = (column.column for column in self.derived)
        columns = (*self.contract.numbers, *self.extra, *derived)
        return tuple(c for c in columns if group.numbers is None or c.alias in group.numbers)

    def categories(self, group: RowGroup) -> tuple[Column, ...]:
        """The category columns whose shares are taken over a group.

        The category that defines the group is left out: it is constant there.
        """
        defining = group.column if group.level else None
        columns = (column for column in self.contract.categories if column.name != defining)
        return tuple(c for c in columns if group.shares is None or c.alias in group.shares)

    def level_code(self, column: str, level: str) -> int:
        """The code of a category's level."""
        return self.contract[column].levels.index(level)


def last_months(months: int, numbers: tuple[str, ...], subject: str) -> RowGroup:
    """The last `months` of a monthly table about `subject`."""
    return RowGroup(
        f"last_{months}_months",
        f"the last {months} months of {subject}",
        "MONTHS_BALANCE",
        at_least=-months,
        numbers=numbers,
        shares=(),
        statistics=("mean", "max"),
    )
