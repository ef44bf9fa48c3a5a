"""`python model.py train`."""

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.common_options import (
    DATA,
    FALSE_NEGATIVE_COST,
    FALSE_POSITIVE_COST,
    FEATURES,
    SEED,
    UNKNOWN,
    made_by,
    said_plainly,
)
from credit_scoring.commands.tracking_option import TRACK, track_run, training_plots

if TYPE_CHECKING:
    from credit_scoring.contracts.contract import Table


def train(
    data: Annotated[Path | None, DATA] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            help="Instead of --data: any lender's table, CSV or Parquet, one row per loan."
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            help='With --table: the column with the outcome, 1 for default; "target" if not said.'
        ),
    ] = None,
    id_column: Annotated[
        str | None, typer.Option("--id", help="With --table: the column that identifies a loan.")
    ] = None,
    schema: Annotated[
        Path | None,
        typer.Option(
            help="With --table: the file of its schema; inferred and written there if there is none yet."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the bundle to write.")] = Path(
        "models/latest"
    ),
    seed: Annotated[int, SEED] = 0,
    false_negative_cost: Annotated[float, FALSE_NEGATIVE_COST] = 10.0,
    false_positive_cost: Annotated[float, FALSE_POSITIVE_COST] = 1.0,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            help="Let a prohibited or restricted attribute into the model, e.g. DAYS_BIRTH. Repeatable."
        ),
    ] = None,
    params: Annotated[
        Path | None, typer.Option(help="File of LightGBM's parameters, as tune writes it.")
    ] = None,
    features: Annotated[Path | None, FEATURES] = None,
    ignore_unknown: Annotated[bool, UNKNOWN] = False,
    track: Annotated[bool, TRACK] = True,
) -> None:
    """Train a model: features, selection, threshold, evaluation, and the bundle that the app serves."""
    if (data is None) == (table is None):
        raise typer.BadParameter(
            "give either --data, a folder of tables or a zip, or --table, one flat table"
        )
    if table is None and (target or id_column or schema):
        raise typer.BadParameter(
            "--target, --id and --schema go with --table: the tables of --data have their own"
        )
    with said_plainly(out), track_run("train", enabled=track, bundle=out) as tracking:
        from rich.console import Console

        from credit_scoring.progress import Progress
        from credit_scoring.settings import load_settings
        from credit_scoring.tables.read_tables import Reading
        from credit_scoring.training.metrics import Costs
        from credit_scoring.training.overrides import read_overrides
        from credit_scoring.training.train import (
            TrainingOptions,
            train_on_flat_table,
            train_on_tables,
        )
        from credit_scoring.training.training_report import print_training_report

        settings = load_settings(os.environ)
        progress = Progress()
        options = TrainingOptions(
            made_by=made_by(),
            seed=seed,
            costs=Costs(false_negative_cost, false_positive_cost),
            allowed=allow or settings.allowed_attributes,
            overrides=read_overrides(params, features),
        )
        if table is None:
            reading = Reading(settings.cache_path, ignore_unknown)
            result = train_on_tables(data or Path(), out, options, progress, reading)
        else:
            table_schema = schema_of(table, target, id_column, schema, out)
            result = train_on_flat_table(table, out, table_schema, options, progress)
        print_training_report(result, Console())
        tracking.deferred_files.append(partial(training_plots, out, result, seed))
    typer.echo(f"{out} is ready. Serve it: CREDIT_SCORING_MODEL_PATH={out} python app.py")


def schema_of(
    table: Path, target: str | None, key: str | None, schema: Path | None, out: Path
) -> "Table":
    """The schema of a flat table, given or inferred (then written), shown to the person who trains on it."""
    from rich.console import Console

    from credit_scoring.flat_table.infer_schema import infer
    from credit_scoring.flat_table.read_flat_table import read_flat
    from credit_scoring.flat_table.schema_file import (
        read_schema,
        require_same,
        show_schema,
        write_schema,
    )

    if schema is not None and schema.exists():
        given = read_schema(schema)
        require_same(given, schema, target=target, key=key)
        return given
    inferred = infer(read_flat(table), target=target or "target", key=key)
    show_schema(inferred, Console())
    if schema is None:
        typer.echo(
            f"Is something wrong? {out}/schema.toml will hold this: edit a copy, pass it back with --schema."
        )
    else:
        write_schema(schema, inferred)
        typer.echo(
            f"{schema} holds this. Is something wrong? Stop (Ctrl-C), edit it, and give the same command again."
        )
    return inferred
