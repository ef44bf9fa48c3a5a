"""The features of a batch of applicants from the rows of their side tables.

An applicant with a value that its table's contract does not allow is rejected; the others stay.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence

import polars as pl

from credit_scoring.batch.rejections import Rejection
from credit_scoring.contracts.column_check import in_range, is_known_level, is_whole, sentinels
from credit_scoring.contracts.contract import Column, Table, contracts
from credit_scoring.errors import TableError
from credit_scoring.features.assemble import build_features
from credit_scoring.features.definitions.side_table import APPLICANT_KEY
from credit_scoring.features.engines.spark import history_rows, side_tables_of_batch
from credit_scoring.features.engines.spark_tables import APPLICATION
from credit_scoring.scoring.validation.messages import shorten
from credit_scoring.tables.contract_checks import allowed_values, obeys_contract


class HistoryFeatures:
    """Computes those of the features in `names` that come from side tables; `present` are there."""

    def __init__(self, present: Collection[str], names: Sequence[str]) -> None:
        self._present = present
        columns = contracts()[APPLICATION].by_name
        self._names = [name for name in names if name not in columns]

    def compute(
        self, applicants: pl.DataFrame, position: str
    ) -> tuple[pl.DataFrame, list[Rejection]]:
        """The features of the batch without the rejected applicants, and why these are.

        The column `position` numbers the rows, in ascending order; rejections refer to it.
        """
        keyed = applicants.with_columns(pl.col(position).cast(pl.Int32).alias(APPLICANT_KEY))
        rejected: list[Rejection] = []
        tables = self._valid_tables(keyed)
        if tables is None:
            rejected = [*self._rejections(keyed)]
            bad = [rejection.row for rejection in rejected]
            keyed = keyed.filter(~pl.col(APPLICANT_KEY).is_in(bad))
            tables = side_tables_of_batch(keyed, self._present)
        application = keyed.select(APPLICANT_KEY).lazy()
        built = build_features(
            {APPLICATION: application, **tables}, self._names, engine="in-memory"
        )
        return built.features, rejected

    def _valid_tables(self, applicants: pl.DataFrame) -> dict[str, pl.LazyFrame] | None:
        """The side tables; None if a value in them breaks its contract."""
        try:
            tables = side_tables_of_batch(applicants, self._present)
        except TableError:
            return None
        valid = all(obeys_contract(rows, contracts()[name]) for name, rows in tables.items())
        return tables if valid else None

    def _rejections(self, applicants: pl.DataFrame) -> Iterator[Rejection]:
        ids = dict(applicants.select(APPLICANT_KEY, "id").rows())
        for name in sorted(self._present):
            if name in applicants.columns:
                yield from _wrong_values(history_rows(applicants, name), contracts()[name], ids)


def _wrong_values(rows: pl.DataFrame, table: Table, ids: Mapping[int, str]) -> Iterator[Rejection]:
    """One rejection per column and applicant with a value that breaks the column's contract."""
    for column in (c for c in table.columns if c.name in rows.columns and c.name != APPLICANT_KEY):
        texts = pl.col(column.name).cast(pl.String).str.strip_chars()
        wrong = rows.filter(_is_wrong(texts, column)).unique(APPLICANT_KEY, maintain_order=True)
        for applicant, value in wrong.select(APPLICANT_KEY, column.name).rows():
            shown = (
                "is missing"
                if value is None
                else f"is {json.dumps(shorten(str(value)), ensure_ascii=False)}"
            )
            reason = f"{column.name} of {table.file} {shown}: expected {allowed_values(column)}"
            yield Rejection(applicant, ids[applicant], column.name, reason)


def _is_wrong(texts: pl.Expr, column: Column) -> pl.Expr:
    """Whether each text breaks the column's contract."""
    is_missing = texts.is_null() | texts.is_in([*column.missing, "NaN"])
    if column.is_category:
        valid = is_known_level(texts, column)
    else:
        numbers = texts.cast(pl.Float64, strict=False)
        valid = in_range(numbers, column)
        if column.whole:
            valid &= is_whole(numbers)
        for code in sentinels(column):
            valid |= numbers == code
    wrong: pl.Expr = ~pl.when(is_missing).then(column.nullable).otherwise(valid.fill_null(False))
    return wrong
