"""The slope of a monthly figure over the months, with its 95 % interval."""

import numpy as np
from scipy.special import stdtrit

from credit_scoring.confidence_interval import Estimate
from credit_scoring.training.metrics import Floats

MIN_MONTHS = 3  # a line through two has no scatter


def slope_over_months(months: Floats, values: Floats, applicants: Floats) -> Estimate:
    """The change per month of `values` (k,) in the `months` (k,), as numbers; k is 3 or more.

    A line by least squares, where a month weighs its number of applicants. The interval follows
    from the scatter of the months about the line, by Student's distribution. It therefore covers
    what varies from month to month besides chance, as long as the months are independent.
    """
    weight = applicants / applicants.sum()
    centred = months - weight @ months
    squares = float(weight @ centred**2)
    slope = float(weight @ (centred * values)) / squares
    residuals = values - weight @ values - slope * centred
    freedom = len(months) - 2
    error = (float(weight @ residuals**2) / (freedom * squares)) ** 0.5
    half_width = float(stdtrit(freedom, 0.975)) * error
    return Estimate(slope, slope - half_width, slope + half_width)


def is_beyond_chance(slope: Estimate) -> bool:
    """Whether the interval does not hold 0."""
    return not slope.low <= 0 <= slope.high


def months_since_first(names: list[str]) -> Floats:
    """Months such as "2015-12" as numbers, from 0 for the first one.

    >>> months_since_first(["2015-11", "2015-12", "2016-02"]).tolist()
    [0.0, 1.0, 3.0]
    """
    numbers = [12 * int(year) + int(month) for year, month in (name.split("-") for name in names)]
    return np.array(numbers, np.float64) - numbers[0]
