"""The rejected rows of a file: row number, identifier, field and reason."""

from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

SCHEMA: dict[str, pl.DataType] = {
    "file": pl.String(),
    "row": pl.Int64(),
    "id": pl.String(),
    "field": pl.String(),
    "reason": pl.String(),
}


class Rejection(NamedTuple):
    """One reason against a row. A row may have several.

    `row` is its number from 1, below the header; None if the applicant has no row of its own in the
    file. `field` is "" if the row as a whole is the reason. `file` is "" if the source is one file.
    """

    row: int | None
    identifier: str | None
    field: str
    reason: str
    file: str = ""


def rejection_frame(file: str, rejections: Iterable[Rejection]) -> pl.DataFrame:
    """The rejections of rows of `file`, or of the file that they name, in the order of the rows."""
    rows = [(each.file or file, *each[:-1]) for each in rejections]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("row", maintain_order=True)
