"""`python model.py card`."""

from pathlib import Path
from typing import Annotated

import typer

from credit_scoring.commands.common_options import (
    LATEST_BUNDLE,
    BundlePath,
    exit_on_error,
    write_files,
)


def card(
    bundle: BundlePath = LATEST_BUNDLE,
    fairness: Annotated[
        Path | None,
        typer.Option(help="File of fairness figures, as fairness writes it; copied to the bundle."),
    ] = None,
) -> None:
    """Write a bundle's MODEL_CARD.md: its facts, its limits, and what a person must review."""
    from credit_scoring.bundle.bundle_files import CARD_FILE
    from credit_scoring.bundle.fairness import FAIRNESS_FILE
    from credit_scoring.bundle.read_bundle import read_manifest
    from credit_scoring.files import read_regular
    from credit_scoring.laboratory.model_card.model_card import model_card_of_bundle, read_fairness

    path = bundle / CARD_FILE
    with exit_on_error(path):
        if fairness is not None:
            read_fairness(fairness, read_manifest(bundle))
            write_files(bundle, {FAIRNESS_FILE: read_regular(fairness)})
        write_files(bundle, {CARD_FILE: model_card_of_bundle(bundle).encode()})
    typer.echo(f"{path} is written. A person must go through its last section.")
