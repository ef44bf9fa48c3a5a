"""The schema of any lender's table, inferred: types, ranges, levels, and what had better stay out of a model.

Doubts become notes for the person who edits the schema. Of a column that stays out (an identifier, a name, a leak)
no value enters the schema.
"""

import math
import re
from typing import Any

import polars as pl
from numpy.typing import NDArray

from credit_scoring.contracts.contract import Column, Dtype, Table, Use
from credit_scoring.errors import TableError
from credit_scoring.flat_table.leakage import single_column_auc
from credit_scoring.flat_table.name_hints import (
    sensitive_use,
    speaks_of_a_code,
    speaks_of_a_person,
    speaks_of_an_identifier,
)
from credit_scoring.flat_table.read_flat_table import MARKS, require_column, target_values

Outcome = NDArray[Any]
LARGEST = 1e30  # in size: the model computes in 32 bits, up to 3e38
MOST_LEVELS = 100
MOSTLY_DISTINCT = (
    0.5  # of the rows: text with more distinct values is a name or a note, not a category
)
FEW = 20  # distinct values: whole numbers this few may be codes; personal data are more
CLOSE_TOGETHER = (
    10  # whole numbers, all different, in a range of this many times the rows: they were handed out
)
LEAK_AUC, SUSPECT_AUC = 0.98, 0.9
DATE = re.compile(
    r"^\s*(\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?|\d{1,2}[-/]\d{4}|(\d{1,2}[- ])?(?i:jan|f[eé]v|feb|mar|avr|apr|mai|"
    r"may|jui|jun|jul|ao[uû]|aug|sep|oct|nov|d[eé]c)[a-zéû]*\.?[- /]\d{2,4})\s*$"
)
DAY_NUMBER = r"^(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$"  # 20240131
MOSTLY_NUMBER = r"^[^\d\p{L}]*(?i:eur|usd|gbp|chf)?[^\d\p{L}]*\d[\d\s.,'’]*\s*(%|€|\$|£|(?i:k|eur|usd|gbp|chf))?\s*$"


def infer(frame: pl.DataFrame, *, target: str, key: str | None) -> Table:
    """The schema of a flat table; TableError where target or key are missing or wrong, or nothing is left to learn."""
    if key is not None:
        require_column(frame, key, "identifier")
        if key == target:
            raise TableError(f"{key} cannot be both target and identifier: name two columns")
    outcome = target_values(frame, target).to_numpy()
    columns = tuple(_column(frame[name], outcome, target=target, key=key) for name in frame.columns)
    if not any(column.use == "input" for column in columns):
        reasons = "; ".join(f"{column.name}: {column.note}" for column in columns if column.note)
        raise TableError(f"no column is left to learn from: {reasons or 'there are no others'}")
    return Table("loans", "One row per loan.", "loans", None, (key,) if key else (), None, columns)


def _column(values: pl.Series, outcome: Outcome, *, target: str, key: str | None) -> Column:
    name = values.name
    if name == target:
        return _valueless(values, "target", meaning="1 when the loan defaulted, 0 otherwise")
    if name == key:
        return _valueless(values, "key", meaning="identifier of the loan")
    reason = _unusable(values)
    if reason is None and (auc := single_column_auc(values, outcome)) >= LEAK_AUC:
        reason = f"a likely leak: it ranks the target by itself (AUC {auc:.3f}); known only after the outcome?"
    if reason is not None:
        return _valueless(values, "excluded", note=reason)
    notes = [f"ranks the target well by itself (AUC {auc:.2f}): known before the decision?"] * (
        auc >= SUSPECT_AUC
    )
    use = sensitive_use(name)
    if use:
        notes.insert(
            0, f"{use} by credit law, to judge by its name: no input unless --allow {name}"
        )
    return _described(values, use or "input", notes)


def _valueless(values: pl.Series, use: Use, *, note: str = "", meaning: str = "") -> Column:
    nullable, dtype = values.null_count() > 0, _dtype(values)
    return Column(
        values.name,
        values.name,
        dtype,
        nullable,
        meaning or values.name,
        _unit(dtype),
        use=use,
        note=note,
    )


def _dtype(values: pl.Series) -> Dtype:
    """A category, a whole number where there are few integers or only 0 and 1, else a number."""
    if values.dtype == pl.Boolean:
        return "int32"
    if not values.dtype.is_numeric():
        return "category"
    whole = values.dtype.is_integer() and values.n_unique() <= MOST_LEVELS
    return "int32" if whole or _is_flag(values.cast(pl.Float64)) else "float32"


def _is_flag(numbers: pl.Series) -> bool:
    return bool(numbers.drop_nulls().is_in([0.0, 1.0]).all())


def _unit(dtype: Dtype) -> str:
    return "level" if dtype == "category" else "number"


def _unusable(values: pl.Series) -> str | None:
    """Why the column can be no input whatever the target is, or None."""
    if values.dtype.is_nested() or values.dtype in (pl.Binary, pl.Object):
        return f"nested or binary values ({values.dtype}): spread them over columns"
    known = values.drop_nulls()
    distinct = known.n_unique()
    if distinct == 0 or (distinct == 1 and len(known) == len(values)):
        return "the same value everywhere" if distinct else "empty"
    if speaks_of_a_person(values.name) and distinct > FEW:
        return "personal data, to judge by its name"
    if _is_date(known):
        return "a date: turn it into days before the application"
    if known.dtype.is_integer():
        return _identifies(values) if distinct == len(values) else None
    return (
        None
        if known.dtype.is_numeric() or known.dtype == pl.Boolean
        else _no_category(known, distinct)
    )


def _is_date(known: pl.Series) -> bool:
    if known.dtype.is_temporal():
        return True
    if known.dtype.is_integer():
        return bool(known.cast(pl.String).str.contains(DAY_NUMBER).all())
    return known.dtype == pl.String and bool(known.str.contains(DATE.pattern).all())


def _identifies(values: pl.Series) -> str | None:
    """Whole numbers that all differ: amounts may, in a small table; identifiers are handed out in order or named so."""
    low, high = int(values.min()), int(values.max())  # type: ignore[arg-type]
    ordered = values.is_sorted() or values.is_sorted(descending=True)
    if ordered or high - low < CLOSE_TOGETHER * len(values) or speaks_of_an_identifier(values.name):
        return "every value is different: most likely an identifier"
    return None


def _no_category(known: pl.Series, distinct: int) -> str | None:
    """Why a column of texts is no category."""
    texts = known.cast(pl.String)
    words = texts.filter(~texts.str.strip_chars().is_in(MARKS))
    if (
        len(words)
        and words.str.contains(MOSTLY_NUMBER).all()
        and (_has_sign(words) or _counts(words, distinct))
    ):
        return "numbers written as text (a comma, a space, a sign such as % or €): write them as 1234.5"
    if distinct > MOSTLY_DISTINCT * len(known):
        return (
            f"{distinct} different texts in {len(known)} rows: an identifier, a name or free text"
        )
    return (
        f"{distinct} levels are many: group them to {MOST_LEVELS} or fewer"
        if distinct > MOST_LEVELS
        else None
    )


def _has_sign(words: pl.Series) -> bool:
    """Whether something but digits is in them: "01" may be a code, "12%" is none."""
    return bool(words.str.contains(r"[^\d]").any())


def _counts(words: pl.Series, distinct: int) -> bool:
    """Whether digits alone are numbers: too many for levels, and none that begins with a zero as codes do."""
    return distinct > MOST_LEVELS and not words.str.contains(r"^\s*0\d").any()


def _described(values: pl.Series, use: Use, notes: list[str]) -> Column:
    dtype = _dtype(values)
    more = _category(values, notes) if dtype == "category" else _number(values, dtype, notes)
    return Column(
        name=values.name, alias=values.name, dtype=dtype, meaning=values.name, use=use, note="; ".join(notes),
        **{"nullable": values.null_count() > 0, "unit": _unit(dtype), **more},
    )  # fmt: skip


def _category(values: pl.Series, notes: list[str]) -> dict[str, Any]:
    """Its levels as they stand in the table; texts that mean "no value" apart."""
    texts = values.drop_nulls().cast(pl.String).unique().sort()
    marks = texts.str.strip_chars().is_in(MARKS)
    levels = texts.filter(~marks)
    if levels.str.strip_chars().str.to_lowercase().n_unique() < len(levels):
        notes.append("some levels differ only by case or spaces: make them one in the table")
    if marks.any():
        notes.append(f"read as missing: {', '.join(map(repr, texts.filter(marks)))}")
    nullable = values.null_count() > 0 or bool(marks.any())
    return {"levels": tuple(levels), "missing": tuple(texts.filter(marks)), "nullable": nullable}


def _number(values: pl.Series, dtype: Dtype, notes: list[str]) -> dict[str, Any]:
    """Its range, and a number far from all others that stands for "no value"."""
    numbers = values.cast(pl.Float64).drop_nulls()
    sentinel = next((edge for edge in _edges(numbers) if _far_from_others(numbers, edge)), None)
    if sentinel is not None:
        rows = int((numbers == sentinel).sum())
        notes.append(
            f"{sentinel:.0f} ({rows} rows) lies far from the rest: read as missing; no? remove the sentinel"
        )
        numbers = numbers.filter(numbers != sentinel)
    notes += _doubts(numbers, values.name, dtype)
    low, high = _range(numbers, dtype)
    missing = values.null_count() > 0 or sentinel is not None
    return {"minimum": low, "maximum": high, "sentinel": sentinel, "nullable": missing}


def _edges(numbers: pl.Series) -> list[float]:
    """The greatest and the least value, where they look like a mark: 999, -9999, 365243."""
    edges = [float(numbers.max()), float(numbers.min())]  # type: ignore[arg-type]
    return [
        edge
        for edge in edges
        if edge == int(edge) and re.fullmatch(r"9{2,}|365243", f"{abs(edge):.0f}")
    ]


def _far_from_others(numbers: pl.Series, edge: float) -> bool:
    """Whether it is there more than once and the gap to the others is wider than their range."""
    others = numbers.filter(numbers != edge)
    if others.is_empty() or len(numbers) - len(others) < 2:  # noqa: PLR2004
        return False
    low, high = float(others.min()), float(others.max())  # type: ignore[arg-type]
    return min(abs(edge - low), abs(edge - high)) > high - low


def _doubts(numbers: pl.Series, name: str, dtype: Dtype) -> list[str]:
    notes = [f"{edge:.0f} at the edge of the range: a number, or a mark for missing?" for edge in _edges(numbers)
             if (numbers == edge).sum() > 1]  # fmt: skip
    if (
        (numbers == -1).any()
        and (numbers < 0).sum() == (numbers == -1).sum()
        and numbers.max() != 0
    ):
        notes.append("-1 is the only negative number: if it stands for missing, set sentinel = -1")
    distinct = numbers.n_unique()
    if dtype == "int32" and 2 < distinct <= FEW and (speaks_of_a_code(name) or _has_gaps(numbers)):  # noqa: PLR2004
        notes.append('few whole numbers: if they are codes, set dtype = "category" and levels')
    return notes


def _has_gaps(numbers: pl.Series) -> bool:
    return bool(numbers.max() - numbers.min() >= FEW)  # type: ignore[operator]


def _range(numbers: pl.Series, dtype: Dtype) -> tuple[float | None, float | None]:
    """The range seen, widened by its own width to round numbers, but not across 0: a person may narrow it."""
    low, high = float(numbers.min()), float(numbers.max())  # type: ignore[arg-type]
    if _is_flag(numbers):
        return 0.0, 1.0
    bottom, top = -_up(high - 2 * low), _up(2 * high - low)
    bottom, top = (
        max(bottom, 0.0 if low >= 0 else -LARGEST),
        min(top, 0.0 if high <= 0 else LARGEST),
    )
    return (float(round(bottom)), float(round(top))) if dtype == "int32" else (bottom, top)


def _up(value: float) -> float:
    """The least number with two digits that is not below `value`.

    >>> _up(1234.5), _up(0.0567), _up(-1234.5), _up(0)
    (1300.0, 0.057, -1200.0, 0.0)
    """
    if value == 0:
        return 0.0
    scale = math.floor(math.log10(abs(value))) - 1
    return float(f"{math.ceil(round(value / 10**scale, 9))}e{scale}")
