"""Row arithmetic written once, run twice: over a table (`on_table.py`) and on the numbers of one request (here).

A formula is a small tree built with ordinary operators, `column("AMT_ANNUITY") / column("AMT_CREDIT")`.
Missing in, missing out; a division by zero is missing, and so is a result too large for the table's 32 bits.
Both interpreters do the same IEEE operations in the same order in float64, so a request's ratio is the training
table's ratio bit for bit.
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

OnRow = Callable[[Sequence[float]], float]
NAN = math.nan
LARGEST = (2 - 2**-23) * 2.0**127  # of the 32-bit numbers in the feature table
ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "×": operator.mul,
    "/": operator.truediv,
}
ON_FLOATS: dict[str, Callable[..., float]] = {
    **ARITHMETIC,
    "/": lambda a, b: a / b if b else NAN,
    "known": lambda a: 1.0 if a == a else 0.0,  # noqa: PLR0124 - NaN is what differs from itself
    "positive part": lambda a: 0.0 if a < 0 else a,
    "is positive": lambda a: NAN if a != a else float(a > 0),  # noqa: PLR0124
}
# Operators on any number of values, of which they see the known ones.
ON_KNOWN: dict[str, Callable[[list[float]], float]] = {
    "largest": lambda known: max(known, default=NAN),
    "smallest": lambda known: min(known, default=NAN),
    "sum": lambda known: reduce(
        operator.add, known, 0.0
    ),  # not sum(): newer Pythons round it differently
    "mean": lambda known: reduce(operator.add, known) / len(known) if known else NAN,
}


@dataclass(frozen=True)
class Formula:
    """A node: an operator and its arguments (formulas, or the column name or number of a leaf)."""

    operator: str
    arguments: tuple[Any, ...]

    def __add__(self, other: "Formula") -> "Formula":
        return Formula("+", (self, other))

    def __sub__(self, other: "Formula") -> "Formula":
        return Formula("-", (self, other))

    def __mul__(self, other: "Formula") -> "Formula":
        return Formula("×", (self, other))

    def __truediv__(self, other: "Formula") -> "Formula":
        return Formula("/", (self, other))

    def __str__(self) -> str:
        """The formula in words: the catalogue's text."""
        if self.operator in ("column", "number"):
            return str(self.arguments[0])
        if self.operator in ARITHMETIC:
            return f"({self.arguments[0]} {self.operator} {self.arguments[1]})"
        return f"{self.operator}({', '.join(map(str, self.arguments))})"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads, each once, in order of appearance."""
        if self.operator == "column":
            return (self.arguments[0],)
        inner = (
            name for part in self.arguments if isinstance(part, Formula) for name in part.columns
        )
        return tuple(dict.fromkeys(inner))


def column(name: str) -> Formula:
    """The value of a column."""
    return Formula("column", (name,))


def number(value: float) -> Formula:
    """A constant."""
    return Formula("number", (float(value),))


def known(value: Formula) -> Formula:
    """1 where `value` is known, 0 where it is missing."""
    return Formula("known", (value,))


def positive(value: Formula) -> Formula:
    """`value` where it is above 0, else 0; missing stays missing."""
    return Formula("positive part", (value,))


def is_positive(value: Formula) -> Formula:
    """1 where `value` is above 0, else 0; missing stays missing."""
    return Formula("is positive", (value,))


def largest(*values: Formula) -> Formula:
    """The largest of the known values."""
    return Formula("largest", values)


def smallest(*values: Formula) -> Formula:
    """The smallest of the known values."""
    return Formula("smallest", values)


def total(*values: Formula) -> Formula:
    """The sum of the known values, 0 where none is."""
    return Formula("sum", values)


def mean(*values: Formula) -> Formula:
    """The mean of the known values."""
    return Formula("mean", values)


def on_row(formula: Formula, position: Mapping[str, int]) -> OnRow:
    """The formula as a function of one row: a sequence of floats, `position` saying where each column stands.

    NaN stands for missing, in and out. Plain floats: at one row they are ten times faster than arrays.
    """
    value = _on_row(formula, position)

    def in_range(row: Sequence[float]) -> float:
        found = value(row)
        return found if -LARGEST <= found <= LARGEST else NAN

    return in_range


def _on_row(formula: Formula, position: Mapping[str, int]) -> OnRow:
    if formula.operator == "column":
        return operator.itemgetter(position[formula.arguments[0]])
    if formula.operator == "number":
        return lambda _row: float(formula.arguments[0])
    parts = [_on_row(part, position) for part in formula.arguments]
    if formula.operator in ON_KNOWN:
        of_known = ON_KNOWN[formula.operator]
        return lambda row: of_known([x for part in parts if (x := part(row)) == x])
    combine = ON_FLOATS[formula.operator]
    if len(parts) == 1:
        return lambda row: combine(parts[0](row))
    left, right = parts
    return lambda row: combine(left(row), right(row))
