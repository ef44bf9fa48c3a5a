"""`python model.py example`."""

import json
from typing import Annotated

import typer

from credit_scoring.commands.common_options import LATEST_BUNDLE, BundlePath, exit_on_error


def example(
    bundle: BundlePath = LATEST_BUNDLE,
    name: Annotated[
        str, typer.Option(help='Which applicant: "typical", "low risk" or "high risk".')
    ] = "typical",
    raw: Annotated[
        bool,
        typer.Option("--raw", help="Print raw records of the source tables instead of features."),
    ] = False,
) -> None:
    """Print a valid request for a fictitious applicant."""
    from credit_scoring.bundle.read_bundle import read_manifest

    with exit_on_error(bundle):
        if raw:
            from credit_scoring.sample.sample_applicant import request_json, sample_applicant

            typer.echo(request_json(sample_applicant()))
            return
        inputs = read_manifest(bundle).example(name)
        typer.echo(json.dumps({"features": inputs}, indent=1, ensure_ascii=False))
