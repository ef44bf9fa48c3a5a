"""The identity of source files, by which a run notices that they were changed."""

from collections.abc import Iterable
from pathlib import Path

from credit_scoring.errors import TableError


def source_state(files: Iterable[Path]) -> str:
    """The identity of the files, a line per file: path, size and time of the last change."""
    return "\n".join(map(_state, files))


def require_unchanged(source: Path, files: Iterable[Path], state: str) -> None:
    """TableError unless the files of `source` still have this state."""
    if source_state(files) != state:
        raise TableError(
            f"{source} changed while it was read: do not change it during the run, and begin again "
            "with --restart"
        )


def _state(file: Path) -> str:
    try:
        status = file.stat()
    except FileNotFoundError:
        return f"{file.absolute()} (missing)"
    return f"{file.absolute()} ({status.st_size} bytes, changed at {status.st_mtime_ns} ns)"
