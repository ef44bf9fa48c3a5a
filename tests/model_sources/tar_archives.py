"""Tar files made in memory."""

import contextlib
import io
import tarfile


@contextlib.contextmanager
def tar_writer(*, tar_format=tarfile.PAX_FORMAT):
    """An archive to add entries to, and the buffer that has its bytes afterwards."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:", format=tar_format) as archive:
        yield archive, buffer


def tar_of(files, *, prefix="./", tar_format=tarfile.PAX_FORMAT):
    """A tar file as `tar -cf bundle.tar -C FOLDER .` makes it."""
    with tar_writer(tar_format=tar_format) as (archive, buffer):
        folder = tarfile.TarInfo(".")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, content in files.items():
            add(archive, prefix + name, content)
    return buffer.getvalue()


def add(archive, name, content=b"", **fields):
    """Add an entry; `fields` replace those of a regular file."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    archive.addfile(info, io.BytesIO(content))
