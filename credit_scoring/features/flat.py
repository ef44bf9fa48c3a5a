"""Any lender's flat table as a feature table: its columns are the features, its schema is their catalogue."""

import polars as pl

from credit_scoring.features.assemble import FeatureTable
from credit_scoring.features.feature import Feature
from credit_scoring.tables.contract import Column, Table
from credit_scoring.tables.flat import by_schema, target_of


def flat_features(frame: pl.DataFrame, table: Table) -> FeatureTable:
    """The inputs of `frame` by its schema `table`, one row per loan; TableError where they disagree."""
    inputs = [column for column in table.columns if column.describes_applicant]
    target = next(column.name for column in table.columns if column.use == "target")
    keys = [column.name for column in table.columns if column.use == "key"]
    typed = by_schema(frame, table)
    return FeatureTable(
        applicant=frame[keys[0]] if keys else pl.Series("row", range(len(frame))),
        features=typed.select(column.name for column in inputs),
        target=target_of(frame, target),
        catalogue=tuple(_feature(column, table) for column in inputs),
    )


def _feature(column: Column, table: Table) -> Feature:
    return Feature(
        name=column.name, table=table.name, meaning=column.meaning, unit=column.unit, minimum=column.minimum,
        maximum=column.maximum, levels=column.levels, missing=column.missing, sentinel=column.sentinel,
        sensitive=column.use if column.is_sensitive else None,
    )  # fmt: skip
