"""What the commands about the decision log have in common: opening it, and saying what was taken from it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from credit_scoring.commands.common_options import said_plainly

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from credit_scoring.decisions.erase import ErasureCounts

DRY_RUN = typer.Option("--dry-run", help="Only say what would be erased; change nothing.")


@contextmanager
def opened() -> Iterator["Engine"]:
    """The database of the settings, which must be there and this program's: none is made or migrated on the way."""
    from credit_scoring.database.engine import open_database
    from credit_scoring.database.migrate import require_current
    from credit_scoring.settings import load_settings

    with said_plainly("every decision not reached yet"):
        engine = open_database(
            load_settings(os.environ).database_url, create=False, statement_timeout=False
        )
        try:
            require_current(engine, exactly=True)
            yield engine
        finally:
            engine.dispose()


def say(erased: "ErasureCounts", *, dry_run: bool) -> None:
    """What was, or would be, taken."""
    typer.echo(
        f"{'Would erase' if dry_run else 'Erased'} the personal data of {counted(erased.decisions, 'decision')}, "
        f"the text of {counted(erased.reviews, 'review')} and {counted(erased.answers, 'answer')} kept for repetitions."
    )


def counted(number: int, noun: str) -> str:
    """A number of things in words: "1 decision", "2,000 decisions"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
