"""`python model.py replay`."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.decision_log_options import (
    count_of,
    open_decision_log,
    read_served_bundle,
)

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from credit_scoring.bundle.read_bundle import Bundle
    from credit_scoring.decisions.redecide import ChangedDecision
    from credit_scoring.decisions.replay import ReplayCounts

MAX_DIFFERENCES = 20  # shown; all are counted


def replay(
    bundle: Annotated[
        Path | None,
        typer.Option(
            help="Folder of another bundle: decide every stored request again under it, and show "
            "who would be decided differently."
        ),
    ] = None,
    made_by: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder of a bundle that made decisions, by default the deployed one, or else "
            "the one in CREDIT_SCORING_MODEL_PATH. Repeatable."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="With --bundle: file for the decisions that would change, .csv or .parquet. It "
            "holds applicants' ids."
        ),
    ] = None,
) -> None:
    """Repeat every stored decision with its own model and inputs, or under another bundle.

    Without --bundle: exit code 1 if a result is not bit-for-bit identical. A decision differs if
    someone changed its row, or if this machine computes differently.

    With --bundle: print how many decisions would change and why, and what the change would cost.

    The log is not changed.
    """
    if out is not None and bundle is None:
        raise typer.BadParameter("--out needs --bundle")
    with open_decision_log() as engine:
        if bundle is None:
            _repeat(engine, _own_bundles(engine, made_by))
        else:
            _decide_again(engine, bundle, _own_bundles(engine, made_by), out)


def _own_bundles(engine: "Engine", made_by: list[Path] | None) -> list["Bundle"]:
    """The bundles that made decisions."""
    from credit_scoring.scoring.verify_bundle import read_verified_bundle

    if not made_by:
        return [read_served_bundle(engine)]
    return [read_verified_bundle(folder) for folder in made_by]


def _repeat(engine: "Engine", bundles: list["Bundle"]) -> None:
    from credit_scoring.decisions.decision_log import DecisionLog
    from credit_scoring.decisions.replay import Difference, Replayer
    from credit_scoring.progress import Progress

    differences: list[Difference] = []

    def add_difference(difference: Difference) -> None:
        if len(differences) < MAX_DIFFERENCES:
            differences.append(difference)

    replayer = Replayer(bundles)
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
            f"give the bundle (--made-by) whose model.pkl has SHA-256 {digest}{_stored_at(digest)}."
        )


def _stored_at(digest: str) -> str:
    """The folder of a model in the model store, as the end of a message; "" if it has none."""
    from credit_scoring.bundle.model_store import ModelStore
    from credit_scoring.settings import load_settings

    store = ModelStore(load_settings(os.environ).model_store)
    folders = [
        store.folder / str(name) for name in store.names() if digest.startswith(name.version)
    ]
    return f", such as {folders[0]}" if folders else ""


def _decide_again(
    engine: "Engine", folder: Path, own_bundles: list["Bundle"], out: Path | None
) -> None:
    from credit_scoring.commands.redecision_text import print_redecision
    from credit_scoring.decisions.decision_log import DecisionLog
    from credit_scoring.decisions.redecide import Redecider
    from credit_scoring.decisions.stored_requests import stored_request_pages
    from credit_scoring.progress import Progress
    from credit_scoring.scoring.verify_bundle import read_verified_bundle

    bundle = read_verified_bundle(folder)
    redecider = Redecider(bundle, own_bundles)
    title = f"Deciding again under {folder}"
    with _changes_file(out) as add_change, Progress().step(title) as report:
        total = DecisionLog(engine).count()
        counts = redecider.run(stored_request_pages(engine), add_change, report, total)
    print_redecision(counts, bundle.manifest)
    if out is not None:
        typer.echo(f"{out} holds the decisions that would change, with applicants' ids.")


@contextmanager
def _changes_file(out: Path | None) -> Iterator[Callable[["ChangedDecision"], None]]:
    """A function that adds a decision to the file at `out`, if any."""
    from credit_scoring.commands.table_file import open_table
    from credit_scoring.decisions.redecide import COLUMNS

    if out is None:
        yield lambda _changed: None
        return
    with open_table(out, COLUMNS) as write:
        yield lambda changed: write(changed.as_row())
