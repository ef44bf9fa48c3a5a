"""`python model.py erase`."""

from typing import Annotated

import typer

from credit_scoring.commands.decision_log import DRY_RUN, opened, say


def erase(
    applicant: Annotated[str | None, typer.Option(help="The applicant's id, as it was sent with the requests.")] = None,
    decision: Annotated[
        str | None, typer.Option(help="Instead: the id of one decision, where no applicant's id was sent.")
    ] = None,
    dry_run: Annotated[bool, DRY_RUN] = False,
) -> None:
    """Erase one applicant's data from the decision log: inputs, reasons, ids, the text of reviews. It cannot be undone.

    That a decision was made stays, with its model, probability and outcome, and with when the rest was erased.
    """
    from credit_scoring.decisions.erase import erase as take

    if (applicant is None) == (decision is None):
        raise typer.BadParameter("give either --applicant or --decision")
    with opened() as engine:
        erased = take(engine, applicant_id=applicant, decision_id=decision, dry_run=dry_run)
        say(erased, dry_run=dry_run)
        if not erased.decisions:
            typer.echo("Nothing of it is in the log: no such id, or its data were erased before.", err=True)
