"""Ratios within one applicant's row, computed in training and in the server by the same formulas.

`row_ratios.toml` defines them. Imports no table library, so that the web process stays light.
"""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from credit_scoring.features.feature import Feature
from credit_scoring.features.formula.tree import Formula, parse_formula

FILE = files("credit_scoring.features.definitions") / "row_ratios.toml"


@dataclass(frozen=True)
class RowRatio:
    """A feature computed by `formula` from other features of the same row.

    `feature` does not say whether an input is sensitive: the catalogue does.
    """

    feature: Feature
    formula: Formula


def available_ratios(names: Collection[str]) -> tuple[RowRatio, ...]:
    """The ratios with all inputs among `names`."""
    return tuple(
        ratio for ratio in ratios_by_name().values() if set(ratio.formula.columns) <= set(names)
    )


@cache
def ratios_by_name() -> dict[str, RowRatio]:
    """Every ratio by its feature name."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {name: _row_ratio(name, **row) for name, row in rows.items()}


def _row_ratio(name: str, formula: str, **description: Any) -> RowRatio:
    parsed = parse_formula(formula)
    feature = Feature(name, formula=str(parsed), inputs=parsed.columns, **description)
    return RowRatio(feature, parsed)
