"""`python model.py erase`."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from credit_scoring.commands.decision_log_options import DRY_RUN, opened, say

if TYPE_CHECKING:
    from sqlalchemy import Engine


def erase(
    applicant: Annotated[
        str | None, typer.Option(help="The applicant's id, as GET /decisions shows it.")
    ] = None,
    decision: Annotated[
        UUID | None,
        typer.Option(
            help="Instead: the decision_id of one decision, where the log has no applicant's id."
        ),
    ] = None,
    dry_run: Annotated[bool, DRY_RUN] = False,
) -> None:
    """Erase one applicant's data from the decision log: inputs, reasons, ids, the text of reviews. It cannot be undone.

    That a decision was made stays, with its model, probability and outcome, and with when the rest was erased.
    Exit code 1 where there was nothing to erase.
    """
    from credit_scoring.decisions.erase import erase as take

    if (applicant is None) == (decision is None):
        raise typer.BadParameter("give either --applicant or --decision")
    with opened() as engine:
        identity = None if decision is None else str(decision)
        erased = take(engine, applicant_id=applicant, decision_id=identity, dry_run=dry_run)
        if not erased.decisions:
            typer.secho(
                f"Nothing to erase: {_why(engine, applicant, identity)}",
                fg=typer.colors.RED,
                err=True,
            )
            raise typer.Exit(1)
    say(erased, dry_run=dry_run)


def _why(engine: "Engine", applicant: str | None, decision_id: str | None) -> str:
    from credit_scoring.decisions.decision_log import DecisionLog

    if decision_id is None:
        return f'no decision in the log has the applicant\'s id "{applicant}", or their data were erased before'
    found = DecisionLog(engine).find(decision_id)
    if found is None:
        return f"there is no decision {decision_id}"
    return f"the data of {decision_id} were erased on {found.erased_at:%Y-%m-%d} ({found.erased_because})"
