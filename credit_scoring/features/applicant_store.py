"""Applicants' features in one SQLite file, read by the applicant's identifier: a feature store of one machine.

Written whole by `python model.py applicants` (`made.py`), read by the web process, which needs nothing but Python
for it. A row holds an applicant's values as a JSON list, in the order of the names that stand once, in `about`.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from credit_scoring.errors import StorageError

FORMAT = 1
REMEDY = "make it anew with python model.py applicants"
Value = float | int | str | None
SCHEMA = """
CREATE TABLE about (format INTEGER NOT NULL, names TEXT NOT NULL, made_at TEXT NOT NULL, source TEXT NOT NULL);
CREATE TABLE applicants (id TEXT PRIMARY KEY, feature_values TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Applicant:
    """One stored applicant; `made_at` is when its features were computed, in UTC."""

    features: dict[str, Value]
    made_at: str


@dataclass(frozen=True)
class Store:
    """The store at `path`, opened anew for each reading: a file that is exchanged is seen by the next request."""

    path: Path

    def get(self, applicant: str) -> Applicant | None:
        """The applicant called so, None where there is none; StorageError where the store cannot be read."""
        try:
            with closing(
                sqlite3.connect(f"file:{quote(str(self.path))}?mode=ro&immutable=1", uri=True)
            ) as file:
                names, made_at = file.execute(
                    "SELECT names, made_at FROM about WHERE format = ?", [FORMAT]
                ).fetchone()
                row = file.execute(
                    "SELECT feature_values FROM applicants WHERE id = ?", [applicant]
                ).fetchone()
            return (
                Applicant(dict(zip(json.loads(names), json.loads(row[0]), strict=True)), made_at)
                if row
                else None
            )
        except TypeError as error:  # there is no such row
            raise StorageError(
                f"the store of applicants is not of format {FORMAT}: {REMEDY}"
            ) from error
        except (sqlite3.Error, ValueError) as error:
            raise StorageError(
                f"the store of applicants cannot be read ({error}): {REMEDY}"
            ) from error


def write_store(
    path: Path,
    names: Sequence[str],
    applicants: Iterable[tuple[str, Sequence[Value]]],
    *,
    made_at: str,
    source: str,
) -> int:
    """Write a store of `applicants`, each an identifier and the values of `names`; how many there are.

    It is written beside `path` and then takes its place: whoever reads sees the old file or the new one. StorageError
    where it cannot be written, or an identifier comes twice.
    """
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        count = _fill(
            new, applicants, (FORMAT, json.dumps(names, ensure_ascii=False), made_at, source)
        )
        new.replace(path)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"{path} cannot be written ({error})") from error
    finally:
        new.unlink(missing_ok=True)
    return count


def _fill(
    path: Path, applicants: Iterable[tuple[str, Sequence[Value]]], about: tuple[Any, ...]
) -> int:
    with closing(sqlite3.connect(path)) as file, file:
        file.executescript(f"PRAGMA journal_mode = OFF; {SCHEMA}")  # nobody else knows the file yet
        file.execute("INSERT INTO about VALUES (?, ?, ?, ?)", about)
        rows = (
            (key, json.dumps(values, ensure_ascii=False, allow_nan=False))
            for key, values in applicants
        )
        return file.executemany("INSERT INTO applicants VALUES (?, ?)", rows).rowcount
