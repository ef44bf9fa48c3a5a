"""A heat map: a column per day, a row per bin, darker for a larger share."""

from collections.abc import Sequence

from markupsafe import Markup

from credit_scoring.charts import svg
from credit_scoring.charts.line_charts import spread_labels
from credit_scoring.charts.share_charts import shares
from credit_scoring.charts.words import ENGLISH, ChartWords

LEVELS = 8  # of darkness; an empty cell has none
ROW = 14  # height of a row


def heat_map(
    days: Sequence[str],
    bins: Sequence[str],
    counts: Sequence[Sequence[float]],
    title: str,
    *,
    words: ChartWords = ENGLISH,
) -> Markup:
    """The share of each bin by day; `counts` are those of each day, by bin.

    The labels of the bins are next to the rows. A day without counts is an empty column.
    """
    by_day = [shares(day) for day in counts]
    top = max((share for day in by_day for share in day), default=0.0) or 1.0
    levels: dict[int, str] = {}
    for column, day in enumerate(by_day):
        for row, share in enumerate(day):
            level = min(LEVELS, 1 + int(LEVELS * share / top)) if share else 0
            levels[level] = levels.get(level, "") + _cell(column, row, len(days))
    cells = svg.join(
        svg.path(f"heat heat-{level}", line) for level, line in sorted(levels.items()) if level
    )
    notes = [
        f"{day}: "
        + ", ".join(f"{name} {words.percent(share)}" for name, share in zip(bins, row, strict=True))
        for day, row in zip(days, by_day, strict=True)
    ]
    size = f"0 0 {svg.WIDTH} {ROW * len(bins)}"
    rows = svg.element("div", svg.join(svg.element("span", name) for name in bins), class_="rows")
    columns = svg.hover_columns(notes, ROW * len(bins))
    plot = svg.element("svg", svg.join((cells, columns)), view_box=size, stretch="none")
    content = svg.join((rows, plot, spread_labels(days)))
    return svg.element("div", content, class_="chart heat-map", role="img", aria_label=title)


def _cell(column: int, row: int, columns: int) -> str:
    width = svg.WIDTH / columns
    left = svg.column_left(column, columns)
    return f"M{left:.1f} {ROW * row + 1}h{0.92 * width:.2f}v{ROW - 2}h{-0.92 * width:.2f}z"
