"""The time of an application, read from any usual form of a date or a month.

A month is its first day. A text that is a valid date in two ways, such as 03/04/2015, is decided by
the other rows of the column; if they do not decide it, the column is refused.
"""

import polars as pl

from credit_scoring.errors import TableError
from credit_scoring.tables.table_errors import join_names

DATE_FORMATS = (  # of texts
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y",
    "%m-%d-%Y", "%d-%b-%Y", "%d %b %Y",
)  # fmt: skip
MONTH_FORMATS = ("%Y-%m", "%Y/%m", "%Y.%m", "%Y%m", "%m/%Y", "%m-%Y", "%m.%Y", "%b-%Y", "%b %Y")
CLOCK = r"[T ]\d{1,2}:\d{2}.*$"  # the time of day after a date, which is not used
FIRST_YEAR, LAST_YEAR = 1900, 2100
EXPECTED = "expected a date or a month, such as 2015-12-01, 2015-12, 20151201 or 201512"


def to_dates(values: pl.Series) -> pl.Series:
    """The time of each row as a date; TableError if a row has none, or it cannot be read."""
    if values.null_count():
        raise TableError(
            f"{values.name} has {values.null_count()} rows without a value: "
            "the time of an application is needed in every row; fill it, or leave the rows out"
        )
    if values.dtype in (pl.Date, pl.Datetime):
        return values.cast(pl.Date)
    return _from_texts(_texts(values))


def _texts(values: pl.Series) -> pl.Series:
    """The values as texts without a time of day; whole numbers without a fraction."""
    if values.dtype.is_float():
        values = values.cast(pl.Int64, strict=False)
    return values.cast(pl.String).str.strip_chars().str.replace(CLOCK, "")


def _from_texts(texts: pl.Series) -> pl.Series:
    """The texts read by the one format that fits all of them."""
    readings = {
        text_format: dates
        for text_format in (*DATE_FORMATS, *MONTH_FORMATS)
        if not (dates := _read(texts, text_format)).null_count()
    }
    if not readings:
        raise TableError(f"{texts.name} is {_first_unread(texts)!r}: {EXPECTED}")
    first, *others = readings.values()
    if any(not dates.equals(first) for dates in others):
        orders = join_names(readings)
        raise TableError(
            f"{texts.name} fits {orders}, with other dates: write it as year, month and day, such "
            f"as {first[0]}"
        )
    return first


def _read(texts: pl.Series, text_format: str) -> pl.Series:
    """The dates of one format; null where it does not fit or gives a year out of range."""
    if text_format in DATE_FORMATS:
        dates = texts.str.to_date(text_format, strict=False)
    else:
        dates = ("1 " + texts).str.to_date(f"%d {text_format}", strict=False)
    is_plausible = dates.dt.year().is_between(FIRST_YEAR, LAST_YEAR)
    return dates.to_frame().select(pl.when(is_plausible).then(dates).alias(texts.name)).to_series()


def _first_unread(texts: pl.Series) -> str:
    """The first text that the format with the fewest misfits does not read."""
    all_formats = (*DATE_FORMATS, *MONTH_FORMATS)
    readings = [_read(texts, text_format) for text_format in all_formats]
    best = min(readings, key=lambda dates: dates.null_count())
    return str(texts.filter(best.is_null())[0])
