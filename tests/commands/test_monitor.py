"""`python model.py monitor`: what it prints and writes, and its exit codes."""

import contextlib
import json
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from credit_scoring.database.engine import open_database
from credit_scoring.monitoring.alarms.alarm_log import AlarmLog
from tests.monitoring.alarms.receiver import run_receiver

SECRET = "whsec_" + "c3Nz" * 10 + "c3M="


@pytest.fixture
def alarm(tmp_path, monkeypatch):
    """A rule that is on after the first counted decision."""
    file = tmp_path / "rules.toml"
    limits = "on = 0\noff = -1\nwindow = 30\nminimum = 1\n"
    file.write_text(f'[[rules]]\nname = "any"\nmeasure = "no_reference"\n{limits}')
    monkeypatch.setenv("CREDIT_SCORING_ALARM_RULES", str(file))
    return file


@pytest.mark.usefixtures("log_file")
def test_quiet_log_exits_0(run_cli):
    code, output = run_cli("monitor")
    assert code == 0
    assert "No alarm is on." in output
    assert "decisions," in output
    assert "Drift against training" in output
    assert "Latency: half of the decisions take up to" in output


@pytest.mark.usefixtures("log_file", "alarm")
def test_alarm_exits_1_and_is_stored_once(run_cli, log_file):
    for _ in range(2):
        code, output = run_cli("monitor")
        assert code == 1
        assert "ON since" in output
    engine = open_database(f"sqlite:///{log_file}")
    states = AlarmLog(engine).states()
    engine.dispose()
    assert [change.rule for change in states.changes.values()] == ["any"]
    assert states.newest == 1


@pytest.mark.usefixtures("log_file", "alarm")
def test_alarm_of_the_services_rule_stays_on_without_that_rule(run_cli, log_file, monkeypatch):
    """Else the command and the service would switch it in turn."""
    assert "Alarm rules: the shipped ones with" in run_cli("monitor")[1]
    monkeypatch.delenv("CREDIT_SCORING_ALARM_RULES")
    code, output = run_cli("monitor")
    assert code == 0
    assert "any: on by a rule that is not among these" in output
    assert newest_state(log_file) == (1, "on")
    monkeypatch.setenv("CREDIT_SCORING_MONITORING_SECONDS", "0")
    run_cli("monitor")
    assert newest_state(log_file) == (2, "off")


def newest_state(log_file):
    query = "SELECT number, state FROM alarm_changes ORDER BY number DESC"
    with contextlib.closing(sqlite3.connect(log_file)) as connection:
        return connection.execute(query).fetchone()


@pytest.mark.usefixtures("log_file", "alarm")
def test_alarm_is_sent_by_the_webhook(run_cli, monkeypatch):
    with run_receiver() as receiver:
        monkeypatch.setenv("CREDIT_SCORING_WEBHOOK_URL", receiver.url)
        monkeypatch.setenv("CREDIT_SCORING_WEBHOOK_SECRET", SECRET)
        run_cli("monitor")
        run_cli("monitor")
    assert [body["data"]["rule"] for body in receiver.bodies] == ["any"]


def test_every_decision_is_counted(run_cli, log_file, tmp_path):
    run_cli("monitor", "--json", tmp_path / "summary.json")
    summary = json.loads((tmp_path / "summary.json").read_text())
    with contextlib.closing(sqlite3.connect(log_file)) as connection:
        kinds = dict(connection.execute("SELECT kind, count(*) FROM decisions GROUP BY kind"))
        (queued,) = connection.execute("SELECT count(*) FROM uncounted").fetchone()
    assert (summary["volume"]["kinds"], queued) == (kinds, 0)
    assert summary["volume"]["features_not_counted"] == 0


@pytest.mark.usefixtures("log_file")
def test_files_are_written(run_cli, tmp_path):
    code, _ = run_cli("monitor", "--json", tmp_path / "s.json", "--html", tmp_path / "s.html")
    assert code == 0
    summary = json.loads((tmp_path / "s.json").read_text())
    page = (tmp_path / "s.html").read_text()
    assert summary["model"]["version"] in page
    assert "AMT_CREDIT" in page


@pytest.mark.usefixtures("log_file")
def test_window_and_model_are_chosen(run_cli, tmp_path):
    tomorrow = (datetime.now(UTC) + timedelta(1)).date().isoformat()
    file = tmp_path / "s.json"
    assert run_cli("monitor", "--since", tomorrow, "--json", file)[0] == 0
    assert json.loads(file.read_text())["volume"]["decisions"] == 0
    against = "2026-01-01/2026-02-01"
    assert run_cli("monitor", "--against", against, "--json", file)[0] == 0
    assert json.loads(file.read_text())["against"]["until"] == "2026-01-31"


@pytest.mark.usefixtures("log_file")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--model", "x"], "No such model: no decision of model 'x' is counted: choose one of"),
        (["--against", "x"], '--against is "x": expected two days as 2026-09-01/2026-10-01'),
        (["--against", "2026-09-02/2026-09-02"], "expected two days"),
        (["--since", "2026-09-02", "--until", "2026-09-01"], "expected a day after --since"),
        (["--until", "0001-01-01"], "--until is 0001-01-01: expected a day from 1971 on"),
        (["--since", "0001-01-01"], "--since is 0001-01-01: expected a day from 1971 on"),
    ],
    ids=["model", "against", "empty", "until", "first day", "early"],
)
def test_error_exits_2_with_the_remedy(run_cli, options, message):
    code, output = run_cli("monitor", *options)
    assert code == 2
    assert message in output


def test_missing_log_exits_2(run_cli, monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    assert run_cli("monitor")[0] == 2


def test_tables_fit_in_80_columns(log_file, monkeypatch):
    from rich.console import Console

    import credit_scoring.report_table
    from credit_scoring.commands.monitor import monitor

    console = Console(width=80, force_terminal=True, record=True, color_system=None)
    monkeypatch.setattr(credit_scoring.report_table, "report_console", lambda: console)
    assert log_file
    monitor(None, None, "", "", None, None)
    lines = console.export_text().splitlines()
    assert any("Drift against training" in line for line in lines)
    assert max(map(len, lines)) <= 80
