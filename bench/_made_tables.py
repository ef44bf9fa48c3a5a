"""Made-up tables of borrowers in many shapes, for bench/table_shapes.py."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LogOdds = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Shape:
    """A kind of table: rows, columns and how the log-odds depend on them.

    `levels` columns at the end are categories; `missing` is the share of empty cells.
    """

    name: str
    rows: int
    columns: int
    log_odds: LogOdds
    rate: float
    levels: int = 0
    missing: float = 0.0

    def draw(self, rows: int, seed: int) -> tuple[pd.DataFrame, NDArray[np.int64]]:
        """Return a table of `rows` rows and who defaults."""
        rng = np.random.default_rng(seed)
        shared = rng.normal(size=(rows, 1))
        values = 0.9 * rng.normal(size=(rows, self.columns)) + 0.44 * shared
        score = self.log_odds(values)
        probability = 1 / (1 + np.exp(-(score + _intercept(self.log_odds, self))))
        target = (rng.random(rows) < probability).astype(np.int64)
        values[rng.random(values.shape) < self.missing] = np.nan
        frame = pd.DataFrame(values, columns=[f"c{i}" for i in range(self.columns)])
        for name in frame.columns[self.columns - self.levels :]:
            frame[name] = _as_levels(frame[name])
        return frame, target


def _intercept(log_odds: LogOdds, shape: Shape) -> float:
    """Return the intercept at which the default rate is `shape.rate`, by bisection."""
    rng = np.random.default_rng(0)
    values = 0.9 * rng.normal(size=(20_000, shape.columns)) + 0.44 * rng.normal(size=(20_000, 1))
    score = log_odds(values)
    low, high = -30.0, 30.0
    for _ in range(40):
        middle = (low + high) / 2
        is_high = (1 / (1 + np.exp(-(score + middle)))).mean() > shape.rate
        low, high = (low, middle) if is_high else (middle, high)
    return low


def _as_levels(values: "pd.Series[float]") -> "pd.Series[Any]":
    codes = pd.cut(values, [-np.inf, -1, -0.3, 0.3, 1, np.inf], labels=list("dbeac"))
    return codes.astype("category")


def linear(values: Floats) -> Floats:
    """A weak effect of half of the columns."""
    used = max(2, values.shape[1] // 2)
    return values[:, :used] @ np.linspace(0.8, 0.1, used)


def sparse_linear(values: Floats) -> Floats:
    """A few strong columns among many of noise."""
    return 0.6 * values[:, ::15].sum(axis=1)


def curved(values: Floats) -> Floats:
    """Effects that bend, turn and jump, each of one column."""
    return (
        np.abs(values[:, 0])
        + (values[:, 1] > 0.5)
        + np.sin(2 * values[:, 2])
        - values[:, 3] ** 2 / 2
    )


def products(values: Floats) -> Floats:
    """Interactions alone: no column has an effect of its own."""
    return 1.5 * (values[:, 0] * values[:, 1] + values[:, 2] * values[:, 3])


def mixed(values: Floats) -> Floats:
    """Effects of columns and interactions of two and three of them."""
    pairs = values[:, 0] * values[:, 1] + (values[:, 2] > 0) * values[:, 3]
    return linear(values) + pairs + values[:, 4] * (values[:, 5] > 0) * (values[:, 0] > 0)


SHAPES = (
    Shape("10 columns, additive", 1000, 10, linear, 0.2),
    Shape("8 columns, curved", 4000, 8, curved, 0.1),
    Shape("20 columns, products", 3000, 20, products, 0.2),
    Shape("20 columns, mixed", 6000, 20, mixed, 0.15),
    Shape("like German credit", 1000, 20, mixed, 0.3, levels=13),
    Shape("like UCI Taiwan", 8000, 23, linear, 0.22, levels=3),
    Shape("like GiveMeSomeCredit", 10_000, 10, curved, 0.07, missing=0.05),
    Shape("like HELOC", 5000, 23, mixed, 0.5, missing=0.1),
    Shape("like LendingClub", 8000, 40, linear, 0.15, levels=6, missing=0.1),
    Shape("60 columns, sparse", 3000, 60, sparse_linear, 0.1),
    Shape("60 columns, mixed", 5000, 60, mixed, 0.1),
    Shape("5 columns, few rows", 500, 5, linear, 0.3),
    Shape("150 columns, additive", 4000, 150, linear, 0.1),
)
