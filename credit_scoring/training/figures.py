"""The style of every figure: colours, layout, resolution, legends next to the axes, wrapped names.

A figure is drawn inside `figure_style()` and saved by `to_png`. Legends are placed by
`add_legend`, below the axes, so that none covers a curve.
"""

import io
import re
import warnings
from contextlib import AbstractContextManager
from typing import Any

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

plt.switch_backend("Agg")  # writes files, opens no windows
INK, BLUE, ORANGE, GREY = "#1b2733", "#1f6feb", "#d9730d", "#9aa7b4"
DPI = 150
NAME_WIDTH = 40  # characters of a feature name per line
STYLE: Any = {
    "figure.figsize": (6.8, 4.2), "figure.dpi": DPI, "savefig.dpi": "figure",
    "figure.constrained_layout.use": True, "figure.constrained_layout.h_pad": 0.06,
    "figure.constrained_layout.w_pad": 0.06, "axes.spines.top": False, "axes.spines.right": False,
    "axes.axisbelow": True, "axes.titlesize": 10, "axes.labelsize": 9,
    "axes.labelcolor": INK, "grid.alpha": 0.25, "font.size": 9, "text.color": INK,
    "xtick.labelsize": 8, "ytick.labelsize": 8, "legend.frameon": False, "legend.fontsize": 8,
    "text.parse_math": False,  # a "$" in a lender's column is a dollar
}  # fmt: skip
LEGEND_MARKER = 0.5  # inches of a legend entry before its text
LEGEND_CHARACTER = 0.065  # inches


def figure_style(*, grid: bool = True) -> AbstractContextManager[None]:
    """The context in which figures are created and saved."""
    return plt.rc_context({**STYLE, "axes.grid": grid})


def to_png(figure: Figure) -> bytes:
    """Return the figure as a PNG file, and close it."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():  # a name in Chinese is shown as boxes
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)
        figure.savefig(buffer, format="png", bbox_inches="tight", metadata={"Software": None})
    plt.close(figure)
    return buffer.getvalue()


def add_legend(figure: Figure) -> None:
    """Place one legend of all labelled artists below the axes, each label once."""
    entries: dict[str, Any] = {}
    for axes in figure.axes:
        handles, labels = axes.get_legend_handles_labels()
        entries |= dict(zip(labels, handles, strict=True))
    if not entries:
        return
    width = LEGEND_MARKER + LEGEND_CHARACTER * max(map(len, entries))
    columns = max(1, min(len(entries), int(figure.get_figwidth() / width)))
    labels, handles = [*entries.keys()], [*entries.values()]
    figure.legend(handles, labels, loc="outside lower center", ncols=columns)


def wrap_name(name: str, width: int = NAME_WIDTH) -> str:
    """Break a long name into lines, after underscores or spaces.

    >>> print(wrap_name("previous_last_2_years_status_refused_share"))
    previous_last_2_years_status_refused_
    share
    """
    lines = [""]
    for part in re.findall(r"[^_ ]*[_ ]*", name):
        if lines[-1] and len(lines[-1] + part.rstrip()) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.strip() for line in lines)


def set_probability_axis(axes: Axes) -> None:
    """A logarithmic x axis of thresholds, labelled 0.01, 0.02, 0.05 and so on."""
    axes.set(xscale="log", xlabel="threshold on the probability of default")
    axes.xaxis.set(major_locator=LogLocator(subs=(1, 2, 5)), major_formatter="{x:g}")
    axes.minorticks_off()
