"""Reads any lender's table, one row per loan, from CSV or Parquet.

A CSV file has no types. A column holds numbers or truth values if every cell is one or empty; else
its texts stay unchanged: "007" remains a code, and the schema decides what "1,234" and "NA" mean.
"""

import codecs
import gzip
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import polars as pl

from credit_scoring.errors import TableError
from credit_scoring.files import StrPath
from credit_scoring.flat_table.typed_columns import typed
from credit_scoring.suggestions import did_you_mean
from credit_scoring.tables.csv_dialect import HEAD_SIZE, Header, NotTabularError, normalise, sniff
from credit_scoring.tables.table_errors import first_line, join_names

CHUNK = 1 << 20  # bytes decoded at once


def read_flat_table(path: StrPath) -> pl.DataFrame:
    """The table at `path`: Parquet, or CSV (separated by `,`, `;`, tab or `|`; plain or .gz).

    NaN is missing. Empty rows are left out. Raises TableError if the file is not such a table.
    """
    path = require_file(path)
    with explain_unreadable(path):
        frame = pl.read_parquet(path, glob=False) if is_parquet(path) else _read_csv(path)
    refuse_patterns(frame.columns, path)
    frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))
    require_rows(len(frame), path)
    return frame.fill_nan(None)


def require_file(path: StrPath) -> Path:
    """The path of a table; TableError unless it is a file."""
    path = Path(path)
    if not path.is_file():
        raise TableError(f"{path} is not a file: give a CSV or Parquet file with one row per loan")
    return path


def require_rows(rows: int, path: Path) -> None:
    """Raise TableError for a table without rows."""
    if not rows:
        raise TableError(f"{path} has no rows: give a table with one row per loan")


def is_parquet(path: Path) -> bool:
    """Whether a table is Parquet, according to its name; otherwise it is CSV."""
    return path.suffix == ".parquet"


@contextmanager
def explain_unreadable(path: Path) -> Iterator[None]:
    """Wrap the reading of a table: what is wrong with the file is a TableError that names it."""
    kind = "Parquet" if is_parquet(path) else "CSV"
    try:
        yield
    except NotTabularError as error:
        raise TableError(f"{path}: {error.description}: {error.remedy}") from error
    except (pl.exceptions.PolarsError, OSError, EOFError) as error:
        raise TableError(
            f"{path} cannot be read as {kind} ({_reason(error)}): repair it, or export it again"
        ) from error


def _reason(error: Exception) -> str:
    system_message = error.strerror if isinstance(error, OSError) else None
    return (system_message or first_line(error))[:200]


def _read_csv(path: Path) -> pl.DataFrame:
    raw = path.read_bytes()
    content = gzip.decompress(raw) if path.suffix == ".gz" else raw
    header = sniff_text(BytesIO(content), path)
    if header.needs_rewriting:
        content = normalise(content, header)
    texts = pl.read_csv(content, null_values=[""], **header.csv_options())
    require_several_columns(texts.columns, path)
    comma_decimals = header.separator != ","
    return texts.select(typed(column, comma_decimals=comma_decimals) for column in texts)


def sniff_text(file: BinaryIO, path: Path) -> Header:
    """The dialect of a CSV file with the name `path`.

    TableError if its text is neither UTF-8 nor UTF-16, or two columns have the same name, the
    second of which Polars would rename.
    """
    header = sniff(file.read(HEAD_SIZE))
    if header.repeated:
        columns = ", ".join(map(repr, header.repeated))
        raise TableError(f"{path} has the column {columns} twice: rename or remove one")
    file.seek(0)
    line = None if header.utf16 else _undecodable_line(file)
    if line is not None:
        raise TableError(
            f"{path} is not UTF-8 text (line {line}): save it as CSV UTF-8, or as Parquet"
        )
    return header


def _undecodable_line(file: BinaryIO) -> int | None:
    """The number of the first line that is not UTF-8, or None."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    line = 1
    while True:
        chunk = file.read(CHUNK)
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            return line + error.object.count(b"\n", 0, error.start)
        line += chunk.count(b"\n")
        if not chunk:
            return None


def require_several_columns(names: Sequence[str], path: Path) -> None:
    """Raise TableError for a single column, or a name that Polars takes for a pattern."""
    if len(names) == 1:
        column = repr(names[0][:60])
        raise TableError(f"{path} has one column, {column}: expected several, separated by , or ;")
    refuse_patterns(names, path)


def refuse_patterns(names: Sequence[str], path: Path) -> None:
    """Polars would take such a name for a pattern that selects all columns that match."""
    for name in names:
        if name.startswith("^") and name.endswith("$"):
            raise TableError(
                f"{path} has the column {name!r}, which reads as a pattern (^…$): rename it"
            )


ROLE_OPTIONS = {"target": "--target", "identifier": "--id"}


def require_column(frame: pl.DataFrame, name: str, role: str) -> None:
    """Raise TableError with the nearest name if the table has no column `name`, named as `role`."""
    if name not in frame.columns:
        hint = (
            did_you_mean(name, frame.columns) or f" (it has {join_names(map(repr, frame.columns))})"
        )
        option = ROLE_OPTIONS[role]
        raise TableError(f"the table has no column {name}{hint}: name the {role} with {option}")
