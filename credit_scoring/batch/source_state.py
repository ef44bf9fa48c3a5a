"""The identity of source files, by which a run notices that they were changed."""

import json
from collections.abc import Iterable
from pathlib import Path

from credit_scoring.errors import TableError


def source_state(files: Iterable[Path]) -> str:
    """The identity of the files: path, size, time of the last change of each; null if gone."""
    return json.dumps([_state(file) for file in files])


def require_unchanged(source: Path, files: Iterable[Path], state: str) -> None:
    """TableError unless the files of `source` still have this state."""
    if source_state(files) != state:
        raise TableError(
            f"{source} changed while it was read: do not change it during the run, and begin again "
            "with --restart"
        )


def _state(file: Path) -> tuple[str, int, int] | None:
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    return str(file.absolute()), status.st_size, status.st_mtime_ns
