"""Writing a bundle atomically: an interrupted run leaves the old bundle complete."""

import ctypes
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from credit_scoring.bundle.manifest import MANIFEST_FILE
from credit_scoring.errors import BundleError
from credit_scoring.files import folder_lock, write_durably

AT_FDCWD = -100  # of the Linux C library
RENAME_EXCHANGE = 2
UNSUPPORTED = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)


def write_bundle(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make `folder` hold exactly `files` (name to content).

    The files are written to a folder next to it and flushed; then the two folders are exchanged in
    one step. BundleError as for `require_bundle_folder`, or if the disk is full or the folder may
    not be written; the old bundle is then unchanged. Leftovers of a killed run are removed.
    """
    require_bundle_folder(folder)
    folder = folder.resolve()
    with _bundle_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with folder_lock(folder.parent):
            _remove_leftovers(folder)
            new_folder = Path(tempfile.mkdtemp(prefix=_new_prefix(folder), dir=folder.parent))
            try:
                new_folder.chmod(0o755)
                for name, content in files.items():
                    write_durably(new_folder / name, content)
                _replace(folder, new_folder)
            finally:
                shutil.rmtree(new_folder, ignore_errors=True)


def require_bundle_folder(folder: Path) -> None:
    """BundleError if `folder` holds anything but a bundle, because writing would remove it."""
    with _bundle_errors(folder):
        if folder.exists() and not folder.is_dir():
            raise BundleError(f"{folder} is a file: give the folder of a bundle, or a new one")
        paths = {path.name: path for path in folder.iterdir()} if folder.exists() else {}
    is_bundle = MANIFEST_FILE in paths
    foreign = [name for name, path in paths.items() if path.is_dir() or not is_bundle]
    if foreign:
        remedy = "give another folder, or empty this one"
        raise BundleError(f"{folder} holds {min(foreign)}, which is not part of a bundle: {remedy}")


@contextmanager
def _bundle_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        outcome = "the old bundle is unchanged"
        raise BundleError(f"{folder} cannot be written ({error.strerror}): {outcome}") from error


def _new_prefix(folder: Path) -> str:
    return f".{folder.name}-new-"


def _old_folder(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}-old")


def _remove_leftovers(folder: Path) -> None:
    """Remove what a killed run left; under the lock, no running writer has a folder here."""
    old_folder = _old_folder(folder)
    if old_folder.exists() and not folder.exists():
        old_folder.rename(folder)  # killed between the two steps of `_swap_in_two_steps`
    for stale in (*folder.parent.glob(_new_prefix(folder) + "*"), old_folder):
        shutil.rmtree(stale, ignore_errors=True)


def _replace(folder: Path, new_folder: Path) -> None:
    """Put `new_folder` in the place of `folder`; its old content, if any, remains to be removed."""
    if not folder.exists():
        new_folder.rename(folder)
    elif not _exchange(folder, new_folder):
        _swap_in_two_steps(folder, new_folder)


def _exchange(first: Path, second: Path) -> bool:
    """Exchange two folders atomically (Linux renameat2); False if the system cannot."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        return False
    paths = (AT_FDCWD, os.fsencode(first), AT_FDCWD, os.fsencode(second))
    if renameat2(*paths, RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in UNSUPPORTED:
        return False
    raise OSError(code, os.strerror(code), str(first))


def _swap_in_two_steps(folder: Path, new_folder: Path) -> None:
    """Replace `folder` on systems without an exchange; the old bundle returns if a step fails."""
    old_folder = _old_folder(folder)
    folder.rename(old_folder)
    try:
        new_folder.rename(folder)
    except OSError:
        old_folder.rename(folder)
        raise
    shutil.rmtree(old_folder, ignore_errors=True)
