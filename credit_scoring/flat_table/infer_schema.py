"""Infers the schema of any lender's table: types, ranges, levels, and the columns to leave out.

Doubts become notes for the person who edits the schema. The schema contains no value of a column
that is left out (an identifier, a name, a leak).
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl
from numpy.typing import NDArray

from credit_scoring.contracts.column_check import MAX_MAGNITUDE
from credit_scoring.contracts.contract import Column, Dtype, Table, Use
from credit_scoring.errors import TableError
from credit_scoring.flat_table.dates import DATE_REASON, is_date, whole_as_integers
from credit_scoring.flat_table.identifiers import FEW_VALUES, MAX_LEVELS, is_named_code
from credit_scoring.flat_table.leakage import single_column_auc
from credit_scoring.flat_table.name_hints import split_words, suggests_code
from credit_scoring.flat_table.number_column import (
    NumberColumn,
    doubts_about_levels,
    read_number_column,
)
from credit_scoring.flat_table.number_text import is_missing
from credit_scoring.flat_table.protected_attributes import sensitive_hint
from credit_scoring.flat_table.read_flat_table import require_column
from credit_scoring.flat_table.sentinels import doubts_about_codes, find_sentinels
from credit_scoring.flat_table.target import MAX_SHOWN, TargetValues, infer_target, read_outcomes
from credit_scoring.flat_table.unusable_columns import reason_against_feature

Outcome = NDArray[Any]
FIRST_YEAR, LAST_YEAR = 1900, 2100
YEAR_WORDS = frozenset({"year", "yr", "annee", "an", "vintage", "jahr"})
LEAK_AUC = 0.98
SUSPECT_AUC = 0.9
TIME_NOTE = f'{DATE_REASON}; if the loan was applied for then, set use = "time"'


def infer_schema(
    frame: pl.DataFrame, *, target: str, key: str | None, target_default: Sequence[str] = ()
) -> Table:
    """The schema of a flat table; `target_default` are the target's values that mean default.

    Raises TableError if target or key are missing or unusable, or no input is left.
    """
    if key is not None:
        require_column(frame, key, "identifier")
        if key == target:
            raise TableError(f"{key} cannot be both target and identifier: name two columns")
    values = infer_target(frame, target, target_default)
    outcome = read_outcomes(frame[target], values).to_numpy()
    columns = tuple(
        _target_column(frame[target], values)
        if name == target
        else _column(frame[name], outcome, key=key)
        for name in frame.columns
    )
    if not any(column.use == "input" for column in columns):
        notes = [f"{column.name}: {column.note}" for column in columns if column.note]
        rest = [f"and {len(notes) - MAX_SHOWN} more columns"] if len(notes) > MAX_SHOWN else []
        reasons = "; ".join([*notes[:MAX_SHOWN], *rest]) or "there are no others"
        raise TableError(f"no column is left to learn from: {reasons}")
    return Table("loans", "One row per loan.", "loans", None, (key,) if key else (), None, columns)


def _target_column(values: pl.Series, target: TargetValues) -> Column:
    default = " or ".join(target.default) or "1"
    other = "another level" if target.default else "0"
    meaning = f"{default} when the loan defaulted, {other} otherwise"
    column = _schema_column(values, "target", meaning=meaning)
    return replace(column, levels=target.levels, default_values=target.default)


def _column(values: pl.Series, outcome: Outcome, *, key: str | None) -> Column:
    name = values.name
    if name == key:
        return _schema_column(values, "key", meaning="identifier of the loan")
    read = (None if is_date(values) else read_number_column(values)) or NumberColumn(values)
    if reason := read.reason or _reason_to_exclude(read.numbers):
        return _schema_column(values, "excluded", note=reason)
    auc = single_column_auc(read.numbers, outcome)
    if auc >= LEAK_AUC:
        note = f"a likely leak: it alone ranks the target (AUC {auc:.3f}); known only afterwards?"
        return _schema_column(values, "excluded", note=note)
    return _input(read, auc)


def _input(read: NumberColumn, auc: float) -> Column:
    values = whole_as_integers(read.numbers)
    notes = [*read.notes]
    name = values.name
    is_category = _dtype(values) == "category"
    fields = _category(values, notes) if is_category else _number(values, notes) | _texts(read)
    hint = sensitive_hint(name, fields.get("levels", ()))
    if hint:
        source = f"{hint.use} by credit law, according to its {hint.evidence}"
        notes.insert(0, f"{source}: not an input unless --allow {name}")
    if auc >= SUSPECT_AUC:
        notes.append(f"it alone ranks the target well (AUC {auc:.2f}): known before the decision?")
    use = hint.use if hint else "input"
    return _schema_column(values, use, note="; ".join(notes), **fields)


def _schema_column(
    values: pl.Series, use: Use, *, note: str = "", meaning: str = "", **fields: Any
) -> Column:
    name = values.name
    dtype = _dtype(values)
    has_marks = bool(fields.get("missing")) or fields.get("sentinel") is not None
    return Column(
        name=name, alias=name, dtype=dtype, meaning=meaning or name, use=use, note=note,
        nullable=values.null_count() > 0 or has_marks,
        **{"unit": "level" if dtype == "category" else "number"} | fields,
    )  # fmt: skip


def _texts(read: NumberColumn) -> dict[str, Any]:
    """How a number is written in a file that holds texts."""
    return {"missing": read.missing, "decimal": read.decimal, "unit": read.unit}


def _dtype(values: pl.Series) -> Dtype:
    """A category; a whole number if there are few integers or only 0 and 1; else a number."""
    if values.dtype == pl.Boolean:
        return "int32"
    if not values.dtype.is_numeric():
        return "category"
    has_few_integers = values.dtype.is_integer() and values.n_unique() <= MAX_LEVELS
    return "int32" if has_few_integers or _is_flag(values.cast(pl.Float64)) else "float32"


def _is_flag(numbers: pl.Series) -> bool:
    return bool(numbers.drop_nulls().is_in([0.0, 1.0]).all())


def _reason_to_exclude(values: pl.Series) -> str | None:
    """Why the column cannot be an input, whatever the target is, or None."""
    if values.null_count() == len(values):
        return "empty"
    if not values.dtype.is_nested() and values.n_unique() == 1:
        return "the same value everywhere"
    reason = reason_against_feature(values)
    return TIME_NOTE if reason == DATE_REASON else reason


def _category(values: pl.Series, notes: list[str]) -> dict[str, Any]:
    """Its levels, unchanged, and apart from them the texts that mean "no value"."""
    texts = values.drop_nulls().cast(pl.String).unique().sort()
    is_mark = is_missing(texts)
    levels = texts.filter(~is_mark)
    marks = texts.filter(is_mark)
    if levels.str.strip_chars().str.to_lowercase().n_unique() < len(levels):
        notes.append("some levels differ only by case or spaces: make them one in the table")
    if len(marks):
        notes.append(f"read as missing: {', '.join(map(repr, marks))}")
    notes += doubts_about_levels(levels)
    return {"levels": tuple(levels), "missing": tuple(marks)}


def _number(values: pl.Series, notes: list[str]) -> dict[str, Any]:
    """Its range, and the codes among the numbers that stand for "no value"."""
    dtype = _dtype(values)
    numbers = values.cast(pl.Float64).drop_nulls()
    codes, notes_on_codes = find_sentinels(numbers)
    numbers = numbers.filter(~numbers.is_in(codes))
    notes += [*notes_on_codes, *doubts_about_codes(numbers), *_doubts(numbers, values.name, dtype)]
    low, high = _range(numbers, dtype)
    if any(low <= code <= high for code in codes):
        low, high = _extremes(numbers)
    sentinel = codes[0] if len(codes) == 1 else tuple(codes) or None
    return {"minimum": low, "maximum": high, "sentinel": sentinel}


def _extremes(numbers: pl.Series) -> tuple[float, float]:
    """The least and the greatest value."""
    return float(numbers.min()), float(numbers.max())  # type: ignore[arg-type]


def _doubts(numbers: pl.Series, name: str, dtype: Dtype) -> list[str]:
    low, high = _extremes(numbers)
    if low >= FIRST_YEAR and high <= LAST_YEAR and YEAR_WORDS.intersection(split_words(name)):
        return [
            "years: one after those of this table is new to the model; exclude it, or use an age"
        ]
    count = numbers.n_unique()
    has_few_integers = dtype == "int32" and 2 < count <= FEW_VALUES  # noqa: PLR2004
    has_codes = dtype == "int32" and FEW_VALUES < count <= MAX_LEVELS and is_named_code(name)
    if has_codes or (has_few_integers and (suggests_code(name) or high - low >= FEW_VALUES)):
        return ['few whole numbers: if they are codes, set dtype = "category" and levels']
    return []


def _range(numbers: pl.Series, dtype: Dtype) -> tuple[float, float]:
    """The range seen, widened by its width to round numbers, but not across 0.

    A person may narrow it.
    """
    if _is_flag(numbers):
        return 0.0, 1.0
    low, high = _extremes(numbers)
    lowest = 0.0 if low >= 0 else -MAX_MAGNITUDE
    highest = 0.0 if high <= 0 else MAX_MAGNITUDE
    minimum = max(-_round_up(high - 2 * low), lowest)
    maximum = min(_round_up(2 * high - low), highest)
    if dtype == "int32":
        return float(round(minimum)), float(round(maximum))
    return minimum, maximum


def _round_up(value: float) -> float:
    """The least number with two digits that is not below `value`.

    >>> _round_up(1234.5), _round_up(0.0567), _round_up(-1234.5), _round_up(0)
    (1300.0, 0.057, -1200.0, 0.0)
    """
    if value == 0:
        return 0.0
    scale = math.floor(math.log10(abs(value))) - 1
    return float(f"{math.ceil(round(value / 10**scale, 9))}e{scale}")
