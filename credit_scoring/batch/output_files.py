"""The outputs of a scoring run, put together from its parts: the scores and the rejected rows."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from credit_scoring.files import atomic_path
from credit_scoring.spreadsheet_text import FORMULA_STARTS

ROW_GROUP = 100_000  # rows: the same groups whenever the run was interrupted
SYSTEM_ERROR = r"\(os error (\d+)\)"  # in the text of Polars' errors
BETWEEN_REASONS = " | "  # in a CSV file
OUTPUT_COLUMNS = ("row", "probability", "score", "decision", "reasons", "decision_id")


def write_scores(parts: list[Path], out: Path, identifier: str | None) -> None:
    """Write the scores at once, as CSV or Parquet by the name of `out`; memory is bounded.

    The identifier has its name in the source, or "id" if a column of the output is called so.
    Without an identifier the row number takes its place.
    """
    scan = pl.scan_parquet(parts, glob=False)
    if identifier is not None:
        scan = scan.drop("row").rename({"id": "id" if identifier in OUTPUT_COLUMNS else identifier})
    write_table(scan, out)


def write_rejected(parts: list[Path], out: Path) -> None:
    """Write the rejected rows, as CSV or Parquet by the name of `out`."""
    write_table(pl.scan_parquet(parts, glob=False), out)


def write_table(scan: pl.LazyFrame, out: Path) -> None:
    """Write a table at once, as CSV or Parquet by the name of `out`; memory is bounded."""
    with _write_errors(out), atomic_path(out) as temporary:
        if out.suffix == ".parquet":
            scan.sink_parquet(temporary, row_group_size=ROW_GROUP)
        else:
            _as_csv(scan).sink_csv(temporary)


@contextmanager
def _write_errors(out: Path) -> Iterator[None]:
    """Turn any error about a full disk and the like, also Polars', into an OSError about `out`."""
    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        match = re.search(SYSTEM_ERROR, str(error))
        number = getattr(error, "errno", None) or (int(match[1]) if match else None)
        if number is None:
            raise
        reason = getattr(error, "strerror", None) or os.strerror(number)
        raise OSError(number, reason, str(out)) from error


def _as_csv(scan: pl.LazyFrame) -> pl.LazyFrame:
    """Lists as one text each, and no text that a spreadsheet would run as a formula."""
    joined = scan.with_columns(pl.selectors.list().list.join(BETWEEN_REASONS))
    schema = joined.collect_schema()
    return joined.with_columns(_safe(name) for name in schema if schema[name] == pl.String)


def _safe(name: str) -> pl.Expr:
    text = pl.col(name)
    is_formula = text.str.slice(0, 1).is_in([*FORMULA_STARTS])
    safe = pl.when(is_formula).then(pl.concat_str(pl.lit("'"), text)).otherwise(text)
    return safe.alias(name)
