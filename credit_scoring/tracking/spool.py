"""Runs that wait to be sent: each a complete folder, written under another name first, removed in one step.

Whatever a kill interrupts, a record is there whole or not at all.
"""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from credit_scoring.tracking.tracked_run import Run

FACTS, FILES = "run.json", "files"
UNFINISHED, SENT = ".unfinished-", ".sent-"  # names that no record has


class Spool:
    """The folder of the records."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, run: Run) -> Path:
        """Keep a run; the folder of its record. OSError where the disk does not take it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=self.folder))
        try:
            facts = asdict(replace(run, files={}, later=[]))
            _write(part / FACTS, json.dumps(facts, indent=1, default=str).encode())
            for name, content in run.files.items():
                _write(part / FILES / name, content)
            began = datetime.fromtimestamp(run.began, UTC)
            return part.rename(self.folder / f"{began:%Y%m%dT%H%M%S}-{run.kind}-{run.identity[:8]}")
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def records(self) -> list[Path]:
        """The records that wait, the newest first."""
        found = self.folder.glob("[!.]*") if self.folder.is_dir() else ()
        return sorted((path for path in found if path.is_dir()), reverse=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the spool: one sender at a time. The lock ends with the process; what a killed one left is removed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            for leftover in self.folder.glob(f"{SENT}*"):
                shutil.rmtree(leftover, ignore_errors=True)
            yield
        finally:
            os.close(handle)


def read(record: Path) -> Run:
    """The run of a record, its files left on the disk; ValueError or OSError where it is damaged."""
    return Run(**json.loads((record / FACTS).read_bytes()))


def remove(record: Path) -> None:
    """Take a record away: from the first step on it waits no more."""
    shutil.rmtree(record.rename(record.with_name(f"{SENT}{record.name}")), ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
