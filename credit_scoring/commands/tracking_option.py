"""The option --track, and the context in which a command's run is recorded in MLflow."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from credit_scoring.tracking.tracked_run import TrackedRun
    from credit_scoring.training.train import TrainingResult

TrackOption = Annotated[
    bool, typer.Option("--track/--no-track", help="Record the run in MLflow, if it is installed.")
]


@contextmanager
def track_run(kind: str, *, enabled: bool, bundle: Path | None = None) -> Iterator["TrackedRun"]:
    """A run that the command fills; it is recorded if the block ends without an error.

    `bundle` is the folder of the bundle that the command writes, if any; the run includes it.
    """
    from credit_scoring.progress import Progress
    from credit_scoring.settings import load_settings
    from credit_scoring.tracking.record_run import record_run

    settings = load_settings(os.environ)
    echo = partial(typer.echo, err=True)
    with record_run(kind, settings, echo, Progress(), enabled=enabled, bundle=bundle) as run:
        yield run


def training_plots(folder: Path, result: "TrainingResult", seed: int) -> dict[str, bytes]:
    """Plots that only a tracked training has: SHAP on its applicants, the confusion matrix."""
    from credit_scoring.laboratory.explanation.contributions import (
        compute_contributions,
        sample_applicants,
    )
    from credit_scoring.laboratory.explanation.shap_plots import draw_shap_plots
    from credit_scoring.laboratory.score_dataset import load_verified_bundle
    from credit_scoring.training.plots import plot_confusion_matrix

    sample = sample_applicants(result.features, seed)
    contributions = compute_contributions(load_verified_bundle(folder), sample)
    plots = {f"shap/{name}": png for name, png in draw_shap_plots(contributions).items()}
    return {**plots, "confusion_matrix.png": plot_confusion_matrix(result.metrics["held_out"])}
