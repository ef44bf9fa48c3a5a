"""The log that a simulation is written to: a new SQLite file, or an existing database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine

from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import migrate, require_current
from credit_scoring.errors import CreditScoringError, SettingError
from credit_scoring.files import atomic_path

SIDE_FILES = ("-wal", "-shm")  # of SQLite, next to a database that is open


def file_url(path: Path) -> str:
    """The URL of a SQLite file, whatever its name.

    >>> file_url(Path("data/what if?.db"))
    'sqlite:///data/what%20if%3F.db'
    """
    return f"sqlite:///{quote(str(path))}"


@contextmanager
def new_log(path: Path) -> Iterator[Engine]:
    """A new decision log, which is at `path` once the block has ended without an error.

    SettingError if the file exists or cannot be written.
    """
    if path.exists():
        raise SettingError(
            f"{path} exists: delete it, name another file with --out, or add to it with "
            f"--into {file_url(path)}"
        )
    try:
        with atomic_path(path) as temporary:
            engine = open_database(file_url(temporary), limited=False)
            try:
                migrate(engine)
                yield engine
            finally:
                engine.dispose()
                for ending in SIDE_FILES:  # left behind if the disk is full
                    temporary.with_name(f"{temporary.name}{ending}").unlink(missing_ok=True)
    except OSError as error:
        raise SettingError(
            f"{path} cannot be written ({error.strerror}): name another file with --out"
        ) from error


@contextmanager
def existing_log(url: str) -> Iterator[Engine]:
    """The decision log at `url`; it must exist and have all migrations of this version."""
    try:
        engine = open_database(url, create=False, limited=False)
    except CreditScoringError as error:  # it names the setting that usually holds the URL
        raise SettingError(str(error).replace("DATABASE_URL", "--into")) from error
    try:
        require_current(engine, exactly=True)
        yield engine
    finally:
        engine.dispose()
