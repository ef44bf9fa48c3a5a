"""The files in an uncompressed tar file, read in memory."""

import io
import tarfile

from credit_scoring.bundle.bundle_files import MAX_FILES
from credit_scoring.errors import SourceError
from credit_scoring.model_sources.fetched_bundle import is_hidden, require_listed_files

REMEDY = "make it with tar -cf bundle.tar -C FOLDER ."
MAX_HEADERS_SIZE = 1 << 20  # bytes of all headers; an entry needs 512, with a long name 2,048
MAX_MEMBERS = 3 * MAX_FILES  # macOS adds a hidden file to each


def files_of_tar(data: bytes, source: str) -> dict[str, bytes]:
    """The contents of the tar file's regular files by name; SourceError if it has others."""
    try:
        with tarfile.open(fileobj=_Headers(data), mode="r:") as archive:
            members = _listed(archive, source)
        sizes = {name: member.size for name, member in members.items()}
        require_listed_files(sizes, source)
        return {name: _content(data, member) for name, member in members.items()}
    except (tarfile.TarError, ValueError, EOFError, OverflowError, RecursionError) as error:
        raise SourceError(
            f"{source} is not a tar file, or is damaged ({error}): {REMEDY}"
        ) from error


class _Headers(io.BytesIO):
    """An archive whose headers are read, but no contents.

    `tarfile` keeps the entries of extended headers, which can have any size, in memory.
    """

    bytes_left = MAX_HEADERS_SIZE

    def read(self, size: int | None = -1) -> bytes:
        """Read a header or a part of it; ReadError beyond the limit for all of them."""
        if size is None or not 0 <= size <= self.bytes_left:
            raise tarfile.ReadError(f"its headers have more than {MAX_HEADERS_SIZE} bytes")
        self.bytes_left -= size
        return super().read(size)


def _listed(archive: tarfile.TarFile, source: str) -> dict[str, tarfile.TarInfo]:
    members: dict[str, tarfile.TarInfo] = {}
    for number, member in enumerate(archive):
        if number >= MAX_MEMBERS:
            raise SourceError(f"{source} has more than {MAX_MEMBERS} entries: {REMEDY}")
        name = member.name.removeprefix("./")
        if member.isdir() and name == ".":
            continue
        if not member.isreg() or member.issparse():
            raise SourceError(f"{source} has {name[:120]!r}, which is not a regular file: {REMEDY}")
        if name in members:
            raise SourceError(f"{source} has {name[:120]!r} twice: {REMEDY}")
        if not is_hidden(name):
            members[name] = member
    return members


def _content(data: bytes, member: tarfile.TarInfo) -> bytes:
    content = data[member.offset_data : member.offset_data + member.size]
    if len(content) != member.size:
        raise EOFError(f"{member.name} is cut short")
    return content
