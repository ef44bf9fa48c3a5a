"""What a person should know of a lender's table before training on it."""

import polars as pl

from credit_scoring.contracts.contract import Table
from credit_scoring.flat_table.repeated_rows import repeated_rows
from credit_scoring.flat_table.target_notes import target_warnings


def table_warnings(frame: pl.DataFrame, table: Table) -> list[str]:
    """Doubts about a table that its schema `table` describes; urgent ones begin with "Warning"."""
    target = table.target
    repeated = repeated_rows(frame, table)
    return [*target_warnings(frame[target.name], target), *([repeated.note] if repeated else [])]
