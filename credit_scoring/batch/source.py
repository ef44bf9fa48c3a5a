"""Sources of applicants to score, in blocks: one file, or the source tables."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import polars as pl

from credit_scoring.batch.rejections import Rejection


class Block(NamedTuple):
    """Applicants: their requested features in any dtype, and their rows and identifiers.

    `rows` are numbers from 1, null for an applicant of several tables. `identifiers` is None if
    the file has none. `rejected` are rows that cannot be read.
    """

    features: pl.DataFrame
    rows: pl.Series
    identifiers: pl.Series | None
    rejected: list[Rejection]


class Source(Protocol):
    """Applicants to score."""

    @property
    def name(self) -> str:
        """The name of the file that the numbers of rows belong to."""

    @property
    def identifier(self) -> str | None:
        """The column that identifies an applicant."""

    @property
    def state(self) -> str:
        """The identity of the source and of its content."""

    @property
    def decimal_comma(self) -> bool:
        """Whether texts write numbers as 12,5."""

    def blocks(self, size: int, first: int, scratch: Path) -> Iterator[Block]:
        """The blocks of `size` applicants, from block `first` on; the same ones in every run.

        `scratch` is a folder for temporary files. TableError if the source was changed since its
        `state` was read.
        """

    @property
    def part_rows(self) -> int:
        """The size of a block by default."""

    def estimated_rows(self, rows_read: int) -> int:
        """The number of rows, or an estimate once `rows_read` were read."""
