"""What the commands on the decision log share: opening its database, and printing an erasure."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.common_options import exit_on_error

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from credit_scoring.bundle.read_bundle import Bundle
    from credit_scoring.decisions.erase import ErasureCounts

DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only show what would be erased; change nothing.")
]


@contextmanager
def open_decision_log(error_code: int = 1) -> Iterator["Engine"]:
    """The database of the settings. It must exist and be current: it is not created or migrated.

    `error_code` is the exit code of an error in the block.
    """
    from credit_scoring.database.engine import open_database
    from credit_scoring.database.migrate import require_current
    from credit_scoring.settings import load_settings

    with exit_on_error("every decision not processed yet", error_code):
        url = load_settings(os.environ).database_url
        engine = open_database(url, create=False, limited=False)
        try:
            require_current(engine, exactly=True)
            yield engine
        finally:
            engine.dispose()


def read_served_bundle(engine: "Engine") -> "Bundle":
    """The deployed bundle if the model store has it, else that in CREDIT_SCORING_MODEL_PATH."""
    from credit_scoring.deployments.deployed_bundle import read_deployed_bundle
    from credit_scoring.scoring.verify_bundle import read_verified_bundle
    from credit_scoring.settings import load_settings

    settings = load_settings(os.environ)
    return read_deployed_bundle(engine, settings) or read_verified_bundle(settings.model_path)


def print_erasure(counts: "ErasureCounts", *, dry_run: bool) -> None:
    """Print what was erased, or would be."""
    typer.echo(
        f"{'Would erase' if dry_run else 'Erased'} "
        f"the personal data of {count_of(counts.decisions, 'decision')}, "
        f"the text of {count_of(counts.reviews, 'review')}, "
        f"{count_of(counts.answers, 'stored answer')} "
        f"and {count_of(counts.shadow_scores, 'score')} of challengers."
    )


def count_of(number: int, noun: str) -> str:
    """A number and its noun: "1 decision", "2,000 decisions"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
