"""The option --shift: a feature's mean moved by a number of standard deviations."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from credit_scoring.errors import SettingError
from credit_scoring.estimator.type_aliases import Floats
from credit_scoring.features.assemble import FeatureTable
from credit_scoring.features.feature import Feature
from credit_scoring.laboratory.simulation.tilt import Tilt
from credit_scoring.suggestions import did_you_mean

MIN_EFFECTIVE_SHARE = 0.05  # of the applicants: fewer would come back again and again
Shifts = Mapping[str, float]  # sizes in standard deviations, by feature


def parse_shifts(texts: Sequence[str]) -> dict[str, float]:
    """The sizes by feature of texts such as "EXT_SOURCE_2:-0.5"; SettingError otherwise."""
    shifts: dict[str, float] = {}
    for text in texts:
        name, _, size = text.rpartition(":")
        try:
            number = float(size)
        except ValueError:
            number = math.nan
        if not name or not math.isfinite(number):
            raise SettingError(
                f"--shift is {text}: expected FEATURE:SIZE, SIZE in standard deviations, such as "
                "EXT_SOURCE_2:-0.5"
            )
        if name in shifts:
            raise SettingError(f"--shift names {name} twice: give one size per feature")
        shifts[name] = number
    return shifts


def require_numbers(shifts: Shifts, features: Sequence[Feature]) -> None:
    """SettingError unless every shifted feature is a number of the model."""
    numbers = [feature.name for feature in features if not feature.levels]
    for name in shifts:
        if name not in {feature.name for feature in features}:
            hint = did_you_mean(name, numbers)
            raise SettingError(f"--shift names {name}, which the model does not have{hint}")
        if name not in numbers:
            raise SettingError(f"--shift names {name}, a category: only a number has a mean")


def shifted_weights(table: FeatureTable, shifts: Shifts) -> Floats:
    """Weights (applicants,), adding up to 1, under which the features have their new means.

    SettingError, with the largest size that is possible, if too few applicants would remain.
    """
    columns = np.column_stack([_column(table, name) for name in shifts])
    tilt = Tilt(columns, list(shifts.values()))
    min_effective = MIN_EFFECTIVE_SHARE * len(columns)
    weights = tilt.weights() if tilt.is_possible(min_effective) else None
    if weights is None:
        largest = tilt.largest_possible(min_effective).sizes
        options = " ".join(
            f"--shift {name}:{_rounded_down(size)}"
            for name, size in zip(shifts, largest, strict=True)
        )
        raise SettingError(
            f"--shift leaves too few of the {len(columns):,} applicants, who would come back again "
            f"and again: the largest shift that is possible is {options}"
        )
    return weights


def _column(table: FeatureTable, name: str) -> Floats:
    """The feature's values, NaN if missing; SettingError if all are the same."""
    column = table.features[name].cast(float).fill_null(math.nan).to_numpy()
    if table.features[name].drop_nulls().n_unique() < 2:  # noqa: PLR2004
        raise SettingError(f"--shift names {name}, which has one value for all applicants")
    return column


def _rounded_down(size: float) -> float:
    return math.trunc(100 * size) / 100
