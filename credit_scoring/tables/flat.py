"""Any lender's table: one row per loan, columns of its own. Its contract is inferred, shown, edited, passed back.

The contract is a TOML file in the form of `contracts/*.toml`, so that a table with a contract is a table, whoever
wrote it. `use` says what becomes of a column: "input", "key", "target", or "excluded", with the reason in `meaning`.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from credit_scoring.errors import TableError, nearest
from credit_scoring.tables.contract import Column, Table, Use

MOST_LEVELS = 100
MOSTLY_DISTINCT = 0.5  # of the rows: text with more distinct values is a name or a note, not a category
LEAK_AUC = 0.98  # a column that ranks the target this well by itself was most likely written after the outcome
DATE_SAMPLE = 1000
SENSITIVE: dict[Use, set[str]] = {  # words in a column's name, by the law on credit
    "prohibited": {
        "sex",
        "gender",
        "marital",
        "family",
        "race",
        "ethnicity",
        "religion",
        "nationality",
        "colour",
        "color",
    },
    "restricted": {"age", "birth", "birthdate", "birthday", "dob"},
}
TRUE, FALSE = {"1", "1.0", "yes", "y", "true", "t"}, {"0", "0.0", "no", "n", "false", "f"}


def read_flat(path: Path) -> pl.DataFrame:
    """The table at `path`, CSV (comma or semicolon) or Parquet; TableError where it is neither."""
    if not path.is_file():
        raise TableError(f"{path} is not a file: give a CSV or Parquet file with one row per loan")
    try:
        frame = pl.read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise TableError(f"{path} cannot be read as {path.suffix or 'CSV'} ({_first_line(error)})") from error
    if frame.is_empty():
        raise TableError(f"{path} has no rows")
    return frame


def _read_csv(path: Path) -> pl.DataFrame:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        header = file.readline()
    separator = ";" if header.count(";") > header.count(",") else ","
    return pl.read_csv(path, separator=separator, infer_schema_length=None, try_parse_dates=True)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def target_of(frame: pl.DataFrame, name: str) -> pl.Series:
    """The target as 0 and 1 (default), from 0/1, yes/no or true/false; TableError with the values found otherwise."""
    if name not in frame.columns:
        raise TableError(f"the table has no column {name}{nearest(name, frame.columns)}: name the target")
    words = frame[name].cast(pl.String).str.to_lowercase().str.strip_chars()
    found = set(words.unique().to_list())
    if not (found <= TRUE | FALSE and found & TRUE and found & FALSE):
        values = ", ".join(str(value) for value in frame[name].unique().sort().head(10))
        raise TableError(f"{name} holds {values}: expected two values, 0 and 1, no and yes, or false and true")
    return words.is_in(sorted(TRUE)).cast(pl.Int8).alias(name)


def infer(frame: pl.DataFrame, *, target: str, key: str | None) -> Table:
    """The contract of a flat table: types, ranges, levels, nullability, and what had better stay out."""
    if key is not None and key not in frame.columns:
        raise TableError(f"the table has no column {key}{nearest(key, frame.columns)}: name the identifier")
    outcome = target_of(frame, target).to_numpy()
    columns = tuple(_column(frame[name], outcome, target=target, key=key) for name in frame.columns)
    if not any(column.use == "input" for column in columns):
        raise TableError("no column is left to learn from: every one is empty, constant, an identifier or a leak")
    return Table("loans", "One row per loan.", "loans", None, (key,) if key else (), None, columns)


def _column(values: pl.Series, outcome: np.ndarray[Any, Any], *, target: str, key: str | None) -> Column:
    column = _described(values)
    if values.name == target:
        return _used(column, "target", "1 when the loan defaulted, 0 otherwise")
    if values.name == key:
        return _used(column, "key", "identifier of the loan")
    if reason := _reason_against(values, column, outcome):
        return _used(column, "excluded", reason)
    for use, words in SENSITIVE.items():
        if words & set(re.split(r"[^a-z]+", values.name.lower())):
            return _used(column, use, f"{values.name}: by its name a {use} attribute, no input unless allowed")
    return column


def _used(column: Column, use: Use, meaning: str) -> Column:
    """The column with another use; the values of what is no input (names, notes) are nobody's business."""
    levels = column.levels if use in ("prohibited", "restricted") else ()
    return replace(column, use=use, meaning=meaning, levels=levels)


def _described(values: pl.Series) -> Column:
    """The column as an input: a number with its range, or a category with its levels."""
    nullable, name = values.null_count() > 0, values.name
    if values.dtype.is_numeric() or values.dtype == pl.Boolean:
        low, high = _range(values)
        return Column(name, name, "float32", nullable=nullable, meaning=name, unit="number", minimum=low, maximum=high)
    levels = values.drop_nulls().cast(pl.String).unique().sort().head(MOST_LEVELS + 1).to_list()
    return Column(name, name, "category", nullable=nullable, meaning=name, levels=tuple(levels))


def _range(values: pl.Series) -> tuple[float | None, float | None]:
    """The range seen, widened by its own width, never below 0 where nothing was: a person may narrow it."""
    numbers = values.cast(pl.Float64).drop_nulls()
    if numbers.is_empty():
        return None, None
    low, high = float(numbers.min()), float(numbers.max())  # type: ignore[arg-type]
    if numbers.is_in([0.0, 1.0]).all():
        return 0.0, 1.0
    return (max(0.0, 2 * low - high) if low >= 0 else 2 * low - high), 2 * high - low


def _reason_against(values: pl.Series, column: Column, outcome: np.ndarray[Any, Any]) -> str | None:
    """Why a column had better not be an input, or None."""
    distinct = values.drop_nulls().n_unique()
    if distinct <= 1:
        return "the same value everywhere" if distinct else "empty"
    if _is_date(values):
        return "a date: turn it into days before the application"
    if values.dtype.is_integer() and distinct == len(values):
        return "every value is different: most likely an identifier"
    if column.is_category and (len(column.levels) > MOST_LEVELS or distinct > MOSTLY_DISTINCT * len(values)):
        return f"{distinct} different texts: an identifier or free text, not a category"
    auc = _auc_alone(values, column, outcome)
    return f"a likely leak: it ranks the target by itself (AUC {auc:.3f})" if auc >= LEAK_AUC else None


def _is_date(values: pl.Series) -> bool:
    if values.dtype.is_temporal():
        return True
    if values.dtype != pl.String:
        return False
    texts = values.drop_nulls().head(DATE_SAMPLE)
    return texts.str.contains(r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?$").all()


def _auc_alone(values: pl.Series, column: Column, outcome: np.ndarray[Any, Any]) -> float:
    """How well the column alone, or its being missing, ranks the target: an AUC from 0.5 to 1."""
    target = pl.Series("target", outcome)
    if column.is_category:
        frame = pl.DataFrame({"value": values.cast(pl.String), "target": target})
        score = frame.select(pl.col("target").mean().over("value"))["target"]
    else:
        score = values.cast(pl.Float64)
    known = score.fill_null(score.mean())
    return max(_auc(known, outcome), _auc(values.is_null(), outcome))


def _auc(score: pl.Series, outcome: np.ndarray[Any, Any]) -> float:
    ranks = score.cast(pl.Float64).rank("average").to_numpy()
    bad = outcome.sum()
    good = len(outcome) - bad
    auc = (ranks[outcome == 1].sum() - bad * (bad + 1) / 2) / (bad * good)
    return float(max(auc, 1 - auc))


def by_schema(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """`frame` as its contract says: inputs as 32-bit numbers or categories; TableError lists all that is wrong."""
    wrong = [text for column in table.columns if (text := _breach(frame, column))]
    if wrong:
        raise TableError("the table breaks its schema:\n  " + "\n  ".join(wrong))
    return frame.with_columns(_typed(column) for column in table.columns if column.describes_applicant)


def _typed(column: Column) -> pl.Expr:
    value = pl.col(column.name)
    if column.is_category:
        return value.cast(pl.String).replace(dict.fromkeys(column.missing)).cast(pl.Enum(column.levels))
    number = value.cast(pl.Float64)
    return (
        pl.when(number != column.sentinel).then(number).cast(pl.Float32) if column.sentinel else number.cast(pl.Float32)
    )


def _breach(frame: pl.DataFrame, column: Column) -> str | None:
    """What is wrong with one column of `frame`, for a person, or None."""
    if column.use == "excluded":
        return None
    if column.name not in frame.columns:
        return f"{column.name} is missing{nearest(column.name, frame.columns)}"
    values = frame[column.name]
    if column.is_category:
        return _unknown_levels(values.cast(pl.String), column)
    if not (values.dtype.is_numeric() or values.dtype == pl.Boolean):
        return f"{column.name} holds text, such as {values.drop_nulls().head(1).to_list()}: expected numbers"
    return _out_of_range(values.cast(pl.Float64), column)


def _unknown_levels(values: pl.Series, column: Column) -> str | None:
    unknown = values.filter(~values.is_in([*column.levels, *column.missing])).drop_nulls()
    if unknown.is_empty():
        return None
    expected = _some(column.levels)
    return f"{column.name} has {len(unknown)} rows with other levels, such as {unknown[0]!r}: expected {expected}"


def _out_of_range(values: pl.Series, column: Column) -> str | None:
    low, high = (
        (-np.inf if column.minimum is None else column.minimum),
        (np.inf if column.maximum is None else column.maximum),
    )
    outside = values.filter(((values < low) | (values > high)) & (values != (column.sentinel or np.inf)))
    if outside.is_empty() or not column.describes_applicant:
        return None
    return f"{column.name} has {len(outside)} rows out of range, such as {outside[0]}: expected {low} to {high}"


def _some(levels: Sequence[str]) -> str:
    shown = ", ".join(map(repr, levels[:10]))
    return shown if len(levels) <= 10 else f"{shown} and {len(levels) - 10} more"  # noqa: PLR2004
