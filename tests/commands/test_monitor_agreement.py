"""The same log by every way in: the route, `monitor` as text, JSON and HTML, gauges, plain SQL."""

import contextlib
import dataclasses
import json
import re
import sqlite3

import pytest

from credit_scoring.serving.app_factory import DATABASE, create_app
from credit_scoring.serving.monitoring import monitoring_metrics
from credit_scoring.serving.monitoring.monitoring_thread import MONITORING
from credit_scoring.serving.service import EXTENSION
from credit_scoring.settings import load_settings
from tests.commands.conftest import MODEL
from tests.server_process import scratch_settings

MOMENTARY = {"made_at"}  # keys that differ from one look to the next
EAGER = '[[rules]]\nname = "latency"\non = 0\noff = 0\nminimum = 1\n'


@pytest.fixture
def rules(tmp_path, monkeypatch):
    """An alarm that is on after the first decision, for the command and for the app."""
    file = tmp_path / "rules.toml"
    file.write_text(EAGER)
    monkeypatch.setenv("CREDIT_SCORING_ALARM_RULES", str(file))
    return file


@pytest.fixture
def client(log_file, rules, tmp_path):
    settings = load_settings(
        {**scratch_settings(tmp_path), "DATABASE_URL": f"sqlite:///{log_file}"}
    )
    app = create_app(dataclasses.replace(settings, model_path=MODEL, alarm_rules=rules))
    yield app.test_client()
    app.extensions[EXTENSION].log._writer.close()
    app.extensions[DATABASE].dispose()


def counted_by_sql(log_file):
    """Decisions without what-ifs, and the refused ones."""
    query = "SELECT count(*), sum(decision = 'REFUSED') FROM decisions WHERE kind <> 'what-if'"
    with contextlib.closing(sqlite3.connect(log_file)) as connection:
        return connection.execute(query).fetchone()


def gauges(client):
    """The gauges after a round of the app's own monitoring, by rule, and the PSI of the score."""
    client.application.extensions[MONITORING]._check()
    monitoring_metrics.show_count(client.application.extensions[DATABASE])
    lines = client.get("/metrics").text.splitlines()
    samples = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    alarms = {
        re.search('"(.+)"', name)[1]: float(value)
        for name, value in samples.items()
        if name.startswith("credit_scoring_alarm{")
    }
    return alarms, float(samples["credit_scoring_score_psi"]), samples


def test_every_way_in_says_the_same(run_cli, client, log_file, tmp_path):
    client.post("/predict", json={})
    client.application.extensions[MONITORING]._refused.flush()
    code, text = run_cli("monitor", "--json", tmp_path / "s.json", "--html", tmp_path / "s.html")
    assert code == 1
    summary = json.loads((tmp_path / "s.json").read_text())
    page = (tmp_path / "s.html").read_text()
    by_route = client.get("/monitoring/summary").json
    assert {k: v for k, v in by_route.items() if k not in MOMENTARY} == {
        k: v for k, v in summary.items() if k not in MOMENTARY
    }
    decisions, refused = counted_by_sql(log_file)
    assert (summary["volume"]["decisions"], summary["volume"]["refused"]) == (decisions, refused)
    assert f"{decisions:,} decisions, {refused / decisions:.1%} refused" in text
    assert f"{decisions:,} decisions" in page
    assert "Refused requests: 1 " in text
    assert "latency is ON" in text
    assert "1 alarm is on" in page
    alarms, psi, samples = gauges(client)
    assert alarms == {alarm["rule"]: alarm["state"] == "on" for alarm in summary["alarms"]}
    assert psi == pytest.approx(summary["score"]["drift"]["psi"])
    assert float(samples["credit_scoring_uncounted_records"]) == summary["uncounted"] == 0


@pytest.mark.parametrize("content", ["nothing", "what-ifs"])
@pytest.mark.parametrize("bundle", [MODEL, "models/gone"])
def test_monitor_says_what_a_log_without_decisions_lacks(
    run_cli, log_file, tmp_path, monkeypatch, content, bundle
):
    with contextlib.closing(sqlite3.connect(log_file)) as connection:
        kept = "what-if" if content == "what-ifs" else ""
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in names.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("DELETE FROM reviews")
        connection.execute("DELETE FROM decisions WHERE kind <> ?", (kept,))
        connection.execute("DELETE FROM uncounted")
        connection.execute("INSERT INTO uncounted SELECT 'decision', decision_id FROM decisions")
        connection.commit()
    monkeypatch.setenv("CREDIT_SCORING_MODEL_PATH", str(bundle))
    code, text = run_cli("monitor", "--json", tmp_path / "s.json", "--html", tmp_path / "s.html")
    assert code == 0, text
    assert "Missing: " in text
    summary = json.loads((tmp_path / "s.json").read_text())
    assert not (summary["volume"] or {}).get("decisions")
    assert all(alarm["state"] == "not evaluated" for alarm in summary["alarms"])
    assert "no drift" not in (tmp_path / "s.html").read_text()
