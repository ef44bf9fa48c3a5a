"""Dates and months in every usual form; amounts, codes and ages are none."""

import numpy as np
import polars as pl
import pytest

from credit_scoring.flat_table.dates import is_date, whole_as_integers
from credit_scoring.flat_table.infer_schema import infer_schema

DAYS = pl.Series(np.random.default_rng(3).integers(14_600, 16_800, 120)).cast(pl.Date)  # 2010-2015
TEXT_FORMATS = (
    "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%y", "%d.%m.%Y", "%Y-%m", "%Y/%m", "%m/%Y", "%b-%y", "%y-%b",
    "%d-%b", "%d-%b-%y", "%d%b%Y", "%b %Y", "%B %Y", "%b %d, %Y", "%d %B %Y", "%Y%m%d", "%Y%m",
    "%d%m%Y", "%a, %d %b %Y", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M",
    "%YM%m", "%Y-W%V", "%Y%m%d%H%M%S",
)  # fmt: skip
EPOCH = DAYS.cast(pl.Int64) * 86_400 + 4_242


def quarters(form):
    return pl.Series([form.format(d.year, (d.month + 2) // 3) for d in DAYS])


@pytest.mark.parametrize("text_format", TEXT_FORMATS)
def test_texts(text_format):
    texts = DAYS.cast(pl.Datetime).dt.strftime(text_format)
    assert is_date(texts)
    assert is_date(texts.str.to_uppercase())
    marked = pl.Series([r"\N" if i % 9 == 4 else text for i, text in enumerate(texts)])
    assert is_date(marked)
    damaged = pl.Series(["32/13" if i == 50 else text for i, text in enumerate(texts)])
    assert is_date(damaged)


@pytest.mark.parametrize("form", ["{}Q{}", "{}-Q{}", "Q{1} {0}", "{}T{}", "T{1}-{0}", "{} q{}"])
def test_quarters(form):
    assert is_date(quarters(form))


@pytest.mark.parametrize(
    "text", ["12 déc. 2011", "3 août 2012", "1er janvier 2014", "15. Oktober 2013", "2015年12月1日"]
)
def test_other_languages(text):
    assert is_date(pl.Series([text, text]))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("x", DAYS),
        ("x", DAYS.dt.strftime("%Y%m").cast(pl.Int64)),
        ("x", DAYS.dt.strftime("%Y%m%d").cast(pl.Int64)),
        ("x", DAYS.dt.strftime("%Y%m").cast(pl.Float64)),
        ("x", EPOCH),
        ("x", EPOCH * 1000),
        ("x", EPOCH * 1_000_000),
        ("issue_d", DAYS.cast(pl.Int64) + 25_569),
        ("date_opened", DAYS.cast(pl.Int64) + 25_569.5),
        ("opened_on", DAYS.dt.strftime("%y%m%d").cast(pl.Int64)),
        ("date", DAYS.dt.strftime("%Y%j").cast(pl.Int64)),
        ("created_at", EPOCH + 0.25),
        ("x", EPOCH.cast(pl.String)),
        ("x", DAYS.dt.month() + DAYS.dt.year() / 10_000),
        ("x", pl.Series(["9:30", "23:05:10"])),
    ],
    ids=range(15),
)
def test_numbers(name, values):
    assert is_date(values.alias(name))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("income", [*range(20_000, 60_000, 977)]),
        ("duration_days", [*range(0, 900, 7)]),
        ("age_band", ["18-25", "26-35", "36-50"]),
        ("term", [" 36 months", "60 months"]),
        ("amount", ["1.234", "12.500"]),
        ("code", ["A11", "A12", "A13"]),
        ("rate", ["12.5", "3.25"]),
        ("zip", ["75011", "69002"]),
        ("x", ["May", "unknown"]),
        ("customer_id", [1_234_567_890, 1_334_567_001]),
        ("x", []),
        ("x", [None, None]),
        ("x", [float("inf"), 1.0]),
    ],
    ids=range(13),
)
def test_other_columns_are_no_dates(name, values):
    assert not is_date(pl.Series(name, values))


def test_schema_says_that_a_month_with_marks_is_a_date():
    months = [None if i % 7 == 3 else d.strftime("%b-%y") for i, d in enumerate(DAYS)]
    default = [i % 3 == 0 for i in range(120)]
    frame = pl.DataFrame({"default": default, "issue_d": months, "x": np.arange(120.0) ** 1.5})
    column = infer_schema(frame, target="default", key=None)["issue_d"]
    assert (column.use, column.levels) == ("excluded", ())
    assert column.note.startswith("a date: turn it into days before the application")


def test_whole_floats_are_integers():
    assert whole_as_integers(pl.Series([1.0, None, 3.0])).dtype == pl.Int64
    assert whole_as_integers(pl.Series([1.5, None])).dtype == pl.Float64
    assert whole_as_integers(pl.Series([None, None], dtype=pl.Float64)).dtype == pl.Float64
