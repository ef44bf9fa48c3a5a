"""The comparison of two tables as a self-contained HTML page."""

from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from credit_scoring.charts.share_charts import shares
from credit_scoring.laboratory.drift.compare_tables import (
    ERROR_LEVEL,
    ColumnDrift,
    DriftReport,
    TableDrift,
)
from credit_scoring.laboratory.drift.drift_words import column_sentences, findings, verdict
from credit_scoring.laboratory.drift.table_pairs import SIDES
from credit_scoring.laboratory.html_report.render import render_page
from credit_scoring.monitoring.bin_labels import MISSING
from credit_scoring.monitoring.drift.results import MODERATE_PSI

TEMPLATE = Path(__file__).with_name("drift.html.jinja")
MAX_CARDS = 24  # columns with a large chart
CARDS_WITHOUT_DRIFT = 4  # the largest differences if nothing drifts
MAX_BARS = 14  # of a category: the levels with the largest shares


class Bar(NamedTuple):
    """A bin of a large chart: its shares, and the share that fills the chart's width."""

    label: str
    reference: float
    current: float
    top: float


def write_drift_page(report: DriftReport, *, made_at: str, command: str = "") -> str:
    """The page; `made_at` is a time in ISO format, `command` what was typed."""
    return render_page(
        TEMPLATE,
        report=report,
        heading=_heading(report),
        verdict=verdict(report),
        findings=list(findings(report)),
        worst=_worst(report),
        made_at=made_at,
        command=command,
        tag=_tag,
        rows=_bars,
        sentences=column_sentences,
        psi_limit=MODERATE_PSI,
        error_level=ERROR_LEVEL,
        weighted=any(table.effective_rows for table in report.tables),
    )


def _heading(report: DriftReport) -> str:
    """The names of the two files, or of the first tables' folders."""
    current, reference = (Path(report.tables[0].sources[side]) for side in reversed(SIDES))
    if report.tables[0].name:
        return f"{len(report.tables)} tables: {current.stem} against {reference.stem}"
    return f"{current.name} against {reference.name}"


def _worst(report: DriftReport) -> list[tuple[TableDrift, ColumnDrift]]:
    return report.columns[: min(len(report.drifting), MAX_CARDS) or CARDS_WITHOUT_DRIFT]


def _tag(column: ColumnDrift) -> Markup:
    """A word on the column, coloured."""
    if column.drifts:
        return _coloured("bad", f"{column.drift.band} drift")
    if column.drift.psi >= MODERATE_PSI:
        return _coloured("warn", "within chance")
    return _coloured("good", "no drift")


def _coloured(css_class: str, text: str) -> Markup:
    return Markup('<span class="tag {}">{}</span>').format(css_class, text)


def _bars(column: ColumnDrift) -> list[Bar]:
    """The bins in order; of a category with many levels the most frequent and the others' sum."""
    counts = column.counts
    before, after = shares(counts.reference), shares(counts.current)
    top = max([*before, *after]) or 1.0
    bars = [
        Bar(label, then, now, top)
        for label, then, now in zip(counts.labels, before, after, strict=True)
        if label != MISSING or then or now
    ]
    if counts.kind == "number":
        return bars
    bars.sort(key=lambda bar: -max(bar.reference, bar.current))
    rest = bars[MAX_BARS:]
    if not rest:
        return bars
    sums = (sum(bar.reference for bar in rest), sum(bar.current for bar in rest))
    return [*bars[:MAX_BARS], Bar(f"{len(rest)} others", *sums, max(top, *sums))]
