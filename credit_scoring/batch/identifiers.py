"""The identifiers of the applicants in a file: as text, checked, each in one row only."""

import json

import polars as pl

from credit_scoring.batch.block_columns import whole_text
from credit_scoring.batch.rejections import Rejection
from credit_scoring.batch.seen_identifiers import SeenIdentifiers
from credit_scoring.errors import TableError
from credit_scoring.scoring.validation.identifier import EXPECTED_IDENTIFIER, is_identifier
from credit_scoring.scoring.validation.messages import shorten

PLAIN = r"^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,127}$"  # certainly an identifier


def identifier_texts(column: pl.Series) -> pl.Series:
    """The identifiers as text: 100002 and 100002.0 are "100002". TableError for another dtype."""
    dtype = column.dtype
    values = pl.col(column.name)
    if not (dtype.is_numeric() or dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null)):
        raise TableError(f"{column.name} holds {dtype}: expected numbers or texts that identify")
    texts = whole_text(values.fill_nan(None)) if dtype.is_float() else values.cast(pl.String)
    stripped = texts.str.strip_chars()
    not_empty = pl.when(stripped != "").then(stripped).alias(column.name)
    return column.to_frame().select(not_empty).to_series()


def check_identifiers(texts: pl.Series, rows: pl.Series, seen: SeenIdentifiers) -> list[Rejection]:
    """The rows without a valid identifier of their own; remembers the identifiers of the block."""
    rejected = invalid_identifiers(texts, rows)
    for index, first_row in seen.first_rows(texts, rows).items():
        reason = repeated_reason(texts.name, texts[index], f"row {first_row}")
        rejected.append(Rejection(rows[index], texts[index], texts.name, reason))
    seen.add(texts)
    return rejected


def repeated_reason(name: str, text: str, place: str) -> str:
    """The reason against a row whose identifier another row has; `place` says which row."""
    return f"{name} is {text}: {place} has the same {name}, send it once"


def invalid_identifiers(texts: pl.Series, rows: pl.Series) -> list[Rejection]:
    """The rows whose identifier is missing or cannot be one."""
    name = texts.name
    rejected = [
        Rejection(rows[index], None, name, f"{name} is missing: expected {EXPECTED_IDENTIFIER}")
        for index in texts.is_null().arg_true()
    ]
    for index in (~texts.str.contains(PLAIN)).fill_null(value=False).arg_true():
        text = texts[index]
        if not is_identifier(text):
            shown = json.dumps(shorten(text), ensure_ascii=False)
            reason = f"{name} is {shown}: expected {EXPECTED_IDENTIFIER}"
            rejected.append(Rejection(rows[index], shorten(text), name, reason))
    return rejected
