"""`python model.py train`."""

import os
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from credit_scoring.commands.common_options import (
    TABLES,
    AllowedAttributes,
    FalseNegativeCost,
    FalsePositiveCost,
    FeatureListPath,
    IgnoreUnknown,
    Seed,
    exit_on_error,
    invoked_command,
    make_read_options,
)
from credit_scoring.commands.tracking_option import TrackOption, track_run, training_plots


def train(
    data: Annotated[Path | None, typer.Option(help=f"{TABLES}.")] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            help="Instead of --data, a flat table: any lender's, CSV or Parquet, one row per loan."
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            help='With --table: the column of the outcome, 1 for default; by default "target".'
        ),
    ] = None,
    id_column: Annotated[
        str | None, typer.Option("--id", help="With --table: the column that identifies a loan.")
    ] = None,
    target_default: Annotated[
        list[str] | None,
        typer.Option(
            help="With --table: the value of the target that means default, such as "
            '"Charged Off"; several times if several do. By default 1, yes or true.'
        ),
    ] = None,
    schema: Annotated[
        Path | None,
        typer.Option(
            help="With --table: its schema file; inferred and written if it does not exist."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the bundle to write.")] = Path(
        "models/latest"
    ),
    seed: Seed = 0,
    false_negative_cost: FalseNegativeCost = 10.0,
    false_positive_cost: FalsePositiveCost = 1.0,
    allow: AllowedAttributes = None,
    params: Annotated[
        Path | None, typer.Option(help="File of LightGBM's parameters, as tune writes it.")
    ] = None,
    features: FeatureListPath = None,
    holdout_after: Annotated[
        str | None,
        typer.Option(
            help="Hold out the applicants after this day or month, such as 2015-06, instead of "
            "random ones. The data must say when a loan was applied for."
        ),
    ] = None,
    directions: Annotated[
        bool,
        typer.Option(
            "--directions/--no-directions",
            help="Keep the direction of each feature that has one: more overdue never lowers the "
            "risk. On by default.",
        ),
    ] = True,
    ignore_unknown: IgnoreUnknown = False,
    track: TrackOption = True,
) -> None:
    """Train a model: select features, fit, choose the threshold, evaluate, write the bundle."""
    if (data is None) == (table is None):
        raise typer.BadParameter(
            "give either --data, a folder of tables or a zip, or --table, one flat table"
        )
    if table is None and (target or target_default or id_column or schema):
        raise typer.BadParameter(
            "--target, --target-default, --id and --schema go with --table: the tables of --data "
            "have their own"
        )
    with exit_on_error(out), track_run("train", enabled=track, bundle=out) as run:
        from credit_scoring.commands.flat_schema import load_or_infer_schema
        from credit_scoring.flat_table.read_flat_table import read_flat_table
        from credit_scoring.progress import Progress
        from credit_scoring.report_table import report_console
        from credit_scoring.settings import load_settings
        from credit_scoring.training.metrics import Costs
        from credit_scoring.training.out_of_time import last_training_day
        from credit_scoring.training.overrides import read_overrides
        from credit_scoring.training.train import (
            TrainingOptions,
            train_on_flat_table,
            train_on_tables,
        )
        from credit_scoring.training.training_report import print_training_report

        progress = Progress()
        options = TrainingOptions(
            made_by=invoked_command(),
            seed=seed,
            costs=Costs(false_negative_cost, false_positive_cost),
            allowed=allow or load_settings(os.environ).allowed_attributes,
            holdout_after=None if holdout_after is None else last_training_day(holdout_after),
            directions=directions,
            overrides=read_overrides(params, features),
        )
        if table is None:
            read_options = make_read_options(ignore_unknown)
            result = train_on_tables(data or Path(), out, options, progress, read_options)
        else:
            with progress.step("Reading the table"):
                frame = read_flat_table(table)
            roles = {"target": target, "key": id_column, "target_default": target_default or []}
            flat_schema = load_or_infer_schema(frame, schema, out, **roles)
            result = train_on_flat_table(table, out, flat_schema, options, progress, frame)
        print_training_report(result, report_console())
        run.deferred_files.append(partial(training_plots, out, result, seed))
    typer.echo(f"{out} is ready. Serve it: CREDIT_SCORING_MODEL_PATH={out} python app.py")
