"""Results that outlive the process that made them: what is whole is found again, what was cut short never was.

A folder holds one file per result, named after what it is the result of. A file is written under another name and
takes its own when it is whole, so a killed run leaves nothing that is read, and the next one goes on after it.
"""

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from credit_scoring.errors import SettingError

log = logging.getLogger(__name__)
Arrays = dict[str, NDArray[Any]]
DIGITS = 16  # of a key: 64 bits


def key_of(**facts: Any) -> str:
    """A short name for everything that a result depends on: another value of any of it, another name."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[
        :DIGITS
    ]


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write that becomes `path` when it is whole; SettingError where the place cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            part.chmod(0o644)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise SettingError(
            f"{path} cannot be written ({error.strerror}): give another place, or make room"
        ) from error


def require_place(folder: Path) -> None:
    """SettingError where nothing can be written in the folder: known before the work whose results go there."""
    there = next(
        place
        for place in (folder.absolute(), *folder.absolute().parents)
        if os.access(place, os.F_OK)
    )
    reason = "may not be written in" if there.is_dir() else "is a file"
    if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        raise SettingError(
            f"{folder} cannot be written ({there} {reason}): give another place with --out"
        )


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file, its folder too: the old content or the new is there, never a part; SettingError if it cannot."""
    with _replacing(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


class Kept:
    """Named results in one folder, each a few arrays."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, name: str) -> Arrays | None:
        """The result of that name, or None; a damaged file counts as none."""
        try:
            with self._path(name).open("rb") as file:
                return dict(np.load(file, allow_pickle=False))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, EOFError, KeyError, BadZipFile) as error:
            log.warning("%s is damaged (%s): it is made again", self._path(name), error)
            return None

    def require(self, name: str) -> Arrays:
        """The result of that name, which was there a moment ago; RuntimeError where somebody removed it."""
        found = self.find(name)
        if found is None:
            raise RuntimeError(
                f"{self._path(name)} was removed while it was needed: give the same command again"
            )
        return found

    def keep(self, name: str, result: Arrays) -> Arrays:
        """Write a result down and give it back."""
        with _replacing(self._path(name)) as file:
            np.savez(file, allow_pickle=False, **result)
        return result

    def once(self, name: str, make: Callable[[], Arrays]) -> Arrays:
        """The result of that name, made and kept where it is not there yet."""
        found = self.find(name)
        return self.keep(name, make()) if found is None else found

    def tidy(self) -> None:
        """Remove what killed runs left unfinished."""
        for part in self.folder.glob(".*.npz-*"):
            with suppress(OSError):
                part.unlink()

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.npz"
