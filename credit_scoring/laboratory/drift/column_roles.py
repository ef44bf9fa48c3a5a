"""Which columns of two tables can be compared, and the remark on each that cannot."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import polars as pl

from credit_scoring.flat_table.unusable_columns import date_or_identifier, reason_against_feature
from credit_scoring.tables.table_errors import count_phrase, join_names

RemarkKind = Literal["gone", "new", "type", "excluded", "target"]
Kind = Literal["number", "category"]
CHANGES = ("gone", "type")  # remarks that are a change of the data as such
TARGET_NAMES = ("target", "default")
MAX_EXAMPLES = 3
ONLY_IN_REFERENCE = "table of the reference folder only: its features would have no value"
ONLY_IN_CURRENT = "table of the current folder only: no model has learned it"


@dataclass(frozen=True)
class Remark:
    """Why a column is not compared, or what is odd about it."""

    column: str
    kind: RemarkKind
    text: str

    @property
    def is_change(self) -> bool:
        """Whether the data have changed in a way that a model cannot bear."""
        return self.kind in CHANGES


def guess_target(columns: Collection[str]) -> str | None:
    """The column that is the target according to its name, or None."""
    return next((name for name in columns if name.lower() in TARGET_NAMES), None)


def kind_of(values: pl.Series) -> Kind | None:
    """Whether a column holds numbers or levels; None if it has no value."""
    if values.null_count() == len(values):
        return None
    is_number = values.dtype.is_numeric() or values.dtype == pl.Boolean
    return "number" if is_number else "category"


def reason_to_leave_out(reference: pl.Series, current: pl.Series) -> str | None:
    """Why the column cannot be compared bin by bin, or None.

    Numbers are compared even if the name suggests personal data: a bin shows no person.
    """
    kind = kind_of(reference)
    if kind is None:
        return "no value in the reference" if kind_of(current) else "no value in either table"
    return date_or_identifier(reference) if kind == "number" else reason_against_feature(reference)


def type_remark(reference: pl.Series, current: pl.Series) -> Remark | None:
    """The remark that one table holds numbers and the other texts; None if they agree."""
    kinds = (kind_of(reference), kind_of(current))
    if None in kinds or kinds[0] == kinds[1]:
        return None
    texts = current if kinds[1] == "category" else reference
    side = "current" if texts is current else "reference"
    other = "reference" if texts is current else "current"
    return Remark(
        reference.name,
        "type",
        f"numbers in the {other} table, {content(texts)} in the {side} one{_not_numbers(texts)}",
    )


def unlike_levels(reference: pl.Series, current: pl.Series) -> Remark | None:
    """The remark that the current table has no levels, but dates or nested values; else None."""
    kind = content(current)
    if kind_of(reference) != "category" or kind_of(current) is None or kind == "texts":
        return None
    return Remark(
        reference.name, "type", f"texts in the reference table, {kind} in the current one"
    )


def content(values: pl.Series) -> str:
    """What a column that has no numbers holds: texts, dates, or nested or binary values."""
    if values.dtype.is_temporal():
        return "dates"
    is_plain = not (values.dtype.is_nested() or values.dtype in (pl.Binary, pl.Object))
    return "texts" if is_plain else "nested or binary values"


def _not_numbers(texts: pl.Series) -> str:
    """How many texts are not numbers, with examples; empty for other values."""
    if texts.dtype != pl.String:
        return ""
    present = texts.drop_nulls()
    wrong = present.filter(present.str.strip_chars().cast(pl.Float64, strict=False).is_null())
    if wrong.is_empty():
        return ""
    shown = join_names(map(repr, wrong.str.head(40).unique().sort()), MAX_EXAMPLES)
    return f": {count_phrase(len(wrong), 'is not a number', 'are not numbers')} ({shown})"


def target_remark(reference: pl.Series, current: pl.Series) -> Remark | None:
    """The remark that one table has no outcome yet, like a table without the column; else None."""
    empty = [kind_of(values) is None for values in (reference, current)]
    if not any(empty):
        return None
    side = "either" if all(empty) else "the reference" if empty[0] else "the current"
    return Remark(
        reference.name, "target", f"the target has no value in {side} table: not compared"
    )


def remarks_on_one_sided(
    reference: Collection[str],
    current: Collection[str],
    target: str | None,
    ignored: Collection[str] = (),
) -> list[Remark]:
    """A remark for each column that only one table has, the ignored ones aside."""
    gone = [name for name in reference if name not in {*current, *ignored}]
    new = [name for name in current if name not in {*reference, *ignored}]
    return [
        *(_gone(name, is_target=name == target) for name in gone),
        *(_new(name, is_target=name == target) for name in new),
    ]


def remarks_on_tables(reference: Collection[str], current: Collection[str]) -> tuple[Remark, ...]:
    """A remark for each table that only one of two folders has; one that is gone is a change."""
    gone = [Remark(name, "gone", ONLY_IN_REFERENCE) for name in reference if name not in current]
    new = [Remark(name, "new", ONLY_IN_CURRENT) for name in current if name not in reference]
    return (*gone, *new)


def _gone(name: str, *, is_target: bool) -> Remark:
    if is_target:
        return Remark(name, "target", "the target is only in the reference table: not compared")
    return Remark(name, "gone", "only in the reference table: a model that needs it has no value")


def _new(name: str, *, is_target: bool) -> Remark:
    if is_target:
        return Remark(name, "target", "the target is only in the current table: not compared")
    return Remark(name, "new", "only in the current table: no model has learned it")
