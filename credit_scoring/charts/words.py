"""The words and the notation of numbers in a chart's labels and notes."""

from collections.abc import Callable
from dataclasses import dataclass

Show = Callable[[float], str]


def english_number(value: float) -> str:
    """A number with up to four digits: "12,500", "0.25"."""
    return f"{value:,.4g}"


def english_percent(share: float) -> str:
    """A share in per cent with up to three digits: "25%", "0.125%"."""
    return f"{100 * share:.3g}%"


@dataclass(frozen=True)
class ChartWords:
    """How a chart says a number and a share, and its few words, in one language."""

    number: Show = english_number
    percent: Show = english_percent
    unknown: str = "unknown"
    reference: str = "reference"
    interval: str = "{low} to {high}"

    def value(self, value: float | None, show: Show) -> str:
        """A value in words."""
        return self.unknown if value is None else show(value)


ENGLISH = ChartWords()
