"""`python model.py outcomes`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from credit_scoring.commands.decision_log_options import count_of, open_decision_log

if TYPE_CHECKING:
    from credit_scoring.decisions.import_outcomes import ImportCounts

COLUMNS = ("decision_id", "outcome")


def outcomes(
    file: Annotated[
        Path,
        typer.Option(
            help="CSV or Parquet file with the columns decision_id and outcome: 0 repaid, "
            "1 default. One row per decision."
        ),
    ],
) -> None:
    """Add the outcomes of loans to the decision log, from a file.

    All rows are checked first: if one is wrong, the message names it and nothing is stored. An
    outcome that the log already has is skipped, so the command can be repeated. Another outcome of
    the same decision corrects the earlier one, which stays in the log.
    """
    from credit_scoring.decisions.import_outcomes import import_outcomes

    with open_decision_log() as engine:
        counts = import_outcomes(engine, _rows(file))
    _print(counts)


def _rows(file: Path) -> list[tuple[Any, Any]]:
    """The rows of the file; TableError if it has other columns."""
    from credit_scoring.errors import TableError
    from credit_scoring.flat_table.read_flat_table import read_flat_table

    table = read_flat_table(file)
    if sorted(table.columns) != sorted(COLUMNS):
        raise TableError(
            f"{file} has the columns {', '.join(table.columns)}: expected {' and '.join(COLUMNS)}"
        )
    return table.select(COLUMNS).rows()


def _print(counts: "ImportCounts") -> None:
    stored = counts.new + counts.corrections
    typer.echo(
        f"Stored {count_of(stored, 'outcome')}, of which {counts.corrections:,} correct an earlier "
        f"one; {counts.present:,} were in the log already."
    )
