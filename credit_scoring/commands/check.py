"""`python model.py check`."""

import os
from typing import Annotated

import typer

from credit_scoring.commands.common_options import DataPath, IgnoreUnknown, exit_on_error


def check(
    data: DataPath,
    columns: Annotated[
        bool, typer.Option("--columns", help="Show every column, not only the noteworthy ones.")
    ] = False,
    ignore_unknown: IgnoreUnknown = False,
) -> None:
    """Check data before training: contents, missing values, problems (exit code 1 if any)."""
    with exit_on_error(data):
        from credit_scoring.progress import Progress
        from credit_scoring.report_table import report_console
        from credit_scoring.settings import load_settings
        from credit_scoring.tables.data_report import class_size_problems, print_data_report
        from credit_scoring.tables.table_set import open_table_set
        from credit_scoring.training.folds import MIN_CLASS_ROWS

        cache = load_settings(os.environ).cache_path
        with Progress().step("Reading and checking the tables"):
            tables = open_table_set(
                data, cache=cache, checked=True, ignore_unknown=ignore_unknown, recheck=True
            )
        tables.problems += class_size_problems(tables, MIN_CLASS_ROWS)
        print_data_report(tables, report_console(), every_column=columns)
    if tables.problems:
        raise typer.Exit(1)
