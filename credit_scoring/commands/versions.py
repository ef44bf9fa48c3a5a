"""`python model.py versions`."""

from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.open_deployer import open_deployer

if TYPE_CHECKING:
    from credit_scoring.deployments.stored_models import ModelDescription

METRICS = ("roc_auc", "cost_per_applicant")  # of the held-out applicants
HEADINGS = (
    "version", "in use", "created", "trained on", "AUC", "cost", "threshold", "signed by", "name",
)  # fmt: skip


def versions(
    source: Annotated[
        list[str] | None,
        typer.Option(help="Describe the model at this folder or address, too. Repeatable."),
    ] = None,
) -> None:
    """List the stored models, the last one stored or deployed first; --source adds others."""
    from credit_scoring.deployments.stored_models import describe_stored
    from credit_scoring.report_table import ReportTable, report_console

    with open_deployer() as deployer:
        newest = deployer.log.newest()
        in_use = None if newest is None else newest.stored_name
        models = [
            *describe_stored(deployer.library.store, in_use),
            *(deployer.library.describe(place, in_use) for place in source or ()),
        ]
    if not models:
        typer.echo("No model is stored: start the service, or python model.py deploy.")
        return
    table = ReportTable("", *HEADINGS, box=None, pad_edge=False)
    for model in models:
        table.add_row(*_row(model))
    report_console().print(table)


def _row(model: "ModelDescription") -> tuple[str, ...]:
    from credit_scoring.report_table import plain_cell

    held_out = model.metrics["held_out"]
    figures = [f"{held_out[name]['value']:.4f}" if name in held_out else "" for name in METRICS]
    return (
        model.version,
        "yes" if model.in_use else "",
        model.created_at[:10],
        plain_cell(f"{model.data['source']} ({model.data['applicants']:,} applicants)"),
        *figures,
        f"{model.threshold['value']:.4f}",
        model.signed_by or "not signed",
        plain_cell(model.name),
    )
