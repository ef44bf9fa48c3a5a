"""`python model.py replay`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.decision_log_options import counted, opened

if TYPE_CHECKING:
    from credit_scoring.decisions.replay import ReplayCounts

MOST = 20  # differences that are shown; all are counted


def replay(
    bundle: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder of a bundle that decided; repeat it for each. The one that is served, if left out."
        ),
    ] = None,
) -> None:
    """Decide again on every stored decision, with its own model and inputs; exit code 1 where a bit differs.

    A row that somebody changed differs, and so does a machine that computes otherwise. Nothing is written.
    """
    from credit_scoring.bundle.read_bundle import read_bundle
    from credit_scoring.decisions.decision_log import DecisionLog
    from credit_scoring.decisions.replay import Difference, Replayer
    from credit_scoring.progress import Progress
    from credit_scoring.settings import load_settings

    shown: list[Difference] = []

    def tell(difference: Difference) -> None:
        if len(shown) < MOST:
            shown.append(difference)

    with opened() as engine:
        again = Replayer(
            [read_bundle(folder) for folder in bundle or [load_settings(os.environ).model_path]]
        )
        with Progress().step("Replaying decisions") as report:
            found = again.run(DecisionLog(engine), tell, report)
    for difference in shown:
        typer.secho(str(difference), fg=typer.colors.RED)
    summary(found)
    if found.differing:
        raise typer.Exit(1)


def summary(found: "ReplayCounts") -> None:
    """What came out the same, what did not, and what could not be replayed."""
    typer.echo(
        f"{counted(found.same, 'decision')} came out the same, bit for bit; {found.differing:,} differ."
    )
    if found.erased:
        typer.echo(f"{found.erased:,} could not be replayed: their inputs were erased.")
    for digest, count in found.unknown.items():
        typer.echo(
            f"{count:,} could not be replayed: give the bundle (--bundle) whose model.pkl has SHA-256 {digest}."
        )
