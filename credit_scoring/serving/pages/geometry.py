"""Geometry of charts with two scales: axes from values to pixels, ticks, and the paths of SVG."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SHARE_TICKS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Axis:
    """Maps the values `low` to `high` to the pixels `start` to `end`; values outside are clipped.

    With `is_root` the pixels are proportional to the square root: small values get more room.
    """

    low: float
    high: float
    start: float
    end: float
    is_root: bool = False

    def __call__(self, value: float) -> float:
        """The pixel of a value, to a tenth."""
        low, high, inside = (
            math.sqrt(number) if self.is_root else number
            for number in (self.low, self.high, min(max(value, self.low), self.high))
        )
        share = (inside - low) / (high - low) if high > low else 0.0
        return round(self.start + share * (self.end - self.start), 1)


@dataclass(frozen=True)
class Frame:
    """A chart's size and the pixels around its plotting area."""

    width: int
    height: int
    left: int = 52
    right: int = 16
    top: int = 16
    bottom: int = 40

    def x(self, low: float, high: float, *, is_root: bool = False) -> Axis:
        """The horizontal axis."""
        return Axis(low, high, self.left, self.width - self.right, is_root)

    def y(self, low: float, high: float, *, is_root: bool = False) -> Axis:
        """The vertical axis."""
        return Axis(low, high, self.height - self.bottom, self.top, is_root)


def share_ticks(axis: Axis, spacing: float) -> list[tuple[float, float]]:
    """The pixels and values of those `SHARE_TICKS` on the axis, `spacing` pixels or more apart."""
    kept: list[tuple[float, float]] = []
    for tick in SHARE_TICKS:
        is_apart = not kept or abs(axis(tick) - kept[-1][0]) >= spacing
        if axis.low <= tick <= axis.high and is_apart:
            kept.append((axis(tick), tick))
    return kept


def line(points: Iterable[tuple[float, float]]) -> str:
    """The `d` of an SVG path through points in pixels."""
    return "M" + "L".join(f"{x:g},{y:g}" for x, y in points)


def band(xs: Sequence[float], lows: Sequence[float], highs: Sequence[float]) -> str:
    """The `d` of the area between two lines over the same `xs`."""
    there = list(zip(xs, highs, strict=True))
    back = list(zip(reversed(xs), reversed(lows), strict=True))
    return line([*there, *back]) + "Z"
