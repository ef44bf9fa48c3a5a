"""`python model.py check`: its report and its exit code."""

import re
import shutil
import sys

import pytest
from typer.testing import CliRunner

import model
from credit_scoring.contracts.contract import contracts
from credit_scoring.tables.read_tables import ReadOptions
from credit_scoring.training import folds
from credit_scoring.training import train as train_module


@pytest.fixture
def check(monkeypatch):
    """Run the command in this process: the exit code, and the output in one line."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(folds, "MIN_CLASS_ROWS", 3)

    def run(path, *options):
        result = CliRunner().invoke(model.cli, ["check", "--data", str(path), *options])
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            result.exception
        )
        return result.exit_code, " ".join(result.output.split())

    return run


def test_valid_data_is_reported_with_exit_code_0(clean, check):
    code, text = check(clean)
    assert code == 0
    for words in (
        rf"Tables in {clean}",
        r"applicants missing orphans ",
        r"application_train\.csv 86 123 86 \d+\.\d% ",
        r"bureau\.csv \d+ 17 \d+ \d+\.\d% 0",
        r"bureau_balance\.csv [\d,]+ 3 \d+ credits 0\.0% 0",
        r"POS_CASH_balance is missing: features of that table will be left out\.",
        r"86 applicants with a known outcome: \d+ defaults \(\d+\.\d\d%\), \d+ without\.",
        r"application_train: (mostly missing|one value only): \d+ \(",
        r"No column stands out in bureau_balance",
        r"Training accepts this data\.$",
    ):
        assert re.search(words, text), words


def test_every_column_is_shown_with_its_contract(clean, check):
    _, text = check(clean, "--columns")
    for table in ("application", "bureau", "bureau_balance"):
        assert all(column.name in text for column in contracts()[table].columns)
    assert re.search(r"CNT_CHILDREN 0\.0% 0 to \d 0 to 30 count", text)
    assert re.search(r"AMT_CREDIT 0\.0% [\d,]+ to [\d,]+ above 0 to 1,000,000,000 currency", text)
    assert re.search(r"STATUS 0\.0% \d levels.* 8 levels", text)


def test_problems_are_listed_with_exit_code_1(spoiled, check):
    spoiled.put("AMT_CREDIT", "much")
    spoiled.put("SK_ID_CURR", "999999", stem="bureau")
    code, text = check(spoiled.folder)
    assert code == 1
    assert "Training would refuse this data: 2 things are wrong." in text
    assert (
        "- " + str(spoiled.file()) + ': AMT_CREDIT: 1 value is not a number, "much" in row 1'
        in text
    )
    assert "such as SK_ID_CURR 999999" in text
    assert "Orphans are rows" in text


def test_readable_tables_are_reported_despite_others(spoiled, check):
    spoiled.write(b"\0\0\0")
    code, text = check(spoiled.folder)
    assert code == 1
    assert re.search(r"bureau\.csv \d+ 17", text)
    assert "TARGET cannot be read: how many applicants defaulted is not known." in text
    assert "1 thing is wrong" in text


def test_too_few_defaults_are_refused(clean, check, monkeypatch):
    monkeypatch.setattr(folds, "MIN_CLASS_ROWS", 50)
    code, text = check(clean)
    assert code == 1
    assert re.search(
        r"application_train\.csv: TARGET: \d+ defaults: training needs at least 50", text
    )


def test_unknown_columns_are_refused_or_ignored(spoiled, check):
    spoiled.rewrite(lambda rows: [[*row, "x" if i else "note"] for i, row in enumerate(rows)])
    assert check(spoiled.folder)[0] == 1
    assert check(spoiled.folder, "--ignore-unknown-columns")[0] == 0


def test_valid_data_is_checked_again(clean, check, monkeypatch, tmp_path):
    monkeypatch.setenv("CREDIT_SCORING_CACHE_PATH", str(tmp_path / "cache"))
    assert check(clean) == check(clean)
    assert (tmp_path / "cache").is_dir()


def test_missing_data_gives_one_line_and_exit_code_1(check, tmp_path):
    code, text = check(tmp_path / "nowhere")
    assert code == 1
    assert text.endswith("nowhere does not exist: expected a folder of tables or a zip")


def test_path_with_brackets_is_shown_unchanged(clean, check, tmp_path):
    shutil.copytree(clean, tmp_path / "a [b] c")
    assert "a [b] c" in check(tmp_path / "a [b] c")[1]


def test_train_passes_its_read_options_on(tmp_path, monkeypatch):
    received = []
    monkeypatch.setattr(
        train_module,
        "train_on_tables",
        lambda *arguments: received.extend(arguments) or sys.exit(7),
    )
    monkeypatch.setenv("CREDIT_SCORING_CACHE_PATH", str(tmp_path))
    command = ["train", "--data", "x", "--out", str(tmp_path / "o"), "--ignore-unknown-columns"]
    CliRunner().invoke(model.cli, command)
    assert received[-1] == ReadOptions(cache=tmp_path, ignore_unknown=True)
