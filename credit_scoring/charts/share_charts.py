"""Histograms of two samples: the current one as bars, the reference as an outline."""

from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup

from credit_scoring.charts import svg
from credit_scoring.charts.scale import Scale
from credit_scoring.charts.words import ENGLISH, ChartWords

SMALL_WIDTH, SMALL_HEIGHT = 128, 30
GAP = 0.5  # before the bin of missing values, in widths of a bin
BAR = 0.84  # of a bin's width


def shares(counts: Sequence[float]) -> list[float]:
    """The share of each bin; zeros if all are empty."""
    total = sum(counts)
    return [count / total if total else 0.0 for count in counts]


def small_histogram(reference: Sequence[float], current: Sequence[float]) -> Markup:
    """A histogram for a line of a table; the last bin holds the missing values."""
    before, after = shares(reference), shares(current)
    top = max([*before, *after]) or 1.0
    width = SMALL_WIDTH / (len(before) + GAP)
    edges = [index * width for index in range(len(before))]
    last = SMALL_WIDTH - width
    low, high = ([SMALL_HEIGHT * share / top for share in side] for side in (before, after))
    outline = _steps(edges, low[:-1], SMALL_HEIGHT) + _steps(
        [last, SMALL_WIDTH], low[-1:], SMALL_HEIGHT
    )
    body = (
        svg.path("current", _bars(edges, high[:-1], SMALL_HEIGHT)),
        svg.path("missing", _bars([last, SMALL_WIDTH], high[-1:], SMALL_HEIGHT)),
        svg.path("outline", outline),
    )
    size = f"0 -1 {SMALL_WIDTH} {SMALL_HEIGHT + 2}"
    return svg.element("svg", svg.join(body), class_="small", view_box=size, aria_hidden="true")


def histogram(
    labels: Sequence[str],
    reference: Sequence[float] | None,
    current: Sequence[float],
    title: str,
    *,
    words: ChartWords = ENGLISH,
) -> Markup:
    """A histogram with an axis of shares; every bin shows its label and shares on hovering."""
    after = shares(current)
    before = shares(reference) if reference else [0.0] * len(after)
    scale = Scale(0.0, max([*after, *before], default=0.0))
    edges = [svg.column_left(index, len(labels)) for index in range(len(labels) + 1)]
    low, high = ([svg.HEIGHT - scale.y(share) for share in side] for side in (before, after))
    notes = [
        f"{label}: {words.percent(now)}"
        + (f", {words.reference} {words.percent(then)}" if reference else "")
        for label, now, then in zip(labels, after, before, strict=True)
    ]
    parts = (
        svg.path("current", _bars(edges, high, svg.HEIGHT)),
        svg.path("outline", _steps(edges, low, svg.HEIGHT) if reference else ""),
        svg.hover_columns(notes),
    )
    places = sorted({0, len(labels) // 2, len(labels) - 1})
    ticks = [words.percent(tick) for tick in scale.ticks()]
    return svg.chart(title, parts, ticks, svg.axis_labels(labels, places))


def _bars(edges: Sequence[float], heights: Sequence[float], floor: float) -> str:
    """The path of a bar between each two edges."""
    margin = (1 - BAR) / 2
    return "".join(
        f"M{left + margin * (right - left):.1f} {floor:g}v{-height:.1f}h{BAR * (right - left):.1f}"
        f"v{height:.1f}z"
        for (left, right), height in zip(pairwise(edges), heights, strict=True)
        if height > 0
    )


def _steps(edges: Sequence[float], heights: Sequence[float], floor: float) -> str:
    """The path of a step line with a height between each two edges."""
    steps = "".join(
        f"V{floor - height:.1f}H{right:.1f}"
        for right, height in zip(edges[1:], heights, strict=True)
    )
    return f"M{edges[0]:.1f} {floor:g}{steps}V{floor:g}"
