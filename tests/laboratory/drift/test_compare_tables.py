"""What `drift` finds in two tables, and how it says so."""

import json

import numpy as np
import polars as pl
import pytest

from credit_scoring.laboratory.drift.drift_words import column_sentences, findings, verdict
from tests.laboratory.drift.conftest import ROWS, loans


def remarks(report):
    return {remark.column: remark.text for remark in report.tables[0].remarks}


def drifts_of(report):
    return {column.drift.name: column for _, column in report.columns}


def test_two_samples_of_one_population_do_not_drift(compare):
    report = compare(loans(), loans(seed=1))
    assert not report.drifts
    assert verdict(report) == "No drift"
    assert set(drifts_of(report)) == {"income", "score", "children", "owner", "purpose"}
    assert "chance alone can explain it" in " ".join(findings(report))


def test_identifiers_and_dates_are_left_out_with_the_reason(compare):
    texts = remarks(compare(loans(), loans(seed=1)))
    assert texts["loan_id"] == "every value is different: most likely an identifier"
    assert texts["signed_on"].startswith("a date")


def test_shifted_number_drifts_first_and_its_median_is_said(compare):
    current = loans(seed=1).with_columns(pl.col("income") + 1000)
    report = compare(loans(), current)
    assert report.drifting == ["income"]
    worst = report.columns[0][1]
    assert worst.drift.band == "large"
    median, outside, *_ = column_sentences(worst)
    assert median.startswith(("Median 2,9", "Median 3,0"))
    assert "outside the range" in outside
    assert verdict(report) == "1 of 5 columns drifts"


def test_new_level_has_a_bin_of_its_own(compare):
    is_new = pl.int_range(pl.len()) % 3 == 0
    purpose = pl.when(is_new).then(pl.lit("boat")).otherwise("purpose").alias("purpose")
    column = drifts_of(compare(loans(), loans(seed=1).with_columns(purpose)))["purpose"]
    assert column.drifts
    assert column.counts.labels == ("boat", "car", "home", "other", "missing")
    assert (column.counts.current[0], column.counts.current[-1]) == (-(-ROWS // 3), 0)
    assert "Levels that the reference does not have: “boat”." in column_sentences(column)


def test_level_that_disappeared_is_named(compare):
    current = loans(seed=1).with_columns(pl.col("purpose").replace("other", "car"))
    column = drifts_of(compare(loans(), current))["purpose"]
    assert "Levels that no current row has: “other”." in column_sentences(column)


def test_column_without_any_value_drifts(compare):
    report = compare(loans(), loans(seed=1).with_columns(score=pl.lit(None, pl.Int64)))
    column = drifts_of(report)["score"]
    assert column.drifts
    assert column.drift.missing_share == 1
    assert list(column_sentences(column)) == ["No value in the current table."]


@pytest.mark.parametrize(
    ("empty", "text"),
    [
        (("reference",), "no value in the reference"),
        (("reference", "current"), "no value in either table"),
    ],
    ids=["reference", "both"],
)
def test_column_without_value_in_the_reference_is_not_compared(compare, empty, text):
    frames = {"reference": loans(), "current": loans(seed=1)}
    for side in empty:
        frames[side] = frames[side].with_columns(score=pl.lit(None, pl.Int64))
    report = compare(**frames)
    assert remarks(report)["score"] == text
    assert not report.drifts


def test_gone_column_is_a_change_and_a_new_one_is_not(compare):
    gone = compare(loans(), loans(seed=1).drop("income"))
    new = compare(loans().drop("income"), loans(seed=1))
    assert gone.drifts
    assert "only in the reference table" in remarks(gone)["income"]
    assert verdict(gone) == "1 column is gone or of another type"
    assert not new.drifts
    assert "only in the current table" in remarks(new)["income"]


def test_texts_among_numbers_are_shown(compare):
    texts = (
        pl.when(pl.int_range(pl.len()) < 3)
        .then(pl.lit("n/k"))
        .otherwise(pl.col("children").cast(pl.String))
    )
    report = compare(loans(), loans(seed=1).with_columns(children=texts))
    assert report.drifts
    assert remarks(report)["children"] == (
        "numbers in the reference table, texts in the current one: 3 are not numbers ('n/k')"
    )


def test_ignored_columns_are_neither_compared_nor_missed(compare):
    current = loans(seed=1).drop("income").with_columns(purpose=pl.lit("boat"))
    report = compare(loans(), current, ignored=("income", "purpose"))
    assert not report.drifts
    assert not {"income", "purpose"} & (drifts_of(report).keys() | remarks(report).keys())


@pytest.mark.parametrize("target", [None, "defaulted"], ids=["guessed", "named"])
def test_changed_default_rate_is_a_prior_shift_not_drift(compare, target):
    frames = [loans(), loans(seed=1).with_columns(target=(pl.int_range(pl.len()) % 6 == 0))]
    frames = [frame.with_columns(pl.col("target").cast(pl.Int64)) for frame in frames]
    if target:
        frames = [frame.rename({"target": target}) for frame in frames]
    report = compare(*frames, target=target)
    assert report.drifting == []
    assert report.drifts
    assert verdict(report) == "The share of defaults has shifted"
    sentence = " ".join(findings(report))
    assert f"Prior shift: {target or 'target'} is 1 in 16.70% of the current rows" in sentence


@pytest.mark.parametrize("labels", [("no", "yes"), ("False", "True")], ids=["words", "booleans"])
def test_outcome_may_be_words(compare, labels):
    frames = [
        frame.with_columns(target=pl.col("target").replace_strict({0: labels[0], 1: labels[1]}))
        for frame in (loans(), loans(seed=1))
    ]
    shift = compare(*frames).tables[0].prior_shift
    assert not shift.shifts
    assert shift.sentence.startswith("No prior shift: target is 1 in ")


def test_target_of_one_table_is_no_change(compare):
    report = compare(loans(), loans(seed=1).drop("target"))
    assert not report.drifts
    assert "the target is only in the reference table" in remarks(report)["target"]


def test_huge_table_does_not_alarm_about_a_small_shift(compare):
    """A tenth of a standard deviation in 40,000 rows: significant, and of no weight."""
    current = loans(40_000, seed=1).with_columns(pl.col("income") + 50)
    report = compare(loans(40_000), current)
    income = drifts_of(report)["income"]
    assert income.drift.adjusted_p_value < 0.001
    assert not report.drifts
    assert "real, but too small to matter" in " ".join(findings(report))


def test_small_tables_do_not_alarm_by_chance(compare):
    """With 40 rows chance moves the index above 0.1."""
    drifting = [compare(loans(300), loans(40, seed=seed)).drifting for seed in range(10)]
    assert sum(map(bool, drifting)) <= 1
    report = compare(loans(300), loans(40, seed=1))
    assert max(column.drift.psi for _, column in report.columns) > 0.1
    assert "only 40 rows" in " ".join(findings(report))


def test_same_table_twice_says_that_nothing_differs(compare):
    report = compare(loans(), loans())
    assert not report.drifts
    assert "same counts in every bin of 5 columns" in " ".join(findings(report))


def test_another_constant_drifts(compare):
    frames = [loans().with_columns(fee=pl.lit(10)), loans(seed=1).with_columns(fee=pl.lit(12))]
    column = drifts_of(compare(*frames))["fee"]
    assert column.drifts
    assert column.counts.labels == ("below 10", "10", "above 10", "missing")
    assert (column.counts.reference, column.counts.current) == ((0, ROWS, 0, 0), (0, 0, ROWS, 0))


def test_rare_values_do_not_hide_values_outside_their_range(compare):
    is_late = pl.int_range(pl.len()) < 3
    before = loans().with_columns(late=is_late.cast(pl.Int64))
    now = loans(seed=1).with_columns(late=is_late.cast(pl.Int64) + 5)
    column = drifts_of(compare(before, now))["late"]
    assert column.counts.labels == ("below 0", "0 to 1", "above 1", "missing")
    assert column.drifts


def test_counts_are_those_of_numpy(compare):
    before, now = loans(), loans(seed=1)
    column = drifts_of(compare(before, now))["children"]
    for side, frame in (("reference", before), ("current", now)):
        expected = np.bincount(frame["children"].to_numpy(), minlength=4)
        assert getattr(column.counts, side) == (*expected, 0)
    assert column.counts.labels == ("0", "1", "2", "3", "missing")


def test_report_is_json(compare):
    document = json.loads(json.dumps(compare(loans(), loans(seed=1)).as_dict(), allow_nan=False))
    assert document["drift"] is False
    (table,) = document["tables"]
    assert table["rows"] == {"reference": ROWS, "current": ROWS}
    assert {"psi", "psi_limit", "adjusted_p_value", "band", "bins"} <= table["columns"][0].keys()
