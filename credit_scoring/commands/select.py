"""`python model.py select`."""

import os
from datetime import UTC, datetime
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
    from credit_scoring.laboratory.selection.select_features import Selection
    from credit_scoring.tracking.tracked_run import TrackedRun

LIST_FILE, JSON_FILE, CSV_FILE, PNG_FILE = (
    "features.toml",
    "selection.json",
    "curve.csv",
    "curve.png",
)


def select(
    data: Annotated[Path, DATA],
    out: Annotated[
        Path,
        typer.Option(
            help="Folder for list, curve and picture; in kept/, what an interrupted run goes on from."
        ),
    ] = Path("reports/selection"),
    inputs: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=125,
            help="Settle on this many inputs; the number of the lowest log-loss if not said.",
        ),
    ] = None,
    folds: Annotated[int, typer.Option(min=2, max=10, help="Parts of the cross-validation.")] = 5,
    rows: Annotated[int | None, ROWS] = None,
    seed: Annotated[int, SEED] = 0,
    false_negative_cost: Annotated[float, FALSE_NEGATIVE_COST] = 10.0,
    false_positive_cost: Annotated[float, FALSE_POSITIVE_COST] = 1.0,
    allow: Annotated[list[str] | None, ALLOW] = None,
    jobs: Annotated[int | None, JOBS] = None,
    ignore_unknown: Annotated[bool, UNKNOWN] = False,
    track: Annotated[bool, TRACK] = True,
) -> None:
    """Choose the features to serve: ranked inside folds, how many are worth it, and a list with reasons for train."""
    kept = f"the same command goes on where this one stopped; {out}"
    with said_plainly(kept), track_run("select", enabled=track) as run:
        from rich.console import Console

        from credit_scoring.laboratory.experiment import load_experiment
        from credit_scoring.files import require_writable_folder, write_atomically
        from credit_scoring.laboratory.selection import selection_report
        from credit_scoring.laboratory.selection.rank_features import Effort
        from credit_scoring.laboratory.selection.select_features import kept_in, select_features
        from credit_scoring.progress import Progress
        from credit_scoring.settings import load_settings
        from credit_scoring.tables.read_tables import Reading
        from credit_scoring.training.feature_list_file import write_feature_list
        from credit_scoring.training.metrics import Costs

        settings, progress, effort = load_settings(os.environ), Progress(), Effort()
        require_writable_folder(out)
        study = load_experiment(
            data, seed=seed, costs=Costs(false_negative_cost, false_positive_cost), rows=rows,
            allowed=allow or settings.allowed_attributes, progress=progress,
            reading=Reading(settings.cache_path, ignore_unknown),
        )  # fmt: skip
        results = kept_in(out / "kept", study, folds, effort)
        found = select_features(
            study, results, progress, folds=folds, effort=effort, inputs=inputs, jobs=jobs
        )
        facts = {"data": study.facts, "folds": folds, "made_by": made_by()}
        tell(run, found, facts)
        listed = selection_report.feature_list(study.problem, found, provenance(facts))
        write_feature_list(out / LIST_FILE, listed)
        for name, content in run.files.items():
            write_atomically(out / name, content)
        run.files[LIST_FILE] = (out / LIST_FILE).read_bytes()
        selection_report.show(found, listed.names, wide(Console()))
    typer.echo(f"{out} holds {CSV_FILE}, {PNG_FILE}, {JSON_FILE} and the list {LIST_FILE}. Train on it: "
               f"python model.py train --data {data} --features {out / LIST_FILE}")  # fmt: skip


def provenance(facts: dict[str, Any]) -> dict[str, Any]:
    """Where a list comes from, for the list itself."""
    data = facts["data"]
    date = datetime.now(UTC).isoformat(timespec="seconds")
    return {
        "fingerprint": data["fingerprint"], "source": data["source"], "applicants": data["applicants"],
        "seed": data["seed"], "folds": facts["folds"], "command": facts["made_by"], "date": date,
    }  # fmt: skip


def tell(run: "TrackedRun", selection: "Selection", facts: dict[str, Any]) -> None:
    """What the run has to remember of a selection; its files are those left in the folder."""
    from credit_scoring.laboratory.selection import selection_report
    from credit_scoring.laboratory.selection.select_features import as_dict

    run.add_params({**facts, "inputs": selection.inputs})
    for point in selection.points:
        run.add_metrics(point.figures, f"inputs_{point.inputs}")
    run.add_json(JSON_FILE, as_dict(selection, facts))
    run.files |= {
        CSV_FILE: selection_report.as_csv(selection.points).encode(),
        PNG_FILE: selection_report.picture(selection),
    }
