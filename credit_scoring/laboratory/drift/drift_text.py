"""The comparison of two tables as a table on screen."""

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape

from credit_scoring.laboratory.drift.compare_tables import ColumnDrift, DriftReport
from credit_scoring.laboratory.drift.drift_words import column_sentences, findings, verdict
from credit_scoring.report_table import ReportTable, plain_cell
from credit_scoring.tables.table_errors import count_phrase

MAX_ROWS = 15  # columns without drift that are shown


def print_drift(report: DriftReport, console: Console, *, every_column: bool = False) -> None:
    """Print the compared columns, worst first, what was not compared, and the verdict."""
    for table in report.tables:
        console.print(
            f"{table.sources['current']} ({count_phrase(table.rows[1], 'row', 'rows')}) against "
            f"{table.sources['reference']} ({count_phrase(table.rows[0], 'row', 'rows')})",
            markup=False, highlight=False,
        )  # fmt: skip
    rows = [column for _, column in report.columns]
    shown = rows if every_column else rows[: len(report.drifting) + MAX_ROWS]
    if shown:
        console.print(_grid(shown))
    if len(shown) < len(rows):
        console.print(f"{len(rows) - len(shown)} more columns without drift: --all shows them.")
    _print_remarks(report, console)
    style = "bold red" if report.drifts else "bold green"
    console.print(f"{verdict(report)}.", style=style, highlight=False)
    for line in findings(report):
        console.print(line, markup=False, highlight=False)


def _grid(columns: list[ColumnDrift]) -> ReportTable:
    grid = ReportTable("Columns, largest drift first", "column", box=SIMPLE)
    for heading in ("PSI", "by\nchance", "missing\nbefore", "now"):
        grid.add_column(heading, justify="right")
    grid.add_column("")
    for column in columns:
        drift = column.drift
        grid.add_row(
            plain_cell(drift.name),
            f"{drift.psi:.3f}",
            f"{drift.psi_limit:.3f}",
            f"{drift.reference_missing_share:.1%}",
            f"{drift.missing_share:.1%}",
            plain_cell(" ".join(column_sentences(column))) if column.drifts else "",
            style="red" if column.drifts else "",
        )
    return grid


def _print_remarks(report: DriftReport, console: Console) -> None:
    for table in report.tables:
        texts: dict[str, list[str]] = {}
        for remark in table.remarks:
            texts.setdefault(remark.text, []).append(remark.column)
        if texts:
            console.print(f"Not compared{table.name and f' in {table.name}'}:")
        for text, names in texts.items():
            console.print(f"  {escape(', '.join(map(plain_cell, names)))}: {plain_cell(text)}")
