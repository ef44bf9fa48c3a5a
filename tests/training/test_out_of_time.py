"""Later applicants held out: which rows, what model.json and the card say, and the words."""

import io
from datetime import date

import numpy as np
import polars as pl
import pytest

from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.errors import FeatureError, SettingError
from credit_scoring.features.assemble import FeatureTable
from credit_scoring.flat_table.schema_file import read_schema
from credit_scoring.laboratory.model_card.model_card import model_card
from credit_scoring.progress import Progress
from credit_scoring.training.out_of_time import (
    application_dates,
    difference,
    last_training_day,
    out_of_time_in_words,
    rows_after,
)
from credit_scoring.training.train import TrainingOptions, train_on_flat_table
from tests.training.lender_table import ROWS, write_table_with_months

LAST_DAY = date(2015, 6, 30)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A bundle of a lender's table whose loans after April 2015 were held out."""
    folder = tmp_path_factory.mktemp("lender")
    table, schema = write_table_with_months(folder, 9)
    options = TrainingOptions(made_by="a test", holdout_after=date(2015, 4, 30))
    quiet = Progress(io.StringIO())
    train_on_flat_table(table, folder / "bundle", read_schema(schema), options, quiet)
    return folder


@pytest.fixture(scope="module")
def manifest(folder):
    return read_manifest(folder / "bundle")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2015-06-30", LAST_DAY),
        ("20150630", LAST_DAY),
        ("2015-06", LAST_DAY),
        ("201506", LAST_DAY),
        ("2016-02", date(2016, 2, 29)),
    ],
)
def test_day_is_read_and_a_month_is_its_last_day(text, day):
    assert last_training_day(text) == day


@pytest.mark.parametrize("text", ["June", "2015", "201513", "2015-02-30", ""])
def test_other_days_are_refused(text):
    with pytest.raises(SettingError, match=r"--holdout-after is .*: expected a day or a month"):
        last_training_day(text)


def test_rows_after_the_day_are_held_out():
    dates = pl.Series([LAST_DAY, date(2015, 7, 1)] * 200)
    target = np.tile([0, 0, 1, 1], 100)
    assert rows_after(dates, LAST_DAY, target).tolist() == list(range(1, 400, 2))


@pytest.mark.parametrize(
    ("last_day", "words"), [(date(2014, 12, 31), "until"), (date(2015, 7, 1), "after")]
)
def test_too_few_outcomes_are_refused(last_day, words):
    dates = pl.Series([LAST_DAY, date(2015, 7, 1)] * 200)
    message = (
        f"--holdout-after {last_day} leaves 0 rows of the rarer class {words} that day: expected "
        "at least 50; the loans were applied for from 2015-06-30 to 2015-07-01"
    )
    with pytest.raises(FeatureError, match=message):
        rows_after(dates, last_day, np.tile([0, 0, 1, 1], 100))


def test_data_without_a_time_are_refused():
    table = FeatureTable(pl.Series([1]), pl.DataFrame({"x": [1]}), None, ())
    with pytest.raises(FeatureError, match="the data do not say when a loan was applied for: add"):
        application_dates(table)


def test_interval_of_the_difference_adds_the_variances():
    first = {"value": 0.70, "low": 0.67, "high": 0.73}
    second = {"value": 0.75, "low": 0.71, "high": 0.79}
    assert difference(first, second) == pytest.approx({"value": -0.05, "low": -0.1, "high": 0})


def test_manifest_has_both_sets_and_their_difference(manifest):
    facts = manifest.settings["out_of_time"]
    later = len([i for i in range(ROWS) if i % 9 >= 4])
    assert facts["after"] == "2015-04-30"
    assert facts["held_out"] == {
        "applicants": later, "first": "2015-05-01", "last": "2015-09-01",
    }  # fmt: skip
    assert facts["training"]["last"] == "2015-04-01"
    assert manifest.settings["held_out_share"] == later / ROWS
    assert manifest.data["period"] == {"first": "2015-01-01", "last": "2015-09-01"}
    held_out, folds = (manifest.metrics[part]["roc_auc"] for part in ("held_out", "out_of_fold"))
    assert facts["difference"]["roc_auc"] == difference(held_out, folds)
    counts = ("true_positive", "false_negative", "false_positive", "true_negative")
    assert sum(manifest.metrics["held_out"][name]["value"] for name in counts) == later


def test_month_is_not_an_input(manifest):
    assert "month" not in [feature.name for feature in manifest.features]


def test_notes_and_card_say_it_in_words(manifest):
    card = model_card(manifest, None)
    assert manifest.settings["notes"][0].startswith("Out of time: the 276 applicants after 2015-04")
    for note in manifest.settings["notes"]:
        assert f"- {note}\n" in card
    assert "- Period: applied for from 2015-01-01 to 2015-09-01\n" in card
    assert "set aside before anything was chosen, all after 2015-04-30\n" in card
    assert "nothing here measures how the model ages after that" in card


@pytest.mark.parametrize(
    ("high", "verdict", "conclusion"),
    [
        (-0.01, "more than chance", "Warning: the model ranks later applicants worse"),
        (0.01, "which may be chance", "Nothing shows that the model ranks later applicants worse"),
    ],
)
def test_a_difference_beyond_chance_is_a_warning(high, verdict, conclusion):
    change = {"value": -0.03, "low": -0.05, "high": high}
    names = ("roc_auc", "cost_per_applicant", "default_rate")
    part = {"applicants": 100, "first": "2015-07-01", "last": "2015-09-01"}
    facts = {
        "after": "2015-06-30", "training": part, "held_out": part,
        "difference": dict.fromkeys(names, change),
    }  # fmt: skip
    metrics = {
        "out_of_fold": {name: {"value": 0.75} for name in names},
        "held_out": {name: {"value": 0.72} for name in names},
    }
    sentences = out_of_time_in_words(facts, metrics)
    assert sentences[1] == (
        "The later applicants have an AUC of 0.7200, random folds 0.7500: a difference of -0.0300 "
        f"(95 % interval -0.0500 to {high:+.4f}), {verdict}."
    )
    assert sentences[-1].startswith(conclusion)
