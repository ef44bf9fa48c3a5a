"""Notation of a column of numbers written as text: its decimal mark, its signs, its odd cells.

`words` are the cells that have a value. A reason says why the column is left out, without showing
values, except odd cells: a person has to find them.
"""

import json

import polars as pl

from credit_scoring.flat_table.identifiers import FEW_VALUES
from credit_scoring.flat_table.number_text import CURRENCY, DRESSED, numbers_of
from credit_scoring.flat_table.typed_columns import all_match
from credit_scoring.tables.table_errors import count_phrase

MIN_NUMBER_SHARE = 0.9  # of the cells with a value: the others are odd
FEW_ODD_TEXTS = 5  # different ones: marks for "no value" that are not known, in any share
MIN_GROUPED = 3  # different numbers such as 1,234 next to 950: the comma separates thousands
MAX_SHOWN = 3  # odd cells
OVERPUNCHED = r"^\s*\d+[{}A-R]\s*$"
DEBIT_OR_CREDIT = r"^\s*[^\p{L}\d]*\d[\d.,' ]*(?i:dr|cr|db)\.?\s*$"
SCALED = r"^\s*[^\d\p{L}]*\d[\d.,' ]*(?i:k|m|mn|mio|bn|md)\s*\p{Sc}?\s*$"
EXCEL_TEXT = r"""^\s*(="?|')[-+]?\d[\d.,]*"?\s*$"""
SIGN_AFTER = r"^\s*\d[\d.,]*[-+]\s*$"
WITH_WORD = r"^\s*[-+]?\d[\d.,]*\s*(\p{L}{3,}|an|ans)\.?\s*$"
UNREAD = {
    DEBIT_OR_CREDIT: "debits and credits, DR and CR",
    SCALED: "with a letter for thousands or millions",
    EXCEL_TEXT: "with = or ' before them, as Excel writes texts",
    SIGN_AFTER: "with the sign after the number, as in 123+",
    OVERPUNCHED: "with the sign of a host, as in 123} and 123J",
}
NEVER_LEVELS = (DEBIT_OR_CREDIT, SCALED, EXCEL_TEXT)
PREFIX = "numbers written as text"
REWRITE = "write them as 1234.5"
AMBIGUOUS = f"{PREFIX} (a comma or a point before three digits: 1,234 or 1.234?): {REWRITE}"
TWO_NOTATIONS = f"{PREFIX} (in two notations, such as 1,234.5 and 1.234,5): {REWRITE}"


def reason_of_notation(words: pl.Series) -> str:
    """Why numbers in a notation that is recognised but not read stay out; "" for others."""
    if all_match(words, DRESSED):
        return ""
    few = words.n_unique() <= FEW_VALUES
    for pattern, what in UNREAD.items():
        may_be_levels = few and pattern not in NEVER_LEVELS
        if not may_be_levels and all_match(words, pattern):
            return f"{PREFIX} ({what}): {REWRITE}"
    units = words.str.extract(WITH_WORD)
    if not few and units.n_unique() == 1 and units[0] is not None:
        return f"{PREFIX} (with the word {units[0]!r}): {REWRITE}"
    return ""


def decimal_mark(words: pl.Series, readings: dict[str, pl.Series]) -> str | None:
    """The decimal mark that fits most words; None if two marks fit with other numbers.

    1,234 is a thousand if some numbers have no comma, or if it has a currency sign.
    """
    nulls = {mark: numbers.null_count() for mark, numbers in readings.items()}
    if nulls["."] != nulls[","]:
        return min(nulls, key=lambda mark: nulls[mark])
    grouped = words.filter(readings["."] != readings[","])
    if grouped.is_empty():
        return "."
    separators = {mark: grouped.str.contains(mark, literal=True).any() for mark in (".", ",")}
    has_bare = len(grouped) < len(words) and grouped.n_unique() >= MIN_GROUPED
    if all(separators.values()) or not (has_bare or grouped.str.contains(CURRENCY).all()):
        return None
    return "." if separators[","] else ","


def reason_of_signs(words: pl.Series) -> str:
    """Why signs for percent or currencies are against the column, or ""."""
    signs = {"percent sign": words.str.extract("([%‰])"), "currency": currencies(words)}
    for what, found in signs.items():
        with_sign = len(words) - found.null_count()
        if found.drop_nulls().n_unique() > 1:
            return f"{PREFIX} (with more than one {what}): make it one, and {REWRITE}"
        if 0 < with_sign < len(words):
            rows = f"{with_sign:,} of {len(words):,} rows"
            return f"{PREFIX} (a {what} in {rows} only): {REWRITE}"
    return ""


def currencies(words: pl.Series) -> pl.Series:
    """The sign or code of each word's currency in lower case; null without one."""
    return words.str.extract(f"({CURRENCY})").str.to_lowercase()


def reason_of_odd_cells(
    values: pl.Series, words: pl.Series, readings: dict[str, pl.Series]
) -> str | None:
    """Why numbers with other cells among them stay out; None if they are texts, "" if none is odd.

    `values` are all cells of the column, by row.
    """
    numbers = min(readings.values(), key=lambda reading: reading.null_count())
    odd = words.filter(numbers.is_null())
    if odd.is_empty():
        return ""
    share = 1 - len(odd) / len(words)
    if share < MIN_NUMBER_SHARE and not readings["."].fill_null(readings[","]).null_count():
        return TWO_NOTATIONS
    has_few_texts = odd.n_unique() <= FEW_ODD_TEXTS and odd.is_duplicated().all()
    are_levels = numbers.drop_nulls().n_unique() <= FEW_VALUES
    if are_levels or not (share >= MIN_NUMBER_SHARE or has_few_texts):
        return None
    return _odd_cells_in_words(values, odd)


def _odd_cells_in_words(values: pl.Series, odd: pl.Series) -> str:
    texts = odd.unique(maintain_order=True).to_list()
    shown = ", ".join(f"{text[:40]!r} in {_rows(values, text)}" for text in texts[:MAX_SHOWN])
    rest = f", and {len(texts) - MAX_SHOWN} other texts" if len(texts) > MAX_SHOWN else ""
    marks = json.dumps(texts[:MAX_SHOWN], ensure_ascii=False)
    cells = count_phrase(len(odd), "cell", "cells")
    return (
        f"numbers but for {cells}: {shown}{rest}. Correct them; or to read them as missing, set "
        f'use = "input", dtype = "float32", nullable = true and missing = {marks}'
    )


def _rows(values: pl.Series, text: str) -> str:
    """The row of a text, counted from 1 after the header, and how many others have it."""
    rows = (values == text).arg_true()
    more = f" and {len(rows) - 1:,} more" if len(rows) > 1 else ""
    return f"row {int(rows[0]) + 1:,}{more}"


def is_dressed(words: pl.Series) -> bool:
    """Whether one of the first texts looks like a number with or without signs."""
    return bool(words.head(1000).str.contains(DRESSED).any())


def both_readings(words: pl.Series) -> dict[str, pl.Series]:
    """The numbers by each decimal mark; null where a text is none."""
    return {mark: numbers_of(words, mark) for mark in (".", ",")}
