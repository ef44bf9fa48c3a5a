"""`python model.py sample`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from credit_scoring.commands.common_options import Seed, exit_on_error


class FileFormat(StrEnum):
    """The file format of the sample."""

    parquet = "parquet"
    csv = "csv"
    zip = "zip"


class Drift(StrEnum):
    """What drifts over the months of the applications."""

    risk = "risk"
    input = "input"
    ranking = "ranking"


def sample(
    applicants: Annotated[
        int,
        typer.Option(
            help="Number of applicants, with and without a known outcome.", min=100, max=100_000_000
        ),
    ] = 20_000,
    seed: Seed = 0,
    out: Annotated[Path, typer.Option(help="Folder to write the tables to.")] = Path("data/sample"),
    file_format: Annotated[
        FileFormat,
        typer.Option("--format", help="parquet, csv, or one zip of CSV files as Kaggle gives it."),
    ] = FileFormat.parquet,
    drift: Annotated[
        list[Drift] | None,
        typer.Option(
            help="What drifts over the 24 months: the risk, an input, or the ranking by the "
            "external scores; may be repeated. By default nothing does."
        ),
    ] = None,
) -> None:
    """Generate sample data: all eight tables, and each applicant's true probability of default."""
    from credit_scoring.progress import Progress
    from credit_scoring.sample import generate_sample

    with exit_on_error(out), Progress().step(f"Generating {applicants:,} applicants") as report:
        rows = generate_sample(
            out,
            applicants=applicants,
            seed=seed,
            file_format=file_format.value,
            drift=[kind.value for kind in drift or ()],
            progress=report,
        )
    typer.echo(f"{out} holds {sum(rows.values()):,} rows in {len(rows)} tables.")
