"""The identifiers of the applicants in a file: as text, checked, each in one row only."""

import json

import polars as pl

from credit_scoring.batch.block_columns import whole_text
from credit_scoring.batch.rejections import Rejection
from credit_scoring.batch.seen_identifiers import SeenIdentifiers
from credit_scoring.errors import TableError
from credit_scoring.scoring.validation.identifier import EXPECTED_IDENTIFIER, is_identifier
from credit_scoring.scoring.validation.messages import shorten

UNDECODABLE = "\N{REPLACEMENT CHARACTER}"  # in place of bytes that are not UTF-8
WHOLE = r"^(-?\d+)\.0+$"
PLAIN = r"^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,127}$"  # certainly an identifier


def identifier_texts(column: pl.Series) -> pl.Series:
    """The identifiers as text: 100002 and 100002.0, also as texts, are "100002".

    TableError for another dtype.
    """
    dtype = column.dtype
    values = pl.col(column.name)
    if not (dtype.is_numeric() or dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null)):
        raise TableError(f"{column.name} holds {dtype}: expected numbers or texts that identify")
    texts = values.cast(pl.String)
    if dtype.is_float():
        texts = pl.coalesce(
            whole_text(values.fill_nan(None)), values.fill_nan(None).cast(pl.String)
        )
    stripped = texts.str.strip_chars().str.replace(WHOLE, "${1}")
    not_empty = pl.when(stripped != "").then(stripped).alias(column.name)
    return column.to_frame().select(not_empty).to_series()


def check_identifiers(texts: pl.Series, rows: pl.Series, seen: SeenIdentifiers) -> list[Rejection]:
    """The rows without a valid identifier of their own; remembers the identifiers of the block."""
    rejected = invalid_identifiers(texts, rows)
    is_lossy = texts.str.contains(UNDECODABLE, literal=True).fill_null(value=False)
    texts = texts.set(is_lossy, None)  # different bytes may have become the same text
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
        if expected := _expected_instead_of(text):
            shown = json.dumps(shorten(text), ensure_ascii=False)
            reason = f"{name} is {shown}: expected {expected}"
            rejected.append(Rejection(rows[index], shorten(text), name, reason))
    return rejected


def _expected_instead_of(text: str) -> str | None:
    """What was expected instead of a text that identifies no applicant; None if it does."""
    if UNDECODABLE in text:
        return "UTF-8, save the file in this encoding"
    return None if is_identifier(text) else EXPECTED_IDENTIFIER
