"""The finished parts of a long run, in a folder next to its output: an interrupted run resumes.

A part is written once, atomically, and the next run of the same command goes on after the last one.
A manifest says which run the parts belong to; parts of another one are never mixed in.
"""

import errno
import fcntl
import io
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import zip_longest
from pathlib import Path
from typing import Any
from uuid import uuid4

import polars as pl

from credit_scoring.errors import SettingError
from credit_scoring.files import atomic_path, require_writable_file, write_durably

FORMAT = 1  # of the folder
MANIFEST = "manifest.json"
LOCK = "lock"
SUFFIX = ".parts"
REMOVED = ".removed"
PART = "{kind}-{number:08d}.parquet"


class PartFiles:
    """The parts of the run that writes `out`, in the folder `out` + ".parts".

    `identity` describes the run in words: the source, the options, the model. A part consists of a
    table of each of `kinds`; it is finished once that of the last kind is there.
    """

    def __init__(
        self,
        out: Path,
        identity: Mapping[str, Any],
        kinds: tuple[str, ...] = ("part",),
        *,
        other_outputs: tuple[Path, ...] = (),
    ) -> None:
        self.out = out
        self.outputs = (out, *other_outputs)
        self.folder = out.with_name(out.name + SUFFIX)
        self.run_id = ""
        self._identity = json.loads(json.dumps(identity))
        self._kinds = kinds

    @contextmanager
    def opened(self, *, restart: bool = False) -> Iterator["PartFiles"]:
        """Create the folder or resume with it, and keep other processes out of it.

        `restart` removes parts that are there. SettingError if they belong to another run, or if
        another process writes them now, or if the folder or an output cannot be written.
        """
        for path in self.outputs:
            require_writable_file(path)
        self._require_own_folder()
        with explain_write_errors(self), self._locked():
            self._remove_leftovers()
            if restart:
                self._remove_parts()
            self._continue_or_begin()
            yield self

    def finished(self) -> int:
        """The number of finished parts; they are the first ones."""
        number = 0
        while self.path(self._kinds[-1], number).exists():
            number += 1
        return number

    def path(self, kind: str, number: int) -> Path:
        """The file of a part."""
        return self.folder / PART.format(kind=kind, number=number)

    def paths(self, kind: str) -> list[Path]:
        """The files of the finished parts, in order."""
        return [self.path(kind, number) for number in range(self.finished())]

    def write(self, number: int, tables: Mapping[str, pl.DataFrame]) -> None:
        """Write a part: a table of each kind."""
        for kind in self._kinds:
            content = io.BytesIO()
            tables[kind].write_parquet(content)
            with atomic_path(self.path(kind, number)) as temporary:
                temporary.write_bytes(content.getvalue())

    def text(self, name: str, default: str) -> str:
        """A short text that belongs to the run: the one stored under `name`, else `default`.

        It is on the disk when this returns, so that a resumed run gets the same text.
        """
        path = self.folder / name
        if not path.exists():
            with atomic_path(path) as temporary:
                write_durably(temporary, default.encode())
        return path.read_text(encoding="utf-8")

    def remove(self) -> None:
        """Remove the folder once the output is complete; a kill meanwhile leaves all or none."""
        removed = self.folder.with_name(f".{self.folder.name}.{uuid4().hex}{REMOVED}")
        self.folder.replace(removed)
        shutil.rmtree(removed)

    def _require_own_folder(self) -> None:
        """SettingError if the folder was not made for parts, because it is removed at the end."""
        foreign = None
        if self.folder.exists() and not self.folder.is_dir():
            foreign = self.folder.name
        elif self.folder.is_dir() and not (self.folder / MANIFEST).exists():
            names = (path.name for path in self.folder.iterdir())
            foreign = next((name for name in names if not _is_begun(name)), None)
        if foreign is not None:
            raise SettingError(
                f"{self.folder} is needed for the finished parts, but {foreign} is there: move it, "
                "or give another place with --out"
            )

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SettingError(
                    f"another process writes {self.out}: wait until it ends, or name another file "
                    "with --out"
                ) from None
            yield

    def _remove_leftovers(self) -> None:
        """Unfinished files of a killed process, and folders that it was about to remove."""
        names = [f".{path.name}.*.tmp" for path in self.outputs]
        unfinished = (file for name in names for file in self.out.parent.glob(name))
        for file in (*unfinished, *self.folder.glob(".*.tmp")):
            file.unlink()
        for folder in self.out.parent.glob(f".{self.folder.name}.*{REMOVED}"):
            shutil.rmtree(folder)

    def _remove_parts(self) -> None:
        """Remove all but the lock; the manifest, which makes the folder ours, is the last."""
        for path in sorted(self.folder.iterdir(), key=lambda path: path.name == MANIFEST):
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != LOCK:
                path.unlink()

    def _continue_or_begin(self) -> None:
        """Read the manifest of the same run, or write one. SettingError for parts of another."""
        kept = self._read_or_write_manifest()
        if kept != self._identity and not self._has_results():
            self._remove_parts()
            kept = self._read_or_write_manifest()
        if kept != self._identity:
            raise SettingError(self._conflict(kept))

    def _read_or_write_manifest(self) -> dict[str, Any]:
        """The identity in the manifest; {} if it is damaged."""
        new = {"format": FORMAT, "run_id": uuid4().hex, "identity": self._identity}
        text = self.text(MANIFEST, json.dumps(new, indent=1, ensure_ascii=False))
        try:
            manifest = json.loads(text)
            self.run_id = str(manifest["run_id"])
            return dict(manifest["identity"])
        except (ValueError, TypeError, KeyError):
            return {}

    def _has_results(self) -> bool:
        """Whether there are finished parts, or texts of the run."""
        texts = (path for path in self.folder.iterdir() if path.is_file() and not path.suffix)
        return bool(self.finished()) or any(path.name != LOCK for path in texts)

    def _conflict(self, kept: Mapping[str, Any]) -> str:
        """The message about parts of another run: the first difference, and the remedy."""
        names = [*self._identity, *(name for name in kept if name not in self._identity)]
        name = next(name for name in names if kept.get(name) != self._identity.get(name))
        both = (_shown(each.get(name, "not known")) for each in (kept, self._identity))
        then, now = _first_difference(*both)
        return (
            f"{self.folder} holds {self.count()} of another run ({name} was {then}, now {now}): "
            "run the command as before to resume, or begin again with --restart"
        )

    def count(self) -> str:
        """The number of finished parts, in words."""
        finished = self.finished()
        return f"{finished:,} finished part{'s' * (finished != 1)}"


def _is_begun(name: str) -> bool:
    """Whether a file of this name is in the folder of a run that was killed at its start."""
    return name == LOCK or (name.startswith(f".{MANIFEST}.") and name.endswith(".tmp"))


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _first_difference(then: str, now: str) -> tuple[str, str]:
    """The first line that differs."""
    lines = zip_longest(then.splitlines(), now.splitlines(), fillvalue="nothing")
    return next((old, new) for old, new in lines if old != new)


@contextmanager
def explain_write_errors(parts: PartFiles) -> Iterator[None]:
    """Wrap the writing of parts: SettingError if it fails, for example on a full disk."""
    try:
        yield
    except OSError as error:
        resumed = ""
        with suppress(OSError):
            if parts.finished():
                resumed = f"; it resumes after the {parts.count()} in {parts.folder}"
        place = error.filename if error.filename in map(str, parts.outputs) else parts.out
        remedy = "make room, then run the command again" + resumed
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            remedy = f"give another place, or correct this and run the command again{resumed}"
        reason = error.strerror or str(error)
        raise SettingError(f"{place} cannot be written ({reason}): {remedy}") from error
