"""One applicant's features from its raw records, by the same definitions as the training table."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import polars as pl

from credit_scoring.contracts.contract import Table, contracts
from credit_scoring.errors import FeatureError
from credit_scoring.features.assemble import build_features
from credit_scoring.features.definitions.side_table import KEY
from credit_scoring.suggestions import did_you_mean
from credit_scoring.tables.read_tables import DTYPES

ABSENT_KEY = 0  # where there is one credit, nobody needs to number it
Value = float | int | str | None
Record = Mapping[str, Any]


def features_of(
    records: Mapping[str, Sequence[Record]], wanted: Collection[str] | None = None
) -> dict[str, Value]:
    """The features (those `wanted`) of one applicant.

    `records` holds rows of the source tables by table name, each a mapping from the tables' own columns to values;
    the application has exactly one row. A table that is left out, or empty, is a history without rows; a column left
    out is missing. Raises FeatureError, naming table and column, for an unknown name or a value that does not fit.
    """
    for name in records:
        if name not in contracts():
            raise FeatureError(f"{name} is no source table{did_you_mean(name, list(contracts()))}")
    if len(records.get("application", ())) != 1:
        raise FeatureError(
            f"application has {len(records.get('application', ()))} rows: expected exactly one"
        )
    applicants = {row[KEY] for rows in records.values() for row in rows if KEY in row}
    if len(applicants) > 1:
        raise FeatureError(
            f"{KEY} is {', '.join(map(str, sorted(applicants)))}: expected records of one applicant"
        )
    tables = {name: _frame(records.get(name, ()), table) for name, table in contracts().items()}
    built = build_features(tables, wanted, engine="in-memory")
    return dict(built.features.row(0, named=True))


def _frame(rows: Sequence[Record], table: Table) -> pl.LazyFrame:
    """The records of one table as reading would give them: contract dtypes, categories as codes."""
    columns = {column.name: column for column in table.columns if column.use != "target"}
    for row in rows:
        for name in row:
            if name not in columns:
                raise FeatureError(
                    f"{table.name} has no column {name}{did_you_mean(name, list(columns))}: leave it out"
                )
    data = {
        name: [_value(_given(row, table, name), table, name) for row in rows] for name in columns
    }
    return pl.LazyFrame(
        data, schema={name: DTYPES[column.dtype] for name, column in columns.items()}, strict=False
    )


def _given(row: Record, table: Table, name: str) -> Any:
    """What a record says of a column; all of them are the one applicant's."""
    if name == KEY:
        return ABSENT_KEY
    return row.get(name, ABSENT_KEY if table[name].use == "key" else None)


def _value(value: Any, table: Table, name: str) -> float | int | None:
    """One value as reading gives it; the source's marks for "no value" are missing."""
    column = table[name]
    if (
        value is None
        or value in column.missing
        or (column.sentinel is not None and value == column.sentinel)
    ):
        return None
    if column.is_category:
        if value not in column.levels:
            expected = ", ".join(column.levels[:12])
            raise FeatureError(f"{table.name}: {name} is {value!r}: expected one of {expected}")
        return column.levels.index(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FeatureError(f"{table.name}: {name} is {value!r}: expected a number")
    low, high = column.minimum, column.maximum
    if not ((low is None or value >= low) and (high is None or value <= high)):
        raise FeatureError(
            f"{table.name}: {name} is {value}: expected a number from {low:g} to {high:g}"
        )
    return value if column.dtype == "float32" else int(value)
