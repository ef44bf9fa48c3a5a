"""`python model.py erase`."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from credit_scoring.commands.decision_log_options import DryRun, open_decision_log, print_erasure

if TYPE_CHECKING:
    from sqlalchemy import Engine


def erase(
    applicant: Annotated[
        str | None, typer.Option(help="The applicant's id, as GET /decisions shows it.")
    ] = None,
    decision: Annotated[
        UUID | None,
        typer.Option(
            help="Instead of --applicant: the decision_id of one decision, for a decision that was "
            "logged without an applicant's id."
        ),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Erase one applicant's data from the decision log. This cannot be undone.

    Inputs, reasons, ids and the text of reviews are erased. The fact that a decision was made
    stays, with its model, probability, outcome and the time of the erasure. Exit code 1 if there
    was nothing to erase.
    """
    from credit_scoring.decisions.erase import erase as erase_decisions

    if (applicant is None) == (decision is None):
        raise typer.BadParameter("give either --applicant or --decision")
    decision_id = None if decision is None else str(decision)
    with open_decision_log() as engine:
        counts = erase_decisions(
            engine, applicant_id=applicant, decision_id=decision_id, dry_run=dry_run
        )
        if not counts.decisions:
            reason = _why_nothing(engine, applicant, decision_id)
            typer.secho(f"Nothing to erase: {reason}", fg=typer.colors.RED, err=True)
            raise typer.Exit(1)
    print_erasure(counts, dry_run=dry_run)


def _why_nothing(engine: "Engine", applicant: str | None, decision_id: str | None) -> str:
    from credit_scoring.decisions.decision_log import DecisionLog

    if decision_id is None:
        return (
            f'no decision has the applicant\'s id "{applicant}" '
            "(the id is unknown, or its data are already erased)"
        )
    decision = DecisionLog(engine).find(decision_id)
    if decision is None:
        return f"decision {decision_id} does not exist"
    erased_at = f"{decision.erased_at:%Y-%m-%d}"
    return f"the data of {decision_id} were erased on {erased_at} ({decision.erased_because})"
