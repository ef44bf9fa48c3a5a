"""The schema of a lender's table for a command: read from its file, or inferred and shown."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    import polars as pl

    from credit_scoring.contracts.contract import Table


def load_or_infer_schema(
    frame: "pl.DataFrame", schema: Path | None, out: Path, **roles: Any
) -> "Table":
    """The schema of a flat table: read from `schema`, or inferred, shown, and written there.

    `roles` are the `target`, the `key` and the `target_default` that the command names. Shows what
    a person should know of the table before training.
    """
    from credit_scoring.flat_table.schema_display import print_schema
    from credit_scoring.flat_table.schema_file import read_schema, require_same_roles, write_schema
    from credit_scoring.report_table import report_console

    if schema is not None and schema.exists():
        stored = read_schema(schema)
        require_same_roles(stored, schema, **roles)
        _show_notes(frame, stored)
        return stored
    inferred = _infer(frame, **roles)
    print_schema(inferred, report_console())
    _show_notes(frame, inferred)
    if schema is not None:
        write_schema(schema, inferred)
    typer.echo(_how_to_correct(schema, out))
    return inferred


def _infer(
    frame: "pl.DataFrame", *, target: str | None, key: str | None, target_default: list[str]
) -> "Table":
    from credit_scoring.flat_table.infer_schema import infer_schema

    name = target or "target"
    return infer_schema(frame, target=name, key=key, target_default=target_default)


def _show_notes(frame: "pl.DataFrame", table: "Table") -> None:
    from credit_scoring.flat_table.table_notes import table_warnings
    from credit_scoring.flat_table.target_notes import target_shares

    target = table.target
    typer.echo(target_shares(frame[target.name], target))
    for warning in table_warnings(frame, table):
        is_urgent = warning.startswith("Warning")
        typer.secho(warning, fg="red" if is_urgent else "yellow", bold=is_urgent)


def _how_to_correct(schema: Path | None, out: Path) -> str:
    if schema is None:
        return (
            f"If something is wrong: {out}/schema.toml will hold this schema. "
            "Edit a copy and give it with --schema."
        )
    return (
        f"{schema} holds this schema. If something is wrong: stop (Ctrl-C), edit it, "
        "and give the same command again."
    )
