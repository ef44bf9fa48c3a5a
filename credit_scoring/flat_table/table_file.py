"""A lender's file, opened by what it contains: text, Parquet or a workbook, also compressed.

The kind is in the first bytes: a name such as loans.csv may stand on any of them.
"""

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Literal

import polars as pl

from credit_scoring.errors import TableError
from credit_scoring.files import StrPath, open_regular
from credit_scoring.tables.file_kind import HEAD_SIZE, OLE, PARQUET, ZIP, NotTabularError
from credit_scoring.tables.table_errors import join_names

Kind = Literal["text", "parquet", "workbook"]
COMPRESSED = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
WORKBOOK_MEMBERS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")  # .xlsx, .xlsb, .ods
MAX_WRAPPINGS = 3  # a zip of a .gz is 2
REPAIR = "repair it, or copy or export it again"
READ_ERRORS = (  # a zip with a password raises RuntimeError
    pl.exceptions.PolarsError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error,
    lzma.LZMAError, NotImplementedError,
)  # fmt: skip


@dataclass(frozen=True)
class TableFile:
    """The file at `path`, of the `kind` that its content has."""

    path: Path
    kind: Kind
    is_plain: bool  # neither compressed nor in a zip

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The uncompressed content."""
        with self.path.open("rb") as raw:
            yield self.unwrap(raw)

    def unwrap(self, raw: IO[bytes]) -> IO[bytes]:
        """The uncompressed content of the open file `raw`."""
        return raw if self.is_plain else _unwrapped(raw)

    def parquet(self) -> Path | BytesIO:
        """The input of a Polars scan of a Parquet file."""
        if self.is_plain:
            return self.path
        with self.open() as content:
            return BytesIO(content.read())


def table_file(path: StrPath) -> TableFile:
    """The file at `path`; TableError if it cannot be read."""
    path = Path(path)
    if not path.is_file():
        raise TableError(f"{path} is not a file: give a CSV or Parquet file with one row per loan")
    with explain_unreadable(path), open_regular(path) as raw:
        content = _unwrapped(raw)
        return TableFile(path, _kind(content), is_plain=content is raw)


def _unwrapped(content: IO[bytes]) -> IO[bytes]:
    """The content without the compression and the zip around it."""
    for _ in range(MAX_WRAPPINGS):
        inner = _inner(content)
        if inner is None:
            return content
        content = inner
    raise NotTabularError("it is compressed several times", "unpack it")


def _inner(content: IO[bytes]) -> IO[bytes] | None:
    """The content of a compressed file or a zip; None for anything else."""
    start = _head(content, 6)
    for magic_number, decompress in COMPRESSED.items():
        if start.startswith(magic_number):
            return decompress(content, "rb")  # type: ignore[operator, no-any-return]
    if not start.startswith(ZIP) or _is_workbook(content):
        return None
    archive = zipfile.ZipFile(content)
    return archive.open(_only_member(archive))


def _head(content: IO[bytes], size: int) -> bytes:
    start = content.read(size)
    content.seek(0)
    return start


def _kind(content: IO[bytes]) -> Kind:
    start = _head(content, HEAD_SIZE)
    if PARQUET.match(start):
        return "parquet"
    return "workbook" if start.startswith((ZIP, OLE)) else "text"


def _is_workbook(content: IO[bytes]) -> bool:
    names = zipfile.ZipFile(content).namelist()
    content.seek(0)
    return any(name in names for name in WORKBOOK_MEMBERS)


def _only_member(archive: zipfile.ZipFile) -> str:
    """The only file of a zip, apart from what a file manager adds; NotTabularError for several."""
    names = [
        name for name in archive.namelist()
        if not name.endswith("/") and not name.startswith("__MACOSX/")
        and not PurePosixPath(name).name.startswith(".")
    ]  # fmt: skip
    if len(names) == 1:
        return names[0]
    count = f"{len(names)} files ({join_names(names, 5)})" if names else "no file"
    raise NotTabularError(f"it is a zip with {count}", "expected one table: unpack the right one")


def require_rows(rows: int, path: Path) -> None:
    """Raise TableError for a table without rows."""
    if not rows:
        raise TableError(f"{path} has no rows: give a table with one row per loan")


@contextmanager
def explain_unreadable(path: Path) -> Iterator[None]:
    """Wrap the reading of a table: what is wrong with the file is a TableError that names it."""
    try:
        yield
    except NotTabularError as error:
        raise TableError(f"{path}: {error.description}: {error.remedy}") from error
    except (*READ_ERRORS, OSError) as error:
        raise TableError(f"{path} cannot be read ({_reason(error)}): {REPAIR}") from error


def _reason(error: Exception) -> str:
    """What is wrong, in words that need no knowledge of the library that noticed it."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, RuntimeError) and "password" in str(error):
        return "it has a password: unpack it"
    if isinstance(error, (pl.exceptions.SchemaError, pl.exceptions.ColumnNotFoundError)):
        return "its files do not have the same columns"
    return "it is cut off or damaged"
