"""`python model.py evaluate`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.common_options import BUNDLE, SEED, UNKNOWN, said_plainly
from credit_scoring.commands.tracking_option import TRACK, track_run

if TYPE_CHECKING:
    from credit_scoring.laboratory.evaluation.evaluate_bundle import Assessment, Comparison
    from credit_scoring.tracking.tracked_run import TrackedRun

JSON_FILE = "evaluation.json"


def evaluate(
    data: Annotated[
        Path,
        typer.Option(
            help="Folder or zip of tables like Home Credit's; for a model of a flat table, such a file."
        ),
    ],
    bundle: Annotated[Path, BUNDLE] = Path("models/latest"),
    against: Annotated[
        Path | None,
        typer.Option(
            help="Folder of a second bundle: which is better on the same applicants, for real?"
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for evaluation.json and the pictures.")] = Path(
        "reports/evaluate"
    ),
    seed: Annotated[int, SEED] = 0,
    ignore_unknown: Annotated[bool, UNKNOWN] = False,
    track: Annotated[bool, TRACK] = True,
) -> None:
    """Judge a bundle on any data with known outcomes: every figure with its interval, calibration, pictures."""
    with said_plainly(out), track_run("evaluate", enabled=track) as run:
        from credit_scoring.laboratory.evaluation import evaluate_bundle
        from credit_scoring.files import write_atomically
        from credit_scoring.laboratory.score_dataset import load_verified_bundle
        from credit_scoring.progress import Progress
        from credit_scoring.settings import load_settings
        from credit_scoring.tables.read_tables import Reading

        reading = Reading(load_settings(os.environ).cache_path, ignore_unknown)
        first = load_verified_bundle(bundle)
        second = None if against is None else load_verified_bundle(against)
        with Progress().step(
            f"Evaluating {bundle}{f' against {against}' if against else ''} on {data}"
        ):
            found: Assessment | Comparison = (
                evaluate_bundle.assess(first, data, seed, reading)
                if second is None
                else evaluate_bundle.against(first, second, data, seed, reading)
            )
            pictures = evaluate_bundle.pictures(found)
        show(found)
        tell(run, found, pictures)
        for name, content in run.files.items():
            write_atomically(out / name, content)
    typer.echo(f"{out} holds {JSON_FILE} and {len(pictures)} pictures.")


def tell(run: "TrackedRun", found: "Assessment | Comparison", pictures: dict[str, bytes]) -> None:
    """What the run has to remember of an evaluation."""
    facts = found.as_dict()
    run.add_params({name: facts[name] for name in ("model_version", "in_sample", "data", "costs")})
    run.add_metrics(facts["metrics"], "evaluation")
    if "against" in facts:
        run.add_params({"against.model_version": facts["against"]["model_version"]})
        run.add_metrics(facts["against"]["metrics"], "against")
        run.add_metrics(found.difference, "difference")  # type: ignore[union-attr]
    run.add_json(JSON_FILE, facts)
    run.files |= pictures


def show(found: "Assessment | Comparison") -> None:
    """The figures as a table, the difference in words, and a warning where figures flatter."""
    from rich.console import Console

    from credit_scoring.laboratory.evaluation.evaluate_bundle import Assessment, by_name
    from credit_scoring.training.training_report import metrics_table

    both = by_name(found)
    columns = {name: one.metrics for name, one in both.items()}
    if not isinstance(found, Assessment):
        columns["difference"] = found.difference
    Console().print(metrics_table(columns))
    for one in both.values():
        if one.in_sample:
            typer.secho(
                f"Warning: model {one.opened.version} was trained on these very data: its figures are in sample and "
                "say nothing of new applicants. Those of its training are in its model.json.",
                fg=typer.colors.YELLOW, err=True,
            )  # fmt: skip
    if not isinstance(found, Assessment):
        typer.echo(in_words(found))


def in_words(found: "Comparison") -> str:
    """Which of two bundles costs less, by how much, and whether that may be chance."""
    from credit_scoring.laboratory.paired_bootstrap import is_significant

    cost, (one, other) = found.cost, (found.one.opened.version, found.other.opened.version)
    less = "less" if cost["value"] < 0 else "more"
    verdict = "a real difference" if is_significant(cost) else "which may be chance"
    return (f"Model {one} costs {abs(cost['value']):.4f} {less} per applicant than {other}, {verdict} "
            f"(95 % interval of the difference: {cost['low']:+.4f} to {cost['high']:+.4f}).")  # fmt: skip
