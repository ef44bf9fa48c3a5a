"""`python model.py fairness`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from credit_scoring.commands.common_options import (
    BUNDLE,
    DATA,
    SEED,
    UNKNOWN,
    made_by,
    said_plainly,
    wide,
)
from credit_scoring.commands.tracking_option import TRACK, track_run

if TYPE_CHECKING:
    from credit_scoring.laboratory.score_dataset import LoadedBundle
    from credit_scoring.progress import Progress
    from credit_scoring.tables.read_tables import Reading

JSON_FILE, PNG_FILE = "fairness.json", "fairness.png"


def fairness(
    data: Annotated[Path, DATA],
    bundle: Annotated[Path, BUNDLE] = Path("models/latest"),
    out: Annotated[Path, typer.Option(help="Folder for table and picture.")] = Path(
        "reports/fairness"
    ),
    price: Annotated[
        bool,
        typer.Option(
            "--price/--no-price", help="Train with and without the attributes: what do they cost?"
        ),
    ] = True,
    seed: Annotated[int, SEED] = 0,
    ignore_unknown: Annotated[bool, UNKNOWN] = False,
    track: Annotated[bool, TRACK] = True,
) -> None:
    """See how decisions fall by sex, age and marital status, and what leaving these out of the model costs."""
    with said_plainly(out), track_run("fairness", enabled=track) as run:
        from rich.console import Console

        from credit_scoring.laboratory.fairness import fairness_report
        from credit_scoring.files import write_atomically
        from credit_scoring.laboratory.score_dataset import load_verified_bundle
        from credit_scoring.progress import Progress
        from credit_scoring.settings import load_settings
        from credit_scoring.tables.read_tables import Reading

        reading = Reading(load_settings(os.environ).cache_path, ignore_unknown)
        found = report_on(
            load_verified_bundle(bundle), data, seed, reading, Progress(), price=price
        )
        run.add_params({name: found[name] for name in ("model_version", "judged", "data")})
        run.add_json(JSON_FILE, found)
        run.files[PNG_FILE] = fairness_report.picture(found)
        for name, content in run.files.items():
            write_atomically(out / name, content)
        fairness_report.show(found, wide(Console()))
    typer.echo(f"{out} holds {JSON_FILE} and {PNG_FILE}. Tell it in the model card: "
               f"python model.py card --bundle {bundle} --fairness {out / JSON_FILE}")  # fmt: skip


def report_on(
    opened: "LoadedBundle",
    data: Path,
    seed: int,
    reading: "Reading",
    progress: "Progress",
    *,
    price: bool,
) -> dict[str, Any]:
    """The fairness figures as JSON has them.

    On the data that the bundle was trained on its procedure is judged out of fold; on any other data the bundle.
    """
    from credit_scoring.errors import FeatureError
    from credit_scoring.laboratory.fairness import group_metrics as module
    from credit_scoring.laboratory.fairness.attribute_ablation import BothWays
    from credit_scoring.laboratory.score_dataset import predict_dataset, load_labelled

    if opened.schema.exists():
        raise FeatureError(f"the model {opened.version} is of a flat table: fairness knows sex, age and marital status "
                           "in tables like Home Credit's only")  # fmt: skip
    with progress.step(f"Reading {data}"):
        (rows,) = load_labelled(data, opened, reading=reading, also=module.ATTRIBUTES)
    seen = opened.was_trained_on(rows.facts)
    ways = BothWays(opened, data, seed, reading, progress) if seen or price else None
    judged = ways.as_trained() if ways and seen else predict_dataset(opened, rows)
    with progress.step("Comparing groups"):
        groups = module.groups_of(rows.table.features[judged.rows])
        attributes = [
            module.by_group(one, rows.target[judged.rows], judged, seed) for one in groups
        ]
    return {
        "model_version": opened.version,
        "made_by": made_by(),
        "data": rows.facts,
        "judged": "out of fold" if seen else "on data that the model was not trained on",
        "threshold": opened.bundle.manifest.threshold["value"],
        "attributes": attributes,
        "price": ways.price() if ways and price else None,
    }
