"""`python model.py evaluate`."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.common_options import (
    LATEST_BUNDLE,
    BundlePath,
    IgnoreUnknown,
    ModelDataPath,
    Seed,
    exit_on_error,
    make_read_options,
    write_files,
)
from credit_scoring.commands.tracking_option import TrackOption, track_run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from credit_scoring.laboratory.evaluation.evaluate_bundle import BundleComparison, Evaluation
    from credit_scoring.tracking.tracked_run import TrackedRun

JSON_FILE = "evaluation.json"
IN_SAMPLE_WARNING = (
    "Warning: model {version} was trained on these data: its metrics are in-sample and say nothing "
    "about new applicants. Those of its training are in its model.json."
)
IN_SAMPLE_COMPARISON = (
    "Which model costs less cannot be told from these data: at least one was trained on them."
)


class Period(StrEnum):
    """What the metrics are shown by."""

    month = "month"


def evaluate(
    data: ModelDataPath,
    bundle: BundlePath = LATEST_BUNDLE,
    against: Annotated[
        Path | None,
        typer.Option(help="Folder of a second bundle to compare with, on the same applicants."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for evaluation.json and the plots.")] = Path(
        "reports/evaluate"
    ),
    by: Annotated[
        Period | None,
        typer.Option(help="month: also the metrics by month of application, and their slopes."),
    ] = None,
    seed: Seed = 0,
    ignore_unknown: IgnoreUnknown = False,
    track: TrackOption = True,
) -> None:
    """Evaluate a bundle on data with known outcomes: metrics with intervals, calibration, plots."""
    if by is not None and against is not None:
        raise typer.BadParameter("--by evaluates one bundle: leave out --against")
    with exit_on_error(out), track_run("evaluate", enabled=track) as run:
        from credit_scoring.laboratory.evaluation.evaluate_bundle import (
            compare_bundles,
            evaluate_bundle,
            evaluation_plots,
        )
        from credit_scoring.laboratory.score_dataset import load_verified_bundle
        from credit_scoring.progress import Progress

        read_options = make_read_options(ignore_unknown)
        first = load_verified_bundle(bundle)
        second = None if against is None else load_verified_bundle(against)
        suffix = f" against {against}" if against else ""
        result: Evaluation | BundleComparison
        with Progress().step(f"Evaluating {bundle}{suffix} on {data}") as report:
            if second is None:
                months = None if by is None else report
                result = evaluate_bundle(first, data, seed, read_options, months)
            else:
                result = compare_bundles(first, second, data, seed, read_options)
            plots = evaluation_plots(result)
        print_evaluation(result)
        add_evaluation(run, result, plots)
        add_months(run, result)
        write_files(out, run.files)
    typer.echo(f"{out} holds {', '.join(run.files)}.")


def add_evaluation(
    run: "TrackedRun", result: "Evaluation | BundleComparison", plots: "Mapping[str, bytes]"
) -> None:
    """Add an evaluation to the run."""
    content = result.as_dict()
    names = ("model_version", "in_sample", "data", "costs")
    run.add_params({name: content[name] for name in names})
    run.add_metrics(content["metrics"], "evaluation")
    if "against" in content:
        run.add_params({"against.model_version": content["against"]["model_version"]})
        run.add_metrics(content["against"]["metrics"], "against")
        run.add_metrics(result.difference, "difference")  # type: ignore[union-attr]
    run.add_json(JSON_FILE, content)
    run.files |= plots


def add_months(run: "TrackedRun", result: "Evaluation | BundleComparison") -> None:
    """Print the metrics by month, if there are any, and add their files to the run."""
    from credit_scoring.laboratory.evaluation.evaluate_bundle import Evaluation

    if not isinstance(result, Evaluation) or result.by_month is None:
        return
    from credit_scoring.laboratory.evaluation import by_month_report
    from credit_scoring.report_table import report_console

    by_month_report.print_by_month(result.by_month, f"model {result.version}", report_console())
    run.files["by_month.csv"] = by_month_report.by_month_csv(result.by_month).encode()
    run.files["by_month.png"] = by_month_report.plot_by_month(result.by_month)


def print_evaluation(result: "Evaluation | BundleComparison") -> None:
    """Print the metrics, the difference in words, and a warning about in-sample metrics."""
    from credit_scoring.laboratory.evaluation.evaluate_bundle import (
        Evaluation,
        evaluations_by_label,
    )
    from credit_scoring.report_table import report_console
    from credit_scoring.training.training_report import metrics_table

    evaluations = evaluations_by_label(result)
    columns = {label: evaluation.metrics for label, evaluation in evaluations.items()}
    if not isinstance(result, Evaluation):
        columns["difference"] = result.difference
    report_console().print(metrics_table(columns))
    in_sample = [evaluation for evaluation in evaluations.values() if evaluation.in_sample]
    for evaluation in in_sample:
        warning = IN_SAMPLE_WARNING.format(version=evaluation.version)
        typer.secho(warning, fg=typer.colors.YELLOW, err=True)
    if not isinstance(result, Evaluation):
        typer.echo(IN_SAMPLE_COMPARISON if in_sample else cost_difference_in_words(result))


def cost_difference_in_words(comparison: "BundleComparison") -> str:
    """Which of two bundles costs less, by how much, and whether that may be chance."""
    first, second = comparison.first.version, comparison.second.version
    return extra_cost_in_words(f"Model {first}", second, comparison.extra_cost)


def extra_cost_in_words(first: str, second: str, cost: "Mapping[str, float]") -> str:
    """How much more or less `first` costs than `second`, and whether that may be chance."""
    from credit_scoring.laboratory.paired_bootstrap import is_significant

    interval = f"95 % interval of the difference: {cost['low']:+.4f} to {cost['high']:+.4f}"
    if cost["value"] == 0:
        return f"{first} costs as much per applicant as {second} ({interval})."
    direction = "less" if cost["value"] < 0 else "more"
    verdict = "a real difference" if is_significant(cost) else "which may be chance"
    return (
        f"{first} costs {abs(cost['value']):.4f} {direction} per applicant than {second}, "
        f"{verdict} ({interval})."
    )
