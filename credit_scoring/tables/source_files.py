"""Where the tables are: files in a folder, or members of a zip, by the names that Kaggle gives them."""

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
from credit_scoring.tables.table_errors import first_line

ARCHIVE = "home-credit-default-risk.zip"  # the name of Kaggle's download
ENDINGS = (".parquet", ".csv", ".csv.gz", ".csv.zst", ".csv.zip")
MEMBER_ENDINGS = (".csv", ".parquet")
GZIP, ZSTD, ZIP = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK"
# What a damaged file can raise; a zip with a password is a RuntimeError, an unknown compression its subclass.
DAMAGE = (
    pl.exceptions.PolarsError,
    OSError,
    EOFError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    UnicodeError,
)


@dataclass(frozen=True)
class Source:
    """One table's file: `path`, and inside a zip its `member`."""

    path: Path
    member: str | None = None

    @property
    def name(self) -> str:
        """How messages call it: the path, of a member of a zip zip/member."""
        return str(self.path / self.member if self.member else self.path)

    @property
    def is_parquet(self) -> bool:
        """Whether it is Parquet, by its name."""
        return (self.member or self.path.name).endswith(".parquet")

    @property
    def is_direct(self) -> bool:
        """Whether it is read where it is, with nothing gained by keeping a copy."""
        return self.is_parquet and self.member is None

    @property
    def state(self) -> tuple[str, str, int, int]:
        """What tells that the file is another one or has changed: absolute path, member, size, time of change."""
        status = self.path.stat()
        return str(self.path.absolute()), self.member or "", status.st_size, status.st_mtime_ns

    def head(self, size: int) -> bytes:
        """The first bytes, uncompressed."""
        if self.member is not None:
            with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as file:
                return file.read(size)
        with self.path.open("rb") as raw:
            start = raw.read(size)
        if start.startswith(GZIP):
            with gzip.open(self.path) as packed:
                return packed.read(size)
        return _lines(self.path, 100) if start.startswith(ZSTD) else start

    def tail(self, size: int) -> bytes | None:
        """The last bytes, where they are cheap to have: of a file that is not compressed."""
        if self.member is not None:
            return None
        with self.path.open("rb") as file:
            if file.read(4).startswith((GZIP, ZSTD)):
                return None
            file.seek(max(0, file.seek(0, os.SEEK_END) - size))
            return file.read()

    def content(self) -> bytes:
        """All of it, uncompressed; a member of a zip is checked against its CRC."""
        if self.member is not None:
            with zipfile.ZipFile(self.path) as archive:
                return archive.read(self.member)
        data = self.path.read_bytes()
        if data.startswith(GZIP):
            return gzip.decompress(data)
        return _lines(self.path, None) if data.startswith(ZSTD) else data

    def scannable(self) -> Path | BytesIO:
        """What Polars scans: the file itself, or the member's content."""
        return self.path if self.member is None else BytesIO(self.content())


def _lines(path: Path, rows: int | None) -> bytes:
    """The lines of a file in a compression that only Polars knows."""
    frame = pl.read_csv(
        path,
        has_header=False,
        separator="\x01",
        quote_char=None,
        n_rows=rows,
        infer_schema=False,
        new_columns=["line"],
    )
    return "".join(f"{line or ''}\n" for line in frame["line"]).encode()


def stem_of(table: Table, *, labelled: bool) -> str:
    """The name of the table's file without its ending."""
    return table.file if labelled or table.unlabelled_file is None else table.unlabelled_file


def stems() -> set[str]:
    """The names of all tables' files without their endings."""
    return {
        stem
        for table in contracts().values()
        for stem in (table.file, table.unlabelled_file)
        if stem
    }


class Place:
    """A folder or a zip that holds tables; TableError where it is neither. A folder may hold Kaggle's zip alone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.root = _root(path)
        self.members = [] if self.root.is_dir() else _members(self.root)

    def find(self, stem: str) -> Source | None:
        """The file of the table `stem`, or None where there is none."""
        if self.root.is_dir():
            files = (self.root / (stem + ending) for ending in ENDINGS)
            return next((_source(file) for file in files if file.is_file()), None)
        names = [stem + ending for ending in MEMBER_ENDINGS]
        found = (name for name in self.members if PurePosixPath(name).name in names)
        return next((Source(self.root, name) for name in found), None)

    def missing_application(self, stem: str) -> TableError:
        """What to say where the one table is absent that is required."""
        if not self.root.is_dir():
            held = ", ".join(self.members[:5]) or "nothing"
            return TableError(
                f"{self.root} holds no application table: expected {stem}.csv in it, found {held}"
            )
        names = ", ".join(stem + ending for ending in ENDINGS)
        return TableError(
            f"{self.path} holds no application table: expected one of {names}, or a zip with {stem}.csv"
        )


def _root(path: Path) -> Path:
    """`path`, or the one zip that the folder holds instead of tables."""
    try:
        if not path.exists():
            raise TableError(f"{path} does not exist: expected a folder of tables or a zip")
        if not path.is_dir():
            return path
        names = sorted(file.name for file in path.iterdir())
    except PermissionError as error:
        raise TableError(f"{path} cannot be read, permission denied: {_rights(path)}") from error
    zips = [name for name in names if name.endswith(".zip") and not name.endswith(".csv.zip")]
    tables = {stem + ending for stem in stems() for ending in ENDINGS}
    return path / zips[0] if len(zips) == 1 and tables.isdisjoint(names) else path


def _rights(path: Path) -> str:
    return f'give your user the right to read it, for example by chmod u+r "{path}"'


def _members(path: Path) -> list[str]:
    """The names in the zip at `path`."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except PermissionError as error:
        raise TableError(f"{path} cannot be read, permission denied: {_rights(path)}") from error
    except zipfile.BadZipFile as error:
        raise TableError(_no_zip(path)) from error


def _no_zip(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(2)
    if start == ZIP:
        return f"{path} is a zip that is cut off or damaged: download or copy it again"
    return f"{path} is neither a folder nor a zip: give the folder of the tables or Kaggle's zip"


def _source(file: Path) -> Source:
    """The file itself; of a table zipped alone, its one member."""
    if not file.name.endswith(".csv.zip"):
        return Source(file)
    try:
        with zipfile.ZipFile(file) as archive:
            return Source(file, next(iter(archive.namelist()), ""))
    except (OSError, zipfile.BadZipFile):
        return Source(file)


def damage(error: BaseException, source: Source) -> tuple[str, str]:
    """What an error of reading means, and what helps."""
    if isinstance(error, PermissionError):
        return "it cannot be read, permission denied", _rights(source.path)
    said = first_line(error)
    if source.member is not None:
        return f"the zip is cut off or damaged ({said})", "download or copy it again"
    return f"it cannot be used ({said})", "mend it, or leave out a side table's file"
