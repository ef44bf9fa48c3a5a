"""`python model.py download`."""

from pathlib import Path
from typing import Annotated

import typer

from credit_scoring.commands.common_options import exit_on_error


def download(
    out: Annotated[Path, typer.Option(help="Folder for the competition's zip.")] = Path(
        "data/home-credit"
    ),
) -> None:
    """Download the real tables, Home Credit Default Risk, with Kaggle's client and your account."""
    from credit_scoring.tables.download import download as download_tables

    with exit_on_error(out):
        archive = download_tables(out)
    typer.echo(f"{archive} is ready. Check it: python model.py check --data {archive}")
