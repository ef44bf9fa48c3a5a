"""`python model.py explain`."""

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
    make_read_options,
    write_files,
)
from credit_scoring.commands.tracking_option import TrackOption, track_run


def explain(
    data: ModelDataPath,
    bundle: BundlePath = LATEST_BUNDLE,
    applicant: Annotated[
        list[str] | None,
        typer.Option(
            help="Id of an applicant to report on as well. Repeatable. Reports hold personal data."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for plots and pages.")] = Path(
        "reports/explain"
    ),
    seed: Seed = 0,
    ignore_unknown: IgnoreUnknown = False,
    track: TrackOption = True,
) -> None:
    """Explain a model by SHAP plots (beeswarm, bar, dependence), and report on single applicants.

    Plots are PNG, pages HTML.
    """
    with exit_on_error(out), track_run("explain", enabled=track) as run:
        from credit_scoring.files import safe_file_name
        from credit_scoring.laboratory.explanation.applicant_report import report_applicant
        from credit_scoring.laboratory.explanation.contributions import (
            compute_contributions,
            sample_applicants,
        )
        from credit_scoring.laboratory.explanation.html_pages import applicant_page, model_page
        from credit_scoring.laboratory.explanation.shap_plots import draw_shap_plots, plot_waterfall
        from credit_scoring.laboratory.score_dataset import load_labelled, load_verified_bundle
        from credit_scoring.progress import Progress

        progress = Progress()
        read_options = make_read_options(ignore_unknown)
        loaded = load_verified_bundle(bundle)
        with progress.step(f"Reading {data}"):
            (dataset,) = load_labelled(data, loaded, read_options=read_options)
        with progress.step("Explaining"):
            reports = [report_applicant(loaded, dataset, name) for name in applicant or ()]
            sample = sample_applicants(dataset.table.features, seed)
            contributions = compute_contributions(loaded, sample)
            plots = draw_shap_plots(contributions)
            run.add_params(
                {"model_version": loaded.version, "data": dataset.facts, "explained": len(sample)}
            )
            run.files |= plots
            run.add_json("shap_importance.json", contributions.mean_absolute)
            page = model_page(loaded.version, contributions, plots)
            run.files["explanation.html"] = page.encode()
            files = dict(run.files)  # reports hold personal data: they are not tracked
            for report in reports:
                waterfall = plot_waterfall(report.explanation)
                name = f"applicant_{safe_file_name(str(report.applicant))}"
                files[f"{name}.png"] = waterfall
                files[f"{name}.html"] = applicant_page(report, waterfall).encode()
        write_files(out, files)
    typer.echo(f"{out} holds explanation.html and {len(files) - 1} more files.")
