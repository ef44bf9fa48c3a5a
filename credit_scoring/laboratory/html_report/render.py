"""Renders a report's template into a page that needs no other file."""

from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

from credit_scoring.charts import line_charts, share_charts
from credit_scoring.direction_controls import name_controls

HERE = Path(__file__).parent
UNKNOWN = "–"
SMALLEST_P = 0.0001


def render_page(template: Path, **values: Any) -> str:
    """The page of a template that extends page.html.jinja; texts in `values` are escaped, and their
    direction controls named.
    """
    environment = Environment(
        loader=ChoiceLoader([FileSystemLoader(template.parent), FileSystemLoader(HERE)]),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = (share, number, whole, when, p_value)
    environment.filters |= {function.__name__: function for function in filters}
    environment.globals |= {
        "style": (HERE / "page.css").read_text(encoding="utf-8"),
        "small_histogram": share_charts.small_histogram,
        "histogram": share_charts.histogram,
        "day_bars": line_charts.day_bars,
        "lines": line_charts.lines,
        "intervals": line_charts.intervals,
    }
    return name_controls(environment.get_template(template.name).render(**values))


def share(value: float | None, digits: int = 1) -> str:
    """A share as a percentage.

    >>> share(0.0814), share(0.00004), share(0.0), share(None)
    ('8.1 %', '< 0.1 %', '0 %', '–')
    """
    if value is None:
        return UNKNOWN
    if 0 < value < 0.5 * 10 ** -(digits + 2):
        return f"< {10**-digits:g} %"
    return f"{value:.{digits}%}".replace("%", " %") if value else "0 %"


def number(value: float | None, digits: int = 2) -> str:
    """A number with a fixed number of decimals.

    >>> number(0.12345), number(1234.5, 0), number(None)
    ('0.12', '1,234', '–')
    """
    return UNKNOWN if value is None else f"{value:,.{digits}f}"


def whole(value: float | None) -> str:
    """A whole number with separators.

    >>> whole(307511), whole(None)
    ('307,511', '–')
    """
    return UNKNOWN if value is None else f"{value:,.0f}"


def when(value: str) -> str:
    """A time of a JSON document, to the minute.

    >>> when("2026-11-28T01:00:00+00:00")
    '2026-11-28 01:00 UTC'
    """
    return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M} UTC"


def p_value(value: float) -> str:
    """A p-value for a table.

    >>> p_value(0.0312), p_value(0.00000001)
    ('0.031', '< 0.0001')
    """
    return f"< {SMALLEST_P}" if value < SMALLEST_P else f"{value:.2g}"
