"""`python model.py retain`."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from credit_scoring.commands.decision_log_options import DryRun, open_decision_log, print_erasure


def retain(
    days: Annotated[
        int,
        typer.Option(min=1, max=36_500, help="Age in days from which personal data are erased."),
    ],
    dry_run: DryRun = False,
) -> None:
    """Erase the personal data of decisions older than a number of days. This cannot be undone.

    Run it once a day; the server may keep running. The fact that a decision was made stays, as
    with erase.
    """
    from credit_scoring.decisions.erase import retain as erase_older
    from credit_scoring.progress import Progress

    since = datetime.now(UTC) - timedelta(days=days)
    title = f"Searching decisions before {since:%Y-%m-%d %H:%M} UTC"
    with open_decision_log() as engine, Progress().step(title) as report:
        counts = erase_older(engine, since=since, dry_run=dry_run, report=report)
    print_erasure(counts, dry_run=dry_run)
