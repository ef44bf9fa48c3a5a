"""The versioned store of verified bundles on disk, from which workers load and roll back.

One folder per bundle, named by the model's version and the digest of all its files, written
atomically. A reader gets the bytes that the digest describes, or an error.
"""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from credit_scoring.bundle.bundle_files import BundleFiles, read_bundle_files
from credit_scoring.bundle.manifest import MANIFEST_FILE
from credit_scoring.bundle.verified_digests import VerifiedDigests
from credit_scoring.bundle.write_bundle import write_bundle
from credit_scoring.errors import BundleError, ModelStoreError
from credit_scoring.files import folder_lock

NAME_DIGITS = 16  # of the digest, in a folder's name
# What a killed writer or remover leaves: a stored bundle's name with a suffix, hidden.
LEFTOVER = re.compile(rf"\.[^\W_]+-[^\W_]{{{NAME_DIGITS}}}-.+")
VERIFIED = "verified"  # the folder of the digests whose full verification passed
# A bundle is stored before its deployment is recorded: a new one is not pruned meanwhile.
PRUNED_AFTER = 3600  # seconds


def bundle_digest(files: BundleFiles) -> str:
    """SHA-256 of a bundle: of its files' names and of the SHA-256 of each, sorted by name.

    >>> bundle_digest({"b": b"1", "a": b"2"}) == bundle_digest({"a": b"2", "b": b"1"})
    True
    """
    lines = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@dataclass(frozen=True, slots=True, order=True)
class StoredName:
    """The name of a stored bundle's folder: `version` of the model, start of the digest."""

    version: str
    digest_start: str

    @classmethod
    def of(cls, version: str, digest: str) -> "StoredName":
        """The name for a bundle with this digest."""
        return cls(version, digest[:NAME_DIGITS])

    @classmethod
    def parse(cls, name: str) -> "StoredName | None":
        """The inverse of `str`; None for a name that the store does not give."""
        version, _, digest_start = name.partition("-")
        is_stored = (
            version.isalnum() and digest_start.isalnum() and len(digest_start) == NAME_DIGITS
        )
        return cls(version, digest_start) if is_stored else None

    def __str__(self) -> str:
        return f"{self.version}-{self.digest_start}"


class ModelStore:
    """The bundles in `folder`, for several threads and processes.

    `known` remembers which ones passed the full verification.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known = VerifiedDigests(folder / VERIFIED)

    def add(self, version: str, files: BundleFiles) -> StoredName:
        """Store a bundle, or mark a stored one as new; ModelStoreError if it cannot be written."""
        digest = bundle_digest(files)
        name = StoredName.of(version, digest)
        path = self.folder / str(name)
        with suppress(OSError), folder_lock(self.folder):
            if path.exists() and not (path / MANIFEST_FILE).exists():  # damaged
                self._remove([path])
            os.utime(path)
        if not self.has(name, digest):
            self._write(path, files)
        return name

    def _write(self, path: Path, files: BundleFiles) -> None:
        try:
            write_bundle(path, files)
        except BundleError as error:
            remedy = "set CREDIT_SCORING_MODEL_STORE to a folder that the service can write"
            raise ModelStoreError(f"{error}; {remedy}") from error

    def has(self, name: StoredName, digest: str) -> bool:
        """Whether the bundle is stored, undamaged."""
        try:
            self.read(name, digest)
        except BundleError:
            return False
        return True

    def read(self, name: StoredName, digest: str | None = None) -> dict[str, bytes]:
        """The files of a stored bundle; BundleError unless they have the digest of its name.

        `digest` is the whole digest, if it is known.
        """
        path = self.folder / str(name)
        files = read_bundle_files(path)
        if not files:
            raise BundleError(f"{path} does not exist: deploy the model again from its source")
        actual = bundle_digest(files)
        expected = digest or name.digest_start
        if not actual.startswith(expected):
            raise BundleError(
                f"{path} has the digest {actual}, not {expected}: it was changed or damaged; "
                "deploy the model again from its source"
            )
        return files

    def names(self) -> list[StoredName]:
        """The stored bundles, the last one that was stored or deployed first."""
        try:
            paths = [path for path in self.folder.iterdir() if StoredName.parse(path.name)]
        except OSError:
            return []
        paths.sort(key=_changed_at, reverse=True)
        return [StoredName(*path.name.split("-")) for path in paths]

    def prune(self, keep: Collection[StoredName]) -> None:
        """Remove bundles that are older than an hour and not in `keep`."""
        oldest = time.time() - PRUNED_AFTER
        with suppress(OSError), folder_lock(self.folder):
            paths = [self.folder / str(name) for name in self.names() if name not in keep]
            self._remove([path for path in paths if _changed_at(path) < oldest])

    def _remove(self, paths: Iterable[Path]) -> None:
        """Remove bundles, each in one step, and what killed writers left; under the lock.

        While the lock is held, no running writer has a hidden folder here. Hidden folders of other
        programs stay: the store may be a folder that they use, too.
        """
        for path in paths:
            path.rename(path.with_name(f".{path.name}-{uuid4().hex}"))
        for path in self.folder.glob(".*"):
            if LEFTOVER.fullmatch(path.name):
                shutil.rmtree(path, ignore_errors=True)


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
