"""`python model.py replay`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.decision_log import opened

if TYPE_CHECKING:
    from credit_scoring.decisions.replay import Replayed

MOST = 20  # differences that are shown; all are counted


def replay(
    bundle: Annotated[
        list[Path] | None, typer.Option(help="Folder of a bundle that decided. Repeatable. models/latest if not said.")
    ] = None,
) -> None:
    """Decide again on every stored decision, with its own model and inputs; exit code 1 where a bit differs."""
    from credit_scoring.bundle.read import read_bundle
    from credit_scoring.decisions.log import DecisionLog
    from credit_scoring.decisions.replay import Difference, Replay
    from credit_scoring.progress import Progress

    shown: list[Difference] = []

    def tell(difference: Difference) -> None:
        if len(shown) < MOST:
            shown.append(difference)

    with opened() as engine:
        again = Replay([read_bundle(folder) for folder in bundle or [Path("models/latest")]])
        with Progress().step("Replaying decisions") as report:
            found = again.run(DecisionLog(engine), tell, report)
    for difference in shown:
        typer.secho(str(difference), fg=typer.colors.RED)
    summary(found)
    if found.differing:
        raise typer.Exit(1)


def summary(found: "Replayed") -> None:
    """What came out the same, what did not, and what could not be replayed."""
    typer.echo(f"{found.same:,} decisions came out the same, bit for bit; {found.differing:,} differ.")
    if found.erased:
        typer.echo(f"{found.erased:,} could not be replayed: their inputs were erased.")
    for digest, count in found.unknown.items():
        typer.echo(f"{count:,} could not be replayed: give the bundle whose model.pkl has SHA-256 {digest}.")
