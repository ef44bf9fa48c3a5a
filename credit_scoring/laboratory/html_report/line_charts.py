"""Charts over days or months as inline SVG: stacked bars, lines, values with their intervals."""

import math
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from credit_scoring.laboratory.html_report import svg

TICKS = 4  # lines above the lowest, about
ROUND_STEPS = (1, 2, 2.5, 5, 10)
MAX_DATES = 5  # labels along the axis
BAR = 0.8  # of a day's width
ROUNDING = 1e-9  # of a step
Values = Sequence[float | None]
Bound = tuple[float, float]


def day_bars(days: Sequence[str], parts: Mapping[str, Sequence[float]], title: str) -> Markup:
    """A bar per day, stacked of the `parts` by CSS class, the first at the bottom."""
    totals = [sum(values) for values in zip(*parts.values(), strict=True)]
    scale = _Scale(0.0, max(totals, default=0.0))
    floors = [0.0] * len(days)
    bars = []
    for css_class, values in parts.items():
        line = "".join(
            _bar(index, len(days), scale.y(floor + value), scale.y(floor))
            for index, (floor, value) in enumerate(zip(floors, values, strict=True))
        )
        bars.append(svg.path(css_class, line))
        floors = [floor + value for floor, value in zip(floors, values, strict=True)]
    notes = [f"{day}: {total:,.0f}" for day, total in zip(days, totals, strict=True)]
    return svg.chart(title, scale.grid(), *bars, _dates(days), svg.hover_columns(notes))


def _bar(index: int, number: int, top: float, floor: float) -> str:
    width = svg.PLOT_WIDTH / number
    left = svg.column_left(index, number) + (1 - BAR) / 2 * width
    return f"M{left:.1f} {top:.1f}h{BAR * width:.1f}V{floor:.1f}h{-BAR * width:.1f}z"


def lines(days: Sequence[str], series: Mapping[str, Values], title: str) -> Markup:
    """A line per series, by CSS class; a day without a value interrupts it."""
    known = [value for values in series.values() for value in values if value is not None]
    scale = _Scale(0.0, max(known, default=0.0))
    paths = [svg.path(f"line {name}", _line(values, scale)) for name, values in series.items()]
    notes = []
    for index, day in enumerate(days):
        texts = [f"{name.replace('_', ' ')} {_text(line[index])}" for name, line in series.items()]
        notes.append(f"{day}: {', '.join(texts)}")
    return svg.chart(title, scale.grid(), *paths, _dates(days), svg.hover_columns(notes))


def _line(values: Values, scale: "_Scale") -> str:
    line, is_down = "", False
    for index, value in enumerate(values):
        if value is not None:
            # a day between two gaps shows as a dot
            start, end = ("L", "") if is_down else ("M", "h0.01")
            line += f"{start}{_centre(index, len(values)):.1f} {scale.y(value):.1f}{end}"
        is_down = value is not None
    return line


def intervals(
    labels: Sequence[str],
    values: Values,
    bounds: Sequence[Bound | None],
    title: str,
    goal: float | None = None,
) -> Markup:
    """A point per label with its interval; `goal` is a dashed line across."""
    known = [end for bound in bounds if bound for end in bound]
    known += [value for value in (*values, goal) if value is not None]
    scale = _Scale(min(known, default=0.0), max(known, default=1.0))
    parts = [scale.grid()]
    if goal is not None:
        parts.append(svg.path("goal", f"M{svg.LEFT} {scale.y(goal):.1f}H{svg.WIDTH}"))
    notes = []
    for index, (label, value, bound) in enumerate(zip(labels, values, bounds, strict=True)):
        parts.append(_point(_centre(index, len(labels)), value, bound, scale))
        ends = f" ({_text(bound[0])} to {_text(bound[1])})" if bound else ""
        notes.append(f"{label}: {_text(value)}{ends}")
    return svg.chart(title, *parts, _dates(labels), svg.hover_columns(notes))


def _point(x: float, value: float | None, bound: Bound | None, scale: "_Scale") -> Markup:
    parts = []
    if bound:
        low, high = map(scale.y, bound)
        parts.append(svg.path("interval", f"M{x:.1f} {low:.1f}V{high:.1f}"))
    if value is not None:
        centre = {"cx": f"{x:.1f}", "cy": f"{scale.y(value):.1f}"}
        parts.append(svg.element("circle", class_="point", r=4, **centre))
    return svg.join(parts)


def _text(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.3g}"


def _centre(index: int, number: int) -> float:
    return svg.column_left(index, number) + svg.PLOT_WIDTH / number / 2


class _Scale:
    """A vertical axis with round steps that holds `low` and `high`."""

    def __init__(self, low: float, high: float) -> None:
        span = (high - low) or abs(high) or 1.0
        magnitude = 10.0 ** math.floor(math.log10(span / TICKS))
        steps = (factor * magnitude for factor in ROUND_STEPS)
        self.step = next((step for step in steps if step * TICKS >= span * (1 - ROUNDING)), span)
        self.low = math.floor(low / self.step + ROUNDING) * self.step
        top = math.ceil(high / self.step - ROUNDING) * self.step
        self.high = max(top, self.low + self.step)

    def y(self, value: float) -> float:
        """The height of a value, from the top of the chart."""
        return svg.TOP + svg.PLOT_HEIGHT * (self.high - value) / (self.high - self.low)

    def grid(self) -> Markup:
        """The lines with their values."""
        number = round((self.high - self.low) / self.step)
        ticks = [self.low + index * self.step for index in range(number + 1)]
        return svg.join(svg.grid_line(self.y(tick), f"{tick:,.4g}") for tick in ticks)


def _dates(labels: Sequence[str]) -> Markup:
    """Some of the labels, evenly spaced, the first and the last among them."""
    number = min(MAX_DATES, len(labels))
    step = (len(labels) - 1) / max(number - 1, 1)
    return svg.axis_labels(labels, sorted({round(index * step) for index in range(number)}))
