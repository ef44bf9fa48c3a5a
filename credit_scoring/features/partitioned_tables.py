"""The source tables by ranges of applicants, on disk: what `feature_parts` reads a part from.

Only the columns that the requested features need are copied. The monthly balances of the bureau's
credits have no applicant: they are summarised per credit by ranges of credits first.
"""

import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl

from credit_scoring.features.assemble import computed_columns, uses_side_table
from credit_scoring.features.catalogue import side_tables
from credit_scoring.features.definitions.side_table import APPLICANT_KEY, SideTable
from credit_scoring.features.engines.local import source_columns
from credit_scoring.features.engines.side_table_rows import CREDIT_KEY, balances_per_credit
from credit_scoring.features.feature import Feature
from credit_scoring.tables.sorted_runs import SortedRuns, new_runs, sort_into_runs

APPLICATION = "application"
BALANCES = "bureau_balance"
CREDITS_PER_RANGE = 1 << 19  # about 8 million monthly balances
CREDIT_SAMPLE = 64  # every 64th credit is read to choose the ranges


@dataclass(frozen=True)
class PartitionedTables:
    """The rows of the tables by ranges of applicants.

    `balances` are the balances' summaries of the bureau's credits, None if they are not needed.
    """

    application: SortedRuns
    rows_of: Mapping[str, SortedRuns]
    balances: SortedRuns | None
    sides: tuple[SideTable, ...]

    def applicants(self, number: int) -> pl.DataFrame:
        """The applicants of a range, sorted by identifier."""
        return self.application.rows(number).collect().sort(APPLICANT_KEY)

    def rows(self, number: int, side: SideTable) -> nw.LazyFrame[Any]:
        """The rows of a side table in a range, with the columns joined to them."""
        rows: nw.LazyFrame[Any] = nw.from_native(self.rows_of[side.name].rows(number))
        if side.name != "bureau" or self.balances is None:
            return rows
        keys = [APPLICANT_KEY, CREDIT_KEY]
        return rows.join(nw.from_native(self.balances.rows(number)), on=keys, how="left")


def partition_tables(
    tables: Mapping[str, pl.LazyFrame],
    features: Collection[Feature],
    lowest: pl.Series,
    folder: Path,
) -> PartitionedTables:
    """Copy what `features` need of the tables to `folder`, by ranges of applicants.

    `lowest` are the sorted first identifiers of the ranges.
    """
    names = computed_columns(features)
    sides = tuple(side for side in side_tables(tables) if uses_side_table(side, names))
    columns = {APPLICATION: {APPLICANT_KEY, "TARGET"} | names}
    columns |= {side.name: {APPLICANT_KEY, *source_columns(side, names)} for side in sides}
    needs_balances = "bureau" in columns and not columns["bureau"] <= _columns(tables["bureau"])
    if needs_balances:
        columns["bureau"].add(CREDIT_KEY)
    rows_of = {
        name: sort_into_runs(_select(tables[name], needed), folder / name, APPLICANT_KEY, lowest)
        for name, needed in columns.items()
    }
    balances = _partition_balances(tables, lowest, folder) if needs_balances else None
    return PartitionedTables(rows_of.pop(APPLICATION), rows_of, balances, sides)


def _columns(table: pl.LazyFrame) -> set[str]:
    return set(table.collect_schema().names())


def _select(table: pl.LazyFrame, names: Collection[str]) -> pl.LazyFrame:
    """The columns of `table` that are in `names`, in the order of the table."""
    return table.select(name for name in table.collect_schema().names() if name in names)


def _partition_balances(
    tables: Mapping[str, pl.LazyFrame], lowest: pl.Series, folder: Path
) -> SortedRuns:
    """The summary of the monthly balances of each credit, by ranges of its applicant."""
    keys = tables["bureau"].select(APPLICANT_KEY, CREDIT_KEY)
    keys = keys.filter(pl.col(APPLICANT_KEY) >= lowest[0])
    limits = _credit_limits(tables["bureau"])
    owners = sort_into_runs(keys, folder / "credits", CREDIT_KEY, limits)
    balances = sort_into_runs(tables[BALANCES], folder / BALANCES, CREDIT_KEY, limits)
    summaries = [
        _summaries(owners.rows(number), balances.rows(number)) for number in range(len(limits))
    ]
    runs = new_runs(folder / "summaries", APPLICANT_KEY, lowest, summaries[0].collect_schema())
    for summary in summaries:
        runs.add(summary.collect(engine="streaming"))
    shutil.rmtree(owners.folder)
    shutil.rmtree(balances.folder)
    return runs


def _credit_limits(bureau: pl.LazyFrame) -> pl.Series:
    """The lowest credits of ranges of about CREDITS_PER_RANGE credits, from a sample of them."""
    numbered = bureau.select(CREDIT_KEY).with_row_index("row")
    is_sampled = pl.col("row") % CREDIT_SAMPLE == 0
    sample = numbered.filter(is_sampled).collect(engine="streaming")[CREDIT_KEY].sort()
    lowest = bureau.select(pl.col(CREDIT_KEY).min().fill_null(0))  # 0 if the table is empty
    later = sample.gather_every(CREDITS_PER_RANGE // CREDIT_SAMPLE)[1:]
    return lowest.collect(engine="streaming")[CREDIT_KEY].append(later)


def _summaries(owners: pl.LazyFrame, balances: pl.LazyFrame) -> pl.LazyFrame:
    """The summaries of the credits with an applicant."""
    summary = balances_per_credit(nw.from_native(balances)).to_native()
    return owners.unique().join(summary, on=CREDIT_KEY, how="inner")
