"""Any lender's table: one row per loan, columns of its own, read from CSV or Parquet; its target as 0 and 1.

A CSV file has no types. A column is a number or a truth value where every value is one, else the texts as they
stand: "007" stays a code, " 36 months" keeps its space.
"""

import csv
import gzip
import re
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from credit_scoring.errors import TableError
from credit_scoring.suggestions import did_you_mean

MARKS = (
    "",
    "NA",
    "N/A",
    "n/a",
    "#N/A",
    "NULL",
    "null",
    "NaN",
    "nan",
    "<NA>",
    "?",
    "-",
    ".",
)  # texts for "no value"
SEPARATORS = ",;\t|"
INTEGER = r"^[+-]?(0|[1-9]\d*)$"
NUMBER = r"^[+-]?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"
COMMA_NUMBER = r"^[+-]?(0|[1-9]\d*)(,\d+)?$"
THOUSANDS = r"^[+-]?([1-9]\d{0,2}(,\d{3})+|\d{1,3})$"  # 1,234 is ambiguous: it stays text, and infer says so
BOOLEAN = r"^(?i:true|false)$"
GLANCE = 1000  # values that settle most questions about a column
OUTCOMES = (("0", "1"), ("no", "yes"), ("false", "true"))
MOST_SHOWN = 10


def read_flat_table(path: Path) -> pl.DataFrame:
    """The table at `path`, CSV (`,`, `;`, tab or `|`; plain or .gz) or Parquet; TableError where it is neither.

    NaN and infinity, and in number columns of a CSV file also "NA" and the like, are missing. Empty rows are no rows.
    """
    if not path.is_file():
        raise TableError(f"{path} is not a file: give a CSV or Parquet file with one row per loan")
    try:
        frame = _read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)
    except (pl.exceptions.PolarsError, OSError, EOFError) as error:
        kind = "Parquet" if path.suffix == ".parquet" else "CSV"
        raise TableError(
            f"{path} cannot be read as {kind} ({_reason(error)}): mend it, or export it again"
        ) from error
    frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))
    if frame.is_empty():
        raise TableError(f"{path} has no rows: give a table with one row per loan")
    return frame.with_columns(pl.when(pl.selectors.float().is_finite()).then(pl.selectors.float()))


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text.partition("\n")[0][:200]


def _read_parquet(path: Path) -> pl.DataFrame:
    frame = pl.read_parquet(path)
    _require_plain(frame.columns, path)
    return frame


def _read_csv(path: Path) -> pl.DataFrame:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    header = _header(content, path)
    separator = max(SEPARATORS, key=re.sub(r'"[^"]*"', "", header).count)
    raw = pl.read_csv(content, separator=separator, infer_schema=False, null_values=[""])
    if raw.width == 1:
        raise TableError(
            f"{path} has one column, {raw.columns[0][:60]!r}: expected several, separated by , or ;"
        )
    _require_distinct(header, separator, path)
    _require_plain(raw.columns, path)
    return raw.select(_parsed(raw[name], comma=separator != ",") for name in raw.columns)


def _header(content: bytes, path: Path) -> str:
    """The first line, as text; TableError where the file is no UTF-8 text."""
    if not content.strip():
        raise TableError(f"{path} is empty: give a CSV or Parquet file with one row per loan")
    if content.startswith(b"PK"):
        raise TableError(
            f"{path} is a workbook or a zip: save the sheet as CSV, or unpack the file"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = content.count(b"\n", 0, error.start) + 1
        raise TableError(
            f"{path} is not UTF-8 text (line {where}): save it as CSV UTF-8, or as Parquet"
        ) from error
    if "\0" in text:
        raise TableError(f"{path} is not a table (it holds zero bytes): give a CSV or Parquet file")
    return text.lstrip("\r\n").partition("\n")[0].rstrip("\r")


def _require_distinct(header: str, separator: str, path: Path) -> None:
    """Polars would rename the second of two equal names."""
    names = next(csv.reader([header], delimiter=separator))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise TableError(
            f"{path} has the column {', '.join(map(repr, twice))} twice: rename or remove one"
        )


def _require_plain(names: Sequence[str], path: Path) -> None:
    """Polars would take such a name for a pattern, and for all the columns that it fits."""
    for name in names:
        if name.startswith("^") and name.endswith("$"):
            raise TableError(
                f"{path} has the column {name!r}, which reads as a pattern (^…$): rename it"
            )


def _parsed(texts: pl.Series, *, comma: bool) -> pl.Series:
    """A column of texts as numbers or truth values where every value is one; else as it stands.

    With `comma`, 12,5 is a number too: the separator is another, so the file writes decimals the European way.
    """
    known = texts.str.strip_chars().replace(dict.fromkeys(MARKS))
    values = known.drop_nulls()
    if values.is_empty():
        return texts
    if _all(values, INTEGER):
        whole = known.str.strip_prefix("+").cast(pl.Int64, strict=False)
        return (
            texts if whole.null_count() > known.null_count() else whole
        )  # longer than 64 bits: an identifier
    if _all(values, NUMBER):
        return known.cast(pl.Float64)
    if comma and _all(values, COMMA_NUMBER) and not _all(values, THOUSANDS):
        return known.str.replace(",", ".", literal=True).cast(pl.Float64)
    return known.str.to_lowercase() == "true" if _all(values, BOOLEAN) else texts


def _all(values: pl.Series, pattern: str) -> bool:
    return bool(values.head(GLANCE).str.contains(pattern).all()) and bool(
        values.str.contains(pattern).all()
    )


def require_column(frame: pl.DataFrame, name: str, what: str) -> None:
    """TableError with the nearest name where the table has no column `name`, which is to be `what`."""
    if name not in frame.columns:
        hint = did_you_mean(name, frame.columns) or f" (it has {shown(frame.columns)})"
        raise TableError(f"the table has no column {name}{hint}: name the {what}")


def target_values(frame: pl.DataFrame, name: str) -> pl.Series:
    """The target as 0 and 1 (default), from 0/1, no/yes or false/true in any case; else TableError with the values."""
    require_column(frame, name, "target")
    values = frame[name]
    words = (values.cast(pl.Float64) if values.dtype.is_float() else values).cast(pl.String)
    words = words.str.strip_chars().str.to_lowercase()
    words = words.str.replace(r"^([01])\.0+$", "$1") if values.dtype.is_float() else words
    found = set(words.unique())
    for no, yes in OUTCOMES:
        if found == {no, yes}:
            return (words == yes).cast(pl.Int8).alias(name)
    raise TableError(f"{name} holds {_counted(values)}: expected a 0 or 1, no or yes, or false or true in every row, "
                     "both of them; 1, yes or true is a default")  # fmt: skip


def _counted(values: pl.Series) -> str:
    """The values found, the most frequent first, with their rows."""
    counts = (
        values.cast(pl.String)
        .alias("value")
        .value_counts()
        .sort(["count", "value"], descending=[True, False])
    )
    texts = [
        f"{_named(value)} ({count} rows)" for value, count in counts.head(MOST_SHOWN).iter_rows()
    ]
    more = [f"{len(counts) - MOST_SHOWN} other values"] if len(counts) > MOST_SHOWN else []
    return ", ".join([*texts, *more])


def _named(value: str | None) -> str:
    return "no value" if value is None else repr(value[:60])


def shown(names: Sequence[str]) -> str:
    """The first ten, in quotes, and how many more."""
    more = f" and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else ""
    return ", ".join(map(repr, names[:MOST_SHOWN])) + more
