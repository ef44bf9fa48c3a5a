"""How a command has its run tracked: the option, and where a person reads what became of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from credit_scoring.tracking.tracked_run import Run
    from credit_scoring.training.train import Result

TRACK = typer.Option(
    "--track/--no-track", help="Remember the run in MLflow, where that is installed."
)


@contextmanager
def tracked(kind: str, *, wanted: bool, bundle: Path | None = None) -> Iterator["Run"]:
    """Around a command's work: a run to tell what was chosen and what came out; remembered when the block ends well.

    `bundle` is the folder of the bundle that the command leaves, if any: the run then tells all about it.
    """
    from credit_scoring.settings import load_settings
    from credit_scoring.tracking.record import tracked as remembered

    say = partial(typer.echo, err=True)
    with remembered(kind, load_settings(os.environ), say, wanted=wanted, bundle=bundle) as run:
        yield run


def pictures_of_training(folder: Path, result: "Result", seed: int) -> dict[str, bytes]:
    """What a tracked training shows besides its bundle's own pictures: SHAP on its applicants, decisions held out."""
    from credit_scoring.laboratory.explanation import explain_model
    from credit_scoring.laboratory.score_dataset import open_bundle
    from credit_scoring.training.plots import confusion_matrix

    found = explain_model.contributions(
        open_bundle(folder), explain_model.drawn(result.features, seed)
    )
    drawn = {f"shap/{name}": content for name, content in explain_model.pictures(found).items()}
    return {**drawn, "confusion_matrix.png": confusion_matrix(result.metrics["held_out"])}
