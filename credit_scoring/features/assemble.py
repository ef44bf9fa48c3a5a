"""From source tables to the feature table: exactly one row per applicant, columns fixed by the contracts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl

from credit_scoring.errors import FeatureError
from credit_scoring.features import (
    bureau,
    credit_card_balance,
    installments_payments,
    pos_cash_balance,
    previous_application,
    row_ratios,
)
from credit_scoring.features.aggregate import aggregates_of, per_applicant
from credit_scoring.features.application import raw_features
from credit_scoring.features.feature import Feature
from credit_scoring.features.on_table import on_table
from credit_scoring.features.side_table import KEY, SideTable

SIMPLE = (
    previous_application.SIDE,
    installments_payments.SIDE,
    pos_cash_balance.SIDE,
    credit_card_balance.SIDE,
)


@dataclass(frozen=True)
class FeatureTable:
    """Features of n applicants: `applicant` (n,), `features` (n × columns), `target` (n,) or None.

    Rows are in the order of the applicant's identifier. `catalogue` describes the columns, in their order.
    """

    applicant: pl.Series
    features: pl.DataFrame
    target: pl.Series | None
    catalogue: tuple[Feature, ...]


def side_tables(present: Collection[str]) -> tuple[SideTable, ...]:
    """The side tables among `present`, in the order of their features."""
    first = (bureau.side_table(with_balance="bureau_balance" in present),) if "bureau" in present else ()
    return (*first, *(side for side in SIMPLE if side.name in present))


def catalogue(present: Collection[str]) -> tuple[Feature, ...]:
    """Every feature that the tables `present` give, in the order of the feature table. Needs no data."""
    listed = list(raw_features())
    for side in side_tables(present):
        listed += [aggregate.feature for aggregate in aggregates_of(side)]
    sensitive = {feature.name: feature.sensitive for feature in listed}
    for ratio in row_ratios.available(sensitive):
        uses = {sensitive[name] for name in ratio.formula.columns} - {None}
        listed.append(ratio.feature(min(uses, default=None)))  # type: ignore[type-var]
    return tuple(listed)


def build_features(tables: Mapping[str, pl.LazyFrame]) -> FeatureTable:
    """Every feature of every applicant in the application table.

    Raises FeatureError where an applicant stands in the application table twice.
    """
    table = tables["application"].collect().sort(KEY)
    _one_row_each(table)
    for side in side_tables(tables):
        aggregated = per_applicant(_rows(side, tables), side).to_native().collect(engine="streaming")
        table = table.join(aggregated, on=KEY, how="left", maintain_order="left")
    return _finish(table, catalogue(tables))


def _one_row_each(table: pl.DataFrame) -> None:
    repeated = table.filter(table[KEY].is_duplicated())[KEY]
    if len(repeated):
        raise FeatureError(f"{KEY} {repeated[0]} stands {repeated.eq(repeated[0]).sum()} times in the application "
                           f"table: expected one row per applicant ({repeated.n_unique()} are repeated)")  # fmt: skip


def _rows(side: SideTable, tables: Mapping[str, pl.LazyFrame]) -> nw.LazyFrame[Any]:
    rows = nw.from_native(tables[side.name])
    if side.name != "bureau":
        return rows
    balance = tables.get("bureau_balance")
    return bureau.prepare(rows, None if balance is None else nw.from_native(balance))


def _finish(table: pl.DataFrame, listed: tuple[Feature, ...]) -> FeatureTable:
    """Empty histories filled by their rule, ratios added, categories named, columns in catalogue order."""
    ratios = [on_table(r.formula).alias(r.name) for r in row_ratios.available(table.columns)]
    full = nw.from_native(_filled(table, listed)).with_columns(*ratios).to_native()
    named = full.with_columns(_named(f) for f in listed if f.levels)
    return FeatureTable(
        applicant=named[KEY],
        features=named.select(f.name for f in listed),
        target=named["TARGET"] if "TARGET" in named.columns else None,
        catalogue=listed,
    )


def _filled(table: pl.DataFrame, listed: tuple[Feature, ...]) -> pl.DataFrame:
    """Sums of nothing are 0; an aggregate too large for 32 bits, infinite by now, is missing."""
    aggregates = pl.col([f.name for f in listed if f.table != "application" and not f.inputs])
    zeros = pl.col([f.name for f in listed if f.empty == "zero"])
    return table.with_columns(zeros.fill_null(0)).with_columns(pl.when(aggregates.is_finite()).then(aggregates))


def _named(feature: Feature) -> pl.Expr:
    return pl.col(feature.name).cat.to(pl.Enum(feature.levels))
