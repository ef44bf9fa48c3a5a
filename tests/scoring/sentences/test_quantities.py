"""Quantities: numbers as they are read out, in the notation of each language."""

import pytest

from credit_scoring.scoring.sentences.quantities import Quantities
from credit_scoring.scoring.sentences.vocabulary import vocabularies

ENGLISH, FRENCH = (Quantities(language, vocabularies()[language]) for language in ("en", "fr"))


@pytest.mark.parametrize(
    ("value", "style", "english", "french"),
    [
        (503460, "number", "503,460", "503\u202f460"),
        (12.345, "number", "12.3", "12,3"),
        (1e-45, "number", "almost 0", "presque 0"),
        (3e38, "number", "more than 1,000,000,000", "plus de 1\u202f000\u202f000\u202f000"),
        (1, "days", "1 day", "1 jour"),
        (1.5, "days", "1.5 days", "1,5 jour"),
        (59, "days", "59 days", "59 jours"),
        (60, "days", "2 months", "2 mois"),
        (729, "days", "24 months", "24 mois"),
        (3652.5, "days", "10 years", "10 ans"),
        (-1200, "span", "3.3 years", "3,3 ans"),
        (-30, "month_span", "2.5 years", "2,5 ans"),
        (5, "months", "5 months", "5 mois"),
        (0, "percent", "0%", "0\u202f%"),
        (1, "percent", "100%", "100\u202f%"),
        (0.0034, "percent", "0.3%", "0,3\u202f%"),
        (0.0001, "percent", "less than 0.1%", "moins de 0,1\u202f%"),
        (0.99999, "percent", "more than 99.9%", "plus de 99,9\u202f%"),
        (1 / 3, "percent", "33%", "33\u202f%"),
        (12.5, "percent", "1,250%", "1\u202f250\u202f%"),
        (0.022643, "rate", "2.26%", "2,26\u202f%"),
        (0, "rate", "0%", "0\u202f%"),
        (1, "times", "1 time", "1 fois"),
        (0.5, "times", "0.5 times", "0,5 fois"),
        (-0.12, "change", "12 percentage points", "12 points"),
        (10, "hour", "10 o’clock", "10 h"),
    ],
)  # fmt: skip
def test_a_number_is_read_out(value, style, english, french):
    assert ENGLISH.text(value, style) == english
    assert FRENCH.text(value, style) == french
