"""The same formulas on arrays, an element a row; NaN stands for missing, in and out.

Imports no table library, so that the web process stays light.
"""

from collections.abc import Callable, Mapping
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit_scoring.features.formula.tree import ARITHMETIC, LARGEST, Formula

Floats = NDArray[np.float64]


def on_arrays(formula: Formula, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    """The formula on equally long `columns`, (rows,): computed in 64 bits, given in 32.

    Missing where the result is too large for 32 bits or no number.
    """
    with np.errstate(all="ignore"):
        value = _on_arrays(formula, columns)
        return np.where(np.abs(value) <= LARGEST, value, np.nan).astype(np.float32)


def _on_arrays(formula: Formula, columns: Mapping[str, NDArray[Any]]) -> Floats:
    if formula.operator == "column":
        return columns[formula.arguments[0]].astype(np.float64)
    if formula.operator == "number":
        return np.full(1, formula.arguments[0])
    return ON_ARRAYS[formula.operator](*(_on_arrays(part, columns) for part in formula.arguments))


def _divided(one: Floats, other: Floats) -> Floats:
    return np.where(other == 0, np.nan, one / other)


def _known(value: Floats) -> Floats:
    return (~np.isnan(value)).astype(np.float64)


def _total(*values: Floats) -> Floats:
    return reduce(add, (np.where(np.isnan(value), 0.0, value) for value in values), np.zeros(1))


ON_ARRAYS: dict[str, Callable[..., Floats]] = {
    **ARITHMETIC,
    "/": _divided,
    "known": _known,
    "positive part": lambda a: np.where(a < 0, 0.0, a),
    "is positive": lambda a: np.where(np.isnan(a), np.nan, a > 0),
    "largest": lambda *values: reduce(np.fmax, values),
    "smallest": lambda *values: reduce(np.fmin, values),
    "sum": _total,
    "mean": lambda *values: _divided(_total(*values), reduce(add, map(_known, values))),
}
