"""Ratios within one applicant's row, computed in training and in the server by the same formulas.

`row_ratios.toml` defines them. Imports no table library, so that the web process stays light.
"""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from credit_scoring.features.feature import Feature
from credit_scoring.features.formula.tree import Formula, parse_formula


@dataclass(frozen=True)
class RowRatio:
    """A feature computed from other features of the same row."""

    name: str
    formula: Formula
    table: str
    unit: str
    meaning: str
    minimum: float | None = None
    maximum: float | None = None

    def feature(self, sensitive: str | None) -> Feature:
        """The row of the catalogue; `sensitive` is the use of a sensitive input, if any."""
        return Feature(
            name=self.name,
            table=self.table,
            meaning=self.meaning,
            unit=self.unit,
            minimum=self.minimum,
            maximum=self.maximum,
            formula=str(self.formula),
            inputs=self.formula.columns,
            sensitive=sensitive,
        )


def available_ratios(names: Collection[str]) -> tuple[RowRatio, ...]:
    """The ratios with all inputs among `names`."""
    return tuple(
        ratio for ratio in ratios_by_name().values() if set(ratio.formula.columns) <= set(names)
    )


@cache
def ratios_by_name() -> dict[str, RowRatio]:
    """Every ratio by its feature name."""
    rows = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return {
        name: RowRatio(name, parse_formula(row.pop("formula")), **row) for name, row in rows.items()
    }
