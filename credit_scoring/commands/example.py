"""`python model.py example`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.common_options import LATEST_BUNDLE, BundlePath, exit_on_error

if TYPE_CHECKING:
    from credit_scoring.bundle.manifest import Manifest


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
        manifest = read_manifest(bundle)
        if raw:
            from credit_scoring.sample.sample_applicant import request_json, sample_applicant

            _require_raw_records(manifest, bundle)
            typer.echo(request_json(sample_applicant()))
            return
        inputs = manifest.example(name)
        typer.echo(json.dumps({"features": inputs}, indent=1, ensure_ascii=False))


def _require_raw_records(manifest: "Manifest", bundle: Path) -> None:
    """SettingError if the model is one of a lender's own table."""
    from credit_scoring.errors import SettingError
    from credit_scoring.features.catalogue import not_of_source_tables

    requested = [feature.name for feature in manifest.features if feature.is_requested]
    if other := not_of_source_tables(requested):
        raise SettingError(
            f"the model in {bundle} has no raw records: its features, such as {min(other)}, are "
            "the columns of a lender's own table. Leave --raw out"
        )
