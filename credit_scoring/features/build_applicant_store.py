"""Making the store of applicants' features from the source tables."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from credit_scoring.contracts.contract import contracts
from credit_scoring.features.applicant_store import Value, write_store
from credit_scoring.features.assemble import FeatureTable, build_features
from credit_scoring.features.feature import Feature
from credit_scoring.tables.read_tables import UNKEPT, Reading, breaches_named, read_tables
from credit_scoring.tables.source_files import Place, stem_of


def make_store(data: Path, out: Path, wanted: Collection[str], reading: Reading = UNKEPT) -> int:
    """Store the features `wanted` of every applicant at `data`, with a known outcome and without; how many.

    TableError where the tables break their contracts, FeatureError where they do not give such features, StorageError
    where `out` cannot be written.
    """
    tables = [_features(data, wanted, reading, labelled=labelled) for labelled in _parts(data)]
    rows = (row for table in tables for row in _rows(table))
    names = tables[0].features.columns
    return write_store(
        out, names, rows, made_at=datetime.now(UTC).isoformat(timespec="seconds"), source=str(data)
    )


def _parts(data: Path) -> list[bool]:
    """Which application files there are: that with the outcome, that without."""
    place, table = Place(data), contracts()["application"]
    found = [
        labelled for labelled in (True, False) if place.find(stem_of(table, labelled=labelled))
    ]
    if not found:
        raise place.missing_application(table.file)
    return found


def _features(
    data: Path, wanted: Collection[str], reading: Reading, *, labelled: bool
) -> FeatureTable:
    tables = read_tables(data, labelled=labelled, checked=True, **vars(reading))
    with breaches_named(data, labelled=labelled, **vars(reading)):
        return build_features(tables, wanted)


def _rows(table: FeatureTable) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """Each applicant's identifier and values."""
    plain = table.features.select(_plain(feature) for feature in table.catalogue)
    yield from zip(table.applicant.cast(pl.String), plain.iter_rows(), strict=True)


def _plain(feature: Feature) -> pl.Expr:
    """A feature as a person writes it: a level as text, a whole number without a fraction, 0.1 for 32 bits of it."""
    column = pl.col(feature.name)
    if feature.whole:
        return column.cast(pl.Int64)
    return column.cast(pl.String) if feature.levels else column.cast(pl.String).cast(pl.Float64)
