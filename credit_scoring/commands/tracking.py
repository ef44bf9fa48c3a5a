"""How a command has its run tracked: the option, and where a person reads what became of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from credit_scoring.tracking.run import Run

TRACK = typer.Option("--track/--no-track", help="Remember the run in MLflow, where that is installed.")


@contextmanager
def tracked(kind: str, *, wanted: bool, bundle: Path | None = None) -> Iterator["Run"]:
    """Around a command's work: a run to tell what was chosen and what came out; remembered when the block ends well.

    `bundle` is the folder of the bundle that the command leaves, if any: the run then tells all about it.
    """
    from credit_scoring.settings import load_settings
    from credit_scoring.tracking.log import tracked as remembered

    say = partial(typer.echo, err=True)
    with remembered(kind, load_settings(os.environ), say, wanted=wanted, bundle=bundle) as run:
        yield run
