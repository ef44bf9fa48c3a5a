"""Builds the store of applicants' features from the source tables."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import polars as pl

from credit_scoring.features.applicant_store import Value, write_applicant_store
from credit_scoring.features.assemble import FeatureTable
from credit_scoring.features.feature import Feature
from credit_scoring.features.feature_parts import feature_parts
from credit_scoring.tables.read_tables import (
    UNCACHED,
    ReadOptions,
    explain_read_errors,
    read_tables,
)


def build_applicant_store(
    data: Path, out: Path, names: Collection[str], read_options: ReadOptions = UNCACHED
) -> int:
    """Store the features `names` of every applicant at `data`; return the number of applicants.

    Includes applicants with and without a known outcome. TableError if the tables violate their
    contracts, FeatureError if they do not give such features, StorageError if `out` cannot be
    written.
    """
    options = vars(read_options)
    tables = read_tables(data, labelled=None, checked=True, **options)
    with explain_read_errors(data, labelled=None, **options):
        parts = feature_parts(tables, names)
        first = next(parts)
        rows = (row for part in chain([first], parts) for row in _rows(part))
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        columns = first.features.columns
        return write_applicant_store(out, columns, rows, made_at=made_at, source=str(data))


def _rows(table: FeatureTable) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """Each applicant's identifier and values."""
    yield from zip(table.applicant.cast(pl.String), plain_rows(table), strict=True)


def plain_rows(
    table: FeatureTable, names: Collection[str] | None = None
) -> Iterator[tuple[Value, ...]]:
    """Each applicant's values as a request has them: of all features, or of `names` in order."""
    features = {feature.name: feature for feature in table.catalogue}
    plain = table.features.select(plain_value(features[name]) for name in names or features)
    return plain.iter_rows()


def plain_value(feature: Feature) -> pl.Expr:
    """A feature's values as text or numbers, 32-bit numbers with the fewest digits (0.1)."""
    column = pl.col(feature.name)
    if feature.whole:
        return column.cast(pl.Int64)
    return column.cast(pl.String) if feature.levels else column.cast(pl.String).cast(pl.Float64)
