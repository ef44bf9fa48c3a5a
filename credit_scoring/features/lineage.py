"""What a statistic of a side table is taken of: its rows, its column, its level; for reasons and for translations."""

from dataclasses import dataclass
from functools import cache

from credit_scoring.contracts.contract import Column, contracts
from credit_scoring.features.catalogue import side_tables
from credit_scoring.features.definitions.side_table import Group, SideTable
from credit_scoring.features.statistics import Aggregate, aggregates_of


@dataclass(frozen=True)
class Origin:
    """One statistic: `statistic` of `column` (None for a count) over the rows `group` of `table`.

    `statistic` is a key of `aggregate.STATISTICS`, "count" or "share"; a share is that of the rows with `level`.
    """

    table: str
    group: Group
    column: Column | None
    statistic: str
    level: str = ""


@cache
def origins() -> dict[str, Origin]:
    """The origin of every statistic of the catalogue, by feature name."""
    sides = side_tables(contracts())
    return {
        aggregate.feature.name: _origin(side, aggregate)
        for side in sides
        for aggregate in aggregates_of(side)
    }


def _origin(side: SideTable, aggregate: Aggregate) -> Origin:
    columns = {
        column.name: column
        for column in (*side.numbers(aggregate.group), *side.contract.categories)
    }
    column = columns.get(aggregate.column)
    level = column.levels[aggregate.code] if column and aggregate.statistic == "share" else ""
    return Origin(side.name, aggregate.group, column, aggregate.statistic, level)
