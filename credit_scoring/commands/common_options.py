"""What several commands have in common: options, and how a person is told that something went wrong."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from credit_scoring.errors import CreditScoringError

if TYPE_CHECKING:
    from rich.console import Console

UNKNOWN = typer.Option(
    "--ignore-unknown-columns", help="Pass over columns that the tables are not known to have."
)
SEED = typer.Option(
    min=0, max=2**31 - 1, help="Seed of everything random: the same seed gives the same result."
)
DATA = typer.Option(help="Folder of CSV or Parquet tables like Home Credit's, or Kaggle's zip.")
BUNDLE = typer.Option(help="Folder of the bundle.")
ALLOW = typer.Option(help="Let a prohibited or restricted attribute in. Repeatable.")
FALSE_NEGATIVE_COST = typer.Option(min=1e-9, help="Cost of accepting a defaulter.")
FALSE_POSITIVE_COST = typer.Option(min=1e-9, help="Cost of refusing a good applicant.")
FEATURES = typer.Option(
    help="File that lists the features to use, as select writes it: none is selected."
)
ROWS = typer.Option(min=200, help="Only so many applicants, drawn by the seed.")
JOBS = typer.Option(min=1, help="Fits side by side; as many as there are cores.")
WIDE = 140  # columns


@contextmanager
def said_plainly(unchanged: Path | str) -> Iterator[None]:
    """Turn our errors and Ctrl-C into one line for a person and an exit code; never a traceback."""
    try:
        yield
    except CreditScoringError as error:
        typer.secho(f"{error.title}: {error}", fg=typer.colors.RED, err=True)
        raise typer.Exit(1) from error
    except ModuleNotFoundError as error:
        if str(error.name).startswith("credit_scoring"):
            raise
        missing = f"{error.name} is not installed: make lab, or pip install -r requirements-lab.txt"
        typer.secho(missing, fg=typer.colors.RED, err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        typer.secho(f"Interrupted: {unchanged} is as it was.", fg=typer.colors.YELLOW, err=True)
        raise typer.Exit(130) from None


def made_by() -> str:
    """The command line, as it was given."""
    return " ".join(["python", *sys.argv])


def wide(console: "Console") -> "Console":
    """The console; where it is no terminal but a file or a pipe, as wide as the tables want."""
    return console if console.is_terminal else type(console)(width=WIDE)
