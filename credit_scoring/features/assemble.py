"""From source tables to the feature table: exactly one row per applicant, columns fixed by the contracts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl

from credit_scoring.errors import FeatureError
from credit_scoring.features.catalogue import catalogue, only, side_tables
from credit_scoring.features.definitions import bureau, row_ratios
from credit_scoring.features.definitions.side_table import KEY, SideTable
from credit_scoring.features.engines.local import Engine, aggregate_here, threads
from credit_scoring.features.feature import Feature
from credit_scoring.features.formula.frames import on_table
from credit_scoring.features.statistics import aggregates_of


@dataclass(frozen=True)
class FeatureTable:
    """Features of n applicants: `applicant` (n,), `features` (n × columns), `target` (n,) or None.

    Rows are in the order of the applicant's identifier. `catalogue` describes the columns, in their order.
    """

    applicant: pl.Series
    features: pl.DataFrame
    target: pl.Series | None
    catalogue: tuple[Feature, ...]


def build_features(
    tables: Mapping[str, pl.LazyFrame],
    wanted: Collection[str] | None = None,
    *,
    engine: Engine = "streaming",
) -> FeatureTable:
    """Every feature, or those `wanted`, of every applicant in the application table.

    `engine` is Polars': "streaming" bounds the memory of long tables, "in-memory" starts faster on a few rows.
    Raises FeatureError where an applicant stands in the application table twice, or a wanted feature is unknown.
    """
    every = catalogue(tables)
    listed = every if wanted is None else only(every, wanted)
    computed = {name for feature in listed for name in feature.sources}
    table = tables["application"].collect().sort(KEY)
    _one_row_each(table)
    with threads() as pool:
        for side in reversed(
            side_tables(tables)
        ):  # the long monthly tables while there are few features in memory
            if any(aggregate.feature.name in computed for aggregate in aggregates_of(side)):
                found = aggregate_here(
                    rows_of(side, tables), side, computed, table[KEY], engine, pool
                )
                table = table.with_columns(found)
    return _finish(table, listed)


def _one_row_each(table: pl.DataFrame) -> None:
    repeated = table.filter(table[KEY].is_duplicated())[KEY]
    if len(repeated):
        raise FeatureError(f"{KEY} {repeated[0]} stands {repeated.eq(repeated[0]).sum()} times in the application "
                           f"table: expected one row per applicant ({repeated.n_unique()} are repeated)")  # fmt: skip


def rows_of(side: SideTable, tables: Mapping[str, pl.LazyFrame]) -> nw.LazyFrame[Any]:
    """The rows of a side table, those of the bureau with their monthly balances summed up."""
    rows = nw.from_native(tables[side.name])
    if side.name != "bureau":
        return rows
    balance = tables.get("bureau_balance")
    return bureau.prepare(rows, None if balance is None else nw.from_native(balance))


def _finish(table: pl.DataFrame, listed: tuple[Feature, ...]) -> FeatureTable:
    """Ratios added, categories named, columns in catalogue order."""
    formulas = {name: ratio.formula for name, ratio in row_ratios.by_name().items()}
    ratios = [
        on_table(formulas[feature.name]).alias(feature.name) for feature in listed if feature.inputs
    ]
    full = nw.from_native(table).with_columns(*ratios).to_native() if ratios else table
    named = full.with_columns(_named(feature) for feature in listed if feature.levels)
    return FeatureTable(
        applicant=named[KEY],
        features=named.select(feature.name for feature in listed),
        target=named["TARGET"] if "TARGET" in named.columns else None,
        catalogue=listed,
    )


def _named(feature: Feature) -> pl.Expr:
    return pl.col(feature.name).cat.to(pl.Enum(feature.levels))
