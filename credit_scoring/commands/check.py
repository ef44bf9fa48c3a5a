"""`python model.py check`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from credit_scoring.commands.common_options import DATA, UNKNOWN, said_plainly


def check(
    data: Annotated[Path, DATA],
    columns: Annotated[
        bool, typer.Option("--columns", help="Show every column, not only those worth a look.")
    ] = False,
    ignore_unknown: Annotated[bool, UNKNOWN] = False,
) -> None:
    """Look at data before training: what is there, what is missing, everything wrong at once (then exit code 1)."""
    with said_plainly(data):
        from rich.console import Console

        from credit_scoring.progress import Progress
        from credit_scoring.settings import load_settings
        from credit_scoring.tables.data_report import few_of_a_class, show
        from credit_scoring.tables.read_tables import open_set
        from credit_scoring.training.train import MIN_CLASS_ROWS

        cache = load_settings(os.environ).cache_path
        with Progress().step("Reading and checking the tables"):
            tables = open_set(
                data, cache=cache, checked=True, ignore_unknown=ignore_unknown, anew=True
            )
        tables.problems += few_of_a_class(tables, MIN_CLASS_ROWS)
        show(tables, Console(), every_column=columns)
    if tables.problems:
        raise typer.Exit(1)
