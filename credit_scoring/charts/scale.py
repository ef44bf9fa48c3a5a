"""A vertical axis with round steps."""

import math

from credit_scoring.charts import svg

TICKS = 4  # lines above the lowest, about
ROUND_STEPS = (1, 2, 2.5, 5, 10)
ROUNDING = 1e-9  # of a step


class Scale:
    """An axis that holds `low` and `high`, both on a tick.

    >>> Scale(0, 0.83).ticks()
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """

    def __init__(self, low: float, high: float) -> None:
        span = (high - low) or abs(high) or 1.0
        magnitude = 10.0 ** math.floor(math.log10(span / TICKS))
        steps = (factor * magnitude for factor in ROUND_STEPS)
        self.step = next((step for step in steps if step * TICKS >= span * (1 - ROUNDING)), span)
        self.low = math.floor(low / self.step + ROUNDING) * self.step
        top = math.ceil(high / self.step - ROUNDING) * self.step
        self.high = max(top, self.low + self.step)

    def y(self, value: float) -> float:
        """The height of a value, from the top of the plot."""
        return svg.HEIGHT * (self.high - value) / (self.high - self.low)

    def ticks(self) -> list[float]:
        """The round values from `low` to `high`."""
        number = round((self.high - self.low) / self.step)
        return [self.low + index * self.step for index in range(number + 1)]
