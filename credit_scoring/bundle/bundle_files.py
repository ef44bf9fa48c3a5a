"""The files of a bundle as bytes: read once, within limits, all from one state of the folder.

Every check works on these bytes; replacing a file later has no effect.
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from credit_scoring.bundle.manifest import MANIFEST_FILE, MODEL_FILE, TERM_MODEL_FILE
from credit_scoring.errors import BundleError
from credit_scoring.files import StrPath, open_regular

BundleFiles: TypeAlias = Mapping[str, bytes]  # content by file name
FolderState: TypeAlias = dict[str, tuple[int, ...]]  # size and identity by file name

CARD_FILE = "MODEL_CARD.md"
REMEDY = "train or fetch the model again"
SIZE_LIMITS = {  # bytes; ours: a few MB, 100 kB, less than 1 MB
    MODEL_FILE: 256 << 20, MANIFEST_FILE: 16 << 20, TERM_MODEL_FILE: 4 << 20,
}  # fmt: skip
OTHER_SIZE_LIMIT = 32 << 20  # bytes of any other file: plots, the model card, the schema
TOTAL_SIZE_LIMIT = 512 << 20  # bytes
MAX_FILES = 100
MAX_ATTEMPTS = 100  # at reading a folder that is being replaced


def read_bundle_files(folder: StrPath) -> dict[str, bytes]:
    """All files of the bundle in `folder`, by name; BundleError names the file and the remedy.

    Sub-folders and hidden files are not part of a bundle. A symbolic link, a named pipe or another
    special file is refused. If a file or the folder is replaced meanwhile, all are read again.
    """
    path = Path(folder)
    for _ in range(MAX_ATTEMPTS):
        before = _state(path)
        try:
            files = _read_all(path, before)
        except BundleError:
            if _state(path) == before:
                raise
        else:
            if _state(path) == before:
                return files
    raise BundleError(f"{path} changes while it is read: stop what writes to it, then try again")


def read_bundle_file(path: Path) -> bytes:
    """One file of a bundle; BundleError if it cannot be read, is too large or is a link."""
    limit = size_limit(path.name)
    try:
        with open_regular(path) as file:
            data = file.read(limit + 1)
    except OSError as error:
        if path.parent.is_file():
            message = f"{path.parent} is a file: expected the folder of a bundle"
        else:
            message = f"{path} cannot be read ({error.strerror}): run python model.py train"
        raise BundleError(message) from error
    if path.is_symlink():
        raise BundleError(f"{path} is a symbolic link: put the file itself in its place")
    if len(data) > limit:
        raise BundleError(f"{path} is larger than {limit} bytes: {REMEDY}")
    return data


def require_bundle_limits(sizes: Mapping[str, int], where: str) -> None:
    """BundleError if a bundle with these files, sizes in bytes by name, is too large."""
    if len(sizes) > MAX_FILES:
        raise BundleError(f"{where} has {len(sizes)} files: expected at most {MAX_FILES}")
    for name, size in sizes.items():
        if size > size_limit(name):
            raise BundleError(f"{where}/{name} is larger than {size_limit(name)} bytes: {REMEDY}")
    total = sum(sizes.values())
    if total > TOTAL_SIZE_LIMIT:
        raise BundleError(f"{where} has {total} bytes: expected at most {TOTAL_SIZE_LIMIT}")


def file_digests(files: BundleFiles) -> dict[str, str]:
    """The SHA-256 of each file by name."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}


def size_limit(name: str) -> int:
    """The bytes that the bundle's file `name` may have."""
    return SIZE_LIMITS.get(name, OTHER_SIZE_LIMIT)


def _state(folder: Path) -> FolderState:
    """What tells one content of the folder from another; {} if it cannot be listed."""
    try:
        with os.scandir(folder) as entries:
            stats = {e.name: e.stat(follow_symlinks=False) for e in entries if _is_part(e)}
    except OSError:
        return {}
    return {
        name: (s.st_size, s.st_mode, s.st_dev, s.st_ino, s.st_mtime_ns, s.st_ctime_ns)
        for name, s in sorted(stats.items())
    }


def _is_part(entry: os.DirEntry[str]) -> bool:
    is_other = entry.name.startswith(".") or entry.is_dir(follow_symlinks=False)
    return entry.name in SIZE_LIMITS or not is_other


def _read_all(folder: Path, state: FolderState) -> dict[str, bytes]:
    require_bundle_limits({name: size for name, (size, *_) in state.items()}, str(folder))
    return {name: read_bundle_file(folder / name) for name in state}
