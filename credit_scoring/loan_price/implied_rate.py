"""The interest rate implied by a loan's principal, annuity and term.

Only + − × ÷ and comparisons: one loan and many, as floats or arrays, give the same bits on every
processor.
"""

import math
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Number = TypeVar("Number", float, Floats)

NEWTON_STEPS = 2  # relative error below 1e-9
# Below this cost the approximation is exact to 1e-8, and cancellation would spoil a Newton step.
SMALLEST_COST_OF_A_STEP = 1e-3


def implied_rates(principal: Floats, annuity: Floats, term: int) -> Floats:
    """The monthly rates r (n,) with annuity = principal · r / (1 − (1 + r)^−term).

    `term` is in months. NaN if the payments do not exceed the principal, if the principal is not
    positive, or if a value is missing.
    """
    payments = annuity * term
    principal = np.where((payments > principal) & (principal > 0), principal, np.nan)
    cost = (payments - principal) / principal
    rate = _approximate_rate(cost, term)
    return np.where(cost < SMALLEST_COST_OF_A_STEP, rate, _refine(rate, annuity / principal, term))


def implied_rate(principal: float, annuity: float, term: int) -> float:
    """As `implied_rates`, of one loan: on floats, which are faster than arrays of one element.

    >>> round(implied_rate(1000.0, 100.0, 12), 4)
    0.0292
    """
    payments = annuity * term
    if not payments > principal > 0:
        return math.nan
    cost = (payments - principal) / principal
    rate = _approximate_rate(cost, term)
    if cost < SMALLEST_COST_OF_A_STEP:
        return rate
    return _refine(rate, annuity / principal, term)


def _approximate_rate(cost: Number, term: int) -> Number:
    """The rate within 3 %: a rational function, exact to second order at 0 and to first far out.

    `cost` is the interest in proportion to the principal.
    """
    first_order = 2 * cost / (term + 1)
    return first_order * (3 + cost) / (3 + first_order * term)


def _refine(rate: Number, share: Number, term: int) -> Number:
    """Newton's method on term · r / (1 − (1 + r)^−term) = term · share.

    The left side is convex and almost linear in r. `share` is the annuity in proportion to the
    principal.
    """
    for _ in range(NEWTON_STEPS):
        discount = 1 / (1 + rate)
        last_discount = _power(discount, term)
        repaid = 1 - last_discount
        excess = repaid * (rate - share * repaid)
        slope = repaid - rate * discount * last_discount * term
        rate = rate - excess / slope
    return rate


def _power(base: Number, exponent: int) -> Number:
    """`base` to a whole power of at least 1, by repeated squaring."""
    result = base
    for is_odd in _binary_digits(exponent):
        result = result * result
        if is_odd:
            result = result * base
    return result


@cache
def _binary_digits(exponent: int) -> tuple[bool, ...]:
    """The binary digits of a number after the first one."""
    return tuple(digit == "1" for digit in f"{exponent:b}"[1:])
