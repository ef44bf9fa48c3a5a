"""The report of a selection: the feature list with reasons, the curve as table, CSV and plot."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from rich.box import SIMPLE_HEAD
from rich.console import Console

from credit_scoring.laboratory.paired_bootstrap import format_interval
from credit_scoring.laboratory.selection.rank_features import DUPLICATE, KEPT, NOISE
from credit_scoring.laboratory.selection.select_features import (
    METRICS,
    CurvePoint,
    Selection,
    names_within,
)
from credit_scoring.report_table import ReportTable
from credit_scoring.training import figures
from credit_scoring.training.cross_validation import LearningTask
from credit_scoring.training.feature_list_file import FeatureList, ListedFeature

MAX_DROPPED = 25  # listed features per reason for dropping them
LABELS = {"cost_per_applicant": "cost per applicant", "roc_auc": "AUC", "log_loss": "log-loss"}
RankingRow = dict[str, Any]  # with the rank, and the number of folds that chose the feature


def make_feature_list(
    task: LearningTask,
    selection: Selection,
    provenance: Mapping[str, Any],
    drifting: Mapping[str, float] | None = None,
) -> FeatureList:
    """Return the features to serve, best first, and those near the cut, with their reasons.

    `drifting` has the PSI of the features that were left out because they drift.
    """
    chosen = set(names_within(task, selection.ranking, selection.inputs))
    fold_counts = Counter(
        name
        for ranking in selection.fold_rankings
        for name in names_within(task, ranking, selection.inputs)
    )
    rows = _ranking_rows(selection, fold_counts)
    kept = [row for row in rows if row["name"] in chosen]
    past_cut = [row for row in rows if row["verdict"] == KEPT and row["name"] not in chosen]
    dropped = [
        *past_cut[:MAX_DROPPED],
        *_most_important(rows, DUPLICATE),
        *_most_important(rows, NOISE),
    ]
    choice = {"inputs": selection.inputs, "out_of_fold": _rounded_metrics(selection)}
    return FeatureList(
        features=_listed(kept, _why_kept),
        dropped=(
            *_listed(dropped, partial(_why_dropped, selection.inputs)),
            *_listed_drifting(drifting or {}),
        ),
        provenance={**provenance, **choice},
    )


def _listed(
    rows: Sequence[RankingRow], reason: Callable[[RankingRow], str]
) -> tuple[ListedFeature, ...]:
    return tuple(ListedFeature(row["name"], reason(row), _figures(row)) for row in rows)


def _listed_drifting(drifting: Mapping[str, float]) -> tuple[ListedFeature, ...]:
    reason = "drifts: left out for its PSI between the halves of the period"
    return tuple(
        ListedFeature(name, reason, {"psi": _rounded(psi)}) for name, psi in drifting.items()
    )


def _ranking_rows(selection: Selection, fold_counts: Mapping[str, int]) -> list[RankingRow]:
    columns = {name: values.tolist() for name, values in selection.ranking.items()}
    return [
        {"rank": rank, **dict(zip(columns, values, strict=True)), "folds": fold_counts[values[0]]}
        for rank, values in enumerate(zip(*columns.values(), strict=True), 1)
    ]


def _rounded_metrics(selection: Selection) -> dict[str, Any]:
    point = next(point for point in selection.points if point.inputs == selection.inputs)
    return {
        name: {key: round(value, 5) for key, value in point.figures[name].items()}
        for name in METRICS
    }


def _most_important(rows: Sequence[RankingRow], verdict: str) -> list[RankingRow]:
    matching = [row for row in rows if row["verdict"] == verdict]
    return sorted(matching, key=lambda row: -row["importance"])[:MAX_DROPPED]


def _why_kept(row: RankingRow) -> str:
    return (
        f"rank {row['rank']}: {100 * row['importance']:.2f} % of the gain out of fold, log-loss "
        f"{row['permutation']:+.5f} if its values are shuffled, {_gain_over_noise(row)} its gain "
        "with a shuffled outcome"
    )


def _why_dropped(inputs: int, row: RankingRow) -> str:
    if row["verdict"] == DUPLICATE:
        correlation = row["correlation"]
        return f"duplicate of {row['twin']}, which gains more (rank correlation {correlation:.3f})"
    if row["verdict"] == NOISE:
        return f"no better than noise: {_gain_over_noise(row)} its gain with a shuffled outcome"
    return f"rank {row['rank']}: better than noise, but past the cut at {inputs} inputs"


def _gain_over_noise(row: RankingRow) -> str:
    return f"{row['gain'] / row['noise']:.1f} times" if row["noise"] > 0 else "far more than"


def _figures(row: RankingRow) -> dict[str, float]:
    if row["verdict"] == DUPLICATE:
        return {name: _rounded(row[name]) for name in ("importance", "correlation")}
    names = ("importance", "permutation", "gain", "noise")
    figures = {name: _rounded(row[name]) for name in names}
    return {"rank": row["rank"], "folds": row["folds"], **figures}


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def as_csv(points: Sequence[CurvePoint]) -> str:
    """Return the curve, one line per limit of inputs, with `_low` and `_high` of each metric."""
    text = io.StringIO()
    headings = [f"{name}{end}" for name in METRICS for end in ("", "_low", "_high")]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["inputs", "features", *headings, "worse"])
    for point in points:
        values = [point.figures[name][key] for name in METRICS for key in ("value", "low", "high")]
        writer.writerow([point.inputs, point.features, *values, point.worse])
    return text.getvalue()


def print_selection(selection: Selection, names: Sequence[str], console: Console) -> None:
    """Print the curve, the chosen limit, and the best features."""
    title = "Out of fold, by the number of inputs"
    table = ReportTable(title, "inputs", box=SIMPLE_HEAD)
    for heading in ("features", *LABELS.values(), "log-loss over the best"):
        table.add_column(heading, justify="right")
    for point in selection.points:
        over_best = f"{point.over_best['value']:.5f} {'real' if point.worse else ''}"
        style = "bold" if point.inputs == selection.inputs else ""
        cells = [format_interval(point.figures[name]) for name in METRICS]
        table.add_row(str(point.inputs), f"{point.features:.0f}", *cells, over_best, style=style)
    console.print(table)
    console.print(
        f"Chosen: {selection.inputs} inputs, {len(names)} features. The fewest inputs whose "
        f"log-loss is not significantly worse than the best: {selection.fewest}."
    )
    console.print(f"The best: {', '.join(names[:10])}.")


def plot_selection(selection: Selection) -> bytes:
    """Return a PNG of out-of-fold cost and AUC by the number of inputs, with intervals."""
    inputs = [point.inputs for point in selection.points]
    with figures.figure_style():
        figure, panels = plt.subplots(1, 2, figsize=(10, 4))
        for axes, name in zip(panels, ("cost_per_applicant", "roc_auc"), strict=True):
            intervals = [point.figures[name] for point in selection.points]
            low, value, high = (
                np.array([interval[key] for interval in intervals])
                for key in ("low", "value", "high")
            )
            axes.fill_between(
                inputs, low, high, color=figures.GREY, alpha=0.25, label="95 % interval"
            )
            axes.plot(inputs, value, "o-", ms=4, color=figures.BLUE)
            axes.axvline(
                selection.inputs, color=figures.INK, ls=":", label=f"chosen: {selection.inputs}"
            )
            axes.set(xlabel="maximum number of inputs", ylabel=f"{LABELS[name]}, out of fold")
        figures.add_legend(figure)
        return figures.to_png(figure)
