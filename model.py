"""The model's life as a command line: make sample data, train, and what comes after.

Thin: every command calls one room of `credit_scoring`. Nothing that is pickled is defined here.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

# Fits run side by side, one thread each. LightGBM has one number of threads for the whole process: nothing may
# raise it while another fit runs.
os.environ["OMP_NUM_THREADS"] = "1"

from credit_scoring.errors import CreditScoringError

if TYPE_CHECKING:
    from credit_scoring.tables.contract import Table

cli = typer.Typer(
    help="Credit scoring: from raw tables to a served decision. Start with: python model.py sample, then train.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
UNKNOWN = typer.Option("--ignore-unknown-columns", help="Pass over columns that the tables are not known to have.")
SEED = typer.Option(min=0, max=2**31 - 1, help="Seed of everything random: the same seed gives the same result.")


class FileFormat(StrEnum):
    """How the sample is written."""

    parquet = "parquet"
    csv = "csv"
    zip = "zip"


@contextmanager
def said_plainly(unchanged: Path) -> Iterator[None]:
    """Turn our errors and Ctrl-C into one line for a person and an exit code; never a traceback."""
    try:
        yield
    except CreditScoringError as error:
        typer.secho(f"{error.title}: {error}", fg=typer.colors.RED, err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        typer.secho(f"Interrupted: {unchanged} is as it was.", fg=typer.colors.YELLOW, err=True)
        raise typer.Exit(130) from None


@cli.callback()
def main() -> None:
    """Credit scoring: from raw tables to a served decision."""


@cli.command()
def sample(
    applicants: Annotated[int, typer.Option(help="How many, with and without a known outcome.")] = 20_000,
    seed: Annotated[int, SEED] = 0,
    out: Annotated[Path, typer.Option(help="Folder to write the tables to.")] = Path("data/sample"),
    file_format: Annotated[
        FileFormat, typer.Option("--format", help="parquet, csv, or one zip of CSV files as Kaggle gives it.")
    ] = FileFormat.parquet,
) -> None:
    """Make sample data: all eight tables, like the real ones, and the true probability of default beside them."""
    from credit_scoring.progress import Progress
    from credit_scoring.tables.sample import make_sample

    with said_plainly(out), Progress().step(f"Making {applicants:,} applicants") as report:
        rows = make_sample(out, applicants=applicants, seed=seed, file_format=file_format.value, progress=report)
    typer.echo(f"{out} holds {sum(rows.values()):,} rows in {len(rows)} tables.")


@cli.command()
def train(
    data: Annotated[
        Path | None, typer.Option(help="Folder of CSV or Parquet tables like Home Credit's, or Kaggle's zip.")
    ] = None,
    table: Annotated[
        Path | None, typer.Option(help="Instead of --data: any lender's table, CSV or Parquet, one row per loan.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(help='With --table: the column with the outcome, 1 for default; "target" if not said.')
    ] = None,
    id_column: Annotated[
        str | None, typer.Option("--id", help="With --table: the column that identifies a loan.")
    ] = None,
    schema: Annotated[
        Path | None,
        typer.Option(help="With --table: the file of its schema; inferred and written there if there is none yet."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the bundle to write.")] = Path("models/latest"),
    seed: Annotated[int, SEED] = 0,
    false_negative_cost: Annotated[float, typer.Option(min=1e-9, help="Cost of accepting a defaulter.")] = 10.0,
    false_positive_cost: Annotated[float, typer.Option(min=1e-9, help="Cost of refusing a good applicant.")] = 1.0,
    allow: Annotated[
        list[str] | None,
        typer.Option(help="Let a prohibited or restricted attribute into the model, e.g. DAYS_BIRTH. Repeatable."),
    ] = None,
    ignore_unknown: Annotated[bool, UNKNOWN] = False,
) -> None:
    """Train a model: features, selection, threshold, evaluation, and the bundle that the app serves."""
    if (data is None) == (table is None):
        raise typer.BadParameter("give either --data, a folder of tables or a zip, or --table, one flat table")
    if table is None and (target or id_column or schema):
        raise typer.BadParameter("--target, --id and --schema go with --table: the tables of --data have their own")
    with said_plainly(out):
        from rich.console import Console

        from credit_scoring.progress import Progress
        from credit_scoring.settings import load_settings
        from credit_scoring.tables.read import Reading
        from credit_scoring.training.metrics import Costs
        from credit_scoring.training.report import show
        from credit_scoring.training.run import run, run_flat

        settings = load_settings(os.environ)
        how: dict[str, Any] = {
            "seed": seed,
            "costs": Costs(false_negative_cost, false_positive_cost),
            "allowed": allow or settings.allowed_attributes,
            "made_by": " ".join(["python", *sys.argv]),
            "progress": Progress(),
        }
        if table is None:
            result = run(data or Path(), out, reading=Reading(settings.cache_path, ignore_unknown), **how)
        else:
            result = run_flat(table, out, schema_of(table, target, id_column, schema, out), **how)
        show(result, Console())
    typer.echo(f"{out} is ready. Serve it: CREDIT_SCORING_MODEL_PATH={out} python app.py")


def schema_of(table: Path, target: str | None, key: str | None, schema: Path | None, out: Path) -> "Table":
    """The schema of a flat table, given or inferred (then written), shown to the person who trains on it."""
    from rich.console import Console

    from credit_scoring.tables.flat import read_flat
    from credit_scoring.tables.infer import infer
    from credit_scoring.tables.schema_file import read_schema, require_same, show_schema, write_schema

    if schema is not None and schema.exists():
        given = read_schema(schema)
        require_same(given, schema, target=target, key=key)
        return given
    inferred = infer(read_flat(table), target=target or "target", key=key)
    show_schema(inferred, Console())
    if schema is None:
        typer.echo(f"Is something wrong? {out}/schema.toml will hold this: edit a copy, pass it back with --schema.")
    else:
        write_schema(schema, inferred)
        typer.echo(f"{schema} holds this. Is something wrong? Stop (Ctrl-C), edit it, and give the same command again.")
    return inferred


@cli.command()
def download(
    out: Annotated[Path, typer.Option(help="Folder to put the competition's zip in.")] = Path("data/home-credit"),
) -> None:
    """Get the real tables, Home Credit Default Risk, by Kaggle's own client and your account there."""
    from credit_scoring.tables.download import download as fetch

    with said_plainly(out):
        target = fetch(out)
    typer.echo(f"{target} is ready. Look at it: python model.py check --data {target}")


@cli.command()
def check(
    data: Annotated[Path, typer.Option(help="Folder of CSV or Parquet tables like Home Credit's, or Kaggle's zip.")],
    columns: Annotated[bool, typer.Option("--columns", help="Show every column, not only those worth a look.")] = False,
    ignore_unknown: Annotated[bool, UNKNOWN] = False,
) -> None:
    """Look at data before training: what is there, what is missing, everything wrong at once (then exit code 1)."""
    with said_plainly(data):
        from rich.console import Console

        from credit_scoring.progress import Progress
        from credit_scoring.settings import load_settings
        from credit_scoring.tables.read import open_set
        from credit_scoring.tables.reading.report import few_of_a_class, show
        from credit_scoring.training.run import FEWEST_OF_A_CLASS

        cache = load_settings(os.environ).cache_path
        with Progress().step("Reading and checking the tables"):
            tables = open_set(data, cache=cache, checked=True, ignore_unknown=ignore_unknown, anew=True)
        tables.problems += few_of_a_class(tables, FEWEST_OF_A_CLASS)
        show(tables, Console(), every_column=columns)
    if tables.problems:
        raise typer.Exit(1)


@cli.command()
def example(
    bundle: Annotated[Path, typer.Option(help="Folder of the bundle.")] = Path("models/latest"),
    name: Annotated[str, typer.Option(help='Which applicant: "typical", "low risk" or "high risk".')] = "typical",
) -> None:
    """Print a request that the model answers: a made-up applicant, nobody's data."""
    from credit_scoring.bundle.read import read_manifest

    with said_plainly(bundle):
        inputs = read_manifest(bundle).example(name)
        typer.echo(json.dumps({"features": inputs}, indent=1, ensure_ascii=False))


@cli.command()
def features(
    describe: Annotated[str | None, typer.Option(help="All that is known of one feature.")] = None,
    search: Annotated[str | None, typer.Option(help="Features whose name or meaning holds these words.")] = None,
    list_all: Annotated[bool, typer.Option("--list", help="Every feature, a line each.")] = False,
    markdown: Annotated[bool, typer.Option(help="Print docs/features.md.")] = False,
) -> None:
    """Look up what features there are, what they mean and how they are computed."""
    from credit_scoring.features import catalogue

    with said_plainly(Path("The catalogue")):
        if markdown:
            typer.echo(catalogue.markdown(), nl=False)
        elif describe is not None:
            (found,) = catalogue.only(catalogue.everything(), [describe])
            typer.echo(catalogue.in_words(found))
        elif search is not None or list_all:
            listed = catalogue.search(search or "")
            for feature in listed:
                typer.echo(f"{feature.name}  {feature.meaning}")
            typer.echo(f"{len(listed)} features", err=True)
        else:
            raise typer.BadParameter("say --list, --search WORDS or --describe NAME")


if __name__ == "__main__":
    cli()
