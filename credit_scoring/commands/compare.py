"""`python model.py compare`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from credit_scoring.commands import common_options
from credit_scoring.commands.tracking_option import TrackOption, track_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from credit_scoring.laboratory.comparison.candidates import Candidate
    from credit_scoring.laboratory.comparison.compare_models import ComparisonRow
    from credit_scoring.tracking.tracked_run import TrackedRun

JSON_FILE = "comparison.json"
CSV_FILE = "comparison.csv"
PNG_FILE = "comparison.png"


def compare(
    data: common_options.DataPath,
    out: Annotated[
        Path,
        typer.Option(
            help="Folder for table and plot; kept/ holds what an interrupted run resumes from."
        ),
    ] = Path("reports/comparison"),
    models: Annotated[
        list[str] | None,
        typer.Option(
            help="Only these: dummy, logistic_regression, random_forest, lightgbm, xgboost, "
            "catboost, mlp. Repeatable, or separated by commas."
        ),
    ] = None,
    strategies: Annotated[
        list[str] | None,
        typer.Option(
            help="Only these ways to treat the imbalance: none, class_weights, is_unbalance, "
            "smote, undersampling. Repeatable, or separated by commas."
        ),
    ] = None,
    folds: common_options.FoldCount = 5,
    rows: common_options.RowLimit = None,
    seed: common_options.Seed = 0,
    false_negative_cost: common_options.FalseNegativeCost = 10.0,
    false_positive_cost: common_options.FalsePositiveCost = 1.0,
    allow: common_options.AllowedAttributes = None,
    jobs: common_options.JobLimit = None,
    ignore_unknown: common_options.IgnoreUnknown = False,
    track: TrackOption = True,
) -> None:
    """Compare models and class-imbalance strategies by cost, on the same folds."""
    unchanged = f"the same command resumes; {out}"
    with common_options.exit_on_error(unchanged), track_run("compare", enabled=track) as run:
        from credit_scoring.files import require_writable_folder
        from credit_scoring.laboratory.comparison import comparison_report
        from credit_scoring.laboratory.comparison.candidates import find_candidates
        from credit_scoring.laboratory.comparison.compare_models import (
            ComparisonSettings,
            compare_models,
        )
        from credit_scoring.laboratory.result_cache import CACHE_FOLDER
        from credit_scoring.progress import Progress
        from credit_scoring.report_table import report_console

        progress = Progress()
        candidates, unavailable = find_candidates(_split_names(models), _split_names(strategies))
        for line in comparison_report.unavailable_lines(unavailable):
            typer.secho(line, fg=typer.colors.YELLOW, err=True)
        require_writable_folder(out)
        costs = (false_negative_cost, false_positive_cost)
        experiment = common_options.open_experiment(
            data, seed, allow, progress, ignore_unknown=ignore_unknown, rows=rows, costs=costs
        )
        settings = ComparisonSettings(folds=folds, workers=jobs)
        results = compare_models(experiment, candidates, out / CACHE_FOLDER, settings, progress)
        facts = common_options.study_facts(experiment, folds)
        add_comparison(run, results, unavailable, facts)
        common_options.write_files(out, run.files)
        comparison_report.print_comparison(results, report_console())
    typer.echo(f"{out} holds {CSV_FILE}, {JSON_FILE} and {PNG_FILE}.")


def _split_names(texts: list[str] | None) -> list[str]:
    """The names of a repeatable option, each value of which may hold several between commas."""
    return [name.strip() for text in texts or () for name in text.split(",") if name.strip()]


def add_comparison(
    run: "TrackedRun",
    results: "Sequence[ComparisonRow]",
    unavailable: "dict[str, list[Candidate]]",
    facts: dict[str, Any],
) -> None:
    """Add a comparison to the run; its files are those written to the folder."""
    from credit_scoring.laboratory.comparison import comparison_report
    from credit_scoring.laboratory.comparison.comparison_plot import plot_comparison

    run.add_params(facts)
    for row in results:
        run.add_metrics(row.figures, row.candidate.name.replace("+", "/"))
    run.add_json(JSON_FILE, comparison_report.as_dict(results, unavailable, facts))
    run.files[CSV_FILE] = comparison_report.as_csv(results).encode()
    run.files[PNG_FILE] = plot_comparison(results)
