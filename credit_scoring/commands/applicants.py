"""`python model.py applicants`."""

from pathlib import Path
from typing import Annotated

import typer

from credit_scoring.commands.common_options import (
    DataPath,
    IgnoreUnknown,
    exit_on_error,
    make_read_options,
)


def applicants(
    data: DataPath,
    bundle: Annotated[
        Path, typer.Option(help="Folder of the bundle whose inputs are stored.")
    ] = Path("models/latest"),
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("data/applicants.sqlite"),
    ignore_unknown: IgnoreUnknown = False,
) -> None:
    """Store applicants' features in a file, from which the app serves /applicants/ID."""
    with exit_on_error(out):
        from credit_scoring.bundle.read_bundle import read_manifest
        from credit_scoring.features.build_applicant_store import build_applicant_store
        from credit_scoring.progress import Progress

        manifest = read_manifest(bundle)
        names = [feature.name for feature in manifest.features if feature.is_requested]
        with Progress().step("Building and storing features"):
            count = build_applicant_store(data, out, names, make_read_options(ignore_unknown))
    typer.echo(
        f"{out} holds {count:,} applicants. "
        f"Serve them: CREDIT_SCORING_APPLICANTS_PATH={out} python app.py"
    )
