"""Lineage: the rows, column and level that a statistic of the catalogue is computed from."""

from dataclasses import dataclass
from functools import cache

from credit_scoring.contracts.contract import Column, contracts
from credit_scoring.features.catalogue import side_tables
from credit_scoring.features.definitions.side_table import RowGroup, SideTable
from credit_scoring.features.statistics import Aggregate, aggregates_of


@dataclass(frozen=True)
class Lineage:
    """`statistic` of `column` (None for a count) over the rows `group` of `table`.

    `statistic` is a key of STATISTICS, "count" or "share"; a share is that of the rows with
    `level`.
    """

    table: str
    group: RowGroup
    column: Column | None
    statistic: str
    level: str = ""


@cache
def lineages() -> dict[str, Lineage]:
    """The lineage of every statistic of the catalogue, by feature name."""
    return {
        aggregate.feature.name: _lineage(side, aggregate)
        for side in side_tables(contracts())
        for aggregate in aggregates_of(side)
    }


def _lineage(side: SideTable, aggregate: Aggregate) -> Lineage:
    columns = (*side.numbers(aggregate.group), *side.contract.categories)
    column = next((column for column in columns if column.name == aggregate.column), None)
    level = column.levels[aggregate.code] if column and aggregate.statistic == "share" else ""
    return Lineage(side.name, aggregate.group, column, aggregate.statistic, level)
