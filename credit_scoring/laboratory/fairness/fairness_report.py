"""The fairness figures as a table on screen and as a plot."""

from collections.abc import Mapping
from typing import Any

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from rich.console import Console
from rich.table import Table

from credit_scoring.laboratory.fairness.fairness_in_words import (
    describe_ablation,
    describe_group_differences,
)
from credit_scoring.laboratory.fairness.group_metrics import (
    MIN_APPLICANTS,
    MIN_CLASS_APPLICANTS,
    RATES,
)
from credit_scoring.report_table import ReportTable
from credit_scoring.training.plots import BLUE, GREY, STYLE, to_png

PLOT_RATES = ("selection_rate", "false_positive_rate", "false_negative_rate", "calibration_ratio")
TABLE_RATES = (*PLOT_RATES[:3], "default_rate", PLOT_RATES[3])


def print_fairness(fairness: Mapping[str, Any], console: Console) -> None:
    """Print every group's rates, the differences between groups, and the cost of exclusion."""
    console.print(_rate_table(fairness))
    console.print(
        f"(few): under {MIN_APPLICANTS} applicants, {MIN_CLASS_APPLICANTS} defaulters "
        f"or {MIN_CLASS_APPLICANTS} good ones; says little."
    )
    for line in [*describe_group_differences(fairness), *describe_ablation(fairness)]:
        console.print(line, markup=False)


def _rate_table(fairness: Mapping[str, Any]) -> Table:
    data = fairness["data"]
    applicants = f"{data['applicants']:,} applicants of {data['source']}"
    title = f"Decisions on {applicants}, evaluated {fairness['judged']}, with 95 % intervals"
    table = ReportTable(title, "")
    table.add_column("Applicants", justify="right")
    for rate in TABLE_RATES:
        label = RATES[rate].replace(" accepted", "\naccepted").replace(" /", "\n/")
        table.add_column(label, justify="right")
    for attribute in fairness["attributes"]:
        table.add_section()
        table.add_row(f"[bold]{attribute['attribute']}")
        for group in attribute["groups"]:
            name = f"  {group['group']}{' (few)' if group['small'] else ''}"
            cells = [_cell(rate, group[rate]) for rate in TABLE_RATES]
            table.add_row(name, f"{group['applicants']:,}", *cells)
    return table


def _cell(rate: str, interval: Mapping[str, float] | None) -> str:
    if interval is None:
        return "–"
    digits = 2 if rate == "calibration_ratio" else 3
    value, low, high = (f"{interval[key]:.{digits}f}" for key in ("value", "low", "high"))
    return value if rate == "default_rate" else f"{value} ({low}–{high})"


def plot_fairness(fairness: Mapping[str, Any]) -> bytes:
    """PNG: a row per attribute, a panel per rate, a bar per group; small groups are grey."""
    attributes = fairness["attributes"]
    size = (13, 2.6 * len(attributes))
    with plt.rc_context(STYLE):
        figure, rows = plt.subplots(len(attributes), len(PLOT_RATES), figsize=size, squeeze=False)
        for attribute, panels in zip(attributes, rows, strict=True):
            _plot_attribute(panels, attribute)
        figure.tight_layout()
        return to_png(figure)


def _plot_attribute(panels: Any, attribute: Mapping[str, Any]) -> None:
    names = [group["group"] for group in attribute["groups"]]
    for panel, rate in zip(panels, PLOT_RATES, strict=True):
        _plot_bars(panel, attribute["groups"], rate)
        panel.set_title(RATES[rate], fontsize=8)
        labels = names if panel is panels[0] else [""] * len(names)
        panel.set_yticks(range(len(names)), labels, fontsize=7)
    panels[0].set_ylabel(attribute["attribute"])
    panels[-1].axvline(1, color=GREY, ls=":")


def _plot_bars(panel: Axes, groups: list[dict[str, Any]], rate: str) -> None:
    for position, group in enumerate(groups):
        interval = group[rate]
        if interval is not None:
            value = interval["value"]
            below = max(value - interval["low"], 0)
            above = max(interval["high"] - value, 0)
            colour = GREY if group["small"] else BLUE
            panel.barh(
                position, value, xerr=[[below], [above]], color=colour, ecolor="black", capsize=2
            )
    panel.invert_yaxis()
