"""Database migrations: bring a database to this version's tables, and check its revision.

A migration is a file migrations/versions/NNNN_name.py; NNNN is its revision. Migrations only add
tables and columns, so the previous version keeps working while the next one starts.
"""

import logging
import re
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from credit_scoring.database.ephemeral_disk import warn_if_ephemeral
from credit_scoring.database.errors import translate_database_errors
from credit_scoring.database.read_transaction import read_transaction
from credit_scoring.errors import StorageError

log = logging.getLogger(__name__)
MIGRATIONS = Path(__file__).with_name("migrations")
HEAD = max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))
REVISION = re.compile(r"\d{4}")
# Key of a PostgreSQL advisory lock: one migration at a time. On SQLite the write lock does this.
ADVISORY_LOCK = 5_023_471


def prepare_database(engine: Engine) -> None:
    """Prepare the database when a server starts: migrate SQLite, check PostgreSQL's revision.

    StorageError if the database cannot be reached or PostgreSQL was not migrated.
    """
    if engine.dialect.name == "sqlite":
        warn_if_ephemeral(Path(str(engine.url.database)))
        if not is_current(engine):
            before, _ = migrate(engine)
            if before is None:
                log.info("an empty decision log was created in %s", engine.url.database)
    require_current(engine)


def migrate(engine: Engine, to: str = HEAD) -> tuple[str | None, str]:
    """Run the pending migrations in one transaction; safe if two processes start it.

    On PostgreSQL `engine` must not be limited in time: another migration may be running.
    Returns the revisions before (None for an empty database) and after.
    """
    from alembic import command  # noqa: PLC0415 - the web process imports it at a first start only
    from alembic.config import Config  # noqa: PLC0415

    with translate_database_errors(), engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        before = current_revision(connection)
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        if before is None or before < to:
            command.upgrade(config, to)
        return before, str(current_revision(connection))


def is_current(engine: Engine) -> bool:
    """Return whether the database has all migrations of this version; it may have newer ones."""
    return _revision(engine) >= HEAD


def require_current(engine: Engine, *, exactly: bool = False) -> None:
    """StorageError if a migration is pending; with `exactly` also if the database is newer.

    `exactly` is for operations that must know every column, such as erasure.
    """
    revision = _revision(engine)
    if revision < HEAD:
        raise StorageError(
            f"the database needs migration {HEAD} of this version: run python model.py migrate"
        )
    if exactly and revision > HEAD:
        raise StorageError(
            f"the database belongs to a newer version ({revision}; this version knows "
            f"migrations up to {HEAD}): run this command with the newer version"
        )


def _revision(engine: Engine) -> str:
    with read_transaction(engine) as connection:
        return current_revision(connection) or ""


def current_revision(connection: Connection) -> str | None:
    """Return the number of the last migration that was run; None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.execute(text("SELECT max(version_num) FROM alembic_version")).scalar()
    if revision is not None and not REVISION.fullmatch(str(revision)):
        raise StorageError(
            "alembic_version does not hold a migration's number: the database is damaged, or "
            "belongs to another program; restore a backup or set DATABASE_URL to another database"
        )
    return revision
