"""The feature table of any lender's flat table: its columns, catalogued by its schema."""

import polars as pl

from credit_scoring.contracts.contract import Table
from credit_scoring.features.assemble import FeatureTable
from credit_scoring.features.feature import column_feature
from credit_scoring.flat_table.repeated_rows import repeated_rows
from credit_scoring.flat_table.target import read_outcomes, target_of
from credit_scoring.flat_table.validate import validate_flat_table


def flat_features(frame: pl.DataFrame, table: Table, source: str = "the table") -> FeatureTable:
    """The inputs in `frame` according to its schema `table`, one row per loan.

    `source` names the table in an error. Raises TableError if the two do not agree.
    """
    target = table.target
    repeated = repeated_rows(frame, table)
    features = validate_flat_table(frame, table, source)
    row_numbers = pl.Series("row", range(len(frame)))
    inputs = (column for column in table.columns if column.describes_applicant)
    return FeatureTable(
        applicant=frame[table.unique[0]] if table.unique else row_numbers,
        features=features,
        target=read_outcomes(frame[target.name], target_of(target)),
        catalogue=tuple(column_feature(column, table.name) for column in inputs),
        time=frame[table.time] if table.time in frame.columns else None,
        groups=repeated.groups if repeated else None,
    )
