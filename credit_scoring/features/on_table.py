"""The same formulas over a table, as Narwhals expressions; null stands for missing, in and out."""

from collections.abc import Callable

import narwhals.stable.v2 as nw

from credit_scoring.features.formula import ARITHMETIC, Formula

ON_COLUMNS: dict[str, Callable[..., nw.Expr]] = {
    **ARITHMETIC,
    "/": lambda a, b: nw.when(b != 0).then(a / b),
    "or zero": lambda a: nw.when(a.is_null()).then(nw.lit(0.0)).otherwise(a),
    "known": lambda a: nw.when(a.is_null()).then(nw.lit(0.0)).otherwise(nw.lit(1.0)),
    "positive part": lambda a: nw.when(a < 0).then(nw.lit(0.0)).otherwise(a),
    "is positive": lambda a: nw.when(~a.is_null()).then((a > 0).cast(nw.Float64)),
    "largest": nw.max_horizontal,
    "smallest": nw.min_horizontal,
    "column": lambda name: nw.col(name).cast(nw.Float64),
    "number": nw.lit,
}


def on_table(formula: Formula) -> nw.Expr:
    """The formula as an expression over the columns it names, in float64."""
    parts = [on_table(part) if isinstance(part, Formula) else part for part in formula.arguments]
    return ON_COLUMNS[formula.operator](*parts)
