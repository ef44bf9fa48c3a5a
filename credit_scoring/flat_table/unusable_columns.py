"""Columns that hold no feature: dates, identifiers, personal data, free text, nested values."""

import polars as pl

from credit_scoring.flat_table.dates import DATE_REASON, is_date
from credit_scoring.flat_table.identifiers import (
    FEW_VALUES,
    HASH,
    LEADING_ZEROS,
    MAX_LEVELS,
    reason_of_identifier,
)
from credit_scoring.flat_table.number_text import DIGITS, is_missing
from credit_scoring.flat_table.personal_data import suggests_personal_data

MAX_DISTINCT_SHARE = 0.5  # of the rows: text with more distinct values is a name or a note
NUMBER_AS_TEXT = (
    r"^[^\d\p{L}]*(?i:eur|usd|gbp|chf)?[^\d\p{L}]*\d[\d\s.,'’]*\s*"
    r"(%|€|\$|£|(?i:k|eur|usd|gbp|chf))?\s*$"
)


def reason_against_feature(values: pl.Series) -> str | None:
    """Why a column with values cannot be a feature, whatever the target is, or None."""
    if values.dtype.is_nested() or values.dtype in (pl.Binary, pl.Object):
        return f"nested or binary values ({values.dtype}): spread them over columns"
    present = values.drop_nulls()
    distinct = present.n_unique()
    if suggests_personal_data(values.name) and distinct > FEW_VALUES:
        return "personal data, according to its name"
    is_text = not (present.dtype.is_numeric() or present.dtype == pl.Boolean)
    reason = date_or_identifier(values)
    if reason is None and is_text:
        return _reason_against_category(present.cast(pl.String), distinct)
    return reason


def date_or_identifier(values: pl.Series) -> str | None:
    """Why a column of dates, identifiers or codes cannot be a feature; None for others."""
    if is_date(values):
        return DATE_REASON
    return reason_of_identifier(values)


def _reason_against_category(texts: pl.Series, distinct: int) -> str | None:
    """Why a column of texts cannot be a category."""
    words = texts.filter(~is_missing(texts))
    if distinct > MAX_LEVELS and len(words) and words.str.contains(DIGITS).all():
        return LEADING_ZEROS if words.str.contains(r"^\s*0\d").any() else HASH
    if len(words) and words.str.contains(NUMBER_AS_TEXT).all() and _has_sign(words):
        signs = "a comma, a space, a sign such as % or €"
        return f"numbers written as text ({signs}): write them as 1234.5"
    if distinct > MAX_DISTINCT_SHARE * len(texts):
        return (
            f"{distinct} different texts in {len(texts)} rows: an identifier, a name or free text"
        )
    if distinct > MAX_LEVELS:
        return f"{distinct} levels are many: group them to {MAX_LEVELS} or fewer"
    return None


def _has_sign(words: pl.Series) -> bool:
    """Whether a text has anything but digits: "01" may be a code, "12%" is not."""
    return bool(words.str.contains(r"[^\d]").any())
