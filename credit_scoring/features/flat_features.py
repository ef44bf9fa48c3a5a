"""Any lender's flat table as a feature table: its columns are the features, its schema is their catalogue."""

import polars as pl

from credit_scoring.contracts.contract import Column, Table
from credit_scoring.features.assemble import FeatureTable
from credit_scoring.features.feature import Feature
from credit_scoring.flat_table.read_flat_table import target_of
from credit_scoring.flat_table.validate import by_schema


def flat_features(frame: pl.DataFrame, table: Table, source: str = "the table") -> FeatureTable:
    """The inputs of `frame` by its schema `table`, one row per loan; TableError where they disagree.

    `source` is the name of the table in an error.
    """
    target = next(column.name for column in table.columns if column.use == "target")
    features = by_schema(frame, table, source)
    return FeatureTable(
        applicant=frame[table.unique[0]] if table.unique else pl.Series("row", range(len(frame))),
        features=features,
        target=target_of(frame, target),
        catalogue=tuple(
            _feature(column, table) for column in table.columns if column.describes_applicant
        ),
    )


def _feature(column: Column, table: Table) -> Feature:
    return Feature(
        name=column.name, table=table.name, meaning=column.meaning, unit=column.unit, minimum=column.minimum,
        maximum=column.maximum, whole=column.dtype == "int32", levels=column.levels, missing=column.missing,
        sentinel=column.sentinel, sensitive=column.use if column.is_sensitive else None,
    )  # fmt: skip
