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
from credit_scoring.training import figures

PLOT_RATES = ("selection_rate", "false_positive_rate", "false_negative_rate", "calibration_ratio")
GROUP_LABEL, SMALL_GROUP_LABEL = "a group, with its 95 % interval", "a small group: says little"
GROUP_WIDTH = 22  # characters of a group's name per line
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
    sizes = [len(attribute["groups"]) for attribute in attributes]
    layout: Any = {"squeeze": False, "sharex": "col", "height_ratios": [size + 1 for size in sizes]}
    with figures.figure_style():
        size = (11, 1.2 + 0.3 * (sum(sizes) + len(sizes)))
        figure, rows = plt.subplots(len(attributes), len(PLOT_RATES), figsize=size, **layout)
        for attribute, panels in zip(attributes, rows, strict=True):
            _plot_attribute(panels, attribute)
        for panel, rate in zip(rows[0], PLOT_RATES, strict=True):
            panel.set_title(RATES[rate])
        figures.add_legend(figure)
        return figures.to_png(figure)


def _plot_attribute(panels: Any, attribute: Mapping[str, Any]) -> None:
    groups = attribute["groups"]
    names = [figures.wrap_name(group["group"], GROUP_WIDTH) for group in groups]
    for panel, rate in zip(panels, PLOT_RATES, strict=True):
        _plot_bars(panel, groups, rate)
        panel.grid(visible=False, axis="y")
        labels = names if panel is panels[0] else [""] * len(names)
        panel.set_yticks(range(len(names)), labels)
        panel.tick_params(axis="y", length=0)
        panel.set_ylim(len(names) - 0.5, -0.5)
        panel.tick_params(axis="x", labelbottom=True)
    panels[0].set_ylabel(attribute["attribute"])
    panels[-1].axvline(1, color=figures.INK, ls=":", label="as many as predicted")


def _plot_bars(panel: Axes, groups: list[dict[str, Any]], rate: str) -> None:
    for position, group in enumerate(groups):
        interval = group[rate]
        if interval is not None:
            value = interval["value"]
            below = max(value - interval["low"], 0)
            above = max(interval["high"] - value, 0)
            small = group["small"]
            style: Any = {
                "color": figures.GREY if small else figures.BLUE,
                "ecolor": figures.INK,
                "capsize": 2,
            }
            label = SMALL_GROUP_LABEL if small else GROUP_LABEL
            panel.barh(position, value, xerr=[[below], [above]], label=label, **style)
