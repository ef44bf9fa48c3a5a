"""Prior shift: whether the share of defaults differs between two tables.

A change of the target is not drift of an input. The population stability index hides it, because
defaults are rare: twice as many of them may stay below 0.1.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from credit_scoring.errors import TableError
from credit_scoring.flat_table.target import describe_values, outcomes_in_words
from credit_scoring.laboratory.drift.column_counts import count_in_bins
from credit_scoring.monitoring.drift.compare import compare_counts

ERROR_LEVEL = 0.05
MIN_RELATIVE_CHANGE = 0.1  # of the default rate: a smaller one hardly moves a threshold


@dataclass(frozen=True)
class PriorShift:
    """The default rate of both tables, and the p-value of their difference."""

    target: str
    reference_rate: float
    current_rate: float
    p_value: float

    @property
    def shifts(self) -> bool:
        """Whether the difference is real and of a size that matters."""
        change = abs(self.current_rate - self.reference_rate)
        is_large = change >= MIN_RELATIVE_CHANGE * self.reference_rate
        return self.p_value <= ERROR_LEVEL and is_large

    @property
    def sentence(self) -> str:
        """The finding in plain words."""
        rates = (
            f"{self.target} is 1 in {self.current_rate:.2%} of the current rows, "
            f"{self.reference_rate:.2%} of the reference"
        )
        if self.shifts:
            return f"Prior shift: {rates} (p = {self.p_value:.2g})."
        if self.p_value <= ERROR_LEVEL:
            return f"No prior shift that matters: {rates}, a change of less than a tenth."
        return f"No prior shift: {rates}, which chance explains (p = {self.p_value:.2g})."

    def as_dict(self) -> dict[str, Any]:
        """The shift as JSON."""
        return {**asdict(self), "shifts": self.shifts, "sentence": self.sentence}


def prior_shift(reference: pl.Series, current: pl.Series) -> PriorShift | None:
    """Compare the default rates; None unless both columns hold only 0 and 1, or no and yes."""
    outcomes = [_outcomes(values) for values in (reference, current)]
    before, after = outcomes
    if before is None or after is None:
        return None
    counts = count_in_bins(before, after)
    name = reference.name
    (drift,) = compare_counts({name: counts.reference}, {name: counts.current})
    before_rate, after_rate = (float(np.mean(values.to_numpy())) for values in (before, after))
    return PriorShift(name, before_rate, after_rate, drift.p_value)


def require_outcomes(*columns: pl.Series) -> None:
    """TableError with the values found unless all columns are outcomes."""
    for values in columns:
        if _outcomes(values) is None:
            raise TableError(
                f"--target is {values.name}, which holds {describe_values(values)}: expected only "
                "0 and 1, no and yes, or false and true; 1, yes or true is a default"
            )


def _outcomes(values: pl.Series) -> pl.Series | None:
    """The values as 0 and 1 without the missing ones; None if there are others, or none at all."""
    outcome = outcomes_in_words(values)
    return None if outcome is None else outcome.drop_nulls().cast(pl.Float64)
