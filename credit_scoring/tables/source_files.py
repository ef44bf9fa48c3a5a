"""Locates the tables by their Kaggle names: files in a folder, or members of a zip."""

import gzip
import os
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

import polars as pl

from credit_scoring.contracts.contract import Table, contracts
from credit_scoring.errors import TableError
from credit_scoring.files import open_regular
from credit_scoring.tables.table_errors import first_line, join_names

ARCHIVE = "home-credit-default-risk.zip"  # Kaggle's download
FILE_SUFFIXES = (".parquet", ".csv", ".csv.gz", ".csv.zst", ".csv.zip")
MEMBER_SUFFIXES = (".csv", ".parquet")
FOLDER_OR_ZIP = "give the folder of the tables or Kaggle's zip"
GZIP, ZSTD, ZIP = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK"
HEAD_LINES = 100  # read from the start of a file that only Polars can decompress
READ_ERRORS = (  # a zip with a password raises RuntimeError
    pl.exceptions.PolarsError,
    OSError,
    EOFError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    UnicodeError,
)


@dataclass(frozen=True)
class SourceFile:
    """One table's file: its `path`, and if that is a zip, the `member` inside."""

    path: Path
    member: str | None = None

    @property
    def name(self) -> str:
        """The name in messages: the path, or path/member for a member of a zip."""
        return str(self.path / self.member if self.member else self.path)

    @property
    def is_parquet(self) -> bool:
        """Whether the content is Parquet, according to its name."""
        return (self.member or self.path.name).endswith(".parquet")

    @property
    def is_parquet_file(self) -> bool:
        """Whether it is a Parquet file outside a zip, which needs no cached copy."""
        return self.is_parquet and self.member is None

    @property
    def state(self) -> tuple[str, str, int, int]:
        """Identifies the file and its version: absolute path, member, size, modification time."""
        status = self.path.stat()
        return str(self.path.absolute()), self.member or "", status.st_size, status.st_mtime_ns

    def read(self, size: int = -1) -> bytes:
        """The first `size` bytes, uncompressed; by default all of them.

        A member of a zip that is read to its end is verified by its CRC.
        """
        if self.member is not None:
            with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as member:
                return member.read(size)
        with self.path.open("rb") as file:
            start = file.peek(len(ZSTD))
            if start.startswith(ZSTD):
                return _lines(self.path, None if size < 0 else HEAD_LINES)
            return gzip.open(file).read(size) if start.startswith(GZIP) else file.read(size)

    def tail(self, size: int) -> bytes | None:
        """The last bytes of an uncompressed file; None for a compressed one, too slow to read."""
        if self.member is not None:
            return None
        with self.path.open("rb") as file:
            if file.read(4).startswith((GZIP, ZSTD)):
                return None
            file.seek(max(0, file.seek(0, os.SEEK_END) - size))
            return file.read()

    def scannable(self) -> Path | BytesIO:
        """The input of a Polars scan: the file itself, or the content of the member."""
        return self.path if self.member is None else BytesIO(self.read())


def _lines(path: Path, rows: int | None) -> bytes:
    """The lines of a file that only Polars can decompress."""
    frame = pl.read_csv(
        path,
        glob=False,
        has_header=False,
        separator="\x01",
        quote_char=None,
        n_rows=rows,
        infer_schema=False,
        new_columns=["line"],
    )
    return "".join(f"{line or ''}\n" for line in frame["line"]).encode()


def file_stem(table: Table, *, labelled: bool) -> str:
    """The name of the table's file without its suffix."""
    return table.file if labelled or table.unlabelled_file is None else table.unlabelled_file


def file_stems() -> set[str]:
    """The names of all tables' files without their suffixes."""
    tables = contracts().values()
    return {file_stem(table, labelled=labelled) for table in tables for labelled in (True, False)}


def table_paths(folder: Path) -> list[Path]:
    """Every path in a folder that is read as a table if there is a file."""
    return [folder / (stem + suffix) for stem in sorted(file_stems()) for suffix in FILE_SUFFIXES]


class TableLocation:
    """A folder or a zip that holds tables; a folder may hold only Kaggle's zip.

    Raises TableError if it is neither; `find` also for a zip that holds a table several times.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.root = _root(path)
        self.members = [] if self.root.is_dir() else _members(self.root)

    def find(self, stem: str) -> SourceFile | None:
        """The file of the table `stem`, or None if there is none."""
        if self.root.is_dir():
            files = (self.root / (stem + suffix) for suffix in FILE_SUFFIXES)
            return next((_source(file) for file in files if file.is_file()), None)
        names = [stem + suffix for suffix in MEMBER_SUFFIXES]
        members = [member for member in self.members if PurePosixPath(member).name in names]
        if len(members) > 1:
            raise TableError(
                f"{self.root} holds {stem} {len(members)} times ({join_names(members)}): keep one"
            )
        return SourceFile(self.root, members[0]) if members else None

    def missing_application(self, stem: str) -> TableError:
        """The error if the application table, the only required one, is absent."""
        if self.root.is_dir():
            names = ", ".join(stem + suffix for suffix in FILE_SUFFIXES)
            expected = f"expected one of {names}, or a zip with {stem}.csv"
        else:
            members = ", ".join(self.members[:5]) or "nothing"
            expected = f"expected {stem}.csv in it, found {members}"
        return TableError(f"{self.root} holds no application table: {expected}")


def _root(path: Path) -> Path:
    """The `path` itself, or the only zip in a folder without tables."""
    try:
        if not path.exists():
            raise TableError(f"{path} does not exist: expected a folder of tables or a zip")
        if not path.is_dir():
            return path
        names = sorted(file.name for file in path.iterdir())
    except PermissionError as error:
        raise _permission_error(path) from error
    zips = [name for name in names if name.endswith(".zip") and not name.endswith(".csv.zip")]
    tables = {stem + suffix for stem in file_stems() for suffix in FILE_SUFFIXES}
    return path / zips[0] if len(zips) == 1 and tables.isdisjoint(names) else path


def _permission_error(path: Path) -> TableError:
    return TableError(f"{path} cannot be read, permission denied: {_permission_remedy(path)}")


def _permission_remedy(path: Path) -> str:
    return f'give your user the right to read it, for example by chmod u+r "{path}"'


def _members(path: Path) -> list[str]:
    """The names of the members of the zip at `path`."""
    try:
        with open_regular(path) as file, zipfile.ZipFile(file) as archive:
            return [name for name in archive.namelist() if not name.startswith("__MACOSX/")]
    except PermissionError as error:
        raise _permission_error(path) from error
    except OSError as error:
        raise TableError(f"{path} cannot be read ({error.strerror}): {FOLDER_OR_ZIP}") from error
    except zipfile.BadZipFile as error:
        raise TableError(_not_a_zip(path)) from error


def _not_a_zip(path: Path) -> str:
    with path.open("rb") as file:
        magic_number = file.read(len(ZIP))
    if magic_number == ZIP:
        return f"{path} is a zip that is cut off or damaged: download or copy it again"
    return f"{path} is neither a folder nor a zip: {FOLDER_OR_ZIP}"


def _source(file: Path) -> SourceFile:
    """The file itself, or the only member of a `.csv.zip`."""
    if not file.name.endswith(".csv.zip"):
        return SourceFile(file)
    try:
        with zipfile.ZipFile(file) as archive:
            return SourceFile(file, next(iter(archive.namelist()), ""))
    except (OSError, zipfile.BadZipFile):
        return SourceFile(file)


def describe_read_error(error: BaseException, source: SourceFile) -> tuple[str, str]:
    """The meaning of an error while reading, and the remedy."""
    if isinstance(error, PermissionError):
        return "it cannot be read, permission denied", _permission_remedy(source.path)
    message = first_line(error)
    if source.member is not None:
        return f"the zip is cut off or damaged ({message})", "download or copy it again"
    return f"it cannot be used ({message})", "repair it, or leave out a side table's file"
