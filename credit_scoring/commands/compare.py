"""`python model.py compare`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from credit_scoring.commands.common_options import (
    ALLOW,
    DATA,
    FALSE_NEGATIVE_COST,
    FALSE_POSITIVE_COST,
    JOBS,
    ROWS,
    SEED,
    UNKNOWN,
    made_by,
    said_plainly,
    wide,
)
from credit_scoring.commands.tracking_option import TRACK, track_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from credit_scoring.laboratory.comparison.candidates import Candidate
    from credit_scoring.laboratory.comparison.compare_models import Row
    from credit_scoring.tracking.tracked_run import TrackedRun

JSON_FILE, CSV_FILE, PNG_FILE = "comparison.json", "comparison.csv", "comparison.png"


def compare(
    data: Annotated[Path, DATA],
    out: Annotated[
        Path, typer.Option(help="Folder for table and picture; in kept/, what an interrupted run goes on from.")
    ] = Path("reports/comparison"),
    models: Annotated[
        list[str] | None,
        typer.Option(help="Only these: dummy, logistic_regression, random_forest, lightgbm, xgboost, catboost, mlp. "
                          "Repeatable, or separated by commas."),
    ] = None,
    strategies: Annotated[
        list[str] | None,
        typer.Option(help="Only these ways to treat the imbalance: none, class_weights, is_unbalance, smote, "
                          "undersampling. Repeatable, or separated by commas."),
    ] = None,
    folds: Annotated[int, typer.Option(min=2, max=10, help="Parts of the cross-validation, the same for all.")] = 5,
    rows: Annotated[int | None, ROWS] = None,
    seed: Annotated[int, SEED] = 0,
    false_negative_cost: Annotated[float, FALSE_NEGATIVE_COST] = 10.0,
    false_positive_cost: Annotated[float, FALSE_POSITIVE_COST] = 1.0,
    allow: Annotated[list[str] | None, ALLOW] = None,
    jobs: Annotated[int | None, JOBS] = None,
    ignore_unknown: Annotated[bool, UNKNOWN] = False,
    track: Annotated[bool, TRACK] = True,
) -> None:  # fmt: skip
    """Compare models and ways to treat the imbalance on the same folds: what costs least, and whether that is real."""
    kept = f"the same command goes on where this one stopped; {out}"
    with said_plainly(kept), track_run("compare", enabled=track) as run:
        from rich.console import Console

        from credit_scoring.laboratory.comparison import comparison_report
        from credit_scoring.laboratory.comparison.candidates import Effort, contenders
        from credit_scoring.laboratory.comparison.compare_models import compare as compared
        from credit_scoring.laboratory.comparison.compare_models import kept_in
        from credit_scoring.laboratory.experiment import load_experiment
        from credit_scoring.files import require_writable_folder, write_atomically
        from credit_scoring.progress import Progress
        from credit_scoring.settings import load_settings
        from credit_scoring.tables.read_tables import Reading
        from credit_scoring.training.metrics import Costs

        settings, progress, effort = load_settings(os.environ), Progress(), Effort()
        asked, absent = contenders(_names(models), _names(strategies))
        for line in comparison_report.left_out(absent):
            typer.secho(line, fg=typer.colors.YELLOW, err=True)
        require_writable_folder(out)
        study = load_experiment(
            data, seed=seed, costs=Costs(false_negative_cost, false_positive_cost), rows=rows,
            allowed=allow or settings.allowed_attributes, progress=progress,
            reading=Reading(settings.cache_path, ignore_unknown),
        )  # fmt: skip
        kept_results = kept_in(out / "kept", study, folds, effort)
        found = compared(
            study, asked, kept_results, progress, folds=folds, effort=effort, jobs=jobs
        )
        facts = {"data": study.facts, "folds": folds, "made_by": made_by()}
        tell(run, found, absent, facts)
        for name, content in run.files.items():
            write_atomically(out / name, content)
        comparison_report.show(found, wide(Console()))
    typer.echo(f"{out} holds {CSV_FILE}, {JSON_FILE} and {PNG_FILE}.")


def _names(given: list[str] | None) -> list[str]:
    """The names of a repeatable option, each of which may hold several between commas."""
    return [name.strip() for text in given or () for name in text.split(",") if name.strip()]


def tell(
    run: "TrackedRun",
    rows: "Sequence[Row]",
    absent: "dict[str, list[Candidate]]",
    facts: dict[str, Any],
) -> None:
    """What the run has to remember of a comparison; its files are those left in the folder."""
    from credit_scoring.laboratory.comparison import comparison_report

    run.add_params(facts)
    for row in rows:
        run.add_metrics(row.figures, row.contender.name.replace("+", "/"))
    run.add_json(JSON_FILE, comparison_report.as_dict(rows, absent, facts))
    run.files |= {
        CSV_FILE: comparison_report.as_csv(rows).encode(),
        PNG_FILE: comparison_report.picture(rows),
    }
