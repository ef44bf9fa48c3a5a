"""`python model.py applicants`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from credit_scoring.commands.common_options import DATA, UNKNOWN, said_plainly


def applicants(
    data: Annotated[Path, DATA],
    bundle: Annotated[
        Path, typer.Option(help="Folder of the bundle whose inputs are stored.")
    ] = Path("models/latest"),
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("data/applicants.sqlite"),
    ignore_unknown: Annotated[bool, UNKNOWN] = False,
) -> None:
    """Store applicants' features in a file, from which the app answers /applicants/ID and decides on them."""
    with said_plainly(out):
        from credit_scoring.bundle.read_bundle import read_manifest
        from credit_scoring.features.build_applicant_store import make_store
        from credit_scoring.progress import Progress
        from credit_scoring.settings import load_settings
        from credit_scoring.tables.read_tables import Reading

        reading = Reading(load_settings(os.environ).cache_path, ignore_unknown)
        wanted = [feature.name for feature in read_manifest(bundle).features if feature.asked]
        with Progress().step("Building and storing features"):
            count = make_store(data, out, wanted, reading)
    typer.echo(
        f"{out} holds {count:,} applicants. Serve them: CREDIT_SCORING_APPLICANTS_PATH={out} python app.py"
    )
