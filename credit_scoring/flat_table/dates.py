"""Dates and months in any usual form, as text or number, which are no features as they stand."""

import polars as pl

from credit_scoring.flat_table.name_hints import split_words, suggests_identifier
from credit_scoring.flat_table.number_text import is_mark
from credit_scoring.flat_table.typed_columns import all_match

DATE_REASON = "a date: turn it into days before the application"
MIN_DATE_SHARE = 0.95  # of the texts: the others are damaged dates
FIRST_ROWS = 20  # of which one has to be a date
FEW_DAYS = 10  # different ones: Excel's days are more
YEAR = r"(?:19|20)\d\d"
MONTH = r"(?:0?[1-9]|1[0-2])"
DAY = r"(?:0?[1-9]|[12]\d|3[01])"
MONTH_NAME = (  # English, French, German, Spanish
    r"(?i:jan|f[eé]v|feb|mar|m[aä]r|avr|apr|abr|mai|may|jui|jun|jul|ao[uû]|aug|ago|sep|oct|okt|nov|"
    r"d[eé]c|dez|dic|ene)\p{L}{0,7}\.?"
)
WEEKDAY = r"(?i:mon|tue|wed|thu|fri|sat|sun|lun|mar|mer|jeu|ven|sam|dim)\p{L}*\.?,? +"
CLOCK = r"(?:[T ,]+\d{1,2}[:.hH]\d{2}.*)?"
FORMS = (
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\.?",  # 2015-12-01, 1/12/15
    rf"{YEAR}[-/.]{MONTH}|{MONTH}[-/.]{YEAR}",  # 2015-12, 12/2015
    rf"{DAY}(?:st|nd|rd|th|er)?[- /.]*{MONTH_NAME}(?:[- /.,]*\d{{2}}(?:\d\d)?)?",  # 01DEC2015
    rf"{MONTH_NAME}[- /.']*\d{{2,4}}",  # Dec-15
    rf"{MONTH_NAME}[- ]*{DAY}(?:st|nd|rd|th)?,?[- ]+\d{{2,4}}",  # Dec 1, 2015
    rf"\d{{2}}(?:\d\d)?[- /.]*{MONTH_NAME}(?:[- /.]*{DAY})?",  # 15-Dec, 2015-Dec-01
    rf"{YEAR}[- /]?(?i:[qt][1-4]|[hs][12]|[mw]\d\d?|w\d\d-\d)",  # 2015Q4, 2015-W49
    rf"(?i:[qt][1-4]|[hs][12]|[mw]\d\d?)[- /]*(?:{YEAR}|['’]?\d\d)|[1-4](?i:q)\d{{2,4}}",  # Q4 2015
    rf"(?i:fy) ?{YEAR}(?:[-/]\d\d)?",
    r"[012]?\d:[0-5]\d(?::[0-5]\d)?(?: ?(?i:am|pm))?",  # a time of day
    r"\d{4} ?年 ?\d{1,2} ?月(?: ?\d{1,2} ?日)?",
    r"/?Date\(-?\d+\)/?",
    rf"{YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?(?:[T ]?\d{{6}}(?:\.\d+)?Z?)?",  # 20151201
    rf"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2]){YEAR}",  # 01122015
    rf"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]){YEAR}",
    r"(?:0000|0001|9999)[-/]?\d\d[-/]?\d\d",  # databases write 0000-00-00 for "none"
)
DATE = rf"^\s*(?:{WEEKDAY})?(?:{'|'.join(FORMS)}){CLOCK}\s*$"
NAME_WORDS = (  # of columns of dates, in English and French
    "date", "dates", "dt", "d", "day", "jour", "mois", "month", "time", "timestamp", "ts", "epoch",
    "datetime", "unix", "opened", "opening", "issued", "issue", "created", "updated", "closed",
    "signed", "funded", "start", "started", "end", "begin", "since", "maturity", "echeance", "on",
    "ouverture", "ouvert", "signature", "at", "when", "debut", "fin", "applied", "application",
    "julian", "period", "vintage", "cohort", "snapshot", "booking", "booked", "origination",
    "disbursed", "disbursement",
)  # fmt: skip
MONTH_AS_NUMBER = r"^(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])?$"  # 20240131, 202401
NAMED_FORM = r"^(\d{1,2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])|(19|20)\d\d([012]\d\d|3[0-6]\d))$"
SECONDS = (946_684_800, 2_051_222_400)  # from 2000 to 2035, of an epoch that began in 1970
YEARS = (1900, 2100)
TOLERANCE = 1e-6
EXCEL_DAYS = (20_000, 60_000)  # 1954 to 2064


def is_date(values: pl.Series) -> bool:
    """Whether the values are dates or months; a few damaged ones may be among them."""
    if values.dtype.is_temporal():
        return True
    if values.dtype == pl.String:
        words = values.drop_nulls()
        words = words.filter(~is_mark(words)).str.strip_chars()
        return _are_date_texts(words) or _are_date_numbers(_numbers(words))
    return values.dtype.is_numeric() and _are_date_numbers(values.drop_nulls())


def whole_as_integers(values: pl.Series) -> pl.Series:
    """Floats as integers if all are whole, as pandas writes integers with missing ones."""
    if not values.dtype.is_float():
        return values
    present = values.drop_nulls()
    is_whole = present.is_finite() & (present.floor() == present) & (present.abs() < 2**63)
    return values.cast(pl.Int64) if len(present) and is_whole.all() else values


def _are_date_texts(words: pl.Series) -> bool:
    if not words.head(FIRST_ROWS).str.contains(DATE).any():
        return False
    return int(words.str.contains(DATE).sum()) >= MIN_DATE_SHARE * len(words)


def _numbers(words: pl.Series) -> pl.Series:
    """The texts as numbers; an empty series if one is none."""
    numbers = words.cast(pl.Float64, strict=False)
    return numbers.clear() if numbers.null_count() else numbers


def _are_date_numbers(numbers: pl.Series) -> bool:
    """Whether numbers are months, days, seconds since 1970, or by their name Excel's days."""
    is_named = not set(NAME_WORDS).isdisjoint(split_words(numbers.name))
    numbers = whole_as_integers(numbers)
    if numbers.is_empty():
        return False
    if is_named and _are_between(numbers, *EXCEL_DAYS) and numbers.n_unique() > FEW_DAYS:
        return True
    if not numbers.dtype.is_integer():
        return _are_months_and_years(numbers) or (is_named and _are_seconds(numbers))
    texts = numbers.cast(pl.String)
    if all_match(texts, MONTH_AS_NUMBER) or (is_named and all_match(texts, NAMED_FORM)):
        return True
    return _are_seconds(numbers) and not suggests_identifier(numbers.name)


def _are_months_and_years(numbers: pl.Series) -> bool:
    """Whether numbers were read from months such as 3.2015."""
    years = (numbers - numbers.floor()) * 10_000
    are_years = (years - years.round()).abs().max() < TOLERANCE  # type: ignore[operator]
    return bool(are_years) and _are_between(years.round(), *YEARS) and _are_between(numbers, 1, 13)


def _are_seconds(numbers: pl.Series) -> bool:
    """Whether numbers are seconds since 1970, or their thousandths and smaller parts."""
    low, high = SECONDS
    return any(_are_between(numbers, low * s, high * s) for s in (1, 10**3, 10**6, 10**9))


def _are_between(numbers: pl.Series, low: int, high: int) -> bool:
    least, greatest = numbers.min(), numbers.max()
    return low <= least and greatest <= high  # type: ignore[operator, return-value]
