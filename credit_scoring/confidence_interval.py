"""Values with their 95 % confidence interval."""

import math
from dataclasses import dataclass

NORMAL_QUANTILE = 1.959963984540054  # of a two-sided 95 % interval


@dataclass(frozen=True)
class Estimate:
    """A value and its 95 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def normal(cls, value: float, standard_error: float) -> "Estimate":
        """A normally distributed estimate."""
        half_width = NORMAL_QUANTILE * standard_error
        return cls(value, value - half_width, value + half_width)

    @classmethod
    def share(cls, count: float, n: int) -> "Estimate":
        """The share `count` of n > 0, with its Wilson interval."""
        return cls(count / n, *wilson_interval(count / n, n))

    def __mul__(self, factor: float) -> "Estimate":
        """The estimate in another unit; `factor` is above 0."""
        return Estimate(self.value * factor, self.low * factor, self.high * factor)


def wilson_interval(share: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share among n > 0 (Wilson 1927)."""
    z_squared = NORMAL_QUANTILE**2
    scale = 1 + z_squared / n
    centre = (share + z_squared / (2 * n)) / scale
    deviation = math.sqrt(share * (1 - share) / n + z_squared / (4 * n**2))
    half_width = NORMAL_QUANTILE * deviation / scale
    return max(centre - half_width, 0.0), min(centre + half_width, 1.0)
