"""Guard of SQLite's file: every connection must use the file that DATABASE_URL names.

A process that has a deleted file open can still write to it, and SQLite creates a missing file
without a question: decisions would go into a file that no restart finds. Therefore each commit is
acknowledged only while the open file is the one at its path, by device and inode, and a file that
vanished is not created again. A worker inherits the identity of the file by the fork.
"""

import logging
import os
from pathlib import Path
from threading import Lock

from sqlalchemy import make_url

from credit_scoring.errors import StorageError
from credit_scoring.settings import SETTINGS

log = logging.getLogger(__name__)
FORMER_DEFAULT_FILE = Path("data/credit-scoring.db")  # where earlier versions kept the log
WRITE_AHEAD_LOG = "-wal"
SIDE_FILES = (WRITE_AHEAD_LOG, "-shm")  # SQLite's write-ahead log and its index
Identity = tuple[int, int] | None  # device and inode; None if the file is missing


class SqliteFile:
    """The database file at `path` and its side files; `create` allows a first start without it."""

    def __init__(self, path: Path, *, create: bool) -> None:
        self._path = path
        self._create = create
        self._database: Identity = None  # of the file that was opened first
        self._side_paths: list[str] = []
        self._side_files: list[Identity] = []  # while a connection is open
        self._connections = 0
        self._lock = Lock()

    def require_location(self) -> None:
        """Create the folder.

        StorageError if that fails, if the decision log is still at the former default or, without
        `create`, if the file does not exist.
        """
        if not self._path.exists():
            _require_no_former_log(self._path)
            if not self._create:
                raise StorageError(
                    f"{self._path} does not exist: set DATABASE_URL to the database of a server "
                    "(python model.py migrate creates one)"
                )
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"{self._path.parent} cannot be created ({error.strerror}): "
                "set DATABASE_URL to another location"
            ) from error

    def uri(self) -> str:
        """Return the URI to open; StorageError if the file is lost or may not be created."""
        if self._connections:  # SQLite would create a side file that was deleted
            self.require_unchanged()
        is_first_start = self._database is None and _identity(self._path) is None
        if is_first_start and self._create:
            self._require_no_orphan()
        elif self._database is not None and _identity(self._path) != self._database:
            raise self._lost()
        mode = "rwc" if is_first_start and self._create else "rw"
        return f"{self._path.absolute().as_uri()}?mode={mode}"

    def _require_no_orphan(self) -> None:
        """StorageError if the write-ahead log of a lost database exists: SQLite would delete it."""
        write_ahead_log = _side_path(self._path, WRITE_AHEAD_LOG)
        if _identity(write_ahead_log) is not None:
            raise StorageError(
                f"{self._path} is missing or empty, but its newest decisions are in "
                f"{write_ahead_log}: put the database back or, to start with a backup or an empty "
                f"database, move {Path(write_ahead_log).name} away"
            )

    def connection_opened(self) -> None:
        """Note a connection that has read; StorageError if its file is not the expected one."""
        with self._lock:
            if not self._connections:
                self._database = self._database or _identity(self._path)
                self._side_paths = [_side_path(self._path, suffix) for suffix in SIDE_FILES]
                self._side_files = self._current_side_files()
            self.require_unchanged()
            self._connections += 1

    def connection_closed(self) -> None:
        """Note the end of a connection. SQLite deletes the side files with the last one."""
        with self._lock:
            self._connections -= 1

    def require_in_place(self) -> None:
        """StorageError if another file than the open database is at its path."""
        if self._database is None or _identity(self._path) != self._database:
            raise self._lost()

    def require_unchanged(self) -> None:
        """StorageError if the open files, with the side files, are not the files at their paths."""
        self.require_in_place()
        if self._current_side_files() != self._side_files:
            raise self._lost()

    def _current_side_files(self) -> list[Identity]:
        return [_identity(path, may_be_empty=True) for path in self._side_paths]

    def _lost(self) -> StorageError:
        log.error("%s, its -wal or its -shm was deleted, moved or replaced", self._path)
        return StorageError(
            "the database's file was deleted, moved or replaced while the service was running: no "
            "decision was made or stored; put the file back, or stop the service, restore a backup "
            "and start the service"
        )


def _require_no_former_log(file: Path) -> None:
    """StorageError if an empty log would replace the one that an earlier version wrote."""
    default_file = Path(str(make_url(SETTINGS["database_url"].default).database))
    if file == default_file and FORMER_DEFAULT_FILE.exists():
        raise StorageError(
            f"{file} does not exist, and {FORMER_DEFAULT_FILE} holds the decision log of an "
            f"earlier version. Stop its server and move the log: mkdir -p {file.parent} && "
            f"mv {FORMER_DEFAULT_FILE}* {file.parent}/. Or use it where it is: "
            f"DATABASE_URL=sqlite:///{FORMER_DEFAULT_FILE}"
        )


def _side_path(path: Path, suffix: str) -> str:
    """The path of a side file; like SQLite it follows a symbolic link to the database."""
    return f"{os.path.realpath(path)}{suffix}"


def _identity(path: Path | str, *, may_be_empty: bool = False) -> Identity:
    """The identity of a file; an empty one counts as missing unless it `may_be_empty`."""
    try:
        status = os.stat(path)  # noqa: PTH116 - Path.stat takes half as long again, at every commit
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if status.st_size or may_be_empty else None
