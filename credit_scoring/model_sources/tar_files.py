"""The files in an uncompressed tar file, read in memory."""

import io
import tarfile

from credit_scoring.bundle.bundle_files import MAX_FILES
from credit_scoring.errors import SourceError
from credit_scoring.model_sources.fetched_bundle import is_hidden, require_listed_files

REMEDY = "make it by tar -cf bundle.tar -C FOLDER ."
MAX_MEMBERS = 3 * MAX_FILES  # macOS adds a hidden file to each


def files_of_tar(data: bytes, source: str) -> dict[str, bytes]:
    """The contents of the tar file's regular files by name; SourceError if it has others."""
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            members = _listed(archive, source)
            sizes = {name: member.size for name, member in members.items()}
            require_listed_files(sizes, source)
            return {name: _content(archive, member) for name, member in members.items()}
    except (tarfile.TarError, ValueError, EOFError, OverflowError, RecursionError) as error:
        raise SourceError(
            f"{source} is not a tar file, or is damaged ({error}): {REMEDY}"
        ) from error


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


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    content = file.read() if file else b""
    if len(content) != member.size:
        raise EOFError(f"{member.name} is cut short")
    return content
