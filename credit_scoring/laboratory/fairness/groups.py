"""The groups that decisions are compared by: sex, age and marital status, or a schema's own.

A flat table's schema names the attributes: its columns of the use "prohibited" or "restricted".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.features.assemble import FeatureTable

SEX = "CODE_GENDER"
BIRTH = "DAYS_BIRTH"
MARITAL_STATUS = "NAME_FAMILY_STATUS"
HOME_CREDIT_ATTRIBUTES = (SEX, BIRTH, MARITAL_STATUS)
LABELS = {SEX: "sex", BIRTH: "age", MARITAL_STATUS: "marital status"}
DAYS_PER_YEAR = 365.25
AGE_LIMITS = (25, 35, 45, 55, 62)  # years; Regulation B calls 62 and over elderly
ADULT_YEARS = (16, 110)  # a restricted column within these holds ages in years
MAX_DISTINCT_NUMBERS = 10  # each is a group; more are divided into quarters
UNKNOWN = "unknown"


@dataclass(frozen=True)
class ApplicantGroups:
    """An attribute's groups: their names, and each applicant's index (n,) among them."""

    attribute: str
    names: list[str]
    codes: NDArray[np.intp]


def sensitive_columns(table: FeatureTable) -> tuple[str, ...]:
    """The prohibited and restricted columns of a flat table."""
    return tuple(feature.name for feature in table.catalogue if feature.sensitive)


def group_applicants(
    features: pl.DataFrame, attributes: Sequence[str] = HOME_CREDIT_ATTRIBUTES
) -> list[ApplicantGroups]:
    """Applicants grouped by each attribute; missing values form the group "unknown".

    Ages in days (DAYS_BIRTH) or years are grouped in bands, other numbers by value or in quarters.
    """
    return [_group(LABELS.get(name, name), _as_years(features[name])) for name in attributes]


def _as_years(column: pl.Series) -> pl.Series:
    return -column.cast(pl.Float64) / DAYS_PER_YEAR if column.name == BIRTH else column


def _group(attribute: str, column: pl.Series) -> ApplicantGroups:
    if not column.dtype.is_numeric():
        return _by_value(attribute, column)
    values = column.cast(pl.Float64)
    if values.name == BIRTH or _are_ages(values):
        return _by_band(attribute, values, AGE_LIMITS)
    if values.drop_nulls().n_unique() <= MAX_DISTINCT_NUMBERS:
        numbers = sorted(values.drop_nulls().unique())
        texts = [_text(number) for number in numbers]
        return _by_value(attribute, values.replace_strict(numbers, texts, default=None), texts)
    quarters = {float(values.quantile(share) or 0) for share in (0.25, 0.5, 0.75)}
    return _by_band(attribute, values, sorted(quarters))


def _are_ages(values: pl.Series) -> bool:
    """Whether all values are ages of adults in years, more than a few of them."""
    low, high = ADULT_YEARS
    distinct = values.drop_nulls().n_unique()
    return distinct > MAX_DISTINCT_NUMBERS and bool(values.drop_nulls().is_between(low, high).all())


def _by_band(attribute: str, values: pl.Series, limits: Sequence[float]) -> ApplicantGroups:
    """The groups below the first limit, between limits, and from the last limit on."""
    whole = values.name == BIRTH or bool((values.drop_nulls() % 1 == 0).all())
    middle = [_band(low, high, whole=whole) for low, high in pairwise(limits)]
    bands = [f"under {_text(limits[0])}", *middle, f"{_text(limits[-1])} and over"]
    cut = values.bin_intervals([*map(float, limits)], labels=bands)
    return _by_value(attribute, cut, bands)


def _band(low: float, high: float, *, whole: bool) -> str:
    if not whole:
        return f"{_text(low)} to under {_text(high)}"
    return _text(low) if high - low == 1 else f"{_text(low)} to {_text(high - 1)}"


def _text(number: float) -> str:
    return f"{number:,.12g}"


def _by_value(attribute: str, column: pl.Series, order: list[str] | None = None) -> ApplicantGroups:
    """The groups in the given order; those not in it follow, sorted by name."""
    values = column.cast(pl.String).fill_null(UNKNOWN)
    ordered = [name for name in order or () if name in values]
    names = [*ordered, *sorted(set(values.unique()) - set(ordered))]
    codes = values.replace_strict(names, list(range(len(names))), return_dtype=pl.Int64)
    return ApplicantGroups(attribute, names, codes.to_numpy().astype(np.intp))
