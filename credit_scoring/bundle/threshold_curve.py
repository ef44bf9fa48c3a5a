"""What each threshold would have done to the out-of-fold applicants of a model, as counts.

The page of thresholds reads it. The costs are those of the manifest.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from operator import le, lt
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field, with_config

from credit_scoring.bundle.counts import MAX_APPLICANTS, Counts
from credit_scoring.bundle.strict_validation import STRICT

MAX_THRESHOLDS = 1000  # of a curve; the training procedure makes about 200
MAX_AMOUNT = 1e100  # sums and their products stay finite


def _ordered(
    follows: Callable[[float, float], bool], expected: str
) -> Callable[[tuple[float, ...]], tuple[float, ...]]:
    def check(values: tuple[float, ...]) -> tuple[float, ...]:
        if not all(follows(low, high) for low, high in pairwise(values)):
            raise ValueError(f"expected {expected}")
        return values

    return check


Thresholds: TypeAlias = Annotated[
    tuple[Annotated[float, Field(ge=0, le=1)], ...],
    Field(min_length=2, max_length=MAX_THRESHOLDS),
    AfterValidator(_ordered(lt, "ascending thresholds, different from each other")),
]
Sums: TypeAlias = Annotated[
    tuple[Annotated[float, Field(ge=0, le=MAX_AMOUNT)], ...],
    AfterValidator(_ordered(le, "sums that never fall as the threshold rises")),
]
Rising: TypeAlias = Annotated[
    Counts, AfterValidator(_ordered(le, "counts that never fall as the threshold rises"))
]
Falling: TypeAlias = Annotated[
    Counts,
    AfterValidator(
        _ordered(lambda low, high: low >= high, "counts that never rise with the threshold")
    ),
]
Applicants: TypeAlias = Annotated[int, Field(ge=1, le=MAX_APPLICANTS)]


@with_config(STRICT)
@dataclass(frozen=True)
class ExposureSums:
    """The exposure, in currency, of the applicants that each threshold accepts, by outcome.

    The sums of squares give the standard error of a sum. All are rounded to five digits.
    """

    accepted_good: Sums
    accepted_default: Sums
    accepted_good_squares: Sums
    accepted_default_squares: Sums


@with_config(STRICT)
@dataclass(frozen=True)
class ThresholdCurve:
    """Outcomes of the out-of-fold applicants at each of k ascending thresholds.

    `missed` (k,) counts the defaulters with a probability below the threshold, `refused_good` (k,)
    the others at or above it. `exposure` is None if the amounts are not known.
    """

    applicants: Applicants
    defaults: Applicants
    thresholds: Thresholds
    missed: Rising
    refused_good: Falling
    exposure: ExposureSums | None = None
