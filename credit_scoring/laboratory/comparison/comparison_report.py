"""A comparison for people and programs: tables on screen, CSV, JSON, a picture, the verdict in words."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from credit_scoring.laboratory.comparison.candidates import MODELS, SERVED, STRATEGIES, Candidate
from credit_scoring.laboratory.comparison.compare_models import COST, SHOWN, Row
from credit_scoring.training.plots import BLUE, GREY, INK, ORANGE, STYLE, to_png

LABELS = {
    "roc_auc": "AUC", "pr_auc": "PR AUC", "log_loss": "log-loss", "brier": "Brier", "recall": "recall",
    "precision": "precision", "f1": "F1", "ks": "KS", "refused_share": "refused",
}  # fmt: skip
CALIBRATED = (
    "All probabilities are calibrated, and all thresholds chosen, on out-of-fold predictions of the training part; "
    "intervals are 95 %, over the same bootstrap samples of the applicants for all. Training is CPU seconds of a fit "
    "with its calibration and threshold, prediction milliseconds for 1,000 applicants."
)


def as_dict(
    rows: Sequence[Row], absent: Mapping[str, Sequence[Candidate]], facts: Mapping[str, Any]
) -> dict[str, Any]:
    """All that is known of a comparison, for comparison.json."""
    return {
        "verdict": verdict(rows),
        "facts": dict(facts),
        "absent": {package: [one.name for one in without] for package, without in absent.items()},
        "rows": [
            {"name": row.contender.name, **vars(row.contender), **_facts(row)} for row in rows
        ],
    }


def _facts(row: Row) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if name != "contender"}


def as_csv(rows: Sequence[Row]) -> str:
    """A line per contender, the cheapest first; figures beside their `_low` and `_high`."""
    lines = [_line(row) for row in rows]
    text = io.StringIO()
    writer = csv.DictWriter(text, lines[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def _line(row: Row) -> dict[str, Any]:
    line: dict[str, Any] = dict(vars(row.contender))
    for name in SHOWN:
        line |= _columns(name, row.figures[name])
    for name, over in (("over_best", row.over_best), ("over_served", row.over_served)):
        line |= _columns(name, over or {"value": "", "low": "", "high": "", "real": ""})
    return line | {
        "threshold": row.threshold,
        "train_seconds": row.train_seconds,
        "predict_ms": row.predict_ms,
    }


def _columns(name: str, figure: Mapping[str, Any]) -> dict[str, Any]:
    return {name if key == "value" else f"{name}_{key}": value for key, value in figure.items()}


def verdict(rows: Sequence[Row]) -> str:
    """Whether the served model is the cheapest and, if not, whether the difference is real."""
    best, served = rows[0], next((row for row in rows if row.contender.name == SERVED), None)
    if best is served:
        return f"{best.title}, which is served, costs least."
    if served is None or served.over_best is None:
        return f"{best.title} costs least."
    over, which = (
        served.over_best,
        "a real difference" if served.over_best["real"] else "which may be chance",
    )
    return (f"{best.title} costs least. {served.title}, which is served, costs {over['value']:.4f} more per applicant "
            f"({over['low']:.4f} to {over['high']:.4f}): {which}.")  # fmt: skip


def left_out(absent: Mapping[str, Sequence[Candidate]]) -> list[str]:
    """A line per package that is not installed: what was left out, and the remedy."""
    return [
        f"{package} is not installed, so {_named(without)} are left out: pip install -r requirements-lab.txt"
        for package, without in absent.items()
    ]


def _named(contenders: Sequence[Candidate]) -> str:
    pairs = (f"{MODELS[one.model].title} ({STRATEGIES[one.strategy].title})" for one in contenders)
    return ", ".join(pairs)


def show(rows: Sequence[Row], console: Console) -> None:
    """Print what the contenders cost, then their other figures, and the verdict."""
    costs = _table(
        "Cost per applicant, the cheapest first",
        "cost",
        "more than the best",
        "more than the served model",
    )
    for row in rows:
        over = (_difference(row.over_best), _difference(row.over_served))
        costs.add_row(row.title, _interval(row.figures[COST]), *over, style=_style(row))
    figures = _table("Other figures", *LABELS.values(), "threshold", "train s", "predict ms")
    for row in rows:
        values = [f"{row.figures[name]['value']:.3f}" for name in LABELS]
        seconds = (f"{row.threshold:.4f}", f"{row.train_seconds:.1f}", f"{row.predict_ms:.1f}")
        figures.add_row(row.title, *values, *seconds, style=_style(row))
    console.print(costs, figures)
    console.print(CALIBRATED, verdict(rows), sep="\n")


def _table(title: str, *headings: str) -> Table:
    table = Table(
        "",
        title=title,
        title_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1),
        collapse_padding=True,
    )
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _style(row: Row) -> str:
    return "bold" if row.contender.name == SERVED else ""


def _interval(figure: Mapping[str, float]) -> str:
    return f"{figure['value']:.4f} ({figure['low']:.4f} to {figure['high']:.4f})"


def _difference(over: Mapping[str, Any] | None) -> str:
    return "" if over is None else f"{_interval(over)} {'real' if over['real'] else 'chance?'}"


def picture(rows: Sequence[Row]) -> bytes:
    """PNG: what each contender costs, and how much more than the served model (or the best), with intervals."""
    reference = "served" if any(row.contender.name == SERVED for row in rows) else "best"
    with plt.rc_context(STYLE):
        figure, (cost, over) = plt.subplots(1, 2, figsize=(10, 1.2 + 0.26 * len(rows)), sharey=True)
        differences = [
            getattr(row, f"over_{reference}") or dict.fromkeys(("value", "low", "high"), 0.0)
            for row in rows
        ]
        _dots(cost, rows, [row.figures[COST] for row in rows])
        _dots(over, rows, differences)
        over.axvline(0, color=INK, ls=":")
        cost.set(
            yticks=range(len(rows)),
            yticklabels=[row.title for row in rows],
            xlabel="cost per applicant",
        )
        cost.invert_yaxis()
        over.set(
            xlabel=f"more than the {reference}{' model' if reference == 'served' else ''} (95 % interval)"
        )
        return to_png(figure)


def _dots(axes: Axes, rows: Sequence[Row], figures: Sequence[Mapping[str, float]]) -> None:
    for place, (row, figure) in enumerate(zip(rows, figures, strict=True)):
        colour = ORANGE if row.contender.name == SERVED else BLUE
        axes.plot([figure["low"], figure["high"]], [place, place], color=GREY)
        axes.plot(figure["value"], place, "o", ms=4, color=colour)
    span = np.array([[figure["low"], figure["high"]] for figure in figures])
    axes.margins(x=0.05)
    axes.update_datalim(np.column_stack((span.ravel(), np.zeros(span.size))))
