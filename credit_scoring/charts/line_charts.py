"""Charts over days or months: stacked bars, lines, values with their intervals."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from credit_scoring.charts import svg
from credit_scoring.charts.scale import Scale
from credit_scoring.charts.words import ENGLISH, ChartWords, Show

MAX_DATES = 5  # labels along the axis
BAR = 0.8  # of a day's width
Values = Sequence[float | None]
Bound = tuple[float, float]


def day_bars(
    days: Sequence[str],
    parts: Mapping[str, Sequence[float]],
    title: str,
    *,
    words: ChartWords = ENGLISH,
    names: Mapping[str, str] | None = None,
) -> Markup:
    """A stacked bar per day; `parts` are by CSS class, the first one at the bottom.

    `names` are the parts' names in the notes.
    """
    totals = [sum(values) for values in zip(*parts.values(), strict=True)]
    scale = Scale(0.0, max(totals, default=0.0))
    floors = [0.0] * len(days)
    bars = []
    for css_class, values in parts.items():
        line = "".join(
            _bar(index, len(days), scale.y(floor + value), scale.y(floor))
            for index, (floor, value) in enumerate(zip(floors, values, strict=True))
            if value
        )
        bars.append(svg.path(css_class, line))
        floors = [floor + value for floor, value in zip(floors, values, strict=True)]
    notes = _notes(days, parts, words, words.number, names)
    return _chart(title, scale, words.number, days, [*bars, svg.hover_columns(notes)])


def _bar(index: int, number: int, top: float, floor: float) -> str:
    width = svg.WIDTH / number
    left = svg.column_left(index, number) + (1 - BAR) / 2 * width
    return f"M{left:.1f} {top:.1f}h{BAR * width:.2f}V{floor:.1f}h{-BAR * width:.2f}z"


def lines(
    days: Sequence[str],
    series: Mapping[str, Values],
    title: str,
    *,
    words: ChartWords = ENGLISH,
    names: Mapping[str, str] | None = None,
    show: Show | None = None,
    goal: float | None = None,
) -> Markup:
    """A line per series, by CSS class; a day without a value interrupts it.

    `names` are the series' names in the notes; `show` writes a value, by default as a number;
    `goal` is a dashed line across.
    """
    every = (*series.values(), (goal,))
    known = [value for values in every for value in values if value is not None]
    scale = Scale(0.0, max(known, default=0.0))
    paths = [_line(name, values, scale) for name, values in series.items()]
    notes = _notes(days, series, words, show or words.number, names)
    parts = [_goal(goal, scale), *paths, svg.hover_columns(notes)]
    return _chart(title, scale, show or words.number, days, parts)


def _notes(
    days: Sequence[str],
    series: Mapping[str, Values],
    words: ChartWords,
    show: Show,
    names: Mapping[str, str] | None,
) -> list[str]:
    """What each day's column says: "1 November: accepted 80, refused 20"."""
    named = {(names or {}).get(name, name.replace("_", " ")): line for name, line in series.items()}
    return [
        f"{day}: "
        + ", ".join(f"{name} {words.value(line[index], show)}" for name, line in named.items())
        for index, day in enumerate(days)
    ]


def _line(name: str, values: Values, scale: Scale) -> Markup:
    """The line of a series, and a dot for each day between two gaps."""
    line, dots = "", ""
    gaps = [True, *(value is None for value in values), True]
    for index, value in enumerate(values):
        if value is None:
            continue
        place = f"{_centre(index, len(values)):.1f} {scale.y(value):.1f}"
        before, after = gaps[index], gaps[index + 2]
        if before and after:
            dots += f"M{place}h0.01"
        else:
            line += f"{'M' if before else 'L'}{place}"
    parts = [svg.path(f"line {name}", line)]
    return svg.join([*parts, svg.path(f"line dot {name}", dots)] if dots else parts)


def intervals(
    labels: Sequence[str],
    values: Values,
    bounds: Sequence[Bound | None],
    title: str,
    goal: float | None = None,
    *,
    words: ChartWords = ENGLISH,
    show: Show | None = None,
) -> Markup:
    """A point per label with its interval; `goal` is a dashed line across."""
    say = show or words.number
    known = [end for bound in bounds if bound for end in bound]
    known += [value for value in (*values, goal) if value is not None]
    scale = Scale(min(known, default=0.0), max(known, default=1.0))
    parts, notes = [_goal(goal, scale)], []
    for index, (label, value, bound) in enumerate(zip(labels, values, bounds, strict=True)):
        parts.append(_point(_centre(index, len(labels)), value, bound, scale))
        ends = words.interval.format(low=say(bound[0]), high=say(bound[1])) if bound else ""
        notes.append(f"{label}: {words.value(value, say)}{f' ({ends})' if ends else ''}")
    return _chart(title, scale, say, labels, [*parts, svg.hover_columns(notes)])


def _goal(goal: float | None, scale: Scale) -> Markup:
    return Markup() if goal is None else svg.path("goal", f"M0 {scale.y(goal):.1f}H{svg.WIDTH}")


def _point(x: float, value: float | None, bound: Bound | None, scale: Scale) -> Markup:
    """An interval, and a point: a line without length, which round ends show as a dot."""
    parts = []
    if bound:
        low, high = map(scale.y, bound)
        parts.append(svg.path("interval", f"M{x:.1f} {low:.1f}V{high:.1f}"))
    if value is not None:
        parts.append(svg.path("point", f"M{x:.1f} {scale.y(value):.1f}h0.01"))
    return svg.join(parts)


def _centre(index: int, number: int) -> float:
    return svg.column_left(index, number) + svg.WIDTH / number / 2


def _chart(
    title: str, scale: Scale, show: Show, labels: Sequence[str], parts: Sequence[Markup]
) -> Markup:
    """The chart with the scale's ticks."""
    ticks = [show(tick) for tick in scale.ticks()]
    return svg.chart(title, parts, ticks, spread_labels(labels))


def spread_labels(labels: Sequence[str]) -> Markup:
    """Some of the labels of the columns, evenly spaced, the first and the last among them."""
    number = min(MAX_DATES, len(labels))
    step = (len(labels) - 1) / max(number - 1, 1)
    return svg.axis_labels(labels, sorted({round(index * step) for index in range(number)}))
