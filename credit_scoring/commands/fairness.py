"""`python model.py fairness`."""

from pathlib import Path
from typing import Annotated

import typer

from credit_scoring.commands.common_options import (
    LATEST_BUNDLE,
    BundlePath,
    IgnoreUnknown,
    ModelDataPath,
    Seed,
    exit_on_error,
    invoked_command,
    make_read_options,
    write_files,
)
from credit_scoring.commands.tracking_option import TrackOption, track_run

JSON_FILE = "fairness.json"
PNG_FILE = "fairness.png"


def fairness(
    data: ModelDataPath,
    bundle: BundlePath = LATEST_BUNDLE,
    out: Annotated[Path, typer.Option(help="Folder for the figures and the plot.")] = Path(
        "reports/fairness"
    ),
    price: Annotated[
        bool,
        typer.Option(
            "--price/--no-price",
            help="Train with and without the attributes, to see what leaving them out costs.",
        ),
    ] = True,
    seed: Seed = 0,
    ignore_unknown: IgnoreUnknown = False,
    track: TrackOption = True,
) -> None:
    """Compare decisions by sex, age and marital status; measure the cost of leaving these out.

    For a model of a flat table: by the columns that its schema calls prohibited or restricted.
    """
    with exit_on_error(out), track_run("fairness", enabled=track) as run:
        from credit_scoring.laboratory.fairness.evaluate_fairness import evaluate_fairness
        from credit_scoring.laboratory.fairness.fairness_report import plot_fairness, print_fairness
        from credit_scoring.laboratory.score_dataset import load_verified_bundle
        from credit_scoring.progress import Progress
        from credit_scoring.report_table import report_console

        content = evaluate_fairness(
            load_verified_bundle(bundle),
            data,
            seed,
            make_read_options(ignore_unknown),
            Progress(),
            made_by=invoked_command(),
            price=price,
        )
        run.add_params({name: content[name] for name in ("model_version", "judged", "data")})
        run.add_json(JSON_FILE, content)
        run.files[PNG_FILE] = plot_fairness(content)
        write_files(out, run.files)
        print_fairness(content, report_console())
    typer.echo(
        f"{out} holds {JSON_FILE} and {PNG_FILE}. Add it to the model card: "
        f"python model.py card --bundle {bundle} --fairness {out / JSON_FILE}"
    )
