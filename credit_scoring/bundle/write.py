"""Writing a bundle: all of it or nothing, so that an interrupted run leaves the old one whole."""

import ctypes
import errno
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from credit_scoring.errors import BundleError

AT_FDCWD = -100
RENAME_EXCHANGE = 2


def write_bundle(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make `folder` hold exactly `files` (name to content).

    They are written and flushed beside it first; then the two folders change places in one step. Raises
    BundleError where the disk is full or the folder is not ours to write; the old bundle then stands untouched.
    """
    folder = folder.absolute()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            _fill(fresh, files)
            _replace(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise BundleError(f"{folder} cannot be written ({error.strerror}): the old bundle is unchanged") from error


def _fill(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.chmod(0o755)
    for name, content in files.items():
        with (folder / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def _replace(fresh: Path, folder: Path) -> None:
    """Put `fresh` where `folder` is; afterwards `fresh` is what was there before, if anything."""
    if not folder.exists():
        fresh.rename(folder)
    elif not _exchange(fresh, folder):
        _swap_in_two_steps(fresh, folder)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders atomically (Linux renameat2); False where the system cannot."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        return False
    done = renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE)
    if done == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
        return False
    raise OSError(code, os.strerror(code), str(other))


def _swap_in_two_steps(fresh: Path, folder: Path) -> None:
    """For systems without an exchange: the old bundle is put back if the second step fails."""
    old = folder.with_name(f".{folder.name}-old")
    shutil.rmtree(old, ignore_errors=True)
    folder.rename(old)
    try:
        fresh.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
