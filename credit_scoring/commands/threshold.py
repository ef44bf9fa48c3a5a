"""`python model.py threshold`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.common_options import BUNDLE, SEED, UNKNOWN, said_plainly, wide
from credit_scoring.commands.tracking_option import TRACK, track_run

if TYPE_CHECKING:
    from credit_scoring.laboratory.threshold.held_out_predictions import Columns, Predictions
    from credit_scoring.training.metrics import Costs

SHARE = {"min": 0.0, "max": 1.0}


def threshold(
    data: Annotated[
        Path | None,
        typer.Option(
            help="With --bundle: folder, zip or flat table of applicants with known outcomes."
        ),
    ] = None,
    bundle: Annotated[Path, BUNDLE] = Path("models/latest"),
    predictions: Annotated[
        Path | None,
        typer.Option(help="Instead of --data: a CSV or Parquet table of predictions and outcomes."),
    ] = None,
    target_column: Annotated[
        str, typer.Option(help="With --predictions: the outcome, 1 for default.")
    ] = "target",
    probability_column: Annotated[
        str, typer.Option(help="With --predictions: the probability of default.")
    ] = "probability",
    exposure: Annotated[
        str | None,
        typer.Option(
            help="Column with the amount at risk, AMT_CREDIT where the data is Home Credit's."
        ),
    ] = None,
    margin_column: Annotated[
        str | None,
        typer.Option(help="Column with what a good loan earns, in currency; else --margin."),
    ] = None,
    lgd: Annotated[
        float, typer.Option(**SHARE, help="Loss given default, a share of the exposure.")
    ] = 0.75,
    margin: Annotated[
        float, typer.Option(**SHARE, help="What a good loan earns, a share of the exposure.")
    ] = 0.1,
    roi: Annotated[
        float,
        typer.Option(
            **SHARE,
            help="Return on a good loan in the expected maximum profit (Verbraken's value).",
        ),
    ] = 0.2644,
    false_negative_cost: Annotated[
        float | None,
        typer.Option(min=1e-9, help="Cost of accepting a defaulter; the bundle's, or 10."),
    ] = None,
    false_positive_cost: Annotated[
        float | None,
        typer.Option(min=1e-9, help="Cost of refusing a good applicant; the bundle's, or 1."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for figures, curves and pictures.")] = Path(
        "reports/threshold"
    ),
    seed: Annotated[int, SEED] = 0,
    ignore_unknown: Annotated[bool, UNKNOWN] = False,
    track: Annotated[bool, TRACK] = True,
) -> None:
    """Where to refuse: the cheapest threshold with its interval, other cost ratios, costs and profit per loan."""
    if (data is None) == (predictions is None):
        raise typer.BadParameter(
            "give either --data, with --bundle, or --predictions, a table of them"
        )
    with said_plainly(out), track_run("threshold", enabled=track) as run:
        from rich.console import Console

        from credit_scoring.files import write_atomically
        from credit_scoring.laboratory.threshold import threshold_report
        from credit_scoring.laboratory.threshold.held_out_predictions import Columns
        from credit_scoring.laboratory.threshold.optimise_threshold import files, find
        from credit_scoring.laboratory.threshold.profit import Terms
        from credit_scoring.training.metrics import Costs

        columns = Columns(target_column, probability_column, exposure, margin_column)
        found_predictions, usual = read(
            data, bundle, predictions, columns, ignore_unknown=ignore_unknown
        )
        costs = Costs(
            false_negative_cost or usual.false_negative, false_positive_cost or usual.false_positive
        )
        found = find(found_predictions, costs, Terms(lgd=lgd, margin=margin, roi=roi), seed)
        run.add_params({name: found.facts[name] for name in ("predictions", "data", "costs")})
        run.metrics |= {f"threshold/{name}": value for name, value in found.optimum.items()}
        run.files |= files(found)
        for name, content in run.files.items():
            write_atomically(out / name, content)
        threshold_report.show(found, wide(Console()))
    typer.echo(f"{out} holds {', '.join(sorted(run.files))}.")


def read(
    data: Path | None,
    bundle: Path,
    predictions: Path | None,
    columns: "Columns",
    *,
    ignore_unknown: bool,
) -> "tuple[Predictions, Costs]":
    """The predictions, and what mistakes cost unless said otherwise."""
    from dataclasses import replace

    from credit_scoring.laboratory.score_dataset import load_verified_bundle
    from credit_scoring.laboratory.threshold.held_out_predictions import from_bundle, from_table
    from credit_scoring.progress import Progress
    from credit_scoring.settings import load_settings
    from credit_scoring.tables.read_tables import Reading
    from credit_scoring.training.metrics import Costs

    if predictions is not None or data is None:
        return from_table(predictions or Path(), columns), Costs()
    opened = load_verified_bundle(bundle)
    if columns.exposure is None and not opened.schema.exists():
        columns = replace(columns, exposure="AMT_CREDIT")
    reading = Reading(load_settings(os.environ).cache_path, ignore_unknown)
    with Progress().step(f"Predictions of {bundle} on {data}") as done:
        return from_bundle(opened, data, columns, done, reading), opened.costs
