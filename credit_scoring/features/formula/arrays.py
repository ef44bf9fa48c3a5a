"""Computes formulas on NumPy arrays, one element per row; NaN stands for missing, in and out.

Imports no table library, so that the web process stays light.
"""

from collections.abc import Callable, Mapping
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit_scoring.features.formula.tree import ARITHMETIC, MAX_FLOAT32, Formula

Floats = NDArray[np.float64]


def compute_on_arrays(formula: Formula, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    """The formula on equally long `columns`, (rows,): computed in 64 bits, returned in 32.

    Missing if the result is too large for 32 bits or not a number.
    """
    with np.errstate(all="ignore"):
        values = _compute(formula, columns)
        return np.where(np.abs(values) <= MAX_FLOAT32, values, np.nan).astype(np.float32)


def _compute(formula: Formula, columns: Mapping[str, NDArray[Any]]) -> Floats:
    if formula.operator == "column":
        return columns[formula.arguments[0]].astype(np.float64)
    if formula.operator == "number":
        return np.full(1, formula.arguments[0])
    return ON_ARRAYS[formula.operator](*(_compute(part, columns) for part in formula.arguments))


def _divide(numerator: Floats, denominator: Floats) -> Floats:
    return np.where(denominator == 0, np.nan, numerator / denominator)


def _known(values: Floats) -> Floats:
    return (~np.isnan(values)).astype(np.float64)


def _sum_known(*values: Floats) -> Floats:
    return reduce(add, (np.where(np.isnan(value), 0.0, value) for value in values), np.zeros(1))


ON_ARRAYS: dict[str, Callable[..., Floats]] = {
    **ARITHMETIC,
    "/": _divide,
    "known": _known,
    "positive part": lambda a: np.where(a < 0, 0.0, a),
    "is positive": lambda a: np.where(np.isnan(a), np.nan, a > 0),
    "largest": lambda *values: reduce(np.fmax, values),
    "smallest": lambda *values: reduce(np.fmin, values),
    "sum": _sum_known,
    "mean": lambda *values: _divide(_sum_known(*values), reduce(add, map(_known, values))),
}
