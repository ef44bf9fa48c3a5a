"""Reads any lender's table, one row per loan, from CSV or Parquet, and its target as 0 and 1.

A CSV file has no types. A column holds numbers or truth values if every value is one; else its
texts stay unchanged: "007" remains a code, " 36 months" keeps its space.
"""

import gzip
from collections.abc import Sequence
from pathlib import Path

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
OUTCOMES = (("0", "1"), ("no", "yes"), ("false", "true"))
MAX_SHOWN = 10  # values in a message


def read_flat_table(path: StrPath) -> pl.DataFrame:
    """The table at `path`: Parquet, or CSV (separated by `,`, `;`, tab or `|`; plain or .gz).

    NaN and infinity are missing; so are "NA" and the like in the number columns of a CSV file.
    Empty rows are left out. Raises TableError if the file is not such a table.
    """
    path = Path(path)
    if not path.is_file():
        raise TableError(f"{path} is not a file: give a CSV or Parquet file with one row per loan")
    frame = _read_file(path)
    _refuse_patterns(frame.columns, path)
    frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))
    if frame.is_empty():
        raise TableError(f"{path} has no rows: give a table with one row per loan")
    floats = pl.selectors.float()
    return frame.with_columns(pl.when(floats.is_finite()).then(floats))


def _read_file(path: Path) -> pl.DataFrame:
    kind = "Parquet" if path.suffix == ".parquet" else "CSV"
    try:
        return pl.read_parquet(path) if kind == "Parquet" else _read_csv(path)
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
    header = _sniff_text(content, path)
    if header.repeated:  # Polars would rename the second of two equal names
        columns = ", ".join(map(repr, header.repeated))
        raise TableError(f"{path} has the column {columns} twice: rename or remove one")
    if header.needs_rewriting:
        content = normalise(content, header)
    texts = pl.read_csv(content, null_values=[""], **header.csv_options())
    if texts.width == 1:
        column = repr(texts.columns[0][:60])
        raise TableError(f"{path} has one column, {column}: expected several, separated by , or ;")
    _refuse_patterns(texts.columns, path)
    comma_decimals = header.separator != ","
    return texts.select(_typed(column, comma_decimals=comma_decimals) for column in texts)


def _sniff_text(content: bytes, path: Path) -> Header:
    """The dialect of a CSV file; TableError if its text is neither UTF-8 nor UTF-16."""
    header = sniff(content[:HEAD_SIZE])
    if header.utf16:
        return header
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TableError(
            f"{path} is not UTF-8 text (line {line}): save it as CSV UTF-8, or as Parquet"
        ) from error
    return header


def _refuse_patterns(names: Sequence[str], path: Path) -> None:
    """Polars would take such a name for a pattern that selects all columns that match."""
    for name in names:
        if name.startswith("^") and name.endswith("$"):
            raise TableError(
                f"{path} has the column {name!r}, which reads as a pattern (^…$): rename it"
            )


def _typed(texts: pl.Series, *, comma_decimals: bool) -> pl.Series:
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


def target_values(frame: pl.DataFrame, name: str) -> pl.Series:
    """The target as 0 and 1 (default), from 0/1, no/yes or false/true in any case.

    Raises TableError with the values found if there are others, or only one of the two.
    """
    require_column(frame, name, "target")
    values = frame[name]
    words = values.cast(pl.String).str.strip_chars().str.to_lowercase()
    if values.dtype.is_float():
        words = words.str.replace(r"^([01])\.0+$", "$1")
    distinct = set(words.unique())
    for negative, positive in OUTCOMES:
        if distinct == {negative, positive}:
            return (words == positive).cast(pl.Int8).alias(name)
    raise TableError(
        f"{name} holds {_value_counts(values)}: expected a 0 or 1, no or yes, or false or true in "
        "every row, both of them; 1, yes or true is a default"
    )


def _value_counts(values: pl.Series) -> str:
    """The most frequent values, with their number of rows."""
    counts = values.cast(pl.String).alias("value").value_counts()
    counts = counts.sort(["count", "value"], descending=[True, False])
    texts = [
        f"{'no value' if value is None else repr(value[:60])} ({count} rows)"
        for value, count in counts.head(MAX_SHOWN).rows()
    ]
    if len(counts) > MAX_SHOWN:
        texts.append(f"{len(counts) - MAX_SHOWN} other values")
    return ", ".join(texts)
