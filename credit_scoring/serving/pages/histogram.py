"""The geometry of a small histogram: two groups of applicants, one of them as an outline.

The area of a bar is its share of the applicants, so that bins of different widths compare. The
unit of x is the width of the picture, that of y its height.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

MIN_WIDTH = 0.05  # of a bar, so that the bin of a frequent value is seen
TALLEST = 2.5  # times the second tallest bar, at most: a spike does not flatten the others
GAP = 0.06  # before the bar of missing values
DIGITS = 3


@dataclass(frozen=True)
class Bar:
    """A bar of all applicants, and its bin's height for the similar ones; None without them."""

    x: float
    width: float
    height: float
    similar: float | None
    is_applicant: bool
    is_missing: bool = False


def bars(
    counts: Sequence[int], widths: Sequence[float], similar: Sequence[int] | None, applicant: int
) -> tuple[Bar, ...]:
    """The bars of the bins with `counts`; the last one is for missing values.

    `widths` are those of the bins without it; `applicant` is the bin to mark. A bar for missing
    values is left out if nobody, not even the applicant, is in it.
    """
    last = len(counts) - 1
    has_missing = counts[last] > 0 or applicant == last
    width = _bar_widths(widths, has_missing=has_missing)
    heights = _heights(counts, width)
    outline = None if similar is None else _heights(similar, width)
    limit = max(_limit(heights[:last]), _limit((outline or [])[:last])) or max(heights)
    places = [*accumulate(width, initial=0.0)]
    return tuple(
        Bar(
            x=round(places[i] + (GAP if i == last else 0), DIGITS),
            width=round(width[i], DIGITS),
            height=round(min(heights[i] / limit, 1), DIGITS),
            similar=None if outline is None else round(min(outline[i] / limit, 1), DIGITS),
            is_applicant=i == applicant,
            is_missing=i == last,
        )
        for i in range(len(counts) if has_missing else last)
    )


def number_widths(edges: Sequence[float]) -> list[float]:
    """The widths of a number's bins; the open ones at the ends are as wide as their neighbours."""
    if not edges:
        return [1.0]
    inner = [high - low for low, high in pairwise(edges)]
    first, last = (inner[0], inner[-1]) if inner else (1.0, 1.0)
    return [first, *inner, last]


def _bar_widths(widths: Sequence[float], *, has_missing: bool) -> list[float]:
    """The widths as shares of the picture, none too narrow; also that of the missing values."""
    total = sum(widths)
    floored = [max(width / total, MIN_WIDTH) for width in widths]
    room = 1 - (GAP + MIN_WIDTH if has_missing else 0)
    scale = room / sum(floored)
    return [*(width * scale for width in floored), MIN_WIDTH]


def _heights(counts: Sequence[int], widths: Sequence[float]) -> list[float]:
    """Shares per width; missing values count as if their bar had the average width."""
    total = max(sum(counts), 1)
    areas = [*widths[:-1], max(sum(widths[:-1]) / (len(widths) - 1), MIN_WIDTH)]
    return [count / total / area for count, area in zip(counts, areas, strict=True)]


def _limit(heights: Sequence[float]) -> float:
    """The height that fills the picture."""
    tallest, second, *_ = [*sorted(heights, reverse=True), 0.0, 0.0]
    return min(tallest, TALLEST * second) if second else tallest


def outline(shown: Sequence[Bar]) -> str:
    """The path of a step line over the heights of the similar applicants; "" without them."""
    known = [bar for bar in shown if not bar.is_missing]
    if not known or known[0].similar is None:
        return ""
    steps = [f"V{1 - (bar.similar or 0):.3f}H{bar.x + bar.width:.3f}" for bar in known]
    return f"M{known[0].x:.3f} 1{''.join(steps)}V1"
