"""A side table's features as data: groups of rows, columns derived on each row, statistics.

`<table>.toml` next to this module defines them.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from credit_scoring.contracts.contract import Column, RiskDirection, Table, contracts
from credit_scoring.features.formula.tree import Formula, parse_formula

DEFINITIONS = files("credit_scoring.features.definitions")
APPLICANT_KEY = "SK_ID_CURR"
ALL_STATISTICS = ("min", "max", "mean", "sum", "var")


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
    """A side table's features.

    `added` are columns that the source does not have, as contract columns, so that they are
    aggregated like any other: those joined to it, and those computed on its rows by `formulas`.
    `directions` are those of some features, by name; a statistic does not inherit a column's.
    """

    name: str
    prefix: str
    added: tuple[Column, ...]
    formulas: Mapping[str, Formula]
    groups: tuple[RowGroup, ...]
    directions: Mapping[str, RiskDirection]

    @property
    def contract(self) -> Table:
        """The contract of the source table."""
        return contracts()[self.name]

    def numbers(self, group: RowGroup) -> tuple[Column, ...]:
        """The numeric columns to aggregate over a group: the table's and the added ones."""
        columns = (*self.contract.numbers, *self.added)
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


@cache
def side_table(name: str, *, with_joined: bool) -> SideTable:
    """The features of a side table, with or without those of the columns joined to it."""
    definition = tomllib.loads((DEFINITIONS / f"{name}.toml").read_text(encoding="utf-8"))
    derived = definition["derived"]
    formulas = {alias: parse_formula(row.pop("formula")) for alias, row in derived.items()}
    added = definition.get("joined", {}) | derived if with_joined else derived
    columns = (
        Column(name=alias, alias=alias, dtype="float32", nullable=True, **row)
        for alias, row in added.items()
    )
    groups = (
        _row_group(group, row, definition["numbers"]) for group, row in definition["groups"].items()
    )
    return SideTable(
        name,
        definition["prefix"],
        tuple(columns),
        formulas,
        tuple(groups),
        definition.get("directions", {}),
    )


def _row_group(name: str, row: dict[str, Any], numbers: dict[str, list[str]]) -> RowGroup:
    """The group in a row of the definition; `numbers` are the lists of columns by name."""
    if "numbers" in row:
        row["numbers"] = numbers[row["numbers"]]
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in row.items()
    }
    return RowGroup(name, **values)
