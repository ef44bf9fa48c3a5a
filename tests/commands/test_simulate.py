"""`python model.py simulate`: a log that replays, in a new file or added to an existing one."""

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from credit_scoring.commands.decision_log_options import count_of
from credit_scoring.errors import SettingError, StorageError
from credit_scoring.laboratory.simulation import population, write_log
from credit_scoring.laboratory.simulation.target_log import new_log
from tests.commands.conftest import MODEL
from tests.training.conftest import lender_folder  # noqa: F401 - a fixture

SMALL = ["--weeks", 1, "--per-day", 10, "--until", "2024-11-04", "--outcomes-after", 0]
TABLES = ("decisions", "outcomes")


@pytest.fixture(autouse=True)
def small_population(monkeypatch):
    monkeypatch.setattr(population, "MIN_GENERATED", 300)


@pytest.fixture(autouse=True)
def other_log(tmp_path, monkeypatch):
    """DATABASE_URL names a log that no simulation may touch."""
    file = tmp_path / "production/decisions.db"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
    yield
    assert not file.parent.exists()


@pytest.fixture
def simulate(run_cli, tmp_path):
    """Run the command with a small plan; the exit code, the output and the file."""

    def run(*options, bundle=MODEL, out=tmp_path / "simulated.db"):
        code, text = run_cli("simulate", *SMALL, "--bundle", bundle, "--out", out, *options)
        return code, text, out

    return run


def counts(file):
    connection = sqlite3.connect(file)
    numbers = [connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in TABLES]  # noqa: S608
    connection.close()
    return numbers


def test_new_log_replays_with_the_bundle(simulate, run_cli, monkeypatch):
    code, text, file = simulate()
    assert code == 0, text
    decisions, outcomes = counts(file)
    assert decisions == 70
    assert f"sqlite:///{file} holds 70 simulated decisions from 2024-10-28 to 2024-11-03" in text
    assert f"{70 - outcomes} of them refused. {outcomes} outcomes of accepted applicants" in text
    with monkeypatch.context() as patch:
        patch.setenv("DATABASE_URL", f"sqlite:///{file}")
        patch.setenv("CREDIT_SCORING_MODEL_PATH", str(MODEL))
        code, text = run_cli("replay")
    assert code == 0
    assert "70 decisions came out the same, bit for bit; 0 differ" in text


@pytest.mark.parametrize("shift", ["", "EXT_SOURCE_2:-0.7"], ids=["without a shift", "shifted"])
def test_monitor_says_what_was_simulated(simulate, run_cli, monkeypatch, tmp_path, shift):
    today = datetime.now(UTC).date()
    size = ["--weeks", 3, "--per-day", 100, "--outcomes-after", 1, "--until", today]
    code, text, file = simulate(*size, *(["--shift", shift, "--from-week", 2] if shift else []))
    assert code == 0, text
    with monkeypatch.context() as patch:
        patch.setenv("DATABASE_URL", f"sqlite:///{file}")
        patch.setenv("CREDIT_SCORING_MODEL_PATH", str(MODEL))
        code, _ = run_cli("monitor", "--json", tmp_path / "summary.json")
    summary = json.loads((tmp_path / "summary.json").read_text())
    on = [alarm["rule"] for alarm in summary["alarms"] if alarm["state"] == "on"]
    assert (code, on[:1]) == ((1, ["drift"]) if shift else (0, []))
    volume, total = summary["volume"], summary["performance"]["total"]
    assert [volume["decisions"], total["outcomes"]] == counts(file)
    assert f"{volume['refused']} of them refused" in text
    assert f"({count_of(total['defaults'], 'default')}), {total['due']} still due" in text


def test_existing_file_is_refused_with_the_remedy(simulate):
    simulate()
    code, text, file = simulate()
    assert code == 1
    assert f"{file} exists: delete it, name another file with --out" in text
    assert f"--into sqlite:///{file}" in text


def test_repetition_into_the_log_adds_nothing_and_another_seed_does(simulate):
    _, _, file = simulate()
    code, text, _ = simulate("--into", f"sqlite:///{file}")
    assert code == 0
    assert "Adding 70 simulated decisions from 2024-10-28 to 2024-11-03" in text
    assert "which holds 70 decisions." in text
    assert "70 decisions of these were in the log before" in text
    assert counts(file)[0] == 70
    simulate("--into", f"sqlite:///{file}", "--seed", 1)
    assert counts(file)[0] == 140


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite:////nowhere/log.db", "does not exist: set --into to the database"),
        ("mysql://host/log", '--into is "mysql://host/log": expected sqlite:///file'),
    ],
)
def test_log_that_does_not_exist_is_not_created(simulate, url, message):
    code, text, _ = simulate("--into", url)
    assert code == 1
    assert message in text


@pytest.mark.parametrize("error", [KeyboardInterrupt, StorageError("full")], ids=["Ctrl-C", "full"])
def test_interrupted_run_leaves_no_file(simulate, monkeypatch, tmp_path, error):
    def fail(*_arguments):
        raise error

    monkeypatch.setattr(write_log, "write_traffic", fail)
    code, _, _ = simulate()
    assert code in (1, 130)
    assert list(tmp_path.iterdir()) == []


def test_shift_is_checked_before_anything_is_generated(simulate):
    code, text, file = simulate("--from-week", 1, "--shift", "EXT_SORCE_2:1")
    assert code == 1
    assert "did you mean EXT_SOURCE_2?" in text
    assert "Generating" not in text
    assert not file.exists()


@pytest.mark.parametrize("until", ["1970-01-07", "0001-01-01"])
def test_first_day_has_a_time_that_ids_can_hold(simulate, until):
    code, text, _ = simulate("--until", until)
    assert code == 1
    assert f"--until is {until}: the first week would be before 1970" in text


def test_outcomes_come_within_a_lifetime(simulate):
    code, text, _ = simulate("--outcomes-after", 99_999_999)
    assert code == 2
    assert "less than or equal to 5200" in text


@pytest.mark.parametrize("name", ["what if?a=b.db", "50%20#new.db"])
def test_file_may_have_any_name(simulate, tmp_path, name):
    code, text, file = simulate("--per-day", 1, out=tmp_path / name)
    assert code == 0
    assert counts(file)[0] == 7
    (url,) = (word for word in text.split() if word.startswith("sqlite:///"))
    code, text, _ = simulate("--per-day", 1, "--into", url)
    assert code == 0
    assert "7 decisions of these were in the log before" in text


def test_sqlite_files_next_to_a_failed_log_are_removed(tmp_path):
    """SQLite leaves them if the disk is full."""

    def fill_disk():
        with new_log(tmp_path / "new.db") as engine:
            engine.dispose()
            Path(f"{engine.url.database}-shm").write_bytes(b"")
            raise SettingError("full")

    with pytest.raises(SettingError, match="full"):
        fill_disk()
    assert list(tmp_path.iterdir()) == []


def test_last_day_is_not_in_the_future(simulate):
    code, text, _ = simulate("--until", "2999-01-01")
    assert code == 1
    assert "--until is 2999-01-01: no decision can be of the future; give 2" in text


def test_flat_model_draws_from_a_table_of_its_columns(simulate, lender_folder):  # noqa: F811
    bundle = lender_folder / "latest"
    code, text, file = simulate(bundle=bundle)
    assert code == 1
    assert "cannot be generated: give a table of applicants with outcomes by --data" in text
    code, text, file = simulate("--data", lender_folder / "loans.csv", bundle=bundle)
    assert code == 0, text
    assert "loans.csv is the training data" in text
    connection = sqlite3.connect(file)
    rows = connection.execute(
        "SELECT applicant_id, outcome FROM decisions JOIN outcomes USING (decision_id)"
    ).fetchall()
    connection.close()
    loans = pl.read_csv(lender_folder / "loans.csv", separator=";")
    target = dict(zip(loans["loan_id"], loans["Défaut"] == "Yes", strict=True))
    assert rows
    assert all(target[loan] == outcome for loan, outcome in rows)
