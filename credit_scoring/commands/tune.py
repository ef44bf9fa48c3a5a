"""`python model.py tune`."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from credit_scoring.commands.common_options import (
    AllowedAttributes,
    DataPath,
    FeatureListPath,
    IgnoreUnknown,
    Seed,
    exit_on_error,
    invoked_command,
    open_experiment,
)
from credit_scoring.commands.tracking_option import TrackOption, track_run


def tune(
    data: DataPath,
    out: Annotated[
        Path, typer.Option(help="File for the best parameters, as train --params takes it.")
    ] = Path("reports/tuning/params.toml"),
    study: Annotated[
        Path,
        typer.Option(
            help="SQLite file of the study. Runs on the same data and seed share it, also in "
            "parallel."
        ),
    ] = Path("reports/tuning/study.db"),
    trials: Annotated[
        int, typer.Option(min=1, help="Number of trials, those of earlier runs included.")
    ] = 40,
    minutes: Annotated[
        float | None, typer.Option(min=0.0, help="Start no trial after this many minutes.")
    ] = None,
    features: FeatureListPath = None,
    seed: Seed = 0,
    allow: AllowedAttributes = None,
    ignore_unknown: IgnoreUnknown = False,
    track: TrackOption = True,
) -> None:
    """Tune LightGBM's parameters by out-of-fold log-loss.

    You can stop it at any time; the same command resumes.
    """
    unchanged = f"the same command resumes from {study}; every other file"
    with exit_on_error(unchanged), track_run("tune", enabled=track) as run:
        from credit_scoring.laboratory.experiment import task_fingerprint
        from credit_scoring.laboratory.tuning.tune_hyperparameters import (
            Budget,
            tune_hyperparameters,
        )
        from credit_scoring.laboratory.tuning.tuning_report import print_tuning
        from credit_scoring.progress import Progress
        from credit_scoring.report_table import report_console
        from credit_scoring.training.overrides import read_overrides

        progress = Progress()
        overrides = read_overrides(None, features)
        experiment = open_experiment(data, seed, allow, progress, ignore_unknown=ignore_unknown)
        task = overrides.apply(experiment.task, experiment.task.catalogue)
        experiment = replace(experiment, task=task, fingerprint=task_fingerprint(task))
        budget = Budget(trials, None if minutes is None else 60 * minutes)
        result = tune_hyperparameters(
            experiment, study, out, budget, invoked_command(), progress, str(features or "")
        )
        run.add_params(
            {"data": experiment.facts, "best": result.best.params, "tries": len(result.trials)}
        )
        run.metrics["log_loss"] = result.best.value or 0.0
        run.files[out.name] = out.read_bytes()
        print_tuning(result, report_console())
    same_features = f" --features {features}" if features else ""
    typer.echo(
        f"{out} holds the best parameters. Train with them: "
        f"python model.py train --data {data} --params {out}{same_features}"
    )
