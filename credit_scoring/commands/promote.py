"""`python model.py promote`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.common_options import (
    TABLES,
    IgnoreUnknown,
    Seed,
    exit_on_error,
    make_read_options,
)
from credit_scoring.commands.evaluate import print_evaluation
from credit_scoring.commands.promotion_checks import VersionPair, evaluation_tags, require_checks
from credit_scoring.commands.publish import REGISTERED_MODEL

if TYPE_CHECKING:
    from credit_scoring.laboratory.evaluation.evaluate_bundle import Evaluation
    from credit_scoring.tables.read_tables import ReadOptions
    from credit_scoring.tracking.registry import Registry
    from credit_scoring.tracking.registry_reader import ModelVersion


def promote(
    data: Annotated[
        Path | None,
        typer.Option(
            help=f"Data that neither model was trained on. {TABLES}; for models of train --table, "
            "a flat table. Needed unless --shadow is given."
        ),
    ] = None,
    shadow: Annotated[
        bool,
        typer.Option(
            "--shadow",
            help="Compare both by their scores in the decision log, also together with --data.",
        ),
    ] = False,
    min_outcomes: Annotated[
        int, typer.Option(min=1, help="With --shadow: decisions with an outcome that are needed.")
    ] = 1000,
    version: Annotated[
        str, typer.Option(help="Alias or number of the version to promote.")
    ] = "challenger",
    force: Annotated[
        bool, typer.Option("--force", help="Promote the model even if it is worse.")
    ] = False,
    seed: Seed = 0,
    ignore_unknown: IgnoreUnknown = False,
) -> None:
    """Make a registered model the champion, unless the present one costs less.

    Both are compared on the same applicants: on data with --data, on the decisions that both scored
    with --shadow, or on both.
    """
    from credit_scoring.errors import RegistryError
    from credit_scoring.settings import load_settings
    from credit_scoring.tracking.client import without_password
    from credit_scoring.tracking.registry import CHAMPION, open_registry

    if data is None and not shadow:
        raise typer.BadParameter("give --data, --shadow or both")
    with exit_on_error("The champion"):
        settings = load_settings(os.environ)
        uri = settings.mlflow_tracking_uri
        typer.echo(f"Reading the registry at {without_password(uri)} …", err=True)
        with open_registry(uri) as registry:
            candidate = registry.find(version)
            if CHAMPION in candidate.aliases:
                typer.echo(f"It is the champion already: {candidate}.")
                return
            registry.require_signed(candidate, settings.public_key)
            read_options = make_read_options(ignore_unknown)
            if registry.has_alias(CHAMPION):
                pair = VersionPair(registry, candidate, registry.find(CHAMPION))
                checks = [pair.check_on(data, seed, read_options)] if data else []
                checks += [pair.check_shadow(min_outcomes, seed)] if shadow else []
                require_checks(pair, checks, force=force)
            elif data is None:
                raise RegistryError("no champion exists to compare with: give --data")
            else:
                evaluation = evaluate_version(registry, candidate, data, seed, read_options)
                registry.set_tags(candidate, evaluation_tags(evaluation))
                typer.echo("No champion exists yet to compare it with.")
            registry.promote(candidate)
            promoted = registry.find(str(candidate.number))
    typer.echo(
        f"Promoted: {promoted}. Serve it: python model.py deploy --source "
        f"{REGISTERED_MODEL}@champion --reason TEXT, or python model.py export"
    )


def evaluate_version(
    registry: "Registry",
    candidate: "ModelVersion",
    data: Path,
    seed: int,
    read_options: "ReadOptions",
) -> "Evaluation":
    """Evaluate the first champion, which has no other to be compared with, and print the result."""
    from credit_scoring.laboratory.evaluation.evaluate_bundle import evaluate_bundle
    from credit_scoring.laboratory.score_dataset import LoadedBundle
    from credit_scoring.progress import Progress

    title = f"Evaluating version {candidate.number}"
    with Progress().step(title), registry.downloaded(candidate) as folder_and_bundle:
        evaluation = evaluate_bundle(LoadedBundle(*folder_and_bundle), data, seed, read_options)
    print_evaluation(evaluation)
    return evaluation
