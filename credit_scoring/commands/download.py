"""`python model.py download`."""

from pathlib import Path
from typing import Annotated

import typer

from credit_scoring.commands.common_options import said_plainly


def download(
    out: Annotated[Path, typer.Option(help="Folder to put the competition's zip in.")] = Path(
        "data/home-credit"
    ),
) -> None:
    """Get the real tables, Home Credit Default Risk, by Kaggle's own client and your account there."""
    from credit_scoring.tables.download import download as fetch

    with said_plainly(out):
        target = fetch(out)
    typer.echo(f"{target} is ready. Look at it: python model.py check --data {target}")
