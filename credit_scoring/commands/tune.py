"""`python model.py tune`."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from credit_scoring.commands.common_options import (
    ALLOW,
    DATA,
    FEATURES,
    SEED,
    UNKNOWN,
    made_by,
    said_plainly,
    wide,
)
from credit_scoring.commands.tracking_option import TRACK, track_run


def tune(
    data: Annotated[Path, DATA],
    out: Annotated[
        Path, typer.Option(help="File for the best parameters, as train --params takes it.")
    ] = Path("reports/tuning/params.toml"),
    study: Annotated[
        Path, typer.Option(help="SQLite file of the study. Runs on the same data and seed share it, also at once.")
    ] = Path("reports/tuning/study.db"),
    trials: Annotated[int, typer.Option(min=1, help="Sets of parameters to try, those of earlier runs counted.")] = 40,
    minutes: Annotated[
        float | None, typer.Option(min=0.0, help="Begin no further set after so many minutes of this run.")
    ] = None,
    features: Annotated[Path | None, FEATURES] = None,
    seed: Annotated[int, SEED] = 0,
    allow: Annotated[list[str] | None, ALLOW] = None,
    ignore_unknown: Annotated[bool, UNKNOWN] = False,
    track: Annotated[bool, TRACK] = True,
) -> None:  # fmt: skip
    """Search for better parameters by the log-loss out of fold; stop it when you like, the same command goes on."""
    goes_on = f"the same command goes on after what {study} holds; every other file"
    with said_plainly(goes_on), track_run("tune", enabled=track) as run:
        from rich.console import Console

        from credit_scoring.laboratory.experiment import task_fingerprint, load_experiment
        from credit_scoring.laboratory.tuning import tuning_report
        from credit_scoring.laboratory.tuning.tune_hyperparameters import Budget
        from credit_scoring.laboratory.tuning.tune_hyperparameters import tune as tuned
        from credit_scoring.progress import Progress
        from credit_scoring.settings import load_settings
        from credit_scoring.tables.read_tables import Reading
        from credit_scoring.training.metrics import Costs
        from credit_scoring.training.overrides import read_overrides

        settings, progress, given = (
            load_settings(os.environ),
            Progress(),
            read_overrides(None, features),
        )
        searched = load_experiment(
            data, seed=seed, costs=Costs(), allowed=allow or settings.allowed_attributes, progress=progress,
            reading=Reading(settings.cache_path, ignore_unknown),
        )  # fmt: skip
        problem = given.applied(searched.problem, searched.problem.catalogue)
        searched = replace(searched, problem=problem, fingerprint=task_fingerprint(problem))
        budget = Budget(trials, None if minutes is None else 60 * minutes)
        found = tuned(searched, study, out, budget, made_by(), progress, str(features or ""))
        run.add_params(
            {"data": searched.facts, "best": found.best.params, "tries": len(found.tries)}
        )
        run.metrics |= {"log_loss": found.best.value or 0.0}
        run.files |= {out.name: out.read_bytes()}
        tuning_report.show(found, wide(Console()))
    typer.echo(
        f"{out} holds the best. Train with it: python model.py train --data {data} --params {out}"
    )
