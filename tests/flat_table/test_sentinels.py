"""Codes for "no value" among numbers: far or negative ones are sentinels, others get a note."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from credit_scoring.contracts.column_check import sentinels
from credit_scoring.contracts.contract import Column
from credit_scoring.contracts.scalar_check import missing_marks
from credit_scoring.flat_table.infer_schema import infer_schema
from credit_scoring.flat_table.schema_file import read_schema, schema_text
from credit_scoring.flat_table.sentinels import doubts_about_codes, find_sentinels
from credit_scoring.flat_table.validate import validate_flat_table

ROWS = 300
RNG = np.random.default_rng(8)
SCORES = RNG.integers(300, 850, ROWS)
RATIOS = RNG.random(ROWS).round(3)
COUNTS = RNG.poisson(2, ROWS).clip(0, 13)
DELAYS = RNG.integers(0, 80, ROWS)


def with_codes(values, *codes):
    """The values, with each code in 11 rows."""
    numbers = np.array(values, dtype=float)
    for place, code in enumerate(codes):
        numbers[place :: ROWS // 10] = code
    return pl.Series("x", numbers)


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        (SCORES, [-999]),
        (SCORES, [-1111]),
        (SCORES, [777_777]),
        (SCORES, [2_147_483_647]),
        (SCORES, [-2_147_483_648, 999_999]),
        (SCORES, [9999, 9998, 9997]),
        (DELAYS, [-1000]),
        (DELAYS, [8888]),
        (DELAYS, [100_000_000]),
        (DELAYS, [-9, -8, -7]),
        (DELAYS, [-99]),
        (DELAYS, [-999, 999, 365_243]),
        (RATIOS, [9999.99]),
        (RATIOS, [99.99, -99]),
        (RATIOS, [1e15]),
        (COUNTS, [96, 98]),
        (COUNTS, [99]),
        (SCORES, [65_535]),
        (SCORES, [123_456_789]),
    ],
)
def test_codes_are_found(values, codes):
    found, notes = find_sentinels(with_codes(values, *codes))
    assert found == sorted(codes)
    assert all(f"{code:.15g} (" in " ".join(notes) for code in codes)
    assert all("the rest: read as missing" in note for note in notes)


@pytest.mark.parametrize(
    "values",
    [
        with_codes(SCORES),
        with_codes(np.where(COUNTS > 1, 0, 100), 1000),
        with_codes(RNG.integers(0, 100, ROWS), 99, 98, 88),
        with_codes(RNG.integers(-2, 9, ROWS), -2, -1),
        with_codes(RNG.integers(10, 9000, ROWS), 9999),
        with_codes(RNG.normal(0, 50, ROWS), -99),
        with_codes(COUNTS, -1),
        with_codes(np.where(COUNTS > 1, 0, 1)),
        with_codes(np.full(ROWS, 7), 99),
        with_codes(RNG.lognormal(8, 1, ROWS).round(2)),
    ],
    ids=range(10),
)
def test_other_numbers_stay_values(values):
    assert find_sentinels(values) == ([], [])


@pytest.mark.parametrize(
    ("values", "note"),
    [
        (with_codes(RNG.integers(10, 9000, ROWS), 9999), "9999 at the edge of the range"),
        (with_codes(DELAYS, 99), "99 at the edge of the range"),
        (with_codes(COUNTS, -1), "set sentinel = -1"),
        (with_codes(COUNTS, -2), "set sentinel = -2"),
        (with_codes(COUNTS, -2, -1), "set sentinel = [-2, -1]"),
        (with_codes(RNG.integers(18, 70, ROWS), 0), "0 (10 rows), and the others are 18 or more"),
        (with_codes(SCORES, 0), "set sentinel = 0"),
        (with_codes(SCORES, 3250), "3250 (10 rows) lies far from the rest"),
    ],
    ids=range(8),
)
def test_doubtful_numbers_get_a_note(values, note):
    assert any(note in text for text in doubts_about_codes(values))


def test_edges_of_other_numbers_get_no_note():
    assert doubts_about_codes(with_codes(COUNTS.clip(0, 11), 11)) == []
    assert doubts_about_codes(with_codes(RNG.lognormal(8, 1, ROWS).round(2))) == []


class TestSeveralSentinels:
    def table(self):
        values = with_codes(DELAYS, -9, -8, -7)
        return pl.DataFrame({"bad": [0, 1, 0] * 100, "x": values.cast(pl.Int64), "y": RATIOS})

    def test_are_written_read_and_missing(self, tmp_path):
        schema = infer_schema(self.table(), target="bad", key=None)
        (tmp_path / "loans.toml").write_text(schema_text(schema), encoding="utf-8")
        assert "sentinel = [\n    -9,\n    -8,\n    -7,\n]" in schema_text(schema)
        read = read_schema(tmp_path / "loans.toml")
        assert sentinels(read["x"]) == (-9, -8, -7)
        inputs = validate_flat_table(self.table(), read, "")
        assert inputs["x"].null_count() == 30
        assert inputs["x"].min() == 0

    def test_are_marks_of_a_request(self):
        column = Column("x", "x", "int32", nullable=True, meaning="x", sentinel=(-9, -8))
        assert missing_marks(column) == (-9, -8)
        assert missing_marks(replace(column, sentinel=-9)) == (-9,)
        assert missing_marks(replace(column, sentinel=None)) == ()
