"""`python model.py replay --bundle`: who would be decided differently, why, and what it costs."""

import contextlib
import csv
import json
import sqlite3

import polars as pl
import pytest

from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.database.engine import open_database
from credit_scoring.decisions.decision_log import DecisionLog
from tests.commands.conftest import DECISIONS, MODEL
from tests.other_bundle import write_with_threshold
from tests.serving import small_bundle

FORMULA = "=HYPERLINK(1)"


@pytest.fixture(scope="module")
def refuses_all(tmp_path_factory):
    return write_with_threshold(MODEL, 0.000001, tmp_path_factory.mktemp("bundles") / "strict")


@pytest.fixture(scope="module")
def accepts_all(tmp_path_factory):
    return write_with_threshold(MODEL, 0.999999, tmp_path_factory.mktemp("bundles") / "lenient")


@pytest.mark.usefixtures("log_file")
def test_same_bundle_changes_nothing(run_cli):
    exit_code, text = run_cli("replay", "--bundle", MODEL)
    assert exit_code == 0
    assert f"{DECISIONS} decisions decided again under model " in text
    assert "accepted to refused: 0 (0.00%)" in text
    assert "refused to accepted: 0 (0.00%)" in text
    assert "No outcome is known" in text
    assert "not comparable" not in text


def stored(log_file, column):
    with contextlib.closing(sqlite3.connect(log_file)) as connection:
        query = f"SELECT decision_id, {column} FROM decisions"  # noqa: S608
        return dict(connection.execute(query))


def test_new_refusals_are_counted_with_their_reasons(run_cli, log_file, refuses_all, tmp_path):
    accepted = {key for key, score in stored(log_file, "score").items() if score == 0}
    assert accepted
    before = log_file.read_bytes()
    out = tmp_path / "changes.csv"
    exit_code, text = run_cli("replay", "--bundle", refuses_all, "--out", out)
    assert exit_code == 0
    assert f"accepted to refused: {len(accepted)} ({len(accepted) / DECISIONS:.2%})" in text
    assert "refused to accepted: 0" in text
    assert "Reasons of the new refusals: " in text
    rows = list(csv.DictReader(out.read_text("utf-8").splitlines()))
    assert {row["decision_id"] for row in rows} == accepted
    assert {row["change"] for row in rows} == {"accepted to refused"}
    assert all(row["other_reasons"] and row["other_reasons_text"] for row in rows)
    assert {row["other_threshold"] for row in rows} == {"1e-06"}
    assert log_file.read_bytes() == before


def test_new_acceptances_are_counted(run_cli, log_file, accepts_all, tmp_path):
    refused = {key for key, score in stored(log_file, "score").items() if score == 1}
    out = tmp_path / "changes.parquet"
    _, text = run_cli("replay", "--bundle", accepts_all, "--out", out)
    assert f"refused to accepted: {len(refused)} ({len(refused) / DECISIONS:.2%})" in text
    table = pl.read_parquet(out)
    assert set(table["decision_id"]) == refused
    assert table["stored_reasons"].str.len_chars().min() > 0
    assert table["other_probability"].dtype == pl.Float64
    assert table["probability"].to_list() == table["other_probability"].to_list()


def test_known_outcomes_give_the_cost(run_cli, log_file, ids, refuses_all):
    engine = open_database(f"sqlite:///{log_file}")
    log = DecisionLog(engine)
    for route, outcome in (("predict", 1), ("applicant", 0), ("refused", 0)):
        log.add_outcome(ids[route], outcome=outcome)
    engine.dispose()
    _, text = run_cli("replay", "--bundle", refuses_all)
    assert "1 defaulted, 1 repaid" in text
    # as decided: a defaulter accepted (10) and a good applicant refused (1); then two refused
    assert "of 3 decisions with known outcome: 3.6667 as decided, 0.6667 under this model" in text
    assert "(-9.0 in all)" in text


def test_formula_in_an_applicant_id_is_not_run(run_cli, ids, tamper, refuses_all, tmp_path):
    tamper("UPDATE decisions SET applicant_id = ? WHERE decision_id = ?", FORMULA, ids["predict"])
    out = tmp_path / "changes.csv"
    run_cli("replay", "--bundle", refuses_all, "--out", out)
    assert f"'{FORMULA}" in {
        row["applicant_id"] for row in csv.DictReader(out.read_text("utf-8").splitlines())
    }
    run_cli("replay", "--bundle", refuses_all, "--out", tmp_path / "changes.parquet")
    assert FORMULA in pl.read_parquet(tmp_path / "changes.parquet")["applicant_id"].to_list()


@pytest.mark.usefixtures("log_file")
def test_features_that_a_request_lacks_are_named_not_guessed(run_cli, tmp_path):
    """The small bundle needs fewer features, but income must be there."""
    folder = small_bundle.write(tmp_path / "small")
    names = {f.name for f in read_bundle(MODEL).manifest.features if f.is_requested}
    lacking = [f.name for f in small_bundle.features() if f.is_requested and f.name not in names]
    _, text = run_cli("replay", "--bundle", folder)
    assert lacking
    assert f"{DECISIONS} not comparable: {lacking[0]}: feature not requested" in text
    assert "0 decisions decided again" in text
    assert "Features that this model does not use: " in text


def test_erased_unreadable_and_unknown_values_are_counted(run_cli, ids, tamper, refuses_all):
    run_cli("erase", "--decision", ids["refused"])
    names = "NAME_CONTRACT_TYPE"
    inputs = json.dumps({names: "a loan of another kind"})
    tamper(
        "UPDATE decisions SET names_id = NULL, inputs = ? WHERE decision_id = ?",
        inputs,
        ids["predict"],
    )
    tamper("UPDATE decisions SET inputs = '[1]' WHERE decision_id = ?", ids["batch"])
    _, text = run_cli("replay", "--bundle", refuses_all)
    assert "1 not comparable: their inputs were erased." in text
    assert "1 not comparable: their inputs cannot be read." in text
    assert f"{DECISIONS - 3} decisions decided again" in text


@pytest.mark.usefixtures("log_file")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--out", "x.csv"], "--out needs --bundle"),
        (["--bundle", str(MODEL), "--out", "x.xlsx"], "x.xlsx has another ending than .csv or"),
    ],
    ids=["without a bundle", "unknown format"],
)
def test_wrong_options_are_named(run_cli, options, message):
    exit_code, text = run_cli("replay", *options)
    assert exit_code != 0
    assert message in text
