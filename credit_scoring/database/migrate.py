"""The migrations: bringing a database to the tables of this program, and telling whether it is there.

A migration is a file migrations/versions/NNNN_what.py whose revision is its number. Migrations only add, so that
a program which is one behind goes on working while the next is being started.
"""

import logging
import os
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from credit_scoring.database.engine import READ_ONLY
from credit_scoring.database.errors import translate_database_errors
from credit_scoring.errors import StorageError

log = logging.getLogger(__name__)
MIGRATIONS = Path(__file__).with_name("migrations")
HEAD = max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))
LOCK = 5_023_471  # of PostgreSQL's advisory locks: one migration at a time; SQLite's write lock does the same


def prepare_database(engine: Engine) -> None:
    """At the start of a server: SQLite is migrated, PostgreSQL must have been.

    StorageError says what to do where the tables are not there, or that the database is not reached.
    """
    if engine.dialect.name == "sqlite":
        if "DYNO" in os.environ:
            log.warning(
                "the decision log is a file of this dyno, lost at its next restart: set DATABASE_URL"
            )
        if not is_current(engine):
            migrate(engine)
    require_current(engine)


def migrate(engine: Engine, to: str = HEAD) -> tuple[str | None, str]:
    """Run the migrations that are due, all or none; the revisions before and after. Safe when two start at once."""
    from alembic import command  # noqa: PLC0415 - the web process does without, but for a first start
    from alembic.config import Config  # noqa: PLC0415

    with translate_database_errors(), engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        before = current_revision(connection)
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        if before is None or before < to:
            command.upgrade(config, to)
        return before, str(current_revision(connection))


def is_current(engine: Engine) -> bool:
    """Whether every migration of this program was run; a newer program may have run more."""
    return _revision(engine) >= HEAD


def require_current(engine: Engine, *, exactly: bool = False) -> None:
    """StorageError where a migration is due; with `exactly` also where a newer program's were run.

    `exactly` is for what must know every column, such as erasure.
    """
    found = _revision(engine)
    if found < HEAD:
        raise StorageError(
            f"the database lacks the tables of this program ({HEAD}): run python model.py migrate"
        )
    if exactly and found > HEAD:
        raise StorageError(
            f"the database is a newer program's ({found}; this one knows up to {HEAD}): run the newer"
        )


def _revision(engine: Engine) -> str:
    with translate_database_errors(), engine.connect().execution_options(**READ_ONLY) as connection:
        return current_revision(connection) or ""


def current_revision(connection: Connection) -> str | None:
    """The number of the last migration that was run; None where none was."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT max(version_num) FROM alembic_version")).scalar()
