"""One sample applicant's raw records: an example of a request with raw records."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from credit_scoring.contracts.contract import contracts
from credit_scoring.sample.generate import generate_sample

SAMPLE_SIZE = 300  # applicants to choose from
MAX_RECORDS = 4  # per table: enough to show what they look like
APPLICANT_KEY = "SK_ID_CURR"
EXAMPLE_ID = 1  # below the ids of every sample and of Kaggle's tables: not a stored applicant
CREDIT_KEY = "SK_ID_BUREAU"
Records = dict[str, list[dict[str, Any]]]


def sample_applicant(seed: int = 0) -> Records:
    """The first records, by table, of an applicant who has some in every table.

    Takes the applicant with the fewest records in a small sample, under the id EXAMPLE_ID.
    """
    tables = _sample_tables(seed)
    credit_owners = tables["bureau"].select(APPLICANT_KEY, CREDIT_KEY)
    tables["bureau_balance"] = tables["bureau_balance"].join(credit_owners, on=CREDIT_KEY)
    counts = pl.concat([frame[APPLICANT_KEY].value_counts() for frame in tables.values()])
    totals = counts.group_by(APPLICANT_KEY).agg(pl.len().alias("tables"), pl.col("count").sum())
    complete = totals.filter(pl.col("tables") == len(tables)).sort("count", APPLICANT_KEY)
    is_chosen = pl.col(APPLICANT_KEY) == complete[APPLICANT_KEY][0]
    example_id = pl.lit(EXAMPLE_ID).alias(APPLICANT_KEY)
    return {
        name: _records(name, frame.filter(is_chosen).head(MAX_RECORDS).with_columns(example_id))
        for name, frame in tables.items()
    }


def _sample_tables(seed: int) -> dict[str, pl.DataFrame]:
    with tempfile.TemporaryDirectory() as folder:
        generate_sample(Path(folder), applicants=SAMPLE_SIZE, seed=seed)
        return {
            name: pl.read_parquet(Path(folder) / f"{table.file}.parquet", glob=False)
            for name, table in contracts().items()
        }


def _records(table: str, frame: pl.DataFrame) -> list[dict[str, Any]]:
    columns = [column.name for column in contracts()[table].columns if column.is_recorded]
    return [
        {name: _shortest(value) for name, value in row.items()}
        for row in frame.select(columns).to_dicts()
    ]


def _shortest(value: Any) -> Any:
    """A float with the fewest digits that give the same 32-bit number."""
    return float(str(np.float32(value))) if isinstance(value, float) else value


def request_json(records: Mapping[str, list[dict[str, Any]]]) -> str:
    """The request's JSON text, one record per line."""
    texts = {name: ",\n  ".join(map(json.dumps, rows)) for name, rows in records.items()}
    lists = [f'"{name}": [\n  {text}\n ]' for name, text in texts.items() if name != "application"]
    return "{\n " + ",\n ".join([f'"application": {texts["application"]}', *lists]) + "\n}"
