"""A selection for people and programs: the list with its reasons, the curve as table, CSV and picture."""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from credit_scoring.laboratory.result_cache import Arrays
from credit_scoring.laboratory.selection.rank_features import DUPLICATE, KEPT, NOISE
from credit_scoring.laboratory.selection.select_features import (
    FIGURES,
    Point,
    Selection,
    names_within,
)
from credit_scoring.training.cross_validation import LearningTask
from credit_scoring.training.feature_list_file import FeatureList, ListedFeature
from credit_scoring.training.plots import BLUE, GREY, INK, STYLE, to_png

NEAR = 25  # features of each kind that are listed as dropped
LABELS = {"cost_per_applicant": "cost per applicant", "roc_auc": "AUC", "log_loss": "log-loss"}


def feature_list(
    problem: LearningTask, selection: Selection, provenance: Mapping[str, Any]
) -> FeatureList:
    """The features to serve, the best first, and those near the cut, each with its reason and figures."""
    ranking, names = selection.ranking, names_within(problem, selection.ranking, selection.inputs)
    chosen = set(names)
    times = Counter(
        name for one in selection.inside for name in names_within(problem, one, selection.inputs)
    )
    rows = [_row(ranking, i, times) for i in range(len(ranking["name"]))]
    kept = tuple(
        ListedFeature(name, _why_kept(row), _figures(row))
        for name, row in _pairs(rows)
        if name in chosen
    )
    worth = [
        (name, row) for name, row in _pairs(rows) if row["verdict"] == KEPT and name not in chosen
    ][:NEAR]
    others = [(name, row) for kind in (DUPLICATE, NOISE) for name, row in _best_of(kind, rows)]
    dropped = tuple(
        ListedFeature(name, _why_dropped(row, selection.inputs), _figures(row))
        for name, row in (*worth, *others)
    )
    return FeatureList(
        kept, dropped, {**provenance, "inputs": selection.inputs, "out_of_fold": _judged(selection)}
    )


def _judged(selection: Selection) -> dict[str, Any]:
    point = next(point for point in selection.points if point.inputs == selection.inputs)
    return {
        name: {key: round(value, 5) for key, value in point.figures[name].items()}
        for name in FIGURES
    }


def _row(ranking: Arrays, place: int, times: Mapping[str, int]) -> dict[str, Any]:
    row = {name: values[place].item() for name, values in ranking.items()}
    return {"rank": place + 1, **row, "folds": times[row["name"]]}


def _pairs(rows: Sequence[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return [(row["name"], row) for row in rows]


def _best_of(kind: str, rows: Sequence[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    found = sorted(
        (row for row in rows if row["verdict"] == kind), key=lambda row: -row["importance"]
    )
    return _pairs(found[:NEAR])


def _why_kept(row: Mapping[str, Any]) -> str:
    return (f"rank {row['rank']}: {100 * row['importance']:.2f} % of the gain out of fold, log-loss "
            f"{row['permutation']:+.5f} when its values are shuffled, {_times_noise(row)} what it gains with a "
            "shuffled outcome")  # fmt: skip


def _why_dropped(row: Mapping[str, Any], inputs: int) -> str:
    if row["verdict"] == DUPLICATE:
        return f"tells the same as {row['twin']}, which earns more (rank correlation {row['correlation']:.3f})"
    if row["verdict"] == NOISE:
        return (
            f"no better than noise: gains {_times_noise(row)} what it gains with a shuffled outcome"
        )
    return f"rank {row['rank']}: better than noise, but past the cut at {inputs} inputs"


def _times_noise(row: Mapping[str, Any]) -> str:
    return f"{row['gain'] / row['noise']:.1f} times" if row["noise"] > 0 else "far more than"


def _figures(row: Mapping[str, Any]) -> dict[str, float]:
    names = (
        ("importance", "correlation")
        if row["verdict"] == DUPLICATE
        else ("importance", "permutation", "gain", "noise")
    )
    figures = {name: float(f"{row[name]:.4g}") for name in names}
    return (
        figures
        if row["verdict"] == DUPLICATE
        else {"rank": row["rank"], "folds": row["folds"], **figures}
    )


def as_csv(points: Sequence[Point]) -> str:
    """The curve: a line per number of inputs; figures beside their `_low` and `_high`."""
    text = io.StringIO()
    figures = [f"{name}{end}" for name in FIGURES for end in ("", "_low", "_high")]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["inputs", "features", *figures, "worse"])
    for point in points:
        values = [point.figures[name][key] for name in FIGURES for key in ("value", "low", "high")]
        writer.writerow([point.inputs, point.features, *values, point.worse])
    return text.getvalue()


def show(selection: Selection, names: Sequence[str], console: Console) -> None:
    """Print the curve, what was settled on, and the first features."""
    table = Table(
        "inputs",
        title="Out of fold, by the number of inputs",
        title_justify="left",
        box=SIMPLE_HEAD,
    )
    for heading in ("features", *LABELS.values(), "log-loss over the best"):
        table.add_column(heading, justify="right", no_wrap=True)
    for point in selection.points:
        over = f"{point.over_best['value']:.5f} {'real' if point.worse else ''}"
        style = "bold" if point.inputs == selection.inputs else ""
        cells = [_cell(point.figures[name]) for name in FIGURES]
        table.add_row(str(point.inputs), f"{point.features:.0f}", *cells, over, style=style)
    console.print(table)
    console.print(f"Settled on {selection.inputs} inputs, {len(names)} features. The fewest inputs whose log-loss is "
                  f"not worse than the best for real: {selection.fewest}.")  # fmt: skip
    console.print("The best: " + ", ".join(names[:10]) + ".")


def _cell(figure: Mapping[str, float]) -> str:
    return f"{figure['value']:.4f} ({figure['low']:.4f} to {figure['high']:.4f})"


def picture(selection: Selection) -> bytes:
    """PNG: cost and AUC out of fold against the number of inputs, with intervals."""
    inputs = [point.inputs for point in selection.points]
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(1, 2, figsize=(10, 4))
        for one, name in zip(axes, ("cost_per_applicant", "roc_auc"), strict=True):
            low, value, high = np.array(
                [
                    [point.figures[name][key] for key in ("low", "value", "high")]
                    for point in selection.points
                ]
            ).T
            one.fill_between(inputs, low, high, color=GREY, alpha=0.25, label="95 % interval")
            one.plot(inputs, value, "o-", ms=4, color=BLUE)
            one.axvline(selection.inputs, color=INK, ls=":", label=f"settled on {selection.inputs}")
            one.set(xlabel="inputs at most", ylabel=f"{LABELS[name]}, out of fold")
            one.legend()
        return to_png(figure)
