"""The check of a whole column: sentinel, range, whole numbers, known levels.

The conditions use only operators and methods that Polars, Narwhals and, for numbers,
NumPy share, so that every engine checks by the same rule. `contracts.scalar_check` checks one
value.
"""

from collections.abc import Callable
from typing import Any

from credit_scoring.contracts.contract import ValueConstraints

MAX_MAGNITUDE = 1e30  # of a number without a bound: the model computes in 32 bits, up to 3e38


def bounds(constraints: ValueConstraints) -> tuple[float, float]:
    """The lowest and the highest number, inclusive but for an exclusive minimum."""
    low, high = constraints.minimum, constraints.maximum
    return -MAX_MAGNITUDE if low is None else low, MAX_MAGNITUDE if high is None else high


def in_range(values: Any, constraints: ValueConstraints) -> Any:
    """Whether each number is within the bounds: False for NaN, missing for a missing value."""
    low, high = bounds(constraints)
    is_above = values > low if constraints.exclusive_minimum else values >= low
    return is_above & (values <= high)


def sentinels(constraints: ValueConstraints) -> tuple[float, ...]:
    """The numbers that mean "no value"."""
    sentinel = constraints.sentinel
    if sentinel is None:
        return ()
    return sentinel if isinstance(sentinel, tuple) else (sentinel,)


def is_whole(values: Any) -> Any:
    """Whether each number is whole."""
    return values.round() == values


def is_known_level(values: Any, constraints: ValueConstraints) -> Any:
    """Whether each text is a level or a sentinel value."""
    return values.is_in([*constraints.levels, *constraints.missing])


def null_if_sentinel(values: Any, constraints: ValueConstraints, when: Callable[[Any], Any]) -> Any:
    """The numbers, null in place of a sentinel. `when` is the engine's, such as `pl.when`."""
    for code in sentinels(constraints):
        values = when(values != code).then(values)
    return values
