"""Reads any lender's table, one row per loan, from CSV or Parquet.

A CSV file has no types. A column holds numbers or truth values if every value is one; else its
texts stay unchanged: "007" remains a code, " 36 months" keeps its space.
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
from credit_scoring.suggestions import did_you_mean
from credit_scoring.tables.csv_dialect import HEAD_SIZE, Header, NotTabularError, normalise, sniff
from credit_scoring.tables.table_errors import first_line, join_names

MISSING_MARKS = (  # texts for "no value"
    "", "NA", "N/A", "n/a", "#N/A", "NULL", "null", "NaN", "nan", "<NA>", "?", "-", ".",
)  # fmt: skip
INTEGER = r"^[+-]?(0|[1-9]\d*)$"
NUMBER = r"^[+-]?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"
COMMA_NUMBER = r"^[+-]?(0|[1-9]\d*)(,\d+)?$"
# 1,234 is ambiguous: it stays text, and the schema has a note about it
THOUSANDS = r"^[+-]?([1-9]\d{0,2}(,\d{3})+|\d{1,3})$"
BOOLEAN = r"^(?i:true|false)$"
SAMPLE_ROWS = 1000  # checked first: they rule out most patterns
CHUNK = 1 << 20  # bytes decoded at once


def read_flat_table(path: StrPath) -> pl.DataFrame:
    """The table at `path`: Parquet, or CSV (separated by `,`, `;`, tab or `|`; plain or .gz).

    NaN and infinity are missing; so are "NA" and the like in the number columns of a CSV file.
    Empty rows are left out. Raises TableError if the file is not such a table.
    """
    path = require_file(path)
    with explain_unreadable(path):
        frame = pl.read_parquet(path, glob=False) if is_parquet(path) else _read_csv(path)
    refuse_patterns(frame.columns, path)
    frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))
    require_rows(len(frame), path)
    return frame.with_columns(finite(pl.selectors.float()))


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


def finite(numbers: pl.Expr) -> pl.Expr:
    """The numbers, with null for NaN and infinity."""
    return pl.when(numbers.is_finite()).then(numbers)


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


def typed(texts: pl.Series, *, comma_decimals: bool) -> pl.Series:
    """A column of texts as numbers or truth values if every value is one, else unchanged.

    With `comma_decimals`, 12,5 is a number too, as in European files with another separator.
    """
    stripped = texts.str.strip_chars().replace(dict.fromkeys(MISSING_MARKS))
    values = stripped.drop_nulls()
    if values.is_empty():
        return texts
    if _all_match(values, INTEGER):
        integers = stripped.str.strip_prefix("+").cast(pl.Int64, strict=False)
        is_too_long = integers.null_count() > stripped.null_count()
        return texts if is_too_long else integers  # more than 64 bits: an identifier
    if _all_match(values, NUMBER):
        return stripped.cast(pl.Float64)
    if comma_decimals and _all_match(values, COMMA_NUMBER) and not _all_match(values, THOUSANDS):
        return stripped.str.replace(",", ".", literal=True).cast(pl.Float64)
    return stripped.str.to_lowercase() == "true" if _all_match(values, BOOLEAN) else texts


def _all_match(values: pl.Series, pattern: str) -> bool:
    sample = values.head(SAMPLE_ROWS)
    return all(bool(texts.str.contains(pattern).all()) for texts in (sample, values))


ROLE_OPTIONS = {"target": "--target", "identifier": "--id"}


def require_column(frame: pl.DataFrame, name: str, role: str) -> None:
    """Raise TableError with the nearest name if the table has no column `name`, named as `role`."""
    if name not in frame.columns:
        hint = (
            did_you_mean(name, frame.columns) or f" (it has {join_names(map(repr, frame.columns))})"
        )
        option = ROLE_OPTIONS[role]
        raise TableError(f"the table has no column {name}{hint}: name the {role} with {option}")
