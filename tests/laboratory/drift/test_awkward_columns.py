"""Columns and options of `drift` that do not fit: types, levels, targets, damaged files."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from credit_scoring.errors import TableError
from credit_scoring.laboratory.drift.compare_tables import compare_pairs
from credit_scoring.laboratory.drift.drift_words import column_sentences, findings, verdict
from credit_scoring.laboratory.drift.table_pairs import open_pairs
from tests.laboratory.drift.conftest import ROWS, loans


@pytest.fixture
def compare_parquet(write):
    """Compare two frames as Parquet files, which keep their types; the report."""

    def compare(reference, current, ignored=(), target=None):
        paths = write(reference, "before.parquet"), write(current, "now.parquet")
        with open_pairs(*paths, target=target) as pairs:
            return compare_pairs(pairs, ignored)

    return compare


UNLIKE_TEXTS = {
    "list": ([["car"]] * ROWS, "nested or binary values"),
    "bytes": ([b"\xff"] * ROWS, "nested or binary values"),
    "struct": ([{"a": 1}] * ROWS, "nested or binary values"),
    "date": ([date(2026, 1, 1)] * ROWS, "dates"),
}


@pytest.mark.parametrize(("values", "kind"), UNLIKE_TEXTS.values(), ids=UNLIKE_TEXTS)
def test_levels_that_became_something_else_are_a_change_of_type(compare_parquet, values, kind):
    report = compare_parquet(loans(), loans(seed=1).with_columns(purpose=pl.Series(values)))
    assert [vars(remark) for remark in report.changed] == [
        {
            "column": "purpose",
            "kind": "type",
            "text": f"texts in the reference table, {kind} in the current one",
        }
    ]
    assert report.drifts


def test_numbers_that_became_dates_are_named_as_such(compare_parquet):
    report = compare_parquet(loans(), loans(seed=1).with_columns(income=date(2026, 1, 1)))
    (remark,) = report.changed
    assert remark.text == "numbers in the reference table, dates in the current one"


def rare_levels(rows, seed):
    levels = np.array([f"employer {number}" for number in range(60)])
    shares = 1 / np.arange(3, 63)
    return np.random.default_rng(seed).choice(levels, rows, p=shares / shares.sum())


def test_levels_that_a_small_reference_lacks_by_chance_do_not_alarm(compare):
    """In one bin for all new levels, 20 of 20 such comparisons would alarm."""
    frames = [loans(100, seed).with_columns(employer=rare_levels(100, seed)) for seed in range(40)]
    reports = [compare(*frames[start : start + 2]) for start in range(0, 40, 2)]
    new = [report.tables[0].columns for report in reports]
    assert all(any(column.counts.new_levels for column in columns) for columns in new)
    assert not any("employer" in report.drifting for report in reports)


def test_many_new_levels_share_a_bin_and_none_is_counted_twice(compare):
    levels = ["(other levels)", "car"] * (ROWS // 2)
    before = loans().with_columns(purpose=pl.Series(levels))
    now = loans(seed=1).with_columns(
        purpose=pl.Series([f"level {i % 300:03d}" for i in range(ROWS)])
    )
    (column,) = (column for _, column in compare(before, now).columns if column.drifts)
    assert column.counts.labels[-2:] == ("((other levels))", "missing")
    assert len(column.counts.labels) == 200 + 1 + 1
    assert sum(column.counts.reference) == sum(column.counts.current) == ROWS
    assert column.counts.reference[-1] == column.counts.current[-1] == 0


def test_long_levels_are_shortened(compare):
    """A million characters would fill the screen for minutes."""
    before = loans().with_columns(purpose=pl.Series(["x" * 5000, "car"] * (ROWS // 2)))
    now = loans(seed=1).with_columns(purpose=pl.Series(["y" * 5000, "car"] * (ROWS // 2)))
    (column,) = (column for _, column in compare(before, now).columns if column.drifts)
    short = "x" * 79 + "…", "y" * 79 + "…"
    assert column.counts.labels == ("car", *short, "missing")
    assert column.counts.new_levels == short[1:]


def test_level_named_missing_may_disappear(compare):
    before = loans().with_columns(purpose=pl.Series(["missing", "car"] * (ROWS // 2)))
    now = loans(seed=1).with_columns(purpose=pl.lit("car"))
    (column,) = (column for _, column in compare(before, now).columns if column.drifts)
    assert "Levels that no current row has: “missing”." in column_sentences(column)


def test_one_row_and_one_column_are_singular(compare):
    frames = [loans(seed=seed).select("income", "loan_id") for seed in (0, 0)]
    assert "Both tables have the same counts in every bin of 1 column." in findings(
        compare(*frames)
    )
    constant = pl.DataFrame({"a": [1], "b": [2]})
    text = " ".join(findings(compare(constant, constant)))
    assert "up to 0.00" not in text


EMPTY = pl.lit(None, pl.Int64).alias("target")


@pytest.mark.parametrize(
    ("reference", "current", "side"),
    [
        (loans(), loans(seed=1).with_columns(EMPTY), "the current"),
        (loans().with_columns(EMPTY), loans(seed=1), "the reference"),
        (loans().with_columns(EMPTY), loans(seed=1).with_columns(EMPTY), "either"),
    ],
    ids=["current", "reference", "both"],
)
def test_target_without_value_is_no_change(compare_parquet, reference, current, side):
    report = compare_parquet(reference, current)
    assert not report.drifts
    texts = [remark.text for remark in report.tables[0].remarks if remark.column == "target"]
    assert texts == [f"the target has no value in {side} table: not compared"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "targt"}, r"no table has the column targt \(did you mean target\?\): name the"),
        ({"target": "purpose"}, r"--target is purpose, which holds 'car' \(\d+ rows\).*: expected"),
        (
            {"ignored": ["purpos"]},
            r"no table has the column purpos \(did you mean purpose\?\): name",
        ),
    ],
    ids=["unknown target", "no outcome", "unknown column"],
)
def test_option_that_fits_no_column_is_refused(compare, options, message):
    with pytest.raises(TableError, match=message):
        compare(loans(), loans(seed=1), **options)


def test_damaged_column_is_an_error_that_names_the_file(write):
    before, now = write(loans(), "before.parquet"), write(loans(seed=1), "now.parquet")
    content = bytearray(now.read_bytes())
    content[8000:20000] = b"\xff" * 12000
    now.write_bytes(content)
    with (
        pytest.raises(TableError, match=r"now\.parquet cannot be read \(it is cut off"),
        open_pairs(before, now) as pairs,
    ):
        compare_pairs(pairs)


def test_only_outcomes_can_be_compared(compare):
    frames = [loans(seed=seed).select("loan_id", "target") for seed in (0, 1)]
    report = compare(*frames)
    assert not report.columns
    assert verdict(report) == "No drift"
