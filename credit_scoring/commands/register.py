"""`python model.py register`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from credit_scoring.commands.common_options import exit_on_error


def register(
    bundle: Annotated[Path, typer.Option(help="Folder of the bundle to register.")] = Path(
        "models/latest"
    ),
) -> None:
    """Register a bundle in the model registry, as the challenger.

    A bundle that is registered already, with the same files, keeps its version.
    """
    with exit_on_error("The registry"):
        register_as_challenger(bundle)


def register_as_challenger(bundle: Path) -> None:
    """Register a bundle and say what comes next. The champion stays the champion."""
    from credit_scoring.progress import Progress
    from credit_scoring.scoring.verify_bundle import read_verified_bundle
    from credit_scoring.settings import load_settings
    from credit_scoring.tracking.registry import CHALLENGER, CHAMPION, open_registry

    settings = load_settings(os.environ)
    # Refuses an unusable bundle before MLflow is loaded, which is slow.
    read_verified_bundle(bundle, public_key=settings.public_key)
    uri = settings.mlflow_tracking_uri
    with Progress().step(f"Registering {bundle}"), open_registry(uri) as registry:
        version, is_new = registry.register(bundle, settings.public_key)
        if CHAMPION not in version.aliases:
            registry.set_alias(version, CHALLENGER)
        version = registry.find(str(version.number))
    typer.echo(f"{'Registered' if is_new else 'Registered before'}: {version}.")
    if CHALLENGER in version.aliases:
        typer.echo("Promote it if it is not worse: python model.py promote --data PATH")
