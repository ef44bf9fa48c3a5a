"""Columns that hold no feature: dates, identifiers, personal data, free text, nested values."""

import polars as pl

from credit_scoring.flat_table.dates import DATE_REASON, is_date
from credit_scoring.flat_table.name_hints import suggests_identifier
from credit_scoring.flat_table.number_text import is_missing
from credit_scoring.flat_table.personal_data import suggests_personal_data

MAX_LEVELS = 100  # of a category
FEW_VALUES = 20  # distinct: whole numbers this few may be codes, personal data has more
MAX_DISTINCT_SHARE = 0.5  # of the rows: text with more distinct values is a name or a note
DENSE_RANGE = 10  # times the rows: distinct whole numbers in such a range were assigned in order
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
    """Why a column of dates or row numbers cannot be a feature; None for others."""
    present = values.drop_nulls()
    if is_date(values):
        return DATE_REASON
    is_unique = present.dtype.is_integer() and present.n_unique() == len(values)
    if is_unique and _looks_assigned(values):
        return "every value is different: most likely an identifier"
    return None


def _looks_assigned(values: pl.Series) -> bool:
    """Whether distinct whole numbers were assigned: in order, in a dense range, or by their name.

    The amounts of a small table may all differ as well.
    """
    low, high = int(values.min()), int(values.max())  # type: ignore[arg-type]
    is_ordered = values.is_sorted() or values.is_sorted(descending=True)
    is_dense = high - low < DENSE_RANGE * len(values)
    return is_ordered or is_dense or suggests_identifier(values.name)


def _reason_against_category(texts: pl.Series, distinct: int) -> str | None:
    """Why a column of texts cannot be a category."""
    words = texts.filter(~is_missing(texts))
    are_numbers = len(words) and words.str.contains(NUMBER_AS_TEXT).all()
    if are_numbers and (_has_sign(words) or _are_quantities(words, distinct)):
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


def _are_quantities(words: pl.Series, distinct: int) -> bool:
    """Whether digits are numbers: too many for levels, and no leading zeros as in codes."""
    return distinct > MAX_LEVELS and not words.str.contains(r"^\s*0\d").any()
