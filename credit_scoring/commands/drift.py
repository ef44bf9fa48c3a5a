"""`python model.py drift`."""

import json
from collections.abc import Collection
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.common_options import (
    IgnoreUnknown,
    exit_on_error,
    invoked_command,
    make_read_options,
    require_distinct_files,
)

if TYPE_CHECKING:
    from credit_scoring.laboratory.drift.compare_tables import DriftReport
    from credit_scoring.tables.read_tables import ReadOptions

ERROR_EXIT_CODE = 2  # 1 means drift, as diff exits with 1 for a difference and 2 for an error


def drift(
    reference: Annotated[
        Path,
        typer.Option(
            help="The earlier table: CSV or Parquet, one row per loan; or a folder or zip of "
            "tables like Home Credit's."
        ),
    ],
    current: Annotated[Path, typer.Option(help="The table or folder to compare with it.")],
    target: Annotated[
        str,
        typer.Option(
            help="Column with the outcome, tested for a prior shift; by default a column named "
            "target or default."
        ),
    ] = "",
    ignore: Annotated[
        list[str] | None, typer.Option(help="Column to leave out. Repeatable.")
    ] = None,
    every_column: Annotated[
        bool, typer.Option("--all", help="Show every column, not only the largest differences.")
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the report as JSON to this file.")
    ] = None,
    html_file: Annotated[
        Path | None, typer.Option("--html", help="Write the report as one HTML page to this file.")
    ] = None,
    evidently_file: Annotated[
        Path | None,
        typer.Option(
            "--evidently",
            help="Write Evidently's own report to this HTML file, of folders on the application "
            "tables. Requires make evidently.",
        ),
    ] = None,
    ignore_unknown: IgnoreUnknown = False,
) -> None:
    """Find drift between two tables, or two folders of tables, column by column.

    No model and no decision log is needed. The exit code is 0 without drift, 1 with drift, 2 for an
    error or if no column could be compared. A column drifts if its PSI is 0.1 or more, above what
    chance explains with these numbers of rows, and significant over all columns
    (Benjamini-Hochberg, 5 %). A column that is gone or has another type, and a default rate that
    has changed, count as drift too.

    Two folders: every table that both have is compared, with the rows of the folder's own
    applicants (application_train if there is one, else application_test). The same folder twice
    compares its train with its test applicants. Features are not computed.
    """
    with exit_on_error("nothing", code=ERROR_EXIT_CODE):
        outputs = {"--json": json_file, "--html": html_file, "--evidently": evidently_file}
        require_distinct_files({"--reference": reference, "--current": current}, outputs)
        options = make_read_options(ignore_unknown)
        report = compare(reference, current, options, target or None, ignore or (), evidently_file)
        write_reports(report, json_file, html_file)
        show(report, every_column=every_column)
    if report.drifts:
        raise typer.Exit(1)


def compare(
    reference: Path,
    current: Path,
    options: "ReadOptions",
    target: str | None,
    ignored: Collection[str],
    evidently_file: Path | None,
) -> "DriftReport":
    """Compare the tables, and write Evidently's report if a file for it is given."""
    from credit_scoring.laboratory.drift.compare_tables import compare_pairs
    from credit_scoring.laboratory.drift.evidently_report import (
        require_evidently,
        write_evidently_report,
    )
    from credit_scoring.laboratory.drift.table_pairs import open_pairs
    from credit_scoring.progress import Progress

    python = require_evidently() if evidently_file is not None else None
    progress = Progress()
    with ExitStack() as opened:
        with progress.step("Reading the tables"):
            pairs = opened.enter_context(open_pairs(reference, current, options, target))
        with progress.step("Comparing the columns") as report_progress:
            report = compare_pairs(pairs, ignored, report_progress)
        if evidently_file is not None and python is not None:
            columns = [column.counts for column in report.tables[0].columns]
            with progress.step("Writing Evidently's report"):
                write_evidently_report(pairs[0], columns, evidently_file, python)
    return report


def write_reports(report: "DriftReport", json_file: Path | None, html_file: Path | None) -> None:
    """Write the report as JSON and as a page, to the files that are given."""
    from credit_scoring.files import write_atomically
    from credit_scoring.laboratory.drift.drift_page import write_drift_page

    if json_file is not None:
        write_atomically(json_file, json.dumps(report.as_dict(), indent=2) + "\n")
    if html_file is not None:
        made_at = datetime.now(UTC).isoformat()
        page = write_drift_page(report, made_at=made_at, command=invoked_command())
        write_atomically(html_file, page)


def show(report: "DriftReport", *, every_column: bool) -> None:
    """Print the report; TableError if no column could be compared."""
    from credit_scoring.errors import TableError
    from credit_scoring.laboratory.drift.drift_text import print_drift
    from credit_scoring.report_table import report_console

    print_drift(report, report_console(), every_column=every_column)
    if not (report.columns or report.drifts or report.has_outcomes):
        raise TableError("no column could be compared, for the reasons above")
