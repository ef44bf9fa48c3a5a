"""Row arithmetic as a formula tree, written once and computed on a row, on arrays or on a frame.

A formula is built with ordinary operators: `column("AMT_ANNUITY") / column("AMT_CREDIT")`.
Missing in, missing out. A division by zero is missing, and so is a result too large for the
table's 32 bits. All readers (`row.py`, `arrays.py`, `frames.py`) do the same IEEE operations in
the same order in float64, so a request's ratio equals the training table's bit for bit.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MAX_FLOAT32 = (2 - 2**-23) * 2.0**127  # largest 32-bit number of the feature table
ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "×": operator.mul,
    "/": operator.truediv,
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
        """The names of the columns it reads, without repetition, in order of appearance."""
        if self.operator == "column":
            return (self.arguments[0],)
        parts = [part for part in self.arguments if isinstance(part, Formula)]
        return tuple(dict.fromkeys(name for part in parts for name in part.columns))


def column(name: str) -> Formula:
    """The value of a column."""
    return Formula("column", (name,))


def number(value: float) -> Formula:
    """A constant."""
    return Formula("number", (float(value),))


def known(value: Formula) -> Formula:
    """1 if `value` is known, 0 if it is missing."""
    return Formula("known", (value,))


def positive(value: Formula) -> Formula:
    """`value` if it is above 0, else 0; missing stays missing."""
    return Formula("positive part", (value,))


def is_positive(value: Formula) -> Formula:
    """1 if `value` is above 0, else 0; missing stays missing."""
    return Formula("is positive", (value,))


def largest(*values: Formula) -> Formula:
    """The largest of the known values."""
    return Formula("largest", values)


def smallest(*values: Formula) -> Formula:
    """The smallest of the known values."""
    return Formula("smallest", values)


def total(*values: Formula) -> Formula:
    """The sum of the known values, 0 if none is known."""
    return Formula("sum", values)


def mean(*values: Formula) -> Formula:
    """The mean of the known values."""
    return Formula("mean", values)
