"""The options `--part-rows` and `--restart` of commands whose runs resume."""

from typing import Annotated

import typer

from credit_scoring.commands.decision_log_options import count_of

PartRows = Annotated[
    int | None, typer.Option(min=1, help="Applicants per part; smaller parts take less memory.")
]
Restart = Annotated[
    bool, typer.Option("--restart", help="Begin again instead of resuming a stopped run.")
]


def print_resumption(finished: int) -> None:
    """Say after how many parts a run resumes."""
    typer.echo(f"Resuming after {count_of(finished, 'finished part')}.", err=True)
