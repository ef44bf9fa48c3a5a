"""A feature store for one machine: applicants' features in one SQLite file, by identifier.

`python model.py applicants` writes the file (`build_applicant_store.py`); the web process reads
it with the standard library alone. A row holds an applicant's values as a JSON list, in the order
of the names in the table `about`.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from credit_scoring.errors import StorageError
from credit_scoring.files import atomic_path, require_regular

FORMAT = 1
REMEDY = "build it again with python model.py applicants"
Value = float | int | str | None
SCHEMA = """
CREATE TABLE about (
    format INTEGER NOT NULL, names TEXT NOT NULL, made_at TEXT NOT NULL, source TEXT NOT NULL
);
CREATE TABLE applicants (id TEXT PRIMARY KEY, feature_values TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class StoredApplicant:
    """One stored applicant; `made_at` is when its features were computed, in UTC."""

    features: dict[str, Value]
    made_at: str


@dataclass(frozen=True)
class ApplicantStore:
    """The store at `path`, opened for each read, so that a replaced file is read immediately."""

    path: Path

    def get(self, applicant_id: str) -> StoredApplicant | None:
        """The applicant, or None if it is not stored; StorageError if the store is not readable."""
        about = "SELECT names, made_at FROM about WHERE format = ?"
        values = "SELECT feature_values FROM applicants WHERE id = ?"
        with self._connection() as connection:
            about_row = connection.execute(about, [FORMAT]).fetchone()
            values_row = connection.execute(values, [applicant_id]).fetchone()
            if about_row is None:
                raise StorageError(f"the store of applicants is not of format {FORMAT}: {REMEDY}")
            if values_row is None:
                return None
            names, made_at = about_row
            features = dict(zip(json.loads(names), json.loads(values_row[0]), strict=True))
        return StoredApplicant(features, made_at)

    def first_id(self) -> str | None:
        """The first identifier, None in an empty store; StorageError if it is not readable."""
        with self._connection() as connection:
            row = connection.execute("SELECT id FROM applicants ORDER BY id LIMIT 1").fetchone()
        return None if row is None else row[0]

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """A connection that reads; StorageError if the file or a value is not readable."""
        uri = f"file:{quote(str(self.path))}?mode=ro&immutable=1"
        try:
            require_regular(self.path)
            with closing(sqlite3.connect(uri, uri=True)) as connection:
                yield connection
        except (OSError, sqlite3.Error, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            message = f"the store of applicants cannot be read ({reason}): {REMEDY}"
            raise StorageError(message) from error


def write_applicant_store(
    path: Path,
    names: Sequence[str],
    applicants: Iterable[tuple[str, Sequence[Value]]],
    *,
    made_at: str,
    source: str,
) -> int:
    """Write a store of `applicants`, each an identifier and the values of `names`.

    Returns the number of applicants. A reader sees the old file or the new one. StorageError if
    the file cannot be written or an identifier is repeated.
    """
    about = (FORMAT, json.dumps(names, ensure_ascii=False), made_at, source)
    rows = (
        (applicant_id, json.dumps(values, ensure_ascii=False, allow_nan=False))
        for applicant_id, values in applicants
    )
    try:
        with atomic_path(path) as temporary:
            return _write_database(temporary, about, rows)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"{path} cannot be written ({error})") from error


def _write_database(
    path: Path, about: tuple[int, str, str, str], rows: Iterable[tuple[str, str]]
) -> int:
    with closing(sqlite3.connect(path)) as connection, connection:
        # No other process knows the file yet: it does not need a journal.
        connection.executescript(f"PRAGMA journal_mode = OFF; {SCHEMA}")
        connection.execute("INSERT INTO about VALUES (?, ?, ?, ?)", about)
        return connection.executemany("INSERT INTO applicants VALUES (?, ?)", rows).rowcount
