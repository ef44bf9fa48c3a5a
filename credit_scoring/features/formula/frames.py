"""The same formulas over a table, as Narwhals expressions; null stands for missing, in and out."""

from collections.abc import Callable
from functools import reduce
from operator import add

import narwhals.stable.v2 as nw

from credit_scoring.features.formula.tree import ARITHMETIC, LARGEST, Formula


def on_table(formula: Formula) -> nw.Expr:
    """The formula as an expression over the columns it names, computed in 64 bits, given in 32."""
    return in_32_bits(_on_table(formula))


def in_32_bits(value: nw.Expr) -> nw.Expr:
    """`value` as float32, missing where it is too large for that or no number."""
    return nw.when(value.abs() <= LARGEST).then(value).cast(nw.Float32)


def _on_table(formula: Formula) -> nw.Expr:
    parts = [_on_table(part) if isinstance(part, Formula) else part for part in formula.arguments]
    return ON_COLUMNS[formula.operator](*parts)


def _divided(one: nw.Expr, other: nw.Expr) -> nw.Expr:
    return nw.when(other != 0).then(one / other)


def _known(value: nw.Expr) -> nw.Expr:
    return nw.when(value.is_null()).then(nw.lit(0.0)).otherwise(nw.lit(1.0))


def _or_zero(value: nw.Expr) -> nw.Expr:
    return nw.when(value.is_null()).then(nw.lit(0.0)).otherwise(value)


def _total(*values: nw.Expr) -> nw.Expr:
    return reduce(add, map(_or_zero, values), nw.lit(0.0))


ON_COLUMNS: dict[str, Callable[..., nw.Expr]] = {
    **ARITHMETIC,
    "/": _divided,
    "known": _known,
    "positive part": lambda a: nw.when(a < 0).then(nw.lit(0.0)).otherwise(a),
    "is positive": lambda a: nw.when(~a.is_null()).then((a > 0).cast(nw.Float64)),
    "largest": nw.max_horizontal,
    "smallest": nw.min_horizontal,
    "sum": _total,
    "mean": lambda *values: _divided(_total(*values), reduce(add, map(_known, values))),
    "column": lambda name: nw.col(name).cast(nw.Float64),
    "number": nw.lit,
}
