"""Record of the bundles whose model passed the trial in a child process.

A file per bundle, so that several processes can share a folder. The name covers the digests of
model.pkl and model.json, which has that of the term model, LightGBM's version and the version of
our checks: if one of them changes, the trial runs again.
"""

import hashlib
import json
import platform
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from credit_scoring.bundle.bundle_files import BundleFiles
from credit_scoring.bundle.manifest import MANIFEST_FILE, MODEL_FILE
from credit_scoring.files import atomic_path

CHECKS_VERSION = 3  # increase it when the trial or the grammar of LightGBM's text changes


class VerifiedDigests:
    """The verified bundles of this process and, if a folder is given, of others that share it.

    A program that can write to the folder can make a bundle skip the trial, so protect the folder
    like the code. If the folder cannot be written, the trial runs again; nothing fails.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._keys: set[str] = set()

    def has(self, files: BundleFiles) -> bool:
        """Whether the bundle made of `files` passed before."""
        key = _key(files)
        return key in self._keys or (self._folder is not None and (self._folder / key).is_file())

    def add(self, files: BundleFiles) -> None:
        """Remember that the bundle made of `files` passed."""
        key = _key(files)
        self._keys.add(key)
        if self._folder is not None:
            with suppress(OSError), atomic_path(self._folder / key, durable=False) as temporary:
                temporary.write_text(json.dumps(_facts(files), indent=1) + "\n", encoding="utf-8")


def _facts(files: BundleFiles) -> dict[str, str | int]:
    digests = {
        name: hashlib.sha256(files[name]).hexdigest() for name in (MODEL_FILE, MANIFEST_FILE)
    }
    machine = platform.machine()
    return {
        **digests, "lightgbm": version("lightgbm"), "machine": machine, "checks": CHECKS_VERSION
    }  # fmt: skip


def _key(files: BundleFiles) -> str:
    return hashlib.sha256(json.dumps(_facts(files)).encode()).hexdigest()


IN_THIS_PROCESS = VerifiedDigests()
