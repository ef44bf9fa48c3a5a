"""`python model.py publish`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from credit_scoring.commands.common_options import LATEST_BUNDLE, BundlePath, exit_on_error

REGISTERED_MODEL = "models:/credit-scoring"


def publish(
    to: Annotated[
        str,
        typer.Option(
            help=f"hf://owner/name, a model repository of the Hugging Face Hub, or "
            f"{REGISTERED_MODEL}, the MLflow registry."
        ),
    ],
    bundle: BundlePath = LATEST_BUNDLE,
    licence: Annotated[
        str,
        typer.Option(
            "--license", help="Licence of the model on the Hub: its identifier there, such as mit."
        ),
    ] = "other",
    public: Annotated[
        bool, typer.Option("--public", help="Make a new repository of the Hub public, not private.")
    ] = False,
) -> None:
    """Upload a bundle with its model card to a source from which the service can fetch it.

    The bundle is verified first. If exactly these files are there already, nothing changes.
    """
    from credit_scoring.commands.register import register_as_challenger
    from credit_scoring.errors import SourceError
    from credit_scoring.model_sources.fetched_bundle import without_secrets

    with exit_on_error(to):
        if to == REGISTERED_MODEL:
            register_as_challenger(bundle)
        elif to.startswith("hf://"):
            publish_on_hub(bundle, to, licence, public=public)
        else:
            expected = f"expected hf://owner/name or {REGISTERED_MODEL}"
            raise SourceError(f"a model cannot be published to {without_secrets(to)}: {expected}")


def publish_on_hub(bundle: Path, target: str, licence: str, *, public: bool) -> None:
    """Verify the bundle, upload it to the Hub, and say how to serve it."""
    from credit_scoring.bundle.bundle_files import read_bundle_files
    from credit_scoring.model_sources.publish_to_hub import publish_to_hub
    from credit_scoring.progress import Progress
    from credit_scoring.scoring.verify_bundle import verify_bundle
    from credit_scoring.settings import load_settings

    settings = load_settings(os.environ)
    files = read_bundle_files(bundle)
    with Progress().step(f"Verifying {bundle}"):
        manifest = verify_bundle(files, str(bundle), public_key=settings.public_key).manifest
    with Progress().step(f"Publishing to {target}"):
        published = publish_to_hub(
            files, manifest, target, settings, licence=licence, private=not public
        )
    typer.echo(f"{'Published' if published.is_new else 'Published before'}: {published.url}")
    typer.echo(f"Serve it: CREDIT_SCORING_MODEL_SOURCE={published.address} python app.py")
