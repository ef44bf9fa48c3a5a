"""`python model.py export`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from credit_scoring.commands.common_options import said_plainly


def export(
    version: Annotated[
        str, typer.Option(help="Alias or number of the version to fetch.")
    ] = "champion",
    out: Annotated[Path, typer.Option(help="Folder of the bundle to write.")] = Path(
        "models/latest"
    ),
) -> None:
    """Fetch a registered bundle, verify it whole, and only then put it where the app serves from, in one step."""
    from credit_scoring.bundle.write_bundle import check_place
    from credit_scoring.progress import Progress
    from credit_scoring.settings import load_settings
    from credit_scoring.tracking.registry import open_registry

    with said_plainly(out):
        check_place(out)
        uri = load_settings(os.environ).mlflow_tracking_uri
        with (
            Progress().step(f"Fetching the {version} and verifying it"),
            open_registry(uri) as registry,
        ):
            chosen = registry.find(version)
            registry.export(chosen, out)
    typer.echo(f"{out} is {chosen}. Serve it: CREDIT_SCORING_MODEL_PATH={out} python app.py")
