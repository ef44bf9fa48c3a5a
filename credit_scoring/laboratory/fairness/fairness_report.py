"""The fairness figures for people: a table and a picture."""

from collections.abc import Mapping
from typing import Any

from matplotlib import pyplot as plt
from rich.console import Console
from rich.table import Table

from credit_scoring.laboratory.fairness.group_metrics import (
    FEW,
    FEW_DEFAULTS,
    RATES,
    price_in_words,
    verdicts,
)
from credit_scoring.training.plots import BLUE, GREY, STYLE, to_png

PANELS = ("selection_rate", "false_positive_rate", "false_negative_rate", "calibration_ratio")
SHOWN = (*PANELS[:3], "default_rate", PANELS[3])


def show(found: Mapping[str, Any], console: Console) -> None:
    """Print every group's rates with intervals, the verdicts and what leaving the attributes out costs."""
    data = found["data"]
    judged = f"{data['applicants']:,} applicants of {data['source']}, judged {found['judged']}"
    table = Table(title=f"Decisions on {judged}, with 95 % intervals", title_justify="left")
    headers = [
        RATES[rate].replace(" accepted", "\naccepted").replace(" /", "\n/") for rate in SHOWN
    ]
    for name in ("", "Applicants", *headers):
        table.add_column(name, justify="left" if not name else "right")
    for one in found["attributes"]:
        table.add_section()
        table.add_row(f"[bold]{one['attribute']}")
        for group in one["groups"]:
            name = f"  {group['group']}{' (few)' if group['small'] else ''}"
            table.add_row(
                name, f"{group['applicants']:,}", *(_cell(rate, group[rate]) for rate in SHOWN)
            )
    console.print(table)
    console.print(
        f"(few): under {FEW} applicants, {FEW_DEFAULTS} defaulters or {FEW_DEFAULTS} good ones; says little."
    )
    for line in [*verdicts(found), *price_in_words(found)]:
        console.print(line, markup=False)


def _cell(rate: str, figure: Mapping[str, float] | None) -> str:
    if figure is None:
        return "–"
    digits = 2 if rate == "calibration_ratio" else 3
    value, low, high = (f"{figure[key]:.{digits}f}" for key in ("value", "low", "high"))
    return value if rate == "default_rate" else f"{value} ({low}–{high})"


def picture(found: Mapping[str, Any]) -> bytes:
    """The PNG: a row per attribute, a panel per rate, a bar per group; small groups are grey."""
    attributes = found["attributes"]
    with plt.rc_context(STYLE):
        figure, rows = plt.subplots(
            len(attributes), len(PANELS), figsize=(13, 2.6 * len(attributes)), squeeze=False
        )
        for one, panels in zip(attributes, rows, strict=True):
            names = [group["group"] for group in one["groups"]]
            for panel, rate in zip(panels, PANELS, strict=True):
                _bars(panel, one["groups"], rate)
                panel.set_title(RATES[rate], fontsize=8)
                panel.set_yticks(
                    range(len(names)),
                    names if panel is panels[0] else [""] * len(names),
                    fontsize=7,
                )
            panels[0].set_ylabel(one["attribute"])
            panels[3].axvline(1, color=GREY, ls=":")
        figure.tight_layout()
        return to_png(figure)


def _bars(panel: Any, groups: list[dict[str, Any]], rate: str) -> None:
    for place, group in enumerate(groups):
        if (one := group[rate]) is not None:
            reach = [[max(one["value"] - one["low"], 0)], [max(one["high"] - one["value"], 0)]]
            panel.barh(
                place,
                one["value"],
                xerr=reach,
                color=GREY if group["small"] else BLUE,
                ecolor="black",
                capsize=2,
            )
    panel.invert_yaxis()
