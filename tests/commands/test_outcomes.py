"""`python model.py outcomes`: outcomes of loans from a file."""

import polars as pl
import pytest

from credit_scoring.database.engine import open_database
from credit_scoring.decisions.decision_log import DecisionLog
from tests.log_entries import log_entry


@pytest.fixture
def log(database_url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", database_url)
    engine = open_database(database_url)
    yield DecisionLog(engine)
    engine.dispose()


@pytest.fixture
def ids(log):
    entries = [log_entry() for _ in range(2)]
    log.append(entries)
    return [entry.decision_id for entry in entries]


@pytest.mark.parametrize("kind", ["comma", "semicolon", "Parquet"])
def test_file_is_stored_and_may_be_repeated(log, ids, run_cli, tmp_path, kind):
    path = tmp_path / ("outcomes.parquet" if kind == "Parquet" else "outcomes.csv")
    table = pl.DataFrame({"outcome": [0, 1], "decision_id": ids})
    if kind == "Parquet":
        table.write_parquet(path)
    else:
        table.write_csv(path, separator=";" if kind == "semicolon" else ",")
    stored = "Stored 2 outcomes, of which 0 correct an earlier one; 0 were in the log already."
    assert run_cli("outcomes", "--file", path) == (0, stored)
    assert [log.find(key).outcomes[-1].outcome for key in ids] == [0, 1]
    stored = "Stored 0 outcomes, of which 0 correct an earlier one; 2 were in the log already."
    assert run_cli("outcomes", "--file", path) == (0, stored)


def test_wrong_rows_are_named(log, ids, run_cli, tmp_path):
    path = tmp_path / "outcomes.csv"
    path.write_text(f"decision_id,outcome\n{ids[0]},0\n{ids[1]},3\n,1\n", encoding="utf-8")
    code, output = run_cli("outcomes", "--file", path)
    assert code == 1
    wrong = f'row 3: outcome of decision {ids[1]} is "3": expected 0 (repaid) or 1 (default)'
    assert wrong in output
    assert "row 4: decision_id is empty: expected the decision_id of an answer" in output
    assert log.find(ids[0]).outcomes == []


@pytest.mark.parametrize("outcome", [[1], {"a": 1}], ids=["list", "struct"])
def test_nested_outcomes_are_named(ids, run_cli, tmp_path, outcome):
    path = tmp_path / "outcomes.parquet"
    pl.DataFrame({"decision_id": ids[:1], "outcome": [outcome]}).write_parquet(path)
    code, output = run_cli("outcomes", "--file", path)
    assert code == 1
    assert f'row 2: outcome of decision {ids[0]} is "{outcome}": expected 0' in output


@pytest.mark.parametrize("header", ["decision_id,outcome,reason", "id,outcome"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("log")
def test_other_columns_are_refused(run_cli, tmp_path, header):
    path = tmp_path / "outcomes.csv"
    values = ",".join("1" for _ in header.split(","))
    path.write_text(f"{header}\n{values}\n", encoding="utf-8")
    code, output = run_cli("outcomes", "--file", path)
    assert code == 1
    columns = header.replace(",", ", ")
    assert f"has the columns {columns}: expected decision_id and outcome" in output
