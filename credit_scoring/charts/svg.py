"""Parts of a chart: a plot as inline SVG that fills its box, and labels around it as HTML.

The labels are not part of the SVG, so they keep their size when the plot is stretched. The page's
style sheet gives the colours by class, so that they follow a light or dark scheme, and sets
`vector-effect: non-scaling-stroke`.
"""

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

WIDTH, HEIGHT = 400, 120  # of the plot, in its own units
MAX_COLUMN_LABELS = 6  # columns that are wide enough for a label each


ATTRIBUTES = {
    "class_": "class",
    "view_box": "viewBox",
    "aria_label": "aria-label",
    "aria_hidden": "aria-hidden",
    "stretch": "preserveAspectRatio",
}


def element(name: str, content: str = "", **attributes: object) -> Markup:
    """An element with escaped attributes and content; `ATTRIBUTES` are their names in HTML.

    >>> print(element("text", "a < b", class_="end", x=3))
    <text class="end" x="3">a &lt; b</text>
    """
    pairs = "".join(
        f' {ATTRIBUTES.get(key, key)}="{escape(value)}"' for key, value in attributes.items()
    )
    # five times as fast as Markup's own formatting; a page has a thousand elements
    return Markup(f"<{name}{pairs}>{escape(content)}</{name}>")  # noqa: S704 - all is escaped


def join(parts: Iterable[str]) -> Markup:
    """The elements one after the other."""
    return Markup("".join(map(escape, parts)))  # noqa: S704 - all is escaped


def path(css_class: str, line: str) -> Markup:
    """A path."""
    return element("path", class_=css_class, d=line)


def chart(title: str, parts: Iterable[Markup], ticks: Sequence[str], labels: Markup) -> Markup:
    """A chart with the title that a screen reader says; `ticks` ascend at equal distances."""
    size = f"0 0 {WIDTH} {HEIGHT}"
    content = (
        element("div", join(element("span", tick) for tick in reversed(ticks)), class_="ticks"),
        element("svg", join((_grid(len(ticks)), *parts)), view_box=size, stretch="none"),
        labels,
    )
    return element("div", join(content), class_="chart", role="img", aria_label=title)


def _grid(number: int) -> Markup:
    """Horizontal lines at the ticks."""
    heights = (HEIGHT * index / max(number - 1, 1) for index in range(number))
    return path("grid", "".join(f"M0 {height:.1f}H{WIDTH}" for height in heights))


def column_left(index: int, number: int) -> float:
    """The left edge of a column if `number` columns of equal width fill the plot."""
    return index * WIDTH / number


def axis_labels(labels: Sequence[str], places: Sequence[int]) -> Markup:
    """The labels of some columns at equal distances; of all columns if they are few."""
    is_few = len(labels) <= MAX_COLUMN_LABELS
    shown = labels if is_few else [labels[place] for place in places]
    spans = join(element("span", label) for label in shown)
    return element("div", spans, class_="labels columns" if is_few else "labels")


def hover_columns(notes: Sequence[str], height: int = HEIGHT) -> Markup:
    """An invisible column per note, which shows it on hovering."""
    width = f"{WIDTH / max(len(notes), 1):.2f}"
    return join(
        element(
            "rect", element("title", note), class_="hover", y=0, width=width, height=height,
            x=f"{column_left(index, len(notes)):.1f}",
        )
        for index, note in enumerate(notes)
    )  # fmt: skip
