"""Formulas as Narwhals expressions over a data frame; null stands for missing, in and out."""

from collections.abc import Callable
from functools import reduce
from operator import add

import narwhals.stable.v2 as nw

from credit_scoring.features.formula.tree import ARITHMETIC, MAX_FLOAT32, Formula


def frame_expression(formula: Formula) -> nw.Expr:
    """The formula as an expression over its columns, computed in 64 bits, returned in 32."""
    return as_float32(_expression(formula))


def as_float32(values: nw.Expr) -> nw.Expr:
    """`values` as float32, missing if too large for that or not a number."""
    return nw.when(values.abs() <= MAX_FLOAT32).then(values).cast(nw.Float32)


def or_zero(values: nw.Expr) -> nw.Expr:
    """`values`, 0 if missing."""
    return nw.when(values.is_null()).then(nw.lit(0.0)).otherwise(values)


def _expression(formula: Formula) -> nw.Expr:
    parts = [_expression(part) if isinstance(part, Formula) else part for part in formula.arguments]
    return ON_COLUMNS[formula.operator](*parts)


def _divide(numerator: nw.Expr, denominator: nw.Expr) -> nw.Expr:
    return nw.when(denominator != 0).then(numerator / denominator)


def _known(values: nw.Expr) -> nw.Expr:
    return nw.when(values.is_null()).then(nw.lit(0.0)).otherwise(nw.lit(1.0))


def _sum_known(*values: nw.Expr) -> nw.Expr:
    return reduce(add, map(or_zero, values), nw.lit(0.0))


ON_COLUMNS: dict[str, Callable[..., nw.Expr]] = {
    **ARITHMETIC,
    "/": _divide,
    "known": _known,
    "positive part": lambda a: nw.when(a < 0).then(nw.lit(0.0)).otherwise(a),
    "is positive": lambda a: nw.when(~a.is_null()).then((a > 0).cast(nw.Float64)),
    "largest": nw.max_horizontal,
    "smallest": nw.min_horizontal,
    "sum": _sum_known,
    "mean": lambda *values: _divide(_sum_known(*values), reduce(add, map(_known, values))),
    "column": lambda name: nw.col(name).cast(nw.Float64),
    "number": nw.lit,
}
