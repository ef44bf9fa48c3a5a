"""Writing a bundle: all of it or nothing, so that an interrupted run leaves the old one whole."""

import ctypes
import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from credit_scoring.bundle.manifest import MANIFEST_FILE
from credit_scoring.errors import BundleError

AT_FDCWD = -100
RENAME_EXCHANGE = 2


def write_bundle(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make `folder` hold exactly `files` (name to content).

    They are written and flushed beside it first; then the two folders change places in one step. Raises
    BundleError where `check_place` does, the disk is full or the folder is not ours to write; the old bundle then
    stands untouched. What a killed run left beside it is removed by the next.
    """
    check_place(folder)
    folder = folder.resolve()
    with _said_plainly(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _alone_in(folder.parent):
            _remove_leftovers(folder)
            fresh = Path(tempfile.mkdtemp(prefix=_prefix(folder), dir=folder.parent))
            try:
                _fill(fresh, files)
                _replace(fresh, folder)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)


def check_place(folder: Path) -> None:
    """Refuse a place that holds anything but a bundle, for writing would remove it."""
    with _said_plainly(folder):
        if folder.exists() and not folder.is_dir():
            raise BundleError(f"{folder} is a file: give the folder of a bundle, or one to be made")
        names = {path.name: path for path in folder.iterdir()} if folder.exists() else {}
    others = [name for name, path in names.items() if path.is_dir() or MANIFEST_FILE not in names]
    if others:
        raise BundleError(
            f"{folder} holds {min(others)}, which is no bundle's: give another folder, or empty this one"
        )


@contextmanager
def _said_plainly(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BundleError(
            f"{folder} cannot be written ({error.strerror}): the old bundle is unchanged"
        ) from error


@contextmanager
def _alone_in(parent: Path) -> Iterator[None]:
    """Hold the folder's lock, which ends with the process; at the end flush its entries, where the disk can."""
    handle = os.open(parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def _prefix(folder: Path) -> str:
    return f".{folder.name}-new-"


def _old(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}-old")


def _remove_leftovers(folder: Path) -> None:
    """Under the lock, no other writer's folder can be among them."""
    if _old(folder).exists() and not folder.exists():
        _old(folder).rename(folder)  # killed between the two steps of `_swap_in_two_steps`
    for stale in (*folder.parent.glob(_prefix(folder) + "*"), _old(folder)):
        shutil.rmtree(stale, ignore_errors=True)


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
    old = _old(folder)
    folder.rename(old)
    try:
        fresh.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
