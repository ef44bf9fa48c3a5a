"""Validates a block of applicants by the rules of a request, and says why a row is rejected.

Expressions mark the rows that are certainly valid; `RequestSchema` decides on the others one by
one, so that rules and messages are those of POST /predict.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import polars as pl

from credit_scoring.batch.block_columns import FeatureColumn, request_value
from credit_scoring.batch.rejections import Rejection
from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.errors import FieldError, RequestError
from credit_scoring.scoring.validation.error_budget import ErrorBudget
from credit_scoring.scoring.validation.feature_schema import RequestSchema

MAX_HINTS = 1000  # hints of a block: each compares a text with all levels, for milliseconds
ALL_ERRORS = 10**9  # every error of a block is listed


class ValidBlock(NamedTuple):
    """The result: `features` of the valid rows as a request has them, in the order of the block.

    `is_valid` (rows,) tells which rows they are.
    """

    features: pl.DataFrame
    is_valid: pl.Series
    rejected: list[Rejection]


class BlockValidator:
    """Validates blocks for the model with these `features`.

    `decimal_comma`: whether texts write numbers as 12,5.
    """

    def __init__(self, features: Sequence[ModelFeature], *, decimal_comma: bool = False) -> None:
        self._features = [feature for feature in features if feature.is_requested]
        self._schema = RequestSchema(features)
        self._decimal_comma = decimal_comma

    def validate(
        self, raw: pl.DataFrame, rows: pl.Series, identifiers: pl.Series | None = None
    ) -> ValidBlock:
        """Validate `raw`, whose columns include the requested features, in any dtype.

        `rows` are the rows' numbers and `identifiers` the applicants', for the rejections.
        TableError if a column's dtype cannot hold a feature.
        """
        columns = self.columns(raw.schema)
        values = raw.select(column.quick_value for column in columns)
        doubtful = _doubtful(columns, raw, values)
        if not doubtful:
            return ValidBlock(values, pl.repeat(True, len(raw), eager=True), [])
        values = values.with_columns(raw.select(column.careful_value for column in doubtful))
        is_valid = _certainly_valid(doubtful, raw, values).to_list()
        rejected: list[Rejection] = []
        for index, errors in self._errors(raw, values, is_valid):
            is_valid[index] = not errors
            identifier = None if identifiers is None else identifiers[index]
            rejected += (Rejection(rows[index], identifier, e.field, e.message) for e in errors)
        mask = pl.Series("valid", is_valid, pl.Boolean)
        return ValidBlock(values.filter(mask), mask, rejected)

    def columns(self, schema: pl.Schema) -> list[FeatureColumn]:
        """The requested features in a file with this `schema`; TableError as `validate`."""
        return [
            FeatureColumn(feature, schema[feature.name], decimal_comma=self._decimal_comma)
            for feature in self._features
        ]

    def _errors(
        self, raw: pl.DataFrame, values: pl.DataFrame, is_valid: Sequence[bool]
    ) -> Iterator[tuple[int, tuple[FieldError, ...]]]:
        """The errors of each row that is not certainly valid, none if it is valid."""
        budget = ErrorBudget(errors=ALL_ERRORS, hints=MAX_HINTS)
        indices = [index for index, valid in enumerate(is_valid) if not valid]
        cells = raw[indices].select(column.raw_value for column in self.columns(raw.schema))
        for index, request in zip(indices, _requests(cells, values[indices]), strict=True):
            try:
                self._schema.validate(request, budget)
            except RequestError as error:
                yield index, error.errors
            else:
                yield index, ()


def _doubtful(
    columns: Sequence[FeatureColumn], raw: pl.DataFrame, values: pl.DataFrame
) -> list[FeatureColumn]:
    """The columns with a value that is not certainly valid, or in an unusual notation."""
    all_valid = values.select(column.all_valid for column in columns).row(0, named=True)
    return [
        column
        for column in columns
        if not all_valid[column.name]
        or values[column.name].null_count() > raw[column.name].null_count()
    ]


def _certainly_valid(
    columns: Sequence[FeatureColumn], raw: pl.DataFrame, values: pl.DataFrame
) -> pl.Series:
    """Whether each row is certainly valid in these columns, (rows,)."""
    valid = values.select(pl.all_horizontal(column.is_valid for column in columns)).to_series()
    bad = raw.select(pl.any_horizontal(column.is_unreadable for column in columns)).to_series()
    return valid & ~bad


def _requests(raw: pl.DataFrame, values: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """The rows as JSON requests; 32-bit numbers have their shortest digits."""
    short = values.with_columns(pl.selectors.float().as_expr().cast(pl.String).cast(pl.Float64))
    for raw_row, row in zip(raw.select(values.columns).rows(), short.rows(), strict=True):
        cells = map(request_value, raw_row, row)
        yield dict(zip(values.columns, cells, strict=True))
