"""Parts of an inline SVG chart: elements, grid lines, labels, and columns that show a note.

The page's style sheet gives the colours by class, so that they follow a light or dark scheme.
"""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

WIDTH, HEIGHT = 440, 170
LEFT, BOTTOM, TOP = 38, 24, 8  # margins for the labels
FEW_COLUMNS = 6  # wide enough for a label in the middle
PLOT_WIDTH, PLOT_HEIGHT = WIDTH - LEFT, HEIGHT - BOTTOM - TOP
FLOOR = TOP + PLOT_HEIGHT


def element(name: str, content: str = "", **attributes: object) -> Markup:
    """An element with escaped attributes and content; `class_` is class, `view_box` is viewBox.

    >>> print(element("text", "a < b", class_="end", x=3))
    <text class="end" x="3">a &lt; b</text>
    """
    names = {"class_": "class", "view_box": "viewBox", "aria_label": "aria-label"}
    pairs = [
        Markup(' {}="{}"').format(names.get(key, key), value) for key, value in attributes.items()
    ]
    return Markup("<{0}{1}>{2}</{0}>").format(name, join(pairs), content)


def join(parts: Iterable[Markup]) -> Markup:
    """The elements one after the other."""
    return Markup("").join(parts)


def path(css_class: str, line: str) -> Markup:
    """A path."""
    return element("path", class_=css_class, d=line)


def chart(title: str, *parts: Markup) -> Markup:
    """A chart of the usual size, with the title that a screen reader says."""
    size = f"0 0 {WIDTH} {HEIGHT}"
    return element("svg", join(parts), class_="chart", view_box=size, role="img", aria_label=title)


def grid_line(y: float, label: str) -> Markup:
    """A horizontal line across the chart with its label at the left."""
    text = element("text", label, class_="end", x=LEFT - 5, y=f"{y + 4:.1f}")
    return path("grid", f"M{LEFT} {y:.1f}H{WIDTH}") + text


def column_left(index: int, number: int) -> float:
    """The left edge of a column if `number` columns of equal width fill the chart."""
    return LEFT + index * PLOT_WIDTH / number


def axis_labels(labels: Sequence[str], places: Sequence[int]) -> Markup:
    """The labels of some columns below the chart.

    If there are many columns, the first and the last label end at the edges of the chart.
    """
    number = len(labels)
    ends = {0: "start", number - 1: "end"} if number > FEW_COLUMNS else {}
    parts = []
    for place in places:
        anchor = ends.get(place, "middle")
        shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * PLOT_WIDTH / number
        x = column_left(place, number) + shift
        parts.append(element("text", labels[place], class_=anchor, x=f"{x:.1f}", y=HEIGHT - 7))
    return join(parts)


def hover_columns(notes: Sequence[str]) -> Markup:
    """An invisible column per note, which shows it on hovering."""
    width = f"{PLOT_WIDTH / max(len(notes), 1):.1f}"
    return join(
        element(
            "rect", element("title", note), class_="hover", y=TOP, width=width, height=PLOT_HEIGHT,
            x=f"{column_left(index, len(notes)):.1f}",
        )
        for index, note in enumerate(notes)
    )  # fmt: skip
