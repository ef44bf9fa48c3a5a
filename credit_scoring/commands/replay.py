"""`python model.py replay`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.decision_log_options import count_of, open_decision_log

if TYPE_CHECKING:
    from credit_scoring.decisions.replay import ReplayCounts

MAX_DIFFERENCES = 20  # shown; all are counted


def replay(
    bundle: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder of a bundle that made decisions, by default the served one. Repeatable."
        ),
    ] = None,
) -> None:
    """Repeat every stored decision with its own model and inputs.

    Exit code 1 if a result is not bit-for-bit identical.

    A decision differs if someone changed its row, or if this machine computes differently. Nothing
    is written.
    """
    from credit_scoring.decisions.decision_log import DecisionLog
    from credit_scoring.decisions.replay import Difference, Replayer
    from credit_scoring.progress import Progress
    from credit_scoring.scoring.verify_bundle import read_verified_bundle
    from credit_scoring.settings import load_settings

    differences: list[Difference] = []

    def add_difference(difference: Difference) -> None:
        if len(differences) < MAX_DIFFERENCES:
            differences.append(difference)

    with open_decision_log() as engine:
        folders = bundle or [load_settings(os.environ).model_path]
        replayer = Replayer([read_verified_bundle(folder) for folder in folders])
        with Progress().step("Replaying decisions") as report:
            counts = replayer.run(DecisionLog(engine), add_difference, report)
    for difference in differences:
        typer.secho(str(difference), fg=typer.colors.RED)
    print_replay(counts)
    if counts.differing:
        raise typer.Exit(1)


def print_replay(counts: "ReplayCounts") -> None:
    """Print how many decisions were identical, differed, or could not be replayed."""
    typer.echo(
        f"{count_of(counts.same, 'decision')} came out the same, bit for bit; "
        f"{counts.differing:,} differ."
    )
    if counts.erased:
        typer.echo(f"{counts.erased:,} could not be replayed: their inputs were erased.")
    for digest, count in counts.unknown.items():
        typer.echo(
            f"{count:,} could not be replayed: "
            f"give the bundle (--bundle) whose model.pkl has SHA-256 {digest}."
        )
