"""`python model.py threshold`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from credit_scoring.commands.common_options import (
    LATEST_BUNDLE,
    TABLES,
    BundlePath,
    IgnoreUnknown,
    Seed,
    exit_on_error,
    make_read_options,
    write_files,
)
from credit_scoring.commands.tracking_option import TrackOption, track_run
from credit_scoring.loan_terms import LoanTerms

if TYPE_CHECKING:
    from credit_scoring.laboratory.threshold.labelled_predictions import (
        LabelledPredictions,
        PredictionColumns,
    )
    from credit_scoring.training.metrics import Costs

DEFAULTS = LoanTerms()
SHARE: dict[str, Any] = {"min": 0.0, "max": 1.0}


def threshold(
    data: Annotated[
        Path | None,
        typer.Option(
            help=f"With --bundle only. {TABLES}; for a model of train --table, a flat table."
        ),
    ] = None,
    bundle: BundlePath = LATEST_BUNDLE,
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
        typer.Option(help="Column of the amount at risk; AMT_CREDIT for Home Credit's data."),
    ] = None,
    margin_column: Annotated[
        str | None,
        typer.Option(help="Column of what a good loan earns, in currency; replaces --margin."),
    ] = None,
    lgd: Annotated[
        float, typer.Option(**SHARE, help="Loss given default, a share of the exposure.")
    ] = DEFAULTS.lgd,
    margin: Annotated[
        float, typer.Option(**SHARE, help="What a good loan earns, a share of the exposure.")
    ] = DEFAULTS.margin,
    roi: Annotated[
        float,
        typer.Option(
            **SHARE,
            help="Return on a good loan in the expected maximum profit (Verbraken's value).",
        ),
    ] = DEFAULTS.roi,
    false_negative_cost: Annotated[
        float | None,
        typer.Option(
            min=1e-9, help="Cost of accepting a defaulter; by default the bundle's or 10."
        ),
    ] = None,
    false_positive_cost: Annotated[
        float | None,
        typer.Option(
            min=1e-9, help="Cost of refusing a good applicant; by default the bundle's or 1."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for results, curves and plots.")] = Path(
        "reports/threshold"
    ),
    seed: Seed = 0,
    ignore_unknown: IgnoreUnknown = False,
    track: TrackOption = True,
) -> None:
    """Optimise the threshold: the cheapest, its interval, other cost ratios, profit per loan."""
    if (data is None) == (predictions is None):
        raise typer.BadParameter(
            "give either --data, with --bundle, or --predictions, a table of them"
        )
    with exit_on_error(out), track_run("threshold", enabled=track) as run:
        from credit_scoring.laboratory.threshold.labelled_predictions import PredictionColumns
        from credit_scoring.laboratory.threshold.optimise_threshold import optimise_threshold
        from credit_scoring.laboratory.threshold.threshold_files import threshold_files
        from credit_scoring.laboratory.threshold.threshold_report import print_threshold_report
        from credit_scoring.report_table import report_console
        from credit_scoring.training.metrics import Costs

        columns = PredictionColumns(target_column, probability_column, exposure, margin_column)
        labelled, default_costs = load_predictions(
            data, bundle, predictions, columns, ignore_unknown=ignore_unknown
        )
        costs = Costs(
            false_negative_cost or default_costs.false_negative,
            false_positive_cost or default_costs.false_positive,
        )
        terms = LoanTerms(lgd=lgd, margin=margin, roi=roi)
        results = optimise_threshold(labelled, costs, terms, seed)
        run.add_params(results.facts)
        run.metrics |= {f"threshold/{name}": value for name, value in results.optimum.items()}
        run.files |= threshold_files(results)
        write_files(out, run.files)
        print_threshold_report(results, report_console())
    typer.echo(f"{out} holds {', '.join(sorted(run.files))}.")


def load_predictions(
    data: Path | None,
    bundle: Path,
    predictions: Path | None,
    columns: "PredictionColumns",
    *,
    ignore_unknown: bool,
) -> "tuple[LabelledPredictions, Costs]":
    """The predictions, and the costs that apply unless options override them."""
    from dataclasses import replace

    from credit_scoring.laboratory.score_dataset import load_verified_bundle
    from credit_scoring.laboratory.threshold.labelled_predictions import (
        predict_with_bundle,
        read_predictions,
    )
    from credit_scoring.progress import Progress
    from credit_scoring.training.metrics import Costs
    from credit_scoring.training.threshold_curves import EXPOSURE

    if predictions is not None or data is None:
        return read_predictions(predictions or Path(), columns), Costs()
    loaded = load_verified_bundle(bundle)
    if columns.exposure is None and not loaded.schema.exists():
        columns = replace(columns, exposure=EXPOSURE)
    read_options = make_read_options(ignore_unknown)
    with Progress().step(f"Predictions of {bundle} on {data}") as report:
        return predict_with_bundle(loaded, data, columns, report, read_options), loaded.costs
