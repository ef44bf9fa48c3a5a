"""Builds the feature table from the source tables: one row per applicant, columns as catalogued."""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.contracts.contract import contracts
from credit_scoring.errors import FeatureError
from credit_scoring.features.catalogue import catalogue, select_features, side_tables
from credit_scoring.features.definitions.loan_price import TERMS_TABLE, loan_price_features
from credit_scoring.features.definitions.row_ratios import ratios_by_name
from credit_scoring.features.definitions.side_table import APPLICANT_KEY, SideTable
from credit_scoring.features.engines.local import PolarsEngine, aggregate_locally, thread_pool
from credit_scoring.features.engines.side_table_rows import side_table_rows
from credit_scoring.features.feature import Feature
from credit_scoring.features.formula.frames import frame_expression
from credit_scoring.features.loan_amounts import loan_amounts
from credit_scoring.features.statistics import aggregates_of
from credit_scoring.loan_price.fit_term_model import FittedTerms, fit_terms
from credit_scoring.loan_price.price_features import price_columns
from credit_scoring.loan_price.term_model import TermModel

TIME = contracts()["application"].time


@dataclass(frozen=True)
class FeatureTable:
    """Features of n applicants, in the order of their identifiers `applicant` (n,).

    `features` is (n × columns), `target` (n,) or None. `catalogue` describes the columns in order.
    `time` (n,) holds when each loan was applied for, as the table writes it; None if it does not.
    `fitted_terms` is the fit behind the fitted features, if they were fitted to these tables.
    `groups` (n,), if any, has the same number for the copies of a loan.
    """

    applicant: pl.Series
    features: pl.DataFrame
    target: pl.Series | None
    catalogue: tuple[Feature, ...]
    time: pl.Series | None = None
    fitted_terms: FittedTerms | None = None
    groups: NDArray[np.int64] | None = None


def build_features(
    tables: Mapping[str, pl.LazyFrame],
    names: Collection[str] | None = None,
    *,
    engine: PolarsEngine = "streaming",
    term_model: TermModel | None = None,
) -> FeatureTable:
    """All features, or those in `names`, of every applicant in the application table.

    Fitted features need the `term_model`; without it, they are not among all features.
    `engine` is Polars': "streaming" bounds the memory of long tables, "in-memory" starts faster
    on a few rows. Raises FeatureError if an applicant is repeated or a name is unknown.
    """
    features = requested_features(tables, names, term_model)
    table = tables["application"].collect().sort(APPLICANT_KEY)
    _require_unique(table[APPLICANT_KEY])
    with thread_pool() as pool:
        rows = partial(side_table_rows, tables=tables)
        return assemble_features(
            table, rows, side_tables(tables), features, engine, pool, term_model
        )


def fit_and_build_features(tables: Mapping[str, pl.LazyFrame], seed: int) -> FeatureTable:
    """All features of every applicant, the fitted ones with a term model fitted to these tables.

    Without them, and with a warning, if the earlier loans do not tell the terms of others.
    """
    terms = fit_terms(tables, seed)
    table = build_features(tables, term_model=terms.model if terms else None)
    return replace(table, fitted_terms=terms)


def requested_features(
    tables: Collection[str], names: Collection[str] | None, term_model: TermModel | None = None
) -> tuple[Feature, ...]:
    """The features of these tables, all or those in `names`; FeatureError if one is unknown.

    Fitted features are among all of them only with a `term_model`.
    """
    available = catalogue(tables)
    if term_model is not None and TERMS_TABLE not in tables:
        available += tuple(loan_price_features().values())
    if names is not None:
        return select_features(available, names)
    return tuple(feature for feature in available if term_model or not feature.fitted)


def computed_columns(features: Collection[Feature]) -> set[str]:
    """The names of the columns from which `features` are selected or computed as ratios."""
    return {name for feature in features for name in feature.sources}


def assemble_features(
    table: pl.DataFrame,
    rows: Callable[[SideTable], nw.LazyFrame[Any]],
    sides: Sequence[SideTable],
    features: tuple[Feature, ...],
    engine: PolarsEngine,
    pool: Executor,
    term_model: TermModel | None = None,
) -> FeatureTable:
    """The features of the applicants in `table`, rows of the application sorted by identifier.

    `rows` gives the rows of a side table, with the columns joined to them.
    """
    needed = computed_columns(features)
    # The long monthly tables come first, while few features are in memory.
    for side in reversed(sides):
        if uses_side_table(side, needed):
            applicants = table[APPLICANT_KEY]
            columns = aggregate_locally(rows(side), side, needed, applicants, engine, pool)
            table = table.with_columns(columns)
    return _feature_table(_with_prices(table, features, term_model), features)


def uses_side_table(side: SideTable, names: Collection[str]) -> bool:
    """Whether one of the features `names` is an aggregate of the side table."""
    return any(aggregate.feature.name in names for aggregate in aggregates_of(side))


def sorted_applicants(application: pl.LazyFrame) -> pl.Series:
    """The sorted identifiers in the application table; FeatureError if one is repeated."""
    applicants = application.select(APPLICANT_KEY).collect(engine="streaming")[APPLICANT_KEY].sort()
    _require_unique(applicants)
    return applicants


def _require_unique(applicants: pl.Series) -> None:
    """FeatureError if one of the sorted `applicants` is repeated."""
    repeated = applicants.filter(applicants == applicants.shift(1))
    if len(repeated):
        count = applicants.eq(repeated[0]).sum()
        raise FeatureError(
            f"{APPLICANT_KEY} {repeated[0]} occurs {count} times in the application table: "
            f"expected one row per applicant ({repeated.n_unique()} are repeated)"
        )


def _feature_table(table: pl.DataFrame, features: tuple[Feature, ...]) -> FeatureTable:
    """Add the ratios, name the levels of categories, and select the columns in order."""
    ratios = ratios_by_name()
    expressions = [
        frame_expression(ratios[feature.name].formula).alias(feature.name)
        for feature in features
        if feature.inputs and not feature.fitted
    ]
    if expressions:
        table = nw.from_native(table).with_columns(*expressions).to_native()
    table = table.with_columns(_named_levels(feature) for feature in features if feature.levels)
    return FeatureTable(
        applicant=table[APPLICANT_KEY],
        features=table.select(feature.name for feature in features),
        target=table["TARGET"] if "TARGET" in table.columns else None,
        catalogue=features,
        time=table[TIME] if TIME in table.columns else None,
    )


def _with_prices(
    table: pl.DataFrame, features: tuple[Feature, ...], term_model: TermModel | None
) -> pl.DataFrame:
    """Add the fitted features among `features`; FeatureError without a `term_model`."""
    fitted = [feature.name for feature in features if feature.fitted]
    if not fitted:
        return table
    if term_model is None:
        raise FeatureError(
            f"{fitted[0]} needs a term model, fitted to earlier cash loans: give the bundle that "
            "has one, or leave the feature out"
        )
    columns = price_columns(term_model, **loan_amounts(table))
    return table.with_columns(pl.Series(name, columns[name], nan_to_null=True) for name in fitted)


def _named_levels(feature: Feature) -> pl.Expr:
    return pl.col(feature.name).cat.to(pl.Enum(feature.levels))
