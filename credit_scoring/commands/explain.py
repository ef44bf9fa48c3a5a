"""`python model.py explain`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from credit_scoring.commands.common_options import BUNDLE, SEED, UNKNOWN, said_plainly
from credit_scoring.commands.tracking_option import TRACK, track_run


def explain(
    data: Annotated[
        Path,
        typer.Option(
            help="Folder or zip of tables like Home Credit's; for a model of a flat table, such a file."
        ),
    ],
    bundle: Annotated[Path, BUNDLE] = Path("models/latest"),
    applicant: Annotated[
        list[str] | None,
        typer.Option(
            help="Identifier of an applicant to report on as well. Repeatable. Reports hold personal data."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for pictures and pages.")] = Path(
        "reports/explain"
    ),
    seed: Annotated[int, SEED] = 0,
    ignore_unknown: Annotated[bool, UNKNOWN] = False,
    track: Annotated[bool, TRACK] = True,
) -> None:
    """Draw what a model draws on (SHAP beeswarm, bar, dependence) and report on single applicants, as PNG and HTML."""
    with said_plainly(out), track_run("explain", enabled=track) as run:
        from credit_scoring.laboratory.explanation import explain_model as module
        from credit_scoring.files import write_atomically
        from credit_scoring.laboratory.score_dataset import load_labelled, load_verified_bundle
        from credit_scoring.progress import Progress
        from credit_scoring.settings import load_settings
        from credit_scoring.tables.read_tables import Reading

        reading, progress = (
            Reading(load_settings(os.environ).cache_path, ignore_unknown),
            Progress(),
        )
        opened = load_verified_bundle(bundle)
        with progress.step(f"Reading {data}"):
            (rows,) = load_labelled(data, opened, reading=reading)
        with progress.step("Explaining"):
            reports = [module.report_of(opened, rows, one) for one in applicant or ()]
            found = module.contributions(opened, module.some_of(rows, seed))
            pictures = module.pictures(found)
            run.add_params(
                {
                    "model_version": opened.version,
                    "data": rows.facts,
                    "explained": len(found.values),
                }
            )
            run.files |= pictures
            run.add_json("shap_importance.json", found.mean_absolute)
            run.files["explanation.html"] = module.global_page(
                opened.version, found, pictures
            ).encode()
            files = dict(
                run.files
            )  # reports on applicants stay here: the tracking server is no place for them
            for report in reports:
                picture = module.waterfall(report)
                files[f"applicant_{report.applicant}.png"] = picture
                files[f"applicant_{report.applicant}.html"] = module.report_page(
                    report, picture
                ).encode()
        for name, content in files.items():
            write_atomically(out / name, content)
    typer.echo(f"{out} holds explanation.html and {len(files) - 1} more files.")
