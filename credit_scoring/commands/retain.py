"""`python model.py retain`."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from credit_scoring.commands.decision_log_options import DRY_RUN, opened, say


def retain(
    days: Annotated[
        int,
        typer.Option(min=1, max=36_500, help="Age in days from which personal data are erased."),
    ],
    dry_run: Annotated[bool, DRY_RUN] = False,
) -> None:
    """Keep personal data of the decisions of the last days only; erase those of older ones. It cannot be undone.

    Run it once a day. That a decision was made stays, as with erase. The server may go on working meanwhile.
    """
    from credit_scoring.decisions.erase import retain as keep
    from credit_scoring.progress import Progress

    since = datetime.now(UTC) - timedelta(days=days)
    with (
        opened() as engine,
        Progress().step(f"Looking through decisions before {since:%Y-%m-%d %H:%M} UTC") as report,
    ):
        erased = keep(engine, since=since, dry_run=dry_run, report=report)
    say(erased, dry_run=dry_run)
