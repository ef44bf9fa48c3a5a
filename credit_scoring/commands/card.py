"""`python model.py card`."""

from pathlib import Path
from typing import Annotated

import typer

from credit_scoring.commands.common_options import BUNDLE, said_plainly


def card(
    bundle: Annotated[Path, BUNDLE] = Path("models/latest"),
    fairness: Annotated[
        Path | None,
        typer.Option(
            help="File of fairness figures, as fairness writes it; kept beside the bundle."
        ),
    ] = None,
) -> None:
    """Write MODEL_CARD.md beside a bundle: what its facts say, its limits, and what a person must review."""
    from credit_scoring.bundle.read_bundle import read_manifest
    from credit_scoring.laboratory.model_card.model_card import (
        CARD_FILE,
        FAIRNESS_FILE,
        read_fairness,
        write_of,
    )
    from credit_scoring.files import write_atomically

    path = bundle / CARD_FILE
    with said_plainly(path):
        if fairness is not None:
            read_fairness(fairness, read_manifest(bundle))
            write_atomically(bundle / FAIRNESS_FILE, fairness.read_bytes())
        write_atomically(path, write_of(bundle))
    typer.echo(f"{path} is written. The last section is for a person to go through.")
