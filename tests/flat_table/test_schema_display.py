"""The schema on the screen: a line per column in 80 cells, and the notes in full."""

import io
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from rich.cells import cell_len
from rich.console import Console

from credit_scoring.contracts.contract import Column
from credit_scoring.flat_table.infer_schema import infer_schema
from credit_scoring.flat_table.schema_display import describe_values, print_schema

ROWS = 300
LONG_NAME = "total amount of all instalments that were paid late, in euros"
AMOUNT = Column("amount", "amount", "float32", False, "amount", minimum=0, maximum=100)
HOME = Column("home", "home", "category", True, "home", levels=("own", "rent"))


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "n°": [f"secret {i}" for i in range(ROWS)],
            "default": rng.integers(0, 2, ROWS),
            LONG_NAME: rng.random(ROWS) * 1e4,
            "score": np.where(rng.random(ROWS) < 0.1, -999, rng.integers(300, 850, ROWS)),
            "[bold]objet[/bold]": rng.choice(['un "prêt"', "36 mois", "é" * 90, "NA"], ROWS),
            "line\nbreak": rng.random(ROWS),
            "地域の名前": rng.choice(["東京都" * 9, "大阪府" * 9, "京都府" * 9], ROWS),
            "merchant": [f"a merchant with a long name, number {i % 120}" for i in range(ROWS)],
            "empty": [None] * ROWS,
            "sexe": rng.choice(["F", "H"], ROWS),
            "nom": [f"Durand {i}" for i in range(ROWS)],
        }
    )
    return infer_schema(frame, target="default", key="n°")


def printed(table, width=80):
    stream = io.StringIO()
    print_schema(table, Console(file=stream, width=width))
    return stream.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_column_has_one_line_that_fits(table, width):
    lines = printed(table, width).splitlines()
    assert lines[0].startswith("Schema: 1 key, 1 target, 5 input")
    assert all(cell_len(line) <= width for line in lines)
    rows = lines[1 : lines.index("Notes:")]
    assert len(rows) == len(table.columns)
    for row, column in zip(rows, table.columns, strict=True):
        assert column.use in row


def test_says_what_will_be_done(table):
    text = printed(table)
    for words in ("0 to 1,400", "[bold]objet[/bold]", '"prêt"', "line�break", "prohibited"):
        assert words in text
    assert "empty                     excluded    empty" in text
    assert "Durand" not in text


def test_notes_are_complete_and_not_repeated(table):
    text = printed(table)
    notes = " ".join(text.partition("Notes:")[2].split())
    assert f"score: {table['score'].note}" in notes
    assert f"merchant: {table['merchant'].note}" in notes
    assert "empty:" not in notes
    assert "Notes:" not in printed(replace(table, columns=(AMOUNT, HOME)))


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (replace(AMOUNT, use="key"), ""),
        (AMOUNT, "0 to 100"),
        (replace(AMOUNT, maximum=None, dtype="int32"), "whole 0 to …"),
        (HOME, "own, rent, or missing"),
        (replace(HOME, levels=tuple("abcde"), nullable=False), "a, b, c … 5 levels"),
        (replace(HOME, levels=("x" * 30, "y"), nullable=False), f"{'x' * 19}…, y"),
    ],
    ids=["key", "amount", "whole", "missing", "five levels", "long level"],
)
def test_values_are_described_in_a_few_words(column, expected):
    assert describe_values(column) == expected
