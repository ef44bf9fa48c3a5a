"""`python model.py export`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from credit_scoring.commands.common_options import exit_on_error


def export(
    version: Annotated[
        str, typer.Option(help="Alias or number of the version to fetch.")
    ] = "champion",
    out: Annotated[Path, typer.Option(help="Folder of the bundle to write.")] = Path(
        "models/latest"
    ),
) -> None:
    """Fetch a registered bundle, verify it, and replace the served bundle in one step."""
    from credit_scoring.bundle.write_bundle import require_bundle_folder
    from credit_scoring.progress import Progress
    from credit_scoring.settings import load_settings
    from credit_scoring.tracking.registry import open_registry

    with exit_on_error(out):
        require_bundle_folder(out)
        settings = load_settings(os.environ)
        title = f"Fetching the {version} and verifying it"
        with Progress().step(title), open_registry(settings.mlflow_tracking_uri) as registry:
            model_version = registry.find(version)
            registry.export(model_version, out, settings.public_key)
    typer.echo(f"{out} is {model_version}. Serve it: CREDIT_SCORING_MODEL_PATH={out} python app.py")
