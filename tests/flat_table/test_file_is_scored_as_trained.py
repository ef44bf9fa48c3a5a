"""A file whose numbers are texts gives the same values to training and to scoring."""

import numpy as np
import polars as pl
from polars.testing import assert_frame_equal

from credit_scoring.batch.validate_block import BlockValidator
from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.contracts.column_check import null_if_sentinel
from credit_scoring.features.feature import column_feature
from credit_scoring.flat_table.infer_schema import infer_schema
from credit_scoring.flat_table.read_flat_table import read_flat_table
from credit_scoring.flat_table.schema_file import read_schema, schema_text
from credit_scoring.flat_table.validate import validate_flat_table

ROWS = 300
RNG = np.random.default_rng(12)


def european(amount):
    return f"{amount:,.2f} €".translate(str.maketrans(",.", ".,"))


def lender_table():
    """A table of texts in the dress of several systems."""
    marked = RNG.random((4, ROWS)) < 0.1
    columns = {
        "income": np.where(marked[0], "n.c.", [*map(european, RNG.uniform(900, 90_000, ROWS))]),
        "rate": [f"{rate:.2f} %".replace(".", ",") for rate in RNG.uniform(1, 20, ROWS)],
        "balance": [f"({x:.2f})" if x > 700 else f"{x:.2f}" for x in RNG.uniform(1, 900, ROWS)],
        "months": np.where(marked[1], r"\N", RNG.integers(1, 48, ROWS).astype(str)),
        "score": np.where(marked[2], -999, RNG.integers(400, 800, ROWS)).astype(str),
        "delay": np.where(marked[3], RNG.integers(-9, -6, ROWS), RNG.integers(0, 60, ROWS)),
        "default": RNG.integers(0, 2, ROWS),
    }
    return pl.DataFrame(columns).cast(pl.String)


def test_values_are_equal(tmp_path):
    texts = lender_table()
    texts.write_csv(tmp_path / "loans.csv", separator=";")
    read = read_flat_table(tmp_path / "loans.csv")
    (tmp_path / "loans.toml").write_text(
        schema_text(infer_schema(read, target="default", key=None)), encoding="utf-8"
    )
    schema = read_schema(tmp_path / "loans.toml")
    trained = validate_flat_table(read, schema, "loans.csv")
    assert trained.columns == [name for name in texts.columns if name != "default"]
    inputs = [schema[name] for name in trained.columns]
    features = [ModelFeature(column_feature(c, "loans"), "input", c.nullable) for c in inputs]
    rows = pl.Series("row", range(1, ROWS + 1))
    scored = BlockValidator(features, decimal_comma=True).validate(texts, rows)
    assert scored.rejected == []
    values = [null_if_sentinel(pl.col(column.name), column, pl.when) for column in inputs]
    assert_frame_equal(scored.features.select(values).cast(pl.Float32), trained)
