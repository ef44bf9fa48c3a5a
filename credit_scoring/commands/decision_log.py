"""What the commands about the decision log have in common: opening it, and saying what was taken from it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from credit_scoring.commands.shared import said_plainly

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from credit_scoring.decisions.erase import Erased

DRY_RUN = typer.Option("--dry-run", help="Only say what would be erased; change nothing.")


@contextmanager
def opened() -> Iterator["Engine"]:
    """The database of the settings, whose tables must be up to date."""
    from credit_scoring.database.engine import open_database
    from credit_scoring.database.schema import prepare
    from credit_scoring.settings import load_settings

    with said_plainly("every decision not reached yet"):
        engine = open_database(load_settings(os.environ).database_url)
        try:
            prepare(engine)
            yield engine
        finally:
            engine.dispose()


def say(erased: "Erased", *, dry_run: bool) -> None:
    """What was, or would be, taken."""
    typer.echo(
        f"{'Would erase' if dry_run else 'Erased'} the personal data of {erased.decisions:,} decisions, "
        f"the text of {erased.reviews:,} reviews and {erased.answers:,} answers kept for repeated requests."
    )
