"""Row arithmetic as a formula tree, written once and computed on a row, on arrays or on a frame.

A formula is read from text in ordinary notation: `AMT_ANNUITY / AMT_CREDIT`. Missing in, missing
out. A division by zero is missing, and so is a result too large for the table's 32 bits. All
readers (`row.py`, `arrays.py`, `frames.py`) do the same IEEE operations in the same order in
float64, so a request's ratio equals the training table's bit for bit.
"""

import ast
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
SYMBOLS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "×", ast.Div: "/"}
FUNCTIONS = (
    "known",  # 1 if the value is known, 0 if it is missing
    "positive_part",  # the value if it is above 0, else 0; missing stays missing
    "is_positive",  # 1 if the value is above 0, else 0; missing stays missing
    "largest",  # of the known values
    "smallest",  # of the known values
    "sum",  # of the known values, 0 if none is known
    "mean",  # of the known values
)


@dataclass(frozen=True)
class Formula:
    """A node: an operator and its arguments (formulas, or the column name or number of a leaf)."""

    operator: str
    arguments: tuple[Any, ...]

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


def parse_formula(text: str) -> Formula:
    """The formula in `text`, such as "mean(A, B) / known(C)"; ValueError if it is not one.

    Names are columns. An operator in words is written with underscores: "is_positive(A)".
    """
    return _from_syntax_tree(ast.parse(text, mode="eval").body)


def _from_syntax_tree(node: ast.expr) -> Formula:
    match node:
        case ast.Name(name):
            return Formula("column", (name,))
        case ast.Constant(int() | float() as value):
            return Formula("number", (float(value),))
        case ast.BinOp(left, symbol, right) if type(symbol) in SYMBOLS:
            arguments = (_from_syntax_tree(left), _from_syntax_tree(right))
            return Formula(SYMBOLS[type(symbol)], arguments)
        case ast.Call(ast.Name(name), arguments) if name in FUNCTIONS:
            return Formula(name.replace("_", " "), tuple(map(_from_syntax_tree, arguments)))
    raise ValueError(
        f"{ast.unparse(node)} is not a formula: expected columns, numbers, + - * / and "
        f"{', '.join(FUNCTIONS)}"
    )
