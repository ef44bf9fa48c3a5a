"""`python model.py migrate`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.commands.common_options import exit_on_error

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from credit_scoring.database.copy_database import CopiedTable


def migrate(
    copy_from: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="SQLite database (sqlite:///FILE) to copy into the empty PostgreSQL database of "
            "DATABASE_URL. Stop the service first.",
        ),
    ] = None,
) -> None:
    """Create or update the tables of the decision log, in the database of DATABASE_URL.

    The server does this automatically on SQLite, not on PostgreSQL. On a platform that has only
    the web process's libraries, use python -m credit_scoring.database.

    --copy-from copies a decision log from SQLite to PostgreSQL, with keys, deployments and
    monitoring, and compares all rows. If anything fails, nothing is copied.
    """
    from credit_scoring.database.__main__ import main

    with exit_on_error("the database"):
        if copy_from is None:
            main()
        else:
            _print_copy(_copy(copy_from), copy_from)


def _copy(url: str) -> "list[CopiedTable]":
    """Migrate the database of the settings, and copy the database at `url` into it."""
    from credit_scoring.database.__main__ import main
    from credit_scoring.database.copy_database import copy_database, require_kinds
    from credit_scoring.database.engine import open_database
    from credit_scoring.progress import Progress
    from credit_scoring.settings import load_settings

    target = open_database(load_settings(os.environ).database_url, limited=False)
    with _source_errors():
        source = open_database(url, create=False, limited=False)
    try:
        require_kinds(source, target)
        with _source_errors():
            _require_log(source)
        main()
        with Progress().step("Copying and comparing") as report:
            return copy_database(source, target, report)
    finally:
        source.dispose()
        target.dispose()


@contextmanager
def _source_errors() -> Iterator[None]:
    """Let errors of the source name --copy-from instead of DATABASE_URL."""
    from credit_scoring.errors import SettingError, StorageError

    try:
        yield
    except (SettingError, StorageError) as error:
        reason = str(error).replace("DATABASE_URL", "--copy-from")
        raise SettingError(f"nothing can be copied: {reason}") from error


def _require_log(source: "Engine") -> None:
    """SettingError for a database without a decision log, StorageError for one of another time."""
    from credit_scoring.database.migrate import current_revision, require_current
    from credit_scoring.database.read_transaction import read_transaction
    from credit_scoring.errors import SettingError

    with read_transaction(source) as connection:
        revision = current_revision(connection)
    if revision is None:
        raise SettingError(
            f"{source.url.database} has no decision log: set DATABASE_URL to that of a service"
        )
    require_current(source, exactly=True)


def _print_copy(tables: "list[CopiedTable]", url: str) -> None:
    for table in tables:
        typer.echo(f"{table.name:<18} {table.rows:>12,} rows  {table.digest[:12]}")
    typer.echo(
        f"Everything in {url} was copied and compared. Start the service with this DATABASE_URL, "
        "and keep the file as a backup."
    )
