"""`python model.py select`: choose the features that a model uses."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from credit_scoring.commands import common_options
from credit_scoring.commands.tracking_option import TrackOption, track_run

if TYPE_CHECKING:
    from credit_scoring.laboratory.selection.select_features import Selection
    from credit_scoring.tracking.tracked_run import TrackedRun

LIST_FILE = "features.toml"
JSON_FILE = "selection.json"
CSV_FILE = "curve.csv"
PNG_FILE = "curve.png"


def select(
    data: common_options.DataPath,
    out: Annotated[
        Path,
        typer.Option(
            help="Folder for list, curve and plot; kept/ holds what an interrupted run resumes "
            "from."
        ),
    ] = Path("reports/selection"),
    inputs: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=125,
            help="Number of inputs to select; by default the one with the lowest log-loss.",
        ),
    ] = None,
    max_drift: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Leave out features whose PSI between the earlier and the later half of the "
            "applicants is larger, such as 0.1. The data must say when a loan was applied for.",
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
    """Select the features to serve, ranked inside folds; write a list for train --features."""
    unchanged = f"the same command resumes; {out}"
    with common_options.exit_on_error(unchanged), track_run("select", enabled=track) as run:
        from credit_scoring.files import require_writable_folder
        from credit_scoring.laboratory.result_cache import CACHE_FOLDER
        from credit_scoring.laboratory.selection import selection_report
        from credit_scoring.laboratory.selection.select_features import (
            SelectionSettings,
            select_features,
        )
        from credit_scoring.progress import Progress
        from credit_scoring.report_table import report_console
        from credit_scoring.training.feature_list_file import write_feature_list

        progress = Progress()
        require_writable_folder(out)
        costs = (false_negative_cost, false_positive_cost)
        experiment = common_options.open_experiment(
            data, seed, allow, progress,
            ignore_unknown=ignore_unknown, rows=rows, costs=costs, max_drift=max_drift,
        )  # fmt: skip
        if max_drift is not None:
            typer.echo(drifting_in_words(experiment.facts["drifting"], max_drift))
        settings = SelectionSettings(folds=folds, inputs=inputs, workers=jobs)
        selection = select_features(experiment, out / CACHE_FOLDER, settings, progress)
        facts = common_options.study_facts(experiment, folds)
        add_selection(run, selection, facts)
        feature_list = selection_report.make_feature_list(
            experiment.task, selection, provenance(facts), experiment.facts.get("drifting")
        )
        write_feature_list(out / LIST_FILE, feature_list)
        common_options.write_files(out, run.files)
        run.files[LIST_FILE] = (out / LIST_FILE).read_bytes()
        selection_report.print_selection(selection, feature_list.names, report_console())
    typer.echo(
        f"{out} holds {CSV_FILE}, {PNG_FILE}, {JSON_FILE} and the list {LIST_FILE}. Train on it: "
        f"python model.py train --data {data} --features {out / LIST_FILE}"
    )


def drifting_in_words(drifting: dict[str, float], limit: float) -> str:
    """Which features are left out because they drift, with their PSI."""
    if not drifting:
        return f"No feature has a PSI above {limit:g} between the halves of the period."
    names = ", ".join(f"{name} ({psi:.2f})" for name, psi in drifting.items())
    return f"Left out, with a PSI above {limit:g} between the halves of the period: {names}."


def provenance(facts: dict[str, Any]) -> dict[str, Any]:
    """The origin of a feature list, for the list itself."""
    names = ("fingerprint", "source", "applicants", "seed")
    return {
        **{name: facts["data"][name] for name in names},
        "folds": facts["folds"],
        "command": facts["made_by"],
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def add_selection(run: "TrackedRun", selection: "Selection", facts: dict[str, Any]) -> None:
    """Add a selection to the run; its files are those written to the folder."""
    from credit_scoring.laboratory.selection import selection_report

    run.add_params({**facts, "inputs": selection.inputs})
    for point in selection.points:
        run.add_metrics(point.figures, f"inputs_{point.inputs}")
    run.add_json(JSON_FILE, selection.as_dict(facts))
    run.files[CSV_FILE] = selection_report.as_csv(selection.points).encode()
    run.files[PNG_FILE] = selection_report.plot_selection(selection)
