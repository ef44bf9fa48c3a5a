"""One applicant's features from its raw records, by the same definitions as the training table."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import polars as pl

from credit_scoring.contracts.contract import Column, Table, contracts
from credit_scoring.contracts.scalar_check import level_codes, missing_marks
from credit_scoring.features.assemble import build_features
from credit_scoring.features.definitions.side_table import APPLICANT_KEY
from credit_scoring.tables.scan import DTYPES

ABSENT_KEY = 0  # the key of records without one, such as those of the only credit
Value = float | int | str | None
Record = Mapping[str, Any]


def build_applicant_features(
    records: Mapping[str, Sequence[Record]], names: Collection[str] | None = None
) -> dict[str, Value]:
    """The features of one applicant; only those in `names` if given.

    `records` holds rows of the source tables by table name, with one row of the application. They
    must satisfy the contracts: the caller validates them. An absent table is a history without
    rows; an absent column is missing.
    """
    tables = {name: _frame(records.get(name, ()), table) for name, table in contracts().items()}
    built = build_features(tables, names, engine="in-memory")
    return dict(built.features.row(0, named=True))


def _frame(rows: Sequence[Record], table: Table) -> pl.LazyFrame:
    """The records of one table as the reader returns them: contract dtypes, categories as codes."""
    columns = [column for column in table.columns if column.is_recorded]
    data = {column.name: _values(rows, column) for column in columns}
    schema = {column.name: DTYPES[column.dtype] for column in columns}
    return pl.LazyFrame(data, schema=schema, strict=False)


def _values(rows: Sequence[Record], column: Column) -> list[Any]:
    """One column of the records; the sentinel values are missing."""
    if column.name == APPLICANT_KEY:
        return [ABSENT_KEY] * len(rows)  # all records belong to one applicant
    absent = ABSENT_KEY if column.use == "key" else None
    missing = {None, *missing_marks(column)}
    codes = level_codes(column)
    values = (row.get(column.name, absent) for row in rows)
    return [None if value in missing else codes.get(value, value) for value in values]
