"""Special codes among numbers, such as -999, 8888 or 2147483647, that stand for "no value"."""

import re

import polars as pl

from credit_scoring.flat_table.identifiers import FEW_VALUES
from credit_scoring.tables.table_errors import count_phrase

MIN_ROWS = 2  # that have a code
MIN_DOUBT_ROWS = 5  # with a number that does not look like a code and may be a mark
MAX_NEGATIVE_CODES = 6
MAX_DOUBTFUL_NEGATIVES = 3
HUGE = 1e15
ROUND_CODE = re.compile(r"10{3,}")
CODE = re.compile(
    r"(\d)\1+|9+\d?|9+\.9+|10{3,}|365243|1234567890?|32767|32768|65535|2147483647|2147483648|"
    r"4294967295"
)
DIGIT_CODE = re.compile(r"[4-9]")  # -9, -8, -7 among numbers that are otherwise not negative
GAP_OF_ZERO = 0.25  # of the range of the others, from 0 to the least of them


def find_sentinels(numbers: pl.Series) -> tuple[list[float], list[str]]:
    """The codes for "no value", and notes on them. `numbers` has a value in every row."""
    counts = _counts(numbers)
    far = _far_codes(counts)
    negative = [] if any(code < 0 for code in far) else _negative_codes(counts)
    notes = [
        *_note(far, counts, "lies far from the rest", "lie far from the rest"),
        *_note(negative, counts, "is negative, unlike the rest", "are negative, unlike the rest"),
    ]
    return sorted([*far, *negative]), notes


def _note(codes: list[float], counts: dict[float, int], singular: str, plural: str) -> list[str]:
    if not codes:
        return []
    texts = (f"{shown(c)} ({count_phrase(counts[c], 'row', 'rows')})" for c in codes)
    place = singular if len(codes) == 1 else plural
    remedy = "read as missing; if it is a value, remove the sentinel"
    return [f"{', '.join(texts)} {place}: {remedy}"]


def doubts_about_codes(numbers: pl.Series) -> list[str]:
    """Notes on numbers that may be marks, after the sentinels are left out."""
    counts = _counts(numbers)
    low, high = min(counts), max(counts)
    edges = {high: counts[high], low: counts[low]}
    notes = [
        f"{shown(edge)} at the edge of the range: a number, or a mark for missing?"
        for edge, rows in edges.items()
        if _is_code(edge) and rows >= MIN_ROWS and len(counts) > MIN_ROWS and _is_striking(edge)
    ]
    notes += [
        f"{shown(edge)} ({rows:,} rows) lies far from the rest: if it stands for missing, set "
        f"sentinel = {shown(edge)}"
        for edge, rows in edges.items()
        if not _is_code(edge) and rows >= MIN_DOUBT_ROWS and _is_far(edge, [*counts])
    ]
    return notes + _doubt_about_negatives(counts) + _doubt_about_zero(counts)


def shown(number: float) -> str:
    """The number with at most 15 digits: -999, 9999.99."""
    return f"{number:.15g}"


def _counts(numbers: pl.Series) -> dict[float, int]:
    """The rows of each number, in the order of the numbers."""
    table = numbers.alias("number").value_counts(name="rows").sort("number")
    return dict(table.rows())


def _is_code(number: float) -> bool:
    size = abs(number)
    text = f"{size:.0f}" if number.is_integer() else f"{size:.15g}"
    return size >= HUGE or CODE.fullmatch(text) is not None


def _far_codes(counts: dict[float, int]) -> list[float]:
    """The codes at both ends that are farther from the rest than its range.

    A power of ten among few different numbers is a value.
    """
    numbers = [*counts]
    start, end = 0, len(numbers)
    while end - start > 1 and _may_be_code(numbers[end - 1], counts):
        end -= 1
    while end - start > 1 and _may_be_code(numbers[start], counts):
        start += 1
    rest = numbers[start:end]
    codes = numbers[:start] + numbers[end:]
    far = [code for code in codes if len(rest) > 1 and _is_far(code, [*rest, code])]
    return [code for code in far if len(rest) > FEW_VALUES or not _is_round(code)]


def _may_be_code(number: float, counts: dict[float, int]) -> bool:
    return _is_code(number) and counts[number] >= MIN_ROWS


def _is_round(number: float) -> bool:
    return ROUND_CODE.fullmatch(f"{abs(number):.0f}") is not None


def _is_far(number: float, numbers: list[float]) -> bool:
    """Whether a number is farther from the others than their range."""
    others = [other for other in numbers if other != number]
    if len(others) < 2:  # noqa: PLR2004
        return False
    low, high = min(others), max(others)
    return min(abs(number - low), abs(number - high)) > high - low


def _negative_codes(counts: dict[float, int]) -> list[float]:
    """Negative codes, such as -9, -8 and -7, if all negative numbers are such."""
    negative = [number for number in counts if number < 0]
    are_codes = all(
        counts[number] >= MIN_ROWS and (_is_code(number) or DIGIT_CODE.fullmatch(f"{-number:.15g}"))
        for number in negative
    )
    rest = len(counts) - len(negative)
    return negative if are_codes and rest > 1 and len(negative) <= MAX_NEGATIVE_CODES else []


def _is_striking(code: float) -> bool:
    """Whether a code is one at the edge of other numbers too: 99 and 777, but not 11 or 1000."""
    text = shown(abs(code))
    return text.startswith("9") or (len(text) > len("11") and not _is_round(code))


def _doubt_about_negatives(counts: dict[float, int]) -> list[str]:
    """A note on the only negative numbers, if they are few and whole."""
    negative = [number for number in counts if number < 0]
    are_few = 0 < len(negative) <= MAX_DOUBTFUL_NEGATIVES and max(counts) > 0
    if not (are_few and all(number.is_integer() for number in negative)):
        return []
    if len(negative) == 1:
        code = shown(negative[0])
        return [
            f"{code} is the only negative number: if it stands for missing, set sentinel = {code}"
        ]
    codes = ", ".join(map(shown, negative))
    return [f"only {codes} are negative: if they stand for missing, set sentinel = [{codes}]"]


def _doubt_about_zero(counts: dict[float, int]) -> list[str]:
    """A note on zeros that are apart from numbers that are all positive, as in a column of ages."""
    numbers = [*counts]
    if numbers[0] != 0 or counts[0.0] < MIN_DOUBT_ROWS or len(numbers) <= FEW_VALUES:
        return []
    least, greatest = numbers[1], numbers[-1]
    if least < GAP_OF_ZERO * (greatest - least):
        return []
    others = f"the others are {shown(least)} or more"
    return [f"0 ({counts[0.0]:,} rows), and {others}: if it stands for missing, set sentinel = 0"]
