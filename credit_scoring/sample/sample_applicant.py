"""One made-up applicant's raw records: what a request with raw records looks like."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from credit_scoring.contracts.contract import contracts
from credit_scoring.sample.generate import make_sample

APPLICANTS = 300
MOST = 4  # records of a table: enough to show what they look like
CREDIT = "SK_ID_BUREAU"
Records = dict[str, list[dict[str, Any]]]


def raw_example(seed: int = 0) -> Records:
    """The records by table of the applicant in a small sample who has some in every table: the first few."""
    with tempfile.TemporaryDirectory() as folder:
        make_sample(Path(folder), applicants=APPLICANTS, seed=seed)
        tables = {
            name: pl.read_parquet(Path(folder) / f"{t.file}.parquet")
            for name, t in contracts().items()
        }
    credits_of = tables["bureau"].select("SK_ID_CURR", CREDIT)
    tables["bureau_balance"] = tables["bureau_balance"].join(credits_of, on=CREDIT)
    counts = pl.concat([frame["SK_ID_CURR"].value_counts() for frame in tables.values()])
    totals = counts.group_by("SK_ID_CURR").agg(pl.len().alias("tables"), pl.col("count").sum())
    applicant = totals.filter(pl.col("tables") == len(tables)).sort("count", "SK_ID_CURR")[
        "SK_ID_CURR"
    ][0]
    own = {name: frame.filter(pl.col("SK_ID_CURR") == applicant) for name, frame in tables.items()}
    return {name: _rows(name, frame.head(MOST)) for name, frame in own.items()}


def _rows(table: str, frame: pl.DataFrame) -> list[dict[str, Any]]:
    columns = [column.name for column in contracts()[table].columns if column.use != "target"]
    return [
        {name: _plain(value) for name, value in row.items()}
        for row in frame.select(columns).to_dicts()
    ]


def _plain(value: Any) -> Any:
    """A number of 32 bits as a person writes it."""
    return float(str(np.float32(value))) if isinstance(value, float) else value


def as_request(records: Mapping[str, list[dict[str, Any]]]) -> str:
    """The request's JSON text, a line a record."""
    rows = {name: ",\n  ".join(map(json.dumps, found)) for name, found in records.items()}
    lines = [f'"{name}": [\n  {text}\n ]' for name, text in rows.items() if name != "application"]
    return "{\n " + ",\n ".join([f'"application": {rows["application"]}', *lines]) + "\n}"
