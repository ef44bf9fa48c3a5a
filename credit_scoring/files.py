"""Safe reading, atomic writing and locking of files.

Reading never waits for another process: a file that is not regular is refused. A reader sees the
old content of a file or the new, never a part.
"""

import errno
import fcntl
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TypeAlias
from uuid import uuid4

from credit_scoring.errors import SettingError

StrPath: TypeAlias = str | os.PathLike[str]  # what public functions take as a path
PLAIN_NAME = re.compile(r"[a-z0-9_-]{1,60}")  # upper case would clash where it is ignored
MAX_NAME_START = 40  # characters
DIGEST_LENGTH = 16  # hexadecimal digits
KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading; OSError names another kind of file.

    Opening a named pipe would otherwise wait for a writer, reading a device might never end. The
    kind is checked before opening, which may act on a device, and on the file that was opened.
    """
    require_regular(path)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        _require_regular_mode(os.fstat(descriptor).st_mode, path)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_regular(path: Path) -> bytes:
    """The content of a regular file; OSError names another kind of file."""
    with open_regular(path) as file:
        return file.read()


def require_regular(path: Path) -> None:
    """OSError unless `path` is a regular file; for libraries that open a path themselves."""
    _require_regular_mode(path.stat().st_mode, path)


def _require_regular_mode(mode: int, path: Path) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        kind = KINDS.get(stat.S_IFMT(mode), "a special file")
        raise OSError(errno.EINVAL, f"It is {kind}, not a regular file", str(path))


def safe_file_name(text: str) -> str:
    """A file name, without suffix, for any text from the data; different texts get different names.

    Short names of lower-case letters and digits remain as they are. Of others, the letters and
    digits are kept, and a digest of the text is added.

    >>> safe_file_name("100002"), safe_file_name("../Zoë")
    ('100002', '_Zo_~8840d1f49662e9e8')
    """
    if PLAIN_NAME.fullmatch(text):
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST_LENGTH]
    start = re.sub(r"[^A-Za-z0-9]+", "_", text)[:MAX_NAME_START]
    return f"{start}~{digest}"


@contextmanager
def atomic_path(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """A temporary path next to `path`, renamed to it when the block ends without an error.

    `durable` flushes the file to disk before the rename; a cache that can be built again does
    without. Creates missing folders. OSError if the file cannot be written, or if the path is a
    device or the like, which the rename would replace.
    """
    _require_replaceable(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
    try:
        yield temporary
        if durable:
            _flush(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _require_replaceable(path: Path) -> None:
    if path.is_symlink() and path.readlink().is_relative_to("/proc"):
        raise OSError(errno.EINVAL, "It stands for an open file", str(path))  # /dev/stdout
    if path.exists():
        require_regular(path)


def write_atomically(path: Path, content: str | bytes) -> None:
    """Replace the content of a file. SettingError if it cannot be written."""
    try:
        with atomic_path(path) as temporary:
            temporary.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise SettingError(
            f"{path} cannot be written ({error.strerror}): give another place, or make room"
        ) from error


def write_durably(path: Path, content: bytes) -> None:
    """Write a file and flush it to disk; for files of a folder that has its final name later."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    _flush(path)


def require_writable_folder(folder: Path) -> None:
    """SettingError if nothing can be written in `folder`; called before long work starts."""
    ancestors = (folder.absolute(), *folder.absolute().parents)
    existing = next(place for place in ancestors if os.access(place, os.F_OK))
    reason = "may not be written in" if existing.is_dir() else "is a file"
    if not (existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)):
        raise SettingError(f"{folder} cannot be written ({existing} {reason}): give another place")


def require_writable_file(path: Path) -> None:
    """SettingError if a file cannot be created or replaced; called before long work starts."""
    require_writable_folder(path.parent)
    try:
        _require_replaceable(path)
    except OSError as error:
        raise SettingError(
            f"{path} cannot be written ({error.strerror}): give another place"
        ) from error


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Hold an exclusive lock on a folder; released when the block or the process ends.

    Flushes the folder's entries at the end, so that renames inside the block survive a crash.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
        with suppress(OSError):  # some file systems cannot flush a folder
            os.fsync(handle)
    finally:
        os.close(handle)


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
