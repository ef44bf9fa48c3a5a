"""The report of a comparison: tables on screen, CSV, JSON, and the verdict in words."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from credit_scoring.laboratory.comparison.candidates import MODELS, SERVED, STRATEGIES, Candidate
from credit_scoring.laboratory.comparison.compare_models import COST, METRICS, ComparisonRow
from credit_scoring.laboratory.paired_bootstrap import format_interval
from credit_scoring.report_table import ReportTable

LABELS = {
    "roc_auc": "AUC", "pr_auc": "PR AUC", "log_loss": "log-loss", "brier": "Brier",
    "recall": "recall", "precision": "precision", "f1": "F1", "ks": "KS",
    "refused_share": "refused",
}  # fmt: skip
METHOD_NOTE = (
    "All probabilities are calibrated, and all thresholds chosen, on out-of-fold predictions of "
    "the training rows. Intervals are 95 %, over the same bootstrap samples of the applicants for "
    "all models. Training is the CPU seconds of a fit with its calibration and threshold, "
    "prediction the milliseconds for 1,000 applicants."
)
EMPTY_DIFFERENCE = {"value": "", "low": "", "high": "", "real": ""}


def as_dict(
    rows: Sequence[ComparisonRow],
    unavailable: Mapping[str, Sequence[Candidate]],
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the content of comparison.json."""
    return {
        "verdict": verdict(rows),
        "facts": dict(facts),
        "absent": {
            package: [candidate.name for candidate in candidates]
            for package, candidates in unavailable.items()
        },
        "rows": [_json_row(row) for row in rows],
    }


def _json_row(row: ComparisonRow) -> dict[str, Any]:
    values = dict(vars(row))
    candidate = values.pop("candidate")
    return {"name": candidate.name, **vars(candidate), **values}


def as_csv(rows: Sequence[ComparisonRow]) -> str:
    """Return one line per candidate, the cheapest first, with `_low` and `_high` of each metric."""
    lines = [_csv_row(row) for row in rows]
    text = io.StringIO()
    writer = csv.DictWriter(text, lines[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def _csv_row(row: ComparisonRow) -> dict[str, Any]:
    cells: dict[str, Any] = dict(vars(row.candidate))
    for name in METRICS:
        cells |= _interval_cells(name, row.figures[name])
    cells |= _interval_cells("over_best", row.over_best or EMPTY_DIFFERENCE)
    cells |= _interval_cells("over_served", row.over_served or EMPTY_DIFFERENCE)
    return cells | {
        "threshold": row.threshold,
        "train_seconds": row.train_seconds,
        "predict_ms": row.predict_ms,
    }


def _interval_cells(name: str, interval: Mapping[str, Any]) -> dict[str, Any]:
    return {name if key == "value" else f"{name}_{key}": value for key, value in interval.items()}


def verdict(rows: Sequence[ComparisonRow]) -> str:
    """Return whether the served model is the cheapest and, if not, whether that is significant."""
    best = rows[0]
    served = _served_row(rows)
    if best is served:
        return f"The served model ({best.candidate.title}) costs least."
    if served is None or served.over_best is None:
        return f"{best.candidate.title} costs least."
    over = served.over_best
    significance = ": a real difference" if over["real"] else ", which may be chance"
    return (
        f"{best.candidate.title} costs least. The served model ({served.candidate.title}) costs "
        f"{over['value']:.4f} more per applicant ({over['low']:.4f} to {over['high']:.4f})"
        f"{significance}."
    )


def _served_row(rows: Sequence[ComparisonRow]) -> ComparisonRow | None:
    return next((row for row in rows if row.candidate.name == SERVED), None)


def unavailable_lines(unavailable: Mapping[str, Sequence[Candidate]]) -> list[str]:
    """Return a line per missing package: the candidates left out, and the remedy."""
    return [
        f"{package} is not installed, so {_titles(candidates)} are left out: "
        "pip install -r requirements-lab.txt"
        for package, candidates in unavailable.items()
    ]


def _titles(candidates: Sequence[Candidate]) -> str:
    return ", ".join(
        f"{MODELS[candidate.model].title} ({STRATEGIES[candidate.strategy].title})"
        for candidate in candidates
    )


def print_comparison(rows: Sequence[ComparisonRow], console: Console) -> None:
    """Print the candidates' costs, their other metrics, and the verdict."""
    costs = _table(
        "Cost per applicant, the cheapest first",
        ("cost", "more than the best", "more than the served model"),
    )
    metrics = _table("Other metrics", (*LABELS.values(), "threshold", "train s", "predict ms"))
    for row in rows:
        style = "bold" if row.candidate.name == SERVED else ""
        differences = (_difference_text(row.over_best), _difference_text(row.over_served))
        cost = format_interval(row.figures[COST])
        costs.add_row(row.candidate.title, cost, *differences, style=style)
        values = [f"{row.figures[name]['value']:.3f}" for name in LABELS]
        times = (f"{row.threshold:.4f}", f"{row.train_seconds:.1f}", f"{row.predict_ms:.1f}")
        metrics.add_row(row.candidate.title, *values, *times, style=style)
    console.print(costs, metrics)
    console.print(METHOD_NOTE, verdict(rows), sep="\n")


def _table(title: str, headings: Sequence[str]) -> Table:
    table = ReportTable(title, "", box=SIMPLE_HEAD)
    for heading in headings:
        table.add_column(heading, justify="right")
    return table


def _difference_text(difference: Mapping[str, Any] | None) -> str:
    if difference is None:
        return ""
    return f"{format_interval(difference)} {'real' if difference['real'] else 'chance?'}"
